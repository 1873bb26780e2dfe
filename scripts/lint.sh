#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Everything that can be said about the sources without running them. A compiler's warnings are errors in every build.
set -euo pipefail
cd "$(dirname "$0")/.."
here=scripts

mapfile -t scripts < <(find scripts tests bench .ci -type f \( -name '*.sh' -o -name '*.bash' -o -path '*/completion/*' -o -path '.ci/run' \) | sort)
shellcheck -x "${scripts[@]}"

cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -I. \
	-DINITGATE_VERSION='""' -DINITGATE_RESCUE=1 --suppress=missingIncludeSystem --suppress=internalAstError init modules/*.c elfcheck

"$here/check-layers.sh"
"$here/check-hazards.sh"

"$here/checks-doc.sh" "${O:-build}/host/elfcheck" | cmp - docs/CHECKS.md || {
	echo "lint: compare 'docs/CHECKS.md': it is not what elfcheck says (scripts/checks-doc.sh makes it), failed" >&2
	exit 1
}

# A test goes on behind `[ a ] && [ b ]` and behind `! c`, however they end: two lines, or `|| false`, end it.
weak=$(git grep -nE '^\s*(! |\[\[? .*\]\]? && |grep .* && )' -- '*.bats' | grep -vF '||' || true)
[ -z "$weak" ] || {
	echo "lint: find tests that cannot fail, in '$weak': no || behind them, failed" >&2
	exit 1
}

# Every file of ours says under which licence it stands.
missing=$(git ls-files '*.c' '*.h' '*.def' '*.sh' '*.bash' '*.bats' '*.go' Makefile .ci/run | while read -r file; do
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: MIT' || echo "$file"
done)
[ -z "$missing" ] || {
	echo "lint: find a licence in '$missing': no SPDX line, failed" >&2
	exit 1
}
echo 'lint: nothing found'
