#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# count.sh [ARCH...]: what init costs, in guest instructions, from its own start until the payload is there, a Go program
# that it has verified. Beside it two that do the same mounts and verify nothing: a program in C (bare_init.c) and a script
# for busybox (script_init.sh). Without an argument for x86_64, arm64 and riscv64.
#
# count.sh --check [ARCH...]: TAP; fails when init has become more than a tenth dearer beside one of the two than
# bench/baseline says. count.sh --write writes that file.
#
# QEMU counts instructions instead of time (-icount), and the kernel notes when it has executed a program
# (trace_event=sched:sched_process_exec). So a run repeats whatever else this machine does, no console is written to on the
# way, and what Go's runtime does before main() is not in it.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=${O:-$here/build}
mkdir -p "$build"
build=$(cd "$build" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
baseline=$here/bench/baseline
# shellcheck source=scripts/lib/arch.sh
. "$here/scripts/lib/arch.sh"
what=table
case ${1:-} in --check | --write) what=${1#--} && shift ;; esac
arches=("$@")
[ $# -gt 0 ] || arches=(x86_64 arm64 riscv64)
# shellcheck source=scripts/lib/kernel.sh
. "$here/scripts/lib/kernel.sh"

# prepare ARCH: its kernel, and the images $work/ARCH.{bare,script,ours}
prepare() {
	local arch=$1 cc=musl-gcc image=$work/$1
	[ "$arch" = "$host_arch" ] || cc=$build/musl/$arch/bin/musl-gcc
	# shellcheck source=scripts/arch/x86_64.sh
	. "$here/scripts/arch/$arch.sh"
	arch_machine "$default_machine"
	arch_kernel "$build/kernels/$arch/vmlinuz" "$work/kernel" || cp "$build/kernels/$arch/vmlinuz" "$work/kernel"
	mkdir -p "$image"
	"$cc" -std=gnu11 -static -Os -Wall -Wextra -Werror -o "$image/init" "$here/bench/bare_init.c"
	(cd "$here/bench/moment" && CGO_ENABLED=0 GO111MODULE=on GOFLAGS='-mod=mod -buildvcs=false -trimpath' GOPROXY=off \
		GOTOOLCHAIN=local GOARCH=${arch/x86_64/amd64} GOCACHE=$build/go-cache go build -ldflags='-s -w' -o "$image/moment" .)
	"$here/scripts/fetch-busybox.sh" "$arch" >/dev/null
	build_image "$arch" bare --init "$image/init"
	build_image "$arch" script --init "$here/bench/script_init.sh" --add "$build/busybox/$arch/busybox:/bin/busybox"
	build_image "$arch" ours
}

build_image() {
	"$here/scripts/mkinitramfs.sh" --arch "$1" -o "$work/$1.$2" "${@:3}" "$work/$1/moment"
}

# count IMAGE [WORDS]: microseconds of a machine with one instruction a nanosecond, between the execution of /init and that
# of the payload, the last one that the kernel's trace has. Without the ports of boot.sh, unless WORDS name them.
count() {
	local words
	words=$(tr ' ' '\n' <<<"$machine_append" | grep -v -e initgate.report -e initgate.std | paste -sd ' ')
	: >"$work/console"
	timeout -k 5 300 "$qemu" "${machine_args[@]}" -accel tcg -cpu "$cpu_emulated" -icount shift=0,sleep=off -m 256 -nodefaults -no-user-config \
		-display none -no-reboot -kernel "$work/kernel" -initrd "$1" \
		-append "$words trace_event=sched:sched_process_exec ${2:-}" -chardev "file,id=console,path=$work/console" \
		-chardev null,id=result -chardev null,id=stdout -chardev null,id=stderr </dev/null >/dev/null 2>&1 || true
	tr -d '\r' <"$work/console" | awk -v image="${1##*/}" '
		$5 != "sched_process_exec:" { next }
		/filename=\/init / { began = $4 * 1000000 }
		{ last = $4 * 1000000 }
		END {
			if (!began || last <= began) {
				print "bench: count \047" image "\047: the kernel\047s trace does not show it, not measured" >"/dev/stderr"
				exit 1
			}
			printf "%d\n", last - began
		}'
}

per() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }
ms() { awk -v a="$1" 'BEGIN { printf "%.2f", a / 1000 }'; }

# measure ARCH: sets bare, script and ours, in microseconds.
measure() {
	prepare "$1"
	bare=$(count "$work/$1.bare" '-- /bin/moment')
	script=$(count "$work/$1.script" '-- /bin/moment')
	ours=$(count "$work/$1.ours")
}

table() {
	local arch unverified ports
	echo '| | payload, bytes | bare C init | busybox script | initgate | times bare | times the script | unverified | with the ports of boot.sh |'
	echo '|---|---|---|---|---|---|---|---|---|'
	for arch in "${arches[@]}"; do
		measure "$arch"
		unverified=$(count "$work/$arch.ours" initgate.verify=off)
		ports=$(count "$work/$arch.ours" "$machine_append")
		echo "| $arch | $(stat -c %s "$work/$arch/moment") | $(ms "$bare") | $(ms "$script") | $(ms "$ours")" \
			"| $(per "$ours" "$bare") | $(per "$ours" "$script") | $(ms "$unverified") | $(ms "$ports") |"
	done
}

write() {
	local arch
	echo '# What init costs beside a bare C init and beside a busybox script, from bench/count.sh --write; --check compares.'
	for arch in "${arches[@]}"; do
		measure "$arch"
		echo "$arch bare $(per "$ours" "$bare")"
		echo "$arch script $(per "$ours" "$script")"
	done
}

# verdict NUMBER ARCH PEER RATIO
verdict() {
	local was
	was=$(awk -v arch="$2" -v peer="$3" '$1 == arch && $2 == peer { print $3 }' "$baseline")
	if awk -v is="$4" -v was="${was:-0}" 'BEGIN { exit !(is <= was * 1.1) }'; then
		echo "ok $1 $2: $4 times the $3 init (${was:-none} in the baseline)"
	else
		echo "not ok $1 $2: $4 times the $3 init, more than a tenth above ${was:-none} in the baseline"
		return 1
	fi
}

check() {
	local arch n=0 failed=0
	echo "1..$((2 * ${#arches[@]}))"
	for arch in "${arches[@]}"; do
		measure "$arch"
		verdict $((n += 1)) "$arch" bare "$(per "$ours" "$bare")" || failed=1
		verdict $((n += 1)) "$arch" script "$(per "$ours" "$script")" || failed=1
	done
	return $failed
}

if [ "$what" = write ]; then
	write >"$work/baseline"
	mv "$work/baseline" "$baseline"
else
	$what
fi
