/* SPDX-License-Identifier: MIT */
/*
 * What really happens when a file is executed: execute DIR FILE executes FILE, a path within DIR, with DIR as its root
 * directory and prints one word: ok, exitN, or the error of execve(2) or the signal that ended it. A shell or chroot(1)
 * cannot tell: their execvp(3) hides ENOEXEC behind an attempt to run it as a script. Needs root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void execute(const char *dir, char *file, int errors)
{
	static char *const environment[] = { NULL };
	static const struct rlimit none = { 0, 0 };
	char *const arguments[] = { file, NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), reason;

	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	setrlimit(RLIMIT_CORE, &none);
	alarm(20);
	if (null >= 0 && chroot(dir) == 0 && chdir("/") == 0)
		execve(file, arguments, environment);
	reason = errno;
	if (write(errors, &reason, sizeof(reason)) < 0)
		_exit(126);
	_exit(127);
}

int main(int argc, char **argv)
{
	int pipes[2], status, reason;
	pid_t child;

	if (argc != 3) {
		fputs("usage: execute DIR FILE\n", stderr);
		return 2;
	}
	if (geteuid() != 0 || pipe2(pipes, O_CLOEXEC) < 0 || (child = fork()) < 0) {
		fprintf(stderr, "execute: execute '%s': needs root and a process, nothing done\n", argv[2]);
		return 2;
	}
	if (child == 0)
		execute(argv[1], argv[2], pipes[1]);
	close(pipes[1]);
	waitpid(child, &status, 0);
	if (read(pipes[0], &reason, sizeof(reason)) == sizeof(reason))
		puts(strerrorname_np(reason));
	else if (WIFSIGNALED(status))
		printf("SIG%s\n", sigabbrev_np(WTERMSIG(status)));
	else if (WEXITSTATUS(status) != 0)
		printf("exit%d\n", WEXITSTATUS(status));
	else
		puts("ok");
	return 0;
}
