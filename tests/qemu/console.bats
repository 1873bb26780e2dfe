# SPDX-License-Identifier: MIT
# Consoles of all kinds, and images in two pieces: the result arrives whatever the console is. refuse.bats has those that
# an image lacks.

load lib

setup_file() {
	build_guest
}

setup() {
	guest=$BATS_FILE_TMPDIR/guest
	static=(--conf profile=static)
}

# boot.sh always names a console: a second -append, which holds, says all that it says but for the console.
with_console() {
	local words="${machine_append/console=$serial/} initgate.on_exit=reboot initgate.stdin=/dev/null initgate.nonce=of-this-test"
	boot "${static[@]}" --qemu-arg -append --qemu-arg "$1 $words" "${@:2}" "$guest" good
	# It does not know the number, but the machine has ended by itself and the last line is there.
	[ "$(jq -r .outcome "$json")" = no-report ] && [ "$(jq -r .qemu_reason "$json")" = guest-reset ] || show
	last '.nonce == "of-this-test" and .outcome == "exited" and .exit == 3'
}

@test "several consoles, one of which does not exist, in any order" {
	while read -r consoles; do
		boot "${static[@]}" --append "$consoles" "$guest" good </dev/null
		ended exited 3
	done < <(variants "console=tty0 console=ttyNONE7 console=$serial" console=ttyS9 "console=ttyS9 console=$serial")
}

@test "no console named, an empty name, and only one that does not exist" {
	with_console 'console=ttyNONE0'
	! grep -aq initgate "$console" || show
	with_console ''
	! elsewhere || return 0
	with_console 'console='
	# Where there is a device tree, it names one (stdout-path).
	[ "$ARCH" != x86_64 ] || ! grep -aq initgate "$console" || show
}

# The driver is a module: there is no console when init starts, but init loads it. The kernel of riscv64 has it built in.
# bats test_tags=not-riscv
@test "a console that comes late" {
	local log=$BATS_TEST_TMPDIR/log
	with_console console=hvc0 --machine pc -m virtio_pci,virtio_console \
		--qemu-arg -chardev --qemu-arg "file,id=late,path=$log" \
		--qemu-arg -device --qemu-arg virtio-serial-pci --qemu-arg -device --qemu-arg virtconsole,chardev=late
	! grep -a 'Run /init' "$log" || show
	grep -a "initgate: launch: starting '/bin/guest'" "$log" || show
}

# Its FIFO is full before the machine starts. quiet, as the kernel itself waits for each letter that it prints. On a PC only:
# QEMU's PL011 makes the whole machine wait for its reader, and the firmware of RISC-V waits for its first letter.
# bats test_tags=pc
@test "a console that takes nothing does not hold the machine" {
	local fifo=$BATS_TEST_TMPDIR/console full
	mkfifo "$fifo.in" "$fifo.out"
	exec {full}<>"$fifo.out"
	! dd if=/dev/zero of="$fifo.out" bs=4096 oflag=nonblock status=none 2>"$BATS_TEST_TMPDIR/dd" || show
	grep -q 'temporarily unavailable' "$BATS_TEST_TMPDIR/dd"
	boot "${static[@]}" --append quiet --qemu-arg -set --qemu-arg chardev.console.backend=pipe \
		--qemu-arg -set --qemu-arg "chardev.console.path=$fifo" "$guest" fill-console
	exec {full}<&-
	ended exited 3
}

# segment FILE:NAME...: a cpio archive, whole blocks of 512 bytes, as the kernel takes several one behind the other.
segment() {
	local tree=$BATS_TEST_TMPDIR/segment pair
	rm -rf "$tree"
	for pair; do
		mkdir -p "$(dirname "$tree/${pair#*:}")"
		cp "${pair%%:*}" "$tree/${pair#*:}"
	done
	(cd "$tree" && find . -mindepth 1 -printf '%P\n' | bsdcpio --quiet -o -H newc)
}

# A boot loader may append such a segment. The later file counts: for the settings, and for the payload, whose new bytes
# are the ones that are verified.
@test "a second segment of the image replaces files, and what it brings is verified" {
	local image=$BATS_TEST_TMPDIR/image
	"$root/scripts/mkinitramfs.sh" -o "$image" "${static[@]}" "$guest" -- good

	printf 'payload=/bin/guest profile=static args=terminal\n' >"$BATS_TEST_TMPDIR/conf"
	{ cat "$image" && segment "$BATS_TEST_TMPDIR/conf:etc/initgate.conf"; } >"$image.conf"
	boot --initrd "$image.conf"
	ended exited 4
	! elsewhere || return 0

	# As long as the payload, lest the manifest finds it first.
	{ printf '#!' && head -c "$(($(stat -c %s "$guest") - 2))" /dev/zero; } >"$BATS_TEST_TMPDIR/guest"
	chmod 755 "$BATS_TEST_TMPDIR/guest"
	{ cat "$image" && segment "$BATS_TEST_TMPDIR/guest:bin/guest"; } >"$image.payload"
	boot --initrd "$image.payload"
	failed_with refused "verify: check '/bin/guest': layer 1 not-elf: "

	printf 'short' >"$BATS_TEST_TMPDIR/guest"
	{ cat "$image" && segment "$BATS_TEST_TMPDIR/guest:bin/guest"; } >"$image.short"
	boot --initrd "$image.short"
	failed_with init-failed "manifest: "
}
