/* SPDX-License-Identifier: MIT */
/*
 * Writes to both outputs and exits with 7. With an argument it asks for the end of the machine and waits: with "end"
 * for a restart, with "stay" as one that ignores what it is sent.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static const char output[] = "output of the payload\n", error[] = "its error\n";

	if (write(1, output, sizeof(output) - 1) < 0 || write(2, error, sizeof(error) - 1) < 0)
		return 8;
	if (argc == 2 && strcmp(argv[1], "end") == 0) {
		kill(1, SIGINT);
		for (;;)
			pause();
	}
	if (argc == 2 && strcmp(argv[1], "stay") == 0) {
		signal(SIGTERM, SIG_IGN);
		kill(1, SIGTERM);
		for (;;)
			pause();
	}
	return 7;
}
