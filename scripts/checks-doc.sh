#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# checks-doc.sh ELFCHECK: docs/CHECKS.md on standard output, out of what the command itself says, so that the two cannot
# differ. After a change: scripts/checks-doc.sh build/host/elfcheck >docs/CHECKS.md
set -euo pipefail
elfcheck=$1

cat <<'END'
# Checks

What `elfcheck`, `mkinitramfs.sh` and init can find in a payload. The names are stable: `--allow NAME` and `allow=NAME` turn a
finding into a note. `elfcheck --explain NAME` prints one entry. This page is made by `scripts/checks-doc.sh`; the texts stand
in `elfcheck/slugs.def` and `elfcheck/cli/explain.def`.

A finding of severity *fail* is a refusal, *warn* a line in the log, *info* a note. With a looser profile some count as notes.

"Not noticed by" was measured: `tests/elf/peers.sh` damages programs and asks file, ldd, readelf -hld, go version -m, checksec,
scanelf -ani and eu-elflint. "In part" means some forms of the damage only.
END
layer=''
while read -r number _ name _; do
	if [ "$number" != "$layer" ]; then
		layer=$number
		printf '\n## Layer %s: %s\n' "$layer" "$("$elfcheck" --explain "$name" | sed -n '1s/.*(layer [0-9], \(.*\); .*/\1/p')"
	fi
	printf '\n### %s\n' "$name"
	"$elfcheck" --explain "$name" | awk '
		NR == 1 { severity = $NF; sub(/\)/, "", severity); next }
		{ word = $1; sub(/^ *[a-z]+ */, ""); text[word] = $0 }
		END {
			printf "%s: %s. Why it matters: %s.\n\n", severity, text["what"], text["why"]
			printf "- To rebuild: %s.\n- How it is found: %s\n", text["remedy"], text["found"]
			printf "- Not noticed by: %s.\n", text["missed"] == "" ? "none of these" : text["missed"]
		}'
done < <("$elfcheck" --list)
