#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# image.sh [N [compression|builders]]: two questions about images. Which compression costs a boot least: a small image and one with twenty modules,
# each with every compression, built and booted N times in turn; CPU time of the builder and of QEMU, and the guest's own
# time until init starts, counted in instructions (-icount), which repeats. And how long a build takes beside the
# distribution's two builders, in chroots: with the same modules, and once as they are installed. CPU time, as the clock on
# a shared machine says little; the clock beside it. Needs root, for debootstrap.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=${O:-$here/build}
mkdir -p "$build"
build=$(cd "$build" && pwd)
n=${1:-5} part=${2:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=bench/lib.sh
. "$here/bench/lib.sh"

median() {
	sort -n | awk '{ v[NR] = $1 } END { printf "%d", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# cost FILE COMMAND...: appends "CPU-MILLISECONDS CLOCK-MILLISECONDS" to FILE
cost() {
	local TIMEFORMAT='%U %S %R'
	{ time "${@:2}" >"$work/log" 2>&1 || { cat "$work/log" >&3 && false; }; } 3>&2 2>"$work/time"
	tail -n 1 "$work/time" | awk '{ printf "%d %d\n", ($1 + $2) * 1000, $3 * 1000 }' >>"$1"
}

# medians FILE: of both
medians() {
	echo "$(cut -d' ' -f1 "$1" | median) $(cut -d' ' -f2 "$1" | median)"
}

ours() {
	"$here/scripts/mkinitramfs.sh" "$@" "$build/payloads/hello"
}

# until_init IMAGE: milliseconds of a machine with one instruction a nanosecond, from its start to "Run /init"
until_init() {
	"$here/scripts/boot.sh" --accel tcg --initrd "$1" --console "$work/console" --append loglevel=7 --timeout 300 \
		--qemu-arg -icount --qemu-arg shift=0,sleep=off >/dev/null
	sed -n 's/^\[ *\([0-9.]*\)\] Run \/init.*/\1/p' "$work/console" | awk '{ printf "%.0f", $1 * 1000 }'
}

set=virtio,dm_verity

compression() {
	local i size how image cpu ways=(none lz4 gzip zstd xz) sizes=(small twenty)
	local -A with=([small]='' [twenty]="-m $set") bytes=() guest=()
	for ((i = 0; i < n; i++)); do
		for size in "${sizes[@]}"; do
			for how in "${ways[@]}"; do
				image=$work/$size.$how
				# shellcheck disable=SC2086
				cost "$image.build" ours -o "$image" --compress "$how" ${with[$size]}
				"$here/scripts/boot.sh" --initrd "$image" --json "$work/json" >/dev/null
				jq .timings_ms.qemu_cpu "$work/json" >>"$image.boot"
				[ -n "${bytes[$size.$how]:-}" ] || {
					bytes[$size.$how]=$(stat -c %s "$image")
					guest[$size.$how]=$(until_init "$image")
				}
			done
		done
	done
	echo "Compression, medians of $n, milliseconds; load average $(cut -d' ' -f1 /proc/loadavg)."
	echo
	echo '| image | compression | bytes | build, CPU | boot, CPU of QEMU (min, max) | until init, guest |'
	echo '|---|---|---|---|---|---|'
	for size in "${sizes[@]}"; do
		for how in "${ways[@]}"; do
			image=$work/$size.$how
			read -r cpu _ < <(medians "$image.build")
			echo "| $size | $how | ${bytes[$size.$how]} | $cpu | $(median <"$image.boot")" \
				"($(sort -n "$image.boot" | head -n 1), $(sort -n "$image.boot" | tail -n 1)) | ${guest[$size.$how]} |"
		done
	done
}

# in_chroot DIR COMMAND...
in_chroot() {
	env -u TMPDIR chroot "$@"
}

# row NAME FILE IMAGE: its medians, beside ours
row() {
	local cpu clock ours_cpu ours_clock
	read -r cpu clock < <(medians "$2")
	read -r ours_cpu ours_clock < <(medians "$work/ours")
	awk -v OFS=' | ' -v name="$1" -v cpu="$cpu" -v oc="$ours_cpu" -v clock="$clock" -v ow="$ours_clock" \
		-v modules="$(bsdtar -tf "$3" | grep -c '\.ko')" -v bytes="$(stat -c %s "$3")" 'BEGIN {
			print "| " name, cpu, sprintf("%.1f", cpu / oc), clock, sprintf("%.1f", clock / ow), modules, bytes " |"
		}'
}

builders() {
	local i version tools dracut
	version=$(cat "$build/kernels/x86_64/version")
	tools=$(bench_chroot chroot initramfs-tools,busybox,kmod,udev)
	dracut=$(bench_chroot dracut dracut-core,busybox,kmod,udev)
	# The twenty by their names, for the others.
	ours --list -m "$set" | sed -n 's,^/lib/modules/.*/\([^/]*\)\.ko\t.*,\1,p' >"$work/modules"
	rm -rf "$tools/tmp/conf"
	cp -r "$tools/etc/initramfs-tools" "$tools/tmp/conf"
	sed -i 's/^MODULES=.*/MODULES=list/' "$tools/tmp/conf/initramfs.conf"
	cp "$work/modules" "$tools/tmp/conf/modules"
	# initramfs-tools always compresses: as cheaply as it can here.
	for ((i = 0; i < n; i++)); do
		cost "$work/ours" ours -o "$work/image" -m "$set"
		cost "$work/tools" in_chroot "$tools" mkinitramfs -d /tmp/conf -c gzip -l 1 -o /image "$version"
		cost "$work/dracut" in_chroot "$dracut" dracut --force --no-hostonly --no-compress --kver "$version" \
			--drivers "$(paste -sd ' ' "$work/modules")" /image
	done
	cost "$work/tools-most" in_chroot "$tools" mkinitramfs -o /most "$version"
	cost "$work/dracut-all" in_chroot "$dracut" dracut --force --no-hostonly --kver "$version" /all
	echo "Builds for the same kernel, milliseconds; the first three with the same $(wc -l <"$work/modules") modules, medians of $n," \
		"the others once; load average $(cut -d' ' -f1 /proc/loadavg)."
	echo
	echo '| builder | CPU | times ours | clock | times ours | modules in it | bytes |'
	echo '|---|---|---|---|---|---|---|'
	row mkinitramfs.sh "$work/ours" "$work/image"
	row 'initramfs-tools, MODULES=list, gzip -1' "$work/tools" "$tools/image"
	row 'dracut --no-hostonly --no-compress --drivers' "$work/dracut" "$dracut/image"
	row 'initramfs-tools as installed' "$work/tools-most" "$tools/most"
	row 'dracut --no-hostonly' "$work/dracut-all" "$dracut/all"
	paste -d ' ' <(medians "$work/ours") <(medians "$work/tools-most") <(medians "$work/dracut-all") |
		awk '{ exit !($3 / $1 >= 20 && $5 / $1 >= 100) }' || {
		echo "bench: compare 'CPU time of a build': less than 20 times ours for initramfs-tools or 100 times for dracut" >&2
		return 1
	}
}

"$here/scripts/fetch-kernel.sh" x86_64
"$here/tests/payloads/build.sh"
[ "$part" = builders ] || compression
[ -n "$part" ] || echo
[ "$part" = compression ] || builders
