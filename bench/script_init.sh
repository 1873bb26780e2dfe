#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: MIT
#
# What count.sh and boot.sh compare init with: bare_init.c as a script for busybox.
busybox mount -t devtmpfs -o mode=0755 devtmpfs /dev
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mkdir -p /dev/pts /dev/shm /run /tmp
busybox mount -t devpts -o mode=0620,gid=5,ptmxmode=0666 devpts /dev/pts
busybox mount -t tmpfs -o mode=1777 tmpfs /dev/shm
busybox mount -t tmpfs -o mode=0755 tmpfs /run
busybox mount -t tmpfs -o mode=1777 tmpfs /tmp
busybox mount -t cgroup2 -o nsdelegate cgroup2 /sys/fs/cgroup
busybox mount -t debugfs -o mode=0700 debugfs /sys/kernel/debug
busybox mount -t tracefs -o mode=0700 tracefs /sys/kernel/tracing
busybox mount -t securityfs securityfs /sys/kernel/security
busybox mount -t configfs configfs /sys/kernel/config
busybox mount -t bpf -o mode=0700 bpf /sys/fs/bpf
busybox mount -t pstore pstore /sys/fs/pstore
exec "$@"
