#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds an initramfs image: the skeleton, init, a payload, modules with everything they need. Rootless, and the
# same input gives the same bytes whatever the user, place, umask or time.
#
# Everything becomes one line PATH<TAB>mtree keywords in a list; the list, sorted and with parents added, is what
# bsdtar writes as a newc archive. A path that comes twice is the later one. The kernel drops entries without a
# parent, and entries it has no memory for, without a word: so the last entry is a manifest that init compares with
# what it finds, and the archive is read again before it gets its name.
set -euo pipefail
export LC_ALL=C
umask 022

root=$(cd "$(dirname "$0")/.." && pwd)
build=${O:-$root/build}
tab=$'\t'

usage() {
	cat <<-'EOT'
		usage: mkinitramfs.sh -o OUT [options] PAYLOAD [-- ARG...]

		  -o OUT               the image to write
		  --arch ARCH          x86_64, arm64 or riscv64 (this machine's)
		  -m MODULE            load a module: name, alias, or a set of modules/sets (repeatable)
		  --modules-dir DIR    where lib/modules/VERSION is (build/kernels/ARCH/modules)
		  --kernel-version V   which of them (the only one)
		  --add SRC:DST        put a file or tree into the image (repeatable)
		  --conf KEY=VALUE     a setting for init, see docs/CONFIG.md (repeatable)
		  --skel DIR           what the image starts from (initramfs-skel)
		  --init FILE          the init to use (build/ARCH/init)
		  --compress METHOD    none, gzip, lz4, zstd or xz (none)
		  --force              write the image although the payload would not run from it
	EOT
}

fail() {
	echo "mkinitramfs: $1 '$2': $3, nothing written" >&2
	exit 1
}

parse_options() {
	local value
	arch='' out='' kernel_version='' modules_dir='' skel=$root/initramfs-skel init='' compress=none
	force='' payload='' modules=() adds=() settings=() args=()
	while [ $# -gt 0 ]; do
		case $1 in
		-h | --help) usage && exit 0 ;;
		--force) force=1 && shift && continue ;;
		--) shift && args=("$@") && break ;;
		-o | -m | --arch | --kernel-version | --modules-dir | --add | --conf | --skel | --init | --compress)
			[ $# -ge 2 ] || fail 'read option' "$1" 'it needs a value'
			value=$2
			;;
		-*) fail 'read option' "$1" 'there is no such option (--help lists them)' ;;
		*)
			[ -z "$payload" ] || fail 'read argument' "$1" 'there is a payload already (its arguments go behind --)'
			payload=$1 && shift && continue
			;;
		esac
		case $1 in
		-o) out=$value ;;
		-m) IFS=, read -ra names <<<"$value" && modules+=("${names[@]}") ;;
		--arch) arch=$value ;;
		--kernel-version) kernel_version=$value ;;
		--modules-dir) modules_dir=$value ;;
		--add) adds+=("$value") ;;
		--conf) settings+=("$value") ;;
		--skel) skel=$value ;;
		--init) init=$value ;;
		--compress) compress=$value ;;
		esac
		shift 2
	done
	[ -n "$out" ] || fail 'read option' '-o' 'not given'
	[ -n "$payload" ] || fail 'read argument' 'PAYLOAD' 'not given'
	arch=${arch:-$(uname -m | sed 's/aarch64/arm64/')}
	init=${init:-$build/$arch/init}
	modules_dir=${modules_dir:-$build/kernels/$arch/modules}
}

# The value of a setting given with --conf, or the default.
setting() {
	local key=$1 value=$2 line
	for line in ${settings[@]+"${settings[@]}"}; do
		[ "${line%%=*}" != "$key" ] || value=${line#*=}
	done
	echo "$value"
}

check_input() {
	local file
	for file in "$init" "$payload"; do
		[ -e "$file" ] || fail open "$file" 'no such file'
		[ -f "$file" ] || fail open "$file" 'not a regular file'
		[ -r "$file" ] || fail open "$file" 'permission denied'
	done
	[ -d "$skel" ] || fail open "$skel" 'not a directory'
	[ -d "$(dirname "$out")" ] || fail write "$out" "there is no directory '$(dirname "$out")'"
	case $compress in
	none | gzip | lz4 | zstd | xz) ;;
	*) fail 'read option' "--compress $compress" 'not one of none, gzip, lz4, zstd, xz' ;;
	esac
}

