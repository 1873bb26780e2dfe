/* SPDX-License-Identifier: MIT */
/*
 * Owns reading the kernel's log. "Killed process PID" is what the kernel writes for its own want of memory and for
 * that of a cgroup (__oom_kill_process() in mm/oom_kill.c). One record per read(2), EPIPE where some were overwritten
 * (Documentation/ABI/testing/dev-kmsg).
 */
#include "oom.h"
#include "sys.h"

#include <stdio.h>
#include <string.h>

static int kmsg; /* 0: not open */

void oom_watch(void)
{
	if (kmsg <= 0)
		kmsg = sys_open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (kmsg > 0)
		sys_lseek(kmsg, 0, SEEK_END);
}

bool oom_killed(pid_t pid)
{
	char record[1024], killed[48];
	bool found = false;
	ssize_t n;

	if (kmsg <= 0)
		return false;
	snprintf(killed, sizeof(killed), "Killed process %d ", pid);
	while ((n = sys_read(kmsg, record, sizeof(record) - 1)) > 0 || n == -EPIPE || n == -EINTR) {
		record[n > 0 ? n : 0] = '\0';
		found |= strstr(record, killed) != NULL;
	}
	return found;
}
