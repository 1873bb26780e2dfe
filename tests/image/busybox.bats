#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --busybox: the rescue shell in an image. tests/qemu/end.bats uses it.
load helper

setup_file() {
	: "${O:=$BATS_TEST_DIRNAME/../../build}"
	[ -x "$O/host/elfcheck" ] || skip "no checker in $O/host (make)"
}

# What counts as a busybox that can be taken is the real checker's business.
with_checker() {
	export ELFCHECK=$O/host/elfcheck
	build --conf verify=off "$@" prog
}

@test "busybox, and a link in /bin for each of its commands but those that would be a PID 1" {
	with_checker --busybox
	[ "$status" = 0 ]
	content bin/busybox | cmp - "$(type -P busybox)"
	entries | grep -q '^bin/busybox 100755 '
	bsdtar -tvf img | sed -n 's,.* bin/\(.*\) -> busybox$,\1,p' | sort >links
	busybox --list | grep -vxE 'busybox|init|linuxrc' | sort | diff - links
	grep -qx sh links
}

# As linkers lay it out for some machines: other bytes right in front of the table.
@test "the table of commands, whatever stands in front of it" {
	LC_ALL=C sed 's/\x00\[\x00\[\[\x00acpid/X[\x00[[\x00acpid/' "$(type -P busybox)" >mine
	[ "$(stat -c %s mine)" = "$(stat -L -c %s "$(type -P busybox)")" ]
	run cmp mine "$(type -P busybox)"
	[ "$status" = 1 ]
	chmod 755 mine
	with_checker --busybox=mine
	[ "$status" = 0 ]
	bsdtar -tvf img | sed -n 's,.* bin/\(.*\) -> busybox$,\1,p' | sort >links
	busybox --list | grep -vxE 'busybox|init|linuxrc' | sort | diff - links
}

@test "nothing stands where the kernel or a program would look for a helper" {
	with_checker --busybox
	[ "$status" = 0 ]
	[ -z "$(paths | grep -E '^(sbin|usr|linuxrc)(/|$)')" ]
	[ -z "$(paths | grep -xE 'bin/(init|linuxrc)')" ]
}

@test "a file of the payload's or of --add goes before a link" {
	cp prog cat
	ELFCHECK=$O/host/elfcheck built --force --busybox --add prog:/bin/ls cat
	[ "$(content bin/cat)" = PAYLOAD ]
	[ "$(content bin/ls)" = PAYLOAD ]
	bsdtar -tvf img | grep -q ' bin/sh -> busybox$'
}

@test "a payload with the name busybox" {
	cp prog busybox
	ELFCHECK=$O/host/elfcheck refused --force --busybox busybox
	export ELFCHECK=$O/host/elfcheck
	build --conf profile=static --busybox "$(type -P busybox)"
	[ "$status" = 0 ]
}

@test "one of one's own; one that would not run, or is none, is refused" {
	cp "$(type -P busybox)" mine
	with_checker --busybox=mine
	[ "$status" = 0 ]
	content bin/busybox | cmp - mine
	rm img
	with_checker --busybox=/bin/ls
	failed_well 1
	[[ ${lines[-1]} == "mkinitramfs: check '/bin/ls': interp-present: "* ]]
	with_checker --busybox=nowhere
	failed_well 1
	[ "${lines[-1]}" = "mkinitramfs: read 'nowhere': no such file, nothing written" ]
	ELFCHECK=$tmp/nowhere run "$mkinitramfs" -o img --arch x86_64 --init init --conf verify=off --busybox=mine prog
	failed_well 1
	[[ ${lines[-1]} == "mkinitramfs: run '$tmp/nowhere': no such checker, nothing written"* ]]
	with_checker --busybox="$O/x86_64/init"
	failed_well 1
	[[ ${lines[-1]} == *"no table of commands with 'sh' in it"* ]]
	printf '\xb7' | dd of=mine bs=1 seek=18 conv=notrunc status=none # e_machine: AArch64
	with_checker --busybox=mine
	failed_well 1
	[[ ${lines[-1]} == *machine-mismatch* ]]
	nothing_left
}

@test "without one for this architecture there is a hint where to get it" {
	mkdir out
	O=$tmp/out ELFCHECK=$ELFCHECK run "$mkinitramfs" -o img --arch riscv64 --init init --busybox prog
	failed_well 1
	[[ ${lines[-1]} == *"scripts/fetch-busybox.sh riscv64"* ]]
	mkdir -p out/busybox/riscv64
	cp "$(type -P busybox)" out/busybox/riscv64/busybox
	O=$tmp/out ELFCHECK=$ELFCHECK run "$mkinitramfs" -o img --arch riscv64 --init init --busybox prog
	[ "$status" = 0 ]
	content bin/busybox | cmp - out/busybox/riscv64/busybox
}
