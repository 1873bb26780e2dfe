# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set or read by boot.sh and its other parts
# SPDX-License-Identifier: MIT
#
# How the run ended, for boot.sh: from the files that it left and from nothing that somebody had to read in time.
# Everything must agree for a success: the kernel's log is clean, the last line is ours, the machine ended by itself.

judge() {
	local clean=''
	find_done
	problem='' trace='' results=() warnings=()
	[ ${#also[@]} = 0 ] ||
		mapfile -t results < <(jq -Rc 'fromjson? | select(.event == "result") | del(.event, .at_us)' "$run/result.log")
	grep -aqE "$crash_begin($crash_broken|$crash_stuck|$crash_warning)" "$run/console" || clean=1
	[ -n "$clean" ] || mapfile -t warnings < <(crash_lines "$run/console" "$crash_warning" | cut -d: -f2-)
	if [ -z "$clean" ] && { judge_log panic "$status_own" "$crash_broken" || judge_log hang "$status_timeout" "$crash_stuck"; }; then
		problem+=${crashed_at:-$(where)}
		stage=${crashed_stage:-$stage}
	elif [ -z "$clean" ] && [ -n "$fail_on_warning" ] && judge_log panic "$status_own" "$crash_warning"; then
		problem+=", and --fail-on-warning is given"
	elif [ -n "$stopped" ]; then
		judge_stopped
	elif [ -z "$done_line" ]; then
		outcome=no-report exit_status=$status_own
		explain_silence
	elif [ "$reason" != guest-reset ] && [ "$reason" != guest-shutdown ]; then
		outcome=no-report exit_status=$status_own
		problem="QEMU ended by itself (${reason:-no reason})"
	elif [ ${#also[@]} -gt 0 ] && [ ${#results[@]} != $((${#also[@]} + 1)) ]; then
		outcome=no-report exit_status=$status_own
		problem="${#results[@]} of $((${#also[@]} + 1)) payloads have a result"
	else
		stage=''
		outcome=$done_outcome exit_status=$done_exit
		if [[ $done_line = *',"reason":"'* ]]; then
			problem=$(jq -r .reason <<<"$done_line")
		elif [ "$outcome" = refused ] || [ "$outcome" = init-failed ]; then
			problem='no reason given'
		fi
	fi
}

# Init's last line. A jq takes longer to start than the rest of this, and the members that count stand in front.
find_done() {
	local line
	done_line='' done_outcome='' done_exit=''
	while IFS= read -r line; do
		[[ $line =~ ^'{"event":"done","nonce":"'"$nonce"'","outcome":"'([a-z-]+)'","exit":'([0-9]+),.*\}$ ]] || continue
		done_line=$line done_outcome=${BASH_REMATCH[1]} done_exit=${BASH_REMATCH[2]}
	done <"$run/result.log"
}

# What the payload's own tests say (KTAP or TAP). A payload that reports a failed test may well end with 0.
judge_tests() {
	local format file
	[ -n "$tap$junit" ] || return 0
	: >>"$run/output" # nothing came, or nothing ran
	for format in tap junit; do
		file=${!format}
		[ -z "$file" ] || read_tests "$format" >"$file" || [ -s "$file" ] || fail write "$file" 'it cannot be written'
	done
	tests=$(read_tests json) || [ "$outcome" != exited ] || [ "$exit_status" != 0 ] || {
		exit_status=1
		problem="its tests failed or did not all run: $tests"
	}
}

read_tests() {
	LC_ALL=C awk -v "format=$1" -v "suite=$(basename "${payload[0]:-initrd}")" -f "$here/lib/ktap.awk" "$run/output"
}

# Init's last line did not come where it was expected. Where it had no channel at all it says it in the kernel's log.
explain_silence() {
	local said
	if [ -s "$run/qemu.err" ]; then
		problem=$(tail -n 1 "$run/qemu.err")
		return
	fi
	problem="init sent no last line over the result channel$(where)${reason:+ (QEMU: $reason)}"
	said=$(sed -n 's/.*initgate: done: //p' "$run/console" | jq -Rr --arg nonce "$nonce" 'fromjson?
		| select(.nonce == $nonce) | "\(.outcome), exit status \(.exit)" + (if .reason then ", \(.reason)" else "" end)')
	[ -z "$said" ] || problem+="; what it wrote to the kernel's log instead: $said"
	[ -z "$said" ] || ! grep -aq 'unable to open an initial console' "$run/console" || problem+="; $(no_serial)"
}

# A machine from which nothing comes is most often one whose kernel lacks these.
no_serial() {
	echo "a kernel for machine '$machine' needs a driver for its serial ports, built in:" \
		"${serial_config:-CONFIG_SERIAL_8250=y CONFIG_SERIAL_8250_CONSOLE=y}"
}

# judge_log OUTCOME STATUS PATTERN: the first such line of the kernel's log.
judge_log() {
	local line
	line=$(crash_lines "$run/console" "$3" | head -n 1)
	[ -n "$line" ] || return
	outcome=$1 exit_status=$2
	problem=${line#*:}
	trace_line=${line%%:*}
	trace=$(crash_trace "$run/console" "$trace_line")
}

# Nothing was wrong but that it did not go on.
judge_stopped() {
	exit_status=$status_timeout outcome=timeout
	[ -n "$payload_runs" ] || outcome=hang
	case $stopped in
	timeout) problem="not done after $((cpu_ms / 1000)) s of CPU time, $(((now_ms - began_ms) / 1000)) s on the clock$(where)" ;;
	silence) problem="silent for $((silence_ms / 1000)) s$(where)" ;;
	end)
		outcome=hang
		problem="the machine did not end in $((end_ms / 1000)) s after init's last line ($(jq -r '"outcome \(.outcome), exit status \(.exit)"' <<<"${done_line:-null}"))"
		;;
	esac
}

# The stage it was in, as far as the result channel told, and the modules that were on their way. Init speaks first when
# it has read its settings.
where() {
	local names
	printf -v names "'%s', " "${!loading[@]}"
	if [ ${#loading[@]} != 0 ]; then
		echo ", while loading module ${names%, }"
	elif [ -n "$stage" ]; then
		echo ", in stage '$stage'"
	elif grep -aq 'Run /init as init process' "$run/console"; then
		echo ", after the kernel started init"
	elif grep -aq 'Linux version' "$run/console"; then
		echo ", before the kernel started init"
	elif [ ! -s "$run/console" ]; then
		echo ", and nothing at all came out of the machine; $(no_serial)"
	fi
}

write_json() {
	jq -cn --arg outcome "$outcome" --argjson exit "$exit_status" --arg reason "$problem" --arg qemu "$reason" \
		--arg trace "$trace" --arg stage "$stage" --argjson cpu "$qemu_ms" --argjson wall "$wall_ms" --argjson warm "$(warm_json)" \
		--argjson tests "${tests:-null}" \
		--slurpfile events <(jq -Rc 'fromjson?' "$run/result.log") \
		'{outcome: $outcome, exit: $exit} + ($warm | del(.restore))
		+ (if $reason == "" then {} else {reason: $reason} end)
		+ (if $stage == "" then {} else {stage: $stage} end)
		+ (if $trace == "" then {} else {trace: $trace} end)
		+ (if $tests == null then {} else {tests: $tests} end)
		+ {warnings: $ARGS.positional, qemu_reason: $qemu,
		   timings_ms: ({qemu_cpu: $cpu, wall: $wall} + ($warm | {restore} | select(.restore) // {})
			+ ([$events[] | select(.event == "stage") | {(.stage): (.took_us / 1000)}] | add // {})),
		   payloads: [$events[] | select(.event == "result") | del(.event, .at_us)],
		   findings: [$events[] | select(.event == "finding") | {layer, slug, severity, evidence}]}' \
		--args ${warnings[@]+"${warnings[@]}"} >"$json"
}

# The words of whoever failed, behind what led there.
explain() {
	local warning result
	for result in ${results[@]+"${results[@]}"}; do
		jq -r '"boot: ran \u0027\(.payload)\u0027: \(.reason // "it came to its end"), outcome \(.outcome), exit status \(.exit)"' \
			<<<"$result" >&2
	done
	for warning in ${warnings[@]+"${warnings[@]}"}; do
		echo "boot: the kernel's log: '$warning', noted only" >&2
	done
	[ -n "$problem" ] || return 0
	{
		case $outcome in
		exited | signaled) ;; # the payload ran, what init says about it is enough
		*)
			echo "--- the last lines of the kernel log:"
			if [ -n "$trace" ]; then
				head -n $((trace_line - 1)) "$run/console" | tail -n 10 | tr -d '\r'
				echo "$trace"
			else
				tail -n 25 "$run/console" | tr -d '\r'
			fi
			show_registers
			[ ! -s "$run/qemu.err" ] || cat "$run/qemu.err"
			echo "---"
			;;
		esac
		echo "boot: run '${payload[0]:-$initrd}': $problem, outcome $outcome, exit status $exit_status"
	} >&2
}

# Where a machine that hung stood.
show_registers() {
	local line
	[ "$outcome" = hang ] || [ "$outcome" = timeout ] || return 0
	line=$(grep -a '^{"return": "' "$run/qmp.log" | tail -n 1) || return 0
	echo "--- the registers:"
	jq -r .return <<<"$line" | tr -d '\r' | head -n 9
}
