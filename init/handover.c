/* SPDX-License-Identifier: MIT */
/*
 * Owns what is passed on to systemd: a file of its serialization format with one line, as systemd's own initramfs writes
 * it before switch-root (--switched-root --deserialize=FD; src/core/main.c and manager-serialize.c of systemd).
 */
#include "handover.h"
#include "sys.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long long began_us, began_real_us;

void handover_begin(void)
{
	began_us = sys_now_us();
	began_real_us = sys_real_us();
}

static int write_state(int fd)
{
	char text[128];
	int n = snprintf(text, sizeof(text), "initrd-timestamp=%lld %lld\n\n", began_real_us, began_us);
	ssize_t r = sys_write(fd, text, (size_t)n);

	if (r != n)
		return r < 0 ? (int)r : -EIO;
	r = (ssize_t)sys_lseek(fd, 0, SEEK_SET);
	return r < 0 ? (int)r : sys_keep_over_exec(fd);
}

int handover_open(const char *path, char *argument, int size)
{
	char resolved[PATH_MAX];
	const char *name = realpath(path, resolved) ? strrchr(resolved, '/') : NULL;
	int fd, r;

	if (!name || strcmp(name, "/systemd") != 0)
		return -ENOENT;
	fd = sys_memfd("handover");
	if (fd < 0)
		return fd;
	r = write_state(fd);
	if (r < 0) {
		sys_close(fd);
		return r;
	}
	snprintf(argument, (size_t)size, "--deserialize=%d", fd);
	return fd;
}
