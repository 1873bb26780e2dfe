/* SPDX-License-Identifier: MIT */
/* Devices that come when they come. */
#ifndef INIT_DEVICES_H
#define INIT_DEVICES_H

#include <stdbool.h>

/* What wakes a wait up. */
struct devices {
	int signals, events;  /* descriptors of signals.h and uevent.h */
	void (*go_on)(void); /* called first and at each event, before the look; it takes the events */
	bool (*work)(void);  /* to be done while nothing happens (wait.h), or NULL */
};

/*
 * Waits until is_there(ctx), at most timeout_ms (-1: for ever), without polling: looks again at each event of the kernel.
 * A request to end ends the wait. Returns 0, -ETIME, -ECANCELED, or another -errno.
 */
int devices_wait_until(const struct devices *how, bool (*is_there)(void *ctx), void *ctx, int timeout_ms);

/* Why that did not succeed, in words. */
const char *devices_reason(int error);

/*
 * Waits like this until every path of the comma separated list exists. NULL: nothing to wait for. Returns 0, or -errno
 * after logging the path that did not come.
 */
int devices_wait(const struct devices *how, const char *paths, int timeout_ms);

#endif
