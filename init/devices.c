/* SPDX-License-Identifier: MIT */
/*
 * Owns waiting for device nodes. The kernel makes the node in devtmpfs before it sends the uevent
 * (device_add() in drivers/base/core.c), so a look after each event misses nothing, provided that the
 * subscription came before the first look.
 */
#include "devices.h"
#include "log.h"
#include "signals.h"
#include "sys.h"
#include "util.h"
#include "wait.h"

#include <limits.h>
#include <linux/netlink.h>

static int subscribe(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 /* the kernel's own */ };
	int fd = sys_socket_uevent(), r;

	if (fd < 0)
		return fd;
	r = sys_bind(fd, (struct sockaddr *)&address, sizeof(address));
	if (r == 0)
		return fd;
	sys_close(fd);
	return r;
}

/* Copies the first path that does not exist; false when all do. */
static bool find_missing(const char *paths, char *path, size_t size)
{
	struct stat st;

	while (util_list_next(&paths, path, size))
		if (sys_stat(path, &st) < 0)
			return true;
	return false;
}

/* What the events say does not matter, only that there were some; overruns (ENOBUFS) are events too. */
static void drain(int fd)
{
	char event[4096];
	ssize_t n;

	do
		n = sys_read(fd, event, sizeof(event));
	while (n >= 0 || n == -ENOBUFS || n == -EINTR);
}

/* Returns 0 when something happened, -ETIME, or another -errno. */
static int wait_for_event(int events, int signals, long long deadline_us)
{
	struct pollfd fds[] = { { .fd = events, .events = POLLIN }, { .fd = signals, .events = POLLIN } };
	int r = wait_ready(fds, ARRAY_SIZE(fds), deadline_us);

	if (r <= 0)
		return r < 0 ? r : -ETIME;
	if (fds[0].revents)
		drain(events);
	while (signals_next(signals) > 0)
		;
	if (signals_request() != SIGNALS_NOTHING)
		return -ECANCELED;
	return sys_now_us() >= deadline_us ? -ETIME : 0; /* a stream of events must not keep us for ever */
}

int devices_wait(const char *paths, int timeout_ms, int signals)
{
	CLEANUP_FD int events = -1;
	long long deadline_us = wait_deadline(timeout_ms);
	char path[PATH_MAX];
	int r = 0;

	if (!find_missing(paths, path, sizeof(path)))
		return 0;
	events = subscribe();
	if (events < 0) {
		log_fail("devices: subscribe to 'uevents': %s, not starting the payload", log_reason(events));
		return events;
	}
	while (r == 0 && find_missing(paths, path, sizeof(path)))
		r = wait_for_event(events, signals, deadline_us);
	if (r < 0)
		log_fail("devices: wait for '%s': %s, not starting the payload", path,
			 r == -ETIME ? "it did not appear in time" :
			 r == -ECANCELED ? "a signal asks for the end" : log_reason(r));
	return r;
}
