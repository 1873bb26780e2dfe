#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Go programs as the distribution ships them, built by others and for other ends: is what the command says of them what
# readelf, nm, strings, Go's own reader and the kernel say? Needs root, for chroot. ELFCHECK names the command, O the
# directory that keeps the programs.

# shellcheck disable=SC2154,SC2317 # set by the helper; called through each
load helper.bash

setup_file() {
	local file
	"$repo/scripts/fetch-programs.sh"
	printf '%s\0' "$O"/programs/* >"$BATS_FILE_TMPDIR/list"
	judge_all <"$BATS_FILE_TMPDIR/list" >"$BATS_FILE_TMPDIR/objects"
	their_buildinfo <"$BATS_FILE_TMPDIR/list" >"$BATS_FILE_TMPDIR/buildinfo"
	for file in "$O"/programs/*; do
		ask_others "$file" "$BATS_FILE_TMPDIR/${file##*/}"
	done
}

# ask_others FILE PREFIX: what other tools say of the file, a line each, in PREFIX.interp and so on.
ask_others() {
	readelf -ldW "$1" >"$2.headers"
	sed -n 's/.*Requesting program interpreter: \(.*\)]$/\1/p' "$2.headers" >"$2.interp"
	sed -n 's/.*(NEEDED).*\[\(.*\)]$/\1/p' "$2.headers" >"$2.needed"
	nm -D --undefined-only "$1" | sed -n 's/^ *U \([^@]*\).*/\1/p' | sort -u >"$2.undefined"
	# The cgo tool's wrappers are functions of the package that imports "C". Each name is a string of its own in the
	# table of functions. The linker writes some characters of a path as %xx.
	strings -a "$1" | sed -nE 's,^([[:alnum:]/._~%-]+)[.]_(Cfunc_|C2func_|Cmacro_|cgo_cmalloc)[[:alnum:]_]*$,\1,p' |
		sed 's,%2e,.,g' | sort -u >"$2.packages"
	# runtime/cgo starts every thread with pthread_create; without it the runtime calls clone itself.
	if grep -qx pthread_create "$2.undefined"; then echo true; else echo false; fi >"$2.cgo"
	go version "$1" | sed 's/.*: //' >"$2.version"
}

# each FUNCTION: calls it for each program, with its path in $file, the checker's object in $json and the others' words
# in $told.*. All are tried; the names of those for which it fails are shown. `set -e` does not hold inside.
each() {
	local bad=0 n=0
	for file in "$O"/programs/*; do
		json=$(jq -c --arg file "$file" 'select(.file == $file)' "$BATS_FILE_TMPDIR/objects")
		told=$BATS_FILE_TMPDIR/${file##*/}
		n=$((n + 1))
		"$1" || { echo "^ ${file##*/}" && bad=$((bad + 1)); }
	done
	[ "$bad" = 0 ]
	[ "$n" -ge 11 ]
}

# is WHAT GOT WANTED
is() {
	[ "$2" = "$3" ] || { echo "$1 is '$2', not '$3'" && return 1; }
}

field() { jq -r "$1" <<<"${2:-$json}"; }
evidence() { field ".findings[] | select(.slug == \"$1\") | .evidence"; }

@test "they are Go programs of the version that go version reads" {
	check() {
		is kind "$(field .kind)" go &&
			is version "$(field .go.version)" "$(cat "$told.version")" &&
			is 'version source' "$(field .go.version_source)" buildinfo
	}
	each check
}

@test "type, class, byte order, flags, loader, libraries and machine are those that readelf shows" {
	their_headers <"$BATS_FILE_TMPDIR/list" >"$BATS_TEST_TMPDIR/theirs"
	our_headers <"$BATS_FILE_TMPDIR/objects" >"$BATS_TEST_TMPDIR/ours"
	same "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/theirs"
}

@test "module path and build settings are those that Go reads" {
	our_buildinfo <"$BATS_FILE_TMPDIR/objects" >"$BATS_TEST_TMPDIR/ours"
	same "$BATS_TEST_TMPDIR/ours" "$BATS_FILE_TMPDIR/buildinfo"
}

