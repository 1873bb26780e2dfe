#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --microcode: the segment in front, as Documentation/arch/x86/microcode.rst wants it.
load helper

# intel FILE LETTER: an update as its header says: version 1, loader 1, of 2000 bytes of data
intel() {
	perl -e 'print pack("V12", 1, 2, 0x01012020, 0x906ea, 0, 1, 255, 2000, 2048, 0, 0, 0), $ARGV[0] x 2000' "$2" >"$1"
}

amd() {
	perl -e 'print "DMA\0", pack("V2", 0, 32), $ARGV[0] x 100' "$2" >"$1"
}

make_both() {
	mkdir -p ucode/intel-ucode ucode/amd-ucode
	intel ucode/intel-ucode/06-9e-0a b
	intel ucode/intel-ucode/06-55-04 a
	amd ucode/amd-ucode/microcode_amd.bin c
	echo signature >ucode/amd-ucode/microcode_amd.bin.asc
	echo notes >ucode/README
}

@test "an uncompressed archive in front, with the kernel's names; behind it the image, as without" {
	make_both
	built prog
	mv img without
	for how in none gzip lz4 zstd xz; do
		built --microcode ucode --compress $how prog
		segments img
		[ "$(entries early | cut -d' ' -f1,2)" = "$(printf '%s\n' 'kernel 40755' 'kernel/x86 40755' \
			'kernel/x86/microcode 40755' 'kernel/x86/microcode/AuthenticAMD.bin 100644' \
			'kernel/x86/microcode/GenuineIntel.bin 100644')" ]
		[ $(($(stat -c %s early) % 512)) = 0 ]
		case $how in
		none) cmp main without ;;
		lz4) lz4 -dc main | cmp - without ;;
		*) $how -dc <main | cmp - without ;;
		esac
	done
}

@test "another reader finds both" {
	make_both
	built --microcode ucode prog
	[ "$(bsdtar -tf img | tail -n 1)" = kernel/x86/microcode/GenuineIntel.bin ]
	segments img
	bsdtar -tf main | grep -qx init
}

@test "the files of a maker, one behind the other in the order of their names; what is something else is left out" {
	make_both
	built --microcode ucode prog
	content kernel/x86/microcode/GenuineIntel.bin | cmp - <(cat ucode/intel-ucode/06-55-04 ucode/intel-ucode/06-9e-0a)
	content kernel/x86/microcode/AuthenticAMD.bin | cmp - ucode/amd-ucode/microcode_amd.bin
}

@test "a file, several, and compressed ones" {
	make_both
	xz -k ucode/amd-ucode/microcode_amd.bin
	zstd -q ucode/intel-ucode/06-9e-0a -o one.zst
	built --microcode one.zst prog
	content kernel/x86/microcode/GenuineIntel.bin | cmp - ucode/intel-ucode/06-9e-0a
	[ -z "$(paths | grep AMD)" ]
	built --microcode ucode/amd-ucode/microcode_amd.bin.xz --microcode ucode/intel-ucode prog
	content kernel/x86/microcode/AuthenticAMD.bin | cmp - ucode/amd-ucode/microcode_amd.bin
	content kernel/x86/microcode/GenuineIntel.bin | cmp - <(cat ucode/intel-ucode/06-55-04 ucode/intel-ucode/06-9e-0a)
}

# The kernel reads it before anything is unpacked, and it may be replaced without building the image anew.
@test "the manifest is that of the image behind it" {
	make_both
	built --microcode ucode prog
	segments img
	mv main img
	[ "$(content etc/initgate.manifest)" = \
		"$(entries | awk '$2 ~ /^10/ && $1 != "etc/initgate.manifest" { print $7 " /" $1 }')" ]
}

@test "what is no microcode is refused" {
	make_both
	refused --microcode ucode/README prog
	[ "${lines[-1]}" = "mkinitramfs: read 'ucode/README': no microcode of Intel or AMD in it, nothing written" ]
	refused --microcode nowhere prog
	mkdir empty
	refused --microcode ucode --microcode empty prog
	: >nothing
	refused --microcode nothing prog
}

@test "only for the machines that have it" {
	make_both
	run "$mkinitramfs" -o img --arch arm64 --init init --microcode ucode prog
	failed_well 2
	nothing_left
}
