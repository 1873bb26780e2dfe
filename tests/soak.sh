#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# soak.sh N: boots one image N times, twice as many at a time as there are CPUs, so that each waits for the others, and so
# many more that this holds until the end of the Nth. All must end in the same way. TAP.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${O:-$here/../build}
at_once=$((2 * $(nproc)))
n=$((${1:-100} + at_once - 1))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$here/payloads/build.sh"
"$here/../scripts/mkinitramfs.sh" -o "$work/image" -m dm_verity "$build/payloads/hello" -- exit 42
echo "1..$n"

boot() {
	local status=0
	"$here/../scripts/boot.sh" --json "$work/$1.json" --initrd "$work/image" >"$work/$1.out" 2>"$work/$1.err" || status=$?
	if [ "$status" = 42 ] && [ ! -s "$work/$1.out" ] &&
		[ "$(jq -c '[.outcome, .exit, .qemu_reason, .findings, .warnings]' "$work/$1.json")" = '["exited",42,"guest-reset",[],[]]' ]; then
		echo "ok $1 boot under load"
	else
		echo "not ok $1 boot under load"
		sed 's/^/# /' "$work/$1.json" "$work/$1.err"
	fi >"$work/$1.tap"
}

running=0
for ((i = 1; i <= n; i++)); do
	[ $running -lt $at_once ] || { wait -n && running=$((running - 1)); }
	boot "$i" &
	running=$((running + 1))
done
wait
for ((i = 1; i <= n; i++)); do cat "$work/$i.tap"; done
! grep -q '^not ok' "$work"/*.tap
