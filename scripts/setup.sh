#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# setup.sh [ARCH] [test]: brings the distribution packages that building for ARCH and booting need, and with `test` those
# of the tests and benchmarks as well. When all are there it does nothing and takes no time. As root it installs them, asking nothing unless there is a terminal to ask on; otherwise it prints the
# one command to run. It adds no package source and touches no kernel and no boot file.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/arch.sh
. "$here/lib/arch.sh"
arch_name "${1:-$host_arch}"
# shellcheck source=scripts/arch/x86_64.sh
. "$here/arch/$arch.sh"

packages=(
	binutils dpkg-dev file gcc git libc6-dev linux-libc-dev lz4 make musl-tools pkg-config xz-utils zstd
	golang-go                                  # test payloads
	jq kmod libarchive-tools                   # images and boots
	"${arch_packages[@]}"
)
[ "$arch" = "$host_arch" ] || packages+=("${arch_packages_cross[@]}")
[ "${2:-}" != test ] || packages+=(
	bats cppcheck gdb libcmocka-dev libxml2-utils parallel shellcheck # tests and lint
	debhelper groff-base lintian man-db mandoc # pages, and a package that is built on trial
	clang-14 libclang-rt-14-dev llvm-14        # fuzzing
	gccgo-12 perl qemu-user                    # programs of other toolchains and machines
	checksec elfutils pax-utils                # peers of the checker
	btrfs-progs busybox-static cryptsetup-bin dosfstools e2fsprogs erofs-utils f2fs-tools fdisk gdisk genisoimage xfsprogs
	debootstrap mtools squashfs-tools xorriso         # disks to find a root on
)

missing() {
	local installed
	installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null || true)
	printf 'installed %s\n' "${packages[@]}" | grep -vxF -e "$installed" | cut -d' ' -f2 || true
}

mapfile -t missing < <(missing)
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
	echo "setup: these packages are missing; install them with" >&2
	echo "    sudo apt-get install --no-install-recommends ${missing[*]}" >&2
	exit 1
fi
echo "setup: installing ${missing[*]}" >&2
options=(--no-install-recommends -o Dpkg::Use-Pty=0)
if [ ! -t 0 ]; then
	options+=(-y -qq)
	export DEBIAN_FRONTEND=noninteractive
fi
apt-get update -qq
apt-get install "${options[@]}" "${missing[@]}" >&2

mapfile -t missing < <(missing)
[ ${#missing[@]} -eq 0 ] || {
	echo "setup: install '${missing[*]}': not there afterwards, cannot go on" >&2
	exit 1
}
