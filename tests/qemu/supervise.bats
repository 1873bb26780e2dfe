# SPDX-License-Identifier: MIT
# A payload under pressure, and the machine around it.

load lib

setup_file() {
	build_guest
}

setup() {
	guest=$BATS_FILE_TMPDIR/guest
	static=(--conf profile=static)
}

@test "out of memory: the kernel killed the payload, and the result says so" {
	boot "${static[@]}" --memory 128 "$guest" eat
	warnings=${warnings/|Out of memory/}
	ended signaled 137
	event exit '.outcome == "signaled" and .code == 9 and .out_of_memory == true and .peak_kib > 16384'
	last ".reason | test(\"^supervise: run '/bin/guest': the kernel ran out of memory and killed it at [0-9]+ KiB, ended\$\")"
	grep -aq "initgate: supervise: run '/bin/guest': the kernel ran out of memory" "$console" || show
}

@test "SIGKILL from elsewhere is no want of memory, nor is the end of a child" {
	boot "${static[@]}" --memory 128 --also "$guest feed-child" "$guest" kill-itself
	warnings=${warnings/|Out of memory/}
	ended signaled 137
	grep -aq 'Out of memory: Killed process' "$console" || show
	jq -s -e 'map(select(.event == "exit") | [.code, .out_of_memory]) == [[9, false], [9, false]] and
		(map(select(.event == "result") | .exit, has("reason")) == [137, false, 137, false])' "${console%/*}/result.log" || show
	last 'has("reason") | not'
}

# The payload ends first and leaves the bomb to init, which must be left alone before the last line.
@test "a fork bomb, in a cgroup with a limit and without one" {
	for bomb in $(variants bomb-machine bomb-cgroup); do
		boot "${static[@]}" "$guest" "$bomb"
		ended exited 3
		! grep -a "initgate: shutdown: kill 'remaining processes'" "$console" || show
	done
}

@test "a payload that reads from the console has it as its controlling terminal, another has none" {
	boot "${static[@]}" --append initgate.stdin=/dev/console "$guest" terminal
	ended exited 3
	! elsewhere || return 0
	boot "${static[@]}" "$guest" terminal
	ended exited 4
}

# The CPU has no instruction for random numbers: a PC's old model; the others have none in any case.
@test "the clock is right, there is randomness, and files in /tmp can be executed" {
	local old=()
	[ "$ARCH" != x86_64 ] || old=(--cpu qemu64)
	boot "${static[@]}" ${old[@]+"${old[@]}"} --qemu-arg -rtc --qemu-arg base=2031-02-03T04:05:06 "$guest" surroundings
	ended exited 3
	wrote $'2031-02-03\n'
}

@test "watchdog: it is set, and fed while the payload runs and while the machine ends" {
	boot "${static[@]}" "${own_time[@]}" -m softdog --conf watchdog=/dev/watchdog --conf watchdog_timeout=4 "$guest" live-and-leave
	ended exited 3
	wrote $'alive\n'
	grep -aq "initgate: watchdog: opened '/dev/watchdog', to be pinged every 2000 ms" "$console" || show
	grep -aq "initgate: shutdown: end 'remaining processes': they ignored SIGTERM for 10 s" "$console" || show
}

# What the other two tests rest on.
@test "watchdog: unfed, it restarts this machine" {
	boot "${static[@]}" "${own_time[@]}" -m softdog --append softdog.soft_margin=4 "$guest" neglect
	[ "$status" = 125 ] && [ "$(jq -r .outcome "$json")" = no-report ] || show
	[ "$(jq -r .qemu_reason "$json")" = guest-reset ] || show
	wrote ''
	grep -aq 'softdog: Initiating system reboot' "$console" || show
}

@test "watchdog: mode=exec stops it, as nobody will feed it" {
	boot "${static[@]}" "${own_time[@]}" -m softdog --conf watchdog=/dev/watchdog --conf watchdog_timeout=4 \
		--conf mode=exec "$guest" live-on
	[ "$(jq -r .qemu_reason "$json")" = guest-reset ] || show
	grep -aq "initgate: watchdog: opened '/dev/watchdog', to be pinged every 2000 ms" "$console" || show
	grep -qx $'alive\r' "$stdout" || show
	! grep -aE 'softdog: Initiating|watchdog did not stop' "$console" || show
}
