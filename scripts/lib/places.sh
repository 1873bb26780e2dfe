# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set for, or by, whoever sources it
# SPDX-License-Identifier: MIT
#
# Where mkinitramfs.sh and boot.sh find what they need and keep what they make, in a source tree. places-installed.sh is
# put in the place of this file by `make install`. Expects $here, the directory of the script.
build=${O:-${here%/*}/build}

place_elfcheck=$build/host/elfcheck
place_skel=${here%/*}/initramfs-skel
place_sets=${here%/*}/modules/sets
place_cache=$build/cache

# find_places ARCH: sets place_init, place_busybox, place_kernel, place_modules, which holds lib/modules, and place_version,
# which of them; empty: the only one.
find_places() {
	place_init=$build/$1/init
	place_busybox=$build/busybox/$1/busybox
	place_kernel=$build/kernels/$1/vmlinuz
	place_modules=$build/kernels/$1/modules
	place_version=''
}

# For messages.
hint_build='make builds it'
hint_kernel='make kernel fetches one'
hint_tool='scripts/setup.sh installs it'