@test "undefined symbols are those that nm shows" {
	check() {
		local want found name
		want=$(wc -l <"$told.undefined")
		found=$(evidence undefined-symbols)
		is 'their number' "${found%%:*}" "$([ "$want" = 0 ] || echo "$want")" || return
		[[ $found == *:* ]] || return 0
		found=${found#*: }
		for name in ${found//,/ }; do
			# The last one may be cut off where the evidence ends.
			grep -q "^$name" "$told.undefined" || { echo "nm has no $name" && return 1; }
		done
	}
	each check
}

@test "cgo: whether, and in which packages" {
	check() {
		is cgo "$(field .go.cgo)" "$(cat "$told.cgo")" &&
			is packages "$(field '.go.cgo_packages[]' | sort)" "$(cat "$told.packages")"
	}
	each check
}

@test "each is refused, and for what it has: loader, libraries, symbols, cgo" {
	check() {
		local want status=0
		"$elfcheck" "$file" >/dev/null || status=$?
		want=$(
			sed 's/^/fail interp-present /' "$told.interp"
			paste -sd , "$told.needed" | sed -n 's/^./fail needed-present &/p'
			[ ! -s "$told.undefined" ] || echo 'fail undefined-symbols'
			[ "$(cat "$told.cgo")" = false ] || echo 'fail cgo-present'
			[ ! -s "$told.packages" ] || echo 'warn cgo-package'
		)
		is 'exit status' "$status" 1 &&
			is verdict "$(field .verdict)" fail &&
			is findings "$(field '.findings[] | select(.severity != "info") | .severity + " " + .slug +
				if .slug == "interp-present" then " " + .evidence
				elif .slug == "needed-present" then " " + (.evidence | gsub(", "; ",")) else "" end' | sort)" \
				"$(sort <<<"$want")"
	}
	each check
}

@test "what is only noted: no RELRO, lazy binding, a setting that says otherwise" {
	check() {
		local want setting
		setting=$(jq -r --arg file "$file" 'select(.file == $file) | .settings.CGO_ENABLED' "$BATS_FILE_TMPDIR/buildinfo")
		want=$(
			grep -q GNU_RELRO "$told.headers" || echo no-relro
			! grep -q '(JMPREL)' "$told.headers" ||
				grep -qE '[(]FLAGS(_1)?[)].*NOW|[(]BIND_NOW[)]' "$told.headers" || echo lazy-binding
			# It says cgo and has none, or says none and needs a loader all the same.
			case $setting-$(cat "$told.cgo") in
			1-false | 0-*) echo cgo-setting-differs ;;
			esac
		)
		is notes "$(field '.findings[].slug' | grep -xE 'no-relro|lazy-binding|cgo-setting-differs' | sort)" \
			"$(sort <<<"$want")"
	}
	each check
}

@test "with profile any all pass on the machine they are for" {
	run xargs -0 -a "$BATS_FILE_TMPDIR/list" "$elfcheck" --json --profile any --arch x86_64 --cpu amd64-v1 --kernel 3.2
	[ "$status" -eq 0 ]
	is verdicts "$(field .verdict "$output" | sort -u)" pass
}

# execute LOADER: the exit status of $file in a root that holds nothing but it and that loader, if one is given.
execute() {
	local root=$BATS_TEST_TMPDIR/root status=0
	rm -rf "$root"
	mkdir -p "$root$(dirname "/$1")"
	[ -z "$1" ] || cp -L "$1" "$root/$1"
	cp "$file" "$root/program"
	timeout 20 chroot "$root" /program -version >"$BATS_TEST_TMPDIR/output" 2>&1 || status=$?
	echo $status
}

@test "alone no one starts; with a loader those do that need no library" {
	check() {
		local library
		library=$(field '.elf.needed[0] // empty')
		is 'exit status alone' "$(execute '')" 127 &&
			is 'exit status with a loader' "$(execute "$(evidence interp-present)")" \
				"$([ -n "$library" ] && echo 127 || echo 0)" || return
		[ -z "$library" ] || grep -F "shared libraries: $library: cannot open" "$BATS_TEST_TMPDIR/output"
	}
	each check
}

# wipe FILE: its build information, wherever its magic is.
wipe() {
	perl -0777 -pi -e 's/\xff Go buildinf:../"\0" x 16/gse' "$1"
}

# cut FILE: its section headers, as far as the ELF header knows of them.
cut_sections() {
	perl -e 'open my $f, "+<", $ARGV[0] or die; seek $f, 40, 0; print $f "\0" x 8; seek $f, 58, 0; print $f "\0" x 6' "$1"
}

# altered FUNCTION...: the object of a copy of $file that the functions have changed.
altered() {
	local copy=$BATS_TEST_TMPDIR/copy change
	cp "$file" "$copy"
	for change; do
		"$change" "$copy"
	done
	"$elfcheck" --json "$copy" || [ $? = 1 ]
}

# Everything but the name, and what only build information tells.
without_buildinfo() {
	jq -cS 'del(.file, .go.version_source, .go.path, .go.settings)
		| .findings |= map(select(.slug != "no-buildinfo" and .slug != "cgo-setting-differs"))'
}

bare() {
	is kind "$(field .kind "$1")" go &&
		is version "$(field .go.version "$1")" "$(cat "$told.version")" &&
		is 'version source' "$(field .go.version_source "$1")" runtime &&
		is 'path and settings' "$(field '[.go.path, .go.settings] | tostring' "$1")" '[null,{}]' &&
		is no-buildinfo "$(field '[.findings[] | select(.slug == "no-buildinfo")] | length' "$1")" 1 &&
		is 'all the rest' "$(without_buildinfo <<<"$1")" "$(without_buildinfo <<<"$json")" &&
		is 'what go version reads' "$(go version "$BATS_TEST_TMPDIR/copy" 2>/dev/null)" ''
}

@test "without build information: still Go, the same version, cgo and packages" {
	check() { bare "$(altered wipe)"; }
	each check
}

@test "without section headers: everything as before" {
	check() {
		is report "$(altered cut_sections | jq -cS 'del(.file)')" "$(jq -cS 'del(.file)' <<<"$json")" &&
			readelf -SW "$BATS_TEST_TMPDIR/copy" | grep -q 'There are no sections in this file'
	}
	each check
}

@test "without both: as without build information" {
	check() { bare "$(altered wipe cut_sections)"; }
	each check
}

@test "toolchains from Go 1.15 to the newest: what Go's own reader says of their programs" {
	local tree
	cd "$BATS_TEST_TMPDIR"
	for tree in "$("$repo/scripts/fetch-package.sh" bullseye golang-1.15-go)/usr/lib/go-1.15" \
		"$("$repo/scripts/fetch-package.sh" trixie golang-1.24-go)/usr/lib/go-1.24" \
		"$("$repo/scripts/fetch-package.sh" trixie-backports golang-1.27-go)/usr/lib/go-1.27"; do
		find "$tree"/bin "$tree"/pkg/tool -type f -print0 | sort -z >list
		[ "$(tr -cd '\0' <list | wc -c)" -ge 10 ]
		judge_all <list >objects
		our_buildinfo <objects >ours
		their_buildinfo <list >theirs
		same ours theirs
		# gofmt is pure Go in all of them.
		is gofmt "$(jq -r 'select(.file | endswith("/gofmt")) | .verdict + " " + (.go.cgo | tostring)' objects)" 'pass false'
	done
}

@test "import paths with dots, settings with quotes: as they were written" {
	cd "$BATS_TEST_TMPDIR"
	mkdir -p lib.v2
	printf 'module example.com/written\n\ngo 1.19\n' >go.mod
	cat >main.go <<-'END'
		package main

		import "example.com/written/lib.v2"

		var text string

		func main() { println(text, lib.Answer()) }
	END
	cat >lib.v2/lib.go <<-'END'
		package lib

		// static int answer(void) { return 42; }
		import "C"

		func Answer() int { return int(C.answer()) }
	END
	CGO_ENABLED=1 go build -buildvcs=false -ldflags $'-X "main.text=a\tb\\c" -s' -o program .
	[ "$(./program 2>&1)" = $'a\tb\\c 42' ]
	ask_others "$PWD/program" told
	is packages "$(cat told.packages)" example.com/written/lib.v2
	printf '%s\0' "$PWD/program" >list
	json=$(judge_all <list)
	is packages "$(field '.go.cgo_packages[]')" example.com/written/lib.v2
	our_buildinfo <<<"$json" >ours
	their_buildinfo <list >theirs
	[ "$(jq -r '.settings["-ldflags"]' theirs)" = $'-X "main.text=a\tb\\c" -s' ]
	same ours theirs
}
