/* SPDX-License-Identifier: MIT */
/*
 * Prints the signals that are blocked and ignored, as it was started. In C, as Go's runtime blocks all of them for a
 * moment whenever it makes a thread.
 */
#include <signal.h>
#include <stdio.h>

int main(void)
{
	struct sigaction action;
	sigset_t blocked;
	int found = 0;

	sigprocmask(SIG_SETMASK, NULL, &blocked);
	for (int signo = 1; signo < _NSIG; signo++) {
		if (sigismember(&blocked, signo) == 1)
			found += printf("blocked %d\n", signo);
		if (sigaction(signo, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			found += printf("ignored %d\n", signo);
	}
	return found ? 1 : 0;
}
