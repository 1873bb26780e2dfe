#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Modules, what they need, and the indexes that libkmod reads. Against kmod's own tools.
load helper

setup_file() {
	: "${O:=$BATS_TEST_DIRNAME/../../build}"
	[ -d "$O/kernels/x86_64/modules" ] || skip "no kernel in $O/kernels/x86_64 (make kernel)"
}

version() {
	ls "$kernel_tree/lib/modules"
}

unpack() {
	rm -rf root
	mkdir root
	bsdtar -xf img -C root --exclude 'dev/*' --exclude './dev/*'
}

depends() {
	local tree=$1
	shift
	modprobe -C /dev/null -d "$tree" -S "$(version)" --show-depends -a "$@" |
		sed -n 's,^insmod .*/\(kernel/[^ ]*\).*,\1,p' | sort -u
}

held() {
	paths | sed -n "s,^lib/modules/$(version)/\(kernel/.*\.ko.*\),\1,p" | sort
}

# fake_tree VERSION...: a tree of real modules under other versions
fake_tree() {
	for v in "$@"; do
		mkdir -p "tree/lib/modules/$v"
		cp -r "$kernel_tree/lib/modules/$(version)/." "tree/lib/modules/$v"
	done
}

@test "no -m, no modules" {
	built prog
	[ -z "$(paths | grep lib/modules)" ]
}

@test "the closure is that of modprobe, byte for byte" {
	built -m virtio_net,virtio_pci -m overlay prog
	[ "$(held)" = "$(depends "$kernel_tree" virtio_net virtio_pci overlay)" ]
	unpack
	for file in $(held); do
		cmp "root/lib/modules/$(version)/$file" "$kernel_tree/lib/modules/$(version)/$file"
	done
}

@test "soft dependencies come along" {
	built -m btrfs prog
	held | grep -q blake2b
	[ "$(held)" = "$(depends "$kernel_tree" btrfs)" ]
}

@test "the indexes are those of the image: every module resolves, no other does" {
	built -m virtio_net,btrfs prog
	unpack
	[ "$(depends "$PWD/root" virtio_net btrfs)" = "$(depends "$kernel_tree" virtio_net btrfs)" ]
	run modprobe -C /dev/null -d "$PWD/root" -S "$(version)" --show-depends xfs
	[ "$status" != 0 ]
	for index in dep alias symbols builtin builtin.alias; do
		[ -s "root/lib/modules/$(version)/modules.$index.bin" ]
	done
	for file in order builtin builtin.modinfo; do
		cmp "root/lib/modules/$(version)/modules.$file" "$kernel_tree/lib/modules/$(version)/modules.$file"
	done
}

@test "an alias brings its module" {
	built -m 'virtio:d00000001v*' prog
	held | grep -q virtio_net.ko
	unpack
	modprobe -C /dev/null -d "$PWD/root" -S "$(version)" --show-depends 'virtio:d00000001v00001AF4' | grep -q virtio_net
}

@test "a module that is built in needs no file" {
	built -m ext4 prog
	[ -z "$(held)" ]
	content etc/initgate.conf | grep -qx modules=ext4
	unpack
	modprobe -C /dev/null -d "$PWD/root" -S "$(version)" --show-depends ext4 | grep -q '^builtin'
}

@test "an unknown module is an error that names it" {
	refused -m virtio_net,no_such_one prog
	[[ ${lines[-1]} == *no_such_one* ]]
	[[ ${lines[-1]} != *virtio_net* ]]
}

@test "a set is what its list says" {
	built -m virtio prog
	listed=$(sed 's/#.*//' "$repo/modules/sets/virtio.list" | xargs | tr ' ' ,)
	content etc/initgate.conf | grep -qx "modules=$listed"
	# shellcheck disable=SC2086
	[ "$(held)" = "$(depends "$kernel_tree" ${listed//,/ })" ]
}

@test "every name in every set resolves" {
	for list in "$repo"/modules/sets/*.list; do
		sed 's/#.*//' "$list" | xargs modprobe -C /dev/null -d "$kernel_tree" -S "$(version)" --show-depends -a
	done
}

