#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The kinds of Go programs there are (tests/matrix/kinds), built with several Go versions, and what elfcheck says about
# each, against what is so: whether a real kernel runs it in an image that holds nothing else, with our check switched
# off; and what is known from how it was built. Prints TAP, with a table per version and the sums in comments.
# VERSIONS="1.19 1.23" chooses the versions; ELFCHECK names the command, O the build directory.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
began=$SECONDS
mkdir -p "${O:=$root/build}/matrix"
O=$(cd "$O" && pwd)
elfcheck=$(realpath "${ELFCHECK:-$O/host/elfcheck}")
work=$O/matrix
export O root work
read -r -a versions <<<"${VERSIONS:-1.19 1.21 1.23}"

kinds() { grep -v '^#' "$here/kinds"; }

# The words with which a Go version refuses to build a kind; nothing where it has to build it.
refusal() {
	case $2 in
	external-nocgo)
		[ "${1#1.}" -lt 22 ] || echo 'requires external (cgo) linking, but cgo is not enabled'
		;;
	esac
}

# ELF machine, word size and byte order of a GOARCH.
machine_of() {
	case $1 in
	amd64) echo x86-64 64 little ;;
	386) echo i386 32 little ;;
	arm) echo ARM 32 little ;;
	arm64) echo AArch64 64 little ;;
	riscv64) echo RISC-V 64 little ;;
	ppc64) echo PowerPC64 64 big ;;
	ppc64le) echo PowerPC64 64 little ;;
	s390x) echo S/390 64 big ;;
	mips) echo MIPS 32 big ;;
	mipsle) echo MIPS 32 little ;;
	mips64) echo MIPS 64 big ;;
	mips64le) echo MIPS 64 little ;;
	loong64) echo LoongArch 64 little ;;
	esac
}

# What runs programs of another GOARCH here.
emulator() {
	case $1 in
	arm64) echo qemu-aarch64 ;;
	mipsle) echo qemu-mipsel ;;
	mips64le) echo qemu-mips64el ;;
	loong64) echo qemu-loongarch64 ;;
	*) echo "qemu-$1" ;;
	esac
}

# Does our x86-64 kernel run programs of this GOARCH?
boots() { [ "$1" = amd64 ] || [ "$1" = 386 ]; }

# observe VERSION KIND GOARCH: boots the program, or runs it emulated; leaves output and exit status.
observe() {
	local file=$O/elf/go$1/$2 output=$work/go$1/$2 status=0
	[ -e "$file" ] || return 0
	if boots "$3"; then
		# Each in a copy of one machine that is up, which saves most of a boot; it holds nothing else.
		"$root/scripts/boot.sh" --warm --conf verify=off "$file" >"$output" 2>&1 || status=$?
	else
		timeout 60 "$(emulator "$3")" "$file" >"$output" 2>&1 || status=$?
	fi
	echo "$status" >"$output.status"
}
export -f observe boots emulator

# outcome FILE LINE: what became of a program that is to print LINE. 255 is the emulator's, when it finds no loader.
outcome() {
	local status
	status=$(cat "$1.status")
	if [ "$status" = 0 ]; then
		grep -qxF -- "$2" "$1" && echo runs || echo 'prints something else'
	elif [ "$status" = 126 ] || [ "$status" = 127 ] || { [ "$status" -gt 128 ] && [ "$status" -lt 193 ]; }; then
		echo fails
	elif [ "$status" = 255 ] && grep -q '^qemu-.*: Could not open ' "$1"; then
		echo fails
	else
		echo "ends with status $status, which does not tell"
	fi
}

# ask FILE OPTIONS...: what elfcheck says, in one line, with '-' for nothing.
ask() {
	local file=$1
	shift
	{ "$elfcheck" --json "$@" "$file" || true; } | jq -r '[
		.verdict, .kind, .machine, .elf.class, .elf.data, .go.version // "-",
		({"true": "yes", "false": "no", "null": "hidden"}[.go.cgo | tostring]),
		(.go.cgo_packages | sort | join(",") | if . == "" then "-" else . end),
		([.findings[] | select(.severity == "fail") | .slug] | join(","))] | join(" ")'
}

# count KEY RIGHT GOT
count() {
	counts[$1 $2 $3]=$((${counts[$1 $2 $3]:-0} + 1))
}

# expect WHAT RIGHT GOT
expect() {
	[ "$2" = "$3" ] || problems+=("$1: right is '$2', elfcheck says '$3'")
}

# row KIND OUTCOME STATIC ALONE C FOUND PACKAGES: a line of the table.
row() {
	printf '# %-16s %-10s %-7s %-8s %-7s %-7s %s\n' "$@"
}

