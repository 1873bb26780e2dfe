/* SPDX-License-Identifier: MIT */
/* The pseudo-filesystems. */
#ifndef INIT_MOUNTS_H
#define INIT_MOUNTS_H

#include <stddef.h>

/* Called for each filesystem that is there now: "mounted", or "present" when it was before. */
typedef void mounts_seen(const char *type, const char *target, const char *result);

/*
 * /dev, /proc and /sys, in this order: what every later stage needs. A filesystem of the right type that is
 * there already is fine. Returns 0, or -errno after logging the one that could not be had.
 */
int mounts_early(mounts_seen *seen);

/*
 * The rest, after modules are loaded as some of them come from modules. Those that this kernel does not
 * know are left out. Returns 0, or -errno after logging the one that could not be had.
 */
int mounts_late(mounts_seen *seen);

/*
 * What the settings want mounted (mount=): words[0..length), each ended by a NUL, in fours: source, target, type,
 * options as in fstab(5). Returns 0, or -errno after logging the one that could not be had.
 */
int mounts_wanted(const char *words, size_t length, mounts_seen *seen);

#endif
