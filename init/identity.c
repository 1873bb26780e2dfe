/* SPDX-License-Identifier: MIT */
/* Owns what the machine is called and the defaults that the kernel leaves too small for programs of today. */
#include "identity.h"
#include "log.h"
#include "sys.h"

#include <string.h>

/*
 * The kernel gives 1024 and 4096 (include/asm-generic/resource.h). The soft limit stays, as select(2) cannot count
 * beyond it; who needs more raises it, as Go's runtime does by itself.
 */
#define FILES_SOFT 1024
#define FILES_HARD 524288

static void set_name(const char *name)
{
	struct utsname kernel = { 0 };
	int r;

	sys_uname(&kernel);
	if (!name && strcmp(kernel.nodename, "(none)") != 0)
		return;
	name = name ? name : "localhost";
	r = sys_sethostname(name, strlen(name));
	if (r < 0)
		log_line(LOG_LEVEL_WARN, "identity: set host name '%s': %s, going on without it", name, log_reason(r));
}

static void bring_up_loopback(void)
{
	struct ifreq interface = { .ifr_name = "lo" };
	int fd = sys_socket_inet(), r = fd;

	if (r >= 0)
		r = sys_get_flags(fd, &interface);
	if (r >= 0) {
		interface.ifr_flags |= IFF_UP;
		r = sys_set_flags(fd, &interface);
	}
	if (fd >= 0)
		sys_close(fd);
	if (r < 0) /* a kernel without networking has none */
		log_line(fd == -EAFNOSUPPORT ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN,
			 "identity: bring up 'lo': %s, going on without it", log_reason(r));
}

static void raise_limits(void)
{
	int r = sys_setrlimit(RLIMIT_NOFILE, FILES_SOFT, FILES_HARD);

	if (r < 0)
		log_line(LOG_LEVEL_WARN, "identity: raise limit on 'open files': %s, going on with the kernel's",
			 log_reason(r));
}

void identity_set(const struct config *config)
{
	set_name(config->hostname);
	bring_up_loopback();
	raise_limits();
}
