#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# build.sh: builds the kernel modules of this directory for the kernel in $O/kernels/ARCH, with that kernel's packaged
# headers, which are unpacked into $O/headers and never installed. Prints a directory for --modules-dir: it holds all
# modules of the kernel and those, in extra/. A second run is short.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
# shellcheck source=scripts/lib/apt.sh
. "$root/scripts/lib/apt.sh"
export PATH=$PATH:/usr/sbin:/sbin

build=$(cd "${O:-$root/build}" && pwd)
# shellcheck source=scripts/lib/arch.sh
. "$root/scripts/lib/arch.sh"
arch_name "${ARCH:-$host_arch}"
# shellcheck source=scripts/arch/x86_64.sh
. "$root/scripts/arch/$arch.sh"
kernel=$build/kernels/$arch
version=$(cat "$kernel/version")
headers=$build/headers/$version
out=$build/kmods/$arch
kbuild_arch=${arch/riscv64/riscv}

# Their makefiles name each other by the path where the packages would put them. The programs of linux-kbuild run on this
# machine. Those of another release need its C library, so they come from the backports, built for this release out of
# the same series.
fetch_headers() {
	local work package packages kbuild backport suite='' host
	host=$(dpkg --print-architecture)
	mkdir -p "$build/headers"
	work=$(mktemp -d "$build/headers/.work.XXXXXX")
	apt_private_setup "$build/apt/${arch_kernel_suite:+$arch_kernel_suite-}$arch_debian" "$arch_debian" "$arch_kernel_suite"
	package=linux-headers-$version
	mapfile -t packages < <(apt_private_cache depends "$package" | sed -n 's/^ *Depends: \(linux-headers-.*\)/\1/p')
	kbuild=$(apt_private_cache depends "$package" | sed -n 's/^ *Depends: \(linux-kbuild-.*\)/\1/p')
	echo "kmods: $package ${packages[*]} $kbuild" >&2
	cd "$work"
	apt_private_get download "$package" "${packages[@]}"
	[ -z "$arch_kernel_suite" ] || suite=$(apt_release)-backports
	apt_private_setup "$build/apt/${suite:-$host}" "$host" "$suite"
	backport=$(apt_private_cache pkgnames "linux-kbuild-${version%.*}." | sort -V | tail -n 1)
	apt_private_get download "${backport:=$kbuild}"
	for deb in *.deb; do
		dpkg-deb -x "$deb" tree
	done
	[ "$backport" = "$kbuild" ] || mv "tree/usr/lib/$backport" "tree/usr/lib/$kbuild"
	cd - >/dev/null
	grep -rlI --include=Makefile /usr/src/ "$work"/tree/usr/src/*/ | xargs sed -i "s,/usr/src/,$headers/usr/src/,"
	mv "$work/tree" "$headers"
	rm -r "$work"
}

[ -d "$headers" ] || fetch_headers
key=$(cat "$here"/*.c "$here"/Kbuild "$here"/build.sh "$kernel/version" | sha256sum)
if [ "$(cat "$out/key" 2>/dev/null)" != "$key" ]; then
	rm -rf "$out"
	mkdir -p "$out/src"
	cp "$here"/*.c "$here"/Kbuild "$out/src"
	# One module needs a symbol that no kernel has, which is only a warning then.
	MAKEFLAGS='' make -s -C "$headers/usr/src/linux-headers-$version" ARCH="$kbuild_arch" CROSS_COMPILE="$arch_tools" \
		CC="${arch_tools}gcc" CONFIG_DEBUG_INFO_BTF_MODULES='' M="$out/src" KBUILD_MODPOST_WARN=1 modules >"$out/log" 2>&1 || {
		cat "$out/log" >&2
		exit 1
	}
	cp -al "$kernel/modules" "$out/modules"
	tree=$out/modules/lib/modules/$version
	rm "$tree"/modules.*.bin
	for index in modules.dep modules.alias modules.symbols modules.softdep modules.devname; do
		rm -f "$tree/$index" # hard links: depmod must not write into the kernel's own
	done
	mkdir "$tree/extra"
	cp "$out"/src/*.ko "$tree/extra"
	"${arch_tools}strip" --strip-debug "$tree"/extra/*.ko
	depmod -b "$out/modules" "$version" 2>>"$out/log"
	echo "$key" >"$out/key"
fi
echo "$out/modules"
