#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# elfcheck.sh [-n ROUNDS] [FILE]: what elfcheck's verdict on a Go program costs, next to reading the file once and to
# the tools that people use instead. Each round runs each of them once, in an order that turns; all read from the page
# cache. Prints Markdown for docs/BENCHMARKS.md. Exits 1 when elfcheck misses a budget; they are for files of 50 MB and
# more.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=${O:-$here/build}
rounds=10
export LC_ALL=C

usage() {
	echo "usage: elfcheck.sh [-n ROUNDS] [FILE]" >&2
	exit 2
}

while getopts n: option; do
	[ "$option" = n ] || usage
	rounds=$OPTARG
done
shift $((OPTIND - 1))
[[ $# -le 1 && $rounds =~ ^[1-9][0-9]*$ ]] || usage
if [ $# = 0 ]; then
	"$here/scripts/fetch-programs.sh" rclone
	set -- "$build/programs/rclone"
fi
file=$(realpath -e "$1")
size=$(stat -c %s "$file")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for tool in read clock; do
	cc -O2 -o "$work/$tool" "$here/bench/$tool.c"
done
PATH=$work:$(realpath -e "$build/host"):$PATH

# @ is the file. The shell layers are what a script greps in to ask the seven questions; the x bit costs it nothing.
floor='read @'
verdict='elfcheck @'
shell=('readelf -l -d @' 'nm -D @' 'go tool nm @' 'file @' 'go version @' 'strings @')
peer='checksec --file=@'
commands=("$floor" "$verdict" 'elfcheck --json @' "${shell[@]}" "$peer" 'ldd @' 'go version -m @')

# measure COMMAND: nanoseconds, peak KiB
measure() {
	local words
	read -ra words <<<"$1"
	clock "${words[@]//@/"$file"}"
}

# The command exits 1 for a program that it refuses: that is a verdict, too.
judged() {
	"$@" || [ $? = 1 ]
}

# times COMMAND...: nanoseconds of each round, of all the commands together
times() {
	paste -d' ' "${@/#/"$work/"}" | awk '{ sum = 0; for (i = 1; i < NF; i += 2) sum += $i; printf "%.0f\n", sum }'
}

# median, least and most of the numbers on standard input
spread() {
	sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2, v[1], v[NR] }'
}

# row LABEL COMMAND...
row() {
	times "${@:2}" | spread | awk -v label="$1" -v base="$elfcheck_ns" '{
		printf "| %s | %.2f | %.2f | %.2f | %.2f |\n", label, $1 / 1e6, $2 / 1e6, $3 / 1e6, $1 / base
	}'
}

median_ns() {
	times "$@" | spread | cut -d' ' -f1
}

missed=0
# budget LABEL NANOSECONDS NANOSECONDS most|least RATIO
budget() {
	local ratio result=met
	ratio=$(awk -v a="$2" -v b="$3" 'BEGIN { printf "%.2f", a / b }')
	if ! awk -v ratio="$ratio" -v side="$4" -v limit="$5" \
		'BEGIN { exit !(side == "most" ? ratio <= limit : ratio >= limit) }'; then
		result=missed
		missed=1
	fi
	echo "| $1 | $ratio | at $4 $5 | $result |"
}

go_version=$(judged elfcheck --json "$file" | jq -er 'select(.kind == "go").go.version') || {
	echo "bench: measure '$file': not a Go program, there is nothing to compare" >&2
	exit 1
}

# A round in advance, which does not count, brings everything into memory. Then every second round goes backwards, so
# that nobody always comes after the same neighbour.
for command in "${commands[@]}"; do
	measure "$command" >/dev/null
done
load=$(cut -d' ' -f1 /proc/loadavg)
n=${#commands[@]}
for ((round = 0; round < rounds; round++)); do
	for ((i = 0; i < n; i++)); do
		command=${commands[(round % 2 ? round + n - i : round + i) % n]}
		measure "$command" >>"$work/$command"
	done
done
load="$load before, $(cut -d' ' -f1 /proc/loadavg) after"
elfcheck_ns=$(median_ns "$verdict")
instructions=$(judged valgrind --tool=callgrind --callgrind-out-file=/dev/null elfcheck "$file" 2>&1 >/dev/null |
	sed -n 's/.*Collected *: *//p')

cpu=$(lscpu | sed -n 's/^Model name: *//p')
tools=$(dpkg-query -W -f=', ${Package} ${Version}' binutils file checksec libc-bin)
rss_kib=$(awk '$2 > most { most = $2 } END { print most }' "$work/$verdict")

cat <<END
$(basename "$file"), $size bytes, built with $go_version, $rounds rounds. $cpu, $(nproc) CPUs, Linux $(uname -r),
load average $load. $(go env GOVERSION)$tools.

| command | median ms | min | max | times elfcheck |
|---|---|---|---|---|
END
for command in "${commands[@]}"; do
	row "\`${command/@/FILE}\`" "$command"
done
row "the shell layers, readelf to strings" "${shell[@]}"
cat <<END

elfcheck: at most $rss_kib KiB resident, the pages it maps of the file included; the file has $((size / 1024)) KiB.
$instructions instructions in user space (callgrind).
END
if [ "$size" -lt 50000000 ]; then
	echo "bench: judge '$file': smaller than 50 MB, no budget applies" >&2
	exit 0
fi
cat <<END

| ratio of medians | figure | budget | result |
|---|---|---|---|
END
budget 'elfcheck / reading the file once' "$elfcheck_ns" "$(median_ns "$floor")" most 1.5
budget 'shell layers / elfcheck' "$(median_ns "${shell[@]}")" "$elfcheck_ns" least 50
budget 'checksec / elfcheck' "$(median_ns "$peer")" "$elfcheck_ns" least 200
exit "$missed"
