/* SPDX-License-Identifier: MIT */
/* A payload that behaves badly: orphans, forks without end, output without end, and worse. */
#include "payload.h"

#include <sys/syscall.h>

#define BATCH 500
#define FORK_BOMB_USER 61000 /* nobody's, so that the limit counts only the bomb; plus its size */

/* Leaves n dead children behind, which PID 1 inherits as they are. vfork(2), as it is cheap. */
static _Noreturn void leave_dead(int n)
{
	while (n-- > 0)
		if (must(vfork(), "vfork") == 0)
			_exit(0);
	_exit(0);
}

/* Leaves n children behind which all end at the same moment, when the pipe closes. */
static _Noreturn void leave_living(int n, int ends[2])
{
	char byte;

	close(ends[1]);
	while (n-- > 0) {
		if (must(fork(), "fork") == 0) {
			must(read(ends[0], &byte, 1), "read");
			_exit(0);
		}
	}
	_exit(0);
}

static void await(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0), "waitpid");
	if (status != 0) {
		printf("batch: wait status %d\n", status);
		exit(WRONG);
	}
}

static void orphan_batch(int living)
{
	int ends[2];
	pid_t pid;

	must(pipe(ends), "pipe");
	pid = (pid_t)must(fork(), "fork");
	if (pid == 0 && living)
		leave_living(BATCH, ends);
	if (pid == 0)
		leave_dead(BATCH);
	await(pid);
	close(ends[0]);
	close(ends[1]);
}

/* Waits until only PID 1 and this process are left, zombies included. */
static void await_alone(void)
{
	for (int i = 0; count_numbers("/proc") > 2; i++) {
		if (i == 5000) {
			printf("%d processes are left\n", count_numbers("/proc") - 2);
			exit(WRONG);
		}
		nap();
	}
}

/* orphans N: N of them in batches, dead and living ones; prints the most memory that PID 1 took meanwhile */
static int orphans(long n)
{
	long most = init_rss(), now;

	for (long batch = 0; batch * BATCH < n; batch++) {
		orphan_batch(batch % 2);
		now = init_rss();
		most = now > most ? now : most;
	}
	await_alone();
	printf("rss %ld\n", most);
	return 0;
}

/*
 * The C library's fork() blocks signals meanwhile; a child that is born then lacks the SIGTERM that its parent has got
 * already, and would go on with the bomb.
 */
static long fork_plainly(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

/* One process of the bomb: it and its children fork for ever; those that may not say so on `full`. */
static _Noreturn void fork_for_ever(int full)
{
	for (;;)
		if (fork_plainly() < 0 && write(full, ".", 1) < 0)
			continue; /* it has been said, or nobody listens any more */
}

/* bomb N SIGTERM STATUS: N processes that fork, with SIGTERM as given (default, ignored); ends when there are N */
static int bomb(int n, const char *sigterm, int status)
{
	struct rlimit limit = { (rlim_t)n, (rlim_t)n };
	int full[2];
	char byte;

	must(pipe(full), "pipe");
	must(fcntl(full[1], F_SETFL, O_NONBLOCK), "fcntl");
	signal(SIGPIPE, SIG_IGN);
	if (must(fork(), "fork") == 0) {
		if (strcmp(sigterm, "ignored") == 0)
			signal(SIGTERM, SIG_IGN);
		must(setrlimit(RLIMIT_NPROC, &limit), "setrlimit");
		must(setuid((uid_t)(FORK_BOMB_USER + n)), "setuid"); /* root is not limited */
		fork_for_ever(full[1]);
	}
	must(read(full[0], &byte, 1) - 1, "read");
	printf("processes %d\n", count_numbers("/proc"));
	return status;
}

/* flood MEBIBYTES: that much on standard output */
static int flood(long mebibytes)
{
	static char block[1024 * 1024];

	memset(block, 'x', sizeof(block));
	for (long i = 0; i < mebibytes; i++)
		for (size_t n = 0; n < sizeof(block);)
			n += (size_t)must(write(1, block + n, sizeof(block) - n), "write");
	return 0;
}

/* full STATUS: writes until standard output takes nothing any more, for a while */
static int full(int status)
{
	static char block[4096];
	/* One of its own: those who share the descriptor shall still block. */
	int fd = (int)must(open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC), "/proc/self/fd/1");

	for (int refused = 0; refused < 100;) {
		if (write(fd, block, sizeof(block)) >= 0) {
			refused = 0;
		} else {
			must(errno == EAGAIN ? 0 : -1, "write");
			refused++;
			nap();
		}
	}
	return status;
}

