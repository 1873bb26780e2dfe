/* SPDX-License-Identifier: MIT */
/*
 * Stands in for the checker of a PID 1 that is linked with --wrap=elfcheck, and goes wrong as the file /checker says:
 * what hostile bytes could make a checker with a mistake in it do.
 */
#include "elfcheck/elfcheck.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void __wrap_elfcheck(const void *image, size_t size, const struct elfcheck_target *target,
		     enum elfcheck_profile profile, const struct elfcheck_allow *allow, struct elfcheck_report *report);
void __real_elfcheck(const void *image, size_t size, const struct elfcheck_target *target,
		     enum elfcheck_profile profile, const struct elfcheck_allow *allow, struct elfcheck_report *report);

/* Touches memory until there is none; without a limit this machine would suffer, so the most is 1 GiB. */
static void eat(void)
{
	for (int i = 0; i < 1024; i++) {
		char *at = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		memset(at, 1, 1 << 20); /* a fault where mmap(2) failed */
	}
}

void __wrap_elfcheck(const void *image, size_t size, const struct elfcheck_target *target,
		     enum elfcheck_profile profile, const struct elfcheck_allow *allow, struct elfcheck_report *report)
{
	char how[16] = "";
	int fd = open("/checker", O_RDONLY);

	(void)!read(fd, how, sizeof(how) - 1);
	if (strcmp(how, "crash") == 0)
		__builtin_trap();
	else if (strcmp(how, "exit") == 0)
		_exit(0); /* a verdict that is not whole */
	else if (strcmp(how, "hang") == 0)
		for (;;)
			pause();
	else if (strcmp(how, "spin") == 0)
		for (;;)
			;
	else if (strcmp(how, "eat") == 0)
		eat();
	else if (strcmp(how, "killed") == 0)
		raise(SIGKILL); /* as the kernel does when memory runs out */
	__real_elfcheck(image, size, target, profile, allow, report);
}
