#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# fast.sh [N [ARCH...]]: what each of the things saves that boot.sh does only to save time (--without): hello booted N times
# with all of them, with all but one, and with none, in turn; QEMU's CPU time, milliseconds, medians, and the least.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=${O:-$here/build}
n=${1:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=scripts/lib/arch.sh
. "$here/scripts/lib/arch.sh"
arches=("${@:2}")
[ $# -gt 1 ] || arches=(x86_64 arm64 riscv64)

declare -A has=([x86_64]='pvh notests locks strings' [arm64]='notests kpti' [riscv64]=notests [arm]=notests)

# boot ARCH LEFT_OUT
boot() {
	"$here/scripts/boot.sh" --accel tcg --arch "$1" --initrd "$work/$1.image" --json "$work/json" ${2:+--without "$2"} \
		>"$work/log" 2>&1 || { cat "$work/log" >&2 && exit 1; }
	jq .timings_ms.qemu_cpu "$work/json" >>"$work/$1.$2"
}

echo "Medians of $n (least), milliseconds of QEMU's CPU time; $(nproc) CPUs, load average $(cut -d' ' -f1-3 /proc/loadavg)."
echo
echo '| architecture | left out | CPU | least | ratio |'
echo '|---|---|---|---|---|'
for arch in "${arches[@]}"; do
	payload=$build/payloads/hello
	[ "$arch" = "$host_arch" ] || payload=$build/payloads/$arch/hello
	"$here/scripts/fetch-kernel.sh" "$arch" >&2
	ARCH=$arch "$here/tests/payloads/build.sh" >&2
	"$here/scripts/mkinitramfs.sh" --arch "$arch" -o "$work/$arch.image" "$payload" >&2
	read -ra left_out <<<"${has[$arch]} all"
	for ((i = 0; i < n; i++)); do
		for what in '' "${left_out[@]}"; do
			boot "$arch" "$what"
		done
	done
	for what in '' "${left_out[@]}"; do
		sort -n "$work/$arch.$what" | awk -v arch="$arch" -v what="${what:-nothing}" -v base="$work/base" '
			{ v[NR] = $1 }
			END {
				median = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
				if (what == "nothing") print median >base
				else getline all <base
				printf "| %s | %s | %d | %d | %.2f |\n", arch, what, median, v[1], what == "nothing" ? 1 : median / all
			}'
	done
done
