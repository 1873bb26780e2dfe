#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# mkinitramfs.sh: builds an initramfs image around initgate and one payload; --help says how. Needs no root,
# and the same input gives the same bytes wherever, whenever and by whomever it is built. Refuses to write
# an image whose payload elfcheck would refuse at boot. Options and the order of things are here; lib/conf.sh writes the
# settings, lib/modules.sh gathers modules and firmware, lib/busybox.sh the rescue shell, lib/microcode.sh the early segment;
# they are parts of this program and use its variables and die(). lib/image.sh makes the archive and knows nothing of them.
set -euo pipefail
self=$0 && [ ! -L "$self" ] || self=$(readlink -f "$self") # an installed command is a link
here=$(cd "$(dirname "$self")" && pwd)
# shellcheck source=scripts/lib/arch.sh
. "$here/lib/arch.sh"
# shellcheck source=scripts/lib/places.sh
. "$here/lib/places.sh"
# shellcheck source=scripts/lib/image.sh
. "$here/lib/image.sh"
# shellcheck source=scripts/lib/conf.sh
. "$here/lib/conf.sh"
# shellcheck source=scripts/lib/modules.sh
. "$here/lib/modules.sh"
# shellcheck source=scripts/lib/busybox.sh
. "$here/lib/busybox.sh"
# shellcheck source=scripts/lib/microcode.sh
. "$here/lib/microcode.sh"

export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-0}
unset CDPATH MODPROBE_OPTIONS TAR_READER_OPTIONS GZIP XZ_OPT XZ_DEFAULTS ZSTD_CLEVEL ZSTD_NBTHREADS

elfcheck=${ELFCHECK:-$place_elfcheck}
sets=$place_sets

out='' payload='' arch='' version='' modules_dir='' init='' skel=$place_skel
compress=none force=no list=no dry_run=no busybox=''
names=() adds=() conf=() args=() firmware=() microcode=() # as asked for
modules=() closure=()                                     # names, with the sets expanded; files of what they need
declare -A sources=()                                     # where what is in the stage came from, by its path

