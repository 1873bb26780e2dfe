#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What the command can be told about the kernel and the image, its SARIF log, and what it may cost. ELFCHECK names the
# command, O the directory that keeps the built programs.

setup_file() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export O=${O:-$root/build}
	export ELFCHECK=${ELFCHECK:-$O/host/elfcheck}
	ELFCHECK=$(realpath "$ELFCHECK")
	O=$(realpath "$O")
	gcc -O2 -o "$BATS_FILE_TMPDIR/clock" "$root/bench/clock.c"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir tree
}

program() { "$BATS_TEST_DIRNAME/build.sh" "$1"; }

# found OPTIONS...: slug and severity of all that is found.
found() {
	{ "$ELFCHECK" --json "$@" || [ $? = 1 ]; } | jq -r '.findings[] | .severity + " " + .slug'
}

layer() { { "$ELFCHECK" --json "${@:2}" || [ $? = 1 ]; } | jq -r ".layers[$1 - 1].status"; }

@test "--root: files that the program will ask for, as warnings" {
	[ "$(found "$(program netuser)")" = '' ]
	[ "$(found --root tree "$(program netuser)")" = 'warn dns-config-missing
warn passwd-missing' ]
	[ "$(layer 7 --root tree "$(program netuser)")" = warn ]
	mkdir tree/etc
	touch tree/etc/passwd tree/etc/resolv.conf
	[ "$(found --root tree "$(program netuser)")" = '' ]
	[ "$(layer 7 --root tree "$(program netuser)")" = pass ]
}

@test "--root: symbolic links lead within the tree, not into this machine" {
	mkdir tree/etc tree/run
	touch tree/etc/passwd
	ln -s /etc/passwd tree/etc/resolv.conf
	[ "$(found --root tree "$(program netuser)")" = '' ]
	ln -sfn /etc/hostname tree/etc/resolv.conf
	[ -e /etc/hostname ]
	[ "$(found --root tree "$(program netuser)")" = 'warn dns-config-missing' ]
	ln -sfn ../../../../../../etc/passwd tree/etc/resolv.conf
	[ "$(found --root tree "$(program netuser)")" = '' ]
}

@test "--root: the loader must be there and executable" {
	loader=tree/lib64/ld-linux-x86-64.so.2
	[[ $(found --profile any --root tree "$(program pie)") == *'fail interp-missing'* ]]
	mkdir tree/lib64
	touch $loader
	[[ $(found --profile any --root tree "$(program pie)") == *'fail interp-missing'* ]]
	chmod +x $loader
	[[ $(found --profile any --root tree "$(program pie)") != *interp-missing* ]]
	"$ELFCHECK" --profile any --root tree "$(program pie)"
}

@test "--root implies that modes count" {
	install -m 644 "$(program hello)" hello
	[ "$(found --root tree hello)" = 'fail not-executable' ]
	run "$ELFCHECK" --root nowhere hello
	[ "$status" -eq 2 ]
	[ "$output" = "elfcheck: open 'nowhere': No such file or directory" ]
}

@test "--kernel-config: what Go needs fails, what a package uses warns" {
	config=$O/kernels/x86_64/config
	"$ELFCHECK" --kernel-config "$config" --arch x86_64 "$(program netuser)"
	[ "$(layer 5 --kernel-config "$config" "$(program netuser)")" = pass ]
	sed 's/^CONFIG_FUTEX=y/# CONFIG_FUTEX is not set/; s/^CONFIG_UNIX=y/CONFIG_UNIX=n/' "$config" > config
	! cmp -s config "$config" || false
	[ "$(found --kernel-config config "$(program netuser)")" = 'fail kernel-feature-missing
warn kernel-feature-wanted' ]
	[ "$(found --kernel-config config "$(program hello)")" = 'fail kernel-feature-missing' ]
}

@test "--kernel-config: i386 programs on x86-64" {
	config=$O/kernels/x86_64/config
	grep -qx CONFIG_IA32_EMULATION=y "$config"
	[ "$(found --arch x86_64 "$(program arch-386)")" = 'fail machine-mismatch' ]
	[ "$(found --arch x86_64 --kernel-config "$config" "$(program arch-386)")" = '' ]
	grep -v CONFIG_IA32_EMULATION "$config" > config
	[ "$(found --arch x86_64 --kernel-config config "$(program arch-386)")" = 'fail machine-mismatch' ]
}

@test "--kernel-config: what is none is an error" {
	for file in /etc/passwd nothing "$(program hello)"; do
		run "$ELFCHECK" --kernel-config "$file" "$(program hello)"
		[ "$status" -eq 2 ]
		[[ $output == "elfcheck: read '$file': "* ]]
	done
}

@test "--kernel running asks the kernel for what Go needs" {
	[ "$(layer 5 --kernel running "$(program netuser)")" = pass ]
}

@test "SARIF: one run, a rule per finding, a result for each, of each file" {
	cp "$(program pie)" 'a file%'
	status=0
	"$ELFCHECK" --sarif 'a file%' "$(program hello)" "$(program native-static)" > log || status=$?
	[ "$status" -eq 1 ]
	jq -e '.version == "2.1.0" and (.runs | length) == 1 and .runs[0].tool.driver.name == "elfcheck"' log
	"$ELFCHECK" --list | awk '{ print $3 }' > slugs
	jq -r '.runs[0].tool.driver.rules[].id' log | diff slugs -
	# What points at a rule points at the right one, and the levels are the standard's.
	jq -e '.runs[0] | .tool.driver.rules as $rules | all(.results[]; .ruleId == $rules[.ruleIndex].id and
		(.level | IN("error", "warning", "note")) and .message.text != "" and
		.locations[0].physicalLocation.region.byteOffset >= 0)' log
	jq -r '.runs[0].results[] | .ruleId + " " + .level + " " + .locations[0].physicalLocation.artifactLocation.uri' log |
		sed "s|$O/||" > results
	grep -qx 'interp-present error a%20file%25' results
	grep -qx 'cgo-setting-differs note a%20file%25' results
	grep -q '^cgo-present error elf/.*/native-static$' results
	! grep -q '/hello$' results || false
}

@test "SARIF of nothing found is a log with no results" {
	"$ELFCHECK" --sarif "$(program hello)" | jq -e '.runs[0].results == []'
}

@test "--explain says how it is found and who misses it, for every finding" {
	"$ELFCHECK" --list | awk '{ print $3 }' > slugs
	while read -r slug; do
		[ "$("$ELFCHECK" --explain "$slug" | awk 'NR > 1 && NF > 1 { print $1 }' | paste -sd ' ')" = \
			'what why remedy found missed' ] || { echo "$slug"; return 1; }
	done < slugs
}

# resident FILE: the most memory that the command had, KiB.
resident() { "$BATS_FILE_TMPDIR/clock" "$ELFCHECK" "$1" | awk '{ print $2 }'; }

@test "memory: the pages of the file that are looked at, and two MiB" {
	least=$(resident "$(program hello)")
	truncate -s 4G sparse
	[ "$(resident sparse)" -le $((least + 2048)) ]
	# All of it is one segment, to be searched from end to end.
	cp "$(program hello)" sparse
	truncate -s 4G sparse
	for field in 32 40; do
		printf '\0\0\0\360\0\0\0\0' | dd of=sparse bs=1 seek=$((64 + 56 + field)) conv=notrunc status=none
	done
	[ "$(resident sparse)" -le $((least + 2048)) ]
	# Of a file without holes, at most its own pages.
	head -c 64M /dev/urandom > dense
	[ "$(resident dense)" -le $((least + 2048)) ]
	{ cat "$(program hello)" && head -c 64M /dev/zero; } > dense
	[ "$(resident dense)" -le $((least + 2048)) ]
}

@test "a file that is cut while it is looked at: one line, exit 2" {
	cp "$(program hello)" cut
	gdb -batch -nx -ex 'handle SIGBUS nostop noprint pass' -ex 'break elfcheck' -ex run -ex 'shell truncate -s 0 cut' \
		-ex continue -ex 'print $_exitcode' --args "$ELFCHECK" cut < /dev/null > out 2> err
	grep -qxF "elfcheck: read 'cut': it was cut short meanwhile, not checked" err
	grep -qx '$1 = 2' out
}
