#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# mkinitramfs.sh: builds an initramfs image around initgate and one payload; --help says how. Needs no root,
# and the same input gives the same bytes wherever, whenever and by whomever it is built. Refuses to write
# an image whose payload elfcheck would refuse at boot. The archive itself is made in lib/image.sh.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
# shellcheck source=scripts/lib/places.sh
. "$here/lib/places.sh"
# shellcheck source=scripts/lib/image.sh
. "$here/lib/image.sh"

export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-0}
unset CDPATH MODPROBE_OPTIONS TAR_READER_OPTIONS GZIP XZ_OPT XZ_DEFAULTS ZSTD_CLEVEL ZSTD_NBTHREADS

elfcheck=${ELFCHECK:-$place_elfcheck}
sets=$place_sets

out='' payload='' arch='' version='' modules_dir='' init='' skel=$place_skel
compress=none force=no
names=() adds=() conf=() args=() # as asked for
modules=() closure=()            # names, with the sets expanded; files of the modules and what they need

usage() {
	sed "1,2s/mkinitramfs\.sh/${0##*/}/" <<'END'
usage: mkinitramfs.sh -o OUT [options] PAYLOAD [-- ARGS...]

Writes an initramfs image to OUT: initgate as /init, PAYLOAD as /bin/NAME, what it is to do in
/etc/initgate.conf, its arguments ARGS byte for byte.

  --arch ARCH          x86_64, arm64 or riscv64 (default: this machine's)
  -m NAME[,NAME...]    a kernel module, an alias, or a set of modules/sets/NAME.list, with all that
                       it needs: modules, firmware, indexes
  --modules-dir DIR    holds lib/modules/VERSION (default: /, in a source tree $O/kernels/ARCH/modules)
  --kernel-version V   which of them (default: the only one, or the one that runs)
  --add SRC:DST        a file or the content of a directory, at the absolute path DST
  --conf KEY=VALUE     a setting for /etc/initgate.conf
  --skel DIR           the tree to start from (default: initgate's)
  --init FILE          the PID 1 (default: initgate's)
  --compress HOW       none (default), gzip, lz4, zstd or xz
  --force              build although the check of the payload fails
  -h, --help           this text

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

# try VERB OBJECT COMMAND...
try() {
	local verb=$1 object=$2 reason
	shift 2
	reason=$("$@" 2>&1) || die "$verb" "$object" "$reason"
}

parse_options() {
	while [ $# -gt 0 ]; do
		case $1 in
		-o | -m | --arch | --modules-dir | --kernel-version | --add | --conf | --skel | --init | --compress)
			[ $# -ge 2 ] || die_usage "$1" "needs a value"
			parse_option "$1" "$2"
			shift
			;;
		--force) force=yes ;;
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
	[ -n "$out" ] || die_usage "-o OUT" "missing"
}

parse_option() {
	case $1 in
	-o) out=$2 ;;
	-m) names+=("$2") ;;
	--arch) arch=$2 ;;
	--modules-dir) modules_dir=$2 ;;
	--kernel-version) version=$2 ;;
	--add) adds+=("$2") ;;
	--conf) conf+=("$2") ;;
	--skel) skel=$2 ;;
	--init) init=$2 ;;
	--compress) compress=$2 ;;
	esac
}

check_options() {
	arch=${arch:-$(uname -m | sed s/aarch64/arm64/)}
	case $arch in x86_64 | arm64 | riscv64) ;; *) die_usage "$arch" "not a supported architecture" ;; esac
	case $compress in none | gzip | lz4 | zstd | xz) ;; *) die_usage "$compress" "not a compression" ;; esac
	if ! [[ $SOURCE_DATE_EPOCH =~ ^(0|[1-9][0-9]{0,9})$ && $SOURCE_DATE_EPOCH -le 4294967295 ]]; then
		die_usage "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" "not seconds from 1970 to 2106"
	fi
	find_places "$arch"
	init=${init:-$place_init}
	check_file "$payload" "no such file"
	check_file "$init" "no such file ($hint_build)"
	[ -d "$skel" ] || die list "$skel" "not a directory"
	[ ! -d "$out" ] || die write "$out" "a directory"
	[ ! "$out" -ef "$payload" ] || die write "$out" "it is the payload"
}

