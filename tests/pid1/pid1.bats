# SPDX-License-Identifier: MIT
# The real static init as PID 1 of a PID namespace: quick tests of what needs no kernel of its own. The end of such a
# PID 1 says how it asked to end: reboot(2) in a namespace kills it with SIGINT (power off) or SIGHUP (restart).

root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
build=${O:-$root/build}
off=130 restart=129

setup_file() {
	"$BATS_TEST_DIRNAME/../payloads/build.sh"
}

# A root with init, the payload and a command line of our own; /dev is ours, lest init touches this machine's.
setup() {
	[ "$(id -u)" = 0 ] || skip 'namespaces and mounts need root'
	tree=$BATS_TEST_TMPDIR/root
	mkdir -p "$tree"/{bin,dev,etc,proc,sys,run,tmp}
	cp "$build/$(uname -m)/init" "$tree/init"
	cp "$build/payloads/hello" "$tree/bin/hello"
	: >"$tree/result"
	: >"$BATS_TEST_TMPDIR/cmdline"
	printf 'payload=/bin/hello\nreport=/result\n' >"$tree/etc/initgate.conf"
	nodes='console null'
}

# run_init COMMAND...: through COMMAND, which ends in exec "$@"; sets status; output goes to files.
run_init() {
	local script='
		mount --bind "$tree" "$tree"
		mount -t tmpfs none "$tree/dev"
		case $nodes in *null*) mknod -m 666 "$tree/dev/null" c 1 3 ;; esac
		mount -t proc none "$tree/proc"
		mount --bind "$cmdline" "$tree/proc/cmdline"
		cd "$tree"
		for fd in /proc/self/fd/*; do [ "${fd##*/}" -le 2 ] || eval "exec ${fd##*/}>&-"; done
		eval "$before"
		exec chroot . /init'
	status=0
	: >"$tree/result"
	tree=$tree nodes=$nodes cmdline=$BATS_TEST_TMPDIR/cmdline before="${before:-}" \
		timeout -k 5 30 unshare --mount --pid --net --uts --ipc --fork --kill-child \
		bash -c "$script" < <(:) > >(cat >"$BATS_TEST_TMPDIR/out") 2> >(cat >"$BATS_TEST_TMPDIR/err") || status=$?
	wait
}

settings() {
	printf '%s\n' "$@" >>"$tree/etc/initgate.conf"
}

# ended STATUS JQ-CONDITION: how it asked to end, and what its last line says.
ended() {
	[ "$status" = "$1" ] && tail -n 1 "$tree/result" | jq -e "select(.event == \"done\") | $2" >/dev/null || {
		echo "status $status" && cat "$tree/result" "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
		return 1
	}
}

@test "runs a payload and asks for power off" {
	settings args=stderr
	run_init
	ended $off '.outcome == "exited" and .exit == 0'
	grep -qx 'this is standard error' "$BATS_TEST_TMPDIR/err"
}

@test "on_exit=reboot asks for a restart, on_fail is for failures" {
	settings on_exit=reboot 'args="exit 3"'
	run_init
	ended $restart '.exit == 3'
	settings payload=/bin/nothing
	run_init
	ended $off '.outcome == "refused" and .exit == 125'
}

@test "the payload's process group gets the signals that PID 1 gets" {
	settings args=hang
	before='(while ! grep -q launch result; do :; done; kill -TERM 1) &'
	run_init
	ended $off '.outcome == "signaled" and .exit == 143'
}

@test "2000 orphans: all reaped, no zombie is left" {
	settings 'args="reaped 2000"'
	run_init
	cat "$BATS_TEST_TMPDIR/out"
	ended $off '.outcome == "exited" and .exit == 0'
}

@test "closed standard descriptors and no /dev/null: the payload gets three that work" {
	nodes=''
	settings args=state stdout=/state
	: >"$tree/state"
	before='exec 0<&- 1>&- 2>&-'
	run_init
	ended $off '.outcome == "exited" and .exit == 0'
	jq -e '.fds | has("0") and has("1") and has("2")' "$tree/state"
}

@test "blocked and ignored signals do not reach the payload" {
	cp "$build/payloads/signals" "$tree/bin/signals"
	settings payload=/bin/signals profile=static
	before='trap "" PIPE HUP CHLD'
	run_init
	cat "$BATS_TEST_TMPDIR/out"
	ended $off '.exit == 0'
}

@test "no descriptor of ours reaches the payload" {
	settings args=state stdout=/state
	: >"$tree/state"
	run_init
	ended $off '.exit == 0'
	# Apart from 0 to 2 there are only pipes of which the Go runtime holds both ends.
	jq -e '.fds | to_entries | map(select(.key | tonumber > 2)) | group_by(.value)
		| all(length == 2 and (.[0].value | startswith("pipe:")))' "$tree/state" || {
		cat "$tree/state"
		return 1
	}
}

@test "a payload whose file is not in memory is executed from a sealed copy" {
	[ "$(stat -f -c %T "$tree")" != tmpfs ] # where tests lie on tmpfs this one shows nothing
	settings args=state stdout=/state
	: >"$tree/state"
	run_init
	ended $off '.exit == 0'
	jq -e '.exe | startswith("/memfd:payload")' "$tree/state"
}

@test "an enormous configuration file is an error with a reason" {
	head -c 200000 /dev/zero | tr '\0' '#' >>"$tree/etc/initgate.conf"
	run_init
	[ "$status" = $off ]
	grep -q "config: read '/etc/initgate.conf': File too large, not starting the payload" "$BATS_TEST_TMPDIR/err"
}

@test "unknown keys: the line names key and byte" {
	settings nonsense=1
	run_init
	ended $off '.outcome == "init-failed" and .reason == "config: parse '"'nonsense'"': unknown key at byte 34 of /etc/initgate.conf, not starting the payload"'
}

@test "a result channel that is missing, or none at all, changes nothing" {
	# on_exit is for a payload that ran, so the restart shows that it did.
	settings report=/nothing 'args="exit 3"' on_exit=reboot
	run_init
	[ "$status" = $restart ]
	settings report=none
	run_init
	[ "$status" = $restart ]
}
