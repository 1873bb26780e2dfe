#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# build.sh [NAME...]: builds into $O/fuzz, by default all of it. For the checker the fuzzers `checked` with the address
# and undefined-behaviour sanitizers, `fast` without them, and `coverage`, which tells the lines that inputs reach;
# `seeds`, which writes first inputs; and `bytes`, the test without random numbers. For the settings the fuzzers
# `config` with the sanitizers and `config-coverage`.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${O:-build}/fuzz
mkdir -p "$out"

compiler=(clang-14 -std=gnu11 -I. -g -O2
	-Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Werror)
library=()
for source in elfcheck/*.c; do
	[ "$source" = elfcheck/running.c ] || library+=("$source")
done
harness=(tests/fuzz/fuzz_elfcheck.c tests/fuzz/invariants.c tests/fuzz/mutate.c)
sanitizers=(-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all)
# Calls for each comparison would take nine tenths of the time; the dictionary and mutate.c know the values that matter.
engine=(-fsanitize=fuzzer -fno-sanitize-coverage=trace-cmp -fno-sanitize-coverage=indirect-calls)

config_sources=(tests/fuzz/fuzz_config.c tests/fuzz/config_invariants.c init/config.c init/util.c elfcheck/names.c
	elfcheck/text.c)
# In the headers that clang sees, numbers of resources have a type of their own.
config_flags=(-DINITGATE_RESCUE=1 -Wno-sign-conversion "${engine[@]}")

# is_old BINARY: does it lack something that changed?
is_old() {
	[ ! -e "$1" ] || [ -n "$(find elfcheck init tests/fuzz tests/unit -maxdepth 1 -newer "$1" -name '*.[chd]*' -print -quit)" ]
}

build() {
	local binary=$out/$1

	is_old "$binary" || return 0
	case $1 in
	checked) "${compiler[@]}" "${sanitizers[@]}" "${engine[@]}" -o "$binary" "${harness[@]}" "${library[@]}" ;;
	fast) "${compiler[@]}" "${engine[@]}" -o "$binary" "${harness[@]}" "${library[@]}" ;;
	coverage)
		"${compiler[@]}" -O0 -fprofile-instr-generate -fcoverage-mapping "${engine[@]}" -o "$binary" \
			"${harness[@]}" "${library[@]}"
		;;
	bytes)
		"${compiler[@]}" "${sanitizers[@]}" -o "$binary" tests/fuzz/bytes.c tests/fuzz/invariants.c tests/unit/elf_image.c \
			"${library[@]}" -lcmocka
		;;
	blockid) "${compiler[@]}" "${sanitizers[@]}" -fsanitize=fuzzer -o "$binary" tests/fuzz/fuzz_blockid.c init/blockid.c ;;
	config) "${compiler[@]}" "${sanitizers[@]}" "${config_flags[@]}" -o "$binary" "${config_sources[@]}" ;;
	config-coverage)
		"${compiler[@]}" -O0 -fprofile-instr-generate -fcoverage-mapping "${config_flags[@]}" -o "$binary" \
			"${config_sources[@]}"
		;;
	seeds) "${compiler[@]}" "${sanitizers[@]}" -o "$binary" tests/fuzz/seeds.c tests/unit/elf_image.c ;;
	*) echo "build.sh: build '$1': no such fuzzer" >&2; return 2 ;;
	esac
}

[ $# -gt 0 ] || set -- checked fast seeds coverage bytes config config-coverage
for name; do
	build "$name"
done
