# SPDX-License-Identifier: MIT
# What a payload is given at its start, and what is said about the boot: to the payload and on the result channel.

load lib

# given JQ-CONDITION: about what the payload found.
given() {
	jq -e "$1" "$out" >/dev/null || show
}

# only_own_descriptors: apart from 0 to 2 there are only pipes of which the Go runtime holds both ends.
only_own_descriptors() {
	given '.fds | to_entries | map(select(.key | tonumber > 2)) | group_by(.value)
		| all(length == 2 and (.[0].value | startswith("pipe:")))'
}

@test "no descriptor of init reaches the payload" {
	settings args=state stdin=/dev/null stderr=/stderr watchdog=/watchdog
	touch "$tree/stderr" "$tree/watchdog"
	nodes='null kmsg'
	run_init
	ended $off '.exit == 0'
	only_own_descriptors
}

@test "a session, a process group, umask, directory and environment of its own" {
	settings args=state cwd=/tmp 'env.NAME="two words"' env.HOME=/root env.EMPTY=
	before='umask 077; export LEAKED=1'
	run_init
	ended $off '.exit == 0'
	given '.sid == .pid and .pgrp == .pid and .pid > 1 and .umask == 18 and .cwd == "/tmp"'
	given '.env | sort == (["EMPTY=", "HOME=/root", "NAME=two words", "TERM=linux",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] | sort)'
}

@test "every run starts alike" {
	program hello 'state'
	settings restart=always restart_delay=0 restart_max=2 stdin=/dev/null
	run_init
	ended $off '.exit == 0'
	jq -es 'length == 3 and (map(del(.pid, .sid, .pgrp) | .fds |= (keys - ["3", "4", "5", "6"])) | unique | length == 1)' \
		"$out" || show
}

# may_raise_limits: CAP_SYS_RESOURCE, which the root of a container need not have, is bit 24 (capability.h).
may_raise_limits() {
	local capabilities
	capabilities=$(awk '$1 == "CapEff:" { print $2 }' /proc/self/status)
	[ $((0x$capabilities >> 24 & 1)) = 1 ]
}

@test "room for descriptors, as programs of today expect it, and no more than select(2) can count" {
	local hard=524288
	program watch limits
	nodes='null kmsg'
	before='ulimit -Sn 256'
	if [ "$(ulimit -Hn)" -ge $hard ] || may_raise_limits; then
		run_init
		[ "$(number soft)" = 1024 ] && [ "$(number hard)" = $hard ] || show
	else
		run_init
		[ "$(number hard)" = "$(ulimit -Hn)" ] || show
		grep -qF "identity: raise limit on 'open files': Operation not permitted, going on" "$tree/log" || show
	fi
	ended $off '.exit == 0'
}

@test "lo is up, the machine has a name" {
	settings args=state
	before='echo "(none)" >/proc/sys/kernel/hostname' # as the kernel names it; of this namespace, whatever /proc it is
	run_init
	given '.hostname == "localhost"'
	# IFF_UP of netdevice(7) is the lowest bit.
	given '.lo | test("[13579bdf]$")'

	before='echo given >/proc/sys/kernel/hostname'
	run_init
	given '.hostname == "given"'

	settings hostname=configured.example
	run_init
	given '.hostname == "configured.example"'
}

@test "mode=exec: the payload is PID 1, with nothing blocked or ignored" {
	program signals
	settings mode=exec
	before='trap "" PIPE HUP CHLD'
	run_init
	[ "$status" = 0 ] || show

	program hello state
	settings stdout=/state
	touch "$tree/state"
	run_init
	[ "$status" = 0 ] || show
	# Nobody is left to report an end.
	events 'map(.event) | index("done") == null and index("launch") == null'
	cp "$tree/state" "$out"
	given '.pid == 1 and .umask == 18 and .cwd == "/"'
}

@test "mode=exec: no descriptor of init stays open" {
	settings args=state mode=exec stdout=/state stdin=/dev/null
	touch "$tree/state"
	run_init
	[ "$status" = 0 ] || show
	cp "$tree/state" "$out"
	given '.fds["0"] == "/dev/null" and .fds["1"] == "/state"'
	only_own_descriptors
}

@test "the payload reads its own standard input, and its terminal is the controlling one" {
	program watch 'terminal 5'
	nodes='null tty'
	# What Ctrl-C sends goes to the group in front, which is the payload's, not to init.
	terminal=("$payloads/pty" ready $'\x03')
	run_init
	ended $off '.outcome == "signaled" and .signal == 2'
	tr -d '\r' <"$out" | grep -qx 'tty 1' || show
	tr -d '\r' <"$out" | grep -qx 'foreground 1' || show
}

