# SPDX-License-Identifier: MIT
# A payload in a copy of a machine that waited ends as it does after a boot, and a copy that is in doubt is not used.

load lib

setup_file() {
	compile -o "$BATS_FILE_TMPDIR/draw" "$BATS_TEST_DIRNAME/draw.c"
	export MARK=mark=warm-$$ # a machine of this file's own; the kernel does not know the word
	boot --warm --append "$MARK" "$payloads/hello" exit 0
	jq -e '.warm and .snapshot == "made"' "$json" || show
}

# warm OPTIONS... PAYLOAD ARGS...: from the machine that is there
warm() {
	boot --warm --append "$MARK" "$@"
	jq -e '.warm and .snapshot == "found" and .timings_ms.restore > 0' "$json" || show
	last '.warm'
}

# cold REGEX: the last boot was one, and that is why
cold() {
	jq -e --arg why "$1" '.warm == false and (.cold_reason | test($why))' "$json" || show
}

# The directory of the machine that the last boot used.
snapshot() {
	local inputs
	inputs=$(grep -lF "$1" "$build"/cache/warm/*/*/inputs) || show
	echo "${inputs%/*}"
}

# What a run left behind: all but times and what says that it was warm.
told() {
	jq -S 'del(.timings_ms, .warm, .snapshot, .cold_reason)' "$json"
	jq -c 'select(.event | IN("payload", "layer", "finding", "exit", "done"))
		| del(.at_us, .took_us, .cpu_us, .peak_kib, .init_peak_kib, .pid, .nonce, .warm)' "${console%/*}/result.log"
}

# Standard error without the excerpt of the kernel's log.
words() {
	sed '/^--- the last lines of the kernel log/,/^---$/d' "$stderr"
}

# alike OPTIONS... PAYLOAD ARGS...: cold and warm, the same in everything
alike() {
	local kept=$BATS_TEST_TMPDIR/cold
	boot --append "$MARK" "$@"
	mkdir -p "$kept"
	told >"$kept/told" && words >"$kept/words" && cp "$stdout" "$kept" && echo "$status" >"$kept/status"
	warm "$@"
	told | diff "$kept/told" - || show
	cmp "$kept/stdout" "$stdout" && words | diff "$kept/words" - && [ "$status" = "$(<"$kept/status")" ] || show
	! grep -aE "$warnings" "$console" || show
}

@test "exit status, signal, arguments, environment, standard error: as after a boot" {
	alike "$payloads/hello" exit 42
	[ "$status" = 42 ] || show
	alike "$payloads/hello" signal 9
	[ "$status" = 137 ] || show
	alike --env GREETING='hello world' --conf env.HOME=/root "$payloads/hello" args 'a b' '"quoted"' '' $'two\nlines' \
		'$HOME' -- -v $'\xff\xfe\x01' 'a="b c" d'
	[ "$status" = 0 ] || show
	alike "$payloads/hello" stderr
	grep -qx 'this is standard error' "$stderr" || show
	warm --env GREETING='hello world' --conf env.HOME=/root --env HOME=/ "$payloads/hello" state
	jq -e '.env | index("GREETING=hello world") and index("HOME=/") and (index("HOME=/root") | not)' "$stdout" || show
}

@test "256 KiB of every byte arrive as they were written" {
	alike "$payloads/hello" bytes 256
	[ "$(stat -c %s "$stdout")" = 262144 ] || show
}

# The host's checker is made blind, so that the guest's is asked.
@test "what the guest refuses it refuses here as well" {
	ELFCHECK=/bin/true alike "$payloads/hello-pie"
	ended refused 125
	jq -r .reason "$json" | grep -q "^verify: " || show
}

# bats test_tags=once
@test "what the host refuses is refused in the same words" {
	boot "$payloads/hello-pie"
	ended refused 125
	cp "$stderr" "$BATS_TEST_TMPDIR/words"
	boot --warm --append "$MARK" "$payloads/hello-pie"
	ended refused 125
	diff "$BATS_TEST_TMPDIR/words" "$stderr" || show
}

# bats test_tags=once
@test "another payload, under another name, and one without an x bit" {
	warm --conf env.A=1 "$payloads/hello" exit 3
	cp "$payloads/hello" "$BATS_TEST_TMPDIR/other name"
	warm "$BATS_TEST_TMPDIR/other name"
	grep -q '^Hello from /bin/other name, ' "$stdout" || show
	alike "$BATS_TEST_TMPDIR/other name" args x
	chmod -x "$BATS_TEST_TMPDIR/other name"
	ELFCHECK=/bin/true alike "$BATS_TEST_TMPDIR/other name"
	[ "$status" = 125 ] || show
}

@test "two copies: other random numbers, another boot id, the right time" {
	local before after at=() now
	for n in 1 2; do
		before=$(date +%s)
		boot --warm --append "$MARK" --conf profile=static "$BATS_FILE_TMPDIR/draw"
		after=$(date +%s)
		ended exited 0
		jq -e .warm "$json" || show
		cp "$stdout" "$BATS_TEST_TMPDIR/$n"
		now=$(sed -n 4p "$stdout")
		[ "$now" -ge $((before - 2)) ] && [ "$now" -le $((after + 2)) ] || show
		sleep_until_next_second "$after"
	done
	for line in 1 2 3 4; do
		[ "$(sed -n ${line}p "$BATS_TEST_TMPDIR/1")" != "$(sed -n ${line}p "$BATS_TEST_TMPDIR/2")" ] || show
	done
}

