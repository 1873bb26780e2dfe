/* SPDX-License-Identifier: MIT */
/* The pseudo-filesystems. */
#ifndef INIT_MOUNTS_H
#define INIT_MOUNTS_H

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

#endif
