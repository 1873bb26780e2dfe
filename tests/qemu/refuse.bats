# SPDX-License-Identifier: MIT
# Bad input: each ends in one clear line, a defined outcome, exit status 125 and an orderly end of the machine.

load lib

@test "no payload at the configured path" {
	boot --conf payload=/bin/nothing "$payloads/hello"
	failed_with refused "payload: open '/bin/nothing': No such file or directory, refused"
}

@test "no payload configured" {
	printf 'manifest=/etc/initgate.manifest\n' >"$BATS_TEST_TMPDIR/conf"
	boot --add "$BATS_TEST_TMPDIR/conf:/etc/initgate.conf" "$payloads/hello"
	failed_with refused "payload: read 'payload': not set on the kernel command line nor in /etc/initgate.conf, nothing to start"
}

@test "a directory" {
	boot --conf payload=/etc "$payloads/hello"
	failed_with refused "payload: open '/etc': it is a directory, refused"
}

# refused_also NUMBER NAME REGEX: a further payload, each for itself
refused_also() {
	local path=/bin/also$1/$2
	grep -aqE "initgate: verify: check '$path': $3" "$console" || show
	jq -e --arg path "$path" ".payloads[$1] | .payload == \$path and .outcome == \"refused\" and .exit == 125" "$json" || show
	jq -r ".payloads[$1].reason" "$json" | grep -qE "^verify: check '$path': $3" || show
}

@test "what cannot be executed: a PIE that only looks static; and five others, each with its reason" {
	local names=(empty script short plain hello-foreign) name also=()
	cd "$BATS_TEST_TMPDIR" || return
	: >empty
	printf '#!/bin/sh\nexit 0\n' >script
	head -c 500000 "$payloads/hello" >short
	chmod 755 empty script short
	install -m 644 "$payloads/hello" plain
	cp "$payloads/hello-foreign" .
	for name in "${names[@]}"; do also+=(--also "$PWD/$name"); done
	boot --force "${also[@]}" "$payloads/hello-pie"
	failed_with refused "verify: check '/bin/hello-pie': layer 1 interp-present: .*/lib[0-9]*/ld-.*, refused"
	jq -e '.findings | map(.slug) | index("interp-present")' "$json" || show
	refused_also 1 empty 'layer 1 empty-file: .*, refused; to rebuild: '
	refused_also 2 script 'layer 1 not-elf: .*#!/bin/sh.*, refused'
	refused_also 3 short 'layer 1 truncated: .*, refused'
	refused_also 4 plain 'layer 7 not-executable: .*, refused'
	refused_also 5 hello-foreign 'layer 4 machine-mismatch: .*, this is .*, refused'
}

# bats test_tags=pc
@test "a CPU level that the machine does not have" {
	boot --cpu qemu64 "$payloads/hello-v3"
	failed_with refused "verify: check '/bin/hello-v3': layer 4 cpu-level-too-high: .*GOAMD64 asks for level 3, the CPU has 1"
}

@test "an unknown key on the kernel command line" {
	boot --append initgate.bogus=1 "$payloads/hello"
	failed_with init-failed "config: parse 'bogus': unknown key at byte [0-9]+ of the kernel command line, not starting"
}

@test "an unknown key in the configuration file" {
	boot --conf bogus=1 "$payloads/hello"
	failed_with init-failed "config: parse 'bogus': unknown key at byte [0-9]+ of /etc/initgate.conf, not starting"
}

@test "with verify=warn a bad value is ignored; a locked key on the kernel command line has no effect" {
	boot --conf verify=warn --conf wait_timeout=soon --conf lock=payload,verify \
		--append 'initgate.payload=/init initgate.verify=off' "$payloads/hello" exit 3
	ended exited 3
	for line in "parse 'wait_timeout': not a number of seconds up to a day at byte .*, ignored" \
		"parse 'payload': locked by /etc/initgate.conf" "parse 'verify': locked by /etc/initgate.conf"; do
		grep -aq "config: $line" "$console" || show
	done
}

@test "a module that does not exist" {
	boot -m dm_mod --append initgate.modules=no_such_module "$payloads/hello"
	failed_with init-failed "modules: load 'no_such_module': no such module or alias in /lib/modules/.* of this image, not starting"
}

@test "a module in an image without modules" {
	boot --append initgate.modules=dm_mod "$payloads/hello"
	failed_with init-failed "modules: load 'dm_mod': no such module or alias in /lib/modules/.* of this image, not starting"
}

@test "a damaged module" {
	modules=${MODULES:-$kernels/modules}
	overlay=$(cd "$modules" && find lib -name 'overlay.ko*')
	# Unpacked, if it was packed: as it is in the image.
	xz -dcf "$modules/$overlay" | head -c 20000 >"$BATS_TEST_TMPDIR/overlay.ko"
	boot -m overlay --add "$BATS_TEST_TMPDIR/overlay.ko:/${overlay%.xz}" "$payloads/hello"
	failed_with init-failed "modules: load 'overlay': it was not built for this kernel, not starting"
}

@test "a device that does not come" {
	boot --conf wait=/dev/nothing --conf wait_timeout=1 "$payloads/hello"
	failed_with init-failed "devices: wait for '/dev/nothing': it did not appear in time, not starting"
}

@test "an image without /dev/console" {
	cp -r "$root/initramfs-skel" "$BATS_TEST_TMPDIR/skel"
	sed -i '/console/d' "$BATS_TEST_TMPDIR/skel/skel.mtree"
	boot --skel "$BATS_TEST_TMPDIR/skel" "$payloads/hello" exit 3
	ended exited 3
}

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

@test "a missing argument file" {
	boot --conf args_file=/etc/not-there "$payloads/hello"
	failed_with init-failed "config: read arguments from '/etc/not-there': No such file or directory, not starting"
}

@test "an output port that is not there" {
	boot --append initgate.stdout=/dev/nothing "$payloads/hello"
	failed_with init-failed "launch: open '/dev/nothing': No such file or directory, not starting"
}
