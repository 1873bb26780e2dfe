#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Images of this builder, booted: what its own readers cannot say. tests/qemu boots everything else.
load helper

setup_file() {
	: "${O:=$BATS_TEST_DIRNAME/../../build}"
	[ -d "$O/kernels/x86_64/modules" ] || skip "no kernel in $O/kernels/x86_64 (make kernel)"
	"$BATS_TEST_DIRNAME/../payloads/build.sh"
}

# boots OPTIONS... PAYLOAD ARGS...: builds img with the real init and boots it
boots() {
	export ELFCHECK=$O/host/elfcheck
	"$mkinitramfs" -o img --arch x86_64 "$@"
	run timeout 400 "$repo/scripts/boot.sh" --arch x86_64 --initrd img --console console
	[ "$status" = 0 ] || { echo "$output" && tail -n 20 console && return 1; }
}

@test "microcode in front, the image behind it with every compression: the kernel unpacks both" {
	printf 'DMA\0%01000d' 7 >ucode
	sum=$(md5sum <ucode)
	for how in none zstd lz4; do
		boots --microcode ucode --compress $how --busybox --conf profile=static --conf payload=/bin/sh "$(type -P busybox)" \
			-- -c 'md5sum </kernel/x86/microcode/AuthenticAMD.bin; wc -l </etc/initgate.manifest'
		[ "${lines[0]}" = "$sum" ]
		[ "${lines[1]}" -ge 5 ]
	done
}

@test "the kernel's own requests find no helper of busybox's" {
	# shellcheck disable=SC2016 # for the guest's shell
	boots --busybox --conf profile=static --conf payload=/bin/sh "$(type -P busybox)" \
		-- -c 'p=$(cat /proc/sys/kernel/modprobe) && echo "$p" && ! test -e "$p" && readlink /bin/modprobe'
	[ "${lines[0]}" = /sbin/modprobe ]
	[ "${lines[1]}" = busybox ]
}
