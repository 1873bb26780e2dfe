/* SPDX-License-Identifier: MIT */
/* The hardware that restarts a machine which nobody answers for. */
#ifndef INIT_WATCHDOG_H
#define INIT_WATCHDOG_H

#include "config.h"

/*
 * Opens the device that the settings name (watchdog=), if it is not open yet; from then on it must be pinged. Without
 * the device the boot goes on; a module may bring it, so there may be a second call, the last one with
 * log_absence.
 */
void watchdog_open(const struct config *config, bool log_absence);

/* Pings if it is time. Returns the milliseconds until the next ping is due; -1: there is no watchdog. */
int watchdog_ping(void);

/* Stops it, unless the driver cannot be stopped (nowayout), so that a machine that was halted stays so. */
void watchdog_stop(void);

#endif