check_file() {
	[ -e "$1" ] || die read "$1" "$2"
	[ -f "$1" ] || die read "$1" "not a regular file"
	[ -r "$1" ] || die read "$1" "permission denied"
}

# conf_get KEY: the last value that --conf gives it; fails when there is none
conf_get() {
	local i
	for ((i = ${#conf[@]} - 1; i >= 0; i--)); do
		[ "${conf[i]%%=*}" != "$1" ] || { echo "${conf[i]#*=}" && return; }
	done
	return 1
}

# The image's tree as far as names go: what elfcheck can look for in it.
make_outline() {
	local outline=$work/outline path target
	mkdir "$outline"
	awk -F'\t' '$2 == "d" { print "." $1 }' "$work/spec" | (cd "$outline" && xargs -r -d '\n' mkdir -p --)
	awk -F'\t' '$2 ~ /[fcb]/ { print "." $1 }' "$work/spec" | (cd "$outline" && xargs -r -d '\n' touch --)
	awk -F'\t' '$2 == "f" && $3 ~ /[1357]/ { print "." $1 }' "$work/spec" | (cd "$outline" && xargs -r -d '\n' chmod +x --)
	while IFS=$'\t' read -r path target; do
		ln -s -- "$target" "$outline$path"
	done < <(awk -F'\t' -v OFS='\t' '$2 == "l" { print $1, $5 }' "$work/spec")
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
	126 | 127) reason="no checker at $elfcheck ($hint_build)" ;;
	*) reason="the checker failed with status $status" ;;
	esac
	[ -z "$report" ] || printf '%s\n' "$report" >&2
	[ "$force" = yes ] || die check "$payload" "$reason" "--force builds it all the same"
	echo "mkinitramfs: check '$payload': $reason, built all the same: INITGATE WILL REFUSE IT AT BOOT" >&2
}

# All that is made on the way lies beside OUT, so that the last step is a rename.
make_work() {
	work=$(mktemp -d -- "$out.tmp.XXXXXX" 2>&1) || die write "$out" "${work#mktemp: }"
	trap 'rm -rf -- "$work"' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	work=$(cd -- "$work" && pwd)
	tree=$work/stage/lib/modules # of the kernel, once chosen
	try write "$out" mkdir -p "$work/stage/etc" "$work/pieces"
}

# Names of sets become their modules; the first mention of a module counts.
expand_sets() {
	local name
	while read -r name; do
		case $name in */*) ;; *) [ ! -e "$sets/$name.list" ] || name=$(<"$sets/$name.list") ;; esac
		printf '%s\n' "$name"
	done < <(printf '%s\n' "$@" | tr ',' '\n') |
		sed 's/[[:space:]]*#.*//; s/[[:space:]]*$//; /^$/d' | awk '!seen[$0]++'
}

# choose_kernel: sets modules_dir and version
choose_kernel() {
	local found
	[ -n "$modules_dir" ] || modules_dir=$place_modules version=${version:-$place_version}
	[ -d "$modules_dir/lib/modules" ] || die find "$modules_dir/lib/modules" "no such directory"
	modules_dir=$(cd -- "$modules_dir" && pwd)
	found=$(cd "$modules_dir/lib/modules" && printf '%s ' *)
	[ -n "$version" ] || case $found in
	'* ') die find "$modules_dir/lib/modules/*" "it holds no kernel's modules" ;;
	*' '?*) die choose "$modules_dir/lib/modules/*" "it holds ${found% }" "--kernel-version takes one" ;;
	*) version=${found% } ;;
	esac
	tree=$tree/$version
	[ -d "$modules_dir/lib/modules/$version" ] ||
		die find "$modules_dir/lib/modules/$version" "no such directory, there is: ${found% }"
}

