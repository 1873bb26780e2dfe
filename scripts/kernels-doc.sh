#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# kernels-doc.sh: the options that a boot asks of a kernel, as the table at the end of docs/KERNELS.md.
set -euo pipefail
# shellcheck source=scripts/lib/kernel.sh
. "$(dirname "$0")/lib/kernel.sh"

echo '| | option | asked for when | without it |'
echo '|---|---|---|---|'
awk '
	function shown(wish) {
		if (wish ~ /^!/) return "no `CONFIG_" substr(wish, 2) "`"
		if (match(wish, /=y$|>=/)) return "`CONFIG_" substr(wish, 1, RSTART - 1) "`" (wish ~ />=/ ? " at least " substr(wish, RSTART + 2) : "")
		return "`CONFIG_" wish "`, also as a module"
	}
	NF {
		n = split($3, wishes, "|")
		option = shown(wishes[1])
		for (i = 2; i <= n; i++) option = option " or " shown(wishes[i])
		when = $2
		gsub(/\+/, " and ", when)
		effect = $0
		sub(/^[^ ]+ +[^ ]+ +[^ ]+ +/, "", effect)
		print "| " $1 " | " option " | " when " | " effect " |"
	}' <<<"$kernel_options"
