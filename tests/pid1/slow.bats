# SPDX-License-Identifier: MIT
# What takes as long as PID 1 gives others, or as nothing must happen: all of it at the same time, before the tests.

load lib

setup_file() {
	start_slow ignores_sigterm leaves_processes_that_ignore_sigterm fills_relay stalled_channel idles idles_with_watchdog
}

# The 10 seconds are the contract; that they have passed shows in how the payload ends.
ignores_sigterm() {
	program ask stubborn
	nodes='null kmsg'
	run_init
	ended $off '.outcome == "signaled" and .signal == 9 and .exit == 137'
	grep -qF "supervise: end '/bin/ask': it did not in 10 s, killing it" "$tree/log" || show
}

leaves_processes_that_ignore_sigterm() {
	program strain 'bomb 40 ignored 6'
	nodes='null kmsg'
	run_init
	ended $off '.outcome == "exited" and .exit == 6'
	grep -qF 'they ignored SIGTERM for 10 s, killing them' "$tree/log" || show
	! grep -qF 'they did not end' "$tree/log" || show
}

@test "a payload that ignores SIGTERM is killed after 10 s" {
	slow ignores_sigterm
}

@test "processes left behind that ignore SIGTERM are killed after 10 s" {
	slow leaves_processes_that_ignore_sigterm
}

fills_relay() {
	full_fifo stdout
	program strain 'full 4'
	settings stdout=/stdout
	nodes='null kmsg'
	run_init
	ended $off '.outcome == "exited" and .exit == 4'
	grep -qF 'they ignored SIGTERM for 10 s, killing them' "$tree/log" || show
}

@test "stdout= that nobody reads: the payload's end is known all the same" {
	slow fills_relay
}

# Each event would wait for its two seconds otherwise; there are some 100.
stalled_channel() {
	full_fifo channel
	settings report=/channel restart=always restart_delay=0 restart_max=20 'args="exit 3"' on_exit=reboot
	nodes='null kmsg'
	run_init
	[ "$status" = $restart ] || show
	[ "$(grep -o 'only the last line is tried again' "$tree/log" | wc -l)" = 2 ] || show # it, and the last line
	grep -o 'done: {.*}' "$tree/log" | sed 's/done: //' | jq -e '.outcome == "exited" and .exit == 3' || show
}

@test "a result channel that nobody reads costs its time once; the last line goes to the log" {
	slow stalled_channel
}

idles() {
	program watch 'idle 10'
	run_init
	ended $off '.exit == 0'
	at_most voluntary 0
	at_most nonvoluntary 0
}

idles_with_watchdog() {
	local pings
	program watch 'idle 10'
	settings watchdog=/watchdog
	touch "$tree/watchdog"
	run_init
	ended $off '.exit == 0'
	# A device that does not say its timeout, as a file does not, gets a ping at least each 5 s.
	pings=$(tr -d V <"$tree/watchdog" | wc -c)
	[ "$pings" -ge 3 ] && [ "$(number voluntary)" -ge 1 ] || show
	at_most voluntary "$pings"
}

@test "an idle payload costs no wakeup of PID 1 in 10 s" {
	slow idles
}

@test "with a watchdog the only wakeups are those for its pings" {
	slow idles_with_watchdog
}
