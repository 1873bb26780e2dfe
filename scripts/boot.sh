#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Boots a payload under QEMU and ends as the payload ended: same exit status, its bytes on standard output. The verdict
# comes from init's last line on the result channel, which must carry this run's random number; without that line the
# boot has failed, whatever QEMU's own exit status says (0 even after a panic).
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
# shellcheck source=scripts/lib/places.sh
. "$here/lib/places.sh"
status_own=125 status_timeout=124

usage() {
	sed "1s/boot\.sh/${0##*/}/" <<-'EOT'
		usage: boot.sh [options] PAYLOAD [ARG...]

		Returns the payload's exit status; 128+N when signal N ended it, 126 or 127 when it could not be executed,
		125 when initgate refused it or the boot failed, 124 after the timeout.

		  --arch ARCH          x86_64 (this machine's)
		  --kernel FILE        kernel image (the one that runs; in a source tree build/kernels/ARCH/vmlinuz)
		  --machine NAME       QEMU machine: microvm or q35 (microvm)
		  --append WORDS       add to the kernel command line (repeatable)
		  --memory MIB         memory of the machine (256)
		  --cpu MODEL          QEMU CPU model
		  --accel auto|tcg|kvm how QEMU runs the guest; auto: KVM where a trial shows that it works (auto)
		  --timeout S          seconds of QEMU's CPU time; four times as much on the clock (60)
		  --initrd FILE        boot this image instead of building one
		  --disk FILE          attach a raw disk image, read-only (q35)
		  --console FILE       kernel log goes there as well
		  --json FILE          outcome and timings as JSON
		  --keep DIR           keep console, result channel, QMP log and reproduce.sh in DIR
		  --qemu-arg ARG       one more argument for QEMU (repeatable)
		  -v                   show the boot on standard error

		and of mkinitramfs.sh: -m --modules-dir --kernel-version --conf --add --skel --init --compress --force
	EOT
}

fail() {
	echo "boot: $1 '$2': $3, not booted" >&2
	exit $status_own
}

parse_options() {
	arch=$(uname -m) kernel=${KERNEL:-} machine='' memory=256 cpu='' accel=auto timeout=60 initrd='' disk='' console=''
	json='' keep='' verbose='' append=() qemu_args=() image_options=() payload=()
	while [ $# -gt 0 ]; do
		case $1 in
		-h | --help) usage && exit 0 ;;
		-v) verbose=1 && shift && continue ;;
		--force) image_options+=("$1") && shift && continue ;;
		-*) [ $# -ge 2 ] || fail 'read option' "$1" 'it needs a value' ;;
		*) break ;;
		esac
		case $1 in
		--arch) arch=$2 ;;
		--kernel) kernel=$2 ;;
		--machine) machine=$2 ;;
		--append) append+=("$2") ;;
		--memory) memory=$2 ;;
		--cpu) cpu=$2 ;;
		--accel) accel=$2 ;;
		--timeout) timeout=$2 ;;
		--initrd) initrd=$2 ;;
		--disk) disk=$2 ;;
		--console) console=$2 ;;
		--json) json=$2 ;;
		--keep) keep=$2 ;;
		--qemu-arg) qemu_args+=("$2") ;;
		-m | --modules-dir | --kernel-version | --conf | --add | --skel | --init | --compress)
			image_options+=("$1" "$2")
			;;
		*) fail 'read option' "$1" 'there is no such option (--help lists them)' ;;
		esac
		shift 2
	done
	payload=("$@")
	[ ${#payload[@]} -gt 0 ] || [ -n "$initrd" ] || fail 'read argument' PAYLOAD 'not given'
	[[ $timeout =~ ^[1-9][0-9]*$ ]] || fail 'read option' "--timeout $timeout" 'not a number of seconds'
	[ -e "$here/arch/$arch.sh" ] || fail 'read option' "--arch $arch" 'not supported'
	# shellcheck source=scripts/arch/x86_64.sh
	. "$here/arch/$arch.sh"
	arch_machine "${machine:=$default_machine}" || fail 'read option' "--machine $machine" 'not supported'
	find_places "$arch"
	kernel=${kernel:-$place_kernel}
	[ -e "$kernel" ] || fail open "$kernel" "no such kernel ($hint_kernel)"
	[ -r "$kernel" ] || fail open "$kernel" 'permission denied'
	[ -z "$initrd" ] || [ -r "$initrd" ] || fail open "$initrd" 'no such image'
	[ -z "$disk" ] || [ -r "$disk" ] || fail open "$disk" 'no such disk'
}

# A payload that would not run is refused here already, as it would be in the guest.
build_image() {
	local options=(--arch "$arch")
	[ -z "$initrd" ] || return 0
	initrd=$run/initrd
	[ -z "${MODULES:-}" ] || options+=(--modules-dir "$MODULES")
	"$here/mkinitramfs.sh" -o "$initrd" "${options[@]}" ${image_options[@]+"${image_options[@]}"} \
		"${payload[0]}" -- "${payload[@]:1}" >&2 && return
	[ -z "$json" ] || jq -cn '{outcome: "refused", exit: 125, reason: "mkinitramfs.sh refused to build the image"}' >"$json"
	exit $status_own
}

# The kernel in the form that QEMU starts fastest, made once per kernel.
choose_kernel() {
	local key
	key=$(stat -L -c '%n %s %y' "$kernel" | sha256sum | cut -c1-16)
	cache=$place_cache
	{ mkdir -p "$cache" && [ -w "$cache" ]; } 2>/dev/null || cache=$run # nothing is kept
	[ -e "$cache/$key" ] || {
		if ! arch_kernel "$kernel" "$run/kernel"; then
			cp "$kernel" "$run/kernel"
		fi
		mv "$run/kernel" "$cache/$key"
	}
	kernel=$cache/$key
}

# A /dev/kvm that opens proves nothing: guests can hang for ever behind it. So this kernel is started once, without a
# root, and has to come as far as its panic about that. The answer holds until this machine is started again.
choose_accel() {
	local answer port trial=()
	[ "$accel" = auto ] || return 0
	answer=$cache/accel-$(cat /proc/sys/kernel/random/boot_id)
	if [ ! -e "$answer" ]; then
		echo tcg >"$run/accel"
		for port in console result stdout stderr; do
			trial+=(-chardev "file,id=$port,path=$run/trial-$port")
		done
		if [ -w /dev/kvm ]; then
			timeout -k 1 10 "$qemu" "${machine_args[@]}" -accel kvm -m "$memory" -nodefaults -no-user-config \
				-display none -no-reboot -kernel "$kernel" -append "$machine_append" "${trial[@]}" \
				>/dev/null 2>&1 || true
			! grep -aqs 'Kernel panic' "$run/trial-console" || echo kvm >"$run/accel"
		fi
		mv "$run/accel" "$answer"
		rm -f "$run"/trial-*
	fi
	accel=$(cat "$answer")
}

make_command() {
	local port
	nonce=$(od -An -v -t x8 -N 8 /dev/urandom | tr -d ' ')
	command=(
		"$qemu" "${machine_args[@]}" -accel "$accel" -m "$memory" -nodefaults -no-user-config -display none -no-reboot
		-kernel "$kernel" -initrd "$initrd"
		-append "$machine_append initgate.stdin=/dev/null initgate.nonce=$nonce ${append[*]-}"
	)
	for port in console result stdout stderr; do
		command+=(-chardev "file,id=$port,path=$run/$port")
	done
	[ -z "$cpu" ] || command+=(-cpu "$cpu")
	[ -z "$disk" ] || command+=(-drive "file=$disk,format=raw,if=virtio,readonly=on")
	command+=(${qemu_args[@]+"${qemu_args[@]}"})
	printf '%q ' "${command[@]}" >"$run/reproduce.sh"
}

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

# QEMU's monitor (QMP) is its standard input and output: events come as they happen, and the reason of the end with them.
run_qemu() {
	local line part='' status began=$SECONDS
	reason='' timed_out=''
	clock_ticks=$(getconf CLK_TCK)
	coproc QEMU { exec "${command[@]}" -qmp stdio 2>"$run/qemu.err"; }
	qemu_pid=${QEMU_PID:?}
	exec {qmp_in}<&"${QEMU[0]}" {qmp_out}>&"${QEMU[1]}"
	tell_qemu '{"execute":"qmp_capabilities"}'
	while :; do
		status=0
		IFS= read -r -t 0.5 line <&"$qmp_in" || status=$?
		part+=$line # a line that the half second cut in two comes in two parts
		if [ $status = 0 ]; then
			echo "$part" >>"$run/qmp.log"
			[[ $part != *'"event": "SHUTDOWN"'* ]] || reason=$(jq -r .data.reason <<<"$part")
			part=''
		elif [ $status -le 128 ]; then
			break # end of file: QEMU has ended
		elif [ "$(cpu_ms "$qemu_pid")" -gt $((timeout * 1000)) ] || [ $((SECONDS - began)) -gt $((timeout * 4)) ]; then
			timed_out=1
			stop_qemu
			break
		fi
	done
	wait "$qemu_pid" 2>/dev/null || true
	qemu_pid=''
	exec {qmp_in}<&- {qmp_out}>&-
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
		--argjson cpu "$qemu_ms" --argjson wall "$wall_ms" --slurpfile events <(jq -Rc 'fromjson?' "$run/result.log") '
		{outcome: $outcome, exit: $exit}
		+ (if $reason == "" then {} else {reason: $reason} end)
		+ {qemu_reason: $qemu,
		   timings_ms: ({qemu_cpu: $cpu, wall: $wall}
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

# shellcheck disable=SC2317 # called by the trap
cleanup() {
	[ -z "${qemu_pid:-}" ] || kill -KILL "$qemu_pid" 2>/dev/null || true
	[ ${#readers[@]} -eq 0 ] || kill "${readers[@]}" 2>/dev/null || true
	if [ -n "$keep" ] && [ -d "$run" ]; then
		rm -f "$run"/std*
		mkdir -p "$keep" && cp -r "$run"/. "$keep"
		sed -i "s|$run/|$(cd "$keep" && pwd)/|g" "$keep/reproduce.sh" 2>/dev/null || true
	fi
	rm -rf "$run"
}

readers=()
parse_options "$@"
run=$(mktemp -d)
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
build_image
choose_kernel
choose_accel
make_command
: >"$run/console"
open_outputs
children_ms && before_ms=$children_ms wall_ms=$(date +%s%3N)
run_qemu
children_ms && qemu_ms=$((children_ms - before_ms)) wall_ms=$(($(date +%s%3N) - wall_ms))
close_outputs
judge
[ -z "$console" ] || cp "$run/console" "$console"
[ -z "$json" ] || write_json
explain
exit "$exit_status"