# resolve_modules: sets closure, kmod's own answer to what the modules need. Without a configuration, lest
# this machine's modprobe.d leaks in.
resolve_modules() {
	local said unknown where=$modules_dir/lib/modules/$version
	said=$(modprobe -C /dev/null -d "$modules_dir" -S "$version" --show-depends -a -- "${modules[@]}" 2>&1) || {
		unknown=$(sed -n 's/.* Module \(.*\) not found in directory .*/\1/p' <<<"$said" | paste -sd ' ')
		[ -z "$unknown" ] || die find "$unknown" "no such module in $where"
		die resolve "${modules[*]}" "$(grep '^modprobe: ' <<<"$said")"
	}
	# It leaves out a dependency that has no file, and still ends with 0.
	! grep -q "^modprobe: ERROR" <<<"$said" || die resolve "${modules[*]}" "$(grep "^modprobe: ERROR" <<<"$said")"
	mapfile -t closure < <(PREFIX="insmod $where/" awk '
		index($0, ENVIRON["PREFIX"]) == 1 {
			path = substr($0, length(ENVIRON["PREFIX"]) + 1)
			sub(/ .*/, "", path)
			if (!seen[path]++) print path
		}' <<<"$said")
}

copy_modules() {
	local name files=()
	cd "$modules_dir/lib/modules/$version" && mkdir -p "$tree" || return
	for name in modules.order modules.builtin modules.builtin.modinfo; do
		[ ! -e "$name" ] || files+=("$name")
	done
	printf '%s\0' ${files[@]+"${files[@]}"} ${closure[@]+"${closure[@]}"} | xargs -0 cp -L --parents -t "$tree" --
}

# The kernel that boots the image may not be able to decompress them, and the image is compressed as a whole.
unpack_modules() {
	local file
	cd "$tree" || return
	for file in ${closure[@]+"${closure[@]}"}; do
		case $file in
		*.xz) xz -dq -- "$file" ;;
		*.zst) zstd -dq --rm -- "$file" ;;
		*.gz) gzip -dq -- "$file" ;;
		esac || return
	done
}

