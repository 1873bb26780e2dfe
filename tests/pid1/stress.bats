# SPDX-License-Identifier: MIT
# Much of everything, and what PID 1 costs meanwhile and when nothing happens.

load lib

# storm_ended: 1001 runs; PID 1 never has more memory than it may, and only those descriptors more than at another time
# that it has while it starts a run: two ends of a pipe and three of the payload.
storm_ended() {
	ended $off '.outcome == "exited" and .exit == 3 and (.reason | test("ended 1001 times in a row, giving up$"))'
	launched 1001
	awk -v most="$rss_max" 'NR == 1 || $1 < least { least = $1 }
		$1 > largest { largest = $1 }
		$2 > most || $2 < 1 { bad = 1 }
		END { exit bad || NR != 1001 || largest > least + 5 }' "$tree/runs" || {
		sort "$tree/runs" | uniq -c
		show
	}
}

@test "1000 restarts: each is reported, none costs a descriptor or memory" {
	program watch 'storm /runs 3'
	settings restart=always restart_delay=0 restart_max=1000
	run_init
	storm_ended
}

@test "1000 restarts with stdout= and stderr=: neither do the relays" {
	program watch 'storm /runs 3'
	settings restart=always restart_delay=0 restart_max=1000 stdin=/dev/null stdout=/stdout stderr=/stderr
	touch "$tree/stdout" "$tree/stderr"
	run_init
	storm_ended
}

@test "100000 orphans, dead and living: all reaped, no zombie is left, PID 1 does not grow" {
	program strain 'orphans 100000'
	run_init
	ended $off '.outcome == "exited" and .exit == 0'
	at_most rss $rss_max
}

@test "a fork bomb that hit its limit: the outcome is the payload's, and SIGTERM ends all of it" {
	program strain 'bomb 300 default 6'
	nodes='null kmsg'
	run_init
	ended $off '.outcome == "exited" and .exit == 6'
	# A few may end between the limit and the count, as the bomb is in motion.
	[ "$(number processes)" -gt 200 ] || show
	! grep -qF "end 'remaining processes'" "$tree/log" || show
}

@test "10000 signals at PID 1, as fast as they come" {
	program ask 'burst 10000 9'
	run_init
	ended $off '.outcome == "exited" and .exit == 9'
}

@test "output by the hundred megabytes: all of it arrives, through a pipe and through a relay" {
	local reader
	program strain 'flood 200'
	run_init
	ended $off '.exit == 0'
	[ "$(stat -c %s "$out")" = $((200 * 1024 * 1024)) ]
	rm "$out"

	mkfifo "$tree/fifo"
	wc -c <"$tree/fifo" >"$dir/count" &
	reader=$!
	settings stdout=/fifo
	run_init
	ended $off '.exit == 0'
	wait $reader
	[ "$(cat "$dir/count")" = $((200 * 1024 * 1024)) ]
}

@test "PID 1 takes little memory while it supervises" {
	program watch rss
	run_init
	ended $off '.exit == 0'
	at_most rss $rss_max
}