/* close STATUS: closes its standard descriptors and goes on until it is the only child of PID 1 */
static int close_all(int status)
{
	for (int i = 0; i <= 2; i++)
		must(close(i), "close");
	for (int i = 0; count_numbers("/proc") > 2; i++) {
		if (i == 5000)
			return WRONG;
		nap();
	}
	return status;
}

/* replace COUNTER HOW STATUS: takes its own path away from itself in its first run, which fails */
static int replace(const char *self, const char *counter, const char *how, int status)
{
	int fd;

	if (count_run(counter) > 1)
		return status;
	must(unlink(self), "unlink");
	if (strcmp(how, "other") == 0) {
		fd = (int)must(open(self, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755), self);
		must(write(fd, "no program", 10), "write");
		close(fd);
	}
	return 1;
}

/*
 * overwrite COUNTER STATUS: fails in its first run, and leaves a process behind which then writes another program into
 * its file. The program itself ends with STATUS in its second run.
 */
static int overwrite(const char *self, const char *counter, int status)
{
	int ends[2];
	char byte;

	if (count_run(counter) > 1)
		return status;
	must(pipe(ends), "pipe");
	if (must(fork(), "fork") == 0) {
		must(setsid(), "setsid");
		close(ends[1]);
		must(read(ends[0], &byte, 1), "read"); /* returns when the leader is gone */
		/* As long as it runs itself, nobody may write into it. */
		execl("/bin/watch", "watch", "copy", "/bin/watch", self, (char *)NULL);
		_exit(FAILED);
	}
	return 1;
}

/* killed NAME: writes to the log what one reads there when the kernel kills process NAME (self, other); is killed */
static int killed(const char *named)
{
	char line[256];
	int fd = (int)must(open("/dev/kmsg", O_WRONLY | O_APPEND | O_CLOEXEC), "/dev/kmsg");
	int n = snprintf(line, sizeof(line), "3,1,1,-;Out of memory: Killed process %d (%s) total-vm:1kB\n",
			 strcmp(named, "self") == 0 ? (int)getpid() : (int)getpid() + 1, named);

	must(write(fd, line, (size_t)n), "write");
	raise(SIGKILL);
	return FAILED;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	if (strcmp(mode, "orphans") == 0 && argc == 3)
		return orphans(atol(argv[2]));
	if (strcmp(mode, "bomb") == 0 && argc == 5)
		return bomb(atoi(argv[2]), argv[3], atoi(argv[4]));
	if (strcmp(mode, "flood") == 0 && argc == 3)
		return flood(atol(argv[2]));
	if (strcmp(mode, "full") == 0 && argc == 3)
		return full(atoi(argv[2]));
	if (strcmp(mode, "close") == 0 && argc == 3)
		return close_all(atoi(argv[2]));
	if (strcmp(mode, "replace") == 0 && argc == 5)
		return replace(argv[0], argv[2], argv[3], atoi(argv[4]));
	if (strcmp(mode, "overwrite") == 0 && argc == 4)
		return overwrite(argv[0], argv[2], atoi(argv[3]));
	if (strcmp(mode, "killed") == 0 && argc == 3)
		return killed(argv[2]);
	fprintf(stderr, "strain: no mode '%s'\n", mode);
	return FAILED;
}
