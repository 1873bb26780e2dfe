/* SPDX-License-Identifier: MIT */
/*
 * Owns the two tables of pseudo-filesystems. A row says what a failure means: a boot without /proc cannot go
 * on, one without debugfs can. Knows nothing of the command line or of modules.
 *
 * Flags follow what distributions mount: nothing in a pseudo-filesystem is set-user-ID, /dev stays without
 * noexec because programs map /dev/zero executable, /run and /tmp too because payloads unpack helpers there.
 */
#include "mounts.h"
#include "log.h"
#include "sys.h"
#include "util.h"

#include <linux/magic.h>
#include <stdbool.h>
#include <string.h>

#ifndef CONFIGFS_MAGIC
#define CONFIGFS_MAGIC 0x62656570 /* fs/configfs/mount.c */
#endif

struct row {
	const char *type, *target, *data;
	unsigned long flags;
	unsigned long magic; /* f_type of statfs(2) once it is mounted */
	bool optional;       /* kernels without it boot on; only its absence is excused */
};

static const struct row early[] = {
	{ .type = "devtmpfs", .target = "/dev", .data = "mode=0755", .magic = TMPFS_MAGIC,
	  .flags = MS_NOSUID },
	{ .type = "proc", .target = "/proc", .magic = PROC_SUPER_MAGIC,
	  .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ .type = "sysfs", .target = "/sys", .magic = SYSFS_MAGIC,
	  .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC },
};

static const struct row late[] = {
	{ .type = "devpts", .target = "/dev/pts", .data = "mode=0620,gid=5,ptmxmode=0666",
	  .magic = DEVPTS_SUPER_MAGIC, .flags = MS_NOSUID | MS_NOEXEC, .optional = true },
	{ .type = "tmpfs", .target = "/dev/shm", .data = "mode=1777", .magic = TMPFS_MAGIC,
	  .flags = MS_NOSUID | MS_NODEV },
	{ .type = "tmpfs", .target = "/run", .data = "mode=0755", .magic = TMPFS_MAGIC,
	  .flags = MS_NOSUID | MS_NODEV },
	{ .type = "tmpfs", .target = "/tmp", .data = "mode=1777", .magic = TMPFS_MAGIC,
	  .flags = MS_NOSUID | MS_NODEV },
	{ .type = "cgroup2", .target = "/sys/fs/cgroup", .data = "nsdelegate", .magic = CGROUP2_SUPER_MAGIC,
	  .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC, .optional = true },
	{ .type = "debugfs", .target = "/sys/kernel/debug", .data = "mode=0700", .magic = DEBUGFS_MAGIC,
	  .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC, .optional = true },
	{ .type = "tracefs", .target = "/sys/kernel/tracing", .data = "mode=0700", .magic = TRACEFS_MAGIC,
	  .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC, .optional = true },
	{ .type = "securityfs", .target = "/sys/kernel/security", .magic = SECURITYFS_MAGIC,
	  .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC, .optional = true },
	{ .type = "configfs", .target = "/sys/kernel/config", .magic = CONFIGFS_MAGIC,
	  .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC, .optional = true },
	{ .type = "bpf", .target = "/sys/fs/bpf", .data = "mode=0700", .magic = BPF_FS_MAGIC,
	  .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC, .optional = true },
	{ .type = "pstore", .target = "/sys/fs/pstore", .magic = PSTOREFS_MAGIC,
	  .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC, .optional = true },
	{ .type = "efivarfs", .target = "/sys/firmware/efi/efivars", .magic = EFIVARFS_MAGIC,
	  .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC, .optional = true },
};

/* ramfs stands in for tmpfs on kernels built without it, devtmpfs included (drivers/base/devtmpfs.c). */
static bool is_mounted(const struct row *row)
{
	struct stat target, parent;
	struct statfs fs;
	char path[64];

	if (sys_statfs(row->target, &fs) < 0)
		return false;
	if (fs.f_type != row->magic && !(row->magic == TMPFS_MAGIC && fs.f_type == RAMFS_MAGIC))
		return false;
	/* The root of an initramfs is itself a ramfs or tmpfs: what counts is a file system of its own. */
	strcpy(path, row->target);
	strcat(path, "/..");
	return sys_stat(row->target, &target) == 0 && sys_stat(path, &parent) == 0 &&
	       target.st_dev != parent.st_dev;
}

