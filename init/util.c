/* SPDX-License-Identifier: MIT */
/* Helpers without state; see util.h. A leaf: includes nothing of init/ but sys.h. */
#include "sys.h"
#include "util.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

void util_close(int *fd)
{
	if (*fd >= 0)
		sys_close(*fd);
	*fd = -1;
}

/* Files of /proc and /sys say nothing of their size, so the memory grows with what comes. */
int util_read_file(const char *path, size_t most, char **ret_text, size_t *ret_length)
{
	CLEANUP_FD int fd = sys_open(path, O_RDONLY);
	size_t length = 0, room = 0;
	char *text = NULL, *larger;
	ssize_t n = fd;

	while (fd >= 0) {
		if (length + 1 >= room) {
			room = room ? room * 2 : 4096;
			larger = length > most ? NULL : realloc(text, room);
			n = length > most ? -EFBIG : -ENOMEM;
			if (!larger)
				break;
			text = larger;
		}
		n = sys_read(fd, text + length, room - length - 1);
		if (n == 0 || (n < 0 && n != -EINTR))
			break;
		length += n > 0 ? (size_t)n : 0;
	}
	if (n == 0 && length > most)
		n = -EFBIG;
	if (n < 0) {
		free(text);
		return (int)n;
	}
	text[length] = '\0';
	*ret_text = text;
	*ret_length = length;
	return 0;
}

int util_write_all(int fd, const void *bytes, size_t n)
{
	const char *at = bytes;

	while (n > 0) {
		ssize_t written = sys_write(fd, at, n);

		if (written == -EINTR)
			continue;
		if (written < 0)
			return (int)written;
		at += written;
		n -= (size_t)written;
	}
	return 0;
}

int util_mkdir_all(const char *path)
{
	char partial[PATH_MAX];
	size_t length = strlen(path);
	int r = sys_mkdir(path, 0755); /* most often only the last one is missing, if any */

	if (r != -ENOENT)
		return r == -EEXIST ? 0 : r;
	if (length >= sizeof(partial))
		return -ENAMETOOLONG;
	for (size_t i = 1; i <= length; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(partial, path, i);
		partial[i] = '\0';
		r = sys_mkdir(partial, 0755);
	}
	return r == -EEXIST ? 0 : r;
}

bool util_is_ready(const char *path)
{
	struct stat st;
	CLEANUP_FD int fd = -1;

	if (sys_stat(path, &st) < 0)
		return false;
	if (S_ISBLK(st.st_mode))
		fd = sys_open(path, O_RDONLY | O_NONBLOCK);
	return fd != -ENXIO;
}

bool util_list_next(const char **list, char *buffer, size_t size)
{
	size_t length;

	if (!*list)
		return false;
	*list += strspn(*list, ",");
	length = strcspn(*list, ",");
	if (length == 0)
		return false;
	if (length >= size)
		length = size - 1;
	memcpy(buffer, *list, length);
	buffer[length] = '\0';
	*list += strcspn(*list, ",");
	return true;
}

bool util_list_has(const char *list, const char *word)
{
	size_t length = strlen(word);

	while (list && *list) {
		size_t n = strcspn(list, ",");

		if (n == length && memcmp(list, word, n) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}
