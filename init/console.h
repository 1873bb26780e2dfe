/* SPDX-License-Identifier: MIT */
/* File descriptors 0, 1 and 2. */
#ifndef INIT_CONSOLE_H
#define INIT_CONSOLE_H

/*
 * Makes sure that 0, 1 and 2 are open, before anything else may be opened: /dev/console if it can be,
 * else /dev/null, made if need be, else the reading end of a pipe without a writer. A Go program exits at once when one of
 * them is closed (runtime/fds_unix.go). Cannot fail; what it had to fall back on is logged.
 */
void console_guard(void);

/*
 * Again, when /dev holds devices: puts /dev/console onto 0, 1 and 2 if the first try did not get one.
 */
void console_attach(void);

#endif
