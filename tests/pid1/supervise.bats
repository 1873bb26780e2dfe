# SPDX-License-Identifier: MIT
# Restarting the payload, requests to end, and the signals that PID 1 passes on.

load lib

@test "restart=on-failure: again until it ends well" {
	settings restart=on-failure restart_delay=1 'args="until /count 3"' on_exit=reboot
	run_init
	ended $restart '.outcome == "exited" and .exit == 0 and has("reason") == false'
	launched 4
	events 'map(select(.event == "exit") | .code) == [1, 1, 1, 0]'
}

@test "restart=on-failure: a signal is a failure too, a good end is none" {
	settings restart=on-failure restart_delay=1 restart_max=1 'args="signal 9"'
	run_init
	ended $off '.outcome == "signaled" and .exit == 137'
	launched 2
	settings args=true
	run_init
	ended $off '.exit == 0'
	launched 1
}

@test "restart=no: a failure is the end" {
	settings 'args="exit 3"'
	run_init
	ended $off '.exit == 3'
	launched 1
}

@test "restart_max: gives up and says after how many runs" {
	settings restart=on-failure restart_delay=0 restart_max=2 'args="exit 7"'
	run_init
	ended $off '.outcome == "exited" and .exit == 7
		and .reason == "restart: run '"'/bin/hello'"': ended 3 times in a row, giving up"'
	launched 3
	grep -qF "initgate: restart: run '/bin/hello': ended 3 times in a row, giving up" "$err" || show
}

@test "the time between two runs doubles" {
	settings restart=always restart_delay=50 restart_max=4 'args="exit 1"'
	run_init
	ended $off '.exit == 1'
	launched 5
	# Only the least is certain: a run begins no earlier than that after the end of the one before.
	events '[map(select(.event == "exit") | .at_us)[:4], map(select(.event == "launch") | .at_us)[1:]]
		| transpose | map(.[1] - .[0]) | [., [50000, 100000, 200000, 400000]] | transpose | all(.[0] >= .[1])'
}

@test "restart=always: also after good ends, until SIGTERM" {
	program ask "nth /count 4 $(signal_number TERM) 6"
	settings restart=always restart_delay=0
	run_init
	ended $off '.outcome == "exited" and .exit == 6 and has("reason") == false'
	launched 4
	program hello true
	settings restart_max=2
	run_init
	ended $off '.exit == 0'
	launched 3
}

@test "on_exit=restart: for ever, whatever restart_max= says, until SIGPWR" {
	program ask "nth /count 6 $(signal_number PWR) 0"
	settings on_exit=restart restart_max=1 restart_delay=0
	run_init
	ended $off '.exit == 0 and has("reason") == false'
	launched 6
}

@test "a request to end between two runs ends the wait for the next" {
	program ask "later $(signal_number TERM) 9"
	settings restart=always restart_delay=60000
	run_init
	ended $off '.exit == 9'
	launched 1
}

@test "what cannot be executed is not tried again" {
	settings restart=always on_exit=reboot verify=off payload=/bin/text
	printf 'no program' >"$tree/bin/text"
	chmod 755 "$tree/bin/text"
	run_init
	ended $off '.outcome == "init-failed" and .exit == 126'
	launched 0
}

@test "each run is of the file that was verified, whatever is at its path" {
	local how
	for how in other none; do
		program strain "replace /count-$how $how 0"
		settings restart=on-failure restart_delay=0
		run_init
		ended $off '.outcome == "exited" and .exit == 0'
		launched 2
	done
	# The same where the file lies in memory and is executed in place.
	before='mount -t tmpfs none bin; cp strain bin/'
	for how in other none; do
		cp "$payloads/strain" "$tree/strain"
		settings "args=\"replace /count-memory-$how $how 0\""
		run_init
		ended $off '.outcome == "exited" and .exit == 0'
		launched 2
	done
}