# The clock's seconds must differ for the test above to say something.
sleep_until_next_second() {
	until [ "$(date +%s)" -gt "$1" ]; do read -r -t 0.1 <> <(:) || true; done
}

# two_at_once OPTIONS...: side by side, and each says its own.
two_at_once() {
	local first
	place
	"$root/scripts/boot.sh" --warm "$@" --json "$BATS_TEST_TMPDIR/json" "$payloads/hello" args one >"$BATS_TEST_TMPDIR/out" &
	first=$!
	boot --warm "$@" "$payloads/hello" args two
	wait "$first"
	[ "$(<"$BATS_TEST_TMPDIR/out")" = '["one"]' ] && [ "$(<"$stdout")" = '["two"]' ] || show
}

# snapshots WORD WORD: where the two had their machine from, in the order of the alphabet
snapshots() {
	jq -s -e 'all(.[]; .warm) and (map(.snapshot) | sort == $ARGS.positional)' "$BATS_TEST_TMPDIR/json" "$json" --args "$@" || show
}

# bats test_tags=once
@test "two at once from one machine" {
	two_at_once --append "$MARK"
	snapshots found found
}

# bats test_tags=once
@test "two at once that find no machine: one makes it, the other waits" {
	two_at_once --append "$MARK-both"
	snapshots found made
	[ "$(grep -lF -e "$MARK-both" "$build"/cache/warm/*/*/inputs | wc -l)" = 1 ] || show
}

# Each of them alone: tests/host/warm.bats.
# bats test_tags=once
@test "another setting, kernel command line and memory are another machine; the first one stays" {
	boot --warm --append "$MARK" --conf hostname=other --append other=1 --memory 300 "$payloads/hello" state
	ended exited 0
	jq -e '.warm and .snapshot == "made"' "$json" || show
	jq -e '.hostname == "other"' "$stdout" || show
	warm "$payloads/hello" state
	jq -e '.hostname != "other"' "$stdout" || show
}

# bats test_tags=once
@test "the payload's tests, and the kernel's complaints about it, count as after a boot" {
	local says='echo ok 1 a; echo not ok 2 b; echo 1..2; echo "WARNING: x" >/dev/kmsg; exit 3' dir=$BATS_TEST_TMPDIR
	boot --warm --append "$MARK" --conf profile=static --tap "$dir/tap" --junit "$dir/junit" --console "$dir/console" "$busybox" sh -c "$says"
	[ "$status" = 3 ] || show
	jq -e '.warm and .outcome == "exited" and .warnings == ["WARNING: x"] and (.tests | [.planned, .passed, .failed]) == [2, 1, 1]' "$json" || show
	[ "$(cat "$dir/tap")" = $'TAP version 13\n1..2\nok 1 - a\nnot ok 2 - b' ] || show
	[ "$(xmllint --xpath 'string(//testsuite/@failures)' "$dir/junit")" = 1 ] || show
	grep -aq 'WARNING: x' "$dir/console" || show
	boot --warm --append "$MARK" --conf profile=static --fail-on-warning "$busybox" sh -c "$says"
	[ "$status" = 125 ] || show
	jq -e '.warm and .snapshot == "found" and .outcome == "panic" and .reason == "WARNING: x, and --fail-on-warning is given"' "$json" || show
}

# spoiled NAME COMMAND REGEX: a machine of its own, to whose files the command does something, is thrown away; there is a boot,
# and that is why.
spoiled() {
	local dir
	boot --warm --append "$MARK-$1" "$payloads/hello" exit 5
	dir=$(snapshot "$MARK-$1")
	(cd "$dir" && $2)
	boot -v --warm --append "$MARK-$1" "$payloads/hello" exit 5
	ended exited 5
	cold "$3"
	grep -q "^boot: warm '.*/hello': .*$3.*, booting cold$" "$stderr" || show
	[ ! -e "$dir" ] || show
}

overwrite() {
	printf 'x' | dd of="$1" bs=1 seek=20000 conv=notrunc status=none
}

# bats test_tags=once
@test "a damaged machine is not used, and made anew" {
	spoiled ram 'overwrite ram' 'not those that were made' # and what else is noticed: tests/host/warm.bats
	boot --warm --append "$MARK-ram" "$payloads/hello" exit 5
	ended exited 5
	jq -e '.warm and .snapshot == "made"' "$json" || show
}

seal() {
	stat -c '%s %y %z %i' ram state >seal
}

truncated() {
	truncate -s 3000 state && seal
}

zeroes() {
	: >ram && truncate -s 256M ram && seal
}

# Damage that no time stamp tells of: QEMU, or init, must notice.
@test "a machine that does not go on leads to a boot" {
	spoiled truncated truncated 'did not go on'
	spoiled zeroes zeroes 'did not go on'
}

@test "what a waiting machine cannot take is booted, and the reason is said" {
	boot --warm --append "$MARK" --conf 'args=exit 5' "$payloads/hello"
	ended exited 5
	cold 'the setting args'
}

# Only an image needs memory for it twice, hence not `alike`.
@test "the largest payload that a job can hold" {
	cp "$payloads/hello" "$BATS_TEST_TMPDIR/large" && truncate -s 60M "$BATS_TEST_TMPDIR/large"
	warm "$BATS_TEST_TMPDIR/large" exit 5
	ended exited 5
	event payload '.size == 60 * 1048576'
}
