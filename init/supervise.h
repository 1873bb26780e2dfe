/* SPDX-License-Identifier: MIT */
/* The life of the payload. */
#ifndef INIT_SUPERVISE_H
#define INIT_SUPERVISE_H

#include "outcome.h"

#include <stdbool.h>
#include <sys/types.h>

/* One run of the payload. */
struct run {
	struct outcome outcome;
	bool out_of_memory; /* the kernel killed it for want of memory */
	long long took_us, cpu_us;
	long peak_kib; /* most memory it had, ru_maxrss of getrusage(2) */
};

/*
 * Waits for the payload to end; meanwhile passes signals on to its process group and reaps every orphan. When the
 * end of the machine is asked for (signals.h) the payload has ten seconds for its own. path is for messages.
 */
struct run supervise_payload(pid_t pid, const char *path, int signals);

/* The time between two runs. False when the end of the machine was asked for before or meanwhile. */
bool supervise_pause(int ms, int signals);

#endif
