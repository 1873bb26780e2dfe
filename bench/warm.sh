#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# warm.sh [N]: what the whole command costs, cold and warm, alternately: the median of N on the clock and in CPU time of
# all its processes, on this machine's own architecture or that of ARCH. `chrt -f 10 bench/warm.sh`, as root, says what a
# machine with nothing else to do would say.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=${O:-$here/build}
n=${1:-10}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

median() {
	sort -n | awk '{ v[NR] = $1 } END { printf "%.3f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# measure NAME COMMAND...: seconds on the clock and of CPU time, a line each time.
measure() {
	local name=$1 TIMEFORMAT='%R %U %S'
	shift
	{ time "$@" >/dev/null 2>"$work/errors"; } 2>"$work/time"
	awk '{ print $1 }' "$work/time" >>"$work/$name.wall"
	awk '{ print $2 + $3 }' "$work/time" >>"$work/$name.cpu"
}

# shellcheck source=scripts/lib/arch.sh
. "$here/scripts/lib/arch.sh"
arch_name "${ARCH:-$host_arch}"
payload=$build/payloads/hello
[ "$arch" = "$host_arch" ] || payload=$build/payloads/$arch/hello
export ARCH=$arch
"$here/tests/payloads/build.sh"
"$here/scripts/boot.sh" --warm --json "$work/json" "$payload" >/dev/null
jq -e .warm "$work/json" >/dev/null
for ((i = 0; i < n; i++)); do
	measure cold "$here/scripts/boot.sh" "$payload"
	measure warm "$here/scripts/boot.sh" --warm "$payload"
done
for name in cold warm; do
	echo "$name: $(median <"$work/$name.wall") s on the clock, $(median <"$work/$name.cpu") s of CPU time," \
		"median of $n (clock: min $(sort -n "$work/$name.wall" | head -n 1), max $(sort -n "$work/$name.wall" | tail -n 1))"
done
