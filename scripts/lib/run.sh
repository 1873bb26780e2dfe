# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set or read by boot.sh and its other parts
# SPDX-License-Identifier: MIT
#
# One run of QEMU, for boot.sh. Everything that happens comes as lines through one pipe into one loop: QEMU's monitor
# (QMP) and init's events. The pipe ends when QEMU and all readers of its ports have ended, so what the loop has not seen
# by then is not there. The kernel's log is a file, which the loop looks at: QEMU writes its 16 KB byte by byte, and a
# reader would be woken up for each.

# The other ports lead into readers, which QEMU reaches as descriptors. It keeps the first of them in a file as well.
ports=(console result stdout stderr)

# port NAME: its -chardev for a run of our own.
port() {
	case $1${terminal:+ on a terminal} in
	'console on a terminal') echo "pipe,id=$1,path=/proc/self/fd/18,mux=on,logfile=$run/console" ;;
	result*) [ -z "$warm" ] || { echo "pipe,id=$1,path=$run/port,logfile=$run/result.log" && return; } ;;&
	console) echo "file,id=$1,path=$run/console" ;;
	result*) echo "file,id=$1,path=/proc/self/fd/21,logfile=$run/result.log" ;;
	stdout*) echo "file,id=$1,path=/proc/self/fd/22" ;;
	stderr*) echo "file,id=$1,path=/proc/self/fd/23" ;;
	esac
}

# The readers, in QEMU's own process before it is QEMU: when it ends, however early, their pipes end.
open_ports() {
	exec 19>&1 # held by all of them
	if [ -n "$verbose" ]; then
		exec 21> >(tee >(exec jq -rn --unbuffered --arg colour "$([ -t "$err" ] && echo 1)" \
			-f "$here/lib/show-boot.jq" >&"$err") | grep -a --line-buffered -E "$watched_events")
	else
		exec 21> >(exec grep -a --line-buffered -E "$watched_events")
	fi
	if [ -n "$tap$junit" ]; then
		exec 22> >(exec tee "$run/output" >&"$out")
	else
		exec 22> >(exec cat >&"$out")
	fi
	exec 23> >(exec cat >&"$err")
}

# It may have ended already: the signal that writing then brings is for a process of its own.
tell_qemu() {
	(echo "$1" >&"$qmp") 2>/dev/null || true
}

run_qemu() {
	local line part='' status
	exec {out}>&1 {err}>&2
	: >"$run/console" && : >"$run/result.log" && : >"$run/qmp.log"
	coproc QEMU { open_ports && exec "${command[@]}" -qmp stdio 2>"$run/qemu.err"; }
	qemu_pid=${QEMU_PID:?}
	exec {events}<&"${QEMU[0]}" {qmp}>&"${QEMU[1]}"
	tell_qemu '{"execute":"qmp_capabilities"}'
	[ -z "$warm" ] || warm_begin
	watch_begin
	reading=1
	while [ -z "$interrupted" ]; do
		status=0
		IFS= read -r -t "$tick" line <&"$events" || status=$?
		part+=$line # a line that the time cut in two comes in two parts
		if [ $status = 0 ]; then
			take_line "$part"
			part=''
		elif [ $status -le 128 ]; then
			break # end of file
		fi
		watch_time
	done
	reading=''
	[ -z "$interrupted" ] || exit "$interrupted"
	status=0
	wait "$qemu_pid" 2>/dev/null || status=$?
	[ "$reason$status" != 0 ] || reason=${arch_silent_end:-}
	qemu_pid=''
	exec {events}<&- {qmp}>&- {console_log}<&-
	show_progress ''
}

take_line() {
	[ -z "$warm" ] || warm_heard "$1"
	case $1 in
	'{"event":'*) watch_event "$1" ;;
	*)
		echo "$1" >>"$run/qmp.log"
		[ -z "$gdb" ] || [[ $1 != '{"QMP"'* ]] || echo "boot: the kernel waits for: $attach" >&2
		if [[ $1 =~ '"event": "SHUTDOWN"'.*'"reason": "'([a-z-]+) ]]; then
			reason=${BASH_REMATCH[1]}
		elif [ -n "$stopped" ] && [[ $1 = '{"return": "'* ]]; then
			kill_qemu # these were the registers
		fi
		;;
	esac
}

# stop_qemu WHY: where it stands, then the end. A QEMU that does not answer is ended by the next look at the clock.
stop_qemu() {
	stopped=$1
	tick=1
	tell_qemu '{"execute":"human-monitor-command","arguments":{"command-line":"info registers"}}'
}

# Bash would say that it was killed, unless somebody waits for it.
kill_qemu() {
	{ kill -KILL "$qemu_pid" && wait "$qemu_pid"; } 2>/dev/null || true
}

# CPU time of our children so far; `times` must run in this very shell.
children_ms() {
	local time minutes thousandths
	times >"$run/times"
	{ read -r _ && read -r -a time; } <"$run/times"
	children_ms=0
	for time in "${time[@]}"; do
		minutes=${time%%m*} thousandths=${time//[!0-9]/}
		thousandths=${thousandths#"$minutes"}
		children_ms=$((children_ms + minutes * 60000 + 10#$thousandths))
	done
}
