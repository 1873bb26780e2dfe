#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# fetch-programs.sh [NAME...]: Go programs as the distribution ships them, for tests and benchmarks; all by default.
# Unpacked into $O/programs/NAME, never installed. Does nothing for those that are there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/apt.sh
. "$here/lib/apt.sh"

# The programs of a package, in its usr/bin or usr/sbin.
declare -A packages=(
	[restic]=restic [gh]=gh [fzf]=fzf [prometheus-node-exporter]=prometheus-node-exporter [containerd]=containerd
	[runc]=runc [rclone]=rclone [hugo]=hugo [age]=age [age-keygen]=age [micro]=micro
)

build=${O:-$here/../build}
mkdir -p "$build/programs"
build=$(cd "$build" && pwd)
work=$(mktemp -d "$build/programs/.work.XXXXXX")
trap 'rm -rf "$work"' EXIT

# fetch NAME: leaves the program complete, or not at all.
fetch() {
	local name=$1 package=${packages[$1]:-} file
	[ -n "$package" ] || {
		echo "fetch-programs: find the package of '$name': not one of ${!packages[*]}, nothing fetched" >&2
		return 2
	}
	[ ! -e "$build/programs/$name" ] || return 0
	apt_private_setup "$build/apt/amd64" amd64
	if [ ! -d "$work/$package" ]; then
		echo "fetch-programs: $package" >&2
		mkdir "$work/$package"
		(cd "$work/$package" && apt_private_get download "$package" && dpkg-deb -x ./*.deb tree)
	fi
	file=$(find "$work/$package"/tree/usr/{bin,sbin} -type f -name "$name" 2>/dev/null || true)
	[ -n "$file" ] || {
		echo "fetch-programs: find '$name' in package '$package': not there, nothing unpacked" >&2
		return 1
	}
	mv "$file" "$build/programs/$name"
}

[ $# -gt 0 ] || set -- "${!packages[@]}"
for name; do
	fetch "$name"
done
