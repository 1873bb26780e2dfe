# SPDX-License-Identifier: MIT
# What boot.sh sees of the kernel's log while the machine runs.

setup() {
	scripts=$BATS_TEST_DIRNAME/../../scripts
	. "$scripts/lib/crash.sh"
	. "$scripts/lib/watch.sh"
	. "$scripts/lib/judge.sh"
	run=$BATS_TEST_TMPDIR terminal='' progress='' go_on=1
	: >"$run/console"
	watch_begin
}

# look TEXT: it is appended to the log, which is then looked at; what was found
look() {
	printf '%s' "$1" >>"$run/console"
	watch_console 2>&1
}

@test "a message that comes in pieces is seen once its line is whole" {
	look '[    1.000000] Kernel panic - not' >"$run/said"
	[ -z "$crashed_ms" ]
	[ ! -s "$run/said" ]
	look ' syncing: VFS: Unable to mount' >"$run/said"
	[ -z "$crashed_ms" ]
	[ ! -s "$run/said" ]
	look $' root fs\n' >"$run/said"
	[ -n "$crashed_ms" ]
	[ "$(cat "$run/said")" = "boot: the kernel's log: '[    1.000000] Kernel panic - not syncing: VFS: Unable to mount root fs', going on" ]
}

@test "what only looks like the beginning of a line is none" {
	look 'a payload that prints '
	look $'Kernel panic - not syncing: in the middle\n'
	[ -z "$crashed_ms" ]
	look $'Kernel panic - not syncing: at the beginning\n' >/dev/null
	[ -n "$crashed_ms" ]
}

@test "the first of several messages is the one" {
	look $'[    1.000000] quiet\n[    2.000000] BUG: first\n[    3.000000] Oops: second\n' >"$run/said"
	grep -q 'BUG: first' "$run/said"
	! grep -q second "$run/said" || false
}

@test "a log that grows by megabytes, with zeroes in it, between two looks" {
	for i in {1..20000}; do printf 'line %070d\n' "$i"; done >"$run/many"
	{ cat "$run/many" && printf 'zero\0zero\n' && cat "$run/many" && printf '[    9.000000] Oops: here\n'; } >>"$run/console"
	watch_console 2>"$run/said"
	[ -n "$crashed_ms" ]
	grep -q 'Oops: here' "$run/said"
}

@test "what breaks belongs to the stage in which it did, however late it is seen" {
	watch_event '{"event":"stage","stage":"config","took_us":1}'
	watch_event '{"event":"load","module":"one"}'
	printf '[    1.000000] Oops: here\n' >>"$run/console"
	watch_event '{"event":"module","module":"one","result":"loaded"}' 2>/dev/null
	watch_event '{"event":"stage","stage":"modules","took_us":1}'
	[ "$stage" = devices ]
	[ "$crashed_stage" = modules ]
	[ "$crashed_at" = ", while loading module 'one'" ]
}

# A clock of our own, and whether something came since the last look.
# after MS heard|silent: a look at the machine, so much later
after() {
	clock=$((clock + $1))
	touch -d "$([ "$2" = heard ] && echo tomorrow || echo yesterday)" "$run/console" "$run/result.log"
	watch_time
}

@test "what broke has time for its trace: until it is silent, and not for ever" {
	read_clock && clock=$now_ms
	read_clock() { now_ms=$clock; }
	stop_qemu() { stopped=$1; }
	qemu_pid=$$ go_on=''
	printf '[    1.000000] Oops: here\n' >>"$run/console"
	after 1000 heard
	[ "$crashed_ms" = "$clock" ]
	after $((trace_ms - 1)) silent
	[ -z "$stopped" ]
	after 200 heard
	after $((trace_ms - 1)) silent
	[ -z "$stopped" ]
	after 200 silent
	[ "$stopped" = crash ]

	stopped='' crashed_ms=$clock
	while [ $((clock + 300)) -lt $((crashed_ms + crash_ms)) ]; do
		after 300 heard
		[ -z "$stopped" ]
	done
	after 300 heard
	[ "$stopped" = crash ]
}

# bash 5.2 loses some of the SIGINTs that come during one, and with them Ctrl-C.
@test "what runs while the machine does has no command substitution" {
	local name
	. "$scripts/lib/run.sh"
	. "$scripts/lib/warm.sh"
	for name in watch_event watch_console watch_crash watch_time count_silence read_usage read_clock show_progress silent_too_long \
		told_elsewhere catch take_line stop_qemu kill_qemu tell_qemu warm_heard; do
		declare -f "$name" >"$run/$name"
		! grep -E '\$\([^(]|`' "$run/$name" || false
	done
	grep -oE '\b(watch|warm|stop|kill|tell|take|show)_[a-z_]+' "$run/watch_time" "$run/take_line" "$run/watch_event" -h | sort -u |
		while read -r name; do [ -e "$run/$name" ] || ! declare -F "$name" || return 1; done
}
