/* SPDX-License-Identifier: MIT */
/* Which modules are to be loaded, and in which order they may be. */
#ifndef MODULES_PLAN_H
#define MODULES_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum module_state {
	MODULE_WAITING, /* for those that come before it */
	MODULE_LOADING,
	MODULE_LOADED,
	MODULE_PRESENT, /* it was there already, or is built into the kernel */
	MODULE_FAILED,
	MODULE_SWITCHED_OFF, /* by an install line of modprobe.d(5) */
};

/* What a module is worth; those that it needs are worth as much. */
enum module_weight {
	MODULE_OPTIONAL,
	MODULE_EARLY,    /* optional as well, but before the others: a disk may hang on it */
	MODULE_REQUIRED, /* the boot cannot go on without it */
};

struct module {
	const char *name; /* with '_', as the kernel has it */
	const char *path; /* "" when it has no file */
	const char *options;
	enum module_state state;
	enum module_weight weight;
	size_t n_before;
	struct plan_before {
		size_t index;
		bool hard; /* a dependency; otherwise a softdep, which may fail or be missing */
	} *before;
	pid_t pid; /* who loads it */
	long long began_us;
};

/* A module keeps its index; the array moves when modules are added. */
struct plan {
	struct kmod_ctx *kmod;
	struct kmod_ctx *files; /* reads what stands in files, whatever an index says */
	char directory[128]; /* /lib/modules/VERSION */
	size_t n, room;
	struct module *modules;
};

/* For the running kernel. Returns 0 or -errno after logging. */
int plan_open(struct plan *ret_plan);

/*
 * Adds what a name or alias stands for, with everything it needs. What is not required may be missing and, when an
 * alias leads to it, be blacklisted. Returns 0, -ENOENT when there is no such module, or another -errno.
 */
int plan_add(struct plan *plan, const char *name, enum module_weight weight);

/* Frees the indexes of the file system, which plan_add() needs; the modules stay. */
void plan_close(struct plan *plan);

#endif
