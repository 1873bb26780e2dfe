/* SPDX-License-Identifier: MIT */
/* Makes another file system the root. */
#ifndef INIT_SWITCH_H
#define INIT_SWITCH_H

#include <stdbool.h>

/*
 * Makes what is mounted at new_root the root, with /dev, /proc, /sys and /run, and with_tmp also /tmp, moved into it;
 * then frees the memory that the initramfs takes. Before anything is changed it is made sure that new_root is a mount
 * of its own and holds a file at `program`. Returns 0, or -errno after logging; where that is before the switch nothing
 * has changed.
 */
int switch_root(const char *new_root, const char *program, bool with_tmp);

#endif
