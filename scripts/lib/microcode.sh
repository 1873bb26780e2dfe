# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of mkinitramfs.sh
# SPDX-License-Identifier: MIT
#
# The microcode part of mkinitramfs.sh. The kernel takes it out of the image before anything is unpacked: it looks into the
# first archive only, which must not be compressed, for one file of each maker (Documentation/arch/x86/microcode.rst).

# microcode_maker FILE: by its first bytes: the magic number of AMD's containers, or version 1 of Intel's header and loader.
microcode_maker() {
	local words
	read -r -a words < <(od -An -v -t x4 --endian=little -N 24 -w24 -- "$1")
	case "${words[0]:-} ${words[5]:-}" in
	'00414d44 '*) echo AuthenticAMD ;;
	'00000001 00000001') echo GenuineIntel ;;
	*) return 1 ;;
	esac
}

# take_microcode FILE: appends it to its maker's file. Distributions may compress them.
take_microcode() {
	local plain=$work/plain maker
	[ -r "$1" ] || { echo "${1##*/}: Permission denied" && return 1; }
	case $1 in
	*.xz) xz -dc -- "$1" >"$plain" ;;
	*.zst) zstd -dqc -- "$1" >"$plain" ;;
	*) plain=$1 ;;
	esac || return
	maker=$(microcode_maker "$plain") || return 3
	cat -- "$plain" >>"$work/early/kernel/x86/microcode/$maker.bin"
}

# take_microcodes SOURCE: a file, or the files of a directory in the order of their names; there, what is something else
# (signatures, notes) is passed over.
take_microcodes() {
	local file files taken=0 status
	[ -e "$1" ] || { echo "no such file or directory" && return 1; }
	files=$(find -H "$1" -type f) || return
	while read -r file; do
		status=0
		take_microcode "$file" || status=$?
		case $status in 0) taken=1 ;; 3) ;; *) return $status ;; esac
	done < <(sort <<<"$files")
	[ $taken = 1 ] || { echo "no microcode of Intel or AMD in it" && return 1; }
}

# specify_microcode: the early archive's entries, into early.spec
specify_microcode() {
	local source
	[ ${#microcode[@]} -gt 0 ] || return 0
	try write "$target" mkdir -p "$work/early/kernel/x86/microcode" "$work/early.pieces"
	for source in "${microcode[@]}"; do
		try read "$source" take_microcodes "$source"
	done
	for source in "$work/early/kernel/x86/microcode/"*; do
		sources[${source#"$work/early"}]=${microcode[*]}
	done
	try build "$target" specify_early
}

specify_early() {
	image_list "$work/early" / 644 | image_merge >"$work/early.spec"
}
