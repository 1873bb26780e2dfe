#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Fuzzes on one core and prints TAP: the checker, half of the time the build with sanitizers, half of it the fast one;
# and a tenth of all the time the settings.
#   run.sh [SECONDS]   (600) goes on with the inputs in $O/fuzz/corpus and $O/fuzz/config-corpus
#   run.sh smoke       60 seconds from the seeds and corpus.tar.xz, and 15 of the settings from what config.dict holds,
#                      always with the same random numbers
#   run.sh keep        makes corpus.tar.xz of what $O/fuzz/corpus reaches beyond the seeds
# An input that breaks something is kept in $O/fuzz/crashes; `$O/fuzz/checked FILE`, for the settings `$O/fuzz/config
# FILE`, shows what it breaks. The number of executions of each run is a line in $O/fuzz/executions.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${O:-build}/fuzz
what=${1:-600}
kept=tests/fuzz/corpus.tar.xz
seed=0 # by the clock
corpus=$out/corpus
config_corpus=$out/config-corpus

tests/fuzz/build.sh checked fast seeds config
rm -rf "$out/seed" "$out/smoke" "$out/config-smoke" "$out/keep"
mkdir -p "$corpus" "$config_corpus" "$out/seed" "$out/smoke" "$out/config-smoke" "$out/keep" "$out/crashes"
"$out/seeds" "$out/seed"
case $what in
keep)
	"$out/seeds" "$out/keep"
	"$out/fast" -merge=1 -max_len=16384 "$out/keep" "$corpus" >"$out/keep.log" 2>&1
	rm "$out/keep"/*-*-[0-9]
	tar -C "$out/keep" --sort=name --owner=0 --group=0 --mtime=@0 -cJf "$kept" .
	exit
	;;
smoke)
	seconds=30
	config_seconds=15
	seed=1
	corpus=$out/smoke
	config_corpus=$out/config-smoke
	tar -C "$corpus" -xJf "$kept"
	;;
*)
	config_seconds=$((what / 10 + 1)) # libFuzzer takes 0 for no end
	seconds=$(((what - config_seconds) / 2 + 1))
	;;
esac

# config_seed NAME HEADER REGEX: writes those settings of config.dict that match, behind the bytes of a struct header
# (fuzz_config.c).
config_seed() {
	printf '%b' "$2$(sed -nE "s/^\"($3)\"\$/\1/p" tests/fuzz/config.dict | tr -d '\n')" >"$config_corpus/$1"
}

# fuzz NUMBER BUILD SECONDS OPTION|DIRECTORY...: new inputs go into the first directory.
fuzz() {
	local log=$out/$2.log status=0 executions rate
	"$out/$2" -max_total_time="$3" -seed=$seed -timeout=10 -rss_limit_mb=1024 -artifact_prefix="$out/crashes/" \
		-print_final_stats=1 "${@:4}" >"$log" 2>&1 || status=$?
	executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
	echo "${executions:-0} $2 $(date -u +%FT%TZ)" >>"$out/executions"
	echo "$([ $status = 0 ] || echo 'not ')ok $1 fuzz $2: ${executions:-0} executions, ${rate:-0} a second"
	[ $status = 0 ] || tail -n 60 "$log" | sed 's/^/# /'
	return $status
}

in_file='\\x0a.*=.*'
on_cmdline=' initgate[.].*=.*'
config_seed seed-file '\0003\0\0\0' "$in_file"
config_seed seed-cmdline '\0002\0\0\0' "$on_cmdline"
config_seed seed-both '\0000\0160\0\0' "$in_file|$on_cmdline"
printf '\003\0\0\0hostname=%065d' 0 >"$config_corpus/seed-hostname" # longer than a word of a dictionary may be

echo 1..3
status=0
checker=("$seconds" -max_len=16384 -dict=tests/fuzz/elf.dict "$corpus" "$out/seed")
fuzz 1 checked "${checker[@]}" || status=1
fuzz 2 fast "${checker[@]}" || status=1
fuzz 3 config "$config_seconds" -max_len=4096 -dict=tests/fuzz/config.dict "$config_corpus" || status=1
awk '{ n[$2 == "config"] += $1 } END { printf "# executions in all runs: checker %.0f, settings %.0f\n", n[0], n[1] }' \
	"$out/executions"
exit $status
