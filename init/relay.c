/* SPDX-License-Identifier: MIT */
/*
 * Owns the copying children. They keep all signals blocked, so that the SIGTERM of a shutdown does not cut off
 * the last output; they end by themselves at the end of the pipe.
 */
#include "relay.h"
#include "port.h"
#include "sys.h"
#include "util.h"

/* Once the port fails, what comes is read and dropped: the payload must not stall or die of SIGPIPE for it. */
static _Noreturn void copy(int from, int port)
{
	static char buffer[16 * 1024];
	bool broken = false;
	ssize_t n;

	while ((n = sys_read(from, buffer, sizeof(buffer))) != 0) {
		if (n < 0 && n != -EINTR)
			break;
		if (n > 0 && !broken)
			broken = util_write_all(port, buffer, (size_t)n) < 0;
	}
	if (!broken)
		sys_tcdrain(port);
	_exit(0);
}

int relay_open(const char *name)
{
	CLEANUP_FD int port = port_open(name, O_WRONLY);
	int ends[2], r;
	pid_t pid;

	if (port < 0)
		return port;
	r = sys_blocking(port);
	if (r < 0)
		return r;
	r = sys_pipe(ends);
	if (r < 0)
		return r;
	pid = sys_fork();
	if (pid == 0) {
		sys_close(ends[1]);
		copy(ends[0], port);
	}
	sys_close(ends[0]);
	if (pid > 0)
		return ends[1];
	sys_close(ends[1]);
	return pid;
}
