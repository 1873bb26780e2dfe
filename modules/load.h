/* SPDX-License-Identifier: MIT */
/* Loads kernel modules, each in a child of its own, so that one that sleeps or hangs holds up nobody else. */
#ifndef MODULES_LOAD_H
#define MODULES_LOAD_H

#include "init/config.h"

/*
 * Called for each module right before it is handed to the kernel ("loading"), and when that is over or it was found there:
 * "loaded", "present" (loaded before, or built into the kernel), "failed". took_us counts microseconds.
 */
typedef void modules_seen(const char *name, const char *result, long long took_us);

/*
 * Loads what the settings name (modules=) and, with autoload=yes, what the devices of the machine ask for, with all
 * they need, out of /lib/modules of the running kernel. signals and events are the descriptors of signals.h and
 * uevent.h; what events ask for meanwhile is loaded as well. Returns when all that are named are there, or at the deadline
 * (modules_timeout=), while others may be on their way: 0, or -errno of the first named one that failed, after logging
 * each. Needs /proc and /sys.
 */
int modules_load(const struct config *config, int signals, int events, modules_seen *seen);

/*
 * Goes on with what was begun: takes the events that wait, loads what they ask for (autoload=yes), notices what has
 * been loaded. Does not wait. For whoever waits for devices.
 */
void modules_go_on(void);

/*
 * Looks at some of the devices that nobody has looked at so far, and begins to load what they ask for. Returns false when
 * there was none left. For whoever waits, too: what no disk hangs on has time until then.
 */
bool modules_look_on(void);

/* Waits until nothing is left to load, or the deadline. What was not named may fail. Returns 0. */
int modules_settle(void);

/* Gives back the memory of the indexes: nothing more will be loaded. */
void modules_close(void);

/*
 * Loads one more, with all it needs, and waits for it, as modules_load() does. Returns 0, -ENOENT when there is none of
 * this name or alias (not logged), or -errno after logging.
 */
int modules_load_also(const char *name);

#endif
