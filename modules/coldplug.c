/* SPDX-License-Identifier: MIT */
/*
 * Owns finding aliases: in /sys/bus/BUS/devices/DEVICE, in the file `modalias` or, where a bus has only that (MDIO, for
 * one), as MODALIAS= in the file `uevent`; and in the kernel's events. Devices come and go while this looks: what is
 * not there any more is passed over. Aliases are told once, as many devices are alike.
 */
#include "coldplug.h"
#include "init/log.h"
#include "init/sys.h"
#include "init/uevent.h"
#include "init/util.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Aliases told so far: NUL-terminated, one behind the other. */
static struct {
	char *text;
	size_t length, room;
} told;

static bool is_told(const char *alias)
{
	for (size_t at = 0; at < told.length; at += strlen(told.text + at) + 1)
		if (strcmp(told.text + at, alias) == 0)
			return true;
	return false;
}

static void tell(const char *alias, coldplug_alias *add)
{
	size_t n = strlen(alias) + 1;

	if (n == 1 || is_told(alias))
		return;
	if (told.room - told.length < n) {
		size_t room = (told.room + n) * 2;
		char *larger = realloc(told.text, room);

		if (larger) {
			told.text = larger;
			told.room = room;
		}
	}
	if (told.room - told.length >= n) { /* else it may be told twice, which does no harm */
		memcpy(told.text + told.length, alias, n);
		told.length += n;
	}
	add(alias);
}

/* One read: what the kernel shows of an attribute fits into a page. Returns its length. */
static size_t read_attribute(const char *device, const char *name, char *text, size_t size)
{
	char path[PATH_MAX];
	CLEANUP_FD int fd = -1;
	ssize_t n = 0;

	if (snprintf(path, sizeof(path), "%s/%s", device, name) < (int)sizeof(path))
		fd = sys_open(path, O_RDONLY);
	if (fd >= 0)
		n = sys_read(fd, text, size - 1);
	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static void look_at(const char *device, coldplug_alias *add)
{
	char text[4096], *alias;

	if (read_attribute(device, "modalias", text, sizeof(text)) > 0) {
		text[strcspn(text, "\n")] = '\0';
		tell(text, add);
		return;
	}
	read_attribute(device, "uevent", text, sizeof(text));
	alias = strncmp(text, "MODALIAS=", 9) == 0 ? text : strstr(text, "\nMODALIAS=");
	if (!alias)
		return;
	alias = strchr(alias, '=') + 1;
	alias[strcspn(alias, "\n")] = '\0';
	tell(alias, add);
}

static void look_into(const char *directory, coldplug_alias *add)
{
	DIR *devices = opendir(directory);
	struct dirent *device;
	char path[PATH_MAX];

	while (devices && (device = readdir(devices)))
		if (device->d_name[0] != '.' &&
		    snprintf(path, sizeof(path), "%s/%s", directory, device->d_name) < (int)sizeof(path))
			look_at(path, add);
	if (devices)
		closedir(devices);
}

void coldplug_disks(coldplug_alias *add)
{
	static const char *const buses[] = { "pci", "virtio", "usb", "scsi" };
	char devices[64];

	for (size_t i = 0; i < ARRAY_SIZE(buses); i++) {
		snprintf(devices, sizeof(devices), "/sys/bus/%s/devices", buses[i]);
		look_into(devices, add);
	}
}

/* How far the look at all devices has come. */
static struct {
	DIR *buses;
	bool done;
} look;

bool coldplug_next(coldplug_alias *add)
{
	struct dirent *bus;
	char devices[PATH_MAX];

	if (look.done)
		return false;
	if (!look.buses)
		look.buses = opendir("/sys/bus");
	bus = look.buses ? readdir(look.buses) : NULL;
	if (bus) {
		if (bus->d_name[0] != '.' &&
		    snprintf(devices, sizeof(devices), "/sys/bus/%s/devices", bus->d_name) < (int)sizeof(devices))
			look_into(devices, add);
		return true;
	}
	if (look.buses)
		closedir(look.buses);
	look_into("/sys/class/dmi", add); /* the machine itself, which is on no bus */
	look.buses = NULL;
	look.done = true;
	return true;
}

static void look_again(coldplug_alias *add)
{
	if (look.buses)
		rewinddir(look.buses);
	look.done = false;
	coldplug_disks(add);
	while (coldplug_next(add))
		;
}

void coldplug_events(int events, coldplug_alias *add)
{
	static char event[UEVENT_SIZE];
	ssize_t n;

	while ((n = uevent_next(events, event)) != 0) {
		const char *action, *alias;

		if (n == -ENOBUFS) {
			log_line(LOG_LEVEL_WARN, "modules: read 'uevents': %s, going through all devices again",
				 log_reason((int)n));
			look_again(add);
			continue;
		}
		if (n < 0)
			break;
		action = uevent_value(event, (size_t)n, "ACTION");
		alias = uevent_value(event, (size_t)n, "MODALIAS");
		if (action && alias && (strcmp(action, "add") == 0 || strcmp(action, "change") == 0))
			tell(alias, add);
	}
}
