# shellcheck shell=bash
# shellcheck disable=SC2034,SC2119,SC2120,SC2154 # set or used by bats and the tests
# SPDX-License-Identifier: MIT
#
# What the boot tests share. A case is one @test: boot what it is about, then say how it must have ended. Each boot
# leaves console, result channel, QMP log and reproduce.sh in $O/tests/qemu/NAME.

# They boot the architecture ARCH, this machine's own unless told otherwise. Tags keep tests from the others:
#
# pc    what only a PC has: its firmware, ISA ports, power button and processors
# once  what a guest would not notice: there is no boot in it, it is about files of the host, or it runs programs of this
#       machine's distribution
# not-arm, not-riscv  what such a machine or its kernel lacks, in 32 and 64 bits; the test says what
#
# Of several boots in one test that differ in nothing of the machine the others do the first: see variants and elsewhere.

root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
build=$(cd "${O:-$root/build}" && pwd)
# shellcheck source=scripts/lib/arch.sh
. "$root/scripts/lib/arch.sh"
arch_name "${ARCH:-$host_arch}"
export ARCH=$arch
payloads=$build/payloads cc=musl-gcc
[ "$ARCH" = "$host_arch" ] || payloads=$payloads/$ARCH cc=$build/musl/$ARCH/bin/musl-gcc
kernels=$build/kernels/$ARCH busybox=$build/busybox/$ARCH/busybox
full=$build/full-kernel # see full-kernel.sh
[ "$ARCH" != riscv64 ] || full=$kernels

