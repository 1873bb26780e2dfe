# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of mkinitramfs.sh
# SPDX-License-Identifier: MIT
#
# The modules part of mkinitramfs.sh: modules, what they need, their indexes, and firmware, out of a kernel's tree into
# $work/stage. kmod's own tools say what belongs together; nothing is loaded, and no module is changed but unpacked.

# Names of sets become their modules; the first mention of a module counts.
expand_sets() {
	local name
	while read -r name; do
		case $name in */*) ;; *) [ ! -e "$sets/$name.list" ] || name=$(<"$sets/$name.list") ;; esac
		printf '%s\n' "$name"
	done < <(printf '%s\n' "$@" | tr ',' '\n') |
		sed 's/[[:space:]]*#.*//; s/[[:space:]]*$//; /^$/d' | awk '!seen[$0]++'
}

# choose_kernel: sets version; modules_dir becomes absolute
choose_kernel() {
	local found
	[ -d "$modules_dir/lib/modules" ] || die find "$modules_dir/lib/modules" "no such directory"
	modules_dir=$(cd -- "$modules_dir" && pwd)
	found=$(cd "$modules_dir/lib/modules" && printf '%s ' *)
	[ -n "$version" ] || case $found in
	'* ') die find "$modules_dir/lib/modules/*" "it holds no kernel's modules" ;;
	*' '?*) die choose "$modules_dir/lib/modules/*" "it holds ${found% }" "--kernel-version takes one" ;;
	*) version=${found% } ;;
	esac
	tree=$work/stage/lib/modules/$version
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
	cd "$modules_dir/lib/modules/$version" && mkdir -p "$tree" || return
	printf '%s\0' "$@" | xargs -0 cp -L --parents -t "$tree" --
}

# unpack_files DIR FILE...: those that are compressed; the result has the name without the suffix. The kernel that boots the
# image may not be able to decompress them (CONFIG_MODULE_DECOMPRESS, CONFIG_FW_LOADER_COMPRESS and the method are its
# builder's choice), and the image is compressed as a whole.
unpack_files() {
	local file
	cd "$1" || return
	for file in "${@:2}"; do
		case $file in
		*.xz) xz -dq -- "$file" ;;
		*.zst) zstd -dq --rm -- "$file" ;;
		*.gz) gzip -dq -- "$file" ;;
		esac || return
	done
}

# need_unpackers FILE...
need_unpackers() {
	case " $* " in *'.xz '*) need xz ;; esac
	case " $* " in *'.zst '*) need zstd ;; esac
}

unpacked_name() {
	REPLY=$1
	case $1 in *.xz | *.zst | *.gz) REPLY=${1%.*} ;; esac
}

stage_modules() {
	local where file files=()
	mapfile -t modules < <(expand_sets ${names[@]+"${names[@]}"})
	[ ${#modules[@]} -gt 0 ] || return 0
	need modprobe modinfo depmod
	choose_kernel
	resolve_modules
	where=$modules_dir/lib/modules/$version
	need_unpackers ${closure[@]+"${closure[@]}"}
	for file in modules.order modules.builtin modules.builtin.modinfo; do
		[ ! -e "$where/$file" ] || files+=("$file")
	done
	files+=(${closure[@]+"${closure[@]}"})
	[ ${#files[@]} = 0 ] || try copy "$where" copy_modules "${files[@]}"
	try unpack "$where" unpack_files "$tree" ${closure[@]+"${closure[@]}"}
	closure=()
	for file in ${files[@]+"${files[@]}"}; do
		unpacked_name "$file"
		sources[/lib/modules/$version/$REPLY]=$where/$file
		[[ $REPLY != *.ko ]] || closure+=("$REPLY")
	done
	try index "$where" depmod -C /dev/null -b "$work/stage" "$version"
}

# list_firmware: "FILE MODULE..." lines: what the modules ask for
list_firmware() {
	[ ${#closure[@]} -gt 0 ] || return 0
	cd "$tree" && printf '%s\0' "${closure[@]}" | xargs -0 modinfo -- | awk '
		$1 == "filename:" { module = $2; sub(/.*\//, "", module); sub(/\.ko$/, "", module) }
		$1 == "firmware:" && !seen[$2, module]++ { if (!($2 in who)) order[++n] = $2; who[$2] = who[$2] " " module }
		END { for (i = 1; i <= n; i++) print order[i] who[order[i]] }'
}

# find_firmware NAME: adds each file of this name or pattern to found_firmware, by its name without a suffix. What the
# kernel's package has goes before what this machine has. Fails when there is none.
find_firmware() {
	local root file IFS='' status=1
	shopt -s nullglob
	for root in "$modules_dir/lib/firmware" /lib/firmware; do
		# shellcheck disable=SC2231 # a pattern; and as IFS is empty, no other splitting
		for file in "$root"/$1 "$root"/$1.xz "$root"/$1.zst; do
			[ -f "$file" ] || continue
			status=0
			unpacked_name "${file#"$root/"}"
			[ -n "${sources[/lib/firmware/$REPLY]:-}" ] || {
				sources[/lib/firmware/$REPLY]=$file
				firmware_of[$root]+=${file#"$root/"}$'\n'
			}
		done
	done
	shopt -u nullglob
	return $status
}

copy_firmware() {
	cd "$1" && mkdir -p "$work/stage/lib/firmware" || return
	xargs -d '\n' cp -L --parents -t "$work/stage/lib/firmware" --
}

stage_firmware() {
	local wanted name users root files
	local -A firmware_of=() # files, by the directory where they are
	for name in ${firmware[@]+"${firmware[@]}"}; do
		[[ ! /$name/ =~ //|/\.\.?/ ]] || die find "$name" "not a name below lib/firmware" "--add takes any file"
		find_firmware "$name" ||
			die find "$name" "no such firmware in $modules_dir/lib/firmware or /lib/firmware"
	done
	wanted=$(list_firmware 2>&1) || die read "$tree" "$wanted"
	while read -r name users; do
		[ -z "$name" ] || find_firmware "$name" ||
			echo "mkinitramfs: find firmware '$name': no such file, ${users// /, } may not work" >&2
	done <<<"$wanted"
	for root in "${!firmware_of[@]}"; do
		mapfile -t files <<<"${firmware_of[$root]%$'\n'}"
		need_unpackers "${files[@]}"
		try copy "$root" copy_firmware "$root" <<<"${firmware_of[$root]%$'\n'}"
		try unpack "$root" unpack_files "$work/stage/lib/firmware" "${files[@]}"
	done
}
