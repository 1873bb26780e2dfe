/* SPDX-License-Identifier: MIT */
/* What the devices of this machine ask for. */
#ifndef MODULES_COLDPLUG_H
#define MODULES_COLDPLUG_H

#include <stdbool.h>

/* Called with each alias (MODALIAS) once. */
typedef void coldplug_alias(const char *alias);

/*
 * Goes through the devices that the kernel knows and that disks hang on. What comes later comes as an event: subscribe first
 * (uevent.h).
 */
void coldplug_disks(coldplug_alias *add);

/* Looks at one more of all devices; false when there is none left. */
bool coldplug_next(coldplug_alias *add);

/* Takes the events that wait. When some were lost, goes through all devices once more. */
void coldplug_events(int events, coldplug_alias *add);

#endif
