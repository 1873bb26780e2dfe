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

/*
 * Reads a kernel's configuration ("CONFIG_X=y" lines, as in /boot/config-VERSION; Documentation/kbuild/kconfig.rst) for
 * the features that Go programs ask for. False after a message on standard error.
 */
bool kernel_config_read(struct elfcheck_target *target, const char *path);

/* Makes `dir` the image that the file stands in; it stays open until the process ends. False after a message. */
bool root_open(struct elfcheck_target *target, const char *dir);

/* The value of a Go string literal, or the text itself when it is none; at most `room` bytes, no NUL. Returns how many. */
size_t go_unquote(struct elfcheck_text text, char *to, size_t room);

/* One report on standard output: for people, as one line of JSON, or as one result after another of a SARIF log. */
void print_human(const char *path, const struct elfcheck_report *report, bool colour);
void print_json(const char *path, const struct elfcheck_report *report);

/*
 * SARIF 2.1.0 (OASIS): one run over all files, its rules are the slugs. Begin, print each, end.
 */
void sarif_begin(void);
void print_sarif(const char *path, const struct elfcheck_report *report);
void sarif_end(void);

/* How the slug is found, and which other tools do not tell; see explain.def. The strings live for ever. */
const char *explain_found(enum elfcheck_slug slug);
const char *explain_peers(enum elfcheck_slug slug);

#endif
