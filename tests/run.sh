#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run.sh [SUITE...]: runs the test suites (all, or those named) and ends with one line "N passed, N failed" over all of
# them. A test that is skipped counts as failed when CI=true. As many suites as there are CPUs run at a time, and as many files of
# boots in each of those, as most of them wait now and then; no test may take the clock for a measure of what a guest has
# computed.
#
# The boots are one suite for each of ARCHES (x86_64 arm64 riscv64): boots-x86_64 and so on. The other suites test what no machine
# can change; they run on this machine and boot its own.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/..
build=${O:-$root/build}
mkdir -p "$build/tests"
export O
O=$(cd "$build" && pwd)

# shellcheck source=scripts/lib/arch.sh
. "$root/scripts/lib/arch.sh"
read -ra arches <<<"${ARCHES:-$host_arch}"
# The longest first, so that none is left alone at the end.
suites=("${arches[@]/#/boots-}")
[[ " ${arches[*]} " != *" $host_arch "* ]] || suites+=(matrix soak image faults elf pid1 programs host fuzz ratios unit lint)

# Each suite prints TAP.
# shellcheck disable=SC2317 # run_suite calls them by name
unit() {
	local test status=0
	"$here/unit/build.sh"
	for test in "$O"/tests/unit/test_*; do
		[ -x "$test" ] || continue
		CMOCKA_MESSAGE_OUTPUT=TAP "$test" || status=$?
	done
	bats --tap "$here/unit" || status=$?
	return $status
}
elf() { bats --tap "$here/elf"; }
image() { bats --tap "$here/image"; }
pid1() { bats --tap "$here/pid1"; }
faults() { "$here/faults/run.sh"; }
ratios() { "$here/bench/run.sh"; }
programs() { bats --tap "$here/programs"; }
# All versions are in `make test-matrix`; the elf suite builds with the installed one.
matrix() { VERSIONS="1.23 1.27" "$here/matrix/run.sh"; }
fuzz() {
	"$here/fuzz/build.sh" bytes && CMOCKA_MESSAGE_OUTPUT=TAP "$O/fuzz/bytes" "$("$here/elf/build.sh" hello)"
	"$here/fuzz/run.sh" smoke
}
host() { bats --tap "$here/host"; }
boots() {
	local only=() tags='!pc,!once,!not-'${1%64} # what they mean: tests/qemu/lib.bash
	[ "$1" = "$host_arch" ] || only=(--filter-tags "$tags")
	ARCH=$1 bats --tap --jobs "$(nproc)" --no-parallelize-within-files ${only[@]+"${only[@]}"} "$here/qemu"
}
soak() { "$here/soak.sh" "${SOAK:-$([ "${CI:-}" = true ] && echo 50 || echo 20)}"; }
lint() {
	echo 1..1
	if "$root/scripts/lint.sh" >"$O/tests/lint.log" 2>&1; then
		echo 'ok 1 lint'
	else
		echo 'not ok 1 lint'
		sed 's/^/# /' "$O/tests/lint.log"
	fi
}

# A suite that breaks off, or runs fewer tests than it planned, has failed whatever it printed.
run_suite() {
	local suite=$1 log=$O/tests/$1.tap status=0 began=$SECONDS planned ran
	if [[ $suite = boots-* ]]; then boots "${suite#boots-}"; else "$suite"; fi >"$log" 2>&1 || status=$?
	planned=$(awk -F'[.][.]' '/^1[.][.][0-9]/ { n += $2 } END { print n + 0 }' "$log")
	ran=$(grep -cE '^(not )?ok ' "$log" || true)
	if [ "$ran" -lt "$planned" ] || [ "$ran" = 0 ] || { [ $status != 0 ] && ! grep -q '^not ok' "$log"; }; then
		echo "not ok $((ran + 1)) $suite broke off after $ran of $planned tests, exit status $status" >>"$log"
	fi
	printf '%-14s %4d tests in %4d s\n' "$suite" "$ran" $((SECONDS - began))
}

# count REGEX: lines of all suites together.
count() {
	cat "$O"/tests/*.tap | grep -cE "$1" || true
}

[ $# = 0 ] || suites=("$@")
rm -f "$O"/tests/*.tap
"$here/payloads/build.sh"
running=0
for suite in "${suites[@]}"; do
	[ $running -lt "$(nproc)" ] || { wait -n && running=$((running - 1)); }
	run_suite "$suite" &
	running=$((running + 1))
done
wait

failures=$(grep -hE -A 60 '^not ok' "$O"/tests/*.tap | grep -vE '^ok ' || true)
[ -z "$failures" ] || printf '%s\n' "$failures" | head -n 400
failed=$(count '^not ok ')
skipped=$(count '^ok .*# skip')
passed=$(($(count '^ok ') - skipped))
if [ "$skipped" -gt 0 ]; then
	grep -hE '^ok .*# skip' "$O"/tests/*.tap
	[ "${CI:-}" != true ] || failed=$((failed + skipped))
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
