# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set or read by boot.sh and its other parts
# SPDX-License-Identifier: MIT
#
# What boot.sh knows of the running machine: the stage it is in, trouble in the kernel's log, and three budgets: QEMU's
# CPU time, silence until the payload starts, the clock. Ends a machine that has broken or does not get on. Judges
# nothing: that is done from the files, when the machine has ended.

watched_events='"event":"(ready|stage|load|module|launch|done)"'
trace_ms=2000   # as long as the log has to be still before the trace of a crash is taken for complete,
crash_ms=10000  # and as long as that may take
module_ms=4000  # silence while a module is loaded, unless --silence is given: the start of one says or takes little
end_ms=10000    # the machine's, after init's last line

declare -gA stage_after=(
	[kernel]=mounts [mounts]=config [config]=modules [modules]=devices [devices]=root [root]=verify [verify]=launch
	[launch]=payload [payload]=shutdown [shutdown]=end
)

watch_begin() {
	stage='' payload_runs='' done_seen='' reason='' stopped='' crashed_ms='' crashed_at='' crashed_stage='' tick=0.5
	declare -gA loading=()
	clock_ticks=$(getconf CLK_TCK)
	console_part=''
	exec {console_log}<"$run/console"
	: >"$run/mark"
	read_clock
	began_ms=$now_ms looked_ms=$now_ms heard_ms=$now_ms
	cpu_ms=0 waited_ms=0 silent_ms=0
}

# catch COMMAND...: sets caught to its line. Not $( ), in which bash 5.2 loses some of the SIGINTs that come meanwhile: 3 of
# 100. So there is none in all that runs while the machine does.
catch() {
	caught=''
	"$@" >"$run/caught" || return
	IFS= read -r caught <"$run/caught" || true
}

read_clock() {
	now_ms=${EPOCHREALTIME//[.,]/}
	now_ms=${now_ms%???}
}

# Init says so when a stage ends, before it loads a module, and when that is over.
watch_event() {
	local doing
	[[ $1 =~ ^'{"event":"'([a-z]+)'","'[a-z]+'":"'([^\"]*)'"' ]] || return 0
	set -- "${BASH_REMATCH[@]:1}"
	watch_console # what broke before belongs to the stage, or the module, that this ends
	case $1 in
	stage) stage=${stage_after[$2]-} ;;
	load) loading[$2]=1 ;;
	module) unset "loading[$2]" ;;
	done) done_seen=1 silent_ms=0 payload_runs='' ;;
	esac
	[ "$stage" != launch ] || payload_runs=1 # with mode=exec nothing more is said
	printf -v doing '%s ' "$stage" "${!loading[@]}"
	show_progress "$doing"
}

# One line on a terminal, written again and again, until the payload may write there.
show_progress() {
	[ -n "$progress" ] || return 0
	printf '\r\e[K' >&2
	[ -z "$1" ] || [ -n "$payload_runs" ] || printf '%.60s' "$1" >&2
}

# The kernel's log, from where the last look ended; a line that has not come to its end waits for the next.
watch_console() {
	local chunk='' text=$console_part
	[ -z "$crashed_ms$terminal" ] || return 0
	while IFS= read -r -N 65536 chunk <&"$console_log"; do
		text+=$chunk
	done
	text+=$chunk
	console_part=${text##*$'\n'}
	[ "$text" != "$console_part" ] || return 0
	catch grep -am 1 -E "$crash_begin($crash_broken|$crash_stuck)" <<<"${text%$'\n'*}" || return 0
	watch_crash "$caught"
}

watch_crash() {
	read_clock
	crashed_ms=$now_ms heard_ms=$now_ms tick=0.2
	catch where || true
	crashed_at=$caught crashed_stage=$stage
	[ -z "$go_on" ] || echo "boot: the kernel's log: '${1//[^[:print:]]/}', going on" >&2
}

# read_usage: cpu, all that QEMU used; waited, the time that its threads were held up by others, both in milliseconds.
read_usage() {
	local stat task waited
	cpu=$cpu_ms waits=0
	{ read -r stat <"/proc/$qemu_pid/stat"; } 2>/dev/null || return 0
	# shellcheck disable=SC2086
	set -- ${stat##*) }
	cpu=$(((${12} + ${13}) * 1000 / clock_ticks))
	for task in "/proc/$qemu_pid/task"/*/schedstat; do
		{ read -r _ waited _ <"$task"; } 2>/dev/null || continue
		waits=$((waits + waited / 1000000))
	done
}

# The time since the last look in which QEMU computed or slept, but did not wait for a CPU: a busy host does not make
# a machine silent. Not more than a second: a host that was suspended does neither.
count_silence() {
	local wall=$((now_ms - looked_ms)) cpu waits ran own
	read_usage
	ran=$((cpu - cpu_ms))
	own=$((wall - (waits - waited_ms)))
	[ $own -le $wall ] || own=$wall
	[ $own -ge $ran ] || own=$ran
	[ $own -le 1000 ] || own=1000
	cpu_ms=$cpu waited_ms=$waits
	if [ "$run/console" -nt "$run/mark" ] || [ "$run/result.log" -nt "$run/mark" ]; then
		: >"$run/mark"
		heard_ms=$now_ms silent_ms=0
	else
		silent_ms=$((silent_ms + own))
	fi
}

# Looks at the clock, twice a second at most while nothing is wrong.
watch_time() {
	read_clock
	[ -z "$stopped" ] || { [ $((now_ms - looked_ms)) -lt 1000 ] || kill_qemu; return 0; }
	[ $((now_ms - looked_ms)) -ge 200 ] || return 0
	count_silence
	looked_ms=$now_ms
	watch_console
	if [ -n "$crashed_ms" ] && [ -z "$go_on" ]; then
		[ $((now_ms - heard_ms)) -lt $trace_ms ] && [ $((now_ms - crashed_ms)) -lt $crash_ms ] || stop_qemu crash
	elif [ -n "$unlimited" ]; then
		return 0
	elif [ "$cpu_ms" -gt $((timeout * 1000)) ] || [ $((now_ms - began_ms)) -gt $((timeout * 4000)) ]; then
		stop_qemu timeout
	elif [ -n "$done_seen" ]; then
		[ $silent_ms -le $end_ms ] || stop_qemu end
	elif [ -z "$payload_runs" ] && silent_too_long; then
		if told_elsewhere; then payload_runs=1; else stop_qemu silence; fi
	fi
}

silent_too_long() {
	silence_ms=$((silence * 1000))
	[ ${#loading[@]} = 0 ] || [ -n "$silence_asked" ] || silence_ms=$module_ms
	[ "$silent_ms" -gt "$silence_ms" ]
}

# Init need not speak to us: the payload, which may be silent, can run without our knowledge.
told_elsewhere() {
	[[ "${append[*]-} ${image_options[*]-}" = *report=* ]] || grep -aqs 'initgate: launch: starting' "$run/console"
}
