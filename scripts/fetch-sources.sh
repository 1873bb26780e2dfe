#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# fetch-sources.sh: the upstream sources that initgate links, from the distribution's source packages,
# checked against scripts/sources.sha256 and unpacked unpatched into $O/src/NAME. Does nothing when they
# are there. KMOD_SRC=DIR and MUSL_SRC=DIR use that tree instead.
#
# fetch-sources.sh [kmod|musl]...: those (kmod; musl is needed for other architectures than this machine's)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/apt.sh
. "$here/lib/apt.sh"

build=${O:-$here/../build}
mkdir -p "$build/src"
build=$(cd "$build" && pwd)

# fetch NAME OVERRIDE: leaves the tree in $build/src/NAME, and touches NAME.ready beside it when it is another one.
fetch() {
	local name=$1 override=$2 dest=$build/src/$1 pin sum tarball work
	if [ -n "$override" ]; then
		[ -d "$override" ] || {
			echo "fetch-sources: use '$override' for $name: not a directory, nothing built" >&2
			return 1
		}
		override=$(cd "$override" && pwd)
		[ "$(readlink "$dest" || true)" != "$override" ] || return 0
		rm -rf "$dest"
		ln -s "$override" "$dest"
		touch "$dest.ready"
		return
	fi
	pin=$(grep "  ${name}_" "$here/sources.sha256")
	sum=${pin%% *} tarball=${pin##* }
	if [ ! -L "$dest" ] && [ "$(cat "$dest/.sha256" 2>/dev/null)" = "$sum" ]; then
		return
	fi
	work=$(mktemp -d "$build/src/.$name.XXXXXX")
	apt_private_setup "$build/apt/$(dpkg --print-architecture)" "$(dpkg --print-architecture)"
	(cd "$work" && apt_private_get source --download-only "$name" >&2)
	[ -e "$work/$tarball" ] || {
		echo "fetch-sources: get '$tarball': the distribution now has $(basename "$work"/*.orig.tar.*)," \
			"not built; check it and change scripts/sources.sha256" >&2
		rm -rf "$work"
		return 1
	}
	echo "$sum  $work/$tarball" | sha256sum -c --quiet >&2
	mkdir "$work/tree"
	tar -xf "$work/$tarball" -C "$work/tree" --strip-components=1
	echo "$sum" >"$work/tree/.sha256"
	rm -rf "$dest"
	mv "$work/tree" "$dest"
	rm -rf "$work"
	touch "$dest.ready"
	echo "fetch-sources: ${tarball%.orig.tar.*} $sum" >&2
}

for name in "${@:-kmod}"; do
	case $name in
	kmod) fetch kmod "${KMOD_SRC:-}" ;;
	musl) fetch musl "${MUSL_SRC:-}" ;;
	esac
done
