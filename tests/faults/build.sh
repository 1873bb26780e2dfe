#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds into $O/faults: PID 1 with a seam that makes its system calls fail, a payload for it, and the driver. Needs
# what `make` leaves in $O.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${O:-build}
out=$build/faults
obj=$build/$(uname -m)/obj
mkdir -p "$out"

warnings=(-Wall -Wextra -Wshadow -Wconversion -Werror)
# Not optimized for size as the real one is, and without LTO: this one is built often. --wrap sees no call inside libc.
pid1=(-std=gnu11 -I. -DINIT_FAULTS -DINITGATE_RESCUE=1 '-DINITGATE_VERSION="test"' -O1 -idirafter "$obj/linux-headers"
	-I"$build/src/kmod/libkmod" "${warnings[@]}")
wrap=-Wl,--wrap=open,--wrap=write,--wrap=mount,--wrap=sync,--wrap=fstatfs,--wrap=poll,--wrap=clock_gettime
wrap+=,--wrap=clock_settime,--wrap=ioctl,--wrap=read

# build NAME COMMAND...: unless $out/NAME is newer than every source. COMMAND gets a -o; nothing half done stays.
build() {
	local binary=$out/$1
	shift
	[ ! -e "$binary" ] || [ -n "$(find init modules elfcheck tests/faults "$obj/libkmod.a" -maxdepth 1 \
		-newer "$binary" -name '*.[chdsa]*' -print -quit)" ] || return 0
	"$@" -o "$binary.new"
	mv "$binary.new" "$binary"
}

build init musl-gcc "${pid1[@]}" -static "$wrap" tests/faults/seam.c init/*.c modules/*.c elfcheck/*.c "$obj/libkmod.a"
build payload musl-gcc -static -s -Os tests/faults/payload.c
build drive gcc -std=gnu11 -O1 -g "${warnings[@]}" tests/faults/drive.c
