/* SPDX-License-Identifier: MIT */
/*
 * Owns leaving the initramfs. The kernel's rootfs can be neither unmounted nor given to pivot_root(2)
 * (Documentation/filesystems/ramfs-rootfs-initramfs.rst): the new root is moved over it, and the files below are
 * deleted, as nothing else would free them.
 */
#include "switch.h"
#include "log.h"
#include "sys.h"
#include "util.h"

#include <dirent.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>

static int refuse(const char *verb, const char *object, const char *reason, int error)
{
	log_fail("switch: %s '%s': %s, not starting the payload", verb, object, reason);
	return error;
}

/* Symbolic links on the way are meant for the new root. */
static int look_for_program(const char *new_root, const char *program)
{
	CLEANUP_FD int root = sys_open(new_root, O_PATH | O_DIRECTORY);
	CLEANUP_FD int found = root < 0 ? root : sys_open_in(root, program);

	if (found == -ENOSYS) /* before Linux 5.6: the payload's own opening says it, in the new root */
		return 0;
	return found < 0 ? refuse("find in the new root", program, log_reason(found), found) : 0;
}

static int check_mount(const char *new_root)
{
	struct stat root, other;
	int r = sys_stat("/", &root);

	if (r == 0)
		r = sys_stat(new_root, &other);
	if (r < 0)
		return refuse("examine", new_root, log_reason(r), r);
	return root.st_dev == other.st_dev ? refuse("examine", new_root, "nothing is mounted there", -EINVAL) : 0;
}

/* What the new root has no directory for stays behind, and is out of reach then. */
static void move_mount(const char *new_root, const char *mount)
{
	char target[PATH_MAX];
	struct stat st;
	int r = -ENAMETOOLONG;

	if (snprintf(target, sizeof(target), "%s%s", new_root, mount) < (int)sizeof(target)) {
		sys_mkdir(target, 0755); /* fails on a read-only root */
		r = sys_lstat(target, &st);
		if (r == 0 && S_ISLNK(st.st_mode)) /* would lead out of the new root */
			r = -ELOOP;
		if (r == 0)
			r = sys_mount(mount, target, NULL, MS_MOVE, NULL);
	}
	if (r < 0)
		log_line(LOG_LEVEL_WARN, "switch: move '%s' into the new root: %s, going on without it", mount,
			 log_reason(r));
}

/* Deletes what is in the directory, on this file system alone; takes the descriptor. */
static void delete_below(int fd, dev_t device)
{
	DIR *entries = fdopendir(fd);
	struct dirent *entry;
	struct stat st;

	if (!entries) {
		sys_close(fd);
		return;
	}
	while ((entry = readdir(entries))) {
		int below;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (entry->d_type == DT_DIR) {
			below = sys_open_at(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
			if (below < 0)
				continue;
			if (sys_fstat(below, &st) < 0 || st.st_dev != device) {
				sys_close(below);
				continue;
			}
			delete_below(below, device);
			sys_unlink_at(fd, entry->d_name, AT_REMOVEDIR);
		} else {
			sys_unlink_at(fd, entry->d_name, 0);
		}
	}
	closedir(entries);
}

/* Only what lies in memory, and only the initramfs: a disk that was root before keeps its files. */
static void free_memory(int old_root)
{
	struct statfs fs;
	struct stat st;

	if (old_root >= 0 && sys_fstatfs(old_root, &fs) == 0 && sys_fstat(old_root, &st) == 0 &&
	    (fs.f_type == RAMFS_MAGIC || fs.f_type == TMPFS_MAGIC))
		delete_below(old_root, st.st_dev);
	else if (old_root >= 0)
		sys_close(old_root);
}

int switch_root(const char *new_root, const char *program, bool with_tmp)
{
	static const char *const moved[] = { "/dev", "/proc", "/sys", "/run", "/tmp" };
	int old_root, r;

	r = check_mount(new_root);
	if (r == 0)
		r = look_for_program(new_root, program);
	if (r < 0)
		return r;
	old_root = sys_open("/", O_RDONLY | O_DIRECTORY);
	for (size_t i = 0; i < ARRAY_SIZE(moved) - !with_tmp; i++)
		move_mount(new_root, moved[i]);
	r = sys_chdir(new_root);
	if (r == 0)
		r = sys_mount(".", "/", NULL, MS_MOVE, NULL);
	if (r == 0)
		r = sys_chroot(".");
	if (r == 0)
		r = sys_chdir("/");
	if (r < 0) {
		if (old_root >= 0)
			sys_close(old_root);
		return refuse("make the root", new_root, log_reason(r), r);
	}
	free_memory(old_root);
	return 0;
}
