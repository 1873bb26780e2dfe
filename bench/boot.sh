#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# boot.sh [N]: the median cost of a whole boot of hello, in QEMU's CPU time, as the clock on a shared machine says
# little; and of its stages, in the guest's time. In the same run, for comparison: the same payload as /init itself,
# with nothing in front of it, which is what the kernel alone costs.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=${O:-$here/build}
n=${1:-10}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

median() {
	sort -n | awk '{ v[NR] = $1 } END { printf "%.0f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

"$here/tests/payloads/build.sh"
"$here/scripts/mkinitramfs.sh" -o "$work/image" "$build/payloads/hello"
"$here/scripts/mkinitramfs.sh" -o "$work/bare" --init "$build/payloads/hello" "$build/payloads/hello"
for ((i = 0; i < n; i++)); do
	"$here/scripts/boot.sh" --initrd "$work/image" --json "$work/$i.json" >/dev/null
	# It ends in a panic, as the payload returns: that is what PID 1 is for. Cost is all that is asked here.
	"$here/scripts/boot.sh" --initrd "$work/bare" --json "$work/$i.bare" >/dev/null 2>&1 || true
done
full=$(jq .timings_ms.qemu_cpu "$work"/*.json | median)
bare=$(jq .timings_ms.qemu_cpu "$work"/*.bare | median)
echo "boot of hello, median of $n: $full ms of QEMU's CPU time (min $(jq .timings_ms.qemu_cpu "$work"/*.json | sort -n | head -n 1)," \
	"max $(jq .timings_ms.qemu_cpu "$work"/*.json | sort -n | tail -n 1)); load average $(cut -d' ' -f1 /proc/loadavg)"
echo "the payload as /init, nothing else: $bare ms, ratio $(awk -v a="$full" -v b="$bare" 'BEGIN { printf "%.2f", a / b }')"
for stage in $(jq -r '.timings_ms | keys_unsorted[] | select(. != "qemu_cpu" and . != "wall")' "$work/0.json"); do
	printf '  %-10s %8.1f ms\n' "$stage" "$(jq ".timings_ms.$stage * 1000" "$work"/*.json | median | awk '{ print $1 / 1000 }')"
done
[ "$full" -le 2000 ] || {
	echo "bench: boot 'hello': $full ms is more than 2000" >&2
	exit 1
}
