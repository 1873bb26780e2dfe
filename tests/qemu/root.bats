#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Another root than the initramfs: found, mounted, entered; what stops the boot; the full init behind it.
# shellcheck disable=SC2030,SC2031,SC2154 # bats runs each test in a subshell and sets variables

load lib
load disks

uuid=01234567-89ab-cdef-0123-456789abcdef
other_uuid=11111111-2222-3333-4444-555555555555

# Of a kernel that has them as modules, what the disks of most tests need.
disk_modules=()
! grep -q '^CONFIG_BLK_DEV_NVME=m' "$kernels/config" || disk_modules=(-m nvme,ext4 --conf modules=nvme)

# plain: no modules, so that only what the kernel has built in is there: NVMe and ext4, or modules in the place of those
# two. full: every module that is needed here, none of them named, so that only devices and file systems ask for them.
setup_file() {
	local modules=virtio_pci,virtio_blk,virtio_scsi,sd_mod,virtiofs,overlay
	modules+=,xfs,btrfs,squashfs,erofs,vfat,nls_cp437,nls_ascii
	cd "$BATS_FILE_TMPDIR" || return
	compile -o look "$BATS_TEST_DIRNAME/look.c"
	compile -o full_init "$BATS_TEST_DIRNAME/full_init.c"
	make_tree tree tree look
	make_fs ext4 ext4 tree -U "$uuid" -L 'the root'
	mkdir empty && make_fs ext4 other empty -U "$other_uuid" -L other
	[ ${#disk_modules[@]} = 0 ] || modules+=,nvme,ext4
	build_image plain ${disk_modules[@]+"${disk_modules[@]}"}
	build_image verity -m dm_verity --conf modules= ${disk_modules[@]+"${disk_modules[@]}"}
	build_image full -m "$modules" --conf modules= --conf autoload=yes
}

# build_image NAME OPTIONS...
build_image() {
	"$root/scripts/mkinitramfs.sh" -o "$BATS_FILE_TMPDIR/$1" --conf profile=static "${@:2}" "$BATS_FILE_TMPDIR/look"
}

setup() {
	machine=(--machine pc)
	ext4=$BATS_FILE_TMPDIR/ext4 tree=$BATS_FILE_TMPDIR/tree
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	rm -rf "${BATS_TEST_TMPDIR:?}"/*
}

# look IMAGE WORDS VERB:PATH...: WORDS for the kernel, the rest for the payload
look() {
	boot "${machine[@]}" --initrd "$BATS_FILE_TMPDIR/$1" --append "$2 -- ${*:3}"
}

# says REGEX: the payload, in a whole line
says() {
	grep -aqxE "$1" "$stdout" || { cat "$stdout" && show; }
}

never_says() {
	! grep -aqxE "$1" "$stdout" || { cat "$stdout" && show; }
}

# logs REGEX: initgate or the kernel
logs() {
	grep -aqE "$1" "$console" || show
}

# loaded MODULE RESULT
loaded() {
	jq -R 'fromjson? | select(.event == "module") | .module + " " + .result' -r "${console%/*}/result.log" |
		grep -qx "$1 $2" || show
}

not_loaded() {
	! grep -q "\"module\":\"$1\"" "${console%/*}/result.log" || show
}

# Kinds of file systems, names and disks.

@test "ext3 on the second partition of an MBR disk, by PARTUUID=; read-only unless asked for" {
	echo ext3 >which
	cp -r "$tree" tree && cp which tree/etc/which
	make_fs ext3 ext3 tree
	partition $'label: dos\nlabel-id: 0x0a1b2c3d' disk '' "$ext4" '' ext3
	attach virtio-blk disk off
	sha256sum disk >sum
	look full root=PARTUUID=0a1b2c3d-02 cat:/etc/which cat:/proc/mounts write:/new unlink:/etc/which
	ended exited 0
	says ext3
	says '/dev/vda2 / ext3 ro,.*'
	says 'write /new: Read-only file system'
	says 'unlink /etc/which: Read-only file system'
	logs "initgate: root: found ext3 on '/dev/vda2'"
	loaded virtio_blk loaded
	not_loaded virtio_scsi
	not_loaded xfs
	sha256sum -c --quiet sum
}

@test "ext4 on a GPT disk, by PARTLABEL=; writable, rootflags=, clean afterwards" {
	partition 'label: gpt' disk 'name="other root"' "$BATS_FILE_TMPDIR/other" 'name="my root"' "$ext4"
	attach nvme disk off
	look plain 'root="PARTLABEL=my root" rw rootflags=commit=7,nobarrier' cat:/proc/mounts write:/new ls:/
	ended exited 0
	says '/dev/nvme0n1p2 / ext4 rw,.*nobarrier,commit=7( .*)?'
	says 'write /new: done'
	says 'ls /: new'
	dd if=disk of=part bs=1M skip=17 count=16 status=none
	e2fsck -fn part
	[ "$(debugfs -R 'cat /new' part)" = 'written by the payload' ]
	dumpe2fs -h part >super
	grep -q '^Filesystem state: *clean$' super
	! grep needs_recovery super || show
}

@test "rootflags= with words that are flags of mount(2), as mount(8) takes them" {
	attach nvme "$ext4"
	look plain 'root=/dev/nvme0n1 rootflags=defaults,noatime,commit=7,nodev' cat:/proc/mounts
	ended exited 0
	says '/dev/nvme0n1 / ext4 ro,nodev,noatime,(.*,)?commit=7( .*)?'
}

@test "xfs on NVMe, by LABEL= with a blank in it; writable, rootflags=, clean afterwards" {
	make_fs xfs disk "$tree" -L 'a label'
	attach nvme disk off
	look full '"root=LABEL=a label" rw rootflags=logbufs=4' cat:/proc/mounts write:/new
	ended exited 0
	says '/dev/nvme0n1 / xfs rw,.*logbufs=4,.*'
	says 'write /new: done'
	loaded xfs loaded
	not_loaded btrfs
	xfs_repair -n disk
	xfs_logprint -t disk | grep -q 'state: <CLEAN>'
	xfs_db -r -c 'path /new' -c 'p core.size' disk | grep -qx 'core.size = 23'
}

@test "btrfs on virtio-scsi, by UUID= in either case; rootflags=" {
	make_fs btrfs disk "$tree" -U "$uuid"
	attach virtio-scsi "$BATS_FILE_TMPDIR/other"
	attach virtio-scsi disk
	look full "root=UUID=${uuid^^} rootflags=compress=zstd:1" cat:/proc/mounts cat:/etc/which
	ended exited 0
	says '/dev/sd[ab] / btrfs ro,.*compress=zstd:1.*'
	says tree
	for module in virtio_scsi sd_mod btrfs; do loaded $module loaded; done
	not_loaded virtio_blk
}

@test "squashfs by its path, below an overlay in memory" {
	make_fs squashfs disk "$tree"
	attach virtio-blk disk
	look full 'root=/dev/vda initgate.overlay=tmpfs' cat:/proc/mounts write:/new cat:/new unlink:/etc/which ls:/etc \
		write:/run/initgate/layers/root/new
	ended exited 0
	says 'overlay / overlay rw,.*'
	says '/dev/vda /run/initgate/layers/root squashfs ro,.*'
	says 'write /new: done'
	says 'written by the payload'
	says 'unlink /etc/which: done'
	never_says 'ls /etc: which'
	says 'write /run/initgate/layers/root/new: Read-only file system'
	for module in overlay squashfs; do loaded $module loaded; done
}

@test "an overlay leaves the disk as it is, rw or not" {
	cp "$ext4" disk
	sha256sum disk >sum
	attach nvme disk off
	look full 'root=/dev/nvme0n1 rw initgate.overlay=tmpfs' cat:/proc/mounts write:/new
	ended exited 0
	says 'write /new: done'
	says '/dev/nvme0n1 /run/initgate/layers/root ext4 ro,.*'
	sha256sum -c --quiet sum
}

@test "erofs with rootfstype=, by PARTUUID= of a GPT in either case" {
	make_fs erofs erofs "$tree"
	partition 'label: gpt' disk "uuid=$other_uuid" "$BATS_FILE_TMPDIR/other" "uuid=${uuid^^}" erofs
	attach virtio-blk disk
	look full "root=PARTUUID=${uuid^^} rootfstype=erofs" cat:/proc/mounts cat:/etc/which
	ended exited 0
	says '/dev/vda2 / erofs ro,.*'
	says tree
	loaded erofs loaded
}

@test "vfat, with the modules of its character sets named; writable" {
	make_fs vfat disk "$tree" -n ROOT
	attach virtio-blk disk off
	look full 'root=LABEL=ROOT rw initgate.modules=nls_cp437,nls_ascii' cat:/proc/mounts write:/NEW cat:/etc/which
	ended exited 0
	says '/dev/vda / vfat rw,.*'
	says 'write /NEW: done'
	says tree
	[ "$(mtype -i disk ::NEW)" = 'written by the payload' ]
	fsck.vfat -n disk
}

@test "virtiofs: root= is the tag of a share" {
	local virtiofsd=/usr/lib/qemu/virtiofsd server log line
	[ "$(id -u)" = 0 ] || skip 'virtiofsd needs root'
	cp -r "$tree" tree && echo shared >tree/etc/which
	# It ends with its only client.
	exec {log}< <("$virtiofsd" --socket-path="$PWD/socket" -o source="$PWD/tree" -o sandbox=chroot -f 2>&1 3>&-)
	server=$!
	machine+=(--qemu-arg -object --qemu-arg memory-backend-memfd,id=memory,size=256M,share=on
		--qemu-arg -numa --qemu-arg node,memdev=memory
		--qemu-arg -chardev --qemu-arg "socket,id=share,path=$PWD/socket"
		--qemu-arg -device --qemu-arg vhost-user-fs-pci,chardev=share,tag=the-tag)
	while read -r -t 60 line <&"$log" && [[ $line != *'Waiting for vhost-user socket connection'* ]]; do :; done
	look full 'root=the-tag rootfstype=virtiofs rw' cat:/proc/mounts cat:/etc/which write:/new
	kill "$server" 2>/dev/null || true # where nothing came to it, it still waits
	ended exited 0
	says 'the-tag / virtiofs rw,.*'
	says shared
	[ "$(cat tree/new)" = 'written by the payload' ]
}

# bats test_tags=not-arm
@test "9p: root= is the tag of a share" {
	build_image nine --modules-dir "$full/modules" -m virtio_pci,9p,9pnet_virtio --conf modules= --conf autoload=yes
	machine+=(--kernel "$full/vmlinuz" --qemu-arg -fsdev
		--qemu-arg "local,id=share,path=$tree,security_model=none,readonly=on"
		--qemu-arg -device --qemu-arg virtio-9p-pci,fsdev=share,mount_tag=the-tag)
	look nine 'root=the-tag rootfstype=9p rootflags=trans=virtio,version=9p2000.L' cat:/proc/mounts cat:/etc/which \
		write:/new
	ended exited 0
	says 'the-tag / 9p ro,.*'
	says tree
	says 'write /new: Read-only file system'
	loaded 9p loaded
	rm "$BATS_FILE_TMPDIR/nine"
}

# Looking through the disks.

@test "a device that is not there stops the boot when wait_timeout is over" {
	attach nvme "$ext4"
	look plain "root=UUID=$other_uuid initgate.wait_timeout=1"
	failed_with init-failed "root: find 'UUID=$other_uuid': it did not appear in time, not starting the payload"
	! elsewhere || return 0
	look plain 'root=/dev/nothing initgate.wait_timeout=0'
	failed_with init-failed "root: find '/dev/nothing': it did not appear in time, not starting the payload"
}

@test "root= of a form that is none" {
	machine=() # no disk, so the fastest one
	for name in $(variants FOO=bar nvme0n1 UUID=); do
		look plain "root=$name"
		failed_with init-failed "root: find '$name': neither a path nor UUID=, LABEL=, PARTUUID= or PARTLABEL=, not starting"
	done
}

# plug QEMU-NODE: tells QEMU that the disk is there now
plug() {
	printf '%s\n' '{"execute":"qmp_capabilities"}' \
		"{\"execute\":\"device_add\",\"arguments\":{\"driver\":\"scsi-hd\",\"drive\":\"$1\",\"bus\":\"late-bus.0\"}}" >qmp.in
	head -n 3 qmp.out >qmp.log
}

# late_boot IMAGE WORDS: the disk comes once initgate has done all that is before the root
late_boot() {
	place
	rm -f qmp.in qmp.out && mkfifo qmp.in qmp.out
	status=0
	"$root/scripts/boot.sh" -v --json "$json" --keep "${json%/*}" "${machine[@]}" --initrd "$BATS_FILE_TMPDIR/$1" \
		--qemu-arg -chardev --qemu-arg "pipe,id=plug,path=$PWD/qmp" --qemu-arg -mon --qemu-arg chardev=plug,mode=control \
		--qemu-arg -device --qemu-arg virtio-scsi-pci,id=late-bus \
		--qemu-arg -blockdev --qemu-arg "driver=file,filename=$ext4,node-name=file,read-only=on" \
		--qemu-arg -blockdev --qemu-arg driver=raw,file=file,node-name=late,read-only=on \
		--append "$2 -- cat:/etc/which" >"$stdout" \
		2> >(tee "$stderr" | { grep -m 1 ' devices$' && plug late; cat; } >/dev/null) || status=$?
}

@test "a disk that is plugged in later: rootwait knows no wait_timeout" {
	late_boot full "root=UUID=$uuid rootwait initgate.wait_timeout=0"
	ended exited 0
	says tree
}

@test "a disk that is plugged in later: within wait_timeout" {
	late_boot full "root=/dev/sda initgate.wait_timeout=200"
	ended exited 0
	says tree
}

@test "rootdelay comes before the first look" {
	attach nvme "$ext4"
	look plain 'root=/dev/nvme0n1 rootdelay=1 initgate.wait_timeout=0' cat:/etc/which
	ended exited 0
	says tree
	# The guest's own clock, and only the least that it must show.
	jq -Rne '[inputs | fromjson? | select(.event == "stage" and .stage == "root") | .took_us >= 1000000] == [true]' \
		"${console%/*}/result.log" || show
}

# What cannot be mounted.

@test "a type that is not the disk's, and one that nobody knows" {
	attach nvme "$ext4"
	look full 'root=/dev/nvme0n1 rootfstype=xfs'
	failed_with init-failed "root: mount '/dev/nvme0n1': xfs: .*, not starting the payload"
	loaded xfs loaded
	! elsewhere || return 0
	look full 'root=/dev/nvme0n1 rootfstype=nonsense'
	failed_with init-failed "root: mount '/dev/nvme0n1': nonsense: nothing that the kernel or a module of this image"
	look full 'root=/dev/nvme0n1 rootflags=nonsense'
	failed_with init-failed "root: mount '/dev/nvme0n1': .*, not starting the payload"
	logs "ext4: Unknown parameter 'nonsense'"
}

@test "a file system whose module the image does not hold" {
	make_fs xfs disk "$tree" -L ROOT
	attach nvme disk
	look plain root=LABEL=ROOT
	failed_with init-failed "root: mount '/dev/nvme0n1': xfs: nothing that the kernel or a module of this image mounts"
}

@test "a disk without a file system, and one whose superblock is damaged" {
	truncate -s 16M disk
	attach nvme disk
	look plain root=/dev/nvme0n1
	failed_with init-failed "root: identify '/dev/nvme0n1': no file system that initgate knows \(rootfstype=\)"
	! elsewhere || return 0
	cp "$ext4" disk
	flip disk $((1024 + 0x28)) # s_inodes_per_group, below the checksum
	look plain root=/dev/nvme0n1
	failed_with init-failed "root: identify '/dev/nvme0n1': no file system that initgate knows \(rootfstype=\)"
	look plain 'root=/dev/nvme0n1 rootfstype=ext4'
	failed_with init-failed "root: mount '/dev/nvme0n1': .*, not starting the payload"
	logs 'EXT4-fs .*invalid superblock checksum'
}

@test "a path that is no disk" {
	machine=()
	look plain root=/etc
	failed_with init-failed "root: .* '/etc': .*, not starting the payload"
	! elsewhere || return 0
	look plain root=/dev/console
	failed_with init-failed "root: .* '/dev/console': .*, not starting the payload"
	look plain 'root=/dev/null rootfstype=ext4'
	failed_with init-failed "root: mount '/dev/null': ext4: Block device required, not starting the payload"
}

# dm-verity.

# verity_disk: a disk with the partitions data and tree; sets roothash and words
verity_disk() {
	truncate -s 0 hashes
	veritysetup format "$ext4" hashes >format
	roothash=$(awk '/^Root hash:/ { print $3 }' format)
	[ ${#roothash} = 64 ]
	partition 'label: gpt' disk name=data "$ext4" name=tree hashes
	data_at=$((1024 * 1024)) tree_at=$((17 * 1024 * 1024))
	words="root=PARTLABEL=data initgate.roothash_device=PARTLABEL=tree roothash=$roothash"
	machine=(--machine pc)
	attach nvme disk off
}

@test "verity: a root that is whole; nothing writes to it" {
	verity_disk
	sha256sum disk >sum
	look verity "$words rw" cat:/etc/which cat:/proc/mounts write:/new remount-rw:/ \
		overwrite:/dev/dm-0 cat:/sys/block/dm-0/ro
	ended exited 0
	says tree
	says '/dev/dm-0 / ext4 ro,.*'
	says 'write /new: Read-only file system'
	says 'remount-rw /: Permission denied'
	says 'overwrite /dev/dm-0: (Operation not permitted|Permission denied)'
	says 1
	sha256sum -c --quiet sum
	for module in dm_verity dm_mod; do loaded $module loaded; done
	not_loaded virtio_blk
}

@test "verity: one flipped bit in the payload" {
	verity_disk
	mapfile -t blocks < <(debugfs -R 'blocks /bin/look' "$ext4" | tr -s ' ' '\n' | sed '/^$/d')
	[ ${#blocks[@]} -gt 5 ]
	flip disk $((data_at + blocks[5] * 4096 + 100))
	look verity "$words" cat:/etc/which
	failed_with refused "payload: copy '/bin/look': I/O error, refused"
	logs "device-mapper: verity: .*: data block ${blocks[5]} is corrupted"
	never_says tree
}

@test "verity: one flipped bit in the hash tree, above the first blocks of the root" {
	verity_disk
	flip disk $((tree_at + 2 * 4096 + 5)) # the superblock, the one block of the upper level, the first of the lower one
	look verity "$words"
	failed_with init-failed "root: identify '/dev/dm-0': I/O error, not starting the payload"
	logs "device-mapper: verity: .*: metadata block 2 is corrupted"
}

@test "verity: another root hash" {
	verity_disk
	look verity "${words%?}$(tr 0-9a-f 1-9a-f0 <<<"${words: -1}")"
	failed_with init-failed "root: identify '/dev/dm-0': I/O error, not starting the payload"
	logs "device-mapper: verity: .*: metadata block 1 is corrupted"
	! elsewhere || return 0
	look verity "${words%??}"
	failed_with init-failed "verity: map '/dev/nvme0n1p1': .*, not starting the payload"
}

@test "verity: no hash tree where it should be, no device for it, none named" {
	verity_disk
	look verity "root=PARTLABEL=data initgate.roothash_device=PARTLABEL=data roothash=$roothash"
	failed_with init-failed "verity: read '/dev/nvme0n1p1': it holds no hash tree, not starting the payload"
	! elsewhere || return 0
	look verity "root=PARTLABEL=data initgate.roothash_device=PARTLABEL=other roothash=$roothash initgate.wait_timeout=1"
	failed_with init-failed "root: find 'PARTLABEL=other': it did not appear in time, not starting the payload"
	look verity "root=PARTLABEL=data roothash=$roothash"
	failed_with init-failed "root: read 'roothash_device': not set, but roothash= is, not starting the payload"
}

@test "verity: an image without the module" {
	verity_disk
	look plain "$words"
	failed_with init-failed "(verity|root): .*, not starting the payload"
	logs "initgate: verity: open '/dev/mapper/control': "
}

# The switch.

@test "after the switch nothing is left of the initramfs, and all that was mounted is there" {
	attach nvme "$ext4"
	look plain "root=UUID=$uuid" ls:/ ls:/etc cat:/proc/mounts fds:1 fds:self device:/ \
		device:/proc/1/root device:/proc/1/cwd cat:/proc/self/mountinfo write:/run/a write:/tmp/a \
		write:/dev/shm/a cat:/run/initgate/report.json
	ended exited 0
	for name in bin etc dev proc sys run tmp sbin lost.found; do says "ls /: $name"; done
	never_says 'ls /: (init|newroot|lib)'
	never_says 'ls /etc: initgate.*'
	never_says 'rootfs .*|.* /newroot.*'
	for target in /dev:devtmpfs /proc:proc /sys:sysfs /run:tmpfs /tmp:tmpfs /dev/pts:devpts /dev/shm:tmpfs \
		/sys/fs/cgroup:cgroup2; do
		says "[^ ]+ ${target%:*} ${target#*:} rw,.*"
	done
	[ "$(grep -c ' / / ' "$stdout")" = 1 ] || show
	for path in /run/a /tmp/a /dev/shm/a; do says "write $path: done"; done
	[ "$(sed -n 's/^device .*: //p' "$stdout" | sort -u | wc -l)" = 1 ] || show
	# What PID 1 has open lies on what is mounted now, but for the copy of the payload, and the console that the kernel
	# opened in the first root.
	grep -qE '^fd 0 other ' "$stdout" || show
	awk '/^[0-9]+ [0-9]+ [0-9]+:[0-9]+ / { mounted[$3] = 1 }
		/^fd / { line[++n] = $0; device[n] = $4; target[n] = $5 }
		END { for (i = 1; i <= n; i++) if (target[i] ~ /^\// && !(device[i] in mounted) && target[i] !~ /^\/memfd:/ &&
			line[i] !~ /^fd [012] other .* \/dev\/console/) { print "left open: " line[i]; bad = 1 }
			exit bad }' "$stdout" || show
	sed -n '/^{"schema":"initgate-report/,/^looked$/p' "$stdout" | sed '$d' >report
	jq -e '[.events[] | select(.event == "stage") | .stage] | index("root") and index("verify")' report || show
}

# kib WORD: of /proc/meminfo
kib() {
	sed -n "s/^$1: *\([0-9]*\) kB\$/\1/p" "$stdout"
}

@test "the switch frees the memory of the initramfs" {
	head -c 40M /dev/urandom >big
	build_image big ${disk_modules[@]+"${disk_modules[@]}"} --add big:/big
	attach nvme "$ext4"
	# Without a root of its own the file is there, which says that it counts here.
	look big '' cat:/proc/meminfo
	ended exited 0
	[ "$(kib Cached)" -gt $((40 * 1024)) ] || show
	# With root= on the command line the kernel's first root is a ramfs, without it a tmpfs.
	look big root=/dev/nvme0n1 cat:/proc/meminfo
	ended exited 0
	[ "$(kib Cached)" -lt $((20 * 1024)) ] && [ "$(kib Unevictable)" -lt $((20 * 1024)) ] || show
	! elsewhere || return 0
	look big initgate.root=/dev/nvme0n1 cat:/proc/meminfo
	ended exited 0
	[ "$(kib Cached)" -lt $((20 * 1024)) ] && [ "$(kib Shmem)" -lt $((20 * 1024)) ] || show
	rm "$BATS_FILE_TMPDIR/big"
}

@test "the payload is the new root's, by links that lead elsewhere in the initramfs" {
	cp -r "$tree" tree && mkdir -p tree/usr/opt tree/var/tmp
	mv tree/bin/look tree/usr/other && ln -s /usr/other tree/usr/opt/link && ln -s /usr/opt tree/opt
	rmdir tree/tmp && ln -s /var/tmp tree/tmp
	make_fs ext4 disk tree
	attach nvme disk
	look plain 'root=/dev/nvme0n1 initgate.payload=/opt/link' cat:/etc/which cat:/proc/mounts
	ended exited 0
	says tree
	# What is mounted would end up in the initramfs, out of reach and without a word.
	logs "initgate: switch: move '/tmp' into the new root: .*, going on without it"
	never_says '[^ ]+ (/tmp|/var/tmp) .*'
}

@test "a root without the payload is not entered, and nothing is deleted" {
	# A shell of the image shows what the boot left of it.
	build_image shell ${disk_modules[@]+"${disk_modules[@]}"} --add "$BATS_FILE_TMPDIR/look:/bin/sh"
	cp -r "$tree" tree && rm tree/bin/look
	make_fs ext4 disk tree
	attach nvme disk off
	look shell 'root=/dev/nvme0n1 rw initgate.on_fail=shell'
	failed_with init-failed "switch: find in the new root '/bin/look': No such file or directory, not starting the payload"
	for line in 'ls /bin: look' 'ls /bin: sh' 'ls /etc: initgate.conf' 'ls /etc: initgate.manifest'; do
		tr -d '\r' <"$console" | grep -aqx "$line" || show
	done
	# The root was unmounted all the same.
	e2fsck -fn disk
	dumpe2fs -h disk >super
	! grep needs_recovery super || show
}

@test "a read-only root without the directories: said, and an orderly end" {
	mkdir -p tree/bin && cp "$BATS_FILE_TMPDIR/look" tree/bin
	make_fs squashfs disk tree
	attach nvme disk
	look full root=/dev/nvme0n1
	ended init-failed 125
	for mount in /dev /proc /sys /run /tmp; do
		logs "initgate: switch: move '$mount' into the new root: No such file or directory, going on without it"
	done
	jq -r .reason "$json" | grep -q "^launch: open '/dev/null': No such file or directory, not starting" || show
}

@test "a writable root without the directories gets them" {
	mkdir -p tree/bin && cp "$BATS_FILE_TMPDIR/look" tree/bin
	make_fs ext4 disk tree
	attach nvme disk off
	look plain 'root=/dev/nvme0n1 rw' cat:/proc/mounts
	ended exited 0
	for mount in /dev /proc /sys /run /tmp; do says "[^ ]+ $mount .*"; done
	! grep -aq 'switch: move' "$console" || show
}

# A full init.

# init_disk: with full_init as /sbin/init
init_disk() {
	cp -r "$tree" tree && cp "$BATS_FILE_TMPDIR/full_init" tree/sbin/init
	make_fs ext4 disk tree
	attach nvme disk
}

# It has no result channel any more, and a UART without initgate's relay is a terminal.
handed_over() {
	[ "$(jq -r '.outcome, .qemu_reason' "$json")" = $'no-report\nguest-shutdown' ] || show
	! grep -aE "$warnings" "$console" || show
	tr -d '\r' <"$stdout" >said
}

@test "init=: the new root's init gets the machine as it may expect it" {
	init_disk
	boot "${machine[@]}" --initrd "$BATS_FILE_TMPDIR/plain" --append 'root=/dev/nvme0n1 init=/sbin/init -- one "two words"'
	handed_over
	[ "$(cat said)" = 'checked [/sbin/init] [one] [two words]' ] || { cat said && show; }
}

# bats test_tags=once
@test "init=: busybox, dynamically linked, with an inittab" {
	cp -r "$tree" tree && add_distribution tree
	ln -s ../bin/busybox tree/sbin/init
	echo '::sysinit:/bin/sh /etc/start' >tree/etc/inittab
	cat >tree/etc/start <<-'END'
		b() { busybox "$@"; }
		echo "the root of PID 1 is $(b readlink /proc/1/root), $(b cat /etc/which)"
		b mount -t tmpfs none /tmp && echo written >/tmp/file && b cat /tmp/file
		b mount -o remount,rw / && echo kept >/kept && b mount -o remount,ro /
		b poweroff
	END
	size=64M make_fs ext4 disk tree
	attach nvme disk off
	boot "${machine[@]}" --initrd "$BATS_FILE_TMPDIR/plain" --append 'root=/dev/nvme0n1 init=/sbin/init'
	handed_over
	for line in 'the root of PID 1 is /, tree' written; do
		grep -qx "$line" said || { cat said && show; }
	done
	e2fsck -fn disk
	[ "$(debugfs -R 'cat /kept' disk)" = kept ]
}

# bats test_tags=once
@test "init=: systemd comes as far as a unit, and ends the machine" {
	cp -r "$tree" tree && add_distribution tree
	ln -s ../lib/systemd/systemd tree/sbin/init
	: >tree/etc/machine-id
	mkdir -p tree/etc/systemd/system tree/usr tree/var
	printf '%s\n' '[Unit]' DefaultDependencies=no Requires=hello.service >tree/etc/systemd/system/default.target
	cat >tree/etc/systemd/system/hello.service <<-'END'
		[Unit]
		DefaultDependencies=no
		SuccessAction=poweroff-force
		FailureAction=poweroff-force
		[Service]
		Type=oneshot
		ExecStart=/bin/sh -c 'echo "a unit of $(busybox cat /proc/1/comm) on $(busybox cat /etc/which)" >/dev/ttyS2'
		ExecStart=/bin/sh -c 'systemctl show -p InitRDTimestampMonotonic >/dev/ttyS2 2>&1'
	END
	size=64M make_fs ext4 disk tree
	attach nvme disk off
	boot "${machine[@]}" --initrd "$BATS_FILE_TMPDIR/plain" \
		--append 'root=/dev/nvme0n1 init=/sbin/init systemd.log_target=kmsg'
	handed_over
	grep -qx 'a unit of systemd on tree' said || { cat said && show; }
	# It knows the time that the initramfs took: when init began, in microseconds of the kernel's clock.
	grep -qxE 'InitRDTimestampMonotonic=[1-9][0-9]*' said || { cat said && show; }
	logs 'systemd-shutdown.*: All filesystems unmounted'
	e2fsck -fn disk
}

@test "init=: one that is not there, one that is none" {
	init_disk
	look plain 'root=/dev/nvme0n1 init=/sbin/nothing'
	failed_with init-failed "switch: find in the new root '/sbin/nothing': No such file or directory, not starting"
	! elsewhere || return 0
	look plain 'root=/dev/nvme0n1 init=/etc/which'
	failed_with refused "verify: check '/etc/which': layer 1 not-elf: .*, refused"
}
