#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Compares what the files of PID 1 and of the checker include and call with the table in docs/ARCHITECTURE.md: rows
# "| `file` | may include | may not call |" between the two marks. A tripwire against quick fixes, not a proof.
set -euo pipefail
cd "$(dirname "$0")/.."
table=docs/ARCHITECTURE.md
failed=0

complain() {
	echo "check-layers: $1" >&2
	failed=1
}

# shellcheck disable=SC2016 # the backquotes are Markdown's
rows() {
	sed -n '/<!-- layers: begin -->/,/<!-- layers: end -->/p' "$table" | sed -n 's/^| *`\([^`]*\)` *| *\([^|]*\)| *\([^|]*\)|.*/\1\t\2\t\3/p' |
		tr -d '`'
}

check_file() {
	local file=$1 allowed=$2 banned=$3 header word
	# shellcheck disable=SC2013 # no header has a space in its name
	for header in $(sed -n 's/^#include "\(.*\)"/\1/p' "$file"); do
		[ "${header%.h}" != "$(basename "${file%.*}")" ] || continue
		[[ " $allowed " == *" ${header##*/} "* ]] || complain "$file includes $header; the table allows: $allowed"
	done
	for word in $banned; do
		! grep -nE "(^|[^A-Za-z0-9_.\"])$word *\(" "$file" | grep -vE '^[0-9]+: *(\*|/\*)' | grep -q . ||
			complain "$file calls $word(), which the table bans there"
	done
}

known=''
while IFS=$'\t' read -r files allowed banned; do
	for file in $files; do
		[ -e "$file" ] || { complain "$file stands in the table and does not exist" && continue; }
		known+=" $file"
		check_file "$file" "$allowed" "$banned"
	done
done < <(rows)
for file in init/*.c modules/*.c elfcheck/*.c; do
	[[ " $known " == *" $file "* ]] || complain "$file does not stand in the table of $table"
done
# libkmod has one user, and only shutdown.c ends the machine or everybody's processes.
for rule in 'libkmod.h:modules/plan.c' 'sys_kill\(-1:init/shutdown.c' 'sys_reboot\(command:init/shutdown.c' 'sys_umount:init/unmount.c' \
	'sys_execveat:init/launch.c'; do
	found=$(grep -lE "${rule%%:*}" init/*.c modules/*.c | tr '\n' ' ')
	[ "$found" = "${rule##*:} " ] || complain "'${rule%%:*}' belongs to ${rule##*:} alone, found in: $found"
done
exit $failed
