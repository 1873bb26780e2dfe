/* SPDX-License-Identifier: MIT */
/* The file that is to run, opened once. */
#ifndef INIT_PAYLOAD_H
#define INIT_PAYLOAD_H

#include <stddef.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * The bytes that are verified are the bytes that are executed: both go through this one descriptor, whose
 * content can no longer change.
 */
struct payload {
	const char *path;  /* as configured, for messages and argv[0]; not opened again */
	int fd;            /* close-on-exec */
	const void *image; /* mapped, read-only; NULL when empty */
	size_t size;
	mode_t mode;       /* of the file at `path` */
	bool noexec;       /* it lies on a filesystem mounted noexec */
};

/*
 * Opens the payload and gets hold of its bytes: in place when the file lies in the initramfs itself or on
 * tmpfs, where nothing else runs that could change it, else as a sealed copy in memory. The first run of a
 * payload can leave processes behind that do change it, hence also a copy when it runs_again. Returns 0, or
 * -errno after logging why it cannot be had.
 */
int payload_open(const char *path, bool runs_again, struct payload *ret_payload);

/* Gives back the memory that the mapped image takes, once it is verified. */
void payload_unmap(struct payload *payload);

/* When no further run needs it. */
void payload_close(struct payload *payload);

#endif
