/* SPDX-License-Identifier: MIT */
/*
 * blockid_cli FILE: what blockid_probe() says of an image, as lines TYPE=, UUID= and LABEL=.
 * blockid_cli FILE NUMBER [SECTOR_SIZE]: what blockid_partition() says, as lines PARTUUID= and PARTLABEL=.
 * Exit status 2: nothing known; 8: two file systems, both as blkid(8) has it; 1: anything else.
 */
#include "init/blockid.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_file(void *ctx, uint64_t offset, void *buffer, size_t n)
{
	ssize_t got = pread(*(int *)ctx, buffer, n, (off_t)offset);

	return got == (ssize_t)n ? 0 : got < 0 ? -errno : -EIO;
}

int main(int argc, char **argv)
{
	struct blockid_source source = { .read = read_file };
	struct blockid_partition partition;
	struct blockid id;
	struct stat st;
	int fd, error;

	if (argc < 2 || argc > 4)
		return 1;
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		perror(argv[1]);
		return 1;
	}
	source.ctx = &fd;
	source.size = (uint64_t)st.st_size;
	source.sector_size = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
	if (argc > 2) {
		error = blockid_partition(&source, (unsigned)strtoul(argv[2], NULL, 10), &partition);
		if (error == 0)
			printf("PARTUUID=%s\nPARTLABEL=%s\n", partition.uuid, partition.label);
	} else {
		error = blockid_probe(&source, &id);
		if (error == 0)
			printf("TYPE=%s\nUUID=%s\nLABEL=%s\n", id.type, id.uuid, id.label);
	}
	if (error == 0)
		return 0;
	fprintf(stderr, "%s: %s\n", argv[1], strerror(-error));
	return error == -ENOENT ? 2 : error == -ENOTUNIQ ? 8 : 1;
}
