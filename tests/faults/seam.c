/* SPDX-License-Identifier: MIT */
/*
 * The other side of init/sys.h in a PID 1 that is built with INIT_FAULTS: counts its calls and makes one of them fail.
 * And keeps it off the machine that runs the test, which a PID namespace alone does not (build.sh links with --wrap):
 * no sysrq, no sync, no clock, no randomness, no file system but private ones.
 */
#include "seam.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/random.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

int sys_fault(const char *function);

/* The real ones, and ours that are called in their place. */
int __real_open(const char *path, int flags, ...);
int __real_mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
ssize_t __real_write(int fd, const void *bytes, size_t n);
int __real_fstatfs(int fd, struct statfs *ret);
int __real_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
int __real_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_open(const char *path, int flags, ...);
int __wrap_mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
ssize_t __wrap_write(int fd, const void *bytes, size_t n);
int __wrap_fstatfs(int fd, struct statfs *ret);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);
void __wrap_sync(void);
ssize_t __real_read(int fd, void *buffer, size_t n);
ssize_t __wrap_read(int fd, void *buffer, size_t n);
int __real_ioctl(int fd, int request, ...);
int __wrap_ioctl(int fd, int request, ...);
int __wrap_clock_settime(clockid_t clock, const struct timespec *time);

static struct seam *seam;
static pid_t self;
static int process;  /* ours; 0 is PID 1 */
static int children; /* that PID 1 has made so far */
static int sysrq = -1;
static long long haste_from; /* 0: time is as ever */

