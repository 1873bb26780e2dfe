/* SPDX-License-Identifier: MIT */
/*
 * What count.sh compares init with: mounts what init mounts (init/mounts.c), without a look at anything, and becomes the
 * program that its arguments name: what stands behind -- on the kernel command line.
 */
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const mounts[][3] = {
	{ "devtmpfs", "/dev", "mode=0755" },
	{ "proc", "/proc", NULL },
	{ "sysfs", "/sys", NULL },
	{ "devpts", "/dev/pts", "mode=0620,gid=5,ptmxmode=0666" },
	{ "tmpfs", "/dev/shm", "mode=1777" },
	{ "tmpfs", "/run", "mode=0755" },
	{ "tmpfs", "/tmp", "mode=1777" },
	{ "cgroup2", "/sys/fs/cgroup", "nsdelegate" },
	{ "debugfs", "/sys/kernel/debug", "mode=0700" },
	{ "tracefs", "/sys/kernel/tracing", "mode=0700" },
	{ "securityfs", "/sys/kernel/security", NULL },
	{ "configfs", "/sys/kernel/config", NULL },
	{ "bpf", "/sys/fs/bpf", "mode=0700" },
	{ "pstore", "/sys/fs/pstore", NULL },
};

int main(int argc, char *argv[])
{
	char *env[] = { NULL };

	for (unsigned i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i][1], 0755);
		mount(mounts[i][0], mounts[i][1], mounts[i][0], 0, mounts[i][2]);
	}
	return argc < 2 ? 127 : execve(argv[1], argv + 1, env);
}
