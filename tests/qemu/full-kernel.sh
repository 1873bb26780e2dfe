#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# full-kernel.sh: a kernel with the drivers of real machines (AHCI, USB, 9p) whose modules are compressed and which can
# decompress them: that of the next release of the distribution, unpacked into $O/full-kernel and never installed.
# Prints that directory; it is as fetch-kernel.sh makes them. Does nothing when it is there. For riscv64 the one that
# fetch-kernel.sh brings is such a kernel; of arm none is booted.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)

build=$(cd "${O:-$root/build}" && pwd)
case ${ARCH:-} in
riscv64) echo "$build/kernels/riscv64" ;;
arm*) ;;
*) "$root/scripts/fetch-kernel.sh" x86_64 trixie linux-image-amd64 full-kernel && echo "$build/full-kernel" ;;
esac
