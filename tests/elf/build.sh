#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds the Go programs that elfcheck.bats judges: build.sh NAME... into $BUILD/elf. What is there stays. Each is
# built as users build it; the comment says what is known about how such a file runs in an image without libraries.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${BUILD:-build}/elf"
out=$(cd "${BUILD:-build}/elf" && pwd)
export GOFLAGS='-mod=mod -buildvcs=false' GOPROXY=off GOTOOLCHAIN=local GO111MODULE=on GOCACHE=$out/go-cache
cd "$here/src"

# go_build NAME CGO_ENABLED SOURCE FLAGS...
go_build() {
	local name=$1 cgo=$2 source=$3
	shift 3
	CGO_ENABLED=$cgo go build -o "$out/$name.new" "$@" "./$source" 2> "$out/$name.log"
	mv "$out/$name.new" "$out/$name"
}

build() {
	local static='-s -w -linkmode=external -extldflags=-static' external='-s -w -linkmode=external'

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
	net-netgo) go_build "$1" 1 netuser -tags netgo -ldflags='-s -w' ;;     # ENOENT
	net-pure) go_build "$1" 1 netuser -tags netgo,osusergo -ldflags='-s -w' ;; # runs
	pie) go_build "$1" 0 hello -buildmode=pie -ldflags='-s -w' ;;          # ENOENT, though nothing is NEEDED
	pie-net) go_build "$1" 1 netuser -buildmode=pie -ldflags='-s -w' ;;    # ENOENT
	static-pie) go_build "$1" 1 netuser -buildmode=pie \
		-ldflags='-s -w -linkmode=external -extldflags=-static-pie' ;; # runs
	pie-no-dynamic) go_build "$1" 0 hello -buildmode=pie -ldflags='-s -w -d' ;; # SIGSEGV
	external-nocgo) go_build "$1" 0 hello -ldflags="$external" ;;          # ENOENT
	external-hello) go_build "$1" 1 hello -ldflags="$external" ;;          # ENOENT
	external-static) go_build "$1" 1 hello -ldflags="$static" ;;           # SIGTRAP
	musl-dynamic) CC=musl-gcc go_build "$1" 1 native -ldflags="$external" ;; # ENOENT
	musl-pie) CC=musl-gcc go_build "$1" 1 native -buildmode=pie \
		-ldflags='-s -w -linkmode=external -extldflags=-static-pie' ;; # ENOENT: this wrapper links dynamically
	native) go_build "$1" 1 native -ldflags='-s -w' ;;                     # ENOENT
	native-static) go_build "$1" 1 native -ldflags='-s -w -extldflags=-static' ;; # runs
	native-musl) CC=musl-gcc go_build "$1" 1 native -ldflags="$static" ;;  # runs
	library) go_build "$1" 1 library -buildmode=c-shared -ldflags='-s -w' ;; # SIGSEGV
	no-buildid) go_build "$1" 0 hello -ldflags='-s -w -buildid=' ;;        # runs
	amd64-v3) GOAMD64=v3 go_build "$1" 0 hello -ldflags='-s -w' ;;         # exits 1 on a smaller CPU
	freebsd) GOOS=freebsd go_build "$1" 0 hello -ldflags='-s -w' ;;
	arch-*) GOARCH=${1#arch-} go_build "$1" 0 hello -ldflags='-s -w' ;;
	*) echo "build.sh: build '$1': no such program" >&2; return 2 ;;
	esac
}

for name; do
	[ -e "$out/$name" ] || build "$name"
done
