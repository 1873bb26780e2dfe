#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The same input gives the same bytes.
load helper

# elsewhere DIR: copies of all input, made in another order, with other times
elsewhere() {
	mkdir -p "$1/tree"
	for name in $2; do echo "$name" >"$1/tree/$name"; done
	cp accept "$1"
	cp init prog "$1"
	touch -d "$3" "$1"/* "$1"/tree/*
}

options=(--arch x86_64 --init init --add tree:/t --conf env.A=1)

@test "directory, time, umask, locale, time zone, inode numbers" {
	elsewhere one "a b c é" 2001-01-01
	elsewhere two/deeper "é c b a" 2033-03-03
	(cd one && umask 022 && TZ=UTC LC_ALL=C "$mkinitramfs" -o img "${options[@]}" prog -- x)
	(cd two/deeper && umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 "$mkinitramfs" -o img "${options[@]}" prog -- x)
	cmp one/img two/deeper/img
}

@test "other file systems" {
	[ "$(id -u)" = 0 ] || skip "needs root to mount"
	mkdir small
	mount -t tmpfs tmpfs small
	elsewhere one "a b" 2001-01-01
	elsewhere small/two "b a" 2002-02-02
	(cd one && "$mkinitramfs" -o img "${options[@]}" prog)
	(cd small/two && TMPDIR=$PWD "$mkinitramfs" -o img "${options[@]}" prog)
	cmp one/img small/two/img
}

@test "another user, without any right" {
	copy_builder
	elsewhere one "a b" 2001-01-01
	(cd one && "$mkinitramfs" -o img "${options[@]}" prog)
	mkdir work
	chmod 777 work
	cd one
	as_nobody env -i PATH=/usr/bin:/bin O="$O" ELFCHECK="$ELFCHECK" \
		"$mkinitramfs" -o ../work/img "${options[@]}" prog
	cmp img ../work/img
}

@test "with modules" {
	[ -d "$kernel_tree" ] || skip "no kernel in $kernel_tree (make kernel)"
	cp -r "$kernel_tree" copy
	built -m virtio --modules-dir "$kernel_tree" prog
	mv img first
	umask 077
	built -m virtio --modules-dir copy prog
	cmp first img
}

# A whole second machine: other directories, user, umask, locale, time zone and times, a file system that lists in
# another order; of the first one it has only a copy of what is asked for.
@test "every option, every compression, two machines" {
	[ -d "$kernel_tree" ] && [ -x "$O/host/elfcheck" ] || skip "no kernel or checker in $O (make kernel all)"
	copy_builder
	mkdir -p one two/deeper
	chmod 777 two/deeper
	cp "$(type -P busybox)" accept init prog one
	cp -al "$kernel_tree" one/modules 2>/dev/null || cp -r "$kernel_tree" one/modules
	mkdir -p one/modules/lib/firmware/maker one/ucode one/tree
	echo blob | xz --check=crc32 >one/modules/lib/firmware/maker/blob.bin.xz
	printf 'DMA\0a' >one/ucode/a
	printf 'DMA\0b' >one/ucode/b
	for name in a é b; do echo $name >"one/tree/$name"; done
	cp -r one/modules two/deeper
	mkdir two/deeper/ucode two/deeper/tree
	for name in é b a; do cp "one/tree/$name" two/deeper/tree; done
	for name in b a; do cp one/ucode/$name two/deeper/ucode; done
	cp one/prog one/init one/busybox one/accept two/deeper
	find two -exec touch -h -d 2033-03-03 {} +
	chmod -R a+rX one two
	for how in none lz4 gzip zstd xz; do
		with=(--arch x86_64 --init init -m virtio_net,xfs --modules-dir modules --firmware 'maker/*' --microcode ucode
			--busybox=busybox --add tree:/t --conf verify=off --compress $how -o "img.$how" prog -- x)
		(cd one && umask 022 && TZ=UTC ELFCHECK=$O/host/elfcheck "$mkinitramfs" "${with[@]}")
		cp "$O/host/elfcheck" . && chmod 755 elfcheck
		(cd two/deeper && umask 077 && as_nobody env -i PATH="$PATH" HOME=/nonexistent TZ=Asia/Tokyo LC_ALL=C.UTF-8 \
			O=/nonexistent ELFCHECK="$tmp/elfcheck" "$mkinitramfs" "${with[@]}")
		cmp "one/img.$how" "two/deeper/img.$how"
	done
}

@test "images for other machines" {
	[ -x "$O/host/elfcheck" ] || skip "no checker in $O/host (make)"
	export ELFCHECK=$O/host/elfcheck GOFLAGS='' GOTOOLCHAIN=local CGO_ENABLED=0
	printf 'package main\n\nfunc main() { println("hello") }\n' >hello.go
	mkdir -p one two
	for arch in arm64 riscv64; do
		GOARCH=$arch go build -trimpath -o one/hello hello.go
		cp one/hello two
		(cd one && umask 022 && "$mkinitramfs" -o "out.$arch" --arch $arch --init hello hello)
		(cd two && umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 "$mkinitramfs" -o "out.$arch" --arch $arch --init hello hello)
		cmp "one/out.$arch" "two/out.$arch"
		refused --arch x86_64 one/hello
		[[ $output == *machine-mismatch* ]]
	done
}

@test "what files share does not show" {
	mkdir one two
	echo same >one/a
	ln one/a one/b
	echo same >two/a
	echo same >two/b
	built --add one:/t prog
	mv img first
	built --add two:/t prog
	cmp first img
}

@test "the skeleton's modes do not depend on the umask of a checkout" {
	cp -r "$repo/initramfs-skel" skel
	built --skel skel prog
	mv img first
	chmod -R go= skel
	built --skel skel prog
	cmp first img
}

@test "SOURCE_DATE_EPOCH is the time of all entries, 0 without it" {
	built prog
	[ "$(entries | awk '{ print $6 }' | sort -u)" = 0 ]
	SOURCE_DATE_EPOCH=1700000000 built prog
	[ "$(entries | awk '{ print $6 }' | sort -u)" = 1700000000 ]
	SOURCE_DATE_EPOCH=yesterday refused_after_rm prog
}

refused_after_rm() {
	rm -f img
	build "$@"
	[ "$status" != 0 ]
	nothing_left
}

@test "options of the tools do not leak in from the environment" {
	built --compress xz prog
	mv img first
	XZ_OPT=-0 XZ_DEFAULTS=--check=sha256 GZIP=-1 ZSTD_CLEVEL=1 built --compress xz prog
	cmp first img
}
