/* SPDX-License-Identifier: MIT */
/* Signals as PID 1 takes them: all blocked for good, read from one descriptor. */
#ifndef INIT_SIGNALS_H
#define INIT_SIGNALS_H

/* What somebody outside wants of the machine. */
enum signals_request {
	SIGNALS_NOTHING,
	SIGNALS_END,      /* SIGTERM: as on_exit= says */
	SIGNALS_REBOOT,   /* SIGINT, which is what Ctrl-Alt-Del sends */
	SIGNALS_POWEROFF, /* SIGPWR: a power button or a failing supply, by way of whoever watches it */
};

/*
 * Blocks every signal and makes Ctrl-Alt-Del a signal instead of a sudden restart. The first call of PID 1.
 * Returns the descriptor on which signals arrive from now on, non-blocking, or -errno.
 */
int signals_open(void);

/* Takes the next signal that waits. Returns its number, or 0 when there is none. */
int signals_next(int fd);

/* The last request among the signals taken so far. */
enum signals_request signals_request(void);

#endif
