/* SPDX-License-Identifier: MIT */
/* Carries the payload's output to a port. */
#ifndef INIT_RELAY_H
#define INIT_RELAY_H

/*
 * Gives a descriptor, closed on exec, that the payload can write its output to; what it writes arrives at the
 * port `name` (see port.h) unchanged. It is a pipe, not the port, so that the payload sees no terminal and a
 * slow port does not outlive it: a child of ours copies, and ends when every writer has closed and all bytes
 * have left. Returns -errno when the port cannot be opened.
 */
int relay_open(const char *name);

#endif
