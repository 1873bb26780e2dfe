/* SPDX-License-Identifier: MIT */
/* Owns the rescue shell: unverified, of the image's own /bin/sh, on the console. */
#include "rescue.h"
#include "launch.h"
#include "log.h"
#include "supervise.h"
#include "sys.h"

#define SHELL "/bin/sh"

void rescue_shell(int signals)
{
	static char *argv[] = { (char *)"sh", NULL };
	static char *env[] = { (char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			       (char *)"HOME=/", (char *)"TERM=linux", NULL };
	struct launch launch = { .path = SHELL, .cwd = "/", .argv = argv, .env = env };
	pid_t pid;

	launch.fd = sys_open(SHELL, O_RDONLY);
	if (launch.fd < 0) {
		log_line(LOG_LEVEL_ERR, "rescue: open '%s': %s, no shell", SHELL, log_reason(launch.fd));
		return;
	}
	log_line(LOG_LEVEL_ERR, "rescue: starting '%s' on the console; the machine ends when it does", SHELL);
	if (launch_connect(&launch) < 0)
		return;
	pid = launch_child(&launch);
	if (pid > 0)
		supervise_payload(pid, SHELL, signals);
	sys_close(launch.fd);
}
