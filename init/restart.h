/* SPDX-License-Identifier: MIT */
/* Whether and when a payload that ended runs again. Pure. */
#ifndef INIT_RESTART_H
#define INIT_RESTART_H

#include "config.h"
#include "outcome.h"

#include <stdbool.h>

/* A run of this length was a healthy one: the count of failures begins anew. */
#define RESTART_HEALTHY_US 10000000LL
#define RESTART_DELAY_MAX_MS 60000

/* True when the settings may want more than one run. */
bool restart_is_possible(const struct config *config);

#define RESTART_NO (-1)      /* the settings want no further run */
#define RESTART_GIVE_UP (-2) /* they do, but it ended too often in a row */

/*
 * The payload ended like this after ran_us microseconds; *in_a_row (0 at first) counts the restarts since its last
 * healthy run. Returns the milliseconds to wait before the next run, doubled with each in a row, or one of the above.
 */
int restart_after(const struct config *config, struct outcome outcome, long long ran_us, int *in_a_row);

#endif