# Of the machine that boot.sh takes: the kernel's words, the console, and the port of the result channel.
# shellcheck source=scripts/arch/x86_64.sh
. "$root/scripts/arch/$ARCH.sh"
arch_machine "$default_machine"
serial=${machine_append#*console=} serial=${serial%% *}
result_port=${machine_append#*initgate.report=} result_port=${result_port%% *}

# For QEMU's sendkey: a PC has a keyboard, and the driver for it.
keyboard=()
[ "$ARCH" = x86_64 ] || keyboard=(-m 'virtio_pci,virtio_input' --qemu-arg -device --qemu-arg virtio-keyboard-pci)

# Kernel messages that no boot may show, beside those that boot.sh knows; the harness looks for them in every boot.
warnings='WARNING: |rcu.*stall|soft lockup|hung_task|Out of memory'

# boot OPTIONS... PAYLOAD ARGS...: sets status, stdout and stderr (files), json (a file), console (a file).
boot() {
	place
	status=0
	"$root/scripts/boot.sh" --json "$json" --keep "${json%/*}" "$@" >"$stdout" 2>"$stderr" || status=$?
	[ -e "$console" ] || : >"$console"
}

place() {
	local dir=$build/tests/qemu/$ARCH/$BATS_TEST_NUMBER-${BATS_TEST_DESCRIPTION//[^A-Za-z0-9]/-}
	rm -rf "$dir" && mkdir -p "$dir"
	stdout=$dir/stdout stderr=$dir/stderr json=$dir/json console=$dir/console
}

# variants WORD...: all of them on this machine's own architecture, the first one on the others.
variants() {
	if elsewhere; then printf '%s\n' "$1"; else printf '%s\n' "$@"; fi
}

# Is another architecture booted? What follows in a test then adds nothing about it.
elsewhere() {
	[ "$ARCH" != "$host_arch" ]
}

# begin OPTIONS... PAYLOAD ARGS...: boots as well, a PC, but the test goes on meanwhile and must finish. Until then it can
# await what comes from standard output (descriptor words) and from the console (descriptor screen), type there
# (descriptor keys) and command QEMU's monitor (descriptor commands).
begin() {
	local fifos=$BATS_TEST_TMPDIR/fifos fifo
	place
	heard=()
	rm -rf "$fifos" && mkdir "$fifos"
	for fifo in words monitor.in monitor.out console.in console.out; do
		mkfifo "$fifos/$fifo"
	done
	exec {words}<>"$fifos/words" {commands}<>"$fifos/monitor.in" {keys}<>"$fifos/console.in" {screen}<>"$fifos/console.out"
	# boot.sh has a file for a console, where nobody can type.
	"$root/scripts/boot.sh" --json "$json" --keep "${json%/*}" --machine pc \
		--qemu-arg -chardev --qemu-arg "pipe,id=monitor,path=$fifos/monitor" \
		--qemu-arg -mon --qemu-arg chardev=monitor,mode=readline \
		--qemu-arg -set --qemu-arg chardev.console.backend=pipe \
		--qemu-arg -set --qemu-arg "chardev.console.path=$fifos/console" \
		--qemu-arg -set --qemu-arg "chardev.console.logfile=$fifos/log" "$@" >"$fifos/words" 2>"$stderr" 3>&- &
	boot_pid=$!
}

# await DESCRIPTOR REGEX: reads on until what came is like that, and forgets it up to there. A line begins behind a line
# break, also the first. The time is for what never comes.
await() {
	: "${heard[$1]:=$'\n'}"
	until [[ ${heard[$1]} =~ $2 ]]; do
		timeout 240 dd bs=65536 count=1 status=none <&"$1" >"$BATS_TEST_TMPDIR/heard" || {
			echo "waiting for '$2'; there was: ${heard[$1]: -1000}" && cat "$stderr"
			return 1
		}
		heard[$1]+=$(tr -d '\0' <"$BATS_TEST_TMPDIR/heard" && echo .)
		heard[$1]=${heard[$1]%.}
	done
	heard[$1]=${heard[$1]#*"${BASH_REMATCH[0]}"}
}

# The machine has been made to end.
finish() {
	status=0
	wait "$boot_pid" || status=$?
	boot_pid=''
	exec {words}<&- {commands}<&- {keys}<&- {screen}<&-
	cp "$BATS_TEST_TMPDIR/fifos/log" "$console"
	warnings+='|Kernel panic|BUG: |Oops: ' # boot.sh did not see them
}

# A test that failed half-way leaves nothing running.
teardown() {
	[ -z "${boot_pid:-}" ] || { kill "$boot_pid" && wait "$boot_pid"; } 2>/dev/null || true
}

# compile ARGS...: C, for the machine that is booted.
compile() {
	"$cc" -static -Os -Wall -Wextra -Werror -idirafter "$build/$ARCH/obj/linux-headers" "$@"
}

# guest, the payload of what needs a machine of its own.
build_guest() {
	compile -o "$BATS_FILE_TMPDIR/guest" \
		"$BATS_TEST_DIRNAME/guest.c"
}

# The clock of such a machine counts instructions and idle time takes none, so twelve seconds of sleep are over at once,
# and nothing in it is late because the host is busy. Not for what waits for the host, as disks do.
own_time=(--accel tcg --qemu-arg -icount --qemu-arg 'shift=3,sleep=off')

# last JQ-CONDITION: init's last line; also where boot.sh could not know that it is one.
last() {
	tail -n 1 "${console%/*}/result.log" | jq -s -e "length == 1 and (.[0] | .event == \"done\" and ($1))" >/dev/null || show
}

# event NAME JQ-CONDITION: there is one such event, and it is so.
event() {
	jq -s -e "map(select(.event == \"$1\")) | length == 1 and (.[0] | $2)" "${console%/*}/result.log" >/dev/null || show
}

# Shown only when the test fails: bats prints it then.
show() {
	echo "exit status $status; outcome: $(cat "$json" 2>/dev/null)"
	echo "--- standard error:" && tail -n 40 "$stderr"
	echo "--- console:" && tail -n 25 "$console" | tr -d '\r'
	return 1
}

# ended OUTCOME STATUS: all of it agrees, and the kernel had nothing to complain about.
ended() {
	[ "$status" = "$2" ] && [ "$(jq -r .outcome "$json")" = "$1" ] && [ "$(jq -r .exit "$json")" = "$2" ] || show
	! grep -aE "$warnings" "$console" || show
}

# failed_with OUTCOME REGEX: initgate ended the boot, and this is its one line about it, on the console and for the host.
failed_with() {
	ended "$1" 125
	grep -aqE "initgate: $2" "$console" || show
	jq -r .reason "$json" | grep -qE "^$2" || show
}

wrote() {
	printf '%s' "$1" | cmp - "$stdout" || show
}
