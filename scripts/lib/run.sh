# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set or read by boot.sh and its other parts
# SPDX-License-Identifier: MIT
#
# One run of QEMU, for boot.sh: its ports, its monitor, its budget of time.

# What the guest writes reaches our own standard output and error as it comes.
open_outputs() {
	mkfifo "$run/stdout" "$run/stderr"
	cat "$run/stdout" & readers=($!)
	cat "$run/stderr" >&2 & readers+=($!)
	[ -n "$verbose" ] || return 0
	mkfifo "$run/result"
	tee "$run/result.log" <"$run/result" | jq -rn --unbuffered --arg colour "$([ -t 2 ] && echo 1)" \
		-f "$here/lib/show-boot.jq" >&2 & readers+=($!)
}

# Opening and closing a FIFO ends a reader that QEMU never got to.
close_outputs() {
	local fifo
	for fifo in stdout stderr result; do
		[ ! -p "$run/$fifo" ] || : <>"$run/$fifo"
	done
	wait "${readers[@]}" 2>/dev/null || true
	readers=()
	[ -n "$verbose" ] || mv "$run/result" "$run/result.log" 2>/dev/null || : >"$run/result.log"
}

cpu_ms() {
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || stat=') 0 0 0 0 0 0 0 0 0 0 0 0 0 0'
	# shellcheck disable=SC2086
	set -- ${stat##*) }
	echo $(((${12} + ${13}) * 1000 / clock_ticks))
}

# It may have ended already.
tell_qemu() {
	{ echo "$1" >&"$qmp_out"; } 2>/dev/null || true
}

# Its first commands: qmp_first, if any.
start_qemu() {
	local line
	clock_ticks=$(getconf CLK_TCK)
	began_us=${EPOCHREALTIME/./}
	coproc QEMU { exec "${command[@]}" -qmp stdio 2>"$run/qemu.err"; }
	qemu_pid=${QEMU_PID:?}
	exec {qmp_in}<&"${QEMU[0]}" {qmp_out}>&"${QEMU[1]}"
	for line in '{"execute":"qmp_capabilities"}' ${qmp_first[@]+"${qmp_first[@]}"}; do
		tell_qemu "$line"
	done
}

end_qemu() {
	wait "$qemu_pid" 2>/dev/null || true
	qemu_pid=''
	exec {qmp_in}<&- {qmp_out}>&-
}

# QEMU's monitor (QMP) is its standard input and output: events come as they happen, and the reason of the end with them.
run_qemu() {
	local line part='' status began=$SECONDS cpu
	reason='' timed_out=''
	start_qemu
	while :; do
		status=0
		IFS= read -r -t 0.5 line <&"$qmp_in" || status=$?
		part+=$line # a line that the half second cut in two comes in two parts
		if [ $status = 0 ]; then
			echo "$part" >>"$run/qmp.log"
			warm_heard "$part"
			[[ $part != *'"event": "SHUTDOWN"'* ]] || reason=$(jq -r .data.reason <<<"$part")
			part=''
		elif [ $status -le 128 ]; then
			break # end of file: QEMU has ended
		elif cpu=$(cpu_ms "$qemu_pid") && { [ "$cpu" -gt $((timeout * 1000)) ] || [ $((SECONDS - began)) -gt $((timeout * 4)) ] ||
			warm_is_late "$cpu"; }; then
			timed_out=1
			stop_qemu
			break
		fi
	done
	end_qemu
}

# Where it hangs, then the end.
stop_qemu() {
	local line
	tell_qemu '{"execute":"human-monitor-command","arguments":{"command-line":"info registers"}}'
	while IFS= read -r -t 1 line <&"$qmp_in"; do
		echo "$line" >>"$run/qmp.log"
	done
	kill -KILL "$qemu_pid" 2>/dev/null || true
}

# CPU time of our children so far; `times` must run in this very shell.
children_ms() {
	times >"$run/times"
	awk 'NR == 2 { for (i = 1; i <= 2; i++) { split($i, t, /[ms]/); ms += (t[1] * 60 + t[2]) * 1000 } printf "%d", ms }' "$run/times" >"$run/ms"
	read -r children_ms <"$run/ms" || true
}
