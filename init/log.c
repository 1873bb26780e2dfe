/* SPDX-License-Identifier: MIT */
/*
 * The log. A leaf that never fails: what cannot be written is lost, never waited for. One write per
 * line, because the kernel takes each write to /dev/kmsg as one record and cuts it near 976 bytes
 * (kernel/printk/printk.c, LOG_LINE_MAX). Until /dev/kmsg is open, lines wait in a fixed buffer; when
 * it is full the newest are dropped, the first ones say what went wrong.
 */
#include "log.h"
#include "sys.h"
#include "util.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LINE_SIZE 900

static struct {
	int kmsg; /* 0: not open yet, as descriptor 0 is never ours */
	enum log_level level;
	size_t early_length;
	char early[4096]; /* NUL-terminated records, one after the other */
	char last_failure[LINE_SIZE];
} state = { .level = LOG_LEVEL_INFO };

void log_set_level(enum log_level level)
{
	state.level = level;
}

const char *log_last_failure(void)
{
	return state.last_failure;
}

const char *log_reason(int error)
{
	return strerror(error < 0 ? -error : error);
}

void log_open(void)
{
	int fd = sys_open("/dev/kmsg", O_WRONLY | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return;
	state.kmsg = fd;
	for (size_t at = 0; at < state.early_length;) {
		size_t length = strlen(state.early + at);

		sys_write(fd, state.early + at, length);
		at += length + 1;
	}
	state.early_length = 0;
}

void log_unlimit(void)
{
	CLEANUP_FD int fd = sys_open("/proc/sys/kernel/printk_devkmsg", O_WRONLY);

	if (fd >= 0)
		sys_write(fd, "on\n", 3);
}

static void keep_early(const char *record, size_t length)
{
	if (length + 1 > sizeof(state.early) - state.early_length)
		return;
	memcpy(state.early + state.early_length, record, length + 1);
	state.early_length += length + 1;
}

/* A line break would start a record of its own, control bytes would reach a terminal. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

/* At once, without waiting for somebody to read. */
static bool can_write(int fd)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };

	return sys_poll(&room, 1, 0) == 1 && !(room.revents & (POLLERR | POLLNVAL));
}

static void write_record(enum log_level level, char *text)
{
	char record[LINE_SIZE + 32];
	int length;

	make_printable(text);
	/* Without a line break the kernel holds the record back until the next one (LOG_NEWLINE in vprintk_store()). */
	length = snprintf(record, sizeof(record), "<%d>initgate: %s\n", level, text);
	if (length < 0)
		return;
	if (state.kmsg > 0 && sys_write(state.kmsg, record, (size_t)length) >= 0)
		return;
	if (state.kmsg <= 0)
		keep_early(record, (size_t)length);
	if (level == LOG_LEVEL_ERR && can_write(2))
		sys_write(2, record + 3, strlen(record + 3));
}

void log_line(enum log_level level, const char *format, ...)
{
	char text[LINE_SIZE];
	va_list arguments;

	if (level > state.level)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	write_record(level, text);
}

void log_fail(const char *format, ...)
{
	char text[LINE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	write_record(LOG_LEVEL_ERR, text);
	memcpy(state.last_failure, text, sizeof(text));
}

void log_forget_failure(void)
{
	state.last_failure[0] = '\0';
}
