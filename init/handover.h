/* SPDX-License-Identifier: MIT */
/* What a full init wants to know of the time before it. */
#ifndef INIT_HANDOVER_H
#define INIT_HANDOVER_H

/* Notes when this init began, by both clocks. */
void handover_begin(void);

/*
 * Where `path`, links resolved, is systemd: writes the argument that gives it the time at which we began, so that
 * systemd-analyze(1) knows the initramfs, and returns the descriptor that the argument names, which stays open over
 * execve(2). Otherwise, or where that cannot be had, -errno; the init starts without it.
 */
int handover_open(const char *path, char *argument, int size);

#endif
