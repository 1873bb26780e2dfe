# SPDX-License-Identifier: MIT
# How the machine ends: who asked for it, what is left on disks, and what a host sees that has no result channel.

load lib

setup_file() {
	build_guest
}

setup() {
	guest=$BATS_FILE_TMPDIR/guest
	static=(--conf profile=static)
}

# with_shell OPTION...: sets image, an image with the rescue shell
with_shell() {
	image=$BATS_TEST_TMPDIR/image
	"$root/scripts/mkinitramfs.sh" -o "$image" --busybox "${static[@]}" "$@" "$guest" -- good
}

qemu_said() {
	[ "$(jq -r .qemu_reason "$json")" = "$1" ] || show
}

# The kernel turns the keys into SIGINT for PID 1; left to itself it would restart the machine at once, without a result.
@test "Ctrl-Alt-Del: the payload is asked to end, then the machine restarts" {
	begin "${static[@]}" ${keyboard[@]+"${keyboard[@]}"} "$guest" wait-for-end
	await "$words" $'\nready'
	echo 'sendkey ctrl-alt-delete' >&"$commands"
	await "$words" $'\nSIGINT'
	finish
	ended exited 3
	qemu_said guest-reset # on_exit= says poweroff
}

# A power button is an input device: user space decides. Here the payload watches it and tells PID 1. The others have none,
# or no driver for it in their kernel.
# bats test_tags=pc
@test "power button: who watches it sends SIGPWR, then the machine is switched off" {
	begin "${static[@]}" -m button,evdev --conf on_exit=reboot "$guest" watch-button
	await "$words" $'\nready'
	echo system_powerdown >&"$commands"
	await "$words" $'\nSIGTERM'
	finish
	ended exited 3
	qemu_said guest-shutdown
}

@test "on_exit=panic and on_fail=panic: the kernel panics, behind the result" {
	boot "${static[@]}" --append 'initgate.on_exit=panic' "$guest" good
	[ "$status" = 125 ] && [ "$(jq -r .outcome "$json")" = panic ] || show
	grep -aq 'Kernel panic - not syncing: sysrq triggered crash' "$console" || show
	last '.outcome == "exited" and .exit == 3'
	! elsewhere || return 0
	boot "${static[@]}" --append 'initgate.on_fail=panic initgate.payload=/bin/nothing' "$guest" good
	[ "$status" = 125 ] && [ "$(jq -r .outcome "$json")" = panic ] || show
	grep -aq 'Kernel panic - not syncing: sysrq triggered crash' "$console" || show
	last '.outcome == "refused" and .exit == 125'
}

# Such a machine stays there for whoever wants to look at it. On RISC-V the kernel switches it off.
# bats test_tags=not-riscv
@test "on_exit=halt: the machine stops, behind the result, and stays" {
	begin "${static[@]}" --conf on_exit=halt "$guest" good
	await "$screen" 'reboot: System halted'
	echo quit >&"$commands"
	finish
	qemu_said host-qmp-quit
	last '.outcome == "exited" and .exit == 3'
}

make_disk() {
	disk=$BATS_TEST_TMPDIR/disk
	truncate -s 16M "$disk"
	PATH=$PATH:/sbin:/usr/sbin mke2fs -q -t ext4 "$disk"
	with_disk=(--machine pc -m 'virtio_pci,virtio_blk,loop,ext4' --append 'loglevel=8 initgate.loglevel=debug'
		--conf wait=/dev/vda,/dev/loop0 --qemu-arg -drive --qemu-arg "file=$disk,format=raw,if=virtio")
}

# needs_recovery: the journal was not written out.
is_clean() {
	local PATH=$PATH:/sbin:/usr/sbin dump=$BATS_TEST_TMPDIR/dump
	dumpe2fs -h "$disk" >"$dump" 2>&1 && grep -q '^Filesystem state: *clean' "$dump" && ! grep needs_recovery "$dump" &&
		e2fsck -fn "$disk" >"$dump" 2>&1 &&
		[ "$(debugfs -R 'cat /file' "$disk" 2>/dev/null)" = 'written at the last moment' ] || {
		cat "$dump" && show
	}
}

@test "a disk that the payload left mounted is unmounted, with what is mounted on top" {
	make_disk
	boot "${static[@]}" "${with_disk[@]}" "$guest" leave-disk
	ended exited 3
	is_clean
	! grep -a 'initgate: unmount: .*/disk' "$console" || show
}

@test "a disk that a deaf process keeps busy is unmounted behind its end" {
	make_disk
	boot "${static[@]}" "${with_disk[@]}" "$guest" leave-disk-busy
	ended exited 3
	grep -aq "initgate: shutdown: end 'remaining processes': they ignored SIGTERM for 10 s, killing them" "$console" || show
	is_clean
	! grep -a 'initgate: unmount: .*/disk' "$console" || show
}

