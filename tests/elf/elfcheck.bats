#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The command over what real toolchains write. The expected verdicts are how such files behave when they are executed
# in an image without libraries. ELFCHECK names the command, O the directory that keeps the built programs.

setup_file() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export O=${O:-$root/build}
	export ELFCHECK=${ELFCHECK:-$O/host/elfcheck}
	mkdir -p "$O/elf"
	ELFCHECK=$(realpath "$ELFCHECK")
	O=$(realpath "$O")
	# One that cannot be built fails its own test below, with the compiler's words.
	"$BATS_TEST_DIRNAME/build.sh" || true
	programs=$(dirname "$("$BATS_TEST_DIRNAME/build.sh" hello)")
	export programs
}

# Path of a built program.
program() {
	[ -e "$programs/$1" ] || "$BATS_TEST_DIRNAME/build.sh" "$1" >&2 || return
	echo "$programs/$1"
}

# judge STATUS FILE OPTIONS...: runs the command; its object is in $json.
judge() {
	local want=$1 file=$2 status=0
	shift 2
	json=$("$ELFCHECK" --json "$@" "$file") || status=$?
	[ "$status" -eq "$want" ] || { echo "exit $status, not $want: $json"; return 1; }
	[ "$(jq -r .verdict <<< "$json")" = "$([ "$want" = 0 ] && echo pass || echo fail)" ]
}

# field JQ VALUE
field() {
	local got
	got=$(jq -r "$1" <<< "$json")
	[ "$got" = "$2" ] || { echo "$1 is '$got', not '$2' in $json"; return 1; }
}

slugs() { jq -r '[.findings[] | select(.severity != "info") | .slug] | sort | join(" ")' <<< "$json"; }

# Exactly these fail or warn.
finds() {
	local want
	want=$(printf '%s\n' "$@" | sort | paste -sd ' ')
	[ "$(slugs)" = "$want" ] || { echo "found '$(slugs)', not '$want'"; return 1; }
}

# fails NAME SLUG...: exactly these are found in a Go program.
fails() {
	judge 1 "$(program "$1")" && finds "${@:2}" && field .kind go && field .go.version go1.19.8 &&
		field .go.version_source buildinfo
}

evidence() { jq -r --arg slug "$1" '.findings[] | select(.slug == $slug) | .evidence' <<< "$json"; }

passes() {
	judge 0 "$(program "$1")" && finds '' && field .kind go && field .go.cgo false && field .go.version go1.19.8
}

