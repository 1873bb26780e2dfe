/* SPDX-License-Identifier: MIT */
/* Devices through which bytes leave this machine unchanged. */
#ifndef INIT_PORT_H
#define INIT_PORT_H

/*
 * Opens a device for writing, or with O_RDWR as flags for both, without blocking. `name` is a path, or vport:NAME for the virtio-serial port that
 * the host gave this name. A terminal (a UART) is made to pass every byte as it is. Returns a descriptor, closed
 * on exec, or -errno.
 */
int port_open(const char *name, int flags);

#endif
