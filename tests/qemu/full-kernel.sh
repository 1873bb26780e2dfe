#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# full-kernel.sh: a kernel with the drivers of real machines (AHCI, USB, 9p) whose modules are compressed and which can
# decompress them: that of the next release of the distribution, unpacked into $O/full-kernel and never installed.
# Prints that directory; it is as fetch-kernel.sh makes them. Does nothing when it is there.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=scripts/lib/apt.sh
. "$root/scripts/lib/apt.sh"
export PATH=$PATH:/usr/sbin:/sbin

suite=trixie
build=$(cd "${O:-$root/build}" && pwd)
dest=$build/full-kernel
if [ ! -e "$dest/version" ]; then
	apt_private_setup "$build/apt/$suite-amd64" amd64 "$suite"
	package=$(apt_private_cache depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-[^ ]*\).*/\1/p' | head -n 1)
	echo "full-kernel: $package of $suite" >&2
	work=$(mktemp -d "$build/.full-kernel.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	(cd "$work" && apt_private_get download "$package" && dpkg-deb -x ./*.deb tree)
	version=$(basename "$work"/tree/boot/vmlinuz-* | sed 's/^vmlinuz-//')
	mkdir -p "$work/out/modules/lib"
	mv "$work/tree/boot/vmlinuz-$version" "$work/out/vmlinuz"
	mv "$work/tree/boot/config-$version" "$work/out/config"
	mv "$work/tree/usr/lib/modules" "$work/out/modules/lib/modules"
	depmod -b "$work/out/modules" "$version"
	echo "$version" >"$work/out/version"
	rm -rf "$dest"
	mv "$work/out" "$dest"
fi
echo "$dest"
