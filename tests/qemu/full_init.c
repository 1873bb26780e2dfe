/* SPDX-License-Identifier: MIT */
/*
 * Stands for a full init that the machine is handed over to: says what is not as such a program may expect it, a line
 * each, then "checked" and its arguments, and switches the machine off.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

extern char **environ;

/* Say what is wrong where `is` is false. */
static void want(int is, const char *what)
{
	if (!is)
		printf("wrong: %s\n", what);
}

static void check_signals(void)
{
	struct sigaction action;
	sigset_t blocked;

	sigprocmask(SIG_SETMASK, NULL, &blocked);
	for (int signo = 1; signo < _NSIG; signo++) {
		if (sigismember(&blocked, signo) == 1)
			printf("wrong: signal %d is blocked\n", signo);
		if (sigaction(signo, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
			printf("wrong: signal %d is not at its default\n", signo);
	}
	sigpending(&blocked);
	for (int signo = 1; signo < _NSIG; signo++)
		if (sigismember(&blocked, signo) == 1)
			printf("wrong: signal %d is pending\n", signo);
}

/* Beyond the three that it was given and the one that this opens. */
static void check_descriptors(void)
{
	DIR *entries = opendir("/proc/self/fd");
	struct dirent *entry;
	char path[300], target[300];

	want(entries != NULL, "/proc/self/fd cannot be read");
	while (entries && (entry = readdir(entries))) {
		int fd = atoi(entry->d_name);
		ssize_t n;

		if (entry->d_name[0] == '.' || fd <= 2 || fd == dirfd(entries))
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		printf("wrong: descriptor %d is open: %s\n", fd, target);
	}
	if (entries)
		closedir(entries);
	for (int fd = 0; fd <= 2; fd++)
		want(fcntl(fd, F_GETFD) == 0, "a standard descriptor is not open");
}

static void check_mount(const char *path, int wanted)
{
	struct stat st, root;

	stat("/", &root);
	if (stat(path, &st) != 0 || (st.st_dev != root.st_dev) != wanted)
		printf("wrong: %s is %smounted\n", path, wanted ? "not " : "");
}

static void check_mounts(void)
{
	char line[1000], *target;
	FILE *mounts = fopen("/proc/self/mounts", "r");
	int roots = 0;

	check_mount("/dev", 1);
	check_mount("/dev/pts", 1);
	check_mount("/dev/shm", 1);
	check_mount("/proc", 1);
	check_mount("/sys", 1);
	check_mount("/run", 1);
	check_mount("/tmp", 0); /* its own business */
	want(mounts != NULL, "/proc/self/mounts cannot be read");
	while (mounts && fgets(line, sizeof(line), mounts)) {
		strtok(line, " ");
		target = strtok(NULL, " ");
		roots += target && strcmp(target, "/") == 0;
		if (target && strncmp(target, "/newroot", 8) == 0)
			printf("wrong: %s is still mounted\n", target);
	}
	want(roots == 1, "there is not one root");
	if (mounts)
		fclose(mounts);
}

/* None but this one and the kernel's own, which have no command line. */
static void check_processes(void)
{
	DIR *entries = opendir("/proc");
	struct dirent *entry;
	char path[300], line[300];

	while (entries && (entry = readdir(entries))) {
		FILE *file;

		if (atoi(entry->d_name) <= 1)
			continue;
		snprintf(path, sizeof(path), "/proc/%s/status", entry->d_name);
		file = fopen(path, "r");
		/* Kthreads have 2 (kthreadd) as their parent, and it has 0. */
		while (file && fgets(line, sizeof(line), file))
			if (strncmp(line, "PPid:", 5) == 0 && atoi(line + 5) == 1)
				printf("wrong: process %s is left\n", entry->d_name);
		if (file)
			fclose(file);
	}
	if (entries)
		closedir(entries);
	want(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "there are children");
}

int main(int argc, char *argv[])
{
	char cwd[300] = "";
	struct stat root, of_one;
	mode_t mask = umask(0);

	umask(mask);
	want(getpid() == 1, "it is not PID 1");
	want(getsid(0) == 1 && getpgrp() == 1, "it does not lead a session and a process group");
	want(mask == 022, "umask is not 022");
	want(getcwd(cwd, sizeof(cwd)) && strcmp(cwd, "/") == 0, "it does not start in /");
	want(stat("/", &root) == 0 && stat("/proc/1/root", &of_one) == 0 && root.st_dev == of_one.st_dev &&
	     root.st_ino == of_one.st_ino, "its root is another one");
	check_signals();
	check_descriptors();
	check_mounts();
	check_processes();
	for (char **variable = environ; *variable; variable++)
		want(strncmp(*variable, "PATH=", 5) == 0 || strncmp(*variable, "HOME=", 5) == 0 ||
		     strncmp(*variable, "TERM=", 5) == 0, "a variable that nobody asked for");
	printf("checked");
	for (int i = 0; i < argc; i++)
		printf(" [%s]", argv[i]);
	printf("\n");
	fflush(stdout);
	tcdrain(1); /* the UART has more to send than it has sent */
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
