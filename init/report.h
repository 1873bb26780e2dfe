/* SPDX-License-Identifier: MIT */
/*
 * The result channel: JSON lines to whoever booted this machine, apart from the console. The format is
 * described in docs/ARCHITECTURE.md. Everything here is best effort: a boot whose report does not get through
 * takes the same course, and the host knows by the missing last line.
 */
#ifndef INIT_REPORT_H
#define INIT_REPORT_H

#include "config.h"
#include "outcome.h"

#include <sys/types.h>

/*
 * Opens the channel that the settings name (report=), if it is not open yet, and sends the first event and what
 * has waited. One that cannot be opened is logged; modules may bring it, so there may be a second call.
 */
void report_open(const struct config *config);

/* The stage of that name ends now; it began when the previous one ended, the first with the kernel. */
void report_stage(const char *name);

/* A module was handed to the kernel. result is one of the words of modules/load.h. */
void report_module(const char *name, const char *result, long long took_us);

/* What verification found. path is the payload's, size in bytes. */
void report_check(const char *path, size_t size, const struct elfcheck_report *check);

void report_launch(pid_t pid);

/* The last line. reason is the failure's log line, or "". */
void report_done(struct outcome outcome, const char *reason);

/* Waits until the receiver has taken everything; may block for as long as that takes. */
void report_drain(void);

#endif
