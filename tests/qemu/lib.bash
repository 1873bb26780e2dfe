# shellcheck shell=bash
# shellcheck disable=SC2034,SC2119,SC2120,SC2154 # set or used by bats and the tests
# SPDX-License-Identifier: MIT
#
# What the boot tests share. A case is one @test: boot what it is about, then say how it must have ended. Each boot
# leaves console, result channel, QMP log and reproduce.sh in $O/tests/qemu/NAME.

root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
build=${O:-$root/build}
payloads=$build/payloads

# Kernel messages that no boot may show, beside those that boot.sh knows; the harness looks for them in every boot.
warnings='WARNING: |rcu.*stall|soft lockup|hung_task|Out of memory'

# boot OPTIONS... PAYLOAD ARGS...: sets status, stdout and stderr (files), json (a file), console (a file).
boot() {
	local dir=$build/tests/qemu/$BATS_TEST_NUMBER-${BATS_TEST_DESCRIPTION//[^A-Za-z0-9]/-}
	rm -rf "$dir" && mkdir -p "$dir"
	stdout=$dir/stdout stderr=$dir/stderr json=$dir/json console=$dir/console
	status=0
	"$root/scripts/boot.sh" --json "$json" --keep "$dir" "$@" >"$stdout" 2>"$stderr" || status=$?
	[ -e "$console" ] || : >"$console"
}

# Shown only when the test fails: bats prints it then.
show() {
	echo "exit status $status; outcome: $(cat "$json" 2>/dev/null)"
	echo "--- standard error:" && tail -n 40 "$stderr"
	echo "--- console:" && tail -n 25 "$console" | tr -d '\r'
	return 1
}

# ended OUTCOME STATUS: all of it agrees, and the kernel had nothing to complain about.
ended() {
	[ "$status" = "$2" ] && [ "$(jq -r .outcome "$json")" = "$1" ] && [ "$(jq -r .exit "$json")" = "$2" ] || show
	! grep -aE "$warnings" "$console" || show
}

# failed_with OUTCOME REGEX: initgate ended the boot, and this is its one line about it, on the console and for the host.
failed_with() {
	ended "$1" 125
	grep -aqE "initgate: $2" "$console" || show
	jq -r .reason "$json" | grep -qE "^$2" || show
}

wrote() {
	printf '%s' "$1" | cmp - "$stdout" || show
}
