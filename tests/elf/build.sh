#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds the Go programs that the elf suite and the matrix judge: build.sh [NAME...], all of them by default, and prints
# their paths, $O/elf/goVERSION/NAME. What is there stays. GO_VERSION=1.23 takes that toolchain instead of the installed
# one. Each is built as users build it; the comment says how such a file runs in an image without libraries.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
fetch=$here/../../scripts/fetch-package.sh
installed=$(GOTOOLCHAIN=local go env GOVERSION | sed -E 's/^go([0-9]+[.][0-9]+).*/\1/')
version=${GO_VERSION:-$installed}

# use_toolchain SUITE: the Go packages of the distribution's SUITE come first in PATH.
use_toolchain() {
	local tree
	tree=$("$fetch" "$1" "golang-$version-go" "golang-$version-src")
	PATH=$tree/usr/lib/go-$version/bin:$PATH
}

case $version in
"$installed") ;;
1.21 | 1.22 | 1.23) use_toolchain bookworm-backports ;;
1.24) use_toolchain trixie ;;
1.25 | 1.26 | 1.27) use_toolchain trixie-backports ;;
*)
	echo "build.sh: get Go '$version': no suite is known to have it, nothing built" >&2
	exit 2
	;;
esac
build=${O:-$here/../../build}
mkdir -p "$build/elf/go$version"
build=$(cd "$build" && pwd)
out=$build/elf/go$version
export O=$build GOFLAGS='-mod=mod -buildvcs=false' GOPROXY=off GOTOOLCHAIN=local GO111MODULE=on GOCACHE=$build/go-cache
unset GOROOT
[ -e "$out/version.txt" ] || { go env GOVERSION >"$out/version.$$" && mv "$out/version.$$" "$out/version.txt"; }
cd "$here/src"

# go_build NAME CGO_ENABLED SOURCE FLAGS...
go_build() {
	local name=$1 cgo=$2 source=$3
	shift 3
	if ! CGO_ENABLED=$cgo go build -o "$out/$name.$$" "$@" "./$source" 2>"$out/$name.log"; then
		echo "build.sh: build '$name': go build failed" >&2
		cat "$out/$name.log" >&2
		return 1
	fi
	mv "$out/$name.$$" "$out/$name"
}

# carry NAME CARRIED CGO_ENABLED FLAGS...: a program that carries another one, as installers do.
carry() {
	local name=$1 carried=$2 cgo=$3 src=$out/src/$1
	shift 3
	build "$carried"
	mkdir -p "$src"
	cp "$out/$carried" "$src/payload"
	cat >"$src/main.go" <<-'END'
		package main

		import _ "embed"

		//go:embed payload
		var payload string

		func main() { println(len(payload)) }
	END
	[ "$cgo" = 0 ] || cat >"$src/native.go" <<-'END'
		package main

		// static int add(int a, int b) { return a + b; }
		import "C"

		func init() { println(C.add(1, 2)) }
	END
	printf 'module example.com/carrier\n\ngo 1.19\n' >"$src/go.mod"
	(cd "$src" && go_build "$name" "$cgo" . "$@")
}