# The payload stands in the image with an x bit or without, as on disk.
check_payload() {
	local status=0 report=$work/report
	[ "$(setting verify enforce)" != off ] || return 0
	"${ELFCHECK:-$build/host/elfcheck}" --profile "$(setting profile go-static)" --arch "$arch" --image \
		"$payload" >"$report" 2>&1 || status=$?
	[ $status != 0 ] || return 0
	cat "$report" >&2
	if [ -z "$force" ]; then
		echo "mkinitramfs: check '$payload': it would not run from this image, nothing written" \
			"(--force builds it all the same)" >&2
		exit 1
	fi
	echo "mkinitramfs: check '$payload': it would not run from this image, BUILDING IT ALL THE SAME (--force)" >&2
}

# add_entry PATH KEYWORDS [SOURCE]: PATH without a leading slash; SOURCE is the file with the content.
add_entry() {
	printf '%s\t%s\t%s\n' "$1" "$2" "${3:-}" >>"$work/entries"
}

add_file() {
	local source=$1 mode=0644
	[ ! -x "$source" ] || mode=0755
	add_entry "$2" "type=file mode=${3:-$mode}" "$source"
}

# add_tree DIR PREFIX: everything below DIR. Of the modes only the owner's x bit counts, the rest is umask.
add_tree() {
	local dir=$1 prefix=$2 odd
	odd=$(find "$dir" -name "*[$tab"$'\n'']*' -printf '%p' -quit)
	[ -z "$odd" ] || fail add "$odd" 'its name holds a tab or a line break'
	odd=$(find "$dir" ! -type f ! -type d ! -type l -printf '%p' -quit)
	[ -z "$odd" ] || fail add "$odd" 'neither a file, a directory nor a link'
	odd=$(find "$dir" -type f ! -readable -printf '%p' -quit)
	[ -z "$odd" ] || fail open "$odd" 'permission denied'
	find "$dir" -mindepth 1 -printf '%P\t%y\t%m\t%l\t%p\n' | awk -F'\t' -v OFS='\t' -v prefix="$prefix" '
		$1 == "skel.mtree" { next }
		$2 == "d" { print prefix $1, "type=dir mode=0755", "" }
		$2 == "l" { print prefix $1, "type=link mode=0777", $4 }
		$2 == "f" { print prefix $1, "type=file mode=" (int($3 / 100) % 2 ? "0755" : "0644"), $5 }
	' >>"$work/entries"
}

add_skeleton() {
	add_tree "$skel" ''
	[ ! -e "$skel/skel.mtree" ] || sed -n "s|^\./\([^ ]*\) *\(.*\)|\1$tab\2$tab|p" "$skel/skel.mtree" >>"$work/entries"
	add_file "$init" init 0755
}

add_extras() {
	local extra source dest
	for extra in ${adds[@]+"${adds[@]}"}; do
		source=${extra%:*} dest=${extra##*:}
		dest=${dest#/}
		case $extra in
		*:?*) ;;
		*) fail 'read option' "--add $extra" 'not SRC:DST' ;;
		esac
		[ -e "$source" ] || fail open "$source" 'no such file'
		[ -r "$source" ] || fail open "$source" 'permission denied'
		if [ -d "$source" ]; then
			add_entry "${dest%/}" 'type=dir mode=0755'
			add_tree "$source" "${dest%/}/"
		else
			add_file "$source" "$dest"
		fi
	done
}

