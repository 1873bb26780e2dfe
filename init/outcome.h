/* SPDX-License-Identifier: MIT */
/* How a boot ended. Decided in main.c, carried to the host by report.c. */
#ifndef INIT_OUTCOME_H
#define INIT_OUTCOME_H

#include <stdbool.h>

enum outcome_kind {
	OUTCOME_EXITED,      /* the payload ran; code is its exit status */
	OUTCOME_SIGNALED,    /* the payload ran; code is the signal that ended it */
	OUTCOME_REFUSED,     /* the payload was not started because it would not or must not run */
	OUTCOME_INIT_FAILED, /* something before the payload failed */
	OUTCOME_EXEC_FAILED, /* the kernel would not execute it; code is 126 or 127 */
};

struct outcome {
	enum outcome_kind kind;
	int code;
};

/* What the host gets: N, 128 + signal, 126, 127, or 125 for initgate's own failures. */
static inline int outcome_exit_status(struct outcome outcome)
{
	switch (outcome.kind) {
	case OUTCOME_EXITED:
	case OUTCOME_EXEC_FAILED:
		return outcome.code;
	case OUTCOME_SIGNALED:
		return 128 + outcome.code;
	default:
		return 125;
	}
}

static inline bool outcome_is_success(struct outcome outcome)
{
	return outcome.kind == OUTCOME_EXITED && outcome.code == 0;
}

static inline const char *outcome_name(struct outcome outcome)
{
	switch (outcome.kind) {
	case OUTCOME_EXITED:
		return "exited";
	case OUTCOME_SIGNALED:
		return "signaled";
	case OUTCOME_REFUSED:
		return "refused";
	default:
		return "init-failed";
	}
}

#endif
