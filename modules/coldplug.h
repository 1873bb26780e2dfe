/* SPDX-License-Identifier: MIT */
/* What the devices of this machine ask for. */
#ifndef MODULES_COLDPLUG_H
#define MODULES_COLDPLUG_H

/* Called with each alias (MODALIAS) once. */
typedef void coldplug_alias(const char *alias);

/*
 * Goes through the devices that the kernel knows: first those that disks hang on, then disks_told() unless it is NULL, then
 * all others. What comes later comes as an event: subscribe first (uevent.h).
 */
void coldplug_walk(coldplug_alias *add, void (*disks_told)(void));

/* Takes the events that wait. When some were lost, goes through all devices once more. */
void coldplug_events(int events, coldplug_alias *add);

#endif
