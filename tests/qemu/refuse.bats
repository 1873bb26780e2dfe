# SPDX-License-Identifier: MIT
# Bad input: each ends in one clear line, a defined outcome, exit status 125 and an orderly end of the machine.

load lib

setup_file() {
	"$BATS_TEST_DIRNAME/../payloads/build.sh"
}

# bats test_tags=once
@test "no payload at the configured path" {
	boot --conf payload=/bin/nothing "$payloads/hello"
	failed_with refused "payload: open '/bin/nothing': No such file or directory, refused"
}

# bats test_tags=once
@test "no payload configured" {
	printf 'manifest=/etc/initgate.manifest\n' >"$BATS_TEST_TMPDIR/conf"
	boot --add "$BATS_TEST_TMPDIR/conf:/etc/initgate.conf" "$payloads/hello"
	failed_with refused "payload: read 'payload': not set on the kernel command line nor in /etc/initgate.conf, nothing to start"
}

# bats test_tags=once
@test "an empty file" {
	: >"$BATS_TEST_TMPDIR/empty" && chmod 755 "$BATS_TEST_TMPDIR/empty"
	boot --force "$BATS_TEST_TMPDIR/empty"
	failed_with refused "verify: check '/bin/empty': layer 1 empty-file: .*, refused; to rebuild: "
}

# bats test_tags=once
@test "a directory" {
	boot --conf payload=/etc "$payloads/hello"
	failed_with refused "payload: open '/etc': it is a directory, refused"
}

@test "a shell script" {
	printf '#!/bin/sh\nexit 0\n' >"$BATS_TEST_TMPDIR/script" && chmod 755 "$BATS_TEST_TMPDIR/script"
	boot --force "$BATS_TEST_TMPDIR/script"
	failed_with refused "verify: check '/bin/script': layer 1 not-elf: .*#!/bin/sh.*, refused"
}

@test "another architecture" {
	boot --force "$payloads/hello-foreign"
	failed_with refused "verify: check '/bin/hello-foreign': layer 4 machine-mismatch: .*, this is .*, refused"
}

@test "a truncated ELF file" {
	head -c 500000 "$payloads/hello" >"$BATS_TEST_TMPDIR/short" && chmod 755 "$BATS_TEST_TMPDIR/short"
	boot --force "$BATS_TEST_TMPDIR/short"
	failed_with refused "verify: check '/bin/short': layer 1 truncated: .*, refused"
}

@test "a PIE that only looks static" {
	boot --force "$payloads/hello-pie"
	failed_with refused "verify: check '/bin/hello-pie': layer 1 interp-present: .*/lib[0-9]*/ld-.*, refused"
	jq -e '.findings | map(.slug) | index("interp-present")' "$json" || show
}

# bats test_tags=once
@test "a file without the x bit" {
	install -m 644 "$payloads/hello" "$BATS_TEST_TMPDIR/plain"
	boot --force "$BATS_TEST_TMPDIR/plain"
	failed_with refused "verify: check '/bin/plain': layer 7 not-executable: .*, refused"
}

# bats test_tags=pc
@test "a CPU level that the machine does not have" {
	boot --cpu qemu64 "$payloads/hello-v3"
	failed_with refused "verify: check '/bin/hello-v3': layer 4 cpu-level-too-high: .*GOAMD64 asks for level 3, the CPU has 1"
}

# bats test_tags=once
@test "an unknown key on the kernel command line" {
	boot --append initgate.bogus=1 "$payloads/hello"
	failed_with init-failed "config: parse 'bogus': unknown key at byte [0-9]+ of the kernel command line, not starting"
}

# bats test_tags=once
@test "an unknown key in the configuration file" {
	boot --conf bogus=1 "$payloads/hello"
	failed_with init-failed "config: parse 'bogus': unknown key at byte [0-9]+ of /etc/initgate.conf, not starting"
}

# bats test_tags=once
@test "a bad value is ignored with verify=warn" {
	boot --conf verify=warn --conf wait_timeout=soon "$payloads/hello" exit 3
	ended exited 3
	grep -aq "config: parse 'wait_timeout': not a number of seconds up to a day at byte .*, ignored" "$console" || show
}

# bats test_tags=once
@test "a locked key on the kernel command line has no effect" {
	boot --conf lock=payload,verify --append 'initgate.payload=/init initgate.verify=off' "$payloads/hello" exit 3
	ended exited 3
	grep -aq "config: parse 'payload': locked by /etc/initgate.conf" "$console" || show
}

# bats test_tags=once
@test "a module that does not exist" {
	boot -m dm_mod --append initgate.modules=no_such_module "$payloads/hello"
	failed_with init-failed "modules: load 'no_such_module': no such module or alias in /lib/modules/.* of this image, not starting"
}

# bats test_tags=once
@test "a module in an image without modules" {
	boot --append initgate.modules=dm_mod "$payloads/hello"
	failed_with init-failed "modules: load 'dm_mod': no such module or alias in /lib/modules/.* of this image, not starting"
}

# bats test_tags=once
@test "a damaged module" {
	modules=${MODULES:-$kernels/modules}
	overlay=$(cd "$modules" && find . -name overlay.ko)
	head -c 20000 "$modules/$overlay" >"$BATS_TEST_TMPDIR/overlay.ko"
	boot -m overlay --add "$BATS_TEST_TMPDIR/overlay.ko:/${overlay#./}" "$payloads/hello"
	failed_with init-failed "modules: load 'overlay': it was not built for this kernel, not starting"
}

# bats test_tags=once
@test "a device that does not come" {
	boot --conf wait=/dev/nothing --conf wait_timeout=1 "$payloads/hello"
	failed_with init-failed "devices: wait for '/dev/nothing': it did not appear in time, not starting"
}

# bats test_tags=once
@test "an image without /dev/console" {
	cp -r "$root/initramfs-skel" "$BATS_TEST_TMPDIR/skel"
	sed -i '/console/d' "$BATS_TEST_TMPDIR/skel/skel.mtree"
	boot --skel "$BATS_TEST_TMPDIR/skel" "$payloads/hello" exit 3
	ended exited 3
}

# bats test_tags=once
@test "a /dev/console that is no console" {
	: >"$BATS_TEST_TMPDIR/console"
	cp -r "$root/initramfs-skel" "$BATS_TEST_TMPDIR/skel"
	sed -i '/console/d' "$BATS_TEST_TMPDIR/skel/skel.mtree"
	boot --skel "$BATS_TEST_TMPDIR/skel" --add "$BATS_TEST_TMPDIR/console:/dev/console" "$payloads/hello" exit 3
	ended exited 3
	grep -aq "console: open '/dev/console': .*, trying again when /dev is mounted" "$console" || show
}

@test "no console device at all" {
	boot --append console=ttyNONE0 "$payloads/hello" exit 3
	[ "$status" = 3 ] || show
}

@test "an image that was not unpacked whole" {
	boot --conf manifest=/etc/not-there "$payloads/hello"
	failed_with init-failed "manifest: read '/etc/not-there': No such file or directory, the image was not unpacked whole"
}

# bats test_tags=once
@test "a missing argument file" {
	boot --conf args_file=/etc/not-there "$payloads/hello"
	failed_with init-failed "config: read arguments from '/etc/not-there': No such file or directory, not starting"
}

# bats test_tags=once
@test "an output port that is not there" {
	boot --append initgate.stdout=/dev/nothing "$payloads/hello"
	failed_with init-failed "launch: open '/dev/nothing': No such file or directory, not starting"
}
