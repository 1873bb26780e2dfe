# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set or read by boot.sh and its other parts
# SPDX-License-Identifier: MIT
#
# How the run ended, for boot.sh: the outcome, the words for it, the JSON.

crash_patterns='Kernel panic|BUG: |Oops: |Initramfs unpacking failed|Failed to execute /init|unable to open an initial console'

# Everything must agree: the last line is ours, nothing crashed, and the machine ended by itself.
judge() {
	local done_line
	done_line=$(jq -Rc --arg nonce "$nonce" 'fromjson? | select(.event == "done" and .nonce == $nonce)' "$run/result.log" |
		tail -n 1)
	problem=''
	if grep -aqE "$crash_patterns" "$run/console"; then
		outcome=panic exit_status=$status_own
		problem=$(grep -aoE "($crash_patterns).*" "$run/console" | head -n 1 | tr -d '\r')
	elif [ -n "$timed_out" ]; then
		outcome=timeout exit_status=$status_timeout
		[ -s "$run/result.log" ] || outcome=hang
		problem="not done after ${timeout} s of CPU time or $((timeout * 4)) s"
	elif [ -z "$done_line" ]; then
		outcome=no-report exit_status=$status_own
		problem="init sent no last line${reason:+ (QEMU: $reason)}"
		[ ! -s "$run/qemu.err" ] || problem=$(tail -n 1 "$run/qemu.err")
	elif [ "$reason" != guest-reset ] && [ "$reason" != guest-shutdown ]; then
		outcome=no-report exit_status=$status_own
		problem="QEMU ended by itself (${reason:-no reason})"
	else
		outcome=$(jq -r .outcome <<<"$done_line") exit_status=$(jq -r .exit <<<"$done_line")
		case $outcome in
		refused | init-failed) problem=$(jq -r '.reason // "no reason given"' <<<"$done_line") ;;
		*) problem=$(jq -r '.reason // ""' <<<"$done_line") ;;
		esac
	fi
}

write_json() {
	jq -cn --arg outcome "$outcome" --argjson exit "$exit_status" --arg reason "$problem" --arg qemu "$reason" \
		--argjson cpu "$qemu_ms" --argjson wall "$wall_ms" --argjson warm "$(warm_json)" --slurpfile events <(jq -Rc 'fromjson?' "$run/result.log") '
		{outcome: $outcome, exit: $exit} + ($warm | del(.restore))
		+ (if $reason == "" then {} else {reason: $reason} end)
		+ {qemu_reason: $qemu,
		   timings_ms: ({qemu_cpu: $cpu, wall: $wall} + ($warm | {restore} | select(.restore) // {})
			+ ([$events[] | select(.event == "stage") | {(.stage): (.took_us / 1000)}] | add // {})),
		   findings: [$events[] | select(.event == "finding") | {layer, slug, severity, evidence}]}' >"$json"
}

# The words of whoever failed, then the log that led there.
explain() {
	[ -n "$problem" ] || return 0
	{
		case $outcome in
		exited | signaled) ;; # the payload ran, what init says about it is enough
		*)
			echo "--- the last lines of the kernel log:"
			tail -n 25 "$run/console" | tr -d '\r'
			[ ! -s "$run/qemu.err" ] || cat "$run/qemu.err"
			echo "---"
			;;
		esac
		echo "boot: run '${payload[0]:-$initrd}': $problem, outcome $outcome, exit status $exit_status"
	} >&2
}