# poke FILE OFFSET BYTES...
poke() {
	printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "CGO_ENABLED=0: passes" { passes hello; }
@test "CGO_ENABLED=0 with symbols: passes" { passes symbols; }
@test "CGO_ENABLED=0 -trimpath: passes" { passes trimpath; }
@test "CGO_ENABLED=0 net and os/user: passes" { passes netuser; }
@test "no build id: passes" { passes no-buildid; }

@test "CGO_ENABLED=1 without a cgo package: passes, and the setting is noted" {
	passes hello-cgo1
	field .go.settings.CGO_ENABLED 1
	jq -e 'any(.findings[]; .slug == "cgo-setting-differs")' <<< "$json"
}

@test "CGO_ENABLED=1 -tags netgo,osusergo: passes" { passes net-pure; }

@test "net by default: needs a loader and libc" {
	fails net-default interp-present needed-present undefined-symbols cgo-present cgo-package
	[ "$(evidence interp-present)" = /lib64/ld-linux-x86-64.so.2 ]
	[ "$(evidence needed-present)" = libc.so.6 ]
	[[ $(evidence undefined-symbols) == 39:* ]]
	field '.go.cgo_packages | sort | join(" ")' 'net os/user'
}

@test "-extldflags=-static alone is ignored by the linker: needs a loader" {
	fails net-extldflags interp-present needed-present undefined-symbols cgo-present cgo-package
	[[ $(jq -r '.go.settings["-ldflags"]' <<< "$json") == *-extldflags=-static* ]]
}

@test "linked statically with glibc: only cgo is left, and static passes" {
	fails net-static cgo-present cgo-package
	judge 0 "$(program net-static)" --profile static
}

@test "linked statically with musl: the same" {
	fails net-musl cgo-present cgo-package
	judge 0 "$(program net-musl)" --profile static
}

@test "-tags netgo alone leaves os/user" {
	fails net-netgo interp-present needed-present undefined-symbols cgo-present cgo-package
	field '.go.cgo_packages | join(" ")' os/user
}

@test "CGO_ENABLED=0 PIE: a loader but no library, and no cgo" {
	fails pie interp-present
	field .go.cgo false
	field .go.settings.CGO_ENABLED 0
	judge 1 "$(program pie)" --profile static
	judge 0 "$(program pie)" --profile any
}

@test "a PIE whose PT_INTERP was taken away is not relocated" {
	cp "$(program pie)" "$BATS_TEST_TMPDIR/pie"
	for ((i = 0; i < 16; i++)); do
		at=$((64 + i * 56))
		[ "$(od -An -tu4 -j$at -N4 "$BATS_TEST_TMPDIR/pie" | tr -d ' ')" = 3 ] || continue
		poke "$BATS_TEST_TMPDIR/pie" $at '\0\0\0\0'
		break
	done
	judge 1 "$BATS_TEST_TMPDIR/pie" --profile static
	finds pie-not-relocated
	chmod +x "$BATS_TEST_TMPDIR/pie"
	run "$BATS_TEST_TMPDIR/pie"
	[ "$status" -eq 139 ]
}

@test "PIE with net: all of it" {
	fails pie-net interp-present needed-present undefined-symbols cgo-present cgo-package
}

@test "static PIE: only cgo is left" {
	fails static-pie cgo-present cgo-package
	judge 0 "$(program static-pie)" --profile static
}

@test "-static-pie with musl-gcc's wrapper is dynamic" {
	judge 1 "$(program musl-pie)" --profile static
	[[ $(slugs) == *interp-present*needed-present* ]]
	[[ $(evidence interp-present) == *ld-musl-x86_64.so.1 ]]
	[ "$(evidence needed-present)" = libc.so ]
}

@test "musl-gcc dynamic: needs musl's loader" {
	judge 1 "$(program musl-dynamic)"
	[[ $(evidence interp-present) == *ld-musl-x86_64.so.1 ]]
}

@test "PIE without a dynamic segment crashes in every profile" {
	for profile in go-static static any; do
		judge 1 "$(program pie-no-dynamic)" --profile $profile
		finds et-dyn-no-dynamic
	done
	run "$(program pie-no-dynamic)"
	[ "$status" -eq 139 ]
}

@test "CGO_ENABLED=0 -linkmode=external: dynamic all the same" {
	fails external-nocgo interp-present needed-present undefined-symbols external-link-no-cgo
	field .go.settings.CGO_ENABLED 0
}

@test "external link without runtime/cgo: found" {
	fails external-hello interp-present needed-present undefined-symbols external-link-no-cgo
	field .go.cgo false
}

@test "the same, static: looks perfect and traps" {
	judge 1 "$(program external-static)" --profile static
	finds external-link-no-cgo
	run "$(program external-static)"
	[ "$status" -eq 133 ]
}

@test "own C code: main is named" {
	fails native interp-present needed-present undefined-symbols cgo-present cgo-package
	field '.go.cgo_packages | join(" ")' main
}

@test "own C code, static with glibc and with musl" {
	for name in native-static native-musl; do
		judge 1 "$(program $name)"
		finds cgo-present cgo-package
		judge 1 "$(program $name)" --allow cgo-package
		judge 0 "$(program $name)" --allow cgo-present
	done
}

@test "c-shared: no program in any profile" {
	for profile in go-static static any; do
		judge 1 "$(program library)" --profile $profile
	done
	[[ $(slugs) == *shared-object* ]]
}

@test "GOAMD64=v3 on smaller and equal CPUs" {
	judge 0 "$(program amd64-v3)"
	judge 1 "$(program amd64-v3)" --cpu amd64-v1
	finds cpu-level-too-high
	judge 1 "$(program amd64-v3)" --cpu amd64-v2
	judge 0 "$(program amd64-v3)" --cpu amd64-v3
}

@test "GOOS=freebsd: not for Linux" {
	judge 1 "$(program freebsd)"
	[[ $(slugs) == *goos-not-linux* ]]
	[ "$(evidence goos-not-linux)" = freebsd ]
}

@test "other machines pass, by themselves" {
	for arch in 386 arm arm64 riscv64 ppc64 ppc64le s390x mips mipsle mips64 mips64le loong64; do
		passes arch-$arch || { echo "$arch"; false; }
		field .go.settings.GOARCH $arch
	done
}

@test "other machines fail on this one" {
	for arch in arm arm64 riscv64 ppc64le s390x mips loong64; do
		judge 1 "$(program arch-$arch)" --arch x86_64
		finds machine-mismatch
	done
}

@test "kernels: the Go release's and the machine's minimum" {
	judge 0 "$(program hello)" --kernel 2.6.32
	judge 1 "$(program hello)" --kernel 2.6.31
	finds go-needs-newer-kernel
	judge 1 "$(program arch-riscv64)" --kernel 4.14.300
	judge 0 "$(program arch-riscv64)" --kernel 4.15
	judge 1 "$(program arch-arm64)" --kernel 3.6.11
	judge 1 "$(program arch-loong64)" --kernel 5.18
	judge 0 "$(program arch-loong64)" --kernel 5.19
	field '.layers[4].status' pass
	judge 0 "$(program hello)"
	field '.layers[4].status' skip
}

@test "section headers are not needed, nor is garbage in them noticed" {
	for name in hello net-default pie static-pie native-static; do
		judge "$([ $name = hello ] && echo 0 || echo 1)" "$(program $name)"
		before=$(jq -c 'del(.file)' <<< "$json")
		for bytes in '\0\0\0\0\0\0\0\0' '\0377\0377\0377\0377\0377\0377\0377\0177'; do
			cp "$(program $name)" "$BATS_TEST_TMPDIR/cut"
			poke "$BATS_TEST_TMPDIR/cut" 40 "$bytes"
			poke "$BATS_TEST_TMPDIR/cut" 58 '\01\0\0377\0377\0377\0377'
			judge "$([ $name = hello ] && echo 0 || echo 1)" "$BATS_TEST_TMPDIR/cut"
			[ "$(jq -c 'del(.file)' <<< "$json")" = "$before" ]
		done
	done
}

@test "without build information: still Go, its version from the runtime, cgo still told" {
	for name in hello native-static; do
		cp "$(program $name)" "$BATS_TEST_TMPDIR/bare"
		while IFS=: read -r at _; do
			poke "$BATS_TEST_TMPDIR/bare" "$at" '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
		done < <(LC_ALL=C grep -abo ' Go buildinf:' "$BATS_TEST_TMPDIR/bare")
		judge "$([ $name = hello ] && echo 0 || echo 1)" "$BATS_TEST_TMPDIR/bare"
		field .kind go
		field .go.version go1.19.8
		field .go.version_source runtime
		field .go.cgo "$([ $name = hello ] && echo false || echo true)"
	done
}

@test "a program that carries another is judged by itself" {
	passes carrier-pure
	field .go.path example.com/carrier
	for name in carrier-cgo carrier-cgo-pie; do
		fails $name cgo-present cgo-package
		field .go.path example.com/carrier
		field .go.cgo true
		field '.go.cgo_packages | join(" ")' main
	done
}

# in_empty_root FILE: its exit status there; 127 when there is no loader, 128 + N when signal N ends it.
in_empty_root() {
	local status=0 root=$BATS_TEST_TMPDIR/empty_root
	mkdir -p "$root"
	install -m 755 "$1" "$root/program"
	timeout 20 chroot "$root" /program > "$BATS_TEST_TMPDIR/output" 2>&1 || status=$?
	echo $status
}

@test "what passes runs in an empty root, and what fails does not" {
	[ "$(id -u)" = 0 ] || skip 'chroot needs root'
	local name got expected=(hello:0 symbols:0 trimpath:0 netuser:0 hello-cgo1:0 net-pure:0 no-buildid:0 net-static:0
		net-musl:0 static-pie:0 native-static:0 native-musl:0 carrier-pure:0 carrier-cgo:0 carrier-cgo-pie:0
		net-default:127 net-extldflags:127 net-netgo:127 pie:127 pie-net:127 external-nocgo:127 external-hello:127
		musl-dynamic:127 musl-pie:127 native:127 external-static:133 pie-no-dynamic:139 library:139)
	for name in "${expected[@]}"; do
		got=$(in_empty_root "$(program "${name%:*}")")
		[ "$got" = "${name#*:}" ] || { echo "${name%:*} ends with $got"; cat "$BATS_TEST_TMPDIR/output"; return 1; }
		judge $((got != 0)) "$(program "${name%:*}")" --profile static --arch x86_64 --kernel running || {
			echo "${name%:*}"
			return 1
		}
	done
}

@test "no file of this system is taken for Go but what go version reads" {
	find /usr/bin /usr/sbin /usr/lib/x86_64-linux-gnu "$(go env GOROOT)/bin" "$(go env GOTOOLDIR)" -type f -print0 |
		xargs -0 "$ELFCHECK" --json > "$BATS_TEST_TMPDIR/all" || [ $? -eq 123 ]
	[ "$(jq -r .kind "$BATS_TEST_TMPDIR/all" | grep -c '^elf$')" -gt 100 ]
	jq -r 'select(.kind == "go") | .file + ": " + .go.version' "$BATS_TEST_TMPDIR/all" | sort > "$BATS_TEST_TMPDIR/ours"
	[ "$(wc -l < "$BATS_TEST_TMPDIR/ours")" -ge 2 ] # gofmt and go themselves
	sed 's/: .*//' "$BATS_TEST_TMPDIR/ours" | tr '\n' '\0' | xargs -0 go version | sort > "$BATS_TEST_TMPDIR/theirs"
	diff "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/theirs"
}

@test "the library asks nothing of the system" {
	cd "$BATS_TEST_DIRNAME/../../elfcheck"
	for name in *.c; do
		case $name in
		running.c | json.c) ;; # these two stand beside the library
		*) gcc -std=gnu11 -I.. -Os -fstack-protector-strong -c -o "$BATS_TEST_TMPDIR/${name%.c}.o" "$name" ;;
		esac
	done
	ld -r -o "$BATS_TEST_TMPDIR/all.o" "$BATS_TEST_TMPDIR"/*.o
	run nm -u "$BATS_TEST_TMPDIR/all.o"
	others=$(grep -vwE 'memcmp|memcpy|memset|memchr|strnlen|__stack_chk_fail' <<< "$output" || true)
	[ -z "$others" ] || { echo "$others"; false; }
	# Nor does it keep state: nothing of it is writable, but for relocated constants.
	[ "$(size -A "$BATS_TEST_TMPDIR/all.o" | awk '$1 ~ /^[.]bss|^[.]data($|[.][^r])/ { n += $2 } END { print n + 0 }')" = 0 ]
}

@test "C programs are not Go, static or not" {
	printf 'int main(void) { return 0; }\n' > "$BATS_TEST_TMPDIR/c.c"
	musl-gcc -static -o "$BATS_TEST_TMPDIR/c" "$BATS_TEST_TMPDIR/c.c"
	judge 1 "$BATS_TEST_TMPDIR/c"
	finds not-go
	judge 0 "$BATS_TEST_TMPDIR/c" --profile static
	judge 1 /bin/true
	field .kind elf
	judge 1 /bin/true --profile static
	judge 0 /bin/true --profile any
}

@test "the command itself carries Go's magics and is not taken for Go" {
	judge 0 "$ELFCHECK" --profile any
	field .kind elf
}

@test "scripts, empty files, cut files" {
	printf '#!/bin/sh\n' > "$BATS_TEST_TMPDIR/script"
	judge 1 "$BATS_TEST_TMPDIR/script"
	finds not-elf
	field .kind not-elf
	field '[.layers[].status] | join(" ")' 'fail skip skip skip skip skip skip'
	: > "$BATS_TEST_TMPDIR/empty"
	judge 1 "$BATS_TEST_TMPDIR/empty"
	finds empty-file
	for size in 3 63 64 1000 $(($(stat -c %s "$(program hello)") / 2)); do
		head -c $size "$(program hello)" > "$BATS_TEST_TMPDIR/cut"
		judge 1 "$BATS_TEST_TMPDIR/cut"
	done
	[[ $(slugs) == *truncated* ]]
}

@test "a sparse file of 4 GiB is answered in ten seconds" {
	truncate -s 4G "$BATS_TEST_TMPDIR/sparse"
	SECONDS=0
	judge 1 "$BATS_TEST_TMPDIR/sparse"
	finds not-elf
	cp "$(program hello)" "$BATS_TEST_TMPDIR/sparse"
	truncate -s 4G "$BATS_TEST_TMPDIR/sparse"
	judge 0 "$BATS_TEST_TMPDIR/sparse"
	[ "$SECONDS" -lt 10 ]
}

@test "what cannot be read: one line, exit 2" {
	run "$ELFCHECK" "$BATS_TEST_TMPDIR"
	[ "$status" -eq 2 ]
	[[ $output == *"'$BATS_TEST_TMPDIR': Is a directory" ]]
	run "$ELFCHECK" "$BATS_TEST_TMPDIR/none"
	[ "$status" -eq 2 ]
	[ "$output" = "elfcheck: open '$BATS_TEST_TMPDIR/none': No such file or directory" ]
}

@test "usage errors: exit 2" {
	for arguments in '' '--sarif x' '--profile x x' '--cpu x x' '--kernel x x' '--allow x x' '--explain x'; do
		# shellcheck disable=SC2086 # several words
		run "$ELFCHECK" $arguments
		[ "$status" -eq 2 ]
	done
}

@test "several files: one object each, the worst decides" {
	status=0
	json=$("$ELFCHECK" check --json "$(program hello)" "$(program pie)") || status=$?
	[ "$status" -eq 1 ]
	[ "$(jq -r .verdict <<< "$json" | paste -sd ' ')" = 'pass fail' ]
}

@test "standard input" {
	json=$("$ELFCHECK" --json - < "$(program hello)")
	field .verdict pass
	"$ELFCHECK" - < <(cat "$(program hello)")
}

@test "for people: the verdict first, all layers, no colour in a pipe" {
	run "$ELFCHECK" "$(program pie)"
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == FAIL* ]]
	[[ $output == *interp-present*CGO_ENABLED=0* ]]
	[[ $output != *$'\033'* ]]
	[ "${#lines[@]}" -le 24 ]
}

@test "every listed slug is explained" {
	"$ELFCHECK" --list | awk '{ print $3 }' > "$BATS_TEST_TMPDIR/slugs"
	[ "$(wc -l < "$BATS_TEST_TMPDIR/slugs")" -ge 50 ]
	while read -r slug; do
		"$ELFCHECK" --explain "$slug" | grep -q "^$slug "
	done < "$BATS_TEST_TMPDIR/slugs"
}
