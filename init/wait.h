/* SPDX-License-Identifier: MIT */
/* Where PID 1 sleeps. */
#ifndef INIT_WAIT_H
#define INIT_WAIT_H

#include <stdbool.h>
#include <stddef.h>

struct pollfd;

#define WAIT_FOR_EVER (-1LL)

/* sys_now_us() in so many milliseconds. */
long long wait_deadline(int ms);

/*
 * As poll(2), until one of the descriptors is ready or the clock (sys_now_us()) shows deadline_us; meanwhile the
 * watchdog is pinged. Without a watchdog and a deadline it wakes up for nothing else. Returns how many are ready, 0
 * at the deadline, or -errno.
 */
int wait_ready(struct pollfd *fds, size_t n, long long deadline_us);

/*
 * Waits like this, and meanwhile does work(), piece by piece, while no other process wants the CPU. work() returns false
 * when there was nothing to do; it may be NULL. That all is done is an event as well: returns 1.
 */
int wait_working(struct pollfd *fds, size_t n, long long deadline_us, bool (*work)(void));

#endif
