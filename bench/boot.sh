#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# boot.sh [N]: what a boot costs, side by side, each N times in turn. CPU time of QEMU and of the readers of its ports, as the
# clock on a shared machine says little: a boot of hello on every architecture of ARCHES; the same payload as /init itself,
# which is what the kernel alone costs; a busybox script in the place of init; and on x86-64 the machine's own yardstick, the
# kernel as the distribution packs it with its self-tests left in, and the same kernel under virtme-ng. Then the rest of what
# a user waits for, on the clock as well: a warm boot, the first and the others, and an image with twenty modules. Images are
# built before, so a boot here has no part of it. Needs root, for debootstrap.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=${O:-$here/build}
mkdir -p "$build"
build=$(cd "$build" && pwd)
n=${1:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=scripts/lib/arch.sh
. "$here/scripts/lib/arch.sh"
read -ra arches <<<"${ARCHES:-x86_64 arm64 riscv64}"
# On the machine where they were set, when nothing else runs there.
declare -A budgets=([x86_64]=1250 [arm64]=1150 [riscv64]=2200)
# shellcheck source=bench/lib.sh
. "$here/bench/lib.sh"

median() {
	sort -n | awk '{ v[NR] = $1 } END { printf "%d", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# cost NAME COMMAND...: appends "CPU-MILLISECONDS CLOCK-MILLISECONDS" to $work/NAME. How it ends is not asked: a payload
# that is /init makes the kernel panic when it returns.
cost() {
	local TIMEFORMAT='%U %S %R'
	{ time "${@:2}" >"$work/log" 2>&1 || true; } 2>"$work/time"
	tail -n 1 "$work/time" | awk '{ printf "%d %d\n", ($1 + $2) * 1000, $3 * 1000 }' >>"$work/$1"
}

# boot NAME IMAGE OPTION...: the same, of QEMU alone.
boot() {
	"$here/scripts/boot.sh" --accel tcg --initrd "$2" --json "$work/json" "${@:3}" >"$work/log" 2>&1 || true
	jq -r '"\(.timings_ms.qemu_cpu) \(.timings_ms.wall)"' "$work/json" >>"$work/$1"
}

# Only what QEMU needs, and the kernel as it comes.
untuned() {
	timeout 100 qemu-system-x86_64 -M microvm,acpi=off -cpu max -accel tcg -m 256 -nodefaults -no-user-config -display none \
		-no-reboot -kernel "$build/kernels/x86_64/vmlinuz" -initrd "$work/x86_64.image" \
		-append 'console=ttyS0 reboot=t panic=-1 initgate.on_exit=reboot' -device isa-serial,index=0,chardev=console \
		-chardev "file,id=console,path=$work/console" </dev/null
	grep -aq '"outcome":"exited","exit":0' "$work/console"
}

warm() {
	"$here/scripts/boot.sh" --warm --accel tcg --append "bench.run=$1" "$build/payloads/hello"
}

prepare() {
	local arch=$1 payload=$build/payloads/hello
	"$here/scripts/fetch-kernel.sh" "$arch"
	ARCH=$arch "$here/tests/payloads/build.sh"
	[ "$arch" = "$host_arch" ] || payload=$build/payloads/$arch/hello
	"$here/scripts/mkinitramfs.sh" --arch "$arch" -o "$work/$arch.image" "$payload"
	"$here/scripts/mkinitramfs.sh" --arch "$arch" -o "$work/$arch.alone" --init "$payload" "$payload"
	"$here/scripts/mkinitramfs.sh" --arch "$arch" -o "$work/$arch.script" --init "$here/bench/script_init.sh" \
		--add "$build/busybox/$arch/busybox:/bin/busybox" "$payload"
}

# row NAME FILE [BASE]: its medians; BASE: how many times its CPU time
row() {
	local cpu clock base=''
	[ -s "$work/$2" ] || return 0
	cpu=$(cut -d' ' -f1 "$work/$2" | median) clock=$(cut -d' ' -f2 "$work/$2" | median)
	[ -z "${3:-}" ] || base=$(awk -v a="$cpu" -v b="$(cut -d' ' -f1 "$work/$3" | median)" 'BEGIN { printf "%.2f", a / b }')
	echo "| $1 | $cpu | $(sort -n "$work/$2" | head -n 1 | cut -d' ' -f1) | $(sort -n "$work/$2" | tail -n 1 | cut -d' ' -f1)" \
		"| $clock | $base |"
}

# virtme-ng in a chroot of this release, which is the guest's root too. The package is of the next release, and so is virtiofsd,
# with the libraries it needs: the kernel has no 9p, and this release's virtiofsd is not the one that virtme-ng wants.
virtme_chroot() {
	local packages=python3,python3-requests,python3-argcomplete,python3-pkg-resources chroot fetched
	chroot=$(bench_chroot virtme "$packages,file,kmod,udev,iproute2,busybox-static,qemu-system-x86") || return
	fetched=$("$here/scripts/fetch-package.sh" trixie virtme-ng virtiofsd libc6 libseccomp2 libcap-ng0 libgcc-s1) || return
	cp -r "$fetched"/usr/bin/v* "$chroot/usr/bin/"
	cp -r "$fetched"/usr/lib/python3/dist-packages/virtme* "$chroot/usr/lib/python3/dist-packages/"
	mkdir -p "$chroot/opt/virtiofsd" "$chroot/usr/libexec"
	cp -r "$fetched"/usr/lib/x86_64-linux-gnu/*.so* "$fetched/usr/libexec/virtiofsd" "$chroot/opt/virtiofsd/"
	cat >"$chroot/usr/libexec/virtiofsd" <<-'EOT'
		#!/bin/sh
		exec /opt/virtiofsd/ld-linux-x86-64.so.2 --library-path /opt/virtiofsd /opt/virtiofsd/virtiofsd "$@"
	EOT
	chmod 755 "$chroot/usr/libexec/virtiofsd"
	cp "$build/kernels/x86_64/vmlinuz" "$chroot/boot/vmlinuz-$(cat "$build/kernels/x86_64/version")"
	cp "$build/payloads/hello" "$chroot/usr/local/bin/"
	ln -sf busybox "$chroot/bin/poweroff"
	echo '127.0.0.1 localhost' >"$chroot/etc/hosts"
	echo "$chroot"
}

# virtme CHROOT: hello in it. The mounts end with this process.
# shellcheck disable=SC2016 # for the shell inside
virtme() {
	timeout 200 unshare -m --propagation private -- bash -c '
		mount -t proc proc "$1/proc" && mount -t tmpfs tmp "$1/tmp" && mount -t tmpfs run "$1/run" && mount --bind /dev "$1/dev" &&
		exec env -u TMPDIR HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$1" \
			vng --disable-kvm --disable-microvm --memory 512M --cpus 1 --run "$2" -- /usr/local/bin/hello' \
		- "$1" "/boot/vmlinuz-$(cat "$build/kernels/x86_64/version")" </dev/null
}

for arch in "${arches[@]}"; do
	prepare "$arch"
done
chroot='' without='not a machine of this kind'
if [ "$host_arch" = x86_64 ]; then
	chroot=$(virtme_chroot 2>"$work/why") || without=$(tail -n 1 "$work/why")
fi
if [ -n "$chroot" ] && ! virtme "$chroot" 2>&1 | grep -aq 'Hello from'; then
	chroot='' without='hello did not run under it'
fi
for ((i = 0; i < n; i++)); do
	for arch in "${arches[@]}"; do
		boot "$arch" "$work/$arch.image" --arch "$arch"
		[ "$(jq -r .outcome "$work/json")" = exited ] || cp "$work/log" "$work/failed"
		[ "$arch$host_arch" != x86_64x86_64 ] || cost untuned untuned # next to each other, as the load changes
		boot "$arch-alone" "$work/$arch.alone" --arch "$arch"
		boot "$arch-script" "$work/$arch.script" --arch "$arch" --append '-- /bin/hello'
	done
	[ "$host_arch" = x86_64 ] || continue
	[ -z "$chroot" ] || cost virtme virtme "$chroot"
	cost warm-first warm "$$.$i"
	cost warm-second warm "$$.$i"
	cost image "$here/scripts/mkinitramfs.sh" -o "$work/twenty" -m virtio,dm_verity "$build/payloads/hello"
done
[ ! -e "$work/failed" ] || {
	echo "bench: boot 'hello': it did not run, not measured" >&2
	cat "$work/failed" >&2
	exit 1
}

echo "Medians of $n, milliseconds, images built before; $(nproc) CPUs, load average $(cut -d' ' -f1-3 /proc/loadavg)."
echo
echo '| boot of hello | CPU | min | max | clock | ratio |'
echo '|---|---|---|---|---|---|'
for arch in "${arches[@]}"; do
	row "initgate, $arch" "$arch" "$arch"
	row 'the payload as /init, nothing else' "$arch-alone" "$arch"
	row 'a busybox script with the same mounts' "$arch-script" "$arch"
done
row 'the kernel as it comes, x86_64: bzImage, self-tests' untuned x86_64
row 'virtme-ng, same kernel, q35' virtme x86_64
row 'boot.sh --warm, the first' warm-first x86_64
row 'boot.sh --warm, all others' warm-second x86_64
row 'an image with twenty modules' image
[ -n "$chroot" ] || printf '\nvirtme-ng: %s\n' "$without"

# median_of FILE FIELD
median_of() { cut -d' ' -f"$2" "$work/$1" | median; }

# budget WHAT IS MOST
budget() {
	echo "$1: $2, budget $3$([ "$2" -le "$3" ] || echo ', exceeded')"
}

echo
echo 'Milliseconds against the budgets, which are for a quiet machine of the kind where they were set:'
for arch in "${arches[@]}"; do
	budget "$arch, CPU" "$(median_of "$arch" 1)" "${budgets[$arch]}"
done
[ "$host_arch" = x86_64 ] || exit 0
budget 'a warm boot, clock' "$(median_of warm-second 2)" 350
budget 'an image with twenty modules, clock' "$(median_of image 2)" 300
[ -s "$work/untuned" ] || exit 0
ratio=$(paste -d ' ' "$work/x86_64" "$work/untuned" | awk '{ printf "%d\n", $1 / $3 * 1000 }' | median)
echo "x86_64 beside the kernel as it comes, median of the pairs: 0.$(printf '%03d' "$ratio"), budget 0.710 on any machine"
[ "$ratio" -le 710 ] || {
	echo "bench: boot 'hello': more than 0.71 times the kernel as it comes" >&2
	exit 1
}
