#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# soak.sh N: boots one image N times, two at a time, while two more processes keep both cores busy. Every boot must end
# as the first one did. TAP.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${O:-$here/../build}
n=${1:-100}
work=$(mktemp -d)
busy=()
trap 'kill "${busy[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

"$here/payloads/build.sh"
"$here/../scripts/mkinitramfs.sh" -o "$work/image" -m dm_verity "$build/payloads/hello" -- exit 42
echo "1..$n"
for _ in 1 2; do
	while :; do :; done &
	busy+=($!)
done

boot() {
	local status=0
	"$here/../scripts/boot.sh" --json "$work/$1.json" --initrd "$work/image" >"$work/$1.out" 2>"$work/$1.err" || status=$?
	if [ "$status" = 42 ] && [ "$(jq -r .outcome "$work/$1.json")" = exited ] && [ ! -s "$work/$1.out" ]; then
		echo "ok $1 boot under load"
	else
		echo "not ok $1 boot under load"
		sed 's/^/# /' "$work/$1.json" "$work/$1.err"
	fi >"$work/$1.tap"
}

# Two lanes, odd and even.
lane() {
	local i
	for ((i = $1; i <= n; i += 2)); do boot "$i"; done
}
lane 1 & lanes=($!)
lane 2 & lanes+=($!)
wait "${lanes[@]}"
for ((i = 1; i <= n; i++)); do cat "$work/$i.tap"; done
! grep -q '^not ok' "$work"/*.tap
