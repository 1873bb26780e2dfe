/* SPDX-License-Identifier: MIT */
/*
 * Owns libkmod: the only file that includes it. Names in, modules in the kernel; which names, and what a failure
 * means for the boot, is the business of others. Never runs a command: install lines of modprobe.d need a shell.
 */
#include "load.h"
#include "init/log.h"
#include "init/sys.h"
#include "init/util.h"

#include <libkmod.h>
#include <stdio.h>
#include <string.h>

/* The one being handed to the kernel: libkmod says when it begins with one, not when it is done. */
static struct {
	modules_seen *seen;
	const char *name;
	long long began_us;
} current;

static void end_current(const char *result)
{
	if (current.name && current.seen)
		current.seen(current.name, result, sys_now_us() - current.began_us);
	current.name = NULL;
}

static void begin_current(struct kmod_module *module, bool install, const char *options)
{
	(void)install;
	(void)options;
	end_current("loaded");
	current.name = kmod_module_get_name(module);
	current.began_us = sys_now_us();
}

/* What the kernel means by the errors of finit_module(2) that people meet. */
static const char *explain(int error)
{
	switch (-error) {
	case ENOEXEC:
		return "it was not built for this kernel";
	case ENOENT:
		return "it needs a symbol that this kernel lacks, or one of its files is not in the image";
	case ENODEV:
		return "its device is not there";
	case EPERM:
		return "the kernel does not take modules (nomodule, lockdown or modules_disabled)";
	case EKEYREJECTED:
		return "its signature is not trusted by this kernel";
	default:
		return log_reason(error);
	}
}

static int refuse(const char *name, const char *reason, int error)
{
	log_fail("modules: load '%s': %s, not starting the payload", name, reason);
	return error;
}

static bool is_present(struct kmod_module *module)
{
	int state = kmod_module_get_initstate(module);

	return state == KMOD_MODULE_BUILTIN || state == KMOD_MODULE_LIVE;
}

static int load_one(const char *name, struct kmod_module *module)
{
	int r;

	if (is_present(module)) {
		if (current.seen)
			current.seen(kmod_module_get_name(module), "present", 0);
		return 0;
	}
	r = kmod_module_probe_insert_module(module, KMOD_PROBE_IGNORE_COMMAND, NULL, NULL, NULL, begin_current);
	/* Somebody else loading it at the same time is no failure: it is there, or will be. */
	if (r == -EEXIST || r == -EBUSY)
		r = 0;
	end_current(r < 0 ? "failed" : "loaded");
	return r < 0 ? refuse(name, explain(r), r) : 0;
}

static int load_name(struct kmod_ctx *ctx, const char *directory, const char *name)
{
	struct kmod_list *list = NULL, *entry;
	int r = kmod_module_new_from_lookup(ctx, name, &list), first = 0;
	char reason[300];

	if (r < 0 || !list) {
		snprintf(reason, sizeof(reason), "no such module or alias in %s of this image", directory);
		return refuse(name, reason, r < 0 ? r : -ENOENT);
	}
	kmod_list_foreach(entry, list) {
		struct kmod_module *module = kmod_module_get_module(entry);

		r = load_one(name, module);
		if (first == 0)
			first = r;
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
	return first;
}

int modules_load(const char *names, modules_seen *seen)
{
	struct utsname kernel = { 0 };
	struct kmod_ctx *ctx;
	char name[256], directory[256];
	int first = 0;

	if (!names)
		return 0;
	sys_uname(&kernel);
	snprintf(directory, sizeof(directory), "/lib/modules/%s", kernel.release);
	ctx = kmod_new(directory, NULL);
	if (!ctx)
		return refuse(names, log_reason(ENOMEM), -ENOMEM);
	current.seen = seen;
	while (util_list_next(&names, name, sizeof(name))) {
		int r = load_name(ctx, directory, name);

		if (first == 0)
			first = r;
	}
	kmod_unref(ctx);
	return first;
}
