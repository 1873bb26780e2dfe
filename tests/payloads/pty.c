/* SPDX-License-Identifier: MIT */
/*
 * pty TEXT KEYS COMMAND...: runs COMMAND on a terminal of its own, which is nobody's controlling terminal yet. Copies
 * what comes to standard output, and types KEYS when TEXT has come. Ends as COMMAND does.
 */
#define _GNU_SOURCE
#include "payload.h"

static void start(const char *slave, char **command)
{
	int fd = (int)must(open(slave, O_RDWR | O_NOCTTY), slave);

	for (int i = 0; i <= 2; i++)
		must(dup2(fd, i), "dup2");
	if (fd > 2)
		close(fd);
	execvp(command[0], command);
	must(-1, command[0]);
}

/* Reading fails when the last process has closed the terminal. */
static void copy(int master, const char *text, const char *keys)
{
	static char seen[65536];
	size_t length = 0;
	ssize_t n;

	while (length < sizeof(seen) - 1 && (n = read(master, seen + length, sizeof(seen) - 1 - length)) > 0) {
		must(write(1, seen + length, (size_t)n), "write");
		length += (size_t)n;
		seen[length] = '\0';
		if (keys && strstr(seen, text)) {
			must(write(master, keys, strlen(keys)), "type");
			keys = NULL;
		}
	}
}

int main(int argc, char **argv)
{
	int master = (int)must(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), "openpt"), status;
	pid_t pid;

	if (argc < 4)
		return FAILED;
	must(grantpt(master) | unlockpt(master), "unlockpt");
	pid = (pid_t)must(fork(), "fork");
	if (pid == 0)
		start(ptsname(master), argv + 3);
	copy(master, argv[1], argv[2]);
	must(waitpid(pid, &status, 0), "waitpid");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
