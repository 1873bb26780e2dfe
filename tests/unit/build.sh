#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds the unit tests into $O/tests/unit, with the address and undefined-behaviour sanitizers. A test names what it is
# linked with in a line "links: FILES" of its head comment.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${O:-build}/tests/unit
mkdir -p "$out"
flags=(-std=gnu11 -I. -DINITGATE_RESCUE=1 -g -O1 '-fsanitize=address,undefined' -fno-sanitize-recover=all -Wall -Wextra -Wshadow -Wconversion
	-Werror)
for test in tests/unit/test_*.c; do
	read -ra sources < <(sed -n 's/^ \* links: //p' "$test")
	binary=$out/$(basename "$test" .c)
	# shellcheck disable=SC2068 # the patterns in it are meant to expand
	set -- ${sources[@]}
	if [ ! -e "$binary" ] || [ -n "$(find tests/unit tests/fuzz init elfcheck elfcheck/cli -maxdepth 1 -newer "$binary" -name '*.[chd]*' -print -quit)" ]; then
		gcc "${flags[@]}" -o "$binary" "$test" "$@" -lcmocka
	fi
done
