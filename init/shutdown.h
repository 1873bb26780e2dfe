/* SPDX-License-Identifier: MIT */
/* The end of the boot. */
#ifndef INIT_SHUTDOWN_H
#define INIT_SHUTDOWN_H

#include "config.h"

#include <stdbool.h>

/*
 * Ends every other process: SIGTERM, time to end, SIGKILL. Returns when none is left, or they cannot be ended.
 */
void shutdown_processes(int signals);

/*
 * Flushes output and disks, each with a deadline, and ends the machine. with_root: the root is no longer the initramfs,
 * and made read-only at the end. Never returns.
 */
_Noreturn void shutdown_machine(enum config_end end, bool with_root);

#endif
