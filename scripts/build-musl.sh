#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# build-musl.sh ARCH TOOLS: musl for another architecture, from the distribution's source package and with its cross
# compiler, whose commands begin with TOOLS (aarch64-linux-gnu-). Leaves $O/musl/ARCH/bin/musl-gcc, a compiler as
# musl-tools has it for this machine's own architecture. Does nothing when it is there and the source is the same.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
arch=${1:?usage: build-musl.sh ARCH TOOLS} tools=${2:?usage: build-musl.sh ARCH TOOLS}
build=${O:-$here/../build}
mkdir -p "$build/musl"
build=$(cd "$build" && pwd)

"$here/fetch-sources.sh" musl
dest=$build/musl/$arch
[ ! "$dest/bin/musl-gcc" -nt "$build/src/musl.ready" ] || exit 0
echo "build-musl: $arch" >&2
work=$(mktemp -d "$build/musl/.$arch.XXXXXX")
trap 'rm -rf "$work"' EXIT
fail() {
	tail -n 20 "$work/log" >&2
	echo "build-musl: build 'musl' for $arch: see above, nothing built" >&2
	exit 1
}
rm -rf "$dest"
unset ARCH O MAKEFLAGS MAKEOVERRIDES # those of a make that called this mean something else to musl's
(cd "$work" && "$build/src/musl/configure" --target="${tools%-}" CROSS_COMPILE="$tools" --prefix="$dest" --disable-shared \
	--enable-wrapper=gcc && make -s -j"$(nproc)" && make -s install) >"$work/log" 2>&1 || fail
touch "$dest/bin/musl-gcc"
