# shellcheck shell=bash
# shellcheck disable=SC2034,SC2119,SC2120,SC2154 # set or used by bats and the tests
# SPDX-License-Identifier: MIT
#
# What the tests of the image builder share. They read an archive with bsdtar and, where numbers of the cpio
# header count, with a reader of their own (entries); never with the code that wrote it.
# Environment: O (build directory); MKINITRAMFS (another builder to test).

repo=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
export O=${O:-$repo/build}
O=$(cd "$O" && pwd)
mkinitramfs=${MKINITRAMFS:-$repo/scripts/mkinitramfs.sh}
export PATH=$PATH:/usr/sbin:/sbin

kernel_tree=$O/kernels/x86_64/modules

setup() {
	# Not under bats's own directory, which other users may not enter.
	tmp=$(mktemp -d /tmp/image-test.XXXXXX)
	chmod 755 "$tmp"
	cd "$tmp" || return
	printf '#!/bin/sh\nexit 0\n' >accept
	printf '#!/bin/sh\necho REPORT: not static\nexit 1\n' >reject
	printf '#!/bin/sh\necho cannot open\nexit 2\n' >cannot
	chmod 755 accept reject cannot
	export ELFCHECK=$tmp/accept
	printf 'PAYLOAD' >prog
	printf 'INIT' >init
	chmod 755 prog
}

teardown() {
	mountpoint -q "$tmp/small" && umount "$tmp/small"
	cd / && rm -rf "$tmp"
}

# build ARGUMENT...: to img, for x86_64, with a stand-in for init
build() {
	run "$mkinitramfs" -o img --arch x86_64 --init init "$@"
}

built() {
	build "$@"
	[ "$status" = 0 ] || { echo "$output" && return 1; }
}

# Refused: exit status 1, one line of the builder's own, the last of the output, and nothing was left behind.
refused() {
	build "$@"
	failed_well 1
	nothing_left
}

# failed_well STATUS: after run; the builder said so in its one line
failed_well() {
	echo "$output"
	[ "$status" = "$1" ]
	[[ ${lines[-1]} =~ ^"mkinitramfs: "[a-z]+" '".*"': ".+", nothing written"(" (".*")")?$ ]]
	[ "$(grep -c '^mkinitramfs: ' <<<"$output")" = 1 ]
}

nothing_left() {
	[ -z "$(find "$tmp" -name 'img*' -print -quit)" ]
}

content() {
	bsdtar -xOf img "$1"
}

# segments FILE: cuts an uncompressed archive in front of another one off: the first into early, the rest into main
segments() {
	local length
	length=$(grep -abo -m 1 'TRAILER!!!' "$1" | head -n 1 | cut -d: -f1)
	length=$(((length + 11 + 511) / 512 * 512))
	head -c "$length" "$1" >early
	tail -c "+$((length + 1))" "$1" >main
}

# entries: "PATH MODE UID GID NLINK MTIME SIZE INODE DEV RDEV", of each header, numbers decimal but the octal mode
entries() {
	perl -e '
		undef $/; open F, "<", $ARGV[0] or die; binmode F; $_ = <F>; my $at = 0;
		for (;;) {
			substr($_, $at, 6) eq "070701" or die "no header at $at";
			my @f = map { hex } unpack("(A8)13", substr($_, $at + 6, 104));
			my $name = substr($_, $at + 110, $f[11] - 1);
			$at = ($at + 110 + $f[11] + 3) & ~3;
			last if $name eq "TRAILER!!!";
			$name =~ s,^\./,,; $name =~ s,/$,,;
			printf "%s %o %d %d %d %d %d %d %d:%d %d:%d\n", $name, @f[1, 2, 3, 4, 5, 6, 0, 7, 8, 9, 10];
			$at = ($at + $f[6] + 3) & ~3;
		}' "${1:-img}"
}

copy_builder() {
	mkdir "$tmp/builder"
	cp -r "$repo/scripts" "$repo/modules" "$repo/initramfs-skel" "$tmp/builder"
	chmod -R a+rX "$tmp/builder"
	mkinitramfs=$tmp/builder/scripts/mkinitramfs.sh
}

paths() {
	entries | cut -d' ' -f1
}

# Another user runs a copy of the builder: the checkout may lie where only its owner may look.
as_nobody() {
	[ "$(id -u)" = 0 ] || skip "needs root to become somebody else"
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
