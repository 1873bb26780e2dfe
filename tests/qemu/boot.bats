# SPDX-License-Identifier: MIT
# What a payload gets and what comes back.

load lib

@test "exit status 0, 1, 7, 42 and 255 come back unchanged" {
	local n also=()
	elsewhere || for n in 0 1 7 42; do also+=(--also "$payloads/hello exit $n"); done
	# The first failure is boot.sh's own status. That is 0 in most tests, 1 in one of --share, 7 in one of a late disk, 42 in soak.
	boot ${also[@]+"${also[@]}"} "$payloads/hello" exit 255
	ended exited 255
	wrote ''
	! elsewhere || return 0
	jq -e '[.payloads[] | .outcome, .exit] == ["exited", 255, "exited", 0, "exited", 1, "exited", 7, "exited", 42]' "$json" || show
}

@test "a signal that ends the payload is 128 + N" {
	boot "$payloads/hello" signal 9
	ended signaled 137
}

@test "arguments arrive as they are" {
	boot "$payloads/hello" args 'a b' '"quoted"' "it's" '' $'two\nlines' '$HOME' '--' '-v' 'a="b c" d'
	ended exited 0
	jq -e '. == ["a b", "\"quoted\"", "it'\''s", "", "two\nlines", "$HOME", "--", "-v", "a=\"b c\" d"]' "$stdout" || show
}

# every_byte N: every byte value, 2^N times
every_byte() {
	local i file=$BATS_TEST_TMPDIR/every
	printf '%b' "$(printf '\\0%o' {0..255})" >"$file"
	for ((i = 0; i < $1; i++)); do cat "$file" "$file" >"$file.2" && mv "$file.2" "$file"; done
	cat "$file"
}

@test "standard output carries the payload's bytes and nothing else" {
	boot "$payloads/hello" bytes 256
	ended exited 0
	every_byte 10 | cmp - "$stdout" || show
}

@test "standard error stays apart from standard output" {
	boot "$payloads/hello" stderr
	ended exited 0
	wrote ''
	grep -qx 'this is standard error' "$stderr" || show
}

@test "the payload starts with a clean state" {
	boot --conf cwd=/etc --conf env.GREETING='hello world' --conf env.HOME=/root --conf profile=static \
		--also "$payloads/hello state" "$payloads/signals"
	ended exited 0
	jq -e '[.payloads[].exit] == [0, 0]' "$json" || show
	jq -e '.cwd == "/etc" and .pid > 1 and (.env | index("GREETING=hello world")) and (.env | index("HOME=/root"))
		and (.env | map(select(startswith("PATH=")))[0] | length > 5) and ([.env[] | select(startswith("HOME="))] | length == 1)' "$stdout" || show
}

@test "modules are loaded with what they depend on; one that is built into the kernel is fine" {
	boot -m dm_verity,8250_pci "$payloads/hello"
	ended exited 0
	for module in dm_verity dm_bufio dm_mod reed_solomon; do
		grep -q "module $module," "$stdout" || show
	done
	for module in dm_verity dm_bufio dm_mod; do
		grep -q "\"module\":\"$module\",\"result\":\"loaded\"" "${console%/*}/result.log" || show
	done
	grep -q '"module":"8250_pci","result":"present"' "${console%/*}/result.log" || show
}

@test "the command line's arguments win over the image's" {
	boot --append '-- args one "two words"' "$payloads/hello" args unused
	ended exited 0
	jq -e '. == ["one", "two words"]' "$stdout" || show
}

@test "orphans are reaped and do not hold up the end" {
	boot "$payloads/hello" orphans 30
	ended exited 0
	! grep -q 'shutdown:' "$console" || show
}

@test "a program that nobody here wrote: gofmt formats a file of the image as it does on the host" {
	printf 'package a\nfunc   f( ) {x:=1\n_ =x}\n' >"$BATS_TEST_TMPDIR/a.go"
	gofmt "$BATS_TEST_TMPDIR/a.go" >"$BATS_TEST_TMPDIR/formatted"
	boot --add "$BATS_TEST_TMPDIR/a.go:/src/a.go" "$payloads/gofmt" /src/a.go
	ended exited 0
	cmp "$BATS_TEST_TMPDIR/formatted" "$stdout" || show
}

@test "mode=exec: the payload becomes PID 1" {
	boot --conf mode=exec "$payloads/hello" reboot
	[ "$status" = 125 ] && [ "$(jq -r .outcome "$json")" = no-report ] || show
	wrote $'pid 1\r\n' # a UART without init's relay is a terminal
}

@test "verify=warn says what is wrong and starts it" {
	boot --force --conf verify=warn "$payloads/hello-pie"
	ended init-failed 127
	grep -aq 'verify: check .*interp-present.*going on' "$console" || show
	grep -aq "launch: execute '/bin/hello-pie': No such file or directory, not started" "$console" || show
}

# The others start the image as it comes in any case.
# bats test_tags=pc
@test "a compressed kernel image boots as well" {
	boot --qemu-arg -kernel --qemu-arg "${KERNEL:-$kernels/vmlinuz}" "$payloads/hello" exit 6
	ended exited 6
}

@test "every compression of the image boots" {
	for method in $(variants zstd gzip lz4 xz); do
		boot --compress "$method" "$payloads/hello" exit 4
		ended exited 4
	done
}

@test "wait= finds a device that a module brings; a machine that can be switched off: on_exit=poweroff" {
	truncate -s 1M "$BATS_TEST_TMPDIR/disk"
	boot --machine pc --disk "$BATS_TEST_TMPDIR/disk" -m virtio_pci,virtio_blk --conf wait=/dev/vda \
		--append initgate.on_exit=poweroff "$payloads/hello" exit 8
	ended exited 8
	[ "$(jq -r .qemu_reason "$json")" = guest-shutdown ] || show
}

@test "report=vport: the result leaves through a virtio-serial port" {
	boot --machine pc -m virtio_pci,virtio_console --append initgate.report=vport:initgate.report \
		--qemu-arg -chardev --qemu-arg "file,id=vport,path=$BATS_TEST_TMPDIR/vport" \
		--qemu-arg -device --qemu-arg virtio-serial-pci \
		--qemu-arg -device --qemu-arg virtserialport,chardev=vport,name=initgate.report "$payloads/hello" exit 9
	[ "$(jq -r .outcome "$json")" = no-report ] || show
	tail -n 1 "$BATS_TEST_TMPDIR/vport" | jq -e '.event == "done" and .exit == 9' || show
}

# On this machine's own architecture the suite `soak` has more of them, under load.
@test "5 boots of one image have one outcome" {
	"$root/scripts/mkinitramfs.sh" -o "$BATS_TEST_TMPDIR/image" -m dm_verity "$payloads/hello"
	for _ in $(seq 5); do
		boot --initrd "$BATS_TEST_TMPDIR/image"
		ended exited 0
		cat "$json" | jq -c '[.outcome, .exit, .qemu_reason, .findings]' >>"$BATS_TEST_TMPDIR/outcomes"
		sed 's/pid [0-9]*/pid N/' "$stdout" | sort | sha256sum >>"$BATS_TEST_TMPDIR/outputs"
	done
	[ "$(sort -u "$BATS_TEST_TMPDIR/outcomes" | wc -l)" = 1 ] || show
	[ "$(sort -u "$BATS_TEST_TMPDIR/outputs" | wc -l)" = 1 ] || show
}
