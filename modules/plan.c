/* SPDX-License-Identifier: MIT */
/*
 * Owns libkmod: the only file that includes it. Aliases, dependencies, softdeps, options and blacklists come from
 * depmod's indexes, modprobe.d(5) and the kernel command line, as libkmod reads them. Without an index for a name the
 * fallback is to look for a file of this name, and to take what it needs from the file itself.
 */
#include "plan.h"
#include "init/log.h"
#include "init/sys.h"
#include "init/util.h"

#include <dirent.h>
#include <libkmod.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64 /* of dependencies; a cycle ends there */

/*
 * libkmod trusts the indexes, and one that was cut off would crash PID 1. Their form is big-endian: magic number, version,
 * offset of the root node with flags in the upper four bits, then the nodes, the root last (kmod, libkmod-index.h).
 */
static bool is_whole(const char *path)
{
	CLEANUP_FD int fd = sys_open(path, O_RDONLY);
	unsigned char head[12] = { 0 };
	size_t root;
	off_t size;

	size = fd < 0 ? 0 : sys_lseek(fd, 0, SEEK_END);
	if (size == 0)
		return true; /* it may be missing, and depmod leaves one without content empty */
	if (sys_pread(fd, head, sizeof(head), 0) != sizeof(head) || memcmp(head, "\xb0\x07\xf4\x57", 4) != 0)
		return false;
	root = (size_t)(head[8] & 0x0f) << 24 | (size_t)head[9] << 16 | (size_t)head[10] << 8 | head[11];
	return (head[8] & 0xf0) == 0 || (off_t)root < size; /* without flags it holds nothing */
}

static int check_indexes(const char *directory)
{
	static const char *const names[] = { "dep", "alias", "symbols", "builtin", "builtin.alias" };
	char path[160];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/modules.%s.bin", directory, names[i]);
		if (is_whole(path))
			continue;
		log_fail("modules: read '%s': it is damaged, not starting the payload", path);
		return -EINVAL;
	}
	return 0;
}

int plan_open(struct plan *ret_plan)
{
	static const char *const no_configuration[] = { NULL };
	struct plan plan = { 0 };
	struct utsname kernel = { 0 };
	struct stat st;
	char index[160];
	int r;

	sys_uname(&kernel);
	snprintf(plan.directory, sizeof(plan.directory), "/lib/modules/%s", kernel.release);
	r = check_indexes(plan.directory);
	if (r < 0)
		return r;
	plan.kmod = kmod_new(plan.directory, NULL);
	plan.files = kmod_new(plan.directory, no_configuration);
	if (!plan.kmod || !plan.files) {
		log_fail("modules: read '%s': %s, not starting the payload", plan.directory, log_reason(ENOMEM));
		return -ENOMEM;
	}
	snprintf(index, sizeof(index), "%s/modules.dep.bin", plan.directory);
	if (sys_stat(plan.directory, &st) == 0 && sys_stat(index, &st) < 0)
		log_line(LOG_LEVEL_WARN, "modules: open '%s': not in the image, looking for files by their names "
			 "(depmod makes it)", index);
	kmod_load_resources(plan.kmod);
	*ret_plan = plan;
	return 0;
}

void plan_close(struct plan *plan)
{
	if (plan->kmod)
		kmod_unload_resources(plan->kmod);
}

/* '-' and '_' are one character in names of modules. */
static bool is_name(const char *name, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((text[i] == '-' ? '_' : text[i]) != (name[i] == '-' ? '_' : name[i]))
			return false;
	return name[length] == '\0';
}

/* Goes down the directory for NAME.ko, .ko.xz and so on. Writes its path. */
static bool find_file(const char *directory, const char *name, int depth, char *path)
{
	DIR *entries = depth < 16 ? opendir(directory) : NULL;
	struct dirent *entry;
	char below[PATH_MAX];
	bool found = false;

	while (entries && !found && (entry = readdir(entries))) {
		const char *extension = strstr(entry->d_name, ".ko");

		if (entry->d_name[0] == '.' ||
		    snprintf(below, sizeof(below), "%s/%s", directory, entry->d_name) >= (int)sizeof(below))
			continue;
		if (entry->d_type == DT_DIR) {
			found = find_file(below, name, depth + 1, path);
		} else if (extension && is_name(name, entry->d_name, (size_t)(extension - entry->d_name))) {
			strcpy(path, below);
			found = true;
		}
	}
	if (entries)
		closedir(entries);
	return found;
}

