/* SPDX-License-Identifier: MIT */
/* What the driver and the seam inside PID 1 share: a page of memory behind the file /seam of the root. */
#ifndef FAULTS_SEAM_H
#define FAULTS_SEAM_H

#include <errno.h>

#define SEAM_ERRNOS 12

static const struct seam_call {
	const char *function;
	int errnos[SEAM_ERRNOS]; /* ends with 0 */
} seam_calls[] = {
#define CALL(name, ...) { #name, { __VA_ARGS__ } },
#include "errnos.def"
#undef CALL
};

#define SEAM_CALLS ((int)(sizeof(seam_calls) / sizeof(seam_calls[0])))

#define SEAM_PROCESSES 16 /* PID 1 included */

struct seam {
	/*
	 * The fault that is wanted: in the nth call of the function by the process. PID 1 is process 0, its children
	 * follow in the order of their making. One count over everything would give other numbers each time, as
	 * processes run side by side and a sleep may be cut short.
	 */
	int process, function, nth, error;
	int lasting;      /* and in each call of that function by that process from then on */
	int copied, late; /* the payload lies on a disk; the file /late comes while it is waited for */
	int job;          /* the word that a waiting machine wants comes */
	int haste;        /* from when the payload runs time is so many times faster; 0: it is not */

	/* What came of it. */
	int hit;          /* the number of the call among all of the process; 0: it never came */
	char reason[64];  /* what PID 1 calls the error */
	char unknown[32]; /* a call that is not in errnos.def, or some other mishap */
	char sysrq;       /* the key that was pressed */
	int calls[SEAM_PROCESSES];
	int seen[SEAM_PROCESSES][SEAM_CALLS]; /* calls of each function */
};

#endif
