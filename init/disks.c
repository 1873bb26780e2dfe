/* SPDX-License-Identifier: MIT */
/* Owns looking through /sys/class/block and reading devices; what the bytes mean is blockid.c's. */
#include "disks.h"
#include "sys.h"
#include "util.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CLASS "/sys/class/block"

static int read_at(void *ctx, uint64_t offset, void *buffer, size_t n)
{
	int *fd = ctx;
	ssize_t got;

	do
		got = sys_pread(*fd, buffer, n, (off_t)offset);
	while (got == -EINTR);
	return got < 0 ? (int)got : (size_t)got == n ? 0 : -EIO;
}

static int open_source(const char *path, int *fd, struct blockid_source *ret)
{
	off_t size;

	*fd = sys_open(path, O_RDONLY | O_NONBLOCK);
	if (*fd < 0)
		return *fd;
	size = sys_lseek(*fd, 0, SEEK_END);
	if (size < 0)
		return (int)size;
	*ret = (struct blockid_source){ .read = read_at, .ctx = fd, .size = (uint64_t)size };
	return 0;
}

int disks_probe(const char *path, struct blockid *ret)
{
	CLEANUP_FD int fd = -1;
	struct blockid_source source;
	int r = open_source(path, &fd, &source);

	return r < 0 ? r : blockid_probe(&source, ret);
}

/* The number in an attribute of the device; -1 when there is none. */
static long long attribute(const char *device, const char *name)
{
	char path[PATH_MAX], *text;
	size_t length;
	long long value = -1;

	snprintf(path, sizeof(path), CLASS "/%s/%s", device, name);
	if (util_read_file(path, 4096, &text, &length) < 0)
		return -1;
	value = strtoll(text, NULL, 10);
	free(text);
	return value;
}

/* The disk that a partition is on: its link leads to …/DISK/PARTITION. */
static bool find_disk(const char *partition, char *path, size_t size)
{
	char link[PATH_MAX], target[PATH_MAX], *disk;
	ssize_t n;

	snprintf(link, sizeof(link), CLASS "/%s", partition);
	n = sys_readlink(link, target, sizeof(target) - 1);
	if (n <= 0)
		return false;
	target[n] = '\0';
	disk = strrchr(target, '/');
	if (!disk)
		return false;
	*disk = '\0';
	disk = strrchr(target, '/');
	return disk && snprintf(path, size, "/dev/%s", disk + 1) < (int)size;
}

static bool partition_has(const char *device, const char *uuid, const char *label)
{
	CLEANUP_FD int fd = -1;
	char disk[PATH_MAX];
	struct blockid_source source;
	struct blockid_partition partition;
	long long number = attribute(device, "partition");

	if (number <= 0 || !find_disk(device, disk, sizeof(disk)) || open_source(disk, &fd, &source) < 0 ||
	    blockid_partition(&source, (unsigned)number, &partition) < 0)
		return false;
	return uuid ? strcasecmp(partition.uuid, uuid) == 0 : strcmp(partition.label, label) == 0;
}

static bool file_system_has(const char *device, const char *uuid, const char *label)
{
	char path[PATH_MAX];
	struct blockid id;

	snprintf(path, sizeof(path), "/dev/%s", device);
	if (disks_probe(path, &id) < 0)
		return false;
	return uuid ? strcasecmp(id.uuid, uuid) == 0 : strcmp(id.label, label) == 0;
}

static const struct form {
	const char *prefix;
	bool partition, uuid;
} forms[] = {
	{ "UUID=", false, true },
	{ "LABEL=", false, false },
	{ "PARTUUID=", true, true },
	{ "PARTLABEL=", true, false },
};

static const struct form *form_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (strncmp(name, forms[i].prefix, strlen(forms[i].prefix)) == 0)
			return &forms[i];
	return NULL;
}

bool disks_is_name(const char *name)
{
	const struct form *form = form_of(name);

	return name[0] == '/' || (form && name[strlen(form->prefix)]);
}

static bool is_candidate(const char *device)
{
	return device[0] != '.' && strncmp(device, "loop", 4) != 0 && strncmp(device, "ram", 3) != 0 &&
	       attribute(device, "size") > 0;
}

bool disks_find(const char *name, char *path, size_t size)
{
	const struct form *form = form_of(name);
	const char *value, *uuid, *label;
	struct dirent *entry;
	bool found = false;
	DIR *devices;

	if (!form)
		return util_is_ready(name) && snprintf(path, size, "%s", name) < (int)size;
	value = name + strlen(form->prefix);
	uuid = form->uuid ? value : NULL;
	label = form->uuid ? NULL : value;
	devices = opendir(CLASS);
	while (devices && !found && (entry = readdir(devices))) {
		if (!is_candidate(entry->d_name))
			continue;
		found = form->partition ? partition_has(entry->d_name, uuid, label) :
					  file_system_has(entry->d_name, uuid, label);
		if (found)
			snprintf(path, size, "/dev/%s", entry->d_name);
	}
	if (devices)
		closedir(devices);
	return found;
}
