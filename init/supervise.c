/* SPDX-License-Identifier: MIT */
/*
 * Owns reaping while the payload runs. One loop that sleeps until a signal comes: SIGCHLD says that children ended,
 * one or many (it does not queue), everything else is for the payload. Allocates nothing.
 */
#include "supervise.h"
#include "klog.h"
#include "log.h"
#include "signals.h"
#include "sys.h"
#include "wait.h"

#include <stdio.h>

#define GRACE_MS 10000 /* as container engines have it */

/* Reaps what has ended. Returns 1 when the payload was among them, -errno when it is nobody's child any more. */
static int reap(pid_t payload, int *ret_status, struct rusage *ret_usage)
{
	struct rusage usage;
	int status, ended = 0;
	pid_t pid;

	while ((pid = sys_wait4(-1, &status, WNOHANG | __WALL, &usage)) > 0 || pid == -EINTR) {
		if (pid == payload) {
			ended = 1;
			*ret_status = status;
			*ret_usage = usage;
		}
	}
	return ended || payload == 0 || pid == 0 ? ended : pid;
}

/* The payload leads its process group, whose number is therefore its pid; it is not reaped yet, so the number is its own. */
static int tell(pid_t payload, int signo)
{
	int r = sys_kill(-payload, signo);

	return r < 0 ? sys_kill(payload, signo) : r;
}

static void pass_on(pid_t payload, int signo)
{
	/* The default action of SIGPWR is the end as well, but no program expects it. */
	int r = tell(payload, signo == SIGPWR ? SIGTERM : signo);

	log_line(LOG_LEVEL_DEBUG, "supervise: pass on 'signal %d': %s", signo, r < 0 ? log_reason(r) : "done");
}

static long long in_us(struct timeval time)
{
	return (long long)time.tv_sec * 1000000 + time.tv_usec;
}

/* "Killed process PID" is what the kernel writes for its own want of memory and for a cgroup's; mm/oom_kill.c. */
static bool is_out_of_memory(pid_t pid)
{
	char text[48], line[256];

	snprintf(text, sizeof(text), "Killed process %d ", pid);
	return klog_find(text, line, sizeof(line));
}

static void set_outcome(struct run *run, pid_t pid, int status, const char *path)
{
	if (!WIFSIGNALED(status)) {
		run->outcome = (struct outcome){ OUTCOME_EXITED, WEXITSTATUS(status) };
		return;
	}
	run->outcome = (struct outcome){ OUTCOME_SIGNALED, WTERMSIG(status) };
	run->out_of_memory = WTERMSIG(status) == SIGKILL && is_out_of_memory(pid);
	if (run->out_of_memory)
		log_fail("supervise: run '%s': the kernel ran out of memory and killed it at %ld KiB, ended", path,
			 run->peak_kib);
}

/* Asked to end, it gets its time, then no more. A stopped process would not see the request. */
static long long ask_to_end(pid_t pid)
{
	tell(pid, SIGCONT);
	return wait_deadline(GRACE_MS);
}

static void kill_late(pid_t pid, const char *path)
{
	log_line(LOG_LEVEL_WARN, "supervise: end '%s': it did not in %d s, killing it", path, GRACE_MS / 1000);
	tell(pid, SIGKILL);
}

struct run supervise_payload(pid_t pid, const char *path, int signals)
{
	struct pollfd wake = { .fd = signals, .events = POLLIN };
	long long began_us = sys_now_us(), until_us = WAIT_FOR_EVER;
	struct run run = { .outcome = { OUTCOME_INIT_FAILED, 0 } };
	struct rusage usage = { 0 };
	bool asked = false, killed = false;
	int status = 0, signo, r;

	while ((r = reap(pid, &status, &usage)) == 0) {
		r = wait_ready(&wake, 1, until_us);
		if (r == 0 && killed) { /* as one that waits for dead storage */
			r = -ETIME;
			break;
		}
		if (r == 0) {
			kill_late(pid, path);
			killed = true;
			until_us = wait_deadline(GRACE_MS);
		}
		while ((signo = signals_next(signals)) > 0)
			if (signo != SIGCHLD)
				pass_on(pid, signo);
		if (!asked && signals_request() != SIGNALS_NOTHING) {
			asked = true;
			until_us = ask_to_end(pid);
		}
	}
	while (signals_next(signals) > 0)
		; /* what it asked for right before its end counts as well */
	run.took_us = sys_now_us() - began_us;
	run.cpu_us = in_us(usage.ru_utime) + in_us(usage.ru_stime);
	run.peak_kib = usage.ru_maxrss;
	if (r < 0)
		log_fail("supervise: wait for '%s': %s, its end is not known", path, log_reason(r));
	else
		set_outcome(&run, pid, status, path);
	return run;
}

bool supervise_pause(int ms, int signals)
{
	struct pollfd wake = { .fd = signals, .events = POLLIN };
	long long deadline_us = wait_deadline(ms);

	do {
		reap(0, NULL, NULL);
		while (signals_next(signals) > 0)
			;
	} while (signals_request() == SIGNALS_NOTHING && sys_now_us() < deadline_us &&
		 wait_ready(&wake, 1, deadline_us) > 0);
	return signals_request() == SIGNALS_NOTHING;
}
