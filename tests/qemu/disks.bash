# shellcheck shell=bash
# shellcheck disable=SC2154 # set by lib.bash or the tests
# SPDX-License-Identifier: MIT
#
# Disks for boot tests, made without root: file systems from a tree, written into an image at the place of a partition.

export PATH=$PATH:/usr/sbin:/sbin MTOOLS_SKIP_CHECK=1

# make_tree DIR WORD PAYLOAD: a root with the directories that mounts move to; /etc/which says WORD
make_tree() {
	mkdir -p "$1"/{bin,etc,dev,proc,sys,run,tmp,sbin}
	cp "$3" "$1/bin/look"
	echo "$2" >"$1/etc/which"
}

# mkfs.xfs takes no tree but its own description of one; mkfs_proto DIR prints what is below
mkfs_proto() {
	local entry
	for entry in "$1"/*; do
		[ -e "$entry" ] || continue
		if [ -d "$entry" ]; then
			printf '%s d--755 0 0\n' "${entry##*/}"
			mkfs_proto "$entry"
			echo '$'
		else
			printf '%s ---755 0 0 %s\n' "${entry##*/}" "$entry"
		fi
	done
}

# make_fs TYPE IMAGE TREE [OPTION...]: OPTION goes to the mkfs; the variable size is that of an ext image
make_fs() {
	local type=$1 image=$2 tree=$3
	shift 3
	rm -f "$image"
	case $type in
	ext*) truncate -s "${size:-16M}" "$image" && mkfs."$type" -q -b 4096 -d "$tree" "$@" "$image" ;;
	xfs)
		truncate -s 300M "$image" && { printf '/\n0 0\nd--755 0 0\n' && mkfs_proto "$tree" && echo '$'; } >"$image.proto"
		mkfs.xfs -q -p "$image.proto" "$@" "$image"
		;;
	btrfs) truncate -s 128M "$image" && mkfs.btrfs -q -r "$tree" "$@" "$image" ;;
	squashfs) mksquashfs "$tree" "$image" -quiet -no-progress -all-root "$@" ;;
	erofs) mkfs.erofs "$@" "$image" "$tree" ;;
	vfat) truncate -s 16M "$image" && mkfs.vfat "$@" "$image" && mcopy -s -i "$image" "$tree"/* :: ;;
	esac >"$image.log" 2>&1 || { cat "$image.log" && return 1; }
}

# partition TABLE DISK {FIELDS IMAGE}...: a disk with these partitions from 1 MiB on; FIELDS are sfdisk's
partition() {
	local table=$1 disk=$2 start=2048 sectors script='' images=() starts=()
	shift 2
	while [ $# -gt 0 ]; do
		sectors=$(stat -c %s "$2") && sectors=$(((sectors + 1048575) / 512 & ~2047))
		script+="start=$start, size=$sectors${1:+, $1}"$'\n'
		images+=("$2") starts+=("$start")
		start=$((start + sectors))
		shift 2
	done
	rm -f "$disk"
	truncate -s $((start * 512 + 1048576)) "$disk"
	printf '%s\n%s' "$table" "$script" | sfdisk -q "$disk" || return
	for sectors in "${!images[@]}"; do
		dd if="${images[sectors]}" of="$disk" bs=512 seek="${starts[sectors]}" conv=notrunc,sparse status=none
	done
}

# flip FILE OFFSET: one bit of the byte there
flip() {
	local byte
	byte=$(od -An -v -t u1 -j "$2" -N 1 "$1")
	printf '%b' "\\x$(printf %x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# attach KIND IMAGE [on|off]: adds a disk to the array `machine` (boot's options), read-only unless off
attach() {
	local id=disk${#machine[@]} device
	case $1 in
	nvme) device=nvme,serial=$id ;;
	virtio-blk) device=virtio-blk-pci ;;
	virtio-scsi) device=scsi-hd && machine+=(--qemu-arg -device --qemu-arg "virtio-scsi-pci,id=$id-bus") ;;
	esac
	machine+=(--qemu-arg -drive --qemu-arg "file=$2,format=raw,if=none,id=$id,readonly=${3:-on}"
		--qemu-arg -device --qemu-arg "$device,drive=$id")
}

# add_distribution TREE: busybox and systemd of this distribution's release with the libraries that they need, from its
# packages; nothing of this machine
add_distribution() {
	local release from loader program file
	# shellcheck disable=SC1091
	release=$(. /etc/os-release && echo "$VERSION_CODENAME")
	from=$("$root/scripts/fetch-package.sh" "$release" busybox systemd libsystemd-shared libacl1 libapparmor1 libaudit1 \
		libblkid1 libc6 libcap2 libcap-ng0 libcrypt1 libgcrypt20 libgpg-error0 libip4tc2 libkmod2 liblz4-1 liblzma5 \
		libmount1 libpam0g libpcre2-8-0 libseccomp2 libselinux1 libssl3 libzstd1)
	loader=lib/x86_64-linux-gnu/ld-linux-x86-64.so.2
	mkdir -p "$1"/lib/systemd "$1"/lib64 "$1"/lib/x86_64-linux-gnu
	cp "$from/$loader" "$1/lib64"
	for program in bin/busybox bin/systemctl lib/systemd/systemd lib/systemd/systemd-shutdown; do
		cp "$from/$program" "$1/$program"
		while read -r file; do
			cp -Ln "$file" "$1/lib/x86_64-linux-gnu"
		done < <("$from/$loader" --library-path "$(printf '%s:' "$from"/{,usr/}lib/x86_64-linux-gnu{,/systemd})" \
			--list "$from/$program" | sed -n 's/.* => \(\/.*\) (0x.*/\1/p')
	done
	ln -s busybox "$1/bin/sh"
}