# list_firmware: "MODULE FILE" lines
list_firmware() {
	[ ${#closure[@]} -gt 0 ] || return 0
	cd "$tree" && printf '%s\0' "${closure[@]}" | xargs -0 modinfo -- | awk '
		$1 == "filename:" { module = $2; sub(/.*\//, "", module) }
		$1 == "firmware:" && !seen[$2]++ { print module, $2 }'
}

# Takes the firmware from where the kernel's package has it or else from this machine.
copy_firmware() {
	local module file root found
	local -A by_root=()
	while read -r module file; do
		found=''
		for root in "$modules_dir/lib/firmware" /lib/firmware; do
			for found in "$file" "$file.xz" "$file.zst" ''; do
				[ -z "$found" ] || [ ! -f "$root/$found" ] || break
			done
			[ -z "$found" ] || break
		done
		[ -z "$found" ] || by_root[$root]+=$found$'\n'
		[ -n "$found" ] || echo "mkinitramfs: find firmware '$file': no such file, $module may not work" >&2
	done
	for root in "${!by_root[@]}"; do
		mkdir -p "$work/stage/lib/firmware" && cd "$root"
		printf '%s' "${by_root[$root]}" | xargs -d '\n' cp -L --parents -t "$work/stage/lib/firmware" --
	done
}

stage_modules() {
	local where firmware
	mapfile -t modules < <(expand_sets ${names[@]+"${names[@]}"})
	[ ${#modules[@]} -gt 0 ] || return 0
	choose_kernel
	resolve_modules
	where=$modules_dir/lib/modules/$version
	try copy "$where" copy_modules
	try unpack "$where" unpack_modules
	closure=("${closure[@]%.xz}") && closure=("${closure[@]%.zst}") && closure=("${closure[@]%.gz}")
	firmware=$(list_firmware 2>&1) || die read "$where" "$firmware"
	[ -z "$firmware" ] || (copy_firmware <<<"$firmware")
	try index "$where" depmod -C /dev/null -b "$work/stage" "$version"
}

# conf_line KEY VALUE: in the grammar of the kernel's command line, which has quotes but no escapes
conf_line() {
	local quotes=${2//[!\"]/}
	[[ $1 =~ ^[A-Za-z0-9_.-]+$ ]] || die write "--conf $1=$2" "not KEY=VALUE"
	case $2 in
	*$'\n'*) die write "--conf $1=${2//$'\n'/\\n}" "a value cannot hold a newline" ;;
	\"*) die write "--conf $1=$2" "a value cannot begin with a double quote" ;;
	*[[:space:]]*)
		[ -z "$quotes" ] || die write "--conf $1=$2" "a value cannot hold white space and a double quote"
		printf '%s="%s"\n' "$1" "$2"
		;;
	*)
		[ $((${#quotes} % 2)) = 0 ] || die write "--conf $1=$2" "a value cannot hold one double quote"
		printf '%s=%s\n' "$1" "$2"
		;;
	esac
}

conf_text() {
	local setting list
	conf_get payload >/dev/null || conf_line payload "/bin/$(basename -- "$payload")"
	[ ${#args[@]} = 0 ] || conf_line args_file /etc/initgate.args
	printf -v list '%s,' ${modules[@]+"${modules[@]}"}
	[ ${#modules[@]} = 0 ] || conf_line modules "${list%,}"
	conf_line manifest /etc/initgate.manifest
	for setting in ${conf[@]+"${conf[@]}"}; do
		[[ $setting = *=* ]] || die write "--conf $setting" "not KEY=VALUE"
		conf_line "${setting%%=*}" "${setting#*=}"
	done
}

# put FORMAT FILE WORD...
put() {
	# shellcheck disable=SC2059
	printf "$1" "${@:3}" >"$2"
}

stage_config() {
	local text etc=$work/stage/etc
	text=$(conf_text) || exit
	try write "$out" put '%s\n' "$etc/initgate.conf" "$text"
	[ ${#args[@]} = 0 ] || try write "$out" put '%s\0' "$etc/initgate.args" "${args[@]}"
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
	list "$skel" image_list "$skel" / plain
	[ ! -e "$skel/skel.mtree" ] || list "$skel/skel.mtree" image_list_mtree "$skel/skel.mtree"
	list "$init" image_list "$init" /init 755
	list "$payload" image_list "$payload" "/bin/$(basename -- "$payload")" keep
	list "$out" image_list "$work/stage" / 644
	for add in ${adds[@]+"${adds[@]}"}; do list_add "$add"; done
}

# The archive's entries in their order, the manifest last.
specify() {
	local spec=$work/spec manifest=$work/manifest
	image_merge <"$work/records" >"$spec" &&
		image_manifest "$spec" >"$manifest" &&
		image_list "$manifest" /etc/initgate.manifest 644 >>"$spec"
}

write_archive() {
	local reason
	reason=$(image_write "$work/spec" "$work/pieces" 2>&1 >"$work/image") || die write "$out" "$reason"
	try verify "$out" image_verify "$work/image" "$work/spec" "$work/pieces"
}

# Single-threaded, lest the bytes depend on the number of CPUs; xz as the kernel's decoder can take it.
compress_archive() {
	local how reason
	case $compress in
	none) return ;;
	gzip) how=(gzip -n -9) ;;
	lz4) how=(lz4 -q -l -9) ;;
	zstd) how=(zstd -q --single-thread -19) ;;
	xz) how=(xz -T1 --check=crc32 --lzma2=dict=1MiB) ;;
	esac
	reason=$("${how[@]}" -c <"$work/image" 2>&1 >"$work/compressed") || die compress "$out" "$reason"
	mv "$work/compressed" "$work/image"
}

main() {
	parse_options "$@"
	check_options
	make_work
	stage_modules
	stage_config
	list_contents
	try build "$out" specify
	check_payload
	write_archive
	compress_archive
	try write "$out" mv -f -- "$work/image" "$out"
}

main "$@"