build() {
	local static='-s -w -linkmode=external -extldflags=-static' external='-s -w -linkmode=external'
	local static_pie='-s -w -linkmode=external -extldflags=-static-pie' upx

	[ ! -e "$out/$1" ] || return 0
	case $1 in
	hello) go_build "$1" 0 hello -ldflags='-s -w' ;;                       # runs
	symbols) go_build "$1" 0 hello ;;                                      # runs
	trimpath) go_build "$1" 0 hello -trimpath -ldflags='-s -w' ;;          # runs
	netuser) go_build "$1" 0 netuser -ldflags='-s -w' ;;                   # runs
	hello-cgo1) go_build "$1" 1 hello -ldflags='-s -w' ;;                  # runs
	net-default) go_build "$1" 1 netuser -ldflags='-s -w' ;;               # ENOENT
	net-extldflags) go_build "$1" 1 netuser -ldflags='-s -w -extldflags=-static' ;; # ENOENT
	net-static) go_build "$1" 1 netuser -ldflags="$static" ;;              # runs, with libc inside
	net-musl) CC=musl-gcc go_build "$1" 1 netuser -ldflags="$static" ;;    # runs, with libc inside
	net-external) go_build "$1" 1 netuser -ldflags="$external" ;;          # ENOENT
	net-netgo) go_build "$1" 1 netuser -tags netgo -ldflags='-s -w' ;;     # ENOENT
	net-pure) go_build "$1" 1 netuser -tags netgo,osusergo -ldflags='-s -w' ;; # runs
	pie) go_build "$1" 0 hello -buildmode=pie -ldflags='-s -w' ;;          # ENOENT, though nothing is NEEDED
	pie-cgo1) go_build "$1" 1 hello -buildmode=pie -ldflags='-s -w' ;;     # ENOENT, the same
	pie-net) go_build "$1" 1 netuser -buildmode=pie -ldflags='-s -w' ;;    # ENOENT
	static-pie) go_build "$1" 1 netuser -buildmode=pie -ldflags="$static_pie" ;; # runs
	pie-arm64 | pie-ppc64le) GOARCH=${1#pie-} go_build "$1" 0 hello -buildmode=pie -ldflags='-s -w' ;; # ENOENT there
	pie-no-dynamic) go_build "$1" 0 hello -buildmode=pie -ldflags='-s -w -d' ;; # SIGSEGV
	external-nocgo) go_build "$1" 0 hello -ldflags="$external" ;;          # ENOENT; Go 1.22 and later refuse
	external-hello) go_build "$1" 1 hello -ldflags="$external" ;;          # ENOENT
	external-static) go_build "$1" 1 hello -ldflags="$static" ;;           # SIGTRAP, runs from Go 1.21 on
	musl-dynamic) CC=musl-gcc go_build "$1" 1 native -ldflags="$external" ;; # ENOENT
	# ENOENT: this wrapper links dynamically
	musl-pie) CC=musl-gcc go_build "$1" 1 native -buildmode=pie -ldflags="$static_pie" ;;
	native) go_build "$1" 1 native -ldflags='-s -w' ;;                     # ENOENT
	native-static) go_build "$1" 1 native -ldflags='-s -w -extldflags=-static' ;; # runs
	native-musl) CC=musl-gcc go_build "$1" 1 native -ldflags="$static" ;;  # runs
	constants) go_build "$1" 1 constants -ldflags='-s -w -extldflags=-static' ;; # runs
	callback) go_build "$1" 1 callback -ldflags='-s -w -extldflags=-static' ;; # runs
	dlopen) go_build "$1" 0 dlopen -ldflags='-s -w' ;;                     # ENOENT
	race) go_build "$1" 1 hello -race -ldflags='-s -w' ;;                  # ENOENT
	library) go_build "$1" 1 library -buildmode=c-shared -ldflags='-s -w' ;; # SIGSEGV
	no-buildid) go_build "$1" 0 hello -ldflags='-s -w -buildid=' ;;        # runs
	upx)                                                                   # runs
		build hello
		upx=$("$fetch" bookworm-backports upx-ucl)/usr/bin/upx-ucl
		"$upx" -qqq -o "$out/$1.$$" "$out/hello"
		mv "$out/$1.$$" "$out/$1"
		;;
	gccgo) gccgo-12 -static -o "$out/$1.$$" hello/main.go && mv "$out/$1.$$" "$out/$1" ;; # runs, with libc inside
	amd64-v3) GOAMD64=v3 go_build "$1" 0 hello -ldflags='-s -w' ;;         # exits 1 on a smaller CPU
	carrier-pure) carry "$1" native-static 0 -ldflags='-s -w' ;;           # runs
	carrier-cgo) carry "$1" hello 1 -ldflags="$static" ;;                  # runs, with libc inside
	carrier-cgo-pie) carry "$1" hello 1 -buildmode=pie -ldflags="$static_pie" ;; # the same
	freebsd) GOOS=freebsd go_build "$1" 0 hello -ldflags='-s -w' ;;
	arch-*) GOARCH=${1#arch-} go_build "$1" 0 hello -ldflags='-s -w' ;;
	*) echo "build.sh: build '$1': no such program" >&2; return 2 ;;
	esac
}

all=(hello symbols trimpath netuser hello-cgo1 net-default net-extldflags net-static net-musl net-external net-netgo net-pure
	pie pie-cgo1 pie-net pie-arm64 pie-ppc64le static-pie pie-no-dynamic external-nocgo external-hello external-static
	musl-dynamic musl-pie native native-static native-musl constants callback dlopen race library no-buildid upx gccgo
	amd64-v3 carrier-pure carrier-cgo carrier-cgo-pie freebsd
	arch-{386,arm,arm64,riscv64,ppc64,ppc64le,s390x,mips,mipsle,mips64,mips64le,loong64})

if [ $# = 0 ]; then
	printf '%s\0' "${all[@]}" | xargs -0 -n 1 -P "$(nproc)" "$here/build.sh"
	exit
fi
for name; do
	build "$name"
	echo "$out/$name"
done
