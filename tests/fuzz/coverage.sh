#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# coverage.sh: which lines of the checker's library the fuzzer's inputs (seeds and $O/fuzz/corpus) reach, a line per
# file. The sources with counts are in $O/fuzz/coverage.txt.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${O:-build}/fuzz

tests/fuzz/build.sh coverage seeds
mkdir -p "$out/corpus" "$out/seed"
"$out/seeds" "$out/seed"
LLVM_PROFILE_FILE=$out/coverage.profraw "$out/coverage" -runs=0 "$out/corpus" "$out/seed" >"$out/coverage.log" 2>&1
llvm-profdata-14 merge -sparse -o "$out/coverage.profdata" "$out/coverage.profraw"

# report COMMAND OPTIONS...: of the library alone.
report() {
	llvm-cov-14 "$@" -instr-profile="$out/coverage.profdata" -ignore-filename-regex='tests/|\.h$|\.def$' "$out/coverage"
}
report show >"$out/coverage.txt"
report export -summary-only | jq -r '
	(.data[0].files[] | [(.filename | sub(".*/elfcheck/"; "elfcheck/")), .summary.lines.covered, .summary.lines.count]),
	["total", .data[0].totals.lines.covered, .data[0].totals.lines.count] | @tsv' |
	awk -F'\t' '{ printf "%-24s %5d of %5d lines  %5.1f %%\n", $1, $2, $3, 100 * $2 / $3 }'