usage() {
	sed "1,2s/mkinitramfs\.sh/${0##*/}/" <<'END'
usage: mkinitramfs.sh -o OUT [options] PAYLOAD [-- ARGS...]
       mkinitramfs.sh --list | --dry-run [options] PAYLOAD [-- ARGS...]

Writes an initramfs image to OUT: initgate as /init, PAYLOAD as /bin/NAME, what it is to do in
/etc/initgate.conf, its arguments ARGS byte for byte.

  --arch ARCH          x86_64, arm64, riscv64 or arm (default: $ARCH, or this machine's)
  -m NAME[,NAME...]    a kernel module, an alias, or a set of modules/sets/NAME.list, with all that
                       it needs: modules, firmware, indexes
  --modules-dir DIR    holds lib/modules/VERSION and lib/firmware (default: /, in a source
                       tree $O/kernels/ARCH/modules)
  --kernel-version V   which of them (default: the only one, or the one that runs)
  --firmware NAME      a firmware file that no module names, or a pattern such as 'qed/*'; looked for
                       in lib/firmware of --modules-dir, then in /lib/firmware
  --microcode FILE     the CPU's microcode, of Intel or AMD: a file, or a directory of such files; goes
                       into a segment of its own in front, where the kernel looks for it (x86_64)
  --busybox[=FILE]     a rescue shell: busybox and links for all its commands in /bin (default: this
                       machine's if it is static, else that of scripts/fetch-busybox.sh ARCH)
  --add SRC:DST        a file or the content of a directory, at the absolute path DST
  --conf KEY=VALUE     a setting for /etc/initgate.conf
  --skel DIR           the tree to start from (default: initgate's)
  --init FILE          the PID 1 (default: initgate's)
  --compress HOW       none (default), lz4, gzip, zstd or xz
  --force              build although the check of the payload fails
  --list               write nothing; print path, mode, size and source of all that would be in the image
  --dry-run            do all but write; say how large the image would be
  -h, --help           this text

-m, --firmware, --microcode, --add and --conf may be given several times. docs/IMAGES.md has more.

Environment: ELFCHECK (the checker, default: initgate's), SOURCE_DATE_EPOCH (time stamp of all entries,
default 0); O (build directory, in a source tree).
END
}

# die VERB OBJECT REASON [HINT]: of the reason, often the output of a command, only the first line
die() {
	echo "mkinitramfs: $1 '$2': ${3%%$'\n'*}, nothing written${4:+ ($4)}" >&2
	exit 1
}

die_usage() {
	echo "mkinitramfs: parse '$1': $2, nothing written (see --help)" >&2
	exit 2
}

# need COMMAND...: they are there, or else say so before anything is done with them
need() {
	local command
	for command; do
		type -P "$command" >/dev/null || die run "$command" "no such command" "$hint_tool"
	done
}

# try VERB OBJECT COMMAND...
try() {
	local verb=$1 object=$2 reason
	shift 2
	reason=$("$@" 2>&1) || die "$verb" "$object" "$reason"
}

parse_options() {
	while [ $# -gt 0 ]; do
		case $1 in
		-o | -m | --arch | --modules-dir | --kernel-version | --firmware | --microcode | --add | --conf | --skel | \
			--init | --compress)
			[ $# -ge 2 ] || die_usage "$1" "needs a value"
			parse_option "$1" "$2"
			shift
			;;
		--busybox) busybox=default ;;
		--busybox=?*) busybox=${1#*=} ;;
		--force) force=yes ;;
		--list) list=yes ;;
		--dry-run) dry_run=yes ;;
		-h | --help) usage && exit ;;
		--) shift && args=("$@") && break ;;
		-*) die_usage "$1" "unknown option" ;;
		*)
			[ -z "$payload" ] || die_usage "$1" "a second payload (arguments go behind --)"
			payload=$1
			;;
		esac
		shift
	done
	[ -n "$payload" ] || die_usage PAYLOAD "missing"
	[ -n "$out" ] || [ "$list$dry_run" != nono ] || die_usage "-o OUT" "missing"
}

parse_option() {
	case $1 in
	-o) out=$2 ;;
	-m) names+=("$2") ;;
	--arch) arch=$2 ;;
	--modules-dir) modules_dir=$2 ;;
	--kernel-version) version=$2 ;;
	--firmware) firmware+=("$2") ;;
	--microcode) microcode+=("$2") ;;
	--add) adds+=("$2") ;;
	--conf) conf+=("$2") ;;
	--skel) skel=$2 ;;
	--init) init=$2 ;;
	--compress) compress=$2 ;;
	esac
}

