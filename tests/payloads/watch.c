/* SPDX-License-Identifier: MIT */
/* A payload that looks at PID 1 and at what it was started with. Its answers are lines of "NAME NUMBER". */
#include "payload.h"

static void read_switches(long switches[2])
{
	switches[0] = must(proc_number("/proc/1/status", "voluntary_ctxt_switches"), "read voluntary_ctxt_switches");
	switches[1] = must(proc_number("/proc/1/status", "nonvoluntary_ctxt_switches"), "read nonvoluntary");
}

/* It starts us before it has said so to everybody: idle it is once nothing has happened for a while. */
static void await_idle(long now[2])
{
	struct timespec while_ = { .tv_nsec = 300000000 };
	long before[2];

	do {
		read_switches(before);
		nanosleep(&while_, NULL);
		read_switches(now);
	} while (now[0] != before[0] || now[1] != before[1]);
}

/* idle SECONDS: how often PID 1 wakes up while nothing happens */
static int idle(long seconds)
{
	long before[2], after[2];

	await_idle(before);
	nanosleep(&(struct timespec){ .tv_sec = seconds }, NULL);
	read_switches(after);
	printf("voluntary %ld\nnonvoluntary %ld\n", after[0] - before[0], after[1] - before[1]);
	return 0;
}

/* storm FILE STATUS: adds a line with the descriptors and the memory of PID 1 to FILE */
static int storm(const char *path, const char *status)
{
	FILE *file = fopen(path, "ae");

	must(file ? 0 : -1, path);
	fprintf(file, "%d %ld\n", count_numbers("/proc/1/fd"), init_rss());
	fclose(file);
	return atoi(status);
}

/* limits: its own limit on open files, which a Go program would have raised before it can look */
static int limits(void)
{
	struct rlimit files;

	must(getrlimit(RLIMIT_NOFILE, &files), "getrlimit");
	printf("soft %ld\nhard %ld\n", (long)files.rlim_cur, (long)files.rlim_max);
	return 0;
}

/*
 * terminal STATUS: is standard input its controlling terminal, and is its group in front? If so, it waits for what the
 * terminal may send it.
 */
static int terminal(int status)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	int front = fd >= 0 && tcgetpgrp(fd) == getpgrp();

	printf("tty %d\nforeground %d\n", fd >= 0, front);
	if (!front)
		return status;
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

/* copy FROM TO */
static int copy(const char *from, const char *to)
{
	static char text[1024 * 1024];
	int in = (int)must(open(from, O_RDONLY | O_CLOEXEC), from);
	int out = (int)must(open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), to);

	must(write(out, text, (size_t)must(read(in, text, sizeof(text)), from)), to);
	return 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	if (strcmp(mode, "idle") == 0 && argc == 3)
		return idle(atol(argv[2]));
	if (strcmp(mode, "storm") == 0 && argc == 4)
		return storm(argv[2], argv[3]);
	if (strcmp(mode, "rss") == 0) {
		printf("rss %ld\n", init_rss());
		return 0;
	}
	if (strcmp(mode, "limits") == 0)
		return limits();
	if (strcmp(mode, "terminal") == 0 && argc == 3)
		return terminal(atoi(argv[2]));
	if (strcmp(mode, "copy") == 0 && argc == 4)
		return copy(argv[2], argv[3]);
	fprintf(stderr, "watch: no mode '%s'\n", mode);
	return FAILED;
}
