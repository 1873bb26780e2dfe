/* SPDX-License-Identifier: MIT */
/* Was it the kernel, short of memory, that killed a process? */
#ifndef INIT_OOM_H
#define INIT_OOM_H

#include <stdbool.h>
#include <sys/types.h>

/* From now on what the kernel logs is looked at. Without /dev/kmsg nothing is known. */
void oom_watch(void);

/* True when the kernel has logged, since oom_watch(), that it killed this process for want of memory. */
bool oom_killed(pid_t pid);

#endif