/* Not as PID 1 of a namespace, or not by the driver: kill(-1) would be a catastrophe. */
static void start(void)
{
	int fd = __real_open("/seam", O_RDWR | O_CLOEXEC);

	if (fd < 0 || getpid() != 1)
		_exit(99);
	seam = mmap(NULL, sizeof(*seam), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (seam == MAP_FAILED)
		_exit(99);
	close(fd);
	self = 1;
}

/* The count of children was copied by fork; or the child has our memory, until it has executed something else. */
static void change_process(pid_t pid)
{
	if (process != 0 && pid != 1)
		strcpy(seam->unknown, "a child of a child");
	process = pid == 1 ? 0 : children < SEAM_PROCESSES ? children : SEAM_PROCESSES - 1;
	self = pid;
}

static long long now_ns(void)
{
	struct timespec now;

	__real_clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int find(const char *function)
{
	for (int i = 0; i < SEAM_CALLS; i++)
		if (strcmp(seam_calls[i].function, function) == 0)
			return i;
	strncpy(seam->unknown, function, sizeof(seam->unknown) - 1);
	return 0;
}

static void hit(void)
{
	seam->hit = seam->calls[process];
	strncpy(seam->reason, strerror(seam->error), sizeof(seam->reason) - 1);
}

int sys_fault(const char *function)
{
	int place, error = 0;
	pid_t pid = getpid();

	if (!seam)
		start();
	if (pid != self)
		change_process(pid);
	place = find(function);
	seam->calls[process]++;
	seam->seen[process][place]++;
	if (process == seam->process && place == seam->function && seam->seen[process][place] == seam->nth)
		hit();
	if (seam->hit && process == seam->process && place == seam->function &&
	    (seam->lasting || seam->seen[process][place] == seam->nth))
		error = seam->error;
	if (!error && (strcmp(function, "sys_fork") == 0 || strcmp(function, "sys_spawn") == 0))
		children++;
	if (seam->haste && !haste_from && strcmp(function, "sys_wait4") == 0)
		haste_from = now_ns();
	return error;
}

/* Files of the root that stand in for what a machine has only once, so that a new mount cannot uncover the real one. */
static const char *stand_in(const char *path)
{
	static const char *const table[][2] = {
		{ "/proc/sysrq-trigger", "/sysrq" },
		{ "/proc/sys/kernel/printk_devkmsg", "/printk_devkmsg" },
		{ "/proc/cmdline", "/cmdline" },
		{ "/dev/kmsg", "/kmsg" },
		{ "/dev/console", "/console" },
		{ "/dev/port", "/port" },
		{ "/dev/mem", "/mem" },
		{ "/dev/random", "/random" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(path, table[i][0]) == 0)
			return table[i][1];
	return path;
}

int __wrap_open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	int fd;

	if (flags & O_CREAT) {
		va_list arguments;

		va_start(arguments, flags);
		mode = va_arg(arguments, mode_t);
		va_end(arguments);
	}
	fd = __real_open(stand_in(path), flags, mode);
	if (fd >= 0 && strcmp(path, "/proc/sysrq-trigger") == 0)
		sysrq = fd;
	else if (fd == sysrq)
		sysrq = -1;
	return fd;
}

/* The keys do in the namespace what they do to a machine. */
ssize_t __wrap_write(int fd, const void *bytes, size_t n)
{
	if (fd >= 0 && fd == sysrq && n == 1) {
		seam->sysrq = *(const char *)bytes;
		sysrq = -1;
		reboot(seam->sysrq == 'o' ? RB_POWER_OFF : RB_AUTOBOOT);
		return 1;
	}
	return __real_write(fd, bytes, n);
}

/* Of all others there is one for the whole machine: it would stay read-only if unmounting it failed. */
static int is_private(const char *type)
{
	return strcmp(type, "tmpfs") == 0 || strcmp(type, "proc") == 0 || strcmp(type, "sysfs") == 0 ||
	       strcmp(type, "devpts") == 0;
}

static int mount_devices(const char *target)
{
	int r = __real_mount("none", target, "tmpfs", 0, NULL);

	if (r == 0)
		mknod("/dev/null", S_IFCHR | 0666, makedev(1, 3));
	return r;
}

int __wrap_mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)
{
	struct statfs fs;

	if (type && strcmp(type, "devtmpfs") == 0)
		return mount_devices(target);
	if (type ? is_private(type) : statfs(target, &fs) == 0 && fs.f_type == TMPFS_MAGIC)
		return __real_mount(source, target, type, flags, data);
	errno = ENODEV;
	return -1;
}

/* What is mounted lasts no longer than the test; a sync() would wait for all disks of the machine. */
void __wrap_sync(void)
{
}

int __wrap_clock_settime(clockid_t clock, const struct timespec *time)
{
	(void)clock;
	(void)time;
	return 0;
}

int __wrap_ioctl(int fd, int request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (request == (int)RNDADDENTROPY || request == (int)RNDRESEEDCRNG)
		return 0;
	return __real_ioctl(fd, request, argument);
}

/* A single byte is what a waiting machine reads; not there at the first look. */
ssize_t __wrap_read(int fd, void *buffer, size_t n)
{
	static int looks;

	if (!seam || !seam->job || n != 1)
		return __real_read(fd, buffer, n);
	if (looks++ == 0) {
		errno = EAGAIN;
		return -1;
	}
	*(char *)buffer = 'g';
	return 1;
}

int __wrap_fstatfs(int fd, struct statfs *ret)
{
	int r = __real_fstatfs(fd, ret);

	if (r == 0 && seam->copied)
		ret->f_type = EXT4_SUPER_MAGIC;
	return r;
}

/* Only waiting for a device watches two descriptors. The device comes, with an event of the kernel and a signal. */
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	if (seam->late && n == 2) {
		int fd = __real_open("/sys/class/net/lo/uevent", O_WRONLY);

		mknod("/late", S_IFREG | 0644, 0);
		if (fd >= 0) {
			(void)!__real_write(fd, "add", 3);
			close(fd);
		}
		kill(getpid(), SIGCHLD);
	}
	return __real_poll(fds, n, haste_from && timeout_ms > 0 ? (timeout_ms - 1) / seam->haste + 1 : timeout_ms);
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	int r = __real_clock_gettime(clock, ret);

	if (r == 0 && clock == CLOCK_MONOTONIC && haste_from) {
		long long ns = haste_from + (now_ns() - haste_from) * seam->haste;

		ret->tv_sec = ns / 1000000000;
		ret->tv_nsec = ns % 1000000000;
	}
	return r;
}