check_options() {
	arch_name "${arch:-${ARCH:-$host_arch}}"
	[[ $arch != */* && -e $here/arch/$arch.sh ]] || die_usage "$arch" "not a supported architecture"
	[ ${#microcode[@]} = 0 ] || [ "$arch" = x86_64 ] || die_usage --microcode "not for $arch"
	case $compress in none | gzip | lz4 | zstd | xz) ;; *) die_usage "$compress" "not a compression" ;; esac
	if ! [[ $SOURCE_DATE_EPOCH =~ ^(0|[1-9][0-9]{0,9})$ && $SOURCE_DATE_EPOCH -le 4294967295 ]]; then
		die_usage "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" "not seconds from 1970 to 2106"
	fi
	find_places "$arch"
	init=${init:-$place_init}
	check_file "$payload" "no such file"
	check_file "$init" "no such file ($hint_build)"
	[ -d "$skel" ] || die list "$skel" "not a directory"
	[ -n "$modules_dir" ] || modules_dir=$place_modules version=${version:-$place_version}
	target=${out:-image}
	[ ! -d "$out" ] || die write "$out" "a directory"
	[ ! -e "$out" ] || [ -f "$out" ] || die write "$out" "not a regular file"
	[ ! "$out" -ef "$payload" ] || die write "$out" "it is the payload"
	need bsdtar
	[ "$compress" = none ] || need "$compress"
}

check_file() {
	[ -e "$1" ] || die read "$1" "$2"
	[ -f "$1" ] || die read "$1" "not a regular file"
	[ -r "$1" ] || die read "$1" "permission denied"
}

# The image's tree as far as names go: what elfcheck can look for in it. It has no question that busybox's links answer.
make_outline() {
	local path type mode data dirs=() files=() programs=()
	mkdir "$work/outline" && cd "$work/outline" || return
	while IFS=$'\t' read -r path type mode _ data; do
		case $type in
		d) dirs+=(".$path") ;;
		[fcb]) files+=(".$path") && [[ $mode != *[1357]* ]] || programs+=(".$path") ;;
		esac
	done <"$work/spec"
	printf '%s\0' "${dirs[@]}" | xargs -0 mkdir -p -- && printf '%s\0' "${files[@]}" | xargs -0 touch -- &&
		printf '%s\0' "${programs[@]}" | xargs -0 chmod +x -- || return
	while IFS=$'\t' read -r path type _ _ data; do
		[ "$type" != l ] || [ "$data" = busybox ] || ln -s -- "$data" ".$path"
	done <"$work/spec"
}

# Asks elfcheck the question that initgate will ask when the image boots.
check_payload() {
	local slug slugs report status=0 reason
	[ "$(conf_get verify || true)" != off ] || return 0
	try check "$payload" make_outline
	set -- --profile "$(conf_get profile || echo go-static)" --arch "$arch" --root "$work/outline"
	IFS=, read -r -a slugs <<<"$(conf_get allow || true)"
	for slug in ${slugs[@]+"${slugs[@]}"}; do set -- "$@" --allow "$slug"; done
	report=$("$elfcheck" "$@" "${payload/#-/./-}" 2>&1) || status=$?
	case $status in
	0)
		sed -n "s|^  warn  \([a-z-]*: .*\)|mkinitramfs: check '${payload//[\\&|]/?}': \1|p" <<<"$report" >&2
		return
		;;
	1) reason="it would not run from this image" ;;
	2) reason="it could not be read" ;;
	126 | 127) reason="no checker at $elfcheck ($hint_build)" report='' ;;
	*) reason="the checker failed with status $status" ;;
	esac
	[ -z "$report" ] || printf '%s\n' "$report" >&2
	[ "$force" = yes ] || die check "$payload" "$reason" "--force builds it all the same"
	echo "mkinitramfs: check '$payload': $reason, built all the same: INITGATE WILL REFUSE IT AT BOOT" >&2
}

# All that is made on the way lies beside OUT, so that the last step is a rename. While the directory is made, a signal waits.
make_work() {
	local caught=0
	trap 'caught=129' HUP
	trap 'caught=130' INT
	trap 'caught=143' TERM
	work=$(trap '' HUP INT TERM && mktemp -d -- "${out:-${TMPDIR:-/tmp}/mkinitramfs}.tmp.XXXXXX" 2>&1) ||
		{ [ $caught != 0 ] && interrupted $caught; } || die write "$target" "${work##*: }"
	trap 'trap "" HUP INT TERM && rm -rf -- "$work"' EXIT
	trap 'interrupted 129' HUP
	trap 'interrupted 130' INT
	trap 'interrupted 143' TERM
	[ $caught = 0 ] || interrupted $caught
	work=$(cd -- "$work" && pwd)
	try write "$target" mkdir -p "$work/stage/etc" "$work/pieces"
}

interrupted() {
	echo "mkinitramfs: write '$target': interrupted, nothing written" >&2
	exit "$1"
}

# list OBJECT COMMAND...: appends the records that the command prints
list() {
	local reason
	reason=$("${@:2}" 2>&1 >>"$work/records") || die list "$1" "$reason"
}

list_add() {
	local src=${1%:*} dst=${1##*:}
	[[ $1 = *?:/* ]] || die add "$1" "not SRC:DST with an absolute DST"
	[ -e "$src" ] || die add "$src" "no such file or directory"
	[ -d "$src" ] || [[ $dst != */ ]] || dst=$dst$(basename -- "$src")
	dst=$(tr -s / <<<"$dst")
	[[ ! $dst/ =~ /\.\.?/ ]] || die add "$1" "'.' or '..' in DST"
	list "$src" image_list "$src" "$dst" keep
}

