/* SPDX-License-Identifier: MIT */
/* Executes the payload. */
#ifndef INIT_LAUNCH_H
#define INIT_LAUNCH_H

#include "config.h"
#include "payload.h"

/* What the payload gets; the arrays end with NULL. */
struct launch {
	int fd;           /* the verified file */
	const char *path; /* for messages */
	const char *cwd;
	int stdio[3]; /* descriptors for its 0, 1, 2 */
	char **argv;
	char **env;
};

/*
 * Puts everything together that the payload gets, so that nothing is left to allocate or open when it starts.
 * With mode=supervise its output goes through relays. Returns 0, or -errno after logging what is missing.
 */
int launch_prepare(const struct config *config, const struct payload *payload, struct launch *ret_launch);

/*
 * Starts the payload as a child in a session and process group of its own. Returns its pid, or -errno of
 * fork(2) or execveat(2) after logging it.
 */
pid_t launch_child(const struct launch *launch);

/* Executes the payload in our place. Returns only when that fails: -errno, logged. */
int launch_here(const struct launch *launch);

#endif
