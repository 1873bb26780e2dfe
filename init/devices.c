/* SPDX-License-Identifier: MIT */
/*
 * Owns waiting for device nodes. The kernel makes the node in devtmpfs before it sends the uevent
 * (device_add() in drivers/base/core.c), so a look after each event misses nothing, provided that the
 * subscription came before the first look.
 */
#include "devices.h"
#include "log.h"
#include "sys.h"
#include "util.h"

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

/* Takes the signals that came; true when one of them asks to stop. */
static bool is_asked_to_stop(int wake_fd)
{
	struct signalfd_siginfo info;
	bool stop = false;

	while (sys_read(wake_fd, &info, sizeof(info)) == sizeof(info))
		stop |= info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT;
	return stop;
}

/* Returns 0 when something happened, -ETIME, or another -errno. */
static int wait_for_event(int events, int wake_fd, long long deadline_us)
{
	struct pollfd fds[] = { { .fd = events, .events = POLLIN }, { .fd = wake_fd, .events = POLLIN } };
	long long left_us = deadline_us - sys_now_us();
	int r;

	if (left_us <= 0)
		return -ETIME;
	r = sys_poll(fds, ARRAY_SIZE(fds), (int)((left_us + 999) / 1000));
	if (r < 0 && r != -EINTR)
		return r;
	if (fds[0].revents)
		drain(events);
	return fds[1].revents && is_asked_to_stop(wake_fd) ? -EINTR : 0;
}

int devices_wait(const char *paths, int timeout_ms, int wake_fd)
{
	CLEANUP_FD int events = -1;
	long long deadline_us = sys_now_us() + timeout_ms * 1000LL;
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
		r = wait_for_event(events, wake_fd, deadline_us);
	if (r < 0)
		log_fail("devices: wait for '%s': %s, not starting the payload", path,
			 r == -ETIME ? "it did not appear in time" : log_reason(r));
	return r;
}
