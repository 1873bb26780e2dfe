/* SPDX-License-Identifier: MIT */
/*
 * Owns how a port is found, opened and set up. The name that the host gave a virtio-serial port stands in
 * /sys/class/virtio-ports/DEVICE/name (drivers/char/virtio_console.c); /dev/virtio-ports/NAME is udev's work,
 * and there is no udev here.
 */
#include "port.h"
#include "sys.h"
#include "util.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLASS "/sys/class/virtio-ports"

static bool has_name(const char *device, const char *name)
{
	char path[PATH_MAX], *text;
	size_t length = strlen(name), n;
	bool same;

	snprintf(path, sizeof(path), CLASS "/%s/name", device);
	if (util_read_file(path, 4096, &text, &n) < 0)
		return false;
	same = n >= length && memcmp(text, name, length) == 0 && (text[length] == '\n' || !text[length]);
	free(text);
	return same;
}

/* Writes the port's path into `path`; false when the host gave no port this name. */
static bool find_virtio_port(const char *name, char *path, size_t size)
{
	DIR *directory = opendir(CLASS);
	struct dirent *entry;
	bool found = false;

	while (directory && !found && (entry = readdir(directory))) {
		found = entry->d_name[0] != '.' && has_name(entry->d_name, name);
		if (found)
			snprintf(path, size, "/dev/%s", entry->d_name);
	}
	if (directory)
		closedir(directory);
	return found;
}

/* No echo, no translation of line ends, no flow control, 115200 bit/s where speed means something. */
static void make_raw(int fd)
{
	struct termios attributes;

	if (sys_tcgetattr(fd, &attributes) < 0)
		return;
	cfmakeraw(&attributes);
	cfsetspeed(&attributes, B115200);
	attributes.c_cflag |= CLOCAL;
	attributes.c_cflag &= ~(tcflag_t)CRTSCTS;
	sys_tcsetattr(fd, &attributes);
}

int port_open(const char *name, int flags)
{
	char path[PATH_MAX];
	int fd;

	if (strncmp(name, "vport:", 6) == 0) {
		if (!find_virtio_port(name + 6, path, sizeof(path)))
			return -ENOENT;
		name = path;
	}
	fd = sys_open(name, flags | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0)
		make_raw(fd);
	return fd;
}
