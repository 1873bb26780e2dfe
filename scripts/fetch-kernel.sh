#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# fetch-kernel.sh ARCH: the distribution's cloud kernel and its modules, unpacked into
# $O/kernels/ARCH, never installed:
#   vmlinuz  config  version  modules/lib/modules/VERSION/
# Does nothing when they are there. Bring your own instead with KERNEL= and MODULES= (see README).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/apt.sh
. "$here/lib/apt.sh"

arch=${1:?usage: fetch-kernel.sh ARCH}
build=${O:-$here/../build}
case $arch in
x86_64) debian_arch=amd64 metapackage=linux-image-cloud-amd64 ;;
*)
	echo "fetch-kernel: choose a package for '$arch': not a supported architecture, nothing fetched" >&2
	exit 2
	;;
esac

dest=$build/kernels/$arch
[ ! -e "$dest/version" ] || exit 0
mkdir -p "$build/kernels"
build=$(cd "$build" && pwd)
dest=$build/kernels/$arch
work=$(mktemp -d "$build/kernels/.$arch.XXXXXX")
trap 'rm -rf "$work"' EXIT

apt_private_setup "$build/apt/$debian_arch" "$debian_arch"
package=$(apt_private_cache depends "$metapackage" | sed -n 's/^ *Depends: \(linux-image-[^ ]*\).*/\1/p' | head -n 1)
[ -n "$package" ] || {
	echo "fetch-kernel: resolve '$metapackage': it names no kernel package, nothing fetched" >&2
	exit 1
}
echo "fetch-kernel: $package" >&2
(cd "$work" && apt_private_get download "$package" && dpkg-deb -x ./*.deb tree && rm ./*.deb)

version=$(basename "$work"/tree/boot/vmlinuz-* | sed 's/^vmlinuz-//')
modules=$work/tree/usr/lib/modules
[ -d "$modules" ] || modules=$work/tree/lib/modules
mkdir -p "$work/out/modules/lib"
mv "$work/tree/boot/vmlinuz-$version" "$work/out/vmlinuz"
mv "$work/tree/boot/config-$version" "$work/out/config"
mv "$modules" "$work/out/modules/lib/modules"
depmod -b "$work/out/modules" "$version"
echo "$version" >"$work/out/version"
rm -rf "$dest"
mv "$work/out" "$dest"
