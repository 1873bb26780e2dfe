# SPDX-License-Identifier: MIT
# The harness itself: a boot that goes wrong in any way must never look like one that went well.

load lib

setup_file() {
	for how in exit_at_once off hang lie; do
		compile -DHOW="$how" -DRESULT="\"$result_port\"" -o "$BATS_FILE_TMPDIR/$how" "$BATS_TEST_DIRNAME/bad_init.c"
	done
}

@test "an init that returns is a panic" {
	boot --init "$BATS_FILE_TMPDIR/exit_at_once" "$payloads/hello"
	[ "$status" = 125 ] && [ "$(jq -r .outcome "$json")" = panic ] || show
	grep -q 'Kernel panic' "$stderr" || show
}

@test "an end without a result is no-report" {
	boot --init "$BATS_FILE_TMPDIR/off" "$payloads/hello"
	[ "$status" = 125 ] && [ "$(jq -r .outcome "$json")" = no-report ] || show
}

@test "a last line with another boot's number is no-report" {
	boot --init "$BATS_FILE_TMPDIR/lie" "$payloads/hello"
	grep -q '"event":"done"' "${console%/*}/result.log" || show
	[ "$status" = 125 ] && [ "$(jq -r .outcome "$json")" = no-report ] || show
}

@test "an init that hangs is ended and called a hang" {
	boot --timeout 3 --init "$BATS_FILE_TMPDIR/hang" "$payloads/hello"
	[ "$status" = 124 ] && [ "$(jq -r .outcome "$json")" = hang ] || show
	grep -qE '(RIP|PC)=| pc  ' "${console%/*}/qmp.log" || show
}

# It computes, so that its CPU time is spent before the clock's four times as much; developer.bats has one that sleeps.
@test "a payload that hangs is ended and called a timeout" {
	boot --timeout 5 --conf profile=static "$busybox" sh -c 'while :; do :; done'
	[ "$status" = 124 ] && [ "$(jq -r .outcome "$json")" = timeout ] || show
}

@test "a panic is a panic, and its console is shown" {
	boot --append 'rdinit=/nothing' "$payloads/hello"
	[ "$status" = 125 ] && [ "$(jq -r .outcome "$json")" = panic ] || show
	grep -q 'the last lines of the kernel log' "$stderr" || show
}

@test "an image cut in two is not run as if it were whole" {
	"$root/scripts/mkinitramfs.sh" -o "$BATS_TEST_TMPDIR/image" "$payloads/hello"
	head -c 1000000 "$BATS_TEST_TMPDIR/image" >"$BATS_TEST_TMPDIR/half"
	boot --initrd "$BATS_TEST_TMPDIR/half"
	[ "$status" = 125 ] && [ "$(jq -r .outcome "$json")" = panic ] || show
}

@test "too little memory is not a success" {
	boot --memory "$([ "$ARCH" = x86_64 ] && echo 64 || echo 32)" --timeout 5 "$payloads/hello"
	[ "$status" != 0 ] && [ "$(jq -r .outcome "$json")" != exited ] || show
}

# No boot comes about in the rest.

# bats test_tags=once
@test "a QEMU that does not start is no-report, with its words" {
	boot --qemu-arg --no-such-option "$payloads/hello"
	[ "$status" = 125 ] && [ "$(jq -r .outcome "$json")" = no-report ] || show
	grep -q 'no-such-option' "$stderr" || show
}

# bats test_tags=once
@test "mkinitramfs refuses, so does boot, without booting; no test of it has passed" {
	boot --tap "$BATS_TEST_TMPDIR/tap" --junit "$BATS_TEST_TMPDIR/junit" "$payloads/hello-pie"
	[ "$status" = 125 ] && [ "$(jq -r .outcome "$json")" = refused ] || show
	grep -q interp-present "$stderr" || show
	grep -q '^not ok 1 ' "$BATS_TEST_TMPDIR/tap" && ! grep -q '^ok ' "$BATS_TEST_TMPDIR/tap" || show
	xmllint --xpath 'string(/testsuites/@failures)' "$BATS_TEST_TMPDIR/junit" | grep -qx 1 || show
}

