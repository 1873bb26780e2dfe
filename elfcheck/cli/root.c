/* SPDX-License-Identifier: MIT */
/*
 * Owns --root: what is in the image's tree. Paths are looked up as they will be in the image: symbolic links start at
 * the tree's top and cannot leave it (openat2(2), RESOLVE_IN_ROOT).
 */
#define _GNU_SOURCE
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int root = -1;

static bool has_path(void *ctx, const char *path, size_t len, bool program)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
	char copy[PATH_MAX];
	struct stat st;
	bool found;
	long fd;

	(void)ctx;
	if (len >= sizeof(copy))
		return false;
	memcpy(copy, path, len);
	copy[len] = '\0';
	fd = syscall(SYS_openat2, root, copy, &how, sizeof(how));
	if (fd < 0)
		return false;
	found = fstat((int)fd, &st) == 0 && (!program || (S_ISREG(st.st_mode) && st.st_mode & 0111));
	close((int)fd);
	return found;
}

bool root_open(struct elfcheck_target *target, const char *dir)
{
	root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0) {
		fprintf(stderr, "elfcheck: open '%s': %s\n", dir, strerror(errno));
		return false;
	}
	target->image = true;
	target->has_path = has_path;
	return true;
}
