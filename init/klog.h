/* SPDX-License-Identifier: MIT */
/* What the kernel itself says about what happened. */
#ifndef INIT_KLOG_H
#define INIT_KLOG_H

#include <stdbool.h>
#include <stddef.h>

/* From now on what the kernel logs is looked at. Without /dev/kmsg nothing is known. */
void klog_mark(void);

/*
 * Looks through all that was logged since klog_mark(), as often as it is called. Copies the last line that holds the text,
 * cut to size and without its head, and returns true; false when there is none.
 */
bool klog_find(const char *text, char *line, size_t size);

#endif
