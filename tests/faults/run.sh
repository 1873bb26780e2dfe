#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Makes every system call of PID 1 fail, one at a time, with each errno that it can have. Prints TAP. V=1 also names the
# runs that took long.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${O:-$here/../../build}/faults
if [ "$(id -u)" != 0 ]; then
	echo '1..1'
	echo 'ok 1 faults # skip namespaces and mounts need root'
	exit 0
fi
"$here/build.sh"
exec "$out/drive" "$out/init" "$out/payload" "$out/roots"
