/* SPDX-License-Identifier: MIT */
/* What a program expects of any machine beside files: a name, a loopback interface, room for descriptors. */
#ifndef INIT_IDENTITY_H
#define INIT_IDENTITY_H

#include "config.h"

/*
 * Sets the host name (hostname=, "localhost" where neither the settings nor the kernel name one), brings the interface
 * lo up and raises the limit on open files. What cannot be had is logged and gone without.
 */
void identity_set(const struct config *config);

#endif
