#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# root.sh: from the start of init to the root on a virtio disk, in guest instructions: ours with autoload=yes and root=; two
# busybox scripts that give `modprobe -a` all aliases they find, by `find` in all of /sys/devices or by a pattern for what
# the buses list; and the distribution's own initramfs (initramfs-tools, MODULES=most). What counts is the kernel's line that
# it has mounted the file system; ext4 is built into this kernel. One kernel, one machine, one disk, the same modules in ours
# and the scripts. QEMU counts instructions instead of time (-icount), so the stamps of the kernel's log repeat whatever else
# this machine does. Needs root, for debootstrap.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=${O:-$here/build}
mkdir -p "$build/bench"
build=$(cd "$build" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kernel=$build/kernels/x86_64/vmlinuz modules=$build/kernels/x86_64/modules
"$here/scripts/fetch-kernel.sh" x86_64
version=$(ls "$modules/lib/modules")
# shellcheck source=bench/lib.sh
. "$here/bench/lib.sh"
set=virtio,virtio_balloon,sr_mod,ata_piix,squashfs,overlay,erofs,xfs,dm_verity,virtiofs

# shellcheck source=scripts/lib/arch.sh
. "$here/scripts/lib/arch.sh"
# shellcheck source=scripts/arch/x86_64.sh
. "$here/scripts/arch/x86_64.sh"
arch_machine q35
# shellcheck source=scripts/lib/kernel.sh
. "$here/scripts/lib/kernel.sh"
arch_kernel "$kernel" "$work/kernel" || cp "$kernel" "$work/kernel"

# until_root IMAGE WORDS [QEMU ARGS...]: boots until the kernel has mounted the disk. Prints milliseconds from "Run /init"
# on: when it found the disk, when it mounted it.
until_root() {
	local image=$1 words=$2 console=$work/console qemu_pid
	shift 2
	: >"$console"
	timeout -k 5 600 "$qemu" "${machine_args[@]}" -accel tcg -cpu "$cpu_emulated" -m 512 -nodefaults -no-user-config -display none -no-reboot \
		-kernel "$work/kernel" -initrd "$image" -append "console=ttyS0 panic=-1 cryptomgr.notests $words" \
		-drive "file=$work/disk,format=raw,if=virtio" \
		-chardev "file,id=console,path=$console" -chardev "file,id=result,path=$work/result" \
		-chardev null,id=stdout -chardev null,id=stderr "$@" </dev/null >/dev/null 2>&1 &
	qemu_pid=$!
	timeout 600 grep -qm 1 'EXT4-fs (vda): mounted' <(tail --pid=$qemu_pid -n +1 -F "$console" 2>/dev/null) || true
	kill $qemu_pid 2>/dev/null || true
	wait $qemu_pid 2>/dev/null || true
	tr -d '\r' <"$console" | sed -n 's/^\[ *\([0-9.]*\)\] \(Run \/init\|.*\[vda\]\|EXT4-fs (vda): mounted\).*/\1/p' |
		awk 'NR == 1 { began = $1 } NR > 1 && NR < 4 { printf "%.1f ", ($1 - began) * 1000 } END { print ""; exit NR < 3 }'
}

# median IMAGE WORDS: of three boots. An init of scripts that sleeps now and then is not the same each time.
median() {
	for _ in 1 2 3; do
		until_root "$@" "${count[@]}"
	done | sort -k 2 -n | sed -n 2p
}

# busybox_image IMAGE COMMAND: COMMAND prints the aliases
busybox_image() {
	local tree=$work/busybox
	rm -rf "$tree"
	mkdir -p "$tree/bin"
	cp "$(command -v busybox)" "$tree/bin/" # of the package busybox-static
	cat >"$tree/init" <<-EOT
		#!/bin/busybox sh
		busybox mount -t proc none /proc
		busybox mount -t sysfs none /sys
		busybox mount -t devtmpfs none /dev
		# The disk shows its own alias only when the bus that it is on has its driver.
		while ! busybox test -b /dev/vda; do
			$2 | busybox xargs busybox modprobe -a -q
		done
		busybox mkdir /newroot
		busybox mount -t ext4 -o ro /dev/vda /newroot
		busybox sleep 1000
	EOT
	chmod 755 "$tree/init"
	"$here/scripts/mkinitramfs.sh" -o "$1" -m "$set" --modules-dir "$modules" --init "$tree/init" \
		--add "$tree/bin/busybox:/bin/busybox" "$build/payloads/hello"
}

# The kernel's own part: six modules in the right order, and nothing else to do.
bare_image() {
	modprobe -C /dev/null -d "$modules" -S "$version" --show-depends -a virtio_pci virtio_blk |
		sed -n "s,^insmod $modules\(/[^ ]*\).*,\1,p" | awk '!seen[$0]++' >"$work/order"
	musl-gcc -static -Os -o "$work/insert" "$here/bench/insert.c"
	"$here/scripts/mkinitramfs.sh" -o "$1" -m virtio_pci,virtio_blk --modules-dir "$modules" --init "$work/insert" \
		--add "$work/order:/modules" "$build/payloads/hello"
}

distribution_image() {
	local chroot
	chroot=$(bench_chroot chroot initramfs-tools,busybox,kmod,udev)
	chroot "$chroot" mkinitramfs -o /initrd "$version" 2>/dev/null
	cp "$chroot/initrd" "$1"
}

"$here/tests/payloads/build.sh"
truncate -s 64M "$work/disk"
mke2fs -q -t ext4 "$work/disk"
"$here/scripts/mkinitramfs.sh" -o "$work/ours" -m "$set" --conf autoload=yes --conf modules= --modules-dir "$modules" --conf root=/dev/vda \
	"$build/payloads/hello"
bare_image "$work/bare"
busybox_image "$work/script" 'busybox find /sys/devices -name modalias -exec busybox cat {} + | busybox sort -u'
busybox_image "$work/pattern" 'busybox sort -u /sys/bus/*/devices/*/modalias'
distribution_image "$work/distribution"

count=(-icount 'shift=0,sleep=off')
read -r ours_disk ours < <(median "$work/ours" 'loglevel=7 rootfstype=ext4')
read -r bare_disk bare < <(median "$work/bare" 'loglevel=7')
read -r script_disk script < <(median "$work/script" 'loglevel=7')
read -r pattern_disk pattern < <(median "$work/pattern" 'loglevel=7')
read -r distribution_disk distribution < <(median "$work/distribution" 'loglevel=7 root=/dev/vda')
times() { awk -v a="$1" -v b="$ours" 'BEGIN { printf "%.2f", a / b }'; }
cat <<EOT
Linux $version, q35; milliseconds of a machine with one instruction a nanosecond, from "Run /init" on, medians of 3.

| init | disk found | root mounted | times ours | image, bytes |
|---|---|---|---|---|
| initgate, autoload=yes | $ours_disk | $ours | 1.00 | $(stat -c %s "$work/ours") |
| C that knows the six modules and their order | $bare_disk | $bare | $(times "$bare") | $(stat -c %s "$work/bare") |
| busybox sh, find, modprobe -a | $script_disk | $script | $(times "$script") | $(stat -c %s "$work/script") |
| busybox sh, /sys/bus/*/devices/*/modalias, modprobe -a | $pattern_disk | $pattern | $(times "$pattern") | $(stat -c %s "$work/pattern") |
| initramfs-tools | $distribution_disk | $distribution | $(times "$distribution") | $(stat -c %s "$work/distribution") |

With two CPUs and clock time, load average $(cut -d' ' -f1 /proc/loadavg), root mounted, medians of 5:
EOT
for parallel in yes no; do
	for _ in 1 2 3 4 5; do
		until_root "$work/ours" "initgate.modules_parallel=$parallel" -smp 2
	done | awk '{ print $2 }' | sort -n | awk -v p="$parallel" '{ v[NR] = $1 }
		END { printf "modules_parallel=%s: %s ms (min %s, max %s)\n", p, v[3], v[1], v[5] }'
done
awk -v a="$script" -v b="$distribution" -v c="$ours" 'BEGIN { exit !(a / c >= 3 && b / c >= 10) }' || {
	echo "bench: compare 'time to the root': more than a third of a busybox script's or a tenth of initramfs-tools'" >&2
	exit 1
}
