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
#include "uevent.h"
#include "util.h"
#include "wait.h"

#include <limits.h>
#include <stdbool.h>

/* Copies the first path that does not exist; false when all do. */
static bool find_missing(const char *paths, char *path, size_t size)
{
	struct stat st;

	while (util_list_next(&paths, path, size))
		if (sys_stat(path, &st) < 0)
			return true;
	return false;
}

int devices_wait(const char *paths, int timeout_ms, int signals, int events, void (*go_on)(void))
{
	struct pollfd wake[] = { { .fd = events, .events = POLLIN }, { .fd = signals, .events = POLLIN } };
	long long deadline_us = wait_deadline(timeout_ms);
	char path[PATH_MAX];
	int r = events < 0 ? events : 1;

	go_on();
	while (find_missing(paths, path, sizeof(path)) && r > 0) {
		r = wait_ready(wake, ARRAY_SIZE(wake), deadline_us);
		while (signals_next(signals) > 0)
			;
		if (signals_request() != SIGNALS_NOTHING)
			r = -ECANCELED;
		go_on();
	}
	if (!find_missing(paths, path, sizeof(path)))
		return 0;
	log_fail("devices: wait for '%s': %s, not starting the payload", path,
		 r == 0 ? "it did not appear in time" :
		 r == -ECANCELED ? "a signal asks for the end" : log_reason(r));
	return r == 0 ? -ETIME : r;
}
