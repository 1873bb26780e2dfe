#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# size.sh INIT: the stripped size of PID 1 against its limit, what each part would cost alone, and proof that it is
# static. Parts are text and data of their objects before the linker drops what nobody uses, so they add up to more.
set -euo pipefail
init=$1
objects=$(dirname "$init")/obj
limit=$((200 * 1024))

part() {
	local name=$1
	shift
	# Objects hold the compiler's intermediate code; only a link makes them machine code.
	musl-gcc -Os -flto=auto -fno-pie -no-pie -r -nostdlib -flinker-output=nolto-rel -o "$objects/part.o" "$@"
	size "$objects/part.o" | awk -v name="$name" 'NR == 2 { printf "  %-10s %8d bytes\n", name, $1 + $2 }'
	rm -f "$objects/part.o"
}

readelf -lW "$init" | grep -qE 'INTERP|DYNAMIC' && {
	echo "size: check '$init': it is not static, failed" >&2
	exit 1
}
bytes=$(stat -c %s "$init")
printf '%s: %d bytes (%d KiB of %d allowed), static\n' "$init" "$bytes" $((bytes / 1024)) $((limit / 1024))
part init "$objects"/init/*.o
part modules "$objects"/modules/*.o
part elfcheck "$objects"/elfcheck/*.o
part libkmod "$objects"/kmod/*/*.o
size "$init" | awk 'NR == 2 { printf "  in all, with musl: text %d, data %d, bss %d\n", $1, $2, $3 }'
[ "$bytes" -le "$limit" ]