@test "a payload that reads from elsewhere gets no terminal to be interrupted by" {
	terminal=("$payloads/pty" none none)
	program watch 'terminal 5'
	settings stdin=/dev/null
	nodes='null tty'
	run_init
	ended $off '.exit == 5'
	tr -d '\r' <"$out" | grep -qx 'tty 0' || show
}

@test "report.json: the payload reads the same that the channel gets, a whole document at any time" {
	printf 'quiet "a b"=\\x\n' >"$dir/cmdline"
	settings 'args="record /copy"' nonce=42
	run_init
	ended $off '.exit == 0 and .nonce == "42"'
	jq -e --slurpfile channel "$tree/result" '.schema == "initgate-report/1" and .events == $channel[:.events | length]
		and .events[-1].event == "launch"' "$tree/copy" || show
	jq -e --arg kernel "$(uname -r)" '.events | map(select(.event == "start")) | length == 1 and .[0].kernel == $kernel
		and .[0].cmdline == "quiet \"a b\"=\\x" and .[0].nonce == "42" and .[0].schema == "initgate/1"' "$tree/copy" || show
	jq -e '.events | map(select(.event == "stage") | .stage)
		== ["kernel", "mounts", "config", "modules", "devices", "root", "verify", "launch"]' "$tree/copy" || show
	jq -e '.events | map(select(.event == "mount") | .target)
		| index("/dev") < index("/proc") and index("/run") and index("/tmp")' "$tree/copy" || show
	jq -e '.events | map(select(.event == "layer") | [.layer, .status]) == [range(1; 8) | [., "pass"]]' \
		"$tree/copy" || show
}

@test "report.json: a run reads how the ones before it ended" {
	settings restart=always restart_delay=0 restart_max=2 'args="record /copy"'
	run_init
	ended $off '.exit == 0'
	jq -e --slurpfile channel "$tree/result" '.events == $channel[:.events | length]
		and (.events | map(select(.event == "exit") | [.outcome, .code]) == [["exited", 0], ["exited", 0]])
		and (.events | map(select(.event == "launch")) | length == 3)' "$tree/copy" || show
}

@test "report.json: findings, also those that the settings let pass" {
	program watch 'copy /run/initgate/report.json /copy'
	settings profile=go-static verify=warn
	run_init
	ended $off '.exit == 0'
	jq -e --slurpfile channel "$tree/result" '.events | map(select(.event == "finding"))
		| . == ($channel | map(select(.event == "finding"))) and map(.slug) == ["not-go"] and .[0].remedy != ""' \
		"$tree/copy" || show
	jq -e '.events | map(select(.event == "payload"))[0].verdict == "fail"' "$tree/copy" || show
}

@test "an exit event says what the run used" {
	program strain 'flood 50'
	run_init
	events 'map(select(.event == "exit")) | length == 1 and (.[0] | .cpu_us > 0 and .took_us > 0 and .peak_kib > 0
		and .out_of_memory == false and .outcome == "exited" and .code == 0)'
}

@test "what is mounted already is taken as it is" {
	settings args=true
	before='mount -t tmpfs -o size=123k mine tmp'
	run_init
	ended $off '.exit == 0'
	# /dev and /proc are there before init in all of these tests; /run is not.
	events 'map(select(.event == "mount") | {(.target): .result}) | add |
		."/dev" == "present" and ."/proc" == "present" and ."/tmp" == "present" and ."/run" == "mounted"'
}

# mounted SOURCE TARGET: the options with which it is, one a line, as the payload saw it
mounted() {
	awk -v source="$1" -v target="$2" '$1 == source && $2 == target && $3 == "tmpfs" { print $4 }' "$out" | tr ',' '\n'
}

@test "mount=: in its order, on directories that are made, each with flags and its file system's options; one that fails stops the boot" {
	cp "$(type -P busybox)" "$tree/bin/busybox"
	settings payload=/bin/busybox profile=static 'args="cat /proc/mounts"' \
		'mount="one /a tmpfs defaults,nosuid,size=64k,mode=700 two /a/b/c tmpfs rw,ro,nodev,noexec,size=32k"'
	run_init
	ended $off '.exit == 0'
	[ "$(mounted one /a | grep -xE 'r[ow]|no.*|size=.*|mode=.*')" = $'rw\nnosuid\nsize=64k\nmode=700' ] || show
	[ "$(mounted two /a/b/c | grep -xE 'r[ow]|no.*|size=.*')" = $'ro\nnodev\nnoexec\nsize=32k' ] || show
	events 'map(select(.event == "mount") | .target) | .[-2:] == ["/a", "/a/b/c"]'
	settings 'mount="one /a tmpfs defaults two /b nosuchfs defaults"'
	run_init
	ended $off '.outcome == "init-failed" and
		.reason == "mounts: mount nosuchfs on '"'/b'"': No such device, not starting the payload"'
	launched 0
}
