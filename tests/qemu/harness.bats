# SPDX-License-Identifier: MIT
# The harness itself: a boot that goes wrong in any way must never look like one that went well.

load lib

setup_file() {
	"$BATS_TEST_DIRNAME/../payloads/build.sh"
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

# bats test_tags=same
@test "an image cut in two is not run as if it were whole" {
	"$root/scripts/mkinitramfs.sh" -o "$BATS_TEST_TMPDIR/image" "$payloads/hello"
	head -c 1000000 "$BATS_TEST_TMPDIR/image" >"$BATS_TEST_TMPDIR/half"
	boot --initrd "$BATS_TEST_TMPDIR/half"
	[ "$status" = 125 ] && [ "$(jq -r .outcome "$json")" = panic ] || show
}

# bats test_tags=same
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
@test "mkinitramfs refuses, so does boot, without booting" {
	boot "$payloads/hello-pie"
	[ "$status" = 125 ] && [ "$(jq -r .outcome "$json")" = refused ] || show
	grep -q interp-present "$stderr" || show
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