# bats test_tags=once
@test "wrong calls of boot.sh end with 125 and a clear line" {
	for words in '--nonsense x' '--timeout never' '--machine toaster' '--kernel /nothing' '--initrd /nothing' ''; do
		status=0
		# shellcheck disable=SC2086
		"$root/scripts/boot.sh" $words "$payloads/hello" >"$BATS_TEST_TMPDIR/out" 2>&1 || status=$?
		[ -n "$words" ] || { status=0 && "$root/scripts/boot.sh" >"$BATS_TEST_TMPDIR/out" 2>&1 || status=$?; }
		[ "$status" = 125 ]
		grep -qE "^boot: [a-z ]+ '.*': .*, not booted$" "$BATS_TEST_TMPDIR/out"
	done
}

# bats test_tags=once
@test "a signal ends boot.sh, its machine and its files, also when tidying up takes longer than a look at the machine" {
	local tmp=$BATS_TEST_TMPDIR/tmp said qemu_pid
	mkdir "$tmp" "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nsleep 1\nexec /bin/cp "$@"\n' >"$BATS_TEST_TMPDIR/bin/cp"
	chmod +x "$BATS_TEST_TMPDIR/bin/cp"
	for signal in TERM INT; do
		rm -rf "$BATS_TEST_TMPDIR/kept"
		# A shell that waits ignores SIGINT in what it starts in the background, bash's job control does not.
		set -m
		TMPDIR=$tmp PATH=$BATS_TEST_TMPDIR/bin:$PATH "$root/scripts/boot.sh" --keep "$BATS_TEST_TMPDIR/kept" "$payloads/hello" hang \
			>"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
		boot_pid=$!
		set +m
		until grep -qs '"event":"launch"' "$tmp"/*/result.log; do
			kill -0 $boot_pid
			sleep 0.1
		done
		qemu_pid=$(pgrep -P $boot_pid -f qemu-system)
		kill -$signal $boot_pid
		status=0
		wait $boot_pid || status=$?
		boot_pid=''
		said=$(cat "$BATS_TEST_TMPDIR/said")
		[ "$status" = $((128 + $(kill -l $signal))) ] && [ -z "$said" ] || { echo "$signal: $status: $said" && return 1; }
		[ -z "$(ls "$tmp")" ]
		[ -e "$BATS_TEST_TMPDIR/kept/result.log" ]
		! kill -0 "$qemu_pid" 2>/dev/null || false
	done
}

# sees WORD...: the payload saw these, as they stand, and with a ! not.
sees() {
	local word
	for word; do
		if [[ $word = !* ]]; then ! grep -qwF -e "${word#!}" "$stdout" || show; else grep -qwF -e "$word" "$stdout" || show; fi
	done
}

@test "what only saves time can be left out, each by its name, and the payload sees that and nothing else" {
	local look=(--conf profile=static "$busybox" cat /proc/cmdline /proc/cpuinfo)
	boot "${look[@]}"
	ended exited 0
	sees cryptomgr.notests
	case $ARCH in
	x86_64) sees noreplace-smp '!erms' '!la57' ;;
	arm64) sees kpti=off ;;
	esac
	boot --without all "${look[@]}"
	ended exited 0
	sees '!cryptomgr.notests' '!noreplace-smp' '!kpti'
	[ "$ARCH" != x86_64 ] || sees erms la57
	[ "$ARCH" = x86_64 ] || return 0
	boot --without strings,locks "${look[@]}"
	sees cryptomgr.notests '!noreplace-smp' erms '!la57'
	boot --without notests --without pvh "${look[@]}"
	sees '!cryptomgr.notests' noreplace-smp '!erms' la57
	boot --without strings,nonsense "${look[@]}"
	[ "$status" = 125 ] && grep -q "^boot: read option '--without nonsense': not one of pvh .* all, not booted$" "$stderr" || show
}

# bats test_tags=once
@test "a QEMU that no longer listens does not end boot.sh" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nexec <&-\nexec sleep 60\n' >"$BATS_TEST_TMPDIR/bin/$qemu"
	chmod +x "$BATS_TEST_TMPDIR/bin/$qemu"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH boot --accel tcg --silence 1 "$payloads/hello"
	[ "$status" = 124 ] && [ "$(jq -r .outcome "$json")" = hang ] || show
	grep -q '^boot: run .*, outcome hang, exit status 124$' "$stderr" || show
}
