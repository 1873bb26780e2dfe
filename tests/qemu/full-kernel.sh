#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# full-kernel.sh: a kernel with the drivers of real machines (AHCI, USB, 9p) whose modules are compressed and which can
# decompress them: that of the next release of the distribution, unpacked into $O/full-kernel and never installed.
# Prints that directory; it is as fetch-kernel.sh makes them. Does nothing when it is there.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)

"$root/scripts/fetch-kernel.sh" x86_64 trixie linux-image-amd64 full-kernel
(cd "${O:-$root/build}/full-kernel" && pwd)
