#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# make-deb.sh VERSION: Debian packages of this tree, source and binary, in $O/deb. The package is built from a copy of the
# files that git knows, with libkmod's source beside them (the one that fetch-sources.sh got, or KMOD_SRC), so that the
# build itself downloads nothing and the source package holds all that the licences ask for. Who passes packages on is
# their maintainer: DEBFULLNAME and DEBEMAIL.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
version=${1:?usage: make-deb.sh VERSION}
build=${O:-build}
mkdir -p "$build/deb"
build=$(cd "$build" && pwd)
out=$build/deb
tree=$out/initgate-$version

fail() {
	echo "deb: $1 '$2': $3, no package built" >&2
	exit 1
}

head -n 1 packaging/debian/changelog | grep -qF "($version)" ||
	fail read packaging/debian/changelog "its first version is not $version"
[ -e "$build/src/kmod/libkmod" ] || fail read "$build/src/kmod" 'no such source (scripts/fetch-sources.sh gets it)'
find "$out" -mindepth 1 -delete
mkdir -p "$tree"
git ls-files -z >"$out/files" || fail list . 'not a git checkout'
# Before their commit, some are new and some are gone.
tar -c --null --files-from="$out/files" --ignore-failed-read 2>/dev/null | tar -x -C "$tree"
rm "$out/files"
mkdir "$tree/kmod"
cp -r "$build/src/kmod/." "$tree/kmod"
rm -rf "$tree/kmod/testsuite" "$tree/kmod/.git" "$tree/kmod/.sha256" # the first has modules in binary form
cp -r packaging/debian "$tree/debian"
[ -z "${DEBEMAIL:-}" ] || sed -i "s/^Maintainer: .*/Maintainer: ${DEBFULLNAME:-$DEBEMAIL} <$DEBEMAIL>/" "$tree/debian/control"
cd "$tree"
# What this make was told is nothing of the package's.
env -u O -u MAKEFLAGS -u MAKEOVERRIDES -u MFLAGS -u MAKELEVEL -u KERNEL -u MODULES -u ARCH -u KMOD_SRC \
	dpkg-buildpackage -us -uc >"$out/log" 2>&1 || { tail -n 30 "$out/log" >&2 && fail run dpkg-buildpackage "see $out/log"; }
cd "$out"
rm -rf "$tree"
ls -- *.deb *.dsc
