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
	while (util_list_next(&paths, path, size))
		if (!util_is_ready(path))
			return true;
	return false;
}

int devices_wait_until(const struct devices *how, bool (*is_there)(void *ctx), void *ctx, int timeout_ms)
{
	struct pollfd wake[] = { { .fd = how->events, .events = POLLIN }, { .fd = how->signals, .events = POLLIN } };
	long long deadline_us = timeout_ms < 0 ? WAIT_FOR_EVER : wait_deadline(timeout_ms);
	int r = how->events < 0 ? how->events : 1;

	how->go_on();
	while (!is_there(ctx)) {
		if (r <= 0)
			return r < 0 ? r : -ETIME;
		r = wait_working(wake, ARRAY_SIZE(wake), deadline_us, how->work);
		while (signals_next(how->signals) > 0)
			;
		if (signals_request() != SIGNALS_NOTHING)
			r = -ECANCELED;
		how->go_on();
		if (r > 0 && deadline_us != WAIT_FOR_EVER && sys_now_us() >= deadline_us)
			r = 0; /* a stream of events must not keep us for ever */
	}
	return 0;
}

const char *devices_reason(int error)
{
	return error == -ETIME ? "it did not appear in time" :
	       error == -ECANCELED ? "a signal asks for the end" : log_reason(error);
}

/* Those that are waited for, and the first one that is missing. */
struct list {
	const char *paths;
	char missing[PATH_MAX];
};

static bool has_all(void *ctx)
{
	struct list *list = ctx;

	return !find_missing(list->paths, list->missing, sizeof(list->missing));
}

int devices_wait(const struct devices *how, const char *paths, int timeout_ms)
{
	struct list list = { .paths = paths };
	int r = devices_wait_until(how, has_all, &list, timeout_ms);

	if (r < 0)
		log_fail("devices: wait for '%s': %s, not starting the payload", list.missing, devices_reason(r));
	return r;
}
