/* SPDX-License-Identifier: MIT */
/* Hands one module to the kernel. */
#ifndef MODULES_INSERT_H
#define MODULES_INSERT_H

#include <stddef.h>

/*
 * Opens the file and gives it to the kernel, compressed ones (.xz, .zst, .gz) to be decompressed there. Sleeps for as
 * long as the module's own start takes. Returns 0, also when it is there already, or -errno.
 */
int insert_module(const char *path, const char *options);

/*
 * Why that failed, into text: what the kernel means by the error, and its own words about this module if it logged
 * some since klog_mark().
 */
void insert_explain(const char *name, const char *path, int error, char *text, size_t size);

#endif
