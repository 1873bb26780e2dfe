/* SPDX-License-Identifier: MIT */
/*
 * Owns getting a file's bytes into memory; see cli.h. A file is mapped, so that only what is looked at costs anything.
 * What has holes, or is no file, is read into anonymous memory: there, the zero pages of a hole stay one shared page.
 */
#define _GNU_SOURCE
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_ROOM (1u << 20)

struct buffer {
	unsigned char *bytes;
	size_t size, room;
};

static bool grow(struct buffer *buffer, size_t room)
{
	void *larger;

	if (room <= buffer->room)
		return true;
	larger = buffer->bytes ? mremap(buffer->bytes, buffer->room, room, MREMAP_MAYMOVE) :
				 mmap(NULL, room, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (larger == MAP_FAILED)
		return false;
	buffer->bytes = larger;
	buffer->room = room;
	return true;
}

/* Moves size over a hole, as far as the file reaches; the memory there is zero already. */
static void skip_hole(int fd, struct buffer *buffer, off_t end)
{
	off_t data = lseek(fd, (off_t)buffer->size, SEEK_DATA);

	if (data < 0 && errno == ENXIO)
		data = end;
	if (data > (off_t)buffer->size)
		buffer->size = (size_t)data;
	lseek(fd, (off_t)buffer->size, SEEK_SET);
}

static const char *mapped_path;

/* Somebody cut the mapped file while it was looked at. */
static void cut_short(int signal)
{
	static const char before[] = "elfcheck: read '", after[] = "': it was cut short meanwhile, not checked\n";

	(void)signal;
	if (write(STDERR_FILENO, before, sizeof(before) - 1) < 0 ||
	    write(STDERR_FILENO, mapped_path, strlen(mapped_path)) < 0 ||
	    write(STDERR_FILENO, after, sizeof(after) - 1) < 0)
		_exit(2);
	_exit(2);
}

static bool map(int fd, const char *path, struct buffer *buffer, const struct stat *st)
{
	struct sigaction action = { .sa_handler = cut_short };
	void *bytes = mmap(NULL, (size_t)st->st_size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (bytes == MAP_FAILED)
		return false;
	mapped_path = path;
	sigaction(SIGBUS, &action, NULL);
	*buffer = (struct buffer){ bytes, (size_t)st->st_size, (size_t)st->st_size };
	return true;
}

static bool is_sparse(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_blocks < st->st_size / 512;
}

static int read_all(int fd, struct buffer *buffer, const struct stat *st)
{
	bool sparse = is_sparse(st);
	ssize_t n;

	if (!grow(buffer, S_ISREG(st->st_mode) && st->st_size > 0 ? (size_t)st->st_size + 1 : FIRST_ROOM))
		return -1;
	for (;;) {
		size_t want = buffer->room - buffer->size;

		if (sparse) {
			skip_hole(fd, buffer, st->st_size);
			want = buffer->room - buffer->size < FIRST_ROOM ? buffer->room - buffer->size : FIRST_ROOM;
		}
		if (want == 0) {
			if (!grow(buffer, buffer->room * 2))
				return -1;
			continue;
		}
		n = read(fd, buffer->bytes + buffer->size, want);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 0)
			return 0;
		buffer->size += n > 0 ? (size_t)n : 0;
	}
}

static int fail(const char *verb, const char *path)
{
	fprintf(stderr, "elfcheck: %s '%s': %s\n", verb, path, strerror(errno));
	return -1;
}

int input_read(const char *path, void **ret_bytes, size_t *ret_size, bool *ret_not_executable)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC), r;
	struct buffer buffer = { 0 };
	struct stat st;

	if (fd < 0)
		return fail("open", path);
	r = fstat(fd, &st);
	if (r == 0 && S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		r = -1;
	}
	if (r == 0 && !(S_ISREG(st.st_mode) && st.st_size > 0 && !is_sparse(&st) && map(fd, path, &buffer, &st)))
		r = read_all(fd, &buffer, &st);
	if (r < 0) {
		fail("read", path);
		input_free(buffer.bytes, buffer.room);
	}
	if (!standard)
		close(fd);
	if (r < 0)
		return -1;
	*ret_bytes = buffer.bytes;
	*ret_size = buffer.size;
	*ret_not_executable = !standard && !(st.st_mode & 0111);
	return 0;
}

void input_free(void *bytes, size_t size)
{
	if (bytes)
		munmap(bytes, size);
}
