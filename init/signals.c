/* SPDX-License-Identifier: MIT */
/* Owns the signal mask of PID 1 and what signals ask for. SIGCHLD only says that children ended, one or many. */
#include "signals.h"
#include "sys.h"

static enum signals_request request;

int signals_open(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t all;
	int r, fd;

	sys_sigaction(SIGCHLD, &action); /* ignored, it would take every exit status with it */
	sigfillset(&all);
	r = sys_sigmask(SIG_SETMASK, &all);
	if (r < 0)
		return r;
	sys_reboot(RB_DISABLE_CAD); /* fails in a container, where the key does not reach us */
	fd = sys_signalfd(&all);
	if (fd < 0 || fd > 2)
		return fd;
	r = sys_dup_above_stdio(fd); /* started without standard descriptors: console.c will put its own there */
	sys_close(fd);
	return r;
}

int signals_next(int fd)
{
	struct signalfd_siginfo info;
	ssize_t n;

	do
		n = sys_read(fd, &info, sizeof(info));
	while (n == -EINTR);
	if (n != sizeof(info))
		return 0;
	if (info.ssi_signo == SIGTERM)
		request = SIGNALS_END;
	else if (info.ssi_signo == SIGINT)
		request = SIGNALS_REBOOT;
	else if (info.ssi_signo == SIGPWR)
		request = SIGNALS_POWEROFF;
	return (int)info.ssi_signo;
}

enum signals_request signals_request(void)
{
	return request;
}
