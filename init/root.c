/* SPDX-License-Identifier: MIT */
/*
 * Owns the way from a name to a mounted root. The words are the kernel's own (Documentation/admin-guide/
 * kernel-parameters.txt), as it leaves them to the initramfs; what they mean here is in docs/CONFIG.md.
 */
#include "root.h"
#include "disks.h"
#include "log.h"
#include "switch.h"
#include "sys.h"
#include "util.h"
#include "verity.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define NEW_ROOT "/newroot"
#define LAYERS "/run/initgate/layers" /* what the overlay is made of */

static int refuse(const char *verb, const char *object, const char *reason, int error)
{
	log_fail("root: %s '%s': %s, not starting the payload", verb, object, reason);
	return error;
}

/* A device that is waited for. */
struct search {
	const char *name;
	char path[PATH_MAX];
};

static bool is_found(void *ctx)
{
	struct search *search = ctx;

	return disks_find(search->name, search->path, sizeof(search->path));
}

static int find_device(const struct config *config, const struct devices *devices, struct search *search)
{
	int r;

	if (!disks_is_name(search->name))
		return refuse("find", search->name, "neither a path nor UUID=, LABEL=, PARTUUID= or PARTLABEL=", -EINVAL);
	r = devices_wait_until(devices, is_found, search, config->rootwait ? -1 : config->wait_timeout_ms);
	return r < 0 ? refuse("find", search->name, devices_reason(r), r) : 0;
}

static bool never(void *ctx)
{
	(void)ctx;
	return false;
}

/* Those whose source is no device. */
static bool is_without_device(const char *type)
{
	return type && (strcmp(type, "9p") == 0 || strcmp(type, "virtiofs") == 0 || strcmp(type, "tmpfs") == 0);
}

/*
 * Words of rootflags= that mount(2) takes as flags, as mount(8) does; a file system does not know them. The others go
 * to options. Returns the flags.
 */
static unsigned long split_flags(const char *words, char *options, size_t size)
{
	static const struct {
		const char *word;
		unsigned long flag;
	} known[] = { { "defaults", 0 }, { "noatime", MS_NOATIME }, { "nodiratime", MS_NODIRATIME },
		      { "relatime", MS_RELATIME }, { "strictatime", MS_STRICTATIME }, { "nodev", MS_NODEV },
		      { "noexec", MS_NOEXEC }, { "nosuid", MS_NOSUID } };
	unsigned long flags = 0;
	char word[1024];
	size_t length = 0;

	options[0] = '\0';
	while (util_list_next(&words, word, sizeof(word))) {
		size_t i = 0;

		while (i < ARRAY_SIZE(known) && strcmp(word, known[i].word) != 0)
			i++;
		if (i < ARRAY_SIZE(known))
			flags |= known[i].flag;
		else if (length < size)
			length += (size_t)snprintf(options + length, size - length, "%s%s", length > 0 ? "," : "", word);
	}
	return flags;
}

static int mount_type(const struct config *config, const char *source, const char *type, const char *target,
		      int (*load)(const char *name))
{
	unsigned long flags = config->rw && !config->roothash && !config->overlay ? 0 : MS_RDONLY;
	char alias[64], reason[128], options[2048]; /* no longer than a command line */
	int r;

	flags |= split_flags(config->rootflags, options, sizeof(options));
	snprintf(alias, sizeof(alias), "fs-%s", type);
	r = load(alias);
	if (r < 0 && r != -ENOENT) /* without a module it may be built in: mount(2) knows */
		return r;
	r = sys_mount(source, target, type, flags, *options ? options : NULL);
	if (r == -ENODEV)
		snprintf(reason, sizeof(reason), "%s: nothing that the kernel or a module of this image mounts", type);
	else
		snprintf(reason, sizeof(reason), "%s: %s", type, log_reason(r));
	return r < 0 ? refuse("mount", source, reason, r) : 0;
}

static int mount_device(const struct config *config, const char *source, const char *target,
			int (*load)(const char *name))
{
	struct blockid id;
	int r;

	if (config->rootfstype)
		return mount_type(config, source, config->rootfstype, target, load);
	r = disks_probe(source, &id);
	if (r < 0)
		return refuse("identify", source, r == -ENOENT ? "no file system that initgate knows (rootfstype=)" :
			      r == -ENOTUNIQ ? "more than one file system (rootfstype=)" : log_reason(r), r);
	log_line(LOG_LEVEL_INFO, "root: found %s on '%s'", id.type, source);
	return mount_type(config, source, id.type, target, load);
}

/* root= names the data, roothash_device= the hash tree over them. */
static int map_verity(const struct config *config, const struct devices *devices, char *path, size_t size,
		      int (*load)(const char *name))
{
	struct search tree = { .name = config->roothash_device };
	int r;

	if (!config->roothash)
		return 0;
	if (!config->roothash_device)
		return refuse("read", "roothash_device", "not set, but roothash= is", -EINVAL);
	r = load("dm_verity");
	if (r < 0 && r != -ENOENT)
		return r;
	r = find_device(config, devices, &tree);
	return r < 0 ? r : verity_map(path, tree.path, config->roothash, path, size);
}

/* The root read-only below, what is written in memory above it. Documentation/filesystems/overlayfs.rst */
static int mount_overlay(int (*load)(const char *name))
{
	int r = load("overlay");

	if (r < 0 && r != -ENOENT)
		return r;
	r = sys_mount("tmpfs", LAYERS "/memory", "tmpfs", 0, "mode=0755");
	if (r == 0)
		r = util_mkdir_all(LAYERS "/memory/upper");
	if (r == 0)
		r = util_mkdir_all(LAYERS "/memory/work");
	if (r == 0)
		r = sys_mount("overlay", NEW_ROOT, "overlay", 0,
			      "lowerdir=" LAYERS "/root,upperdir=" LAYERS "/memory/upper,workdir=" LAYERS
			      "/memory/work");
	return r < 0 ? refuse("mount", "overlay", log_reason(r), r) : 0;
}

static int mount_root(const struct config *config, const struct devices *devices, int (*load)(const char *name),
		      int (*settle)(void))
{
	struct search root = { .name = config->root };
	const char *target = config->overlay ? LAYERS "/root" : NEW_ROOT;
	int r = util_mkdir_all(NEW_ROOT);

	if (r == 0)
		r = util_mkdir_all(LAYERS "/root");
	if (r == 0)
		r = util_mkdir_all(LAYERS "/memory");
	if (r < 0)
		return refuse("create", NEW_ROOT, log_reason(r), r);
	if (config->rootdelay_ms > 0)
		devices_wait_until(devices, never, NULL, config->rootdelay_ms);
	if (is_without_device(config->rootfstype)) {
		settle(); /* no device to wait for says that its transport is there */
		r = mount_type(config, config->root, config->rootfstype, target, load);
	} else {
		r = find_device(config, devices, &root);
		if (r == 0)
			r = map_verity(config, devices, root.path, sizeof(root.path), load);
		if (r == 0)
			r = mount_device(config, root.path, target, load);
	}
	return r == 0 && config->overlay ? mount_overlay(load) : r;
}

int root_enter(const struct config *config, const struct devices *devices, int (*load)(const char *name),
	       int (*settle)(void))
{
	int r;

	if (!config->root)
		return 0;
	r = mount_root(config, devices, load, settle);
	settle();
	if (r < 0)
		return r;
	/* A full init mounts /tmp as it likes. */
	return switch_root(NEW_ROOT, config->payload ? config->payload : "/", !config->init);
}
