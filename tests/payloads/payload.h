/* SPDX-License-Identifier: MIT */
/*
 * What the test payloads in C share. They end with the status that the test gave them, with FAILED when a call failed,
 * and with WRONG, after a line about it, when something is not as it must be.
 */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FAILED 99
#define WRONG 98

static inline long must(long r, const char *what)
{
	if (r >= 0)
		return r;
	fprintf(stderr, "payload: %s: %s\n", what, strerror(errno));
	_exit(FAILED);
}

/* Where there is no event to wait for. */
static inline void nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
}

/* The number in the line "NAME:  NUMBER" of a file in /proc; -1: there is no such file or line. */
static inline long proc_number(const char *path, const char *name)
{
	size_t length = strlen(name);
	char line[512];
	long number = -1;
	FILE *file = fopen(path, "re");

	if (!file)
		return -1;
	while (number < 0 && fgets(line, sizeof(line), file))
		if (strncmp(line, name, length) == 0 && line[length] == ':')
			number = strtol(line + length + 1, NULL, 10);
	fclose(file);
	return number;
}

/*
 * Memory that PID 1 has in use, KiB. What /proc/1/status says may lag behind by up to 64 pages on kernels before 6.2,
 * smaps_rollup counts page by page, but not every kernel has it.
 */
static inline long init_rss(void)
{
	long status = proc_number("/proc/1/status", "VmRSS"), exact = proc_number("/proc/1/smaps_rollup", "Rss");

	must(status, "read VmRSS of /proc/1/status");
	return status > exact ? status : exact;
}

/* How many entries of a directory in /proc have a number as their name. */
static inline int count_numbers(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	int n = 0;

	must(directory ? 0 : -1, path);
	while ((entry = readdir(directory)))
		n += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
	closedir(directory);
	return n;
}

/* Counts its calls over all runs in the length of a file. Returns which one this is, beginning with 1. */
static inline long count_run(const char *path)
{
	int fd = (int)must(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), path);
	struct stat st;

	must(write(fd, ".", 1), path);
	must(fstat(fd, &st), path);
	close(fd);
	return (long)st.st_size;
}

#endif
