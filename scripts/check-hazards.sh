#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Is every test that the table of hazards in docs/ARCHITECTURE.md names still there? Names stand in backquotes in its last
# column; files are named without them.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0
rows=$(sed -n '/^## What PID 1 has to survive/,/^## Booting/p' docs/ARCHITECTURE.md | grep -E '^\| [0-9]+ ')
[ "$(wc -l <<<"$rows")" = 28 ] || { echo "check-hazards: the table has not 28 rows" >&2 && failed=1; }
# shellcheck disable=SC2016 # the backquotes are Markdown's
while IFS= read -r name; do
	grep -qrF --include='*.bats' "@test \"$name\"" tests || { echo "check-hazards: no test '$name'" >&2 && failed=1; }
done < <(awk -F'|' '{ print $(NF - 1) }' <<<"$rows" | grep -o '`[^`]*`' | tr -d '`')
exit $failed
