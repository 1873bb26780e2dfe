#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Boots a payload under QEMU and ends as the payload ended: same exit status, its bytes on standard output. The verdict
# comes from init's last line on the result channel, which must carry this run's random number; without that line the
# boot has failed, whatever QEMU's own exit status says (0 even after a panic).
set -euo pipefail
export LC_ALL=C
self=$0 && [ ! -L "$self" ] || self=$(readlink -f "$self") # an installed command is a link
here=$(cd "$(dirname "$self")" && pwd)
# shellcheck source=scripts/lib/arch.sh
. "$here/lib/arch.sh"
# shellcheck source=scripts/lib/places.sh
. "$here/lib/places.sh"
status_own=125 status_timeout=124

# shellcheck source=scripts/lib/kernel.sh
. "$here/lib/kernel.sh"
# shellcheck source=scripts/lib/machine.sh
. "$here/lib/machine.sh"
# shellcheck source=scripts/lib/image.sh
. "$here/lib/image.sh"
# shellcheck source=scripts/lib/guest.sh
. "$here/lib/guest.sh"
# shellcheck source=scripts/lib/run.sh
. "$here/lib/run.sh"
# shellcheck source=scripts/lib/watch.sh
. "$here/lib/watch.sh"
# shellcheck source=scripts/lib/crash.sh
. "$here/lib/crash.sh"
# shellcheck source=scripts/lib/judge.sh
. "$here/lib/judge.sh"
# shellcheck source=scripts/lib/warm.sh
. "$here/lib/warm.sh"

