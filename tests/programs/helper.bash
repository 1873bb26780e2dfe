# shellcheck shell=bash
# shellcheck disable=SC2034 # used by the tests
# SPDX-License-Identifier: MIT
#
# What both files of this suite share: the checker's words and other tools' words about many files at once, as lines
# that can be compared. Environment: O (build directory); ELFCHECK (another command to test).

repo=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
export O=${O:-$repo/build}
O=$(cd "$O" && pwd)
elfcheck=$(realpath "${ELFCHECK:-$O/host/elfcheck}")
# No tool speaks the user's language here, and Go uses no network.
export LC_ALL=C GOFLAGS='' GOPROXY=off GOTOOLCHAIN=local GOCACHE=$O/go-cache
set -o pipefail

# judge_all OPTIONS...: an object for each file named on standard input, a NUL behind each name. 123 is how xargs
# says that the checker refused one.
judge_all() {
	xargs -0 "$elfcheck" --json "$@" || [ $? = 123 ]
}

# our_headers: the objects on standard input as lines FILE TYPE CLASS DATA FLAGS INTERP NEEDED MACHINE.
our_headers() {
	jq -r '[.file, (.elf | .type, .class, .data, .flags, .interp // "", (.needed | join(" "))), .machine]
		| map(tostring) | join("\t")' | sort
}

# their_headers: the same of the files named on standard input, by readelf. Machines that Go knows get our name,
# all others are unknown to us. readelf writes no file name if there is only one, hence /dev/null.
their_headers() {
	{ xargs -0 readelf -hldW /dev/null 2>"$BATS_FILE_TMPDIR/readelf.errors" || [ $? = 123 ]; } | awk '
		function flush() {
			if (type != "")
				print file, type, class, data, flags, interp, needed, machine in ours ? ours[machine] : "unknown"
			type = interp = needed = ""
		}
		BEGIN {
			OFS = "\t"
			ours["Intel 80386"] = "i386"
			ours["Advanced Micro Devices X86-64"] = "x86-64"
			ours["ARM"] = "ARM"
			ours["AArch64"] = "AArch64"
			ours["LoongArch"] = "LoongArch"
			ours["MIPS R3000"] = "MIPS"
			ours["PowerPC64"] = "PowerPC64"
			ours["RISC-V"] = "RISC-V"
			ours["IBM S/390"] = "S/390"
		}
		/^File: / { flush(); file = substr($0, 7) }
		/^  Class: / { class = substr($2, 4) }
		/^  Data: / { data = $(NF - 1) }
		/^  Type: / { type = $2 }
		/^  Machine: / { sub(/^ *Machine: */, ""); machine = $0 }
		/^  Flags: / { sub(/,$/, "", $2); flags = $2 }
		/^ *\[Requesting program interpreter: / { gsub(/^[^:]*: |\]$/, ""); interp = $0 }
		/\(NEEDED\) *Shared library: / {
			gsub(/^[^[]*\[|\]$/, "")
			needed = needed (needed == "" ? "" : " ") $0
		}
		END { flush() }' | sort
}

# our_buildinfo: of the objects on standard input, those of Go programs, as {file, version, path, settings}.
our_buildinfo() {
	jq -cS 'select(.kind == "go") | { file, version: .go.version, path: (.go.path // ""), settings: .go.settings }' | sort
}

# their_buildinfo: the same of the files named on standard input, by Go's own reader.
their_buildinfo() {
	local reader=$BATS_FILE_TMPDIR/goinfo
	[ -x "$reader" ] || go build -o "$reader" "$BATS_TEST_DIRNAME/goinfo.go" || return
	timeout 100 "$reader" | jq -cS . | sort
}

# same FILE FILE: ours and theirs; shows where they differ.
same() {
	[ -s "$1" ] && diff -U 0 "$1" "$2" >"$BATS_TEST_TMPDIR/diff" && return
	head -c 8000 "$BATS_TEST_TMPDIR/diff"
	return 1
}
