/* SPDX-License-Identifier: MIT */
/* Executes the payload. */
#ifndef INIT_LAUNCH_H
#define INIT_LAUNCH_H

#include "config.h"
#include "payload.h"

#include <stdbool.h>

/* What the payload gets; the arrays end with NULL. */
struct launch {
	int fd;           /* the verified file */
	const char *path; /* for messages */
	const char *cwd;
	bool relayed;               /* its output goes through relays */
	const char *stdio_paths[3]; /* of its 0, 1, 2; NULL: the console */
	int stdio[3];               /* descriptors for them; of one run */
	char **argv;
	char **env;
	int error; /* -errno of a child that could not execute it */
};

/*
 * Puts everything together that all runs of the payload get, so that nothing is left to allocate afterwards. Returns 0,
 * or -errno after logging what is missing.
 */
int launch_prepare(const struct config *config, const struct payload *payload, struct launch *ret_launch);

/*
 * Opens the standard descriptors for one run; with mode=supervise output goes through relays. Returns 0, or -errno
 * after logging what cannot be opened.
 */
int launch_connect(struct launch *launch);

/*
 * Starts the payload as a child in a session and process group of its own, with the console as its controlling
 * terminal if it reads from there. Returns its pid, or -errno of fork(2) or execveat(2) after logging it.
 */
pid_t launch_child(struct launch *launch);

/* Executes the payload in our place. Returns only when that fails: -errno, logged. */
int launch_here(const struct launch *launch);

#endif
