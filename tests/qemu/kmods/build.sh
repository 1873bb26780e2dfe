#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# build.sh: builds the kernel modules of this directory for the kernel in $O/kernels/x86_64, with that kernel's packaged
# headers, which are unpacked into $O/headers and never installed. Prints a directory for --modules-dir: it holds all
# modules of the kernel and those, in extra/. A second run is short.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
# shellcheck source=scripts/lib/apt.sh
. "$root/scripts/lib/apt.sh"
export PATH=$PATH:/usr/sbin:/sbin

build=$(cd "${O:-$root/build}" && pwd)
kernel=$build/kernels/x86_64
version=$(cat "$kernel/version")
headers=$build/headers/$version
out=$build/kmods

# Their makefiles name each other by the path where the packages would put them.
fetch_headers() {
	local work package packages
	mkdir -p "$build/headers"
	work=$(mktemp -d "$build/headers/.work.XXXXXX")
	apt_private_setup "$build/apt/amd64" amd64
	package=linux-headers-$version
	mapfile -t packages < <(apt_private_cache depends "$package" |
		sed -n 's/^ *Depends: \(linux-headers-.*\|linux-kbuild-.*\)/\1/p')
	echo "kmods: $package ${packages[*]}" >&2
	(cd "$work" && apt_private_get download "$package" "${packages[@]}" && for deb in *.deb; do
		dpkg-deb -x "$deb" tree
	done)
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
	make -s -C "$headers/usr/src/linux-headers-$version" M="$out/src" KBUILD_MODPOST_WARN=1 modules >"$out/log" 2>&1 || {
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
	strip --strip-debug "$tree"/extra/*.ko
	depmod -b "$out/modules" "$version" 2>>"$out/log"
	echo "$key" >"$out/key"
fi
echo "$out/modules"
