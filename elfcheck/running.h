/* SPDX-License-Identifier: MIT */
/* The machine that is running, as a target for the checker. Not part of the pure library. */
#ifndef ELFCHECK_RUNNING_H
#define ELFCHECK_RUNNING_H

#include "elfcheck.h"

/*
 * Fills in machine, kernel, kernel features and CPU level of this machine; what cannot be found out stays zero. Needs
 * /proc for compat32. Makes and closes some file descriptors. Cannot fail.
 */
void elfcheck_running(struct elfcheck_target *ret_target);

/* "6.1.0-43-amd64" as struct elfcheck_target wants it, 0 when it is no version. */
uint32_t elfcheck_kernel_version(const char *release);

/* For the target's has_path: is there such a path below this process' root? */
bool elfcheck_running_has_path(void *ctx, const char *path, size_t len, bool program);

#endif
