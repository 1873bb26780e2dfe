#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# fetch-package.sh SUITE PACKAGE...: packages of another suite of the distribution's archive (bookworm-backports, trixie),
# without what they depend on, unpacked together into $O/packages/SUITE and never installed. Prints that directory.
# Downloads nothing when they are there. Callers may run side by side.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/apt.sh
. "$here/lib/apt.sh"

[ $# -ge 2 ] || {
	echo "usage: fetch-package.sh SUITE PACKAGE..." >&2
	exit 2
}
suite=$1
shift
tree=${O:-$here/../build}/packages/$suite
mkdir -p "$tree/.fetched"
tree=$(cd "$tree" && pwd)

missing() {
	local package
	for package; do
		[ -e "$tree/.fetched/$package" ] || echo "$package"
	done
}

exec {lock}>"$tree/.lock"
flock "$lock"
mapfile -t packages < <(missing "$@")
if [ ${#packages[@]} -gt 0 ]; then
	echo "fetch-package: ${packages[*]} of $suite" >&2
	lists=$tree/../../apt/$suite
	rm -f "$lists/ready" # an old list names files that are gone
	apt_private_setup "$lists" "$(dpkg --print-architecture)" "$suite"
	work=$(mktemp -d "$tree/.work.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	(cd "$work" && apt_private_get download "${packages[@]}")
	for deb in "$work"/*.deb; do
		dpkg-deb -x "$deb" "$tree"
	done
	(cd "$tree/.fetched" && touch "${packages[@]}")
fi
echo "$tree"
