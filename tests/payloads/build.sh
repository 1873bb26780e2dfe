#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds the programs that the tests boot into $O/payloads, those of another architecture than this machine's (ARCH=)
# into $O/payloads/ARCH: in Go with the packaged toolchain, whose own cache makes a second run short; small ones in C,
# for what Go's runtime would do in its own way.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${O:-$here/../../build}"
build=$(cd "${O:-$here/../../build}" && pwd)
# shellcheck source=scripts/lib/arch.sh
. "$here/../../scripts/lib/arch.sh"
arch_name "${ARCH:-$host_arch}"
out=$build/payloads cc=musl-gcc foreign=arm64
[ "$arch" = "$host_arch" ] || out=$out/$arch cc=$build/musl/$arch/bin/musl-gcc
[ "$arch" != arm64 ] || foreign=amd64
mkdir -p "$out"
export GOFLAGS='-mod=mod -buildvcs=false -trimpath' GOPROXY=off GOTOOLCHAIN=local GO111MODULE=on CGO_ENABLED=0
export GOCACHE=$build/go-cache GOARCH=${arch/x86_64/amd64} GOARM=7
cd "$here/hello"

go build -ldflags='-s -w' -o "$out/hello" .
# Where Go does not link such a program itself it asks a C compiler to.
CC=$cc go build -buildmode=pie -o "$out/hello-pie" .
GOARCH=$foreign go build -o "$out/hello-foreign" .
[ "$arch" != x86_64 ] || GOAMD64=v3 go build -o "$out/hello-v3" .
for source in signals watch ask strain pty; do
	"$cc" -std=gnu11 -static -Os -Wall -Wextra -Werror -o "$out/$source" "../$source.c"
done
go build -o "$out/gofmt" cmd/gofmt # a program that nobody here wrote
O=$build "$here/../../scripts/fetch-busybox.sh" "$arch"
