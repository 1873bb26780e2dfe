/* SPDX-License-Identifier: MIT */
/*
 * Owns the facts about the running machine. The one file beside the library that asks the system; PID 1 and
 * the host command use it, the library does not.
 */
#define _GNU_SOURCE
#include "running.h"

#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

uint32_t elfcheck_kernel_version(const char *release)
{
	uint32_t version = 0;
	char *end;

	for (int i = 0; i < 3; i++) {
		unsigned long part = strtoul(release, &end, 10);

		if (end == release)
			return i == 0 ? 0 : version << (8 * (3 - i));
		version = version << 8 | (uint32_t)(part > 255 ? 255 : part);
		release = end + (*end == '.');
		if (*end != '.')
			return version << (8 * (2 - i));
	}
	return version;
}

#if defined(__x86_64__)
/* The x86-64 psABI's levels; gcc's run-time support also asks whether the kernel saves the registers. */
static uint8_t cpu_level(void)
{
	__builtin_cpu_init();
	if (__builtin_cpu_supports("x86-64-v4"))
		return 4;
	if (__builtin_cpu_supports("x86-64-v3"))
		return 3;
	return __builtin_cpu_supports("x86-64-v2") ? 2 : 1;
}
#else
static uint8_t cpu_level(void)
{
	return 0;
}
#endif

/* A call that the kernel was built without answers ENOSYS, a protocol EAFNOSUPPORT; other failures tell nothing. */
static void note_feature(struct elfcheck_target *target, enum elfcheck_feature feature, int fd)
{
	bool missing = fd < 0 && (errno == ENOSYS || errno == EAFNOSUPPORT);

	if (fd < 0 && !missing)
		return;
	target->features_known |= 1u << feature;
	if (!missing)
		target->features |= 1u << feature;
	if (fd >= 0)
		close(fd);
}

/* FUTEX_WAKE of nobody: succeeds, or there are no futexes. */
static bool has_futex(void)
{
	static uint32_t word;

	return syscall(SYS_futex, &word, 1, 1, NULL, NULL, 0) >= 0 || errno != ENOSYS;
}

static void ask_features(struct elfcheck_target *target)
{
	target->features_known = 1u << ELFCHECK_FEATURE_FUTEX;
	if (has_futex())
		target->features = 1u << ELFCHECK_FEATURE_FUTEX;
	note_feature(target, ELFCHECK_FEATURE_EPOLL, epoll_create1(EPOLL_CLOEXEC));
	note_feature(target, ELFCHECK_FEATURE_EVENTFD, eventfd(0, EFD_CLOEXEC));
	note_feature(target, ELFCHECK_FEATURE_INOTIFY, inotify_init1(IN_CLOEXEC));
	note_feature(target, ELFCHECK_FEATURE_INET, socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	note_feature(target, ELFCHECK_FEATURE_UNIX, socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	note_feature(target, ELFCHECK_FEATURE_NET, socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

bool elfcheck_running_has_path(void *ctx, const char *path, size_t len, bool program)
{
	char copy[PATH_MAX];
	struct stat st;

	(void)ctx;
	if (len >= sizeof(copy))
		return false;
	memcpy(copy, path, len);
	copy[len] = '\0';
	return stat(copy, &st) == 0 && (!program || (S_ISREG(st.st_mode) && st.st_mode & 0111));
}

void elfcheck_running(struct elfcheck_target *ret_target)
{
	static const unsigned one = 1;
	struct utsname kernel;

	memset(ret_target, 0, sizeof(*ret_target));
#if defined(__x86_64__)
	ret_target->machine = EM_X86_64;
#elif defined(__aarch64__)
	ret_target->machine = EM_AARCH64;
#elif defined(__riscv)
	ret_target->machine = EM_RISCV;
#elif defined(__arm__)
	ret_target->machine = EM_ARM;
#endif
	ret_target->class = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
	ret_target->data = *(const unsigned char *)&one ? ELFDATA2LSB : ELFDATA2MSB;
	/* Only kernels with CONFIG_IA32_EMULATION have this (arch/x86/entry/vdso/vdso32-setup.c). */
	ret_target->compat32 = access("/proc/sys/abi/vsyscall32", F_OK) == 0;
	if (uname(&kernel) == 0)
		ret_target->kernel = elfcheck_kernel_version(kernel.release);
	ret_target->cpu_level = cpu_level();
	ask_features(ret_target);
}
