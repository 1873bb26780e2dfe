/* SPDX-License-Identifier: MIT */
/*
 * read FILE: the floor of the benchmark, a program that does nothing but read the file once, as cheaply as read(2)
 * allows: into one buffer, a MiB at a time.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static char buffer[1 << 20];

int main(int argc, char **argv)
{
	int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n = -1;

	if (fd >= 0)
		do
			n = read(fd, buffer, sizeof(buffer));
		while (n > 0);
	if (n < 0) {
		perror("read");
		return 2;
	}
	return 0;
}
