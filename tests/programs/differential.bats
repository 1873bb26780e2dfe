#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Every ELF file of this machine, the programs of the other suite and what the elf suite has built: does the command
# read the same out of them as readelf and Go's own reader? ELFCHECK names the command, O the build directory.

# shellcheck disable=SC2154 # set by the helper
load helper.bash

# Other programs make and remove files in these while the tests run; build directories also hold damaged files.
changing=(/proc /sys /dev /run /tmp /var/tmp '*/build' "$repo" "$O")

# sort_out: adds the names on standard input, a NUL behind each, to one of two files: elf for ELF files, and others
# for a few of all other kinds below /usr and /etc, two of each suffix.
sort_out() {
	perl -0 -e '
		open my $elf, ">>", "elf" or die; open my $others, ">>", "others" or die;
		while (my $name = <STDIN>) {
			chomp $name;
			open my $file, "<", $name or next;
			read $file, my $magic, 4;
			if ($magic eq "\x7fELF") { print $elf "$name\0"; next; }
			my ($suffix) = $name =~ m{^/(?:usr|etc)/.*/[^/.]*\.?([^/]*)$} or next;
			print $others "$name\0" if $seen{$suffix}++ < 2 and $n++ < 500;
		}'
}

setup_file() {
	local dir prune=(-false)
	for dir in "${changing[@]}"; do
		prune+=(-o -path "$dir")
	done
	"$repo/scripts/fetch-programs.sh"
	cd "$BATS_FILE_TMPDIR" || return
	find / -xdev \( "${prune[@]}" \) -prune -o -type f -print0 | sort_out
	tr -cd '\0' <elf | wc -c >count
	# Whatever of these is there; a name with a dot is no finished program.
	find "$O/programs" "$O/elf" \( -name go-cache -o -name src \) -prune -o -type f ! -name '*.*' -print0 | sort_out
	judge_all --profile any <elf >objects
	their_headers <elf >headers
	their_buildinfo <elf >buildinfo
}

@test "there are enough files, and both see all of them" {
	cd "$BATS_FILE_TMPDIR"
	echo "$(cat count) ELF files on this machine" >&3
	[ "$(cat count)" -ge 1000 ]
	tr '\0' '\n' <elf | sort >"$BATS_TEST_TMPDIR/names"
	jq -r .file objects | sort | same "$BATS_TEST_TMPDIR/names" -
	cut -f 1 headers | same "$BATS_TEST_TMPDIR/names" -
}

@test "type, class, byte order, flags, loader, libraries and machine are those that readelf shows" {
	cd "$BATS_FILE_TMPDIR"
	our_headers <objects >"$BATS_TEST_TMPDIR/ours"
	same "$BATS_TEST_TMPDIR/ours" headers
	# Not only files without any.
	[ "$(awk -F '\t' '$6 != ""' headers | wc -l)" -ge 100 ]
	[ "$(awk -F '\t' '$7 ~ / /' headers | wc -l)" -ge 100 ]
}

@test "Go programs are those that Go's own reader can read, with the same version, path and settings" {
	cd "$BATS_FILE_TMPDIR"
	[ "$(wc -l <buildinfo)" -ge 20 ]
	our_buildinfo <objects >"$BATS_TEST_TMPDIR/ours"
	same "$BATS_TEST_TMPDIR/ours" buildinfo
}

@test "other files: not ELF, exit 1" {
	local status file
	cd "$BATS_FILE_TMPDIR"
	while IFS= read -r -d '' file; do
		status=0
		"$elfcheck" --json "$file" >>"$BATS_TEST_TMPDIR/objects" || status=$?
		[ "$status" = 1 ] || { echo "$file: exit status $status" && return 1; }
	done <others
	[ "$(wc -l <"$BATS_TEST_TMPDIR/objects")" -ge 300 ]
	run jq -r 'select(.kind != "not-elf" or .verdict != "fail") | .file' "$BATS_TEST_TMPDIR/objects"
	[ -z "$output" ] || { echo "$output" && return 1; }
}
