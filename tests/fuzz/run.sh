#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Fuzzes the checker on one core and prints TAP: half of the time the build with sanitizers, half of it the fast one.
#   run.sh [SECONDS]   (600) goes on with the inputs in $O/fuzz/corpus
#   run.sh smoke       60 seconds from the seeds and corpus.tar.xz, always with the same random numbers
#   run.sh keep        makes corpus.tar.xz of what $O/fuzz/corpus reaches beyond the seeds
# An input that breaks something is kept in $O/fuzz/crashes; `$O/fuzz/checked FILE` shows what it breaks. The number of
# executions of each run is a line in $O/fuzz/executions.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${O:-build}/fuzz
seconds=${1:-600}
kept=tests/fuzz/corpus.tar.xz
seed=0 # by the clock
corpus=$out/corpus

tests/fuzz/build.sh checked fast seeds
rm -rf "$out/seed" "$out/smoke" "$out/keep"
mkdir -p "$corpus" "$out/seed" "$out/smoke" "$out/keep" "$out/crashes"
"$out/seeds" "$out/seed"
case $seconds in
keep)
	"$out/seeds" "$out/keep"
	"$out/fast" -merge=1 -max_len=16384 "$out/keep" "$corpus" >"$out/keep.log" 2>&1
	rm "$out/keep"/*-*-[0-9]
	tar -C "$out/keep" --sort=name --owner=0 --group=0 --mtime=@0 -cJf "$kept" .
	exit
	;;
smoke)
	seconds=60
	seed=1
	corpus=$out/smoke
	tar -C "$corpus" -xJf "$kept"
	;;
esac

# fuzz NUMBER BUILD
fuzz() {
	local log=$out/$2.log status=0 executions rate
	"$out/$2" -max_total_time=$((seconds / 2)) -seed=$seed -max_len=16384 -timeout=10 -rss_limit_mb=1024 \
		-dict=tests/fuzz/elf.dict -artifact_prefix="$out/crashes/" -print_final_stats=1 \
		"$corpus" "$out/seed" >"$log" 2>&1 || status=$?
	executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
	echo "${executions:-0} $2 $(date -u +%FT%TZ)" >>"$out/executions"
	echo "$([ $status = 0 ] || echo 'not ')ok $1 fuzz $2: ${executions:-0} executions, ${rate:-0} a second"
	[ $status = 0 ] || tail -n 60 "$log" | sed 's/^/# /'
	return $status
}

echo 1..2
status=0
fuzz 1 checked || status=1
fuzz 2 fast || status=1
awk '{ n += $1 } END { print "# executions in all runs: " n }' "$out/executions"
exit $status
