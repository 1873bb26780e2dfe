#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# fetch-busybox.sh ARCH: the distribution's static busybox for that architecture, as $O/busybox/ARCH/busybox; nothing is installed.
# mkinitramfs.sh --busybox takes it. Does nothing when it is there. It comes from the same release as the kernel.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/apt.sh
. "$here/lib/apt.sh"

arch=${1:?usage: fetch-busybox.sh ARCH}
build=${O:-$here/../build}
[ -e "$here/arch/$arch.sh" ] || {
	echo "fetch-busybox: choose a package for '$arch': not a supported architecture, nothing fetched" >&2
	exit 2
}
# shellcheck source=scripts/arch/x86_64.sh
. "$here/arch/$arch.sh"
[ ! -e "$build/busybox/$arch/busybox" ] || exit 0
mkdir -p "$build/busybox/$arch"
build=$(cd "$build" && pwd)
work=$(mktemp -d "$build/busybox/.$arch.XXXXXX")
trap 'rm -rf "$work"' EXIT

apt_private_setup "$build/apt/${arch_kernel_suite:+$arch_kernel_suite-}$arch_debian" "$arch_debian" "$arch_kernel_suite"
(cd "$work" && apt_private_get download busybox-static && dpkg-deb -x ./*.deb .)
found=$(find "$work" -type f -name busybox -perm -100 -path '*/bin/*')
mv "${found:?}" "$build/busybox/$arch/"