@test "nobody writes into the file between two runs" {
	# The other program knows no such arguments, and fails.
	cp "$payloads/watch" "$tree/bin"
	program strain 'overwrite /count 0'
	settings restart=on-failure restart_delay=300 restart_max=1
	run_init
	ended $off '.outcome == "exited" and .exit == 0'
	launched 2
	before='mount -t tmpfs none bin; cp strain watch bin/'
	cp "$payloads/strain" "$payloads/watch" "$tree"
	settings 'args="overwrite /count-memory 0"'
	run_init
	ended $off '.outcome == "exited" and .exit == 0'
	launched 2
}

@test "SIGTERM asks for on_exit=, SIGINT for a restart, SIGPWR, which no program expects, for power off" {
	local int term pwr
	int=$(signal_number INT) term=$(signal_number TERM) pwr=$(signal_number PWR)
	program ask "end $term $term 7"
	settings on_exit=reboot
	run_init
	ended $restart '.exit == 7'
	settings on_exit=poweroff
	run_init
	ended $off '.exit == 7'

	settings "args=\"end $int $int 8\""
	run_init
	ended $restart '.exit == 8'

	settings on_exit=reboot "args=\"end $pwr $term 9\""
	run_init
	ended $off '.exit == 9'
}

@test "a request of a payload that ends at once counts" {
	program ask "fire $(signal_number INT) 3"
	# Which of the two PID 1 sees first is a matter of chance.
	for _ in 1 2 3 4 5; do
		run_init
		ended $restart '.exit == 3'
	done
}

@test "a request to end before the payload starts: the wait for a device ends, nothing is started" {
	settings wait=/dev/never wait_timeout=3600 on_fail=poweroff args=true
	# That stage ends right before the wait begins.
	before="(tail -n +1 -f result | grep -q '\"stage\":\"modules\"' && kill -INT 1) &"
	run_init
	ended $restart '.outcome == "init-failed" and .exit == 125'
	launched 0
}

@test "a stopped payload still ends on request" {
	program ask "stopped $(signal_number TERM) 0"
	run_init
	ended $off '.outcome == "signaled" and .signal == 15'
}

@test "a payload that stops has not ended, and SIGCONT at PID 1 wakes it" {
	program ask "stopped $(signal_number CONT) 5"
	run_init
	ended $off '.outcome == "exited" and .exit == 5'
	launched 1
}

@test "every other signal reaches the payload's whole process group" {
	program ask 'forward 5'
	run_init
	ended $off '.outcome == "exited" and .exit == 5'
}

@test "signals that nobody handles: as the payload's own" {
	program ask "plain $(signal_number USR2)"
	run_init
	ended $off '.outcome == "signaled" and .signal == '"$(signal_number USR2)"
}

@test "a process that the kernel killed for want of memory is called so" {
	program strain 'killed self'
	nodes='null kmsg'
	run_init
	ended $off '.outcome == "signaled" and .exit == 137 and (.reason | test("the kernel ran out of memory and killed it"))'
	events 'map(select(.event == "exit"))[0].out_of_memory'
	# Not when it was another one.
	program strain 'killed other'
	run_init
	ended $off '.outcome == "signaled" and .exit == 137 and has("reason") == false'
	events 'map(select(.event == "exit"))[0].out_of_memory == false'
}

@test "a request to end keeps back the payloads whose turn has not come: they count as failed" {
	settings also=/next,/missing args=hang
	printf '/bin/hello\0true\0' >"$tree/next"
	before="(tail -n +1 -f result | grep -q '\"event\":\"launch\"' && kill -TERM 1) &"
	run_init
	ended $off '.outcome == "signaled" and .signal == 15'
	launched 1
	events 'map(select(.event == "result")) | length == 3 and .[0].signal == 15 and .[1].outcome == "init-failed" and
		(.[1].reason | test("a signal asks for the end")) and (.[2].reason | test("read arguments from ./missing.: No such file"))'
}

@test "also= takes a path as it is, however long" {
	local long
	long=/$(printf '%0250d' 1)/$(printf '%0250d' 2)
	mkdir -p "$tree${long%/*}"
	printf '%s\0' /bin/hello exit 4 >"$tree$long"
	settings also="$long" args=true
	run_init
	ended $off '.outcome == "exited" and .exit == 4'
}
