#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the builder refuses, what --force lets pass, and that a failure leaves nothing behind.
load helper

@test "a payload that elfcheck rejects: its report, one line, no image" {
	ELFCHECK=$tmp/reject refused prog
	[[ $output == *"REPORT: not static"* ]]
	[ "${lines[-1]}" = "mkinitramfs: check 'prog': it would not run from this image, nothing written (--force builds it all the same)" ]
}

@test "a payload that elfcheck cannot read" {
	ELFCHECK=$tmp/cannot refused prog
	[[ ${lines[-1]} == "mkinitramfs: check 'prog': "*"nothing written (--force builds it all the same)" ]]
	[[ ${lines[-1]} != *"it would not run"* ]]
}

@test "no elfcheck is no pass" {
	ELFCHECK=$tmp/nowhere refused prog
	[ ${#lines[@]} = 1 ]
}

@test "--force builds it and says so on standard error" {
	export ELFCHECK=$tmp/reject
	build --force prog
	[ "$status" = 0 ]
	[[ $output == *"REPORT: not static"*"mkinitramfs: check 'prog':"* ]]
	paths | grep -qx bin/prog
	"$mkinitramfs" -o img --arch x86_64 --init init --force prog >out 2>/dev/null
	[ ! -s out ]
}

@test "verify=off skips the check" {
	export ELFCHECK=$tmp/reject
	built --conf verify=off prog
	[ -z "$output" ]
	refused_after_rm --conf verify=warn prog
}

refused_after_rm() {
	rm -f img
	refused "$@"
}

@test "elfcheck is asked with the profile of the image" {
	printf '#!/bin/sh\necho "$@" >asked\n' >spy
	chmod 755 spy
	export ELFCHECK=$tmp/spy
	built prog
	grep -q -- '--profile go-static .*prog$\|--profile go-static prog$' asked
	built --conf profile=static prog
	grep -q -- '--profile static ' asked
}

@test "--force builds images of what can never run" {
	export ELFCHECK=$tmp/reject
	: >empty
	printf '#!/bin/sh\n' >script
	head -c 100 /bin/true >truncated
	cp /bin/true plain
	chmod 755 script truncated
	chmod 644 plain
	for file in empty script truncated plain; do
		built --force "$file"
		content "bin/$file" | cmp - "$file"
	done
	entries | grep -q '^bin/plain 100644 '
}

@test "a payload that is not there, a directory, a device" {
	refused missing
	[[ $output == *missing* ]]
	mkdir dir
	refused dir
	refused /dev/null
	refused --force missing
}

@test "an init that is not there" {
	run "$mkinitramfs" -o img --arch x86_64 --init nowhere prog
	[ "$status" = 1 ]
	[[ $output == *nowhere* ]]
	nothing_left
}

@test "files that this user may not read" {
	copy_builder
	mkdir tree work
	chmod 777 work
	echo secret >tree/secret
	cp prog unreadable
	chmod 000 tree/secret unreadable
	for arguments in "--add tree:/t prog" "--add tree/secret:/t prog" "--microcode tree/secret prog" \
		"--microcode tree prog" "--busybox=tree/secret prog" "--init unreadable prog" unreadable; do
		# shellcheck disable=SC2086
		run as_nobody env ELFCHECK="$ELFCHECK" "$mkinitramfs" -o work/img --arch x86_64 --init init $arguments
		failed_well 1
		[[ ${lines[-1]} == *ermission* ]]
		[ -z "$(ls -A work)" ]
	done
}

@test "directories that this user may not enter" {
	copy_builder
	mkdir -p tree/closed work
	touch tree/closed/file
	chmod 777 work
	chmod 700 tree/closed
	run as_nobody env ELFCHECK="$ELFCHECK" "$mkinitramfs" -o work/img --arch x86_64 --init init --add tree:/t prog
	failed_well 1
	[ -z "$(ls -A work)" ]
}

@test "a full disk leaves the old image and nothing else" {
	[ "$(id -u)" = 0 ] || skip "needs root to mount a small file system"
	head -c 3000000 /dev/zero >big
	mkdir small
	mount -t tmpfs -o size=2m tmpfs small
	echo old >small/img
	for how in none gzip; do
		run env TMPDIR="$tmp/small" "$mkinitramfs" -o small/img --arch x86_64 --init init --compress $how --add big:/big prog
		failed_well 1
		[[ ${lines[-1]} == *'No space left on device'* ]]
		[ "$(cat small/img)" = old ]
		[ "$(ls -A small)" = img ]
	done
}

@test "no room at all" {
	[ "$(id -u)" = 0 ] || skip "needs root to mount a small file system"
	mkdir small
	mount -t tmpfs -o size=64k tmpfs small
	head -c 65536 /dev/zero >small/fill || true
	run env TMPDIR="$tmp/small" "$mkinitramfs" -o small/img --arch x86_64 --init init prog
	failed_well 1
	[ "$(ls -A small)" = fill ]
}

@test "a limit on the size of files" {
	head -c 3000000 /dev/zero >big
	(ulimit -f 1000 && refused --add big:/big prog)
}

@test "an output directory that does not exist" {
	run "$mkinitramfs" -o no/where/img --arch x86_64 --init init prog
	failed_well 1
	[ "${lines[-1]}" = "mkinitramfs: write 'no/where/img': No such file or directory, nothing written" ]
}

# Not a device of this machine: a builder that replaced it would be one test too many.
@test "an output that is a directory, a pipe, the payload" {
	mkdir dir
	mkfifo pipe
	for out in dir pipe prog; do
		run "$mkinitramfs" -o $out --arch x86_64 --init init prog
		failed_well 1
	done
	[ -p pipe ]
	[ "$(cat prog)" = PAYLOAD ]
}

@test "an output directory where this user may not write" {
	copy_builder
	mkdir work
	chmod 555 work
	run as_nobody env ELFCHECK="$ELFCHECK" "$mkinitramfs" -o work/img --arch x86_64 --init init prog
	failed_well 1
	[[ ${lines[-1]} == *"'work/img': Permission denied"* ]]
}

@test "a payload for another machine, by the checker itself" {
	[ -x "$O/host/elfcheck" ] || skip "no checker in $O/host (make)"
	export ELFCHECK=$O/host/elfcheck
	cp /bin/true true
	printf '\xb7' | dd of=true bs=1 seek=18 conv=notrunc status=none # e_machine: AArch64
	refused --conf profile=any true
	[[ $output == *machine-mismatch* ]]
}

@test "a file in the payload's place is refused" {
	cp accept other
	refused --add other:/bin/prog prog
	[[ ${lines[-1]} == "mkinitramfs: place '/bin/prog': "* ]]
	mkdir tree && cp other tree/prog
	refused --add tree:/bin prog
	built --add prog:/bin/prog prog
}

@test "whatever goes wrong, the old image stays as it was" {
	mkdir dir
	mkfifo dir/pipe
	for arguments in missing dir "--add dir:/d prog" "--add nowhere:/d prog" "--conf x prog" "--skel nowhere prog" \
		"--firmware nowhere prog" "--microcode nowhere prog" "--busybox=nowhere prog" "-m x --modules-dir nowhere prog"; do
		echo old >img
		# shellcheck disable=SC2086
		build $arguments
		failed_well 1
		[ "$(cat img)" = old ]
		[ "$(echo img*)" = img ]
	done
}

# The checker reports that it runs, then both are interrupted, as Ctrl-C does to all of a terminal's job.
@test "interrupted: one line, the status of the signal, the old image and nothing else" {
	mkfifo running
	printf '#!/bin/sh\necho >%s/running\nexec sleep 60\n' "$tmp" >slow
	chmod 755 slow
	export ELFCHECK=$tmp/slow
	for signal in INT TERM HUP; do
		echo old >img
		env --default-signal=INT,TERM,HUP setsid "$mkinitramfs" -o img --arch x86_64 --init init prog 2>said 3>&- &
		builder=$!
		read -r _ <running
		kill -s $signal -- "-$builder"
		status=0
		wait $builder || status=$?
		cat said
		[ $status = $((128 + $(kill -l $signal))) ]
		[ "$(cat said)" = "mkinitramfs: write 'img': interrupted, nothing written" ]
		[ "$(cat img)" = old ]
		[ "$(echo img*)" = img ]
	done
}

@test "a tool that is not there is named before anything is done" {
	mkdir bin
	for tool in bash dirname sed uname; do
		ln -s "$(type -P $tool)" bin/
	done
	run env PATH="$tmp/bin" "$mkinitramfs" -o img --arch x86_64 --init init prog
	failed_well 1
	[ "${lines[-1]}" = "mkinitramfs: run 'bsdtar': no such command, nothing written (scripts/setup.sh installs it)" ]
	ln -s "$(type -P bsdtar)" bin/
	run env PATH="$tmp/bin" "$mkinitramfs" -o img --arch x86_64 --init init --compress lz4 prog
	failed_well 1
	[[ ${lines[-1]} == "mkinitramfs: run 'lz4': "* ]]
	nothing_left
}

@test "an image is replaced at once" {
	echo old >img
	ln img other
	built prog
	[ "$(cat other)" = old ]
	paths | grep -qx init
}

@test "a file of 4 GiB is refused" {
	truncate -s 4G huge
	refused --add huge:/huge prog
	[[ ${lines[-1]} == *huge* ]]
}

@test "a path that the kernel cannot unpack is refused" {
	part=$(printf 'x%.0s' {1..200})
	deep=''
	for _ in {1..21}; do deep=$deep/$part; done
	refused --add "prog:$deep" prog
	refused --add "prog:/$part$part" prog
}

@test "an entry below something that is not a directory is refused" {
	refused --add prog:/etc/hosts/below prog
	refused --add prog:/etc prog
	mkdir tree
	ln -s usr/lib tree/bin
	refused --add tree:/ prog
}

@test "sockets and pipes in a tree are refused" {
	mkdir tree
	mkfifo tree/pipe
	refused --add tree:/t prog
	[[ ${lines[-1]} == *pipe* ]]
}

@test "places outside the image are refused" {
	refused --add prog:relative prog
	refused --add prog:/a/../../b prog
	refused --add prog prog
	refused --add nowhere:/x prog
}

@test "an unknown option, compression or architecture" {
	for arguments in "--nonsense prog" "--compress rar prog" "--arch vax prog" "" "prog other" "prog -m" \
		"--busybox= prog" "--microcode" "--arch arm64 --microcode prog prog"; do
		# shellcheck disable=SC2086
		run "$mkinitramfs" -o img --init init $arguments
		failed_well 2
		[ ${#lines[@]} = 1 ]
		nothing_left
	done
}

@test "--help" {
	run "$mkinitramfs" --help
	[ "$status" = 0 ]
	for option in -o --arch --kernel-version --modules-dir -m --firmware --microcode '--busybox[=FILE]' --add --skel --conf \
		--init --compress --force --list --dry-run; do
		[[ $output == *" $option "* ]]
	done
}
