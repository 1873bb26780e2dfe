# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # scripts for another shell; set or used by bats and the tests
# SPDX-License-Identifier: MIT
#
# The real static init as PID 1 of a PID namespace: quick tests of what needs no kernel of its own. The end of such a
# PID 1 says how it asked to end: reboot(2) in a namespace kills it with SIGINT (power off) or SIGHUP (restart).

root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
build=${O:-$root/build}
payloads=$build/payloads
export off=130 restart=129

# Most memory that PID 1 may have in use while it supervises, KiB.
rss_max=400

setup() {
	[ "$(id -u)" = 0 ] || skip 'namespaces and mounts need root'
	instance main
}

# instance NAME: a root with init, the payload and a command line of our own; what follows is about it. nodes are the
# devices that it has; before is shell code that runs in front of init, in that root's directory; terminal is a command
# that gives it one; timeout_s is how long the whole may take.
instance() {
	dir=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}/$1
	tree=$dir/root out=$dir/out err=$dir/err
	mkdir -p "$tree"/{bin,dev,etc,proc,sys,run,tmp}
	cp "$build/$(uname -m)/init" "$tree/init"
	cp "$payloads/hello" "$tree/bin/hello"
	: >"$tree/result"
	: >"$dir/cmdline"
	printf 'payload=/bin/hello\nreport=/result\n' >"$tree/etc/initgate.conf"
	nodes=null before='' terminal=() timeout_s=30
}

# start_slow FUNCTION...: each with an instance of its own, side by side, as what they do is mostly to wait. For
# setup_file; slow FUNCTION then says in a test of its own how it went.
start_slow() {
	local job
	[ "$(id -u)" = 0 ] || return 0
	for job in "$@"; do
		(
			instance "$job"
			"$job"
			: >"$dir/passed"
		) >"$BATS_FILE_TMPDIR/$job.log" 2>&1 &
	done
	wait
}

slow() {
	cat "$BATS_FILE_TMPDIR/$1.log"
	[ -e "$BATS_FILE_TMPDIR/$1/passed" ]
}

# run_init: sets status; what is written to descriptors 1 and 2, both pipes, is in $out and $err afterwards.
# /dev is a tmpfs of the namespace, lest init touches this machine's. /proc cannot be written, as printk_devkmsg and
# sysrq-trigger there are this machine's too. With the node kmsg the log is the file /log of the root.
run_init() {
	local outs errs writers=() script
	script='
		mount --bind "$tree" "$tree"
		mount -t tmpfs none "$tree/dev"
		for node in $nodes; do
			case $node in
			null) mknod -m 666 "$tree/dev/null" c 1 3 ;;
			full) mknod -m 666 "$tree/dev/full" c 1 7 ;;
			tty) mknod -m 666 "$tree/dev/tty" c 5 0 ;;
			kmsg) ln -s /log "$tree/dev/kmsg" ;;
			esac
		done
		mount -t proc -o ro none "$tree/proc"
		mount --bind "$cmdline" "$tree/proc/cmdline"
		cd "$tree"
		for fd in /proc/self/fd/*; do [ "${fd##*/}" -le 2 ] || eval "exec ${fd##*/}>&-"; done
		eval "$before"
		exec chroot . /init'
	status=0
	: >"$tree/result"
	: >"$tree/log"
	exec {outs}> >(exec cat >"$out")
	writers+=("$!")
	exec {errs}> >(exec cat >"$err")
	writers+=("$!")
	tree=$tree nodes=$nodes cmdline=$dir/cmdline before=$before timeout -k 5 "$timeout_s" "${terminal[@]}" \
		unshare --mount --pid --net --uts --ipc --fork --kill-child \
		bash -c "$script" < <(:) >&"$outs" 2>&"$errs" {outs}>&- {errs}>&- || status=$?
	exec {outs}>&- {errs}>&-
	wait "${writers[@]}"
}

# full_fifo NAME: a FIFO in the root that takes nothing more, kept open by this shell, which does not read.
full_fifo() {
	mkfifo "$tree/$1"
	exec {held}<>"$tree/$1"
	head -c 65536 /dev/zero >&"$held" # pipe(7)
}

settings() {
	printf '%s\n' "$@" >>"$tree/etc/initgate.conf"
}

# program NAME ARGS...: one of the programs in C is the payload.
program() {
	cp "$payloads/$1" "$tree/bin/$1"
	settings "payload=/bin/$1" profile=static "args=\"${*:2}\""
}

# Shown only when the test fails: bats prints it then.
show() {
	echo "$dir: status $status; result, output, errors, log:"
	tail -n 40 "$tree/result"
	head -c 4096 "$out"
	head -c 4096 "$err"
	head -c 4096 "$tree/log"
	return 1
}

# ended STATUS JQ-CONDITION: how it asked to end, and what its last line says.
ended() {
	[ "$status" = "$1" ] && tail -n 1 "$tree/result" | jq -e "select(.event == \"done\") | $2" >/dev/null || show
}

# events JQ-CONDITION: about all lines of the result, as an array.
events() {
	jq -es "$1" "$tree/result" >/dev/null || show
}

# launched N: that often.
launched() {
	events "map(select(.event == \"launch\")) | length == $1"
}

# number NAME: of the line "NAME NUMBER" in the output.
number() {
	awk -v name="$1" '$1 == name { print $2 }' "$out"
}

# at_most NAME MOST: the number is there and not larger.
at_most() {
	local n
	n=$(number "$1")
	[ -n "$n" ] && [ "$n" -le "$2" ] || show
}

signal_number() {
	kill -l "$1"
}
