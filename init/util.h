/* SPDX-License-Identifier: MIT */
/* Small helpers without state that more than one stage needs. */
#ifndef INIT_UTIL_H
#define INIT_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* For `CLEANUP_FD int fd = …;`: closes it at the end of the scope when it is not negative. */
#define CLEANUP_FD __attribute__((cleanup(util_close)))
void util_close(int *fd);

/*
 * Reads a whole file of at most `most` bytes into memory that is never freed, and ends it with a NUL.
 * Returns 0 with the text and its length, -EFBIG when there is more, or -errno.
 */
int util_read_file(const char *path, size_t most, char **ret_text, size_t *ret_length);

/* Writes all n bytes, through short writes and interruptions. Returns 0 or -errno. */
int util_write_all(int fd, const void *bytes, size_t n);

/* Creates the directory and its parents, mode 0755. One that is there is fine. Returns 0 or -errno. */
int util_mkdir_all(const char *path);

/*
 * Is the path there, and if it is a disk, can it be opened? A disk's node comes first (device_add_disk() in
 * block/genhd.c), and the event that says so only when the disk is ready.
 */
bool util_is_ready(const char *path);

/* True when the comma separated list holds the word. NULL is an empty list. */
bool util_list_has(const char *list, const char *word);

/*
 * Copies the next word of a comma separated list into buffer, cut to fit, and moves *list behind it.
 * False at the end. NULL is an empty list; empty words are passed over.
 */
bool util_list_next(const char **list, char *buffer, size_t size);

#endif