@test "one of several kernels has to be named" {
	fake_tree 1.2.3-a 1.2.3-b
	refused --modules-dir tree -m loop prog
	[[ ${lines[-1]} == *1.2.3-a* && ${lines[-1]} == *1.2.3-b* ]]
	built --modules-dir tree --kernel-version 1.2.3-b -m loop prog
	paths | grep -q '^lib/modules/1.2.3-b/kernel/drivers/block/loop.ko$'
	[ -z "$(paths | grep 1.2.3-a)" ]
	rm img
	refused --modules-dir tree --kernel-version 9 -m loop prog
}

@test "a directory without kernels is an error" {
	mkdir -p none/lib/modules
	refused --modules-dir none -m loop prog
	refused --modules-dir nowhere -m loop prog
}

@test "this machine's modprobe configuration does not matter" {
	[ "$(id -u)" = 0 ] || skip "needs root to hide /etc/modprobe.d"
	mkdir etc
	echo 'install loop /bin/false' >etc/x.conf
	echo 'softdep loop pre: xfs' >>etc/x.conf
	built -m loop prog
	mv img without
	run unshare -m sh -c 'mount --bind etc /etc/modprobe.d && exec "$@"' sh \
		"$mkinitramfs" -o img --arch x86_64 --init init -m loop prog
	[ "$status" = 0 ]
	cmp without img
}

@test "firmware comes along when it is there, else a warning says so" {
	module=$(find "$kernel_tree" -name '*.ko*' -print0 | xargs -0 grep -lE 'firmware=[a-z0-9/_.-]+' | head -n 1)
	[ -n "$module" ] || skip "this kernel has no module with firmware"
	v=$(version)
	fake_tree "$v"
	name=$(basename "$module" .ko)
	file=$(modinfo -F firmware "$module" | head -n 1)
	build --modules-dir tree -m "$name" prog
	[ "$status" = 0 ]
	[[ $output == *"mkinitramfs: "*"$file"* ]]
	mkdir -p "tree/lib/firmware/$(dirname "$file")"
	echo blob >"tree/lib/firmware/$file"
	build --modules-dir tree -m "$name" prog
	[ "$status" = 0 ]
	[[ $output != *"'$file'"* ]]
	[ "$(content "lib/firmware/$file")" = blob ]
}

@test "compressed modules are unpacked" {
	v=$(version)
	fake_tree "$v"
	find tree -name 'virtio_ring.ko' -exec zstd -q --rm {} +
	find tree -name 'virtio_blk.ko' -exec xz --check=crc32 {} +
	depmod -b tree "$v"
	depends "$PWD/tree" virtio_blk | grep -q 'virtio_blk.ko.xz$'
	built --modules-dir tree -m virtio_blk prog
	[ "$(held)" = "$(depends "$kernel_tree" virtio_blk)" ]
	unpack
	for file in $(held); do
		cmp "root/lib/modules/$v/$file" "$kernel_tree/lib/modules/$v/$file"
	done
	[ "$(depends "$PWD/root" virtio_blk)" = "$(held)" ]
}

# kmod's tools read the modules of any machine with the same byte order: here the kernel's own, said to be for AArch64.
@test "modules of another architecture" {
	fake_tree "$(version)"
	find tree -name '*.ko' -path '*virtio*' | while read -r file; do
		printf '\xb7\0' | dd of="$file" bs=1 seek=18 conv=notrunc status=none # e_machine
	done
	find tree -name virtio_net.ko | xargs readelf -h | grep -q AArch64
	depmod -b tree "$(version)"
	run "$mkinitramfs" -o img --arch arm64 --init init --modules-dir tree -m virtio_net,virtio_pci prog
	[ "$status" = 0 ]
	[ -z "$output" ]
	[ "$(held)" = "$(depends "$kernel_tree" virtio_net virtio_pci)" ]
	unpack
	[ "$(depends "$PWD/root" virtio_net virtio_pci)" = "$(held)" ]
	find root -name virtio_net.ko | xargs readelf -h | grep -q AArch64
}

@test "a module whose dependency has no file is an error, not an image without it" {
	fake_tree "$(version)"
	find tree -name virtio_ring.ko -delete
	refused --modules-dir tree -m virtio_blk prog
}
