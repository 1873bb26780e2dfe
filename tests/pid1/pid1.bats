# SPDX-License-Identifier: MIT
# The boot as a whole: what it asks for at its end, what it does about bad input.

load lib

@test "runs a payload and asks for power off" {
	settings args=stderr
	run_init
	ended $off '.outcome == "exited" and .exit == 0'
	grep -qx 'this is standard error' "$err"
}

@test "on_exit=reboot asks for a restart, on_fail is for failures" {
	settings on_exit=reboot 'args="exit 3"'
	run_init
	ended $restart '.exit == 3'
	settings payload=/bin/nothing
	run_init
	ended $off '.outcome == "refused" and .exit == 125'
}

@test "closed standard descriptors and no /dev/null: the payload gets three that work" {
	nodes=''
	settings args=state stdout=/state
	: >"$tree/state"
	before='exec 0<&- 1>&- 2>&-'
	run_init
	ended $off '.outcome == "exited" and .exit == 0'
	jq -e '.fds | has("0") and has("1") and has("2")' "$tree/state"
}

@test "blocked and ignored signals do not reach the payload" {
	program signals
	before='trap "" PIPE HUP CHLD'
	run_init
	cat "$out"
	ended $off '.exit == 0'
}

@test "a payload whose file is not in memory is executed from a sealed copy" {
	[ "$(stat -f -c %T "$tree")" != tmpfs ] # where tests lie on tmpfs this one shows nothing
	settings args=state stdout=/state
	: >"$tree/state"
	run_init
	ended $off '.exit == 0'
	jq -e '.exe | startswith("/memfd:payload")' "$tree/state"
}

@test "an enormous configuration file is an error with a reason" {
	head -c 200000 /dev/zero | tr '\0' '#' >>"$tree/etc/initgate.conf"
	run_init
	[ "$status" = $off ]
	grep -q "config: read '/etc/initgate.conf': File too large, not starting the payload" "$err"
}

@test "unknown keys: the line names key and byte" {
	settings nonsense=1
	run_init
	ended $off '.outcome == "init-failed" and .reason == "config: parse '"'nonsense'"': unknown key at byte 34 of "
		+ "/etc/initgate.conf, not starting the payload"'
}

@test "a result channel that is missing, or none at all, changes nothing" {
	# on_exit is for a payload that ran, so the restart shows that it did.
	settings report=/nothing 'args="exit 3"' on_exit=reboot
	run_init
	[ "$status" = $restart ]
	settings report=none
	run_init
	[ "$status" = $restart ]
}
