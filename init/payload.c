/* SPDX-License-Identifier: MIT */
/*
 * Owns the payload's file: opens it once and never looks at its path again, so that what was verified cannot
 * be exchanged before it is executed. Judges nothing (verify.c) and executes nothing (launch.c).
 */
#include "payload.h"
#include "log.h"
#include "sys.h"
#include "util.h"

#include <linux/magic.h>
#include <sys/statvfs.h>

static bool is_memory(const struct statfs *fs)
{
	return fs->f_type == RAMFS_MAGIC || fs->f_type == TMPFS_MAGIC;
}

static int copy_all(int from, int to)
{
	static char buffer[64 * 1024];
	ssize_t n;
	int r;

	for (;;) {
		n = sys_read(from, buffer, sizeof(buffer));
		if (n == -EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		r = util_write_all(to, buffer, (size_t)n);
		if (r < 0)
			return r;
	}
}

/* Returns the descriptor of a copy that can no longer change, or -errno. */
static int copy_sealed(int from)
{
	int fd = sys_memfd("payload"), r;

	if (fd < 0)
		return fd;
	r = copy_all(from, fd);
	if (r == 0)
		r = sys_seal(fd, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	if (r == 0)
		return fd;
	sys_close(fd);
	return r;
}

static int refuse(const char *verb, const char *path, const char *reason, int error)
{
	log_fail("payload: %s '%s': %s, refused", verb, path, reason);
	return error;
}

/* Opens without blocking, as a FIFO or a device would, and keeps only a regular file. */
static int open_regular(const char *path, struct stat *ret_st)
{
	int fd = sys_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY), r;

	if (fd < 0)
		return refuse("open", path, log_reason(fd), fd);
	r = sys_fstat(fd, ret_st);
	if (r == 0 && S_ISREG(ret_st->st_mode))
		return fd;
	sys_close(fd);
	if (r < 0)
		return refuse("examine", path, log_reason(r), r);
	return refuse("open", path, S_ISDIR(ret_st->st_mode) ? "it is a directory" : "it is not a regular file",
		      -EACCES);
}

static int map(struct payload *payload)
{
	struct stat st;
	int r = sys_fstat(payload->fd, &st);

	if (r < 0 || st.st_size == 0)
		return r;
	payload->size = (size_t)st.st_size;
	payload->image = sys_map_file(payload->fd, payload->size, &r);
	return r;
}

void payload_unmap(struct payload *payload)
{
	if (payload->image)
		sys_unmap(payload->image, payload->size);
	payload->image = NULL;
}

void payload_close(struct payload *payload)
{
	payload_unmap(payload);
	sys_close(payload->fd);
}

int payload_open(const char *path, bool runs_again, struct payload *ret_payload)
{
	struct payload payload = { .path = path };
	struct statfs fs;
	struct stat st;
	int fd, r;

	if (!path) {
		log_fail("payload: read 'payload': not set on the kernel command line nor in "
			 "/etc/initgate.conf, nothing to start");
		return -ENOENT;
	}
	fd = open_regular(path, &st);
	if (fd < 0)
		return fd;
	payload.mode = st.st_mode;
	r = sys_fstatfs(fd, &fs);
	payload.noexec = r == 0 && (fs.f_flags & ST_NOEXEC);
	if (r == 0 && is_memory(&fs) && !runs_again) {
		payload.fd = fd;
	} else {
		payload.fd = copy_sealed(fd);
		sys_close(fd);
		if (payload.fd < 0)
			return refuse("copy", path, log_reason(payload.fd), payload.fd);
	}
	r = map(&payload);
	if (r < 0)
		return refuse("map", path, log_reason(r), r);
	*ret_payload = payload;
	return 0;
}
