#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The demonstration: the same Go program, built twice. The static one boots on a real kernel, with a module that has
# dependencies; the other one only looks static, and init refuses it and says why. Exits 0 only if both end so.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${O:-$here/../build}
# shellcheck source=scripts/lib/arch.sh
. "$here/lib/arch.sh"
module=dm_verity payloads=$build/payloads
arch_name "${ARCH:-$host_arch}"
export ARCH=$arch
[ "$arch" = "$host_arch" ] || payloads+=/$arch

say() {
	printf '\n\033[1m%s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9]*m//g'; fi
}

"$here/../tests/payloads/build.sh"

say "1. A static Go program, on Debian's kernel, with the module $module and what that needs"
"$here/boot.sh" -v -m "$module" "$payloads/hello" 2>&1

say '2. The same program built with -buildmode=pie: it asks for a loader that the image lacks'
status=0
"$here/boot.sh" -v --force -m "$module" --json "$build/demo.json" "$payloads/hello-pie" >"$build/demo.log" 2>&1 || status=$?
sed -n '/^initgate [0-9]/,/exit status/p' "$build/demo.log"
if [ $status != 125 ] || ! jq -e '.outcome == "refused" and any(.findings[]; .slug == "interp-present")' \
	"$build/demo.json" >/dev/null; then
	cat "$build/demo.log" >&2
	echo "demo: boot 'hello-pie': exit status $status instead of a refusal for interp-present" >&2
	exit 1
fi
say 'Refused before it could start: the kernel would only have said "error -2". Both boots ended as they should.'
