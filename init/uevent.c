/* SPDX-License-Identifier: MIT */
/* Owns the netlink socket of uevents; lib/kobject_uevent.c. Only what the kernel itself sends counts. */
#include "uevent.h"
#include "sys.h"

#include <linux/netlink.h>
#include <string.h>

/* A burst of some thousand events is what a machine with many disks sends; memory is taken only as they come. */
#define BUFFER_BYTES (8 * 1024 * 1024)

int uevent_open(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 /* the kernel's own */ };
	int fd = sys_socket_uevent(), r;

	if (fd < 0)
		return fd;
	sys_set_receive_buffer(fd, BUFFER_BYTES);
	r = sys_bind(fd, (struct sockaddr *)&address, sizeof(address));
	if (r == 0)
		return fd;
	sys_close(fd);
	return r;
}

void uevent_close(int fd)
{
	if (fd >= 0)
		sys_close(fd);
}

ssize_t uevent_next(int fd, char *buffer)
{
	ssize_t n;

	do
		n = sys_read(fd, buffer, UEVENT_SIZE - 1);
	while (n == -EINTR);
	if (n == -EAGAIN)
		return 0;
	buffer[n > 0 ? n : 0] = '\0';
	return n;
}

const char *uevent_value(const char *event, size_t n, const char *key)
{
	size_t length = strlen(key);

	for (size_t at = 0; at < n; at += strlen(event + at) + 1)
		if (strncmp(event + at, key, length) == 0 && event[at + length] == '=')
			return event + at + length + 1;
	return NULL;
}
