/* SPDX-License-Identifier: MIT */
/* Devices that come when they come. */
#ifndef INIT_DEVICES_H
#define INIT_DEVICES_H

/*
 * Waits until every path of the comma separated list exists, at most timeout_ms, without polling: looks again at each
 * event of the kernel. signals and events are the descriptors of signals.h and uevent.h; a request to end ends the
 * wait. go_on() is called first and at each event, before the look; it takes the events. NULL: nothing to wait for. Returns 0, or -errno after logging the path that did not come.
 */
int devices_wait(const char *paths, int timeout_ms, int signals, int events, void (*go_on)(void));

#endif
