#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Damaged files, one by one: the table tests/elf/mutations says what the command must find in each and what happens when
# the kernel executes it. Needs root, for chroot. ELFCHECK names the command, O the directory that keeps the programs.

setup_file() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export O=${O:-$root/build}
	export ELFCHECK=${ELFCHECK:-$O/host/elfcheck}
	ELFCHECK=$(realpath "$ELFCHECK")
	O=$(realpath "$O")
	# shellcheck source-path=SCRIPTDIR source=mutate.bash
	. "$BATS_TEST_DIRNAME/mutate.bash"
	mutations_make
}

setup() {
	# shellcheck source-path=SCRIPTDIR source=mutate.bash
	. "$BATS_TEST_DIRNAME/mutate.bash"
	cd "$mutations" || return
}

# judge FILE OPTIONS...: prints the command's object, whatever the verdict.
judge() {
	"$ELFCHECK" --json "${@:2}" "$1" || [ $? = 1 ]
}

# wrong NAME WHY [REPORT]: counts and tells.
wrong() {
	echo "$1: $2"
	failures=$((failures + 1))
	[ -z "${3:-}" ] || jq -c '[.verdict, (.findings[] | .slug + " " + .severity + ": " + .evidence)]' <<< "$3"
}

@test "every finding of the command has a row" {
	"$ELFCHECK" --list | awk '{ print $3 }' | sort > "$BATS_TEST_TMPDIR/findings"
	[ "$(wc -l < "$BATS_TEST_TMPDIR/findings")" -ge 50 ]
	# Whether a filesystem is mounted noexec only PID 1 asks, and its own tests show.
	{ mutations_rows | cut -d'|' -f5 | sed 's/^=//' | grep -vx none; echo noexec-mount; } |
		sort -u > "$BATS_TEST_TMPDIR/rows"
	diff "$BATS_TEST_TMPDIR/findings" "$BATS_TEST_TMPDIR/rows"
}

@test "each damage is found, by its name and with its severity, and is not in the base" {
	failures=0
	while IFS='|' read -r name base patch options slug _; do
		read -ra options <<< "$options"
		before=$(judge "bases/$base" "${options[@]}")
		after=$(judge "files/$name" "${options[@]}")
		# Of the report of a harmless change only the copies of header fields may differ.
		if [ "$slug" = none ]; then
			same=$(jq -s 'map(del(.file, .elf.type, .elf.flags)) | .[0] == .[1]' <<< "$before$after")
			[ "$same" = true ] || wrong "$name" "should change nothing" "$after"
			continue
		fi
		severity=$("$ELFCHECK" --list | awk -v slug="${slug#=}" '$3 == slug { print $2 }')
		found=$(jq -rs --arg slug "${slug#=}" --arg severity "$severity" <<< "$before$after" \
			'map(any(.findings[]; .slug == $slug and .severity == $severity)) | join(" ")')
		case $slug,$patch in
		=* | *,) [[ $found == *' true' ]] || wrong "$name" "no $slug there" "$after" ;;
		*) [ "$found" = 'false true' ] || wrong "$name" "$slug in base and file: $found" "$after" ;;
		esac
	done < <(mutations_rows)
	[ "$failures" = 0 ]
}

@test "the kernel does with each what the table says, and profile any passes what runs and no more" {
	[ "$(id -u)" = 0 ]
	failures=0
	while IFS='|' read -r name _ _ _ _ happens; do
		read -r happens exception <<< "$happens"
		[ -n "$happens" ] || continue
		root=empty
		[[ $happens != loader:* ]] || root=loader
		cp -p "files/$name" "$root/program"
		got=$(./execute $root /program)
		[ "$got" = "${happens#loader:}" ] || wrong "$name" "should be $happens, is $got"
		case $happens,$exception in
		*ok, | *exit*, | *,passes) want=pass ;;
		*) want=fail ;;
		esac
		report=$(judge $root/program --profile any --arch x86_64 --kernel running --root $root)
		[ "$(jq -r .verdict <<< "$report")" = $want ] ||
			wrong "$name" "$happens, should $want in profile any" "$report"
		rm "$root/program"
	done < <(mutations_rows)
	[ "$failures" = 0 ]
}

@test "the patcher does what it is told or nothing" {
	cp bases/hello "$BATS_TEST_TMPDIR/file"
	./patch "$BATS_TEST_TMPDIR/file" ehdr.e_type=ET_CORE 'phdr[PT_LOAD:1].p_align=0x10' '@0x10+2:2=EM_386'
	readelf -hlW "$BATS_TEST_TMPDIR/file" > "$BATS_TEST_TMPDIR/headers"
	grep -q 'Type: *CORE' "$BATS_TEST_TMPDIR/headers"
	grep -q 'Machine: *Intel 80386' "$BATS_TEST_TMPDIR/headers"
	[ "$(awk '$1 == "LOAD" { print $NF }' "$BATS_TEST_TMPDIR/headers" | paste -sd ' ')" = '0x1000 0x10 0x1000' ]
	for edit in nonsense ehdr.e_none=1 ehdr.e_type=0x10000 ehdr.e_type=ET_NOT 'phdr[PT_INTERP].p_flags=1' \
		'dyn[DT_HASH].d_val=1' '@size=1' '@0x40000000=1' '@0="abc' '@0="\x' '"ELF"="ELFS"' \
		'"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8"="12345678"' ehdr.e_type=1x; do
		cp bases/hello "$BATS_TEST_TMPDIR/file"
		run ./patch "$BATS_TEST_TMPDIR/file" ehdr.e_flags=7 "$edit"
		[ "$status" -eq 1 ] || { echo "$edit: $output"; false; }
		[[ $output == "patch: read '$edit': "* ]]
		cmp bases/hello "$BATS_TEST_TMPDIR/file"
	done
}
