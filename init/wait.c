/* SPDX-License-Identifier: MIT */
/* Owns every wait of PID 1 that has or needs a deadline: no stage polls, and none forgets the watchdog. */
#include "wait.h"
#include "sys.h"
#include "watchdog.h"

#include <limits.h>
#include <stdbool.h>

long long wait_deadline(int ms)
{
	return sys_now_us() + ms * 1000LL;
}

/* Milliseconds, as poll(2) takes them; never 0 before the deadline, which would be a busy wait. */
static int time_left(long long deadline_us)
{
	long long left_us = deadline_us - sys_now_us();

	if (deadline_us == WAIT_FOR_EVER)
		return -1;
	return left_us <= 0 ? 0 : left_us / 1000 >= INT_MAX ? INT_MAX : (int)((left_us + 999) / 1000);
}

int wait_ready(struct pollfd *fds, size_t n, long long deadline_us)
{
	for (;;) {
		int ping_ms = watchdog_ping(), left_ms = time_left(deadline_us);
		bool ping_first = ping_ms >= 0 && (left_ms < 0 || ping_ms < left_ms);
		int r = sys_poll(fds, n, ping_first ? ping_ms : left_ms);

		if (r > 0 || (r == 0 && !ping_first) || (r < 0 && r != -EINTR && r != -ENOMEM))
			return r;
	}
}

int wait_working(struct pollfd *fds, size_t n, long long deadline_us, bool (*work)(void))
{
	bool worked = false;
	int r;

	if (!work)
		return wait_ready(fds, n, deadline_us);
	sys_policy(SCHED_IDLE);
	sys_yield(); /* or a new child would wait for the clock's next tick */
	while ((r = wait_ready(fds, n, 0)) == 0 && (deadline_us == WAIT_FOR_EVER || sys_now_us() < deadline_us) && work())
		worked = true;
	if (r == 0)
		r = worked ? 1 : wait_ready(fds, n, deadline_us);
	sys_policy(SCHED_OTHER);
	return r;
}
