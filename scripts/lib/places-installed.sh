# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set for, or by, whoever sources it
# SPDX-License-Identifier: MIT
#
# places.sh of an installed initgate: everything is beside the scripts, in PREFIX/lib/initgate, the checker in PREFIX/bin.
# The kernel is the one that runs, as the distribution installs it. Nothing is written but the cache of the user.
place_elfcheck=$here/../../bin/elfcheck
place_skel=$here/initramfs-skel
place_sets=$here/modules/sets
place_cache=${XDG_CACHE_HOME:-${HOME:-/dev/null}/.cache}/initgate # without HOME it cannot be made: no cache

find_places() {
	place_init=$here/$1/init place_busybox=$here/$1/busybox
	place_kernel=$here/$1/vmlinuz place_modules=$here/$1 place_version='' # nothing puts them there
	[ "$1" = "$host_arch" ] || return 0
	place_version=$(uname -r)
	place_kernel=/boot/vmlinuz-$place_version
	place_modules=/
}

hint_build='initgate is not installed for it'
hint_kernel='--kernel takes one'
hint_tool='the distribution has it'
