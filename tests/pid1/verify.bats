# SPDX-License-Identifier: MIT
# The check of the payload goes wrong: a refusal with a reason of its own, and PID 1 lives on.

load lib

setup_file() {
	local obj
	obj=$build/$(uname -m)/obj
	# Without LTO, which would have called the checker before --wrap is looked at.
	(cd "$root" && musl-gcc -std=gnu11 -I. -DINITGATE_RESCUE=1 '-DINITGATE_VERSION="test"' -O1 -static -idirafter "$obj/linux-headers" \
		-I"$build/src/kmod/libkmod" -Wl,--wrap=elfcheck -o "$BATS_FILE_TMPDIR/init" tests/pid1/checker.c init/*.c \
		modules/*.c elfcheck/*.c "$obj/libkmod.a")
	start_slow hang spin
}

# checker HOW: the checker does that.
checker() {
	cp "$BATS_FILE_TMPDIR/init" "$tree/init"
	printf '%s' "$1" >"$tree/checker"
	run_init
}

# refused REASON, whatever verify= says but off.
refused() {
	ended $off ".outcome == \"refused\" and .exit == 125 and .reason == \"verify: check '/bin/hello': $1, refused\""
	events 'map(select(.event == "launch")) == []'
}

hang() {
	timeout_s=60
	checker hang
	refused 'the checker did not finish in time'
}

spin() {
	timeout_s=60
	settings verify=warn
	checker spin
	refused 'the checker did not finish in time'
}

@test "one that does its work is believed" {
	settings args=true
	checker well
	ended $off '.outcome == "exited" and .exit == 0'
}

@test "one that crashes" {
	checker crash
	refused 'the checker crashed'
}

@test "one that ends without a verdict" {
	checker 'exit'
	refused 'the checker crashed'
}

@test "one that takes all memory is stopped by its own limit" {
	checker eat
	refused 'the checker crashed'
}

@test "one that is killed, as the kernel does when memory runs out" {
	checker killed
	refused 'the checker was killed, memory ran out'
}

@test "one that sleeps for ever" { slow hang; }

@test "one that never stops computing" { slow spin; }
