#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# blockid.c on images that the real tools made, compared with blkid(8), sfdisk(8) and with what the tools were told. The
# images are sparse files; nothing is mounted and no device is needed.
# shellcheck disable=SC2154 # bats sets status and output

uuid=01234567-89ab-cdef-0123-456789abcdef

setup_file() {
	export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C.UTF-8
	repo=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	# The same flags as the unit tests' build; under bats's own directory, so that nothing stale is run.
	export cli=$BATS_FILE_TMPDIR/blockid_cli
	(cd "$repo" && gcc -std=gnu11 -I. -g -O1 '-fsanitize=address,undefined' -fno-sanitize-recover=all -Wall -Wextra -Wshadow \
		-Wconversion -Werror -o "$cli" tests/unit/blockid_cli.c init/blockid.c)
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	rm -rf "${BATS_TEST_TMPDIR:?}"/*
}

# make SIZE COMMAND...: a new image, given to the command as its last argument
make() {
	rm -f img
	truncate -s "$1" img
	shift
	"$@" img >log 2>&1 || { cat log && return 1; }
}

# What blkid says, in the words of blockid_cli.
by_blkid() {
	local tag
	for tag in TYPE UUID LABEL; do
		printf '%s=%s\n' "$tag" "$(blkid -p -s "$tag" -o value img)"
	done | sed 's/^TYPE=DM_verity_hash$/TYPE=verity/'
}

# same TYPE [LABEL]: ours and blkid's are one, and are what the tool was told to make
same() {
	local ours theirs
	ours=$("$cli" img)
	theirs=$(by_blkid)
	printf 'ours\n%s\nblkid\n%s\n' "$ours" "$theirs"
	[ "$ours" = "$theirs" ]
	grep -qx "TYPE=$1" <<<"$ours"
	[ $# -lt 2 ] || grep -qxF "LABEL=$2" <<<"$ours"
}

# has_uuid UUID: in ours
has_uuid() {
	"$cli" img | grep -qxF "UUID=$1"
}

@test "ext2, ext3, ext4: features, sizes of blocks, labels" {
	local type block
	for type in ext2 ext3 ext4; do
		for block in 1024 2048 4096; do
			make 32M mkfs.$type -q -b $block -L "$type $block" -U $uuid
			same $type "$type $block"
			has_uuid $uuid
		done
		make 32M mkfs.$type -q
		same $type ''
		make 32M mkfs.$type -q -L 0123456789abcdef
		same $type 0123456789abcdef
		make 32M mkfs.$type -q -L 'blanks  '
		same $type blanks
		make 32M mkfs.$type -q -L $'h\xc3\xa9 \xe2\x82\xac'
		same $type $'h\xc3\xa9 \xe2\x82\xac'
	done
	for features in ^metadata_csum '^metadata_csum,uninit_bg' ^64bit ^has_journal bigalloc metadata_csum_seed encrypt,casefold \
		inline_data ^extent,^64bit; do
		make 64M mkfs.ext4 -q -O $features -L features
		same ext4 features
	done
	make 32M mkfs.ext4 -q -O ^extent,^flex_bg,^64bit,^metadata_csum,^huge_file,^dir_nlink,^extra_isize,^uninit_bg -L old
	same ext3 old
}

@test "ext4: after tune2fs and e2label" {
	make 32M mkfs.ext4 -q -L before
	e2label img after
	same ext4 after
	tune2fs -U $uuid -L '' img
	same ext4 ''
	has_uuid $uuid
	tune2fs -O ^metadata_csum img
	same ext4 ''
}

@test "a journal's own device is no file system" {
	make 32M mkfs.ext4 -q -O journal_dev
	run "$cli" img
	[ "$status" = 2 ]
	[ "$(blkid -p -s TYPE -o value img)" = jbd ]
}

@test "xfs: versions 4 and 5, sizes of sectors and blocks, labels" {
	make 320M mkfs.xfs -q -L root -m uuid=$uuid
	same xfs root
	has_uuid $uuid
	make 320M mkfs.xfs -q
	same xfs ''
	make 320M mkfs.xfs -q -m crc=0 -L old
	same xfs old
	make 320M mkfs.xfs -q -L 0123456789ab
	same xfs 0123456789ab
	for sector in 512 1024 4096; do
		make 320M mkfs.xfs -q -s size=$sector -b size=4096 -L "s$sector"
		same xfs "s$sector"
	done
	for block in 1024 16384 65536; do
		make 320M mkfs.xfs -q -b size=$block -L "b$block"
		same xfs "b$block"
	done
}

@test "btrfs: checksums, labels" {
	local long
	long=$(printf 'x%.0s' {1..254}) # mkfs.btrfs cuts what is longer
	for sum in crc32c xxhash sha256 blake2; do
		make 128M mkfs.btrfs -q --csum $sum -L "sum $sum" -U $uuid
		same btrfs "sum $sum"
		has_uuid $uuid
	done
	make 128M mkfs.btrfs -q
	same btrfs ''
	make 128M mkfs.btrfs -q -L "$long"
	same btrfs "$long"
	make 128M mkfs.btrfs -q --mixed --nodesize 4096 -L mixed
	same btrfs mixed
}

@test "squashfs: compressors, sizes of blocks" {
	mkdir tree
	echo content >tree/file
	for options in '-comp gzip' '-comp xz' '-comp zstd -b 4096' '-comp lz4 -b 1M' -noI; do
		rm -f img
		# shellcheck disable=SC2086 # words
		mksquashfs tree img -quiet -no-progress $options >log
		same squashfs ''
		has_uuid ''
	done
}

@test "erofs: with and without a checksum, a label" {
	mkdir tree
	echo content >tree/file
	mkfs.erofs -U $uuid img tree >log 2>&1
	same erofs ''
	has_uuid $uuid
	rm -f img
	mkfs.erofs -E legacy-compress -U $uuid img tree >log 2>&1
	same erofs ''
	# This mkfs.erofs has no option for it. Without the feature bit of the checksum it may be written behind its back.
	printf '\0\0\0\0' | dd of=img bs=1 seek=1032 conv=notrunc status=none
	printf 'a label' | dd of=img bs=1 seek=$((1024 + 64)) conv=notrunc status=none
	same erofs 'a label'
}

@test "vfat: kinds of FAT, sizes of sectors and clusters, labels" {
	for options in '12 4M' '16 32M' '32 64M'; do
		read -r bits size <<<"$options"
		make "$size" mkfs.vfat -F "$bits" -i 0abc0def -n 'MY LABEL'
		same vfat 'MY LABEL'
		has_uuid 0ABC-0DEF
		make "$size" mkfs.vfat -F "$bits"
		same vfat ''
		make "$size" mkfs.vfat -F "$bits" -n ABCDEFGHIJK
		same vfat ABCDEFGHIJK
		make "$size" mkfs.vfat -F "$bits" -f 1 -R 64 -n ONE
		same vfat ONE
		make "$size" mkfs.vfat -F "$bits" --mbr=n -n NOMBR
		same vfat NOMBR
	done
	for sector in 512 1024 2048 4096; do
		for cluster in 1 2 8; do
			make 300M mkfs.vfat -F 32 -S $sector -s $cluster -n "S$sector"
			same vfat "S$sector"
		done
		make 64M mkfs.vfat -F 16 -S $sector -r 512 -n "S$sector"
		same vfat "S$sector"
	done
}

@test "vfat: the label is the root directory's" {
	make 32M mkfs.vfat -F 16 -n BEFORE
	fatlabel img AFTER
	same vfat AFTER
	make 64M mkfs.vfat -F 32 -n BEFORE
	fatlabel img AFTER
	same vfat AFTER
	fatlabel -r img
	same vfat ''
	fatlabel -i img 12ab34cd
	has_uuid 12AB-34CD
}

# iso PROGRAM... : makes img of tree
iso() {
	rm -f img
	"$@" -quiet -o img tree >log 2>&1 || { cat log && return 1; }
}

@test "iso9660: names, dates, Joliet" {
	mkdir tree
	echo content >tree/file
	for label in ROOT 'Mixed Case' ABCDEFGHIJKLMNOPQRSTUVWXYZ012345 'Longer than sixteen characters'; do
		iso genisoimage -V "$label"
		same iso9660 "$label"
		iso genisoimage -J -V "$label"
		same iso9660 "$label"
		iso genisoimage -J -r -l -V "$label"
		same iso9660 "$label"
		iso xorriso -as mkisofs -J -V "$label"
		same iso9660
	done
	iso genisoimage -J -input-charset utf-8 -V 'Café'
	same iso9660 'Café'
	for label in 'Café' 'smile 😀' ''; do
		iso xorriso -as mkisofs -J -V "$label"
		same iso9660
	done
	iso xorriso -as mkisofs --modification-date=2024022913141516 -V DATE
	same iso9660 DATE
	has_uuid 2024-02-29-13-14-15-16
	# Made and changed at different times.
	rm -f img
	TZ=UTC xorriso -outdev img -map tree / -volid DATES -volume_date c 2023010203040506 -volume_date m 2024022913141500 >log 2>&1
	same iso9660 DATES
	has_uuid 2024-02-29-13-14-15-00
}

@test "f2fs: labels in UTF-16, with a checksum" {
	make 128M mkfs.f2fs -q -l root -U $uuid
	same f2fs root
	has_uuid $uuid
	make 128M mkfs.f2fs -q
	same f2fs ''
	make 128M mkfs.f2fs -q -l $'h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80'
	same f2fs $'h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80'
	make 128M mkfs.f2fs -q -O extra_attr,sb_checksum -l sum
	same f2fs sum
}

@test "verity" {
	truncate -s 1M data
	for options in '' '--hash-block-size=1024 --data-block-size=512' '--hash=sha512 --salt=-'; do
		rm -f img
		# shellcheck disable=SC2086 # words
		veritysetup format --uuid=$uuid $options data img >log
		same verity ''
		has_uuid $uuid
	done
}

@test "LUKS: the type alone" {
	echo secret >key
	for type in luks1 luks2; do
		make 32M cryptsetup luksFormat -q --type $type --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file key
		[ "$("$cli" img)" = $'TYPE=crypto_LUKS\nUUID=\nLABEL=' ]
		[ "$(blkid -p -s TYPE -o value img)" = crypto_LUKS ]
	done
}

@test "others, and nothing" {
	make 32M mkswap
	run "$cli" img
	[ "$status" = 2 ]
	truncate -s 0 img
	run "$cli" img
	[ "$status" = 2 ]
	truncate -s 1M img
	run "$cli" img
	[ "$status" = 2 ]
	head -c 1M /dev/zero | tr '\0' '\377' >img
	run "$cli" img
	[ "$status" = 2 ]
}

@test "two file systems are one too many, as for blkid" {
	make 128M mkfs.btrfs -q
	mkdir tree
	echo content >tree/file
	mksquashfs tree small -quiet -no-progress >log
	dd if=small of=img conv=notrunc status=none
	run "$cli" img
	[ "$status" = 8 ]
	run blkid -p img
	[ "$status" = 8 ]
}

@test "damage in a superblock with a checksum" {
	local make
	for make in "32M mkfs.ext4 -q 1500" "320M mkfs.xfs -q 300" "128M mkfs.btrfs -q 65800"; do
		# shellcheck disable=SC2086 # words
		set -- $make
		make "${@:1:$#-1}"
		"$cli" img
		printf 'x' | dd of=img bs=1 seek="${*: -1}" conv=notrunc status=none
		run "$cli" img
		[ "$status" = 2 ]
	done
}

# By the partition table: "NUMBER PARTUUID PARTLABEL" for each partition.
by_sfdisk() {
	sfdisk -J img | jq -r '.partitiontable as $t | $t.partitions[] | (.node | ltrimstr("img") | tonumber) as $n |
		if $t.label == "gpt" then "\($n) \(.uuid | ascii_downcase) \(.name // "")"
		else "\($n) \($t.id | ltrimstr("0x")) \(.node)" end' | while read -r number id name; do
		case $id in
		*-*) echo "$number $id $name" ;;
		# As Documentation/admin-guide/kernel-parameters and block/partitions/msdos.c have it.
		*) printf '%d %s-%02x \n' "$number" "$id" "$number" ;;
		esac
	done
}

# by_cli [MOST]: the same from ours
by_cli() {
	local number out
	for number in $(seq "${1:-20}"); do
		out=$("$cli" img "$number" 2>/dev/null) || { [ $? = 2 ] && continue; }
		echo "$number $(sed -n s/PARTUUID=//p <<<"$out") $(sed -n s/PARTLABEL=//p <<<"$out")"
	done
}

same_table() {
	diff <(by_sfdisk) <(by_cli "$@")
}

gpt_table() {
	cat <<-'EOF'
		label: gpt
		1: size=1MiB, uuid=01234567-89AB-CDEF-0123-456789ABCDEF, name="root"
		2: size=1MiB
		5: size=1MiB, name="blank in it"
		12: size=1MiB, name="0123456789abcdefghijklmnopqrstuvwxyz"
	EOF
}

@test "GPT: numbers, UUIDs, names" {
	make 16M sfdisk -q < <(gpt_table)
	same_table 130
	[ "$("$cli" img 1)" = $'PARTUUID=01234567-89ab-cdef-0123-456789abcdef\nPARTLABEL=root' ]
	[ "$("$cli" img 1 512)" = "$("$cli" img 1)" ]
	run "$cli" img 1 4096
	[ "$status" = 2 ]
}

@test "GPT: the copy at the end of the disk" {
	make 16M sfdisk -q < <(gpt_table)
	by_cli >before
	[ -s before ]
	dd if=/dev/zero of=img bs=512 seek=1 count=1 conv=notrunc status=none
	diff before <(by_cli)
	same_table
	dd if=/dev/zero of=img bs=512 seek=$((16 * 2048 - 1)) count=1 conv=notrunc status=none
	[ -z "$(by_cli)" ]
}

@test "GPT: names of all characters" {
	make 16M sgdisk -n 1:0:+1M -c 1:'hé € 😀' -n 2:0:+1M -c 2:'€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€'
	same_table
	[ "$("$cli" img 1 | tail -n 1)" = 'PARTLABEL=hé € 😀' ]
}

@test "GPT: sgdisk, a larger table, a hybrid MBR" {
	make 16M sgdisk -S 256 -n 1:0:+1M -c 1:one -n 200:0:+1M -c 200:last
	same_table 256
	"$cli" img 200 | grep -qx PARTLABEL=last
	make 16M sgdisk -n 1:0:+1M -n 2:0:+1M -n 3:0:+1M
	sgdisk -h 1:2 img >log
	same_table
}

@test "GPT: sectors of 4096 bytes" {
	make 64M fdisk -b 4096 < <(printf '%s\n' g n 1 '' +1M n 2 '' +1M x u 1 $uuid n 1 root n 2 other r w)
	[ "$("$cli" img 1)" = "PARTUUID=$uuid"$'\nPARTLABEL=root' ]
	"$cli" img 2 4096 | grep -qx PARTLABEL=other
	run "$cli" img 3
	[ "$status" = 2 ]
	run "$cli" img 1 512
	[ "$status" = 2 ]
}

@test "MBR: primary and logical partitions" {
	make 32M sfdisk -q < <(printf '%s\n' 'label: dos' 'label-id: 0x0a1b2c3d' '1: size=1MiB, bootable' \
		'2: size=16MiB, type=5' '4: size=1MiB' '5: size=1MiB' '6: size=1MiB')
	# The table alone does not say which logical ones there are: the kernel does.
	[ "$(by_sfdisk)" = "$(by_cli 6)" ]
	[ "$(by_cli 6)" = "$(printf '%s \n' '1 0a1b2c3d-01' '2 0a1b2c3d-02' '4 0a1b2c3d-04' '5 0a1b2c3d-05' '6 0a1b2c3d-06')" ]
	make 32M sfdisk -q < <(printf '%s\n' 'label: dos' 'size=1MiB' 'size=1MiB' 'size=1MiB')
	same_table
}

@test "a FAT without partitions has none, nor has an empty disk" {
	make 32M mkfs.vfat -F 16
	[ -z "$(by_cli)" ]
	make 1M true
	[ -z "$(by_cli)" ]
}
