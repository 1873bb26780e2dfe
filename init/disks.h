/* SPDX-License-Identifier: MIT */
/* The block devices of this machine, and what is on them. */
#ifndef INIT_DISKS_H
#define INIT_DISKS_H

#include "blockid.h"

#include <stdbool.h>

/* A name of the forms UUID= LABEL= PARTUUID= PARTLABEL= or a path. */
bool disks_is_name(const char *name);

/*
 * Finds the device that has this name, now. Writes its path, /dev/NAME, and returns true; false when there is none yet.
 * Reads the devices, but no tape, no loop device and nothing without a medium.
 */
bool disks_find(const char *name, char *path, size_t size);

/* What is on the device. Returns 0 or -errno as blockid_probe() does, or of opening it. */
int disks_probe(const char *path, struct blockid *ret);

#endif