# Sets replaced by what they list.
expand_sets() {
	local name
	for name in ${modules[@]+"${modules[@]}"}; do
		if [ -e "$root/modules/sets/$name.list" ]; then
			sed 's/#.*//' "$root/modules/sets/$name.list" | awk 'NF { print $1 }'
		else
			echo "$name"
		fi
	done
}

find_kernel_version() {
	local versions
	[ -n "$kernel_version" ] || {
		mapfile -t versions < <(find "$modules_dir/lib/modules" -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort)
		[ ${#versions[@]} -eq 1 ] || fail 'choose a kernel in' "$modules_dir/lib/modules" \
			"it holds ${#versions[@]} (${versions[*]}), name one with --kernel-version"
		kernel_version=${versions[0]}
	}
	source_dir=$modules_dir/lib/modules/$kernel_version
	[ -d "$source_dir" ] || fail open "$source_dir" 'no modules for this kernel'
}

# The files of the modules, of their dependencies and of soft dependencies, relative to source_dir.
list_module_files() {
	mkdir "$work/no-config"
	modprobe -C "$work/no-config" -d "$modules_dir" -S "$kernel_version" --all --show-depends -- "$@" \
		>"$work/depends" 2>"$work/modprobe.err" ||
		fail 'find module in' "$source_dir" "$(sed -n 's/^modprobe: [A-Z]*: //p' "$work/modprobe.err" | head -n 1)"
	sed -n "s|^insmod .*/lib/modules/$kernel_version/\([^ ]*\).*|\1|p" "$work/depends" | sort -u
}

add_firmware() {
	local name base found
	while read -r name; do
		found=''
		for base in "$modules_dir/lib/firmware" /lib/firmware; do
			if [ -z "$found" ] && [ -e "$base/$name" ]; then
				found=$base/$name
				add_file "$found" "lib/firmware/$name"
			fi
		done
		[ -n "$found" ] || echo "mkinitramfs: find firmware '$name': not on this machine, built without it" >&2
	done
}

# A tree of its own for depmod, so that the indexes list what the image holds and nothing else.
add_modules() {
	local tree=$work/modules files dest
	[ ${#modules[@]} -gt 0 ] || return 0
	find_kernel_version
	mapfile -t names < <(expand_sets)
	list_module_files "${names[@]}" >"$work/files"
	dest=$tree/lib/modules/$kernel_version
	mkdir -p "$dest"
	(cd "$source_dir" && xargs -r -d '\n' cp --parents -t "$dest" -- modules.order modules.builtin \
		modules.builtin.modinfo <"$work/files")
	depmod -b "$tree" "$kernel_version"
	add_tree "$tree" ''
	mapfile -t files < <(sed "s|^|$source_dir/|" "$work/files")
	[ ${#files[@]} -eq 0 ] || modinfo -F firmware -- "${files[@]}" | sort -u | add_firmware
	add_setting "modules=$(IFS=, && echo "${names[*]}")"
}

# A value with white space needs quotes; there is no way to write one with quotes as well.
add_setting() {
	local key=${1%%=*} value=${1#*=}
	[ "$key" != "$1" ] || fail 'read option' "--conf $1" 'not KEY=VALUE'
	case $value in
	*$'\n'* | *[[:space:]]*\"* | *\"*[[:space:]]*) fail write "$1" 'the configuration has no way to express it' ;;
	*[[:space:]]*) value="\"$value\"" ;;
	esac
	echo "$key=$value" >>"$work/conf"
}

add_payload() {
	local dest line
	dest=bin/$(basename "$payload")
	add_file "$payload" "$dest"
	add_setting "payload=/$dest"
	add_setting manifest=/etc/initgate.manifest
	if [ ${#args[@]} -gt 0 ]; then
		printf '%s\0' "${args[@]}" >"$work/args"
		add_file "$work/args" etc/initgate.args
		add_setting args_file=/etc/initgate.args
	fi
	for line in ${settings[@]+"${settings[@]}"}; do
		add_setting "$line"
	done
}

# The list as mtree(5): the last of equal paths, parents that nobody named, sorted; sources go to a list of their own.
write_mtree() {
	awk -F'\t' -v OFS='\t' '
		{ entry[$1] = $2 OFS $3 }
		END {
			for (path in entry)
				for (parent = path; sub("/[^/]*$", "", parent); )
					if (!(parent in entry))
						missing[parent]
			for (path in missing)
				entry[path] = "type=dir mode=0755" OFS
			for (path in entry)
				print path, entry[path]
		}' "$work/entries" | sort -t"$tab" -k1,1 >"$work/sorted"
	write_manifest
	printf 'etc/initgate.manifest\ttype=file mode=0644\t%s\n' "$work/manifest" >>"$work/sorted"
	awk -F'\t' -v time="${SOURCE_DATE_EPOCH:-0}" '
		function quote(text, i, c, out) {
			for (i = 1; i <= length(text); i++) {
				c = substr(text, i, 1)
				out = out (c ~ /[A-Za-z0-9_.\/+@%,:~-]/ ? c : sprintf("\\%03o", code[c]))
			}
			return out
		}
		BEGIN {
			for (i = 1; i < 256; i++)
				code[sprintf("%c", i)] = i
			print "#mtree"
		}
		{
			source = $2 ~ /type=link/ ? " link=" quote($3) : $3 != "" ? " contents=" quote($3) : ""
			print "./" quote($1) " uid=0 gid=0 nlink=1 time=" time " " $2 source
		}' "$work/sorted" >"$work/mtree"
}

# SIZE PATH of every regular file; also the place where what a newc archive cannot hold is refused.
write_manifest() {
	awk -F'\t' 'length($1) > 4000 || ($2 ~ /type=link/ && length($3) > 4000) { print $1; exit }' "$work/sorted" |
		{ ! read -r name || fail add "$name" 'its name or target is too long for the kernel'; }
	awk -F'\t' '$2 ~ /type=file/ { print $3 }' "$work/sorted" | xargs -r -d '\n' stat -L -c %s -- >"$work/sizes"
	awk -F'\t' '$2 ~ /type=file/ { print $1 }' "$work/sorted" | paste -d' ' "$work/sizes" - |
		sed 's| | /|' >"$work/manifest"
	awk '$1 > 4294967295 { print $2; exit }' "$work/manifest" |
		{ ! read -r name || fail add "$name" 'larger than 4 GiB, which the archive cannot hold'; }
}

compressor() {
	case $compress in
	none) cat ;;
	gzip) gzip -n -9 ;;
	lz4) lz4 -l -9 -c ;;
	zstd) zstd -q -10 -c --single-thread ;;
	xz) xz --check=crc32 --lzma2=dict=1MiB -T1 -c ;;
	esac
}

# Nothing but a whole and right image ever has the name OUT. By way of pax, which knows no inode numbers, so that
# those of this machine do not get into the image; with a link count of 1 the kernel takes every file for its own.
write_image() {
	bsdtar --format=pax -cf - "@$work/mtree" 2>"$work/bsdtar.err" |
		bsdtar --format=newc -cf "$work/image" @- 2>>"$work/bsdtar.err" ||
		fail write "$out" "$(tail -n 1 "$work/bsdtar.err")"
	bsdtar -tf "$work/image" | sed 's|^\./||; s|/$||' | cmp -s - <(cut -f1 "$work/sorted" | uniq) ||
		fail 'read again' "$out" 'the archive does not hold what it should'
	{ compressor <"$work/image" >"$out_part"; } 2>"$work/compress.err" ||
		fail write "$out" "$(tail -n 1 "$work/compress.err")"
	mv -f "$out_part" "$out"
}

parse_options "$@"
check_input
work=$(mktemp -d)
out_part=$out.$$.part
trap 'rm -rf "$work" "$out_part"' EXIT
: >"$work/conf"
check_payload
add_skeleton
add_payload
add_modules
add_extras
add_file "$work/conf" etc/initgate.conf 0644
write_mtree
write_image
