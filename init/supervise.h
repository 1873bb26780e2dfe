/* SPDX-License-Identifier: MIT */
/* Signals, and the life of the payload. */
#ifndef INIT_SUPERVISE_H
#define INIT_SUPERVISE_H

#include "outcome.h"

#include <sys/types.h>

/*
 * Blocks every signal, for good, and makes Ctrl-Alt-Del a signal instead of a sudden restart. The first call
 * of PID 1. Returns the signalfd on which they arrive from now on, non-blocking, or -errno.
 */
int supervise_signals(void);

/*
 * Waits for the payload to end; meanwhile passes signals on to its process group and reaps every orphan. Returns
 * how it ended.
 */
struct outcome supervise_payload(pid_t pid, int wake_fd);

#endif
