#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Which other tools notice what the command finds? peers.sh runs each over the damaged files of tests/elf/mutations and
# prints a line per finding and a column per tool: yes, no, or part when only some of the damages are noticed. A tool
# notices something when a script could tell: it ends with another status than for the unharmed base, prints a warning
# that it does not print there, or says what is wrong in words. -v prints each damage and the words. Needs the packages
# checksec, elfutils, file and pax-utils.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export O=${O:-$here/../../build} LC_ALL=C
mkdir -p "$O"
O=$(cd "$O" && pwd)
# shellcheck source-path=SCRIPTDIR source=mutate.bash
. "$here/mutate.bash"

peers=(file ldd readelf go-version checksec scanelf eu-elflint)

# run PEER FILE
run() {
	case $1 in
	file) file -b "$2" ;;
	readelf) readelf -hldW "$2" ;;
	go-version) go version -m "$2" ;;
	checksec) checksec --format=csv --file="$2" ;;
	scanelf) scanelf -B -a -n -i "$2" ;;
	*) "$1" "$2" ;;
	esac
}

# words SLUG: what a tool says that states the fact itself; nothing where only a warning can count.
words() {
	case $1 in
	empty-file) echo '^empty' ;;
	not-elf) echo 'script|^data|not an? (dynamic|ELF)|not ELF' ;;
	type-not-executable) echo 'relocat|core file|no file type|Type: +(REL|CORE|NONE|OS Spec)|ET_(REL|CORE|NONE)|,REL,' ;;
	phnum-out-of-range) echo 'no program header' ;;
	bad-ident) echo 'unknown class|(Class|Data): *none' ;;
	class-mismatch) echo '32-bit.*x86-64|64-bit.*80386|ELF32|X86-64|Intel 80386' ;;
	data-mismatch) echo 'MSB|big.endian' ;;
	interp-present) echo 'interpreter|INTERP|ld-linux' ;;
	needed-present) echo '[(]NEEDED|libc[.]so' ;;
	et-dyn-no-dynamic) echo 'no dynamic s' ;;
	shared-object) echo '[^-]shared object|\(Shared object|DSO' ;;
	rpath) echo '[(]RPATH|,RPATH|libc.so.6 libc.so.6' ;;
	runpath) echo '[(]RUNPATH|,RUNPATH|libc.so.6 libc.so.6' ;;
	symbolic) echo 'SYMBOLIC' ;;
	textrel) echo 'TEXTREL' ;;
	exec-stack) echo 'GNU_STACK.*RWE|NX disabled|RWX' ;;
	no-stack-header) echo 'NX disabled|no GNU_STACK' ;;
	writable-executable-segment) echo 'LOAD.*RWE|RWX' ;;
	no-relro) echo 'No RELRO' ;;
	lazy-binding) echo 'LAZY|Partial RELRO' ;;
	packed) echo 'UPX' ;;
	not-go) echo 'not a Go executable' ;;
	no-buildinfo | buildinfo-malformed) echo 'not a Go executable|unrecognized|could not read' ;;
	machine-unknown | machine-mismatch) echo '0x1234|SPARC|aarch64|80386' ;;
	flags-mismatch) echo 'EABI0|unknown EABI|no abi|soft-float' ;;
	goarch-mismatch) echo 'GOARCH=s390x' ;;
	goos-not-linux) echo 'GOOS=(plan9|freebsd)|FreeBSD' ;;
	cpu-level-too-high) echo 'GOAMD64=v3' ;;
	not-executable) echo 'execution permission' ;;
	esac
}

# outcome PEER FILE NAME: has the tool look at the file; prints where its words are kept, its status behind them.
outcome() {
	local kept=$mutations/peers/$1.$3
	[ -e "$kept" ] || { timeout 20 bash -c 'run "$@"' run "$1" "$2" < /dev/null 2>&1 || echo "exit status $?"; } |
		sed "s|$2|FILE|g" > "$kept"
	echo "$kept"
}

# noticed PEER NAME BASE EDITS SLUG: prints the words by which it notices.
noticed() {
	local peer=$1 pattern before after
	local complaint='^exit status|warning|error|invalid|corrupt|malformed|unknown exit code|no likey|could not read'
	pattern=$(words "$5")
	after=$(outcome "$peer" "files/$2" "$2")
	if [ -n "$4" ]; then
		[ "$peer" != eu-elflint ] || complaint=. # it prints nothing else
		before=$(outcome "$peer" "bases/$3" "base.$3")
		grep -vxFf "$before" "$after" | grep -iE -e "$complaint" ${pattern:+-e "$pattern"}
	else
		[ -n "$pattern" ] && grep -iE -e "$pattern" "$after"
	fi
}
export -f run

for peer in file ldd readelf go checksec scanelf eu-elflint; do
	command -v "$peer" > /dev/null || {
		echo "peers: run '$peer': not installed, nothing measured" >&2
		exit 1
	}
done
mutations_make
cd "$mutations"
mkdir peers
while IFS='|' read -r name base edits _ slug _; do
	case $slug in
	none | =*) continue ;;
	esac
	for peer in "${peers[@]}"; do
		if said=$(noticed "$peer" "$name" "$base" "$edits" "$slug"); then
			echo "$slug $peer yes"
			[ "${1:-}" != -v ] || echo "$slug $name $peer: $(head -n 1 <<< "$said")" >&2
		else
			echo "$slug $peer no"
		fi
	done
done < <(mutations_rows) | awk -v peers="${peers[*]}" '
	!($1 in seen) { seen[$1] = 1; order[++n] = $1 }
	{ count[$1, $2, $3]++ }
	END {
		k = split(peers, peer)
		printf "%-28s", "finding"
		for (j = 1; j <= k; j++) printf " %-10s", peer[j]
		print ""
		for (i = 1; i <= n; i++) {
			printf "%-28s", order[i]
			for (j = 1; j <= k; j++) {
				yes = count[order[i], peer[j], "yes"]; no = count[order[i], peer[j], "no"]
				printf " %-10s", !yes ? "no" : no ? "part" : "yes"
			}
			print ""
		}
	}'