# judge VERSION KIND C PACKAGES GOARCH LINE: leaves what is not as it should be in problems.
judge() {
	local version=$1 kind=$2 c=$3 packages=$4 goarch=$5 line=$6
	local file=$O/elf/go$1/$2 output=$work/go$1/$2 words outcome target=() right_kind=go right_version right_alone=fail
	local static alone found_kind machine class data found_version found_c found_packages slugs
	problems=()
	words=$(refusal "$version" "$kind")
	if [ -n "$words" ]; then
		[ ! -e "$file" ] || problems+=("it was built, and should have been refused: $words")
		grep -qF -- "$words" "$file.log" || problems+=("'$file.log' does not say: $words")
		row "$kind" refused - - "$c" - -
		return
	fi
	if [ ! -e "$file" ]; then
		mapfile -t problems < <(echo 'it was not built:' && { tail -n 5 "$file.log" || tail -n 5 "$work/go$version/build.log"; } 2>&1)
		row "$kind" 'not built' - - "$c" - -
		return
	fi

	# Does it run?
	outcome=$(outcome "$output" "$line")
	! boots "$goarch" || target=(--arch x86_64 --kernel-config "$O/kernels/x86_64/config")
	read -r static _ < <(ask "$file" --profile static "${target[@]}") || true
	case $outcome in
	runs) expect 'will it run' pass "$static" ;;
	fails) expect 'will it run' fail "$static" ;;
	*) problems+=("it $outcome") ;;
	esac
	count runs "$outcome" "$static"

	# Is it Go alone?
	read -r alone found_kind machine class data found_version found_c found_packages slugs < <(ask "$file") || true
	# The linker says where it leaves runtime/cgo out.
	[ "$c" != yes ] || ! grep -qsF 'loadinternal: cannot find runtime/cgo' "$file.log" || c=no
	[ "$c" != no ] || [ "$outcome" != runs ] || right_alone=pass
	expect 'Go alone' $right_alone "$alone"
	count alone $right_alone "$alone"
	expect 'C inside' "$c" "$found_c"
	count inside "$c" "$found_c"
	expect packages "$packages" "$found_packages"

	right_version=$(cat "$O/elf/go$version/version.txt")
	[ "$c" != hidden ] || right_kind=elf right_version=-
	expect kind $right_kind "$found_kind"
	expect version "$right_version" "$found_version"
	expect machine "$(machine_of "$goarch")" "$machine $class $data"
	if [ "$goarch" != amd64 ]; then
		read -r _ _ _ _ _ _ _ _ slugs < <(ask "$file" --arch x86_64) || true
		[[ ,$slugs, == *,machine-mismatch,* ]] || problems+=("for x86_64, elfcheck finds '$slugs', not machine-mismatch")
	fi

	row "$kind" "$outcome $(cat "$output.status")" "$static" "$alone" "$c" "$found_c" "$found_packages"
}

# matrix KEY TITLE RIGHTS ANSWERS: how often which answer was given where which would have been right.
matrix() {
	local rights answers right answer
	read -r -a rights <<<"$3"
	read -r -a answers <<<"$4"
	echo "# $2"
	printf '# %-10s%s\n' '' "$(printf '%8s' "${answers[@]}")"
	for right in "${rights[@]}"; do
		printf '# %-10s' "$right"
		for answer in "${answers[@]}"; do printf '%8d' "${counts[$1 $right $answer]:-0}"; done
		echo
	done
}

judge_all() {
	local version=$1 kind c packages goarch line
	echo "# go$version"
	row kind outcome static go-alone C 'C found' packages
	while read -r kind c packages goarch line; do
		tests=$((tests + 1))
		judge "$version" "$kind" "$c" "$packages" "$goarch" "$line"
		if [ ${#problems[@]} = 0 ]; then
			echo "ok $tests go$version $kind"
		else
			echo "not ok $tests go$version $kind"
			printf '# %s\n' "${problems[@]}"
			failed=$((failed + 1))
		fi
	done < <(kinds)
}

declare -A counts=()
tests=0 failed=0
echo "1..$((${#versions[@]} * $(kinds | wc -l)))"
for version in "${versions[@]}"; do
	rm -rf "$work/go$version"
	mkdir -p "$work/go$version"
	# Those that cannot be built are seen to below.
	kinds | awk '{ print $1 }' | GO_VERSION=$version xargs -P 2 -n 1 "$here/../elf/build.sh" \
		>"$work/go$version/build.log" 2>&1 || true
	# shellcheck disable=SC2016 # for the inner shell
	kinds | awk -v version="$version" '{ print version, $1, $4 }' | xargs -P 2 -L 1 bash -c 'observe "$@"' observe
	judge_all "$version"
done
matrix runs 'down: it runs or not; across: elfcheck --profile static' 'runs fails' 'pass fail'
matrix alone 'down: it runs and is known to be Go alone, or not; across: elfcheck' 'pass fail' 'pass fail'
matrix inside 'down: it has C inside, or names are hidden; across: elfcheck' 'yes no hidden' 'yes no hidden'
echo "# $((SECONDS - began)) s"
[ $failed = 0 ]
