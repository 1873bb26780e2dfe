/* SPDX-License-Identifier: MIT */
/*
 * The result channel: JSON lines to whoever booted this machine, apart from the console. The format is
 * described in docs/ARCHITECTURE.md; and the same events as one JSON document for the payload, the record
 * /run/initgate/report.json. Everything here is best effort: a boot whose report does not get through takes the same
 * course, and the host knows by the missing last line.
 */
#ifndef INIT_REPORT_H
#define INIT_REPORT_H

#include "config.h"
#include "outcome.h"
#include "supervise.h"

#include <sys/types.h>

/* The settings are known: the first event. */
void report_start(const struct config *config);

/*
 * Opens the channel that the settings name (report=), if it is not open yet, and sends what has waited for it. Modules
 * may bring it, so there may be several calls, the last with log_absence.
 */
void report_open(const struct config *config, bool log_absence);

/* Begins the record in /run; from now on it grows with each event and is a whole document after each. */
void report_record(void);

/* The stage of that name ends now; it began when the previous one ended, the first with the kernel. */
void report_stage(const char *name);

/*
 * Tells whoever booted this machine that it waits for a word of theirs. Returns the channel's descriptor, which is also
 * for reading where the settings have job=; or -errno.
 */
int report_ready(void);

/*
 * The word came, maybe to a copy of the machine: the events begin anew, with config's nonce, and time counts from now.
 */
void report_resume(const struct config *config);

/* A filesystem is there. result is one of the words of mounts.h. */
void report_mount(const char *type, const char *target, const char *result);

/* A module is about to be handed to the kernel, or was. result is one of the words of modules/load.h. */
void report_module(const char *name, const char *result, long long took_us);

/* What verification found. path is the payload's, size in bytes. */
void report_check(const char *path, size_t size, const struct elfcheck_report *check);

void report_launch(pid_t pid);

/* The payload's run ended. */
void report_exit(pid_t pid, const struct run *run);

/*
 * One of several payloads (also=) is over; reason as in report_done(). The first that failed also gives the last line its
 * reason.
 */
void report_result(const char *path, struct outcome outcome, const char *reason);

/*
 * The last line. reason is the failure's log line, or "". Where no channel takes it, it goes to the kernel's log, at
 * the level of errors so that "quiet" does not hide it.
 */
void report_done(struct outcome outcome, const char *reason);

/* Waits until the receiver has taken everything; may block for as long as that takes. */
void report_drain(void);

/*
 * With report=debugexit: writes the exit status (at most 127) to the port of QEMU's isa-debug-exit, which ends the
 * machine with the status 2 * N + 1 at once. Otherwise nothing.
 */
void report_leave(void);

#endif
