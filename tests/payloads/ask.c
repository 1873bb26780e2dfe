/* SPDX-License-Identifier: MIT */
/* A payload that sends signals to PID 1, as somebody outside would, and says what became of them. */
#include "payload.h"

#include <sys/prctl.h>

static volatile sig_atomic_t got;

static void note(int signo)
{
	got = signo;
}

static void on(int signo, void (*handler)(int))
{
	must(sigaction(signo, &(struct sigaction){ .sa_handler = handler }, NULL), "sigaction");
}

static void tell_init(int signo)
{
	must(kill(1, signo), "kill 1");
}

/* Sends `asked` to PID 1, and returns when `awaited` comes, which must not get lost before we wait for it. */
static void ask_and_await(int asked, int awaited)
{
	sigset_t set, none;

	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, awaited);
	sigprocmask(SIG_BLOCK, &set, NULL);
	on(awaited, note);
	tell_init(asked);
	while (got != awaited)
		sigsuspend(&none);
}

/* nth FILE N SIGNAL STATUS: fails until run N, which sends SIGNAL to PID 1 and ends with STATUS when told to end */
static int nth(char **args)
{
	if (count_run(args[0]) < atol(args[1]))
		return 1;
	ask_and_await(atoi(args[2]), SIGTERM);
	return atoi(args[3]);
}

/* plain SIGNAL: sends it to PID 1 and does nothing about what comes */
static _Noreturn void plain(int signo)
{
	tell_init(signo);
	for (;;)
		pause();
}

/* stubborn: has no ear for SIGTERM */
static _Noreturn void stubborn(void)
{
	on(SIGTERM, SIG_IGN);
	plain(SIGTERM);
}

static char state_of(pid_t pid)
{
	char path[64], text[256] = "";
	int fd;
	ssize_t n;
	char *name_end;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = (int)must(open(path, O_RDONLY | O_CLOEXEC), path);
	n = must(read(fd, text, sizeof(text) - 1), path);
	close(fd);
	text[n] = '\0';
	name_end = strrchr(text, ')');
	return name_end && name_end[1] ? name_end[2] : '?';
}

/* stopped SIGNAL STATUS: stops itself; then, from a process outside of its group, sends SIGNAL to PID 1 */
static int stopped(int signo, int status)
{
	pid_t leader = getpid();

	if (must(fork(), "fork") == 0) {
		must(setsid(), "setsid");
		while (state_of(leader) != 'T') /* only PID 1 is told of it */
			nap();
		tell_init(signo);
		_exit(0);
	}
	must(raise(SIGSTOP), "raise");
	return status;
}

/* What signals(7) knows, but those that nobody can catch, that the C library keeps, and that PID 1 takes itself. */
static int is_passed_on(int signo)
{
	return signo != SIGKILL && signo != SIGSTOP && signo != SIGCHLD && signo != SIGTERM && signo != SIGINT &&
	       signo != SIGPWR && (signo < 32 || signo >= SIGRTMIN);
}

static sigset_t all_passed_on(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (int signo = 1; signo < _NSIG; signo++)
		if (is_passed_on(signo))
			sigaddset(&set, signo);
	return set;
}

/* Another member of the group: says that it is there (0), then which signals come, without end. */
static _Noreturn void echo_signals(const sigset_t *set, int to)
{
	char signo = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		must(write(to, &signo, 1), "write");
		signo = (char)sigwaitinfo(set, NULL);
	}
}

/* What the other two say. */
static int both_say(int from, int signo)
{
	char others[2];

	for (int i = 0; i < 2; i++)
		must(read(from, &others[i], 1) - 1, "read");
	return others[0] == signo && others[1] == signo;
}

/* forward STATUS: every signal sent to PID 1 reaches this process, its child and its grandchild */
static int forward(int status)
{
	sigset_t set = all_passed_on();
	int ends[2];

	sigprocmask(SIG_BLOCK, &set, NULL);
	must(pipe(ends), "pipe");
	if (must(fork(), "fork") == 0) {
		must(fork(), "fork");
		echo_signals(&set, ends[1]);
	}
	if (!both_say(ends[0], 0))
		return WRONG;
	for (int signo = 1; signo < _NSIG; signo++) {
		if (!is_passed_on(signo))
			continue;
		tell_init(signo);
		if (sigwaitinfo(&set, NULL) != signo || !both_say(ends[0], signo)) {
			printf("signal %d: another came\n", signo);
			return WRONG;
		}
	}
	return status;
}

/* burst N STATUS: N signals of every kind at PID 1, as fast as they can be sent, SIGCHLD among them */
static int burst(long n, int status)
{
	sigset_t set = all_passed_on(), none;
	int signo = 0;

	sigemptyset(&none);
	for (int i = 1; i < _NSIG; i++)
		if (sigismember(&set, i) == 1)
			on(i, note);
	while (n > 0) {
		signo = signo % (_NSIG - 1) + 1;
		if (!is_passed_on(signo) && signo != SIGCHLD)
			continue;
		tell_init(signo);
		n--;
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	while (got == 0) /* one at least comes back */
		sigsuspend(&none);
	return status;
}

/* later SIGNAL STATUS: ends; then a process that it leaves behind sends SIGNAL to PID 1 */
static int later(int signo, int status)
{
	int ends[2];
	char byte;

	must(pipe(ends), "pipe");
	if (must(fork(), "fork") == 0) {
		must(setsid(), "setsid");
		close(ends[1]);
		must(read(ends[0], &byte, 1), "read"); /* returns when the leader is gone */
		tell_init(signo);
		_exit(0);
	}
	return status;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	if (strcmp(mode, "nth") == 0 && argc == 6)
		return nth(argv + 2);
	if (strcmp(mode, "end") == 0 && argc == 5) { /* end ASKED AWAITED STATUS */
		ask_and_await(atoi(argv[2]), atoi(argv[3]));
		return atoi(argv[4]);
	}
	if (strcmp(mode, "plain") == 0 && argc == 3)
		plain(atoi(argv[2]));
	if (strcmp(mode, "fire") == 0 && argc == 4) { /* fire SIGNAL STATUS: and ends at once */
		on(atoi(argv[2]), SIG_IGN); /* it may still come back */
		tell_init(atoi(argv[2]));
		return atoi(argv[3]);
	}
	if (strcmp(mode, "stubborn") == 0)
		stubborn();
	if (strcmp(mode, "stopped") == 0 && argc == 4)
		return stopped(atoi(argv[2]), atoi(argv[3]));
	if (strcmp(mode, "forward") == 0 && argc == 3)
		return forward(atoi(argv[2]));
	if (strcmp(mode, "burst") == 0 && argc == 4)
		return burst(atol(argv[2]), atoi(argv[3]));
	if (strcmp(mode, "later") == 0 && argc == 4)
		return later(atoi(argv[2]), atoi(argv[3]));
	fprintf(stderr, "ask: no mode '%s'\n", mode);
	return FAILED;
}