static size_t find(const struct plan *plan, const char *name)
{
	size_t i = 0;

	while (i < plan->n && strcmp(plan->modules[i].name, name) != 0)
		i++;
	return i;
}

static int add_before(struct plan *plan, size_t of, size_t index, bool hard)
{
	struct module *module = &plan->modules[of];
	struct plan_before *larger;

	if (of == index)
		return 0;
	larger = realloc(module->before, (module->n_before + 1) * sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	module->before = larger;
	module->before[module->n_before++] = (struct plan_before){ .index = index, .hard = hard };
	return 0;
}

static int make_room(struct plan *plan)
{
	struct module *larger;

	if (plan->n < plan->room)
		return 0;
	larger = realloc(plan->modules, (plan->room * 2 + 32) * sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	plan->modules = larger;
	plan->room = plan->room * 2 + 32;
	return 0;
}

static int add_module(struct plan *plan, struct kmod_module *kmod, enum module_weight weight, int depth,
		      size_t *ret_index);

/* What a list of modules is to one: hard and soft ones come before it, those behind it wait for it whatever becomes of it. */
enum relation { HARD, SOFT, BEHIND };

static int add_all(struct plan *plan, size_t of, struct kmod_list *list, enum module_weight weight,
		   enum relation relation, int depth)
{
	struct kmod_list *entry;
	int r = 0;

	kmod_list_foreach(entry, list) {
		struct kmod_module *other = kmod_module_get_module(entry);
		size_t index;

		r = add_module(plan, other, weight, depth + 1, &index);
		if (r == 0 && relation == BEHIND)
			r = add_before(plan, index, of, false);
		else if (r == 0)
			r = add_before(plan, of, index, relation == HARD);
		kmod_module_unref(other);
		if (r < 0)
			break;
	}
	kmod_module_unref_list(list);
	return r;
}

/* The names behind "depends=" in the file, for a module that no index knows. */
static int add_depends(struct plan *plan, size_t of, enum module_weight weight, int depth)
{
	struct kmod_module *file = NULL;
	struct kmod_list *info = NULL, *entry;
	char name[64];
	int r = 0;

	/* In a context of its own: the other may have the module under the path where the index had it. */
	if (kmod_module_new_from_path(plan->files, plan->modules[of].path, &file) < 0)
		return 0; /* the kernel will say */
	kmod_module_get_info(file, &info); /* none of one that is compressed, or no module */
	kmod_list_foreach(entry, info) {
		const char *list = kmod_module_info_get_value(entry);

		if (strcmp(kmod_module_info_get_key(entry), "depends") != 0)
			continue;
		while (r == 0 && util_list_next(&list, name, sizeof(name))) {
			struct kmod_module *needed = NULL;
			size_t index;

			r = kmod_module_new_from_name(plan->kmod, name, &needed);
			if (r == 0)
				r = add_module(plan, needed, weight, depth + 1, &index);
			if (r == 0)
				r = add_before(plan, of, index, true);
			if (needed)
				kmod_module_unref(needed);
		}
	}
	kmod_module_info_free_list(info);
	kmod_module_unref(file);
	return r;
}

/* Its file: where the index has it, or where one of its name lies. Lives for ever. */
static const char *path_of(const struct plan *plan, struct kmod_module *kmod, bool *ret_indexed)
{
	const char *path = kmod_module_get_path(kmod);
	char found[PATH_MAX];
	struct stat st;

	*ret_indexed = path && sys_stat(path, &st) == 0;
	if (*ret_indexed)
		return path;
	if (!find_file(plan->directory, kmod_module_get_name(kmod), 0, found))
		return path ? path : "";
	if (path)
		log_line(LOG_LEVEL_WARN, "modules: open '%s': the index is older than the files, taking '%s' "
			 "(depmod makes it anew)", path, found);
	return strdup(found);
}

static bool is_there(struct kmod_module *kmod, const char *path)
{
	int state = kmod_module_get_initstate(kmod);

	/* Without the index of what is built in, /sys knows those that have parameters. */
	return state == KMOD_MODULE_BUILTIN || state == KMOD_MODULE_LIVE || (state >= 0 && !*path);
}

static void promote(struct plan *plan, size_t index, enum module_weight weight)
{
	struct module *module = &plan->modules[index];

	if (module->weight >= weight)
		return;
	module->weight = weight;
	for (size_t i = 0; i < module->n_before; i++)
		if (module->before[i].hard)
			promote(plan, module->before[i].index, weight);
}

/*
 * An install line of modprobe.d(5) wants a shell, which PID 1 neither has nor runs. One that only says true or false is
 * how people switch a module off: that is done. Returns true when it is not to be loaded.
 */
static bool is_switched_off(const struct module *module, const char *command)
{
	const char *name = command ? strrchr(command, '/') : NULL;

	if (!command)
		return false;
	name = name ? name + 1 : command;
	if (strcmp(name, "true") == 0 || strcmp(name, "false") == 0)
		return true;
	log_line(LOG_LEVEL_WARN, "modules: run '%s' (install line of '%s'): there is no shell in PID 1, loading the "
		 "module without it", command, module->name);
	return false;
}

/* Adds it if it is new, and makes it and what it needs worth as much as is now asked. kmod lives as long as the plan. */
static int add_module(struct plan *plan, struct kmod_module *kmod, enum module_weight weight, int depth,
		      size_t *ret_index)
{
	size_t index = find(plan, kmod_module_get_name(kmod));
	struct kmod_list *needed, *pre = NULL, *post = NULL;
	const char *options;
	struct module *module;
	bool indexed;
	int r;

	*ret_index = index;
	if (depth > DEPTH_MAX)
		return -ELOOP;
	if (index < plan->n) {
		promote(plan, index, weight);
		return 0;
	}
	r = make_room(plan);
	if (r < 0)
		return r;
	options = kmod_module_get_options(kmod);
	plan->modules[plan->n++] = (struct module){ .weight = weight };
	module = &plan->modules[index];
	kmod_module_ref(kmod);
	module->name = kmod_module_get_name(kmod);
	module->path = path_of(plan, kmod, &indexed);
	module->options = options ? options : "";
	if (!module->path)
		return -ENOMEM;
	if (is_there(kmod, module->path)) {
		module->state = MODULE_PRESENT;
		return 0;
	}
	if (is_switched_off(module, kmod_module_get_install_commands(kmod))) {
		module->state = MODULE_SWITCHED_OFF;
		return 0;
	}
	/* libkmod knows none when one of them is not where the index has it, and without an index. */
	needed = indexed ? kmod_module_get_dependencies(kmod) : NULL;
	r = needed ? add_all(plan, index, needed, weight, HARD, depth) : add_depends(plan, index, weight, depth);
	if (r < 0)
		return r;
	kmod_module_get_softdeps(kmod, &pre, &post);
	r = add_all(plan, index, pre, MODULE_OPTIONAL, SOFT, depth);
	return r < 0 ? r : add_all(plan, index, post, MODULE_OPTIONAL, BEHIND, depth);
}

/* What a file of this name is worth when no index knows it. */
static int add_file(struct plan *plan, const char *name, enum module_weight weight)
{
	struct kmod_module *kmod = NULL;
	char path[PATH_MAX];
	size_t index;
	int r;

	if (!find_file(plan->directory, name, 0, path))
		return -ENOENT;
	r = kmod_module_new_from_path(plan->kmod, path, &kmod);
	if (r < 0)
		return r;
	r = add_module(plan, kmod, weight, 0, &index);
	kmod_module_unref(kmod);
	return r;
}

int plan_add(struct plan *plan, const char *name, enum module_weight weight)
{
	struct kmod_list *list = NULL, *allowed = NULL, *entry;
	int r = kmod_module_new_from_lookup(plan->kmod, name, &list), first = 0;
	size_t index;

	if (r < 0 || !list)
		return strchr(name, ':') ? -ENOENT : add_file(plan, name, weight);
	if (weight == MODULE_REQUIRED) {
		allowed = list;
	} else {
		r = kmod_module_apply_filter(plan->kmod, KMOD_FILTER_BLACKLIST, list, &allowed);
		kmod_module_unref_list(list);
		if (r < 0)
			return r;
	}
	kmod_list_foreach(entry, allowed) {
		struct kmod_module *kmod = kmod_module_get_module(entry);

		r = add_module(plan, kmod, weight, 0, &index);
		if (first == 0)
			first = r;
		kmod_module_unref(kmod);
	}
	kmod_module_unref_list(allowed);
	return first;
}
