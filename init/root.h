/* SPDX-License-Identifier: MIT */
/* The root file system that the settings name (root=). */
#ifndef INIT_ROOT_H
#define INIT_ROOT_H

#include "config.h"
#include "devices.h"

/*
 * Finds the device, waits for it, maps it through dm-verity (roothash=), mounts it, with a writable layer in memory
 * (overlay=tmpfs) on top, and makes it the root. load() brings a module by name or alias and returns -ENOENT when there
 * is none; settle() waits for those that are on their way, whose files the switch deletes. Without root= nothing happens. Returns 0, or -errno after logging.
 */
int root_enter(const struct config *config, const struct devices *devices, int (*load)(const char *name),
	       int (*settle)(void));

#endif