/* /sys takes no new directory: EPERM there means that the kernel lacks this filesystem. */
static bool is_excused(const struct row *row, int error)
{
	return row->optional && (error == -ENODEV || error == -ENOENT || error == -EPERM || error == -EACCES);
}

static int mount_row(const struct row *row, mounts_seen *seen)
{
	int r;

	if (is_mounted(row)) {
		seen(row->type, row->target, "present");
		return 0;
	}
	r = util_mkdir_all(row->target);
	if (r == 0)
		r = sys_mount(row->type, row->target, row->type, row->flags, row->data);
	if (r == -EINVAL && row->data) /* an older kernel does not know the option */
		r = sys_mount(row->type, row->target, row->type, row->flags, NULL);
	if (r == 0)
		seen(row->type, row->target, "mounted");
	else if (is_excused(row, r))
		log_line(LOG_LEVEL_DEBUG, "mounts: mount %s on '%s': %s, going on without it", row->type,
			 row->target, log_reason(r));
	else if (row->optional)
		log_line(LOG_LEVEL_WARN, "mounts: mount %s on '%s': %s, going on without it", row->type,
			 row->target, log_reason(r));
	else
		log_fail("mounts: mount %s on '%s': %s, not starting the payload", row->type, row->target,
			 log_reason(r));
	return row->optional ? 0 : r;
}

static int mount_table(const struct row *rows, size_t n, mounts_seen *seen)
{
	for (size_t i = 0; i < n; i++) {
		int r = mount_row(&rows[i], seen);

		if (r < 0)
			return r;
	}
	return 0;
}

int mounts_early(mounts_seen *seen)
{
	return mount_table(early, ARRAY_SIZE(early), seen);
}

/* Shells and programs expect these names; the kernel does not make them. */
static void link_descriptors(void)
{
	sys_symlink("/proc/self/fd", "/dev/fd");
	sys_symlink("/proc/self/fd/0", "/dev/stdin");
	sys_symlink("/proc/self/fd/1", "/dev/stdout");
	sys_symlink("/proc/self/fd/2", "/dev/stderr");
}

int mounts_late(mounts_seen *seen)
{
	link_descriptors();
	return mount_table(late, ARRAY_SIZE(late), seen);
}

/* The options that mount(2) takes as flags; the others are for the filesystem. */
static unsigned long flag_of(const char *option)
{
	static const struct {
		const char *name;
		unsigned long flag;
	} flags[] = { { "ro", MS_RDONLY }, { "nosuid", MS_NOSUID }, { "nodev", MS_NODEV }, { "noexec", MS_NOEXEC } };

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (strcmp(flags[i].name, option) == 0)
			return flags[i].flag;
	return 0;
}

static int mount_wanted(const char *source, const char *target, const char *type, const char *options)
{
	char option[1024], data[sizeof(option)] = ""; /* what is longer does not fit */
	unsigned long flags = 0, flag;
	int r = util_mkdir_all(target);

	while (util_list_next(&options, option, sizeof(option))) {
		flag = flag_of(option);
		flags |= flag;
		if (flag != 0 || strcmp(option, "defaults") == 0 || strcmp(option, "rw") == 0)
			continue;
		if (strlen(data) + strlen(option) + 2 > sizeof(data))
			return -E2BIG;
		if (*data)
			strcat(data, ",");
		strcat(data, option);
	}
	return r < 0 ? r : sys_mount(source, target, type, flags, data);
}

int mounts_wanted(const char *words, size_t length, mounts_seen *seen)
{
	const char *field[4] = { 0 };
	size_t n = 0;
	int r;

	for (size_t at = 0; at < length; at += strlen(words + at) + 1) {
		field[n++ % 4] = words + at;
		if (n % 4 != 0)
			continue;
		r = mount_wanted(field[0], field[1], field[2], field[3]);
		if (r < 0) {
			log_fail("mounts: mount %s on '%s': %s, not starting the payload", field[2], field[1],
				 log_reason(r));
			return r;
		}
		seen(field[2], field[1], "mounted");
	}
	return 0;
}
