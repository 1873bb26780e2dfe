/* SPDX-License-Identifier: MIT */
/* Inits that end wrongly, to try the harness on: compiled with -DHOW=exit|off|hang|lie and -DRESULT, its port. */
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

enum { exit_at_once, off, hang, lie };

int main(void)
{
	static const char line[] = "{\"event\":\"done\",\"nonce\":\"0000\",\"outcome\":\"exited\",\"exit\":0}\n";

	if (HOW == exit_at_once)
		return 0;
	if (HOW == lie) {
		mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
		if (write(open(RESULT, O_WRONLY | O_NOCTTY), line, strlen(line)) < 0)
			return 1;
		sleep(1); /* the UART has no event for "all has left" without a terminal set up */
	}
	if (HOW == off || HOW == lie)
		reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}
