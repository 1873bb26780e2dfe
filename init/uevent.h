/* SPDX-License-Identifier: MIT */
/* The kernel's events about devices. */
#ifndef INIT_UEVENT_H
#define INIT_UEVENT_H

#include <stddef.h>
#include <sys/types.h>

/* No event is longer: UEVENT_BUFFER_SIZE of include/linux/kobject.h is 2048 for the variables, plus the head. */
#define UEVENT_SIZE 4096

/*
 * Subscribes to all events from now on: to be done before the first look at /sys or /dev, so that nothing is missed.
 * Returns a descriptor, non-blocking and closed on exec, or -errno.
 */
int uevent_open(void);

/* Ends the subscription: what nobody takes would fill the kernel's memory. fd may be negative. */
void uevent_close(int fd);

/*
 * Takes the next event into buffer[UEVENT_SIZE]: strings, each ended by a NUL, "ACTION@DEVPATH" and then KEY=VALUE.
 * Returns its length, 0 when none waits, -ENOBUFS when some were lost, or another -errno.
 */
ssize_t uevent_next(int fd, char *buffer);

/* The value of a KEY in an event of n bytes; NULL without it. */
const char *uevent_value(const char *event, size_t n, const char *key);

#endif
