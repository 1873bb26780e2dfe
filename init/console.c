/* SPDX-License-Identifier: MIT */
/*
 * Owns file descriptors 0 to 2. The kernel opens /dev/console on them before it starts /init, unless the
 * image has no such node or no console driver answered; then they are closed, and the next open() would
 * become somebody's standard error. Nothing here is fatal: a machine without a console boots all the same.
 */
#include "console.h"
#include "log.h"
#include "sys.h"
#include "util.h"

#include <stdbool.h>

static bool have_console;

static bool is_tty(int fd)
{
	struct termios attributes;

	return sys_tcgetattr(fd, &attributes) == 0;
}

/*
 * A terminal, or what somebody redirected it to. A regular file, as an image may hold by mistake in the place of
 * the device, is none: what is written there reaches nobody.
 */
static bool is_usable(int fd)
{
	struct stat st;

	return is_tty(fd) || (sys_fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)));
}

/* Puts fd onto 0, 1 and 2 and closes it if it is none of them. True when it is on all three. */
static bool put_everywhere(int fd)
{
	bool done = true;

	for (int i = 0; i <= 2; i++)
		if (i != fd && sys_dup2(fd, i) < 0)
			done = false;
	if (fd > 2)
		sys_close(fd);
	return done;
}

/*
 * A console counts when it takes a write: a missing UART opens well and gives EIO. One that is full is slow, not
 * missing, and not waited for.
 */
static int open_console(void)
{
	int fd = sys_open("/dev/console", O_RDWR | O_NOCTTY | O_NONBLOCK);
	int r;

	if (fd < 0)
		return fd;
	r = is_tty(fd) ? (int)sys_write(fd, "\n", 1) : -ENOTTY;
	if (r == 1 || r == -EAGAIN)
		r = sys_blocking(fd);
	if (r == 0)
		return fd;
	sys_close(fd);
	return r < 0 ? r : -EIO;
}

static int open_null(void)
{
	int fd = sys_open("/dev/null", O_RDWR);
	int ends[2];

	if (fd >= 0)
		return fd;
	sys_mknod("/null", S_IFCHR | 0666, makedev(1, 3));
	fd = sys_open("/null", O_RDWR);
	sys_unlink("/null");
	if (fd >= 0)
		return fd;
	if (sys_pipe(ends) < 0)
		return -ENFILE;
	sys_close(ends[1]);
	return ends[0];
}

/* CLOEXEC would close 0 to 2 in the payload. */
static void keep_over_exec(void)
{
	for (int i = 0; i <= 2; i++)
		sys_keep_over_exec(i);
}

void console_guard(void)
{
	int fd;

	have_console = is_usable(0) && is_usable(1) && is_usable(2);
	if (have_console)
		return;
	fd = open_console();
	if (fd >= 0) {
		have_console = put_everywhere(fd);
	} else {
		log_line(LOG_LEVEL_WARN, "console: open '/dev/console': %s, trying again when /dev is mounted",
			 log_reason(fd));
		fd = open_null();
		if (fd >= 0)
			put_everywhere(fd);
	}
	keep_over_exec();
}

void console_attach(void)
{
	int fd;

	if (have_console)
		return;
	fd = open_console();
	if (fd < 0) {
		log_line(LOG_LEVEL_WARN, "console: open '/dev/console': %s, going on without a console",
			 log_reason(fd));
		fd = sys_open("/dev/null", O_RDWR); /* the first try may have had to do without it */
	} else {
		have_console = true;
	}
	if (fd >= 0)
		put_everywhere(fd);
	keep_over_exec();
}
