#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --firmware, and where firmware comes from. What modules ask for by themselves: modules.bats, closure.bats.
load helper

make_tree() {
	mkdir -p tree/lib/firmware/maker
	echo one >tree/lib/firmware/maker/one.bin
	echo two | xz --check=crc32 >tree/lib/firmware/maker/two.bin.xz
	echo three | zstd -q >tree/lib/firmware/maker/three.bin.zst
	ln -s one.bin tree/lib/firmware/maker/link.bin
}

held() {
	entries | awk '$1 ~ /^lib\/firmware\// && $2 ~ /^10/ { print substr($1, 14), $2 }'
}

@test "a file by its name; compressed ones are unpacked, links are followed" {
	make_tree
	for name in one two three; do
		built --modules-dir tree --firmware maker/$name.bin prog
		[ "$(held)" = "maker/$name.bin 100644" ]
		[ "$(content lib/firmware/maker/$name.bin)" = $name ]
	done
	built --modules-dir tree --firmware maker/link.bin prog
	[ "$(content lib/firmware/maker/link.bin)" = one ]
}

@test "a pattern, and several options" {
	make_tree
	built --modules-dir tree --firmware 'maker/*' prog
	[ "$(held)" = "$(printf 'maker/%s.bin 100644\n' link one three two)" ]
	built --modules-dir tree --firmware 'maker/t*' --firmware maker/two.bin --firmware maker/one.bin prog
	[ "$(held)" = "$(printf 'maker/%s.bin 100644\n' one three two)" ]
}

@test "the kernel's package goes before this machine" {
	make_tree
	[ "$(id -u)" = 0 ] || skip "needs root to bind a directory to /lib/firmware"
	mkdir -p machine/maker
	echo "of the machine" | tee machine/maker/one.bin >machine/maker/four.bin
	run unshare -m sh -c 'mount --bind machine /lib/firmware && exec "$@"' sh \
		"$mkinitramfs" -o img --arch x86_64 --init init --modules-dir tree --firmware 'maker/*' prog
	[ "$status" = 0 ]
	[ "$(content lib/firmware/maker/one.bin)" = one ]
	[ "$(content lib/firmware/maker/four.bin)" = "of the machine" ]
}

@test "what is asked for by name and not there is an error" {
	make_tree
	refused --modules-dir tree --firmware maker/five.bin prog
	[[ ${lines[-1]} == "mkinitramfs: find 'maker/five.bin': no such firmware in tree/lib/firmware or /lib/firmware, "* ]]
	refused --modules-dir tree --firmware 'nobody/*' prog
	mkdir tree/lib/modules && echo x >tree/lib/modules/x
	refused --modules-dir tree --firmware ../modules/x prog
	[[ ${lines[-1]} == "mkinitramfs: find '../modules/x': not a name below lib/firmware, "* ]]
	refused --modules-dir tree --firmware "$PWD/tree/lib/firmware/maker/one.bin" prog
	refused --modules-dir tree --firmware maker prog
	[[ ${lines[-1]} == "mkinitramfs: find 'maker': no such firmware in tree/lib/firmware or /lib/firmware, "* ]]
}

@test "a damaged or unreadable one is an error" {
	make_tree
	echo garbage >tree/lib/firmware/maker/bad.bin.xz
	refused --modules-dir tree --firmware maker/bad.bin prog
	copy_builder
	chmod 000 tree/lib/firmware/maker/one.bin
	mkdir work
	chmod 777 work
	run as_nobody env ELFCHECK="$ELFCHECK" "$mkinitramfs" -o work/img --arch x86_64 --init init \
		--modules-dir tree --firmware maker/one.bin prog
	failed_well 1
	[ -z "$(ls -A work)" ]
}

@test "what modules ask for and is not there: one warning a file, with the names of all these modules" {
	make_tree
	[ -d "$kernel_tree" ] || skip "no kernel in $kernel_tree (make kernel)"
	# Two modules of the test's own ask for the same file.
	v=$(ls "$kernel_tree/lib/modules")
	where=tree/lib/modules/$v
	mkdir -p "$where"
	module=$(find "$kernel_tree" -name virtio_ring.ko)
	for name in first second; do
		printf 'name=%s\0license=GPL\0firmware=maker/none.bin\0firmware=maker/two.bin\0firmware=maker/none.bin\0' $name >modinfo
		objcopy --update-section .modinfo=modinfo "$module" "$where/$name.ko"
	done
	depmod -b tree "$v"
	build --modules-dir tree -m first,second prog
	[ "$status" = 0 ]
	[ "$output" = "mkinitramfs: find firmware 'maker/none.bin': no such file, first, second may not work" ]
	[ "$(held)" = "maker/two.bin 100644" ]
}