# All that goes into the image; the later of two entries with one path is taken.
list_contents() {
	local add
	[ -z "$busybox" ] || list_busybox
	list "$skel" image_list "$skel" / plain
	[ ! -e "$skel/skel.mtree" ] || list "$skel/skel.mtree" image_list_mtree "$skel/skel.mtree"
	list "$init" image_list "$init" /init 755
	list "$payload" image_list "$payload" "/bin/$(basename -- "$payload")" keep
	list "$target" image_list "$work/stage" / 644
	for add in ${adds[@]+"${adds[@]}"}; do list_add "$add"; done
}

# The archive's entries in their order, the manifest last.
specify() {
	local spec=$work/spec manifest=$work/manifest
	image_merge <"$work/records" >"$spec" &&
		image_manifest "$spec" >"$manifest" &&
		image_list "$manifest" /etc/initgate.manifest 644 >>"$spec"
}

# Another file in the payload's place would be one that nobody checked.
check_places() {
	local path
	path=/bin/$(basename -- "$payload")
	PLACE=$path FILE=${payload/#-/./-} awk -F'\t' '
		$1 == ENVIRON["PLACE"] && $5 == ENVIRON["FILE"] { found = 1 }
		END { exit !found }' "$work/spec" ||
		die place "$path" "another file is to stand where the payload is"
}

# print_list: what is in the stage is shown with the file that it was made from, if any.
print_list() {
	local path
	{
		for path in "${!sources[@]}"; do
			printf '%s\ts\t%s\n' "$path" "${sources[$path]}"
		done
		cat "$work"/*spec
	} | image_print "$work"
}

# write_segment SPEC PIECES OUT
write_segment() {
	local reason
	reason=$(image_write "$1" "$2" 2>&1 >"$3") || die write "$target" "$reason"
	try verify "$target" image_verify "$3" "$1" "$2"
}

# Single-threaded, lest the bytes depend on the number of CPUs; xz as the kernel's decoder can take it. The levels are where
# the next one costs a multiple of the time for a few percent: whoever wants the smallest image takes xz.
compress_archive() {
	local how reason
	case $compress in
	none) return ;;
	gzip) how=(gzip -n -6) ;;
	lz4) how=(lz4 -q -l -9) ;;
	zstd) how=(zstd -q --single-thread -9) ;;
	xz) how=(xz -T1 --check=crc32 --lzma2=dict=1MiB) ;;
	esac
	reason=$("${how[@]}" -c <"$1" 2>&1 >"$work/compressed") || die compress "$target" "$reason"
	mv "$work/compressed" "$1"
}

write_image() {
	write_segment "$work/spec" "$work/pieces" "$work/image"
	compress_archive "$work/image"
	[ ${#microcode[@]} -gt 0 ] || return 0
	write_segment "$work/early.spec" "$work/early.pieces" "$work/early.image"
	try write "$target" append "$work/image" "$work/early.image"
	mv -f "$work/early.image" "$work/image"
}

append() {
	cat "$1" >>"$2"
}

# The last step, which nothing interrupts.
finish() {
	if [ "$dry_run" = yes ]; then
		echo "mkinitramfs: write '$target': $(stat -c %s "$work/image") bytes, $(wc -l <"$work/spec") entries," \
			"${#closure[@]} modules, compression $compress; nothing written (--dry-run)"
		return
	fi
	trap '' HUP INT TERM
	try write "$target" mv -f -- "$work/image" "$out"
}

main() {
	parse_options "$@"
	check_options
	make_work
	stage_modules
	stage_firmware
	stage_config
	list_contents
	try build "$target" specify
	check_places
	specify_microcode
	if [ "$list" = yes ]; then
		print_list
		[ "$dry_run" = yes ] || return 0
	fi
	check_payload
	write_image
	finish
}

main "$@"
