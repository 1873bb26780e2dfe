/* SPDX-License-Identifier: MIT */
/*
 * Owns the watchdog. Documentation/watchdog/watchdog-api.rst: opening starts it, any write is a ping, closing it
 * behind a written 'V' stops it, closing it otherwise restarts the machine.
 */
#include "watchdog.h"
#include "log.h"
#include "sys.h"

#define TIMEOUT_UNKNOWN_S 10 /* of a driver that does not say: less than any in drivers/watchdog/ starts with */

static struct {
	int fd; /* 0: none */
	int interval_ms;
	long long next_us;
} state;

/* Half of the time it waits. */
static int ask_interval_ms(int fd, int timeout_ms)
{
	int seconds = timeout_ms / 1000, r;

	r = seconds > 0 ? sys_watchdog_set_timeout(fd, &seconds) : sys_watchdog_get_timeout(fd, &seconds);
	if (r < 0 && timeout_ms > 0) {
		log_line(LOG_LEVEL_WARN, "watchdog: set timeout to '%d s': %s, keeping the driver's", timeout_ms / 1000,
			 log_reason(r));
		r = sys_watchdog_get_timeout(fd, &seconds);
	}
	if (r < 0 || seconds <= 0)
		seconds = TIMEOUT_UNKNOWN_S;
	return seconds > 3600 ? 1800 * 1000 : seconds * 500;
}

void watchdog_open(const struct config *config, bool log_absence)
{
	int fd;

	if (!config->watchdog || state.fd > 0)
		return;
	fd = sys_open(config->watchdog, O_WRONLY);
	if (fd < 0) {
		if (log_absence)
			log_line(LOG_LEVEL_WARN, "watchdog: open '%s': %s, going on without it", config->watchdog,
				 log_reason(fd));
		return;
	}
	state.fd = fd;
	state.interval_ms = ask_interval_ms(fd, config->watchdog_timeout_ms);
	log_line(LOG_LEVEL_INFO, "watchdog: opened '%s', to be pinged every %d ms", config->watchdog, state.interval_ms);
}

int watchdog_ping(void)
{
	long long now = sys_now_us();

	if (state.fd <= 0)
		return -1;
	if (now >= state.next_us) {
		sys_write(state.fd, "", 1); /* what it writes does not matter but for 'V' */
		state.next_us = now + state.interval_ms * 1000LL;
	}
	return (int)((state.next_us - now + 999) / 1000);
}

void watchdog_stop(void)
{
	if (state.fd <= 0)
		return;
	sys_write(state.fd, "V", 1);
	sys_close(state.fd);
	state.fd = 0;
}
