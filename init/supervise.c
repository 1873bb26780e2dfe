/* SPDX-License-Identifier: MIT */
/*
 * Owns signals and reaping. One loop that sleeps until a signal comes: SIGCHLD says that children ended, one or
 * many (it does not queue), everything else is for the payload. Allocates nothing.
 */
#include "supervise.h"
#include "log.h"
#include "sys.h"

#include <stdbool.h>

int supervise_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t all;
	int r;

	sys_sigaction(SIGCHLD, &action); /* ignored, it would take every exit status with it */
	sigfillset(&all);
	r = sys_sigmask(SIG_SETMASK, &all);
	if (r < 0)
		return r;
	sys_reboot(RB_DISABLE_CAD); /* fails in a container, where the key does not reach us */
	return sys_signalfd(&all);
}

/* Reaps what has ended. True, with its status, when the payload was among them. */
static bool reap(pid_t payload, int *ret_status)
{
	bool ended = false;
	int status;
	pid_t pid;

	while ((pid = sys_waitpid(-1, &status, WNOHANG | __WALL)) > 0 || pid == -EINTR) {
		if (pid == payload) {
			ended = true;
			*ret_status = status;
		}
	}
	return ended;
}

/* The payload leads its process group, whose number is therefore its pid. */
static void pass_on(pid_t payload, const struct signalfd_siginfo *info)
{
	int r = sys_kill(-payload, (int)info->ssi_signo);

	log_line(LOG_LEVEL_DEBUG, "supervise: pass on 'signal %u': %s", info->ssi_signo,
		 r < 0 ? log_reason(r) : "done");
}

static struct outcome outcome_of(int status)
{
	if (WIFSIGNALED(status))
		return (struct outcome){ OUTCOME_SIGNALED, WTERMSIG(status) };
	return (struct outcome){ OUTCOME_EXITED, WEXITSTATUS(status) };
}

struct outcome supervise_payload(pid_t pid, int wake_fd)
{
	struct pollfd wake = { .fd = wake_fd, .events = POLLIN };
	struct signalfd_siginfo info;
	int status;

	while (!reap(pid, &status)) {
		sys_poll(&wake, 1, -1);
		while (sys_read(wake_fd, &info, sizeof(info)) == sizeof(info))
			if (info.ssi_signo != SIGCHLD)
				pass_on(pid, &info);
	}
	return outcome_of(status);
}