usage() {
	sed "1s/boot\.sh/${0##*/}/" <<-'EOT'
		usage: boot.sh [options] PAYLOAD [ARG...]

		Returns the payload's exit status; 128+N when signal N ended it, 126 or 127 when it could not be executed,
		125 when initgate refused it or the boot failed, 124 after the timeout.

		  --arch ARCH          x86_64, arm64, riscv64 or arm (this machine's, or $ARCH)
		  --kernel FILE        kernel image, a directory with one, or a kernel tree that was built, whose modules -m then
		                       means (the kernel that runs; in a source tree build/kernels/ARCH/vmlinuz)
		  --without pvh|notests|locks|strings|kpti|all  do not do this to save time (a list with commas between)
		  --machine NAME       QEMU machine: microvm (the default) or q35 for x86_64, virt for the others; pc means the one
		                       with PCI (the default with --disk or --share)
		  --append WORDS       add to the kernel command line (repeatable)
		  --memory MIB         memory of the machine (256)
		  --cpu MODEL          QEMU CPU model
		  --accel auto|tcg|kvm how QEMU runs the guest; auto: KVM where a trial shows that it works (auto)
		  --timeout S          seconds of QEMU's CPU time; four times as much on the clock (60)
		  --silence S          seconds without a word before the payload starts (15, at most --timeout; while a module is
		                       loaded 4)
		  --go-on              do not end the machine at an oops, a stall or a lockup; it is a failure all the same
		  --fail-on-warning    a WARNING of the kernel is a failure, not only a note
		  --initrd FILE        boot this image instead of building one
		  --disk FILE          attach a raw disk image, read-only
		  --share DIR[:PATH]   the guest has this directory at PATH (/mnt/share), read-only
		  --share-rw DIR[:PATH]  and may write to it
		  --env NAME[=VALUE]   a variable for the payload; without a value as it is here (repeatable)
		  --stdin              our standard input, read to its end before the boot, is the payload's
		  --also 'PROGRAM ARG...'  run this as well, after the payload (repeatable); split at white space
		  --interactive        the payload, or without one a shell, on this terminal; Ctrl-A x ends the machine
		  --gdb                wait for a debugger, which the line on standard error starts; no time limits
		  --console FILE       kernel log goes there as well
		  --json FILE          outcome and timings as JSON
		  --tap FILE           the payload prints KTAP or TAP: as flat TAP; a failed test is exit status 1
		  --junit FILE         the same as JUnit XML
		  --keep DIR           keep console, result channel, QMP log and reproduce.sh in DIR
		  --qemu-arg ARG       one more argument for QEMU (repeatable)
		  --warm               go on from a machine that is up and waits, kept from an earlier run; alone: list them
		  -v                   show the boot on standard error

		and of mkinitramfs.sh: -m --modules-dir --kernel-version --firmware --microcode --busybox --conf --add --skel
		--init --compress --force
	EOT
}

fail() {
	echo "boot: $1 '$2': $3, not booted" >&2
	exit $status_own
}

# refuse REASON: nothing is booted, and whoever found that out has said so.
refuse() {
	outcome=refused exit_status=$status_own
	judge_tests # none of them ran
	[ -z "$json" ] || jq -cn --arg reason "$1" '{outcome: "refused", exit: 125, reason: $reason}' >"$json"
	exit $status_own
}

parse_options() {
	arch=${ARCH:-$host_arch}
	kernel=${KERNEL:-} machine='' without='' memory=256 cpu='' accel=auto timeout=60 silence='' initrd='' disk='' console=''
	json='' tap='' junit='' keep='' verbose='' warm_wanted='' go_on='' fail_on_warning='' unlimited='' progress='' append=() also=()
	share='' share_rw='' tests='' stdin=/dev/null read_stdin='' interactive='' gdb='' terminal='' variables=() qemu_args=() image_options=() payload=()
	while [ $# -gt 0 ]; do
		case $1 in
		-h | --help) usage && exit 0 ;;
		-v) verbose=1 && shift && continue ;;
		--warm) warm_wanted=1 && shift && continue ;;
		--go-on) go_on=1 && shift && continue ;;
		--fail-on-warning) fail_on_warning=1 && shift && continue ;;
		--stdin) read_stdin=1 && shift && continue ;;
		--interactive) interactive=1 && shift && continue ;;
		--gdb) gdb=1 && shift && continue ;;
		--force | --busybox | --busybox=?*) image_options+=("$1") && shift && continue ;;
		-*) [ $# -ge 2 ] || fail 'read option' "$1" 'it needs a value' ;;
		*) break ;;
		esac
		case $1 in
		--arch) arch=$2 ;;
		--kernel) kernel=$2 ;;
		--without) without+=,$2 ;;
		--machine) machine=$2 ;;
		--append) append+=("$2") ;;
		--memory) memory=$2 ;;
		--cpu) cpu=$2 ;;
		--accel) accel=$2 ;;
		--timeout) timeout=$2 ;;
		--silence) silence=$2 ;;
		--initrd) initrd=$2 ;;
		--disk) disk=$2 ;;
		--share) share=$2 share_rw='' ;;
		--share-rw) share=$2 share_rw=1 ;;
		--env) variables+=("$2") ;;
		--also) also+=("$2") ;;
		--console) console=$2 ;;
		--json) json=$2 ;;
		--tap) tap=$2 ;;
		--junit) junit=$2 ;;
		--keep) keep=$2 ;;
		--qemu-arg) qemu_args+=("$2") ;;
		-m | --modules-dir | --kernel-version | --firmware | --microcode | --conf | --add | --skel | --init | --compress)
			image_options+=("$1" "$2")
			;;
		*) fail 'read option' "$1" 'there is no such option (--help lists them)' ;;
		esac
		shift 2
	done
	payload=("$@")
	[ -z "$warm_wanted" ] || [ ${#payload[@]} -gt 0 ] || warm_show
	[ ${#payload[@]} -gt 0 ] || [ -n "$initrd$interactive" ] || fail 'read argument' PAYLOAD 'not given'
	[ ${#payload[@]} = 0 ] || [ -z "$initrd" ] || fail 'read argument' "${payload[0]}" 'the image of --initrd has its own payload'
	[ -z "$read_stdin" ] || [ -z "$interactive" ] || fail 'read option' --stdin 'with --interactive the payload reads the terminal'
	[[ $timeout =~ ^[1-9][0-9]*$ ]] || fail 'read option' "--timeout $timeout" 'not a number of seconds'
	check_without
	silence_asked=$silence
	[[ ${silence:=$((timeout < 15 ? timeout : 15))} =~ ^[1-9][0-9]*$ ]] ||
		fail 'read option' "--silence $silence" 'not a number of seconds'
	[ -n "$verbose" ] || [ ! -t 2 ] || progress=1
	arch_name "$arch"
	[ -e "$here/arch/$arch.sh" ] || fail 'read option' "--arch $arch" 'not supported'
	# shellcheck source=scripts/arch/x86_64.sh
	. "$here/arch/$arch.sh"
	[ -z "$disk$share" ] || default_machine=pc
	arch_machine "${machine:=$default_machine}" || fail 'read option' "--machine $machine" 'not supported'
	find_places "$arch"
	[ -z "$initrd" ] || [ -r "$initrd" ] || fail open "$initrd" 'no such image'
	[ -z "$disk" ] || [ -r "$disk" ] || fail open "$disk" 'no such disk'
}

# As a name that is not known leaves nothing out.
check_without() {
	local names name
	IFS=, read -ra names <<<"${without#,}"
	for name in ${names[@]+"${names[@]}"}; do
		[[ " $fast_names all " = *" $name "* ]] || fail 'read option' "--without $name" "not one of $fast_names all"
	done
}

prepare_guest() {
	local variable option
	[ -z "$initrd" ] || guest_etc=/initgate.boot/ guest_bin=/initgate.boot/
	for option in ${image_options[@]+"${image_options[@]}"}; do
		[ "$option" = --force ] || need_image "$option" # --force is for the kernel's configuration as well
	done
	for variable in ${variables[@]+"${variables[@]}"}; do
		add_variable "$variable"
	done
	[ -z "$read_stdin" ] || add_stdin
	[ ${#also[@]} = 0 ] || add_also
	[ -z "$share" ] || add_share
	[ -z "$interactive" ] || add_terminal
	[ -z "$gdb" ] || add_debugger
	# In front of what the user appends, where -- may end the settings.
	append=(${settings[@]+"${settings[@]}"} ${append[@]+"${append[@]}"})
}

# Sets image. A payload that would not run is refused here already, as it would be in the guest.
build_image() {
	local options=(--arch "$arch")
	if [ -n "$initrd" ]; then
		image=$initrd
		[ ! -e "$run/segment" ] || extend_image
		return
	fi
	image=$run/initrd
	"$here/mkinitramfs.sh" -o "$image" "${options[@]}" ${image_options[@]+"${image_options[@]}"} \
		"${payload[0]}" -- "${payload[@]:1}" >&2 || refuse 'mkinitramfs.sh refused to build the image'
}

# shellcheck disable=SC2317 # called by the trap
cleanup() {
	[ -z "${qemu_pid:-}" ] || kill_qemu
	if [ -n "$keep" ] && [ -d "$run" ]; then
		rm -f "$run"/{port*,job}
		mkdir -p "$keep" && cp -r "$run"/. "$keep"
		sed -i "s|$run/|$(cd "$keep" && pwd)/|g" "$keep/reproduce.sh" 2>/dev/null || true
	fi
	rm -rf "$run"
	give_terminal
}

# A signal that arrives while bash reads with a time limit must not end it there and then: bash 5.2 would go on in a stack
# frame that is gone, and crash or spin. So the loop that reads looks at `interrupted` instead.
# shellcheck disable=SC2317 # called by the traps
interrupt() {
	interrupted=$1
	[ -n "$reading" ] || exit "$1"
}

run_machine() {
	read_clock
	children_ms && before_ms=$children_ms wall_ms=$now_ms
	take_terminal
	run_qemu
	give_terminal
	read_clock
	children_ms && qemu_ms=$((children_ms - before_ms)) wall_ms=$((now_ms - wall_ms))
}

parse_options "$@"
run=$(mktemp -d)
interrupted='' reading=''
trap cleanup EXIT
trap 'interrupt 130' INT
trap 'interrupt 143' TERM
find_kernel
prepare_guest
check_kernel
if [ -z "$warm_wanted" ] || ! warm_boot; then
	build_image
	choose_kernel
	choose_accel
	initrd=$image make_command # without it, it is what the user named
	run_machine
fi
judge
judge_asked
judge_tests
[ -z "$console" ] || cp "$run/console" "$console"
[ -z "$json" ] || write_json
explain
exit "$exit_status"
