#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# coverage.sh: which lines of the checker's library its fuzzer's inputs (seeds and $O/fuzz/corpus) reach, and which of
# init/config.c those of the settings' fuzzer ($O/fuzz/config-corpus, config-smoke); a line per file. The sources with
# counts are in $O/fuzz/coverage.txt and config-coverage.txt.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${O:-build}/fuzz

tests/fuzz/build.sh coverage seeds config-coverage
mkdir -p "$out/corpus" "$out/seed" "$out/config-corpus" "$out/config-smoke"
"$out/seeds" "$out/seed"

# report BINARY COMMAND OPTIONS...: of our sources alone, without what only calls them.
report() {
	local binary=$out/$1
	shift
	llvm-cov-14 "$@" -instr-profile="$binary.profdata" \
		-ignore-filename-regex='tests/|util\.c$|\.h$|\.def$' "$binary"
}

# cover BINARY REGEX DIRECTORY...: runs it on the inputs; prints the files that match the expression, and their total.
cover() {
	local binary=$out/$1
	LLVM_PROFILE_FILE=$binary.profraw "$binary" -runs=0 "${@:3}" >"$binary.log" 2>&1
	llvm-profdata-14 merge -sparse -o "$binary.profdata" "$binary.profraw"
	report "$1" show >"$binary.txt"
	report "$1" export -summary-only | jq -r --arg files "$2" '
		[.data[0].files[] | .file = (.filename | capture("(?<path>[^/]+/[^/]+)$").path) |
			select(.file | test($files))] |
		(.[] | [.file, .summary.lines.covered, .summary.lines.count]),
		(select(length > 1) | ["total", (map(.summary.lines.covered) | add), (map(.summary.lines.count) | add)]) |
		@tsv' |
		awk -F'\t' '{ printf "%-24s %5d of %5d lines  %5.1f %%\n", $1, $2, $3, 100 * $2 / $3 }'
}

cover coverage '^elfcheck/' "$out/corpus" "$out/seed"
cover config-coverage '^init/' "$out/config-corpus" "$out/config-smoke"