@test "a disk that cannot be unmounted becomes read-only" {
	make_disk
	boot "${static[@]}" "${with_disk[@]}" "$guest" leave-disk-held
	ended exited 3
	grep -aq "initgate: unmount: unmount '/disk': .*, made read-only" "$console" || show
	is_clean
}

# The result comes first. Ctrl-C reaches a program only where the console is the shell's controlling terminal.
@test "on_exit=shell: a shell on the console with a terminal's ways; leaving it switches the machine off" {
	with_shell --conf on_exit=shell
	begin --initrd "$image"
	await "$screen" "initgate: rescue: starting '/bin/sh' on the console; the machine ends when it does"
	await "$screen" '[/~] # '
	echo 'echo $((6 * 7)) of $PPID' >&"$keys"
	await "$screen" $'\n42 of 1'
	await "$screen" '[/~] # '
	# What has read from the terminal is in its foreground, so that Ctrl-C is for it and not for the shell.
	echo "sh -c 'echo rea\"\"dy; read x; echo got-\$x; cat'" >&"$keys"
	await "$screen" $'\nready'
	echo it >&"$keys"
	await "$screen" $'\ngot-it'
	printf '\003' >&"$keys"
	await "$screen" '[/~] # '
	echo 'cat /run/initgate/report.json' >&"$keys"
	await "$screen" '"event":"done",'
	await "$screen" '[/~] # '
	echo exit >&"$keys"
	finish
	ended exited 3
	qemu_said guest-shutdown
}

@test "on_fail=shell: the same when the payload did not start" {
	with_shell --conf on_fail=shell --conf payload=/bin/nothing
	begin --initrd "$image"
	await "$screen" '[/~] # '
	echo exit >&"$keys"
	finish
	ended refused 125
	qemu_said guest-shutdown
}

@test "on_exit=shell in an image without a shell says so and switches the machine off" {
	boot "${static[@]}" --machine pc --conf on_exit=shell "$guest" good
	ended exited 3
	qemu_said guest-shutdown
	grep -aq "initgate: rescue: open '/bin/sh': No such file or directory, no shell" "$console" || show
}

# A matter of the build, which also shows in a boot.
# bats test_tags=once
@test "RESCUE=0: there is no such setting and no trace of a shell in the binary" {
	local o=$BATS_TEST_TMPDIR/build
	mkdir -p "$o/$ARCH"
	ln -s "$build/src" "$build/musl" "$o/"
	cp -a "$build/host" "$o/"
	# The setting is init's alone; the rest is built already.
	cp -a "$build/$ARCH/obj" "$o/$ARCH/obj-no-rescue"
	rm "$o/$ARCH"/obj-no-rescue/init/*.o
	MAKEFLAGS='' make -C "$root" O="$o" RESCUE=0 "$o/$ARCH/init" >"$BATS_TEST_TMPDIR/log" 2>&1 || {
		cat "$BATS_TEST_TMPDIR/log" && return 1
	}
	grep -q /bin/sh "$build/$ARCH/init"
	! grep /bin/sh "$o/$ARCH/init" || false
	with_shell --init "$o/$ARCH/init"
	boot --initrd "$image" --append initgate.on_fail=shell
	failed_with init-failed "config: parse 'on_fail': unknown value at byte [0-9]+ of the kernel command line, not starting"
}

# QEMU's own exit status is the result then: 2 N + 1. boot.sh has no use for it, so its command is run once more.
# bats test_tags=pc
@test "report=debugexit: QEMU itself ends with the payload's exit status" {
	local dir gone
	boot "${static[@]}" --append initgate.report=debugexit --qemu-arg -device --qemu-arg isa-debug-exit "$guest" good
	[ "$(jq -r .outcome "$json")" = no-report ] || show
	qemu_said ''
	grep -aq 'initgate: done: {"event":"done",' "$console" || show
	dir=${console%/*}
	gone=$(grep -o '[^ =]*/initrd' "$dir/reproduce.sh")
	sed "s|${gone%/initrd}/|$dir/|g" "$dir/reproduce.sh" >"$dir/again.sh"
	status=0
	timeout 100 bash "$dir/again.sh" >"$stdout" 2>"$stderr" || status=$?
	[ "$status" = 7 ] || show
}

@test "without a result channel the last line goes to the console, also with quiet" {
	boot "${static[@]}" --append 'quiet initgate.report=auto' "$guest" good
	[ "$status" = 125 ] && [ "$(jq -r .outcome "$json")" = no-report ] || show
	! grep -aq 'initgate: launch:' "$console" || show
	sed -n 's/.*initgate: done: //p' "$console" |
		jq -s -e 'length == 1 and (.[0] | .event == "done" and .outcome == "exited" and .exit == 3)' || show
}
