# SPDX-License-Identifier: MIT
# Consoles, outputs and result channels that are missing, full, broken, or that nobody reads: the payload runs all the
# same, its end is known, and PID 1 waits for nobody without a limit.

load lib

# runs: the payload, which writes more than a pipe holds, and the boot.
runs() {
	settings 'args="bytes 1024"'
	run_init
	ended $off '.outcome == "exited" and .exit == 0'
}

@test "no console: descriptors closed, and /dev/console missing, a file, a FIFO that nobody reads, a full device" {
	local console
	for console in ':' ': >dev/console' 'mkfifo dev/console' 'ln -s full dev/console' 'mkdir dev/console' \
		'ln -s console dev/console'; do
		nodes='null full'
		before="$console; exec 0<&- 1>&- 2>&-"
		runs
		nodes=full
		runs
	done
}

@test "started without standard descriptors: signals still arrive" {
	program ask "end $(signal_number TERM) $(signal_number TERM) 7"
	before='exec 0<&- 1>&- 2>&-'
	run_init
	ended $off '.outcome == "exited" and .exit == 7'
}

@test "descriptors that lead to files or full devices are no console either" {
	nodes='null full'
	before='exec 0</dev/null 1>dev/full 2>dev/full'
	runs
	before='exec 0</dev/null 1>/file 2>&1'
	touch "$tree/file"
	before='exec 0</dev/null 1>file 2>&1'
	runs
	[ ! -s "$tree/file" ]
}

@test "a console that nobody reads: neither the errors of PID 1 nor its end wait for it" {
	full_fifo console
	before='exec 1<>console 2>&1'
	settings nonsense=1
	run_init
	ended $off '.outcome == "init-failed"'
}

@test "a payload that fills a console nobody reads: its end is known all the same" {
	full_fifo console
	before='exec 1<>console 2>&1'
	program strain 'full 4'
	run_init
	ended $off '.outcome == "exited" and .exit == 4'
}

# The reader is there when the output begins, and gone after its first bytes.
@test "stdout= that loses its reader takes what comes" {
	mkfifo "$tree/stdout"
	head -c 10 "$tree/stdout" >/dev/null &
	settings stdout=/stdout
	runs
	wait $!
}

@test "stdout= and stderr= that are full take what comes" {
	nodes='null full'
	settings stdout=/dev/full stderr=/dev/full
	runs
}

@test "stdout= that cannot be opened is a reason not to start" {
	mkfifo "$tree/stdout"
	settings stdout=/stdout
	run_init
	ended $off '.outcome == "init-failed" and .exit == 125
		and .reason == "launch: open '"'/stdout'"': No such device or address, not starting the payload"'
}

@test "stdin= that nobody writes to holds nobody up" {
	mkfifo "$tree/stdin"
	settings args=true stdin=/stdin
	run_init
	ended $off '.outcome == "exited" and .exit == 0'
}

@test "a payload that closes its output runs on; a relay that ends is no payload that ends" {
	program strain 'close 4'
	settings stdout=/stdout stderr=/stdout
	touch "$tree/stdout"
	run_init
	ended $off '.outcome == "exited" and .exit == 4'
}

# last_line: what the log got of it, for whoever finds no channel.
last_line() {
	sed -n 's/^initgate: done: //p' "$err"
}

@test "a result channel that fails: the last line goes to the log" {
	nodes='null full'
	settings report=/dev/full 'args="exit 3"' on_exit=reboot
	run_init
	[ "$status" = $restart ] || show
	last_line | jq -es 'length == 1 and (.[0] | .event == "done" and .outcome == "exited" and .exit == 3)' || show
}

@test "report=auto without a port, or a channel that is not there: the last line goes to the log" {
	local report
	for report in auto /nothing vport:nothing; do
		settings report=$report 'args="exit 3"' on_exit=reboot nonce="$report"
		run_init
		[ "$status" = $restart ] || show
		last_line | jq -es --arg nonce "$report" 'length == 1 and (.[0] | .event == "done" and .exit == 3
			and .nonce == $nonce)' || show
	done
}

@test "report=none: no last line anywhere" {
	settings report=none 'args="exit 3"' on_exit=reboot
	run_init
	[ "$status" = $restart ] || show
	[ -z "$(last_line)" ] || show
}

@test "where /run cannot be written there is no record, and the boot goes on" {
	settings args=true
	nodes='null kmsg'
	before='mount -t tmpfs -o ro none run'
	run_init
	ended $off '.exit == 0'
	grep -qF "report: create '/run/initgate/report.json': Read-only file system, going on without it" "$tree/log" || show
}

@test "a watchdog is stopped where the machine goes off, and left running where it restarts" {
	settings watchdog=/watchdog args=true
	: >"$tree/watchdog"
	run_init
	ended $off '.exit == 0'
	# The pings that opening and ending bring, then the one byte that stops it.
	[ "$(tr -d '\0' <"$tree/watchdog")" = V ] && [ "$(tail -c 1 "$tree/watchdog")" = V ] || show
	[ "$(head -c 1 "$tree/watchdog" | od -An -tu1 | tr -d ' ')" = 0 ] || show

	settings on_exit=reboot
	: >"$tree/watchdog"
	run_init
	ended $restart '.exit == 0'
	[ -s "$tree/watchdog" ] && [ -z "$(tr -d '\0' <"$tree/watchdog")" ] || show
}

@test "a watchdog that is not there is gone without" {
	settings watchdog=/watchdog args=true
	nodes='null kmsg'
	run_init
	ended $off '.exit == 0'
	grep -qF "watchdog: open '/watchdog': No such file or directory, going on without it" "$tree/log" || show
}

@test "mode=exec stops the watchdog, which nobody would ping" {
	program signals
	settings watchdog=/watchdog mode=exec
	: >"$tree/watchdog"
	run_init
	[ "$status" = 0 ] || show
	[ "$(tr -d '\0' <"$tree/watchdog")" = V ] || show
}
