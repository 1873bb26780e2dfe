#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# fetch-kernel.sh ARCH [SUITE PACKAGE DIR]: a kernel of the distribution and its modules, unpacked into
# $O/kernels/ARCH, never installed:
#   vmlinuz  config  version  modules/lib/modules/VERSION/
# or, with three more words, the kernel that the metapackage PACKAGE of SUITE stands for, into $O/DIR.
# Does nothing when they are there. Bring your own instead with KERNEL= and MODULES= (see README).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/apt.sh
. "$here/lib/apt.sh"
export PATH=$PATH:/usr/sbin:/sbin

arch=${1:?usage: fetch-kernel.sh ARCH [SUITE PACKAGE DIR]}
build=${O:-$here/../build}
[ -e "$here/arch/$arch.sh" ] || {
	echo "fetch-kernel: choose a package for '$arch': not a supported architecture, nothing fetched" >&2
	exit 2
}
# shellcheck source=scripts/arch/x86_64.sh
. "$here/arch/$arch.sh"
suite=${2:-$arch_kernel_suite} metapackage=${3:-$arch_kernel_package}

mkdir -p "$build"
build=$(cd "$build" && pwd)
dest=$build/${4:-kernels/$arch}
[ ! -e "$dest/version" ] || exit 0
mkdir -p "$(dirname "$dest")"
work=$(mktemp -d "$build/.kernel-$arch.XXXXXX")
trap 'rm -rf "$work"' EXIT

apt_private_setup "$build/apt/${suite:+$suite-}$arch_debian" "$arch_debian" "$suite"
package=$(apt_private_cache depends "$metapackage" | sed -n 's/^ *Depends: \(linux-image-[^ ]*\).*/\1/p' | head -n 1)
[ -n "$package" ] || {
	echo "fetch-kernel: resolve '$metapackage': it names no kernel package, nothing fetched" >&2
	exit 1
}
echo "fetch-kernel: $package" >&2
(cd "$work" && apt_private_get download "$package" && dpkg-deb -x ./*.deb tree && rm ./*.deb)

version=$(basename "$work"/tree/boot/config-* | sed 's/^config-//')
modules=$work/tree/usr/lib/modules
[ -d "$modules" ] || modules=$work/tree/lib/modules
mkdir -p "$work/out/modules/lib"
mv "$work"/tree/boot/vmlinu[xz]-"$version" "$work/out/vmlinuz"
mv "$work/tree/boot/config-$version" "$work/out/config"
mv "$modules" "$work/out/modules/lib/modules"
depmod -b "$work/out/modules" "$version"
echo "$version" >"$work/out/version"
rm -rf "$dest"
mv "$work/out" "$dest"
