/* SPDX-License-Identifier: MIT */
/* The other end of mounting. */
#ifndef INIT_UNMOUNT_H
#define INIT_UNMOUNT_H

#include <stdbool.h>

/*
 * Unmounts everything that is mounted but the root, /dev, /proc and /sys, the last mounted first; what is in use is
 * made read-only instead, and so is the root, with_root. May block on dead storage. What fails is logged.
 */
void unmount_all(bool with_root);

#endif
