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
