/* SPDX-License-Identifier: MIT */
/* Owns taking mounts apart at the end, by /proc/self/mounts (proc(5), fstab(5)): in the order in which they came. */
#include "unmount.h"
#include "log.h"
#include "sys.h"
#include "util.h"

#include <stdbool.h>
#include <string.h>

#define MOUNTS_SIZE_MAX (1024 * 1024)

/* What the rest of the end needs, or what cannot go. */
static bool is_kept(const char *target)
{
	static const char *const kept[] = { "/", "/dev", "/proc", "/sys" };

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (strcmp(target, kept[i]) == 0)
			return true;
	return false;
}

static bool is_octal(const char *text)
{
	return text[0] >= '0' && text[0] <= '3' && text[1] >= '0' && text[1] <= '7' && text[2] >= '0' && text[2] <= '7';
}

/* White space and backslashes stand there as \ooo. */
static void unescape(char *text)
{
	char *to = text;

	while (*text) {
		if (*text == '\\' && is_octal(text + 1)) {
			*to++ = (char)((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0'));
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

static void unmount(const char *source, const char *target)
{
	int r = sys_umount(target, 0), r2;

	if (r == 0 || source[0] != '/') /* nothing is lost where there is no device behind it */
		return;
	r2 = sys_mount(NULL, target, NULL, MS_REMOUNT | MS_RDONLY, NULL);
	log_line(r2 < 0 ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG, "unmount: unmount '%s': %s, %s", target, log_reason(r),
		 r2 < 0 ? "left as it is" : "made read-only");
}

void unmount_all(bool with_root)
{
	char *text, *line;
	size_t length;
	int r = util_read_file("/proc/self/mounts", MOUNTS_SIZE_MAX, &text, &length);

	if (r < 0) {
		log_line(LOG_LEVEL_WARN, "unmount: read '/proc/self/mounts': %s, nothing is unmounted", log_reason(r));
		return;
	}
	while (length > 0) {
		char *source, *target, *rest;

		text[--length] = '\0'; /* the line's end */
		line = memrchr(text, '\n', length);
		rest = line = line ? line + 1 : text;
		length = (size_t)(line - text);
		source = strsep(&rest, " ");
		target = strsep(&rest, " ");
		if (!target)
			continue;
		unescape(target);
		if (!is_kept(target))
			unmount(source, target);
		else if (with_root && strcmp(target, "/") == 0)
			sys_mount(NULL, target, NULL, MS_REMOUNT | MS_RDONLY, NULL);
	}
}
