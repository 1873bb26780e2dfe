/* SPDX-License-Identifier: MIT */
/* Loading kernel modules with what they depend on. */
#ifndef MODULES_LOAD_H
#define MODULES_LOAD_H

/*
 * Called after each module that was handed to the kernel, or found there. result is one of "loaded",
 * "present" (loaded before, or built into the kernel), "failed". took_us counts microseconds.
 */
typedef void modules_seen(const char *name, const char *result, long long took_us);

/*
 * Loads each module of the comma separated list, by name or alias, with its dependencies first, out of
 * /lib/modules of the running kernel. Options come from modprobe.d(5) and from MODULE.OPTION=VALUE on the kernel
 * command line, as libkmod reads them; needs /proc and /sys. NULL: nothing to load. Returns 0, or -errno of the
 * first that failed, after logging each.
 */
int modules_load(const char *names, modules_seen *seen);

#endif
