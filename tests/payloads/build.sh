#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds the programs that the tests boot into $O/payloads: those in Go with the packaged toolchain, whose own cache
# makes a second run short; the small ones in C, for what Go's runtime would do in its own way.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${O:-$here/../../build}/payloads
mkdir -p "$out"
out=$(cd "$out" && pwd)
export GOFLAGS='-mod=mod -buildvcs=false -trimpath' GOPROXY=off GOTOOLCHAIN=local GO111MODULE=on CGO_ENABLED=0
export GOCACHE=$out/../go-cache
cd "$here/hello"

go build -ldflags='-s -w' -o "$out/hello" .
go build -buildmode=pie -o "$out/hello-pie" .
GOARCH=arm64 go build -o "$out/hello-arm64" .
GOAMD64=v3 go build -o "$out/hello-v3" .
for source in signals watch ask strain pty; do
	musl-gcc -std=gnu11 -static -Os -Wall -Wextra -Werror -o "$out/$source" "../$source.c"
done
go build -o "$out/gofmt" cmd/gofmt # a program that nobody here wrote
