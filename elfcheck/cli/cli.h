/* SPDX-License-Identifier: MIT */
/* What the files of the command `elfcheck` share. Not part of the library. */
#ifndef ELFCHECK_CLI_H
#define ELFCHECK_CLI_H

#include "elfcheck/elfcheck.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads the whole file, or standard input for "-", into memory of its own, so that a file cut short meanwhile
 * cannot end the process (SIGBUS). Holes of sparse files cost address space but no memory. Returns 0 with the
 * bytes, to be given to input_free(), or -1 after a message on standard error. *ret_not_executable says whether
 * the file lacks every x bit; never for standard input.
 */
int input_read(const char *path, void **ret_bytes, size_t *ret_size, bool *ret_not_executable);
void input_free(void *bytes, size_t size);

/* Takes the value of --kernel, --cpu or --arch into *target; false when it is none. A CPU other than "host" names its
 * architecture as well. */
bool target_set_kernel(struct elfcheck_target *target, const char *value);
bool target_set_cpu(struct elfcheck_target *target, const char *value);
bool target_set_arch(struct elfcheck_target *target, const char *value);

/* One report on standard output: for people, or as one line of JSON. */
void print_human(const char *path, const struct elfcheck_report *report, bool colour);
void print_json(const char *path, const struct elfcheck_report *report);

#endif
