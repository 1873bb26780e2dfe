# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Which kernel is meant, what goes with it, and whether it was built with what a boot needs. To be sourced. Reads kernels,
# trees and configurations; writes into the cache alone and never runs a kernel tree's own make.
#
# A failure is one line on standard error and status 1. Formats: Documentation/arch/x86/boot.rst,
# Documentation/arch/arm64/booting.rst, Documentation/arch/arm/booting.rst, Documentation/arch/riscv/boot-image-header.rst,
# drivers/firmware/efi/libstub/zboot-header.S and kernel/configs.c of the kernel.

: "${kernel_cache:=${O:-$(dirname "${BASH_SOURCE[0]}")/../../build}/cache}"

kernel_fail() {
	echo "kernel: $1 '$2': $3, not booted" >&2
	return 1
}

# kernel_find WHAT ARCH: WHAT is a kernel image, a directory with one (as distributions and `make dir-pkg` lay it out), or
# a kernel tree that was built, also by O=. Sets
#   kernel_image    what QEMU is to start
#   kernel_version  as `uname -r` will show it
#   kernel_modules  a directory that holds lib/modules/VERSION, or '' (see kernel_stage_modules)
#   kernel_config   its configuration, or '' (see kernel_read_config)
#   kernel_vmlinux  the kernel with its symbols, or ''
#   kernel_tree     the tree it was built in, or ''
kernel_find() {
	local what=$1 arch=$2
	kernel_image='' kernel_version='' kernel_modules='' kernel_config='' kernel_vmlinux='' kernel_tree=''
	if [ -z "$(kernel_image_names "$arch")" ]; then
		kernel_fail find "$what" "kernels for '$arch' are not supported"
	elif [ -d "$what" ]; then
		kernel_find_in_directory "$(cd -- "$what" && pwd -P)" "$arch"
	elif [ -f "$what" ] && [ -r "$what" ]; then
		kernel_find_by_file "$(realpath -- "$what")" "$arch"
	elif [ -e "$what" ]; then
		kernel_fail read "$what" 'it is no file that can be read'
	else
		kernel_fail find "$what" 'no such file or directory'
	fi
}

kernel_find_in_directory() {
	local dir=$1 arch=$2 images=() image
	if kernel_is_tree "$dir"; then
		image=$(kernel_image_of_tree "$dir" "$arch") || return
		kernel_find_by_file "$image" "$arch"
		return
	fi
	for image in "$dir"/{vmlinuz,boot/vmlinuz,vmlinuz-*,boot/vmlinuz-*,{,usr/}lib/modules/*/vmlinuz}; do
		[ ! -f "$image" ] || images+=("$image")
	done
	# What has no other name for it: RISC-V in Debian.
	[ ${#images[@]} -gt 0 ] || for image in "$dir"/{,boot/}vmlinux-*; do
		[ ! -f "$image" ] || images+=("$image")
	done
	case ${#images[@]} in
	0) kernel_fail find "$dir/vmlinuz" 'the directory holds no kernel and is no kernel tree' ;;
	1) kernel_find_by_file "${images[0]}" "$arch" ;;
	*) kernel_fail choose "$dir" "it holds more than one kernel: ${images[*]#"$dir"/}" ;;
	esac
}

# A source tree, an O= directory, or both in one.
kernel_is_tree() {
	[ -e "$1/include/config/kernel.release" ] || { [ -e "$1/Kconfig" ] && [ -d "$1/arch" ]; } ||
		{ [ -e "$1/.config" ] && [ -e "$1/Makefile" ]; }
}

# Where make leaves the image, the fastest to start first; it never builds a later one without the first.
kernel_image_names() {
	case $1 in
	x86_64) echo arch/x86/boot/bzImage ;;
	arm64) echo arch/arm64/boot/Image arch/arm64/boot/Image.gz arch/arm64/boot/vmlinuz.efi ;;
	arm) echo arch/arm/boot/zImage ;;
	riscv64) echo arch/riscv/boot/Image arch/riscv/boot/Image.gz arch/riscv/boot/vmlinuz.efi ;;
	esac
}

kernel_image_of_tree() {
	local tree=$1 arch=$2 names name other
	read -r -a names < <(kernel_image_names "$arch")
	for name in "${names[@]}"; do
		[ ! -f "$tree/$name" ] || { echo "$tree/$name" && return; }
	done
	for other in x86_64 arm64 riscv64 arm; do
		for name in $(kernel_image_names "$other"); do
			[ ! -f "$tree/$name" ] || { kernel_fail find "$tree/${names[0]}" "the tree was built for $other" || return; }
		done
	done
	if [ -e "$tree/.config" ]; then
		kernel_fail find "$tree/${names[0]}" "the tree is configured but not built (make ${names[0]##*/})"
	else
		kernel_fail find "$tree/${names[0]}" 'the tree is not built here (one built with O= is there)'
	fi
}

kernel_find_by_file() {
	local file=$1 arch=$2
	kernel_look "$file" || return
	[ "$kernel_found_arch" = "$arch" ] ||
		kernel_fail read "$file" "it is a kernel for $kernel_found_arch, not for $arch" || return
	kernel_image=$file
	case $file in
	*/arch/*/boot/*) kernel_tree=${file%/arch/*/boot/*} ;;
	*/vmlinux) kernel_tree=${file%/*} ;;
	esac
	[ -z "$kernel_tree" ] || kernel_is_tree "$kernel_tree" || kernel_tree=''
	if [ -n "$kernel_tree" ]; then
		kernel_take_tree "$arch"
	else
		[ "$kernel_found_form" != elf ] || kernel_vmlinux=$file
		kernel_take_neighbours
	fi || return
	kernel_check_elf "$arch"
}

# kernel_has_pvh ELF: QEMU enters an ELF file only where it says how, with XEN_ELFNOTE_PHYS32_ENTRY. Not grep -q, which would
# end readelf by a signal.
kernel_has_pvh() {
	readelf -nW "$1" 2>/dev/null | grep 'Xen.*0x00000012' >/dev/null
}

kernel_check_elf() {
	[ "$kernel_found_form" = elf ] || return 0
	[ "$1" != x86_64 ] || ! kernel_has_pvh "$kernel_image" || return 0
	[ -n "$kernel_tree" ] || kernel_fail start "$kernel_image" 'QEMU cannot enter this ELF file, it needs the image made of it' ||
		return
	kernel_image=$(kernel_image_of_tree "$kernel_tree" "$1")
}

kernel_take_tree() {
	local release
	[ ! -f "$kernel_tree/vmlinux" ] || kernel_vmlinux=$kernel_tree/vmlinux
	[ ! -f "$kernel_tree/.config" ] || kernel_config=$kernel_tree/.config
	release=$(cat "$kernel_tree/include/config/kernel.release" 2>/dev/null) || release=$kernel_version
	[ "$release" = "$kernel_version" ] ||
		kernel_fail read "$kernel_image" "it is $kernel_version, but the tree has become $release since (make it again)" || return
	[ -z "$kernel_config" ] || [ ! "$kernel_config" -nt "$kernel_image" ] ||
		echo "kernel: read '$kernel_config': newer than ${kernel_image##*/}, what changed there is not built yet, going on" >&2
}

# What lies where distributions, `make install`, `make dir-pkg` and fetch-kernel.sh put it.
kernel_take_neighbours() {
	local dir=${kernel_image%/*} root place
	root=${dir%/*} root=${root:-/}
	for place in "$dir/modules" "$dir" "$root" "$root/usr" "${dir%/*/*/*}"; do
		[ ! -d "$place/lib/modules/$kernel_version" ] || { kernel_modules=$place && break; }
	done
	for place in "$dir/config-$kernel_version" "$dir/config" "${kernel_modules:-$dir}/lib/modules/$kernel_version/config"; do
		[ ! -f "$place" ] || { kernel_config=$place && break; }
	done
	[ -z "$kernel_vmlinux" ] || return 0
	for place in "$dir/vmlinux-$kernel_version" "$root/usr/lib/debug/boot/vmlinux-$kernel_version" \
		"${kernel_modules:-$root}/lib/debug/lib/modules/$kernel_version/vmlinux"; do
		[ ! -f "$place" ] || [ "$place" = "$kernel_image" ] || { kernel_vmlinux=$place && break; }
	done
}

# kernel_look FILE: sets kernel_found_form, kernel_found_arch and kernel_version.
kernel_look() {
	local file=$1 head facts
	head=$(kernel_head <"$file")
	kernel_found_form=$(kernel_form "$head")
	if [ "$kernel_found_form" = bzimage ]; then
		kernel_found_arch=$(kernel_arch "$head")
		kernel_version=$(kernel_text "$file" $((512 + $(kernel_field "$head" 526 2))))
	elif [ -n "$kernel_found_form" ]; then
		facts=$kernel_cache/facts-$(kernel_stat_key "$file")
		[ -e "$facts" ] || kernel_keep "$facts" kernel_facts "$file" || return
		read -r kernel_found_arch kernel_version <"$facts" || true
	fi
	[ -n "$kernel_found_form" ] && [[ $kernel_version = [0-9]* ]] || kernel_fail read "$file" 'it is no Linux kernel'
}

# What only the unpacked kernel tells: its architecture and version.
kernel_facts() {
	local arch version
	arch=$(kernel_arch "$(kernel_head <"$1")")
	[ -n "$arch" ] || arch=$(kernel_arch "$({ kernel_unpack "$1" || true; } 2>/dev/null | kernel_head)")
	version=$({ kernel_unpack "$1" || true; } 2>/dev/null | grep -aoE -m 1 'Linux version [0-9][^ ]*' | head -n 1) || true
	echo "${arch:-unknown} ${version#Linux version }"
}

# The first bytes of standard input in hexadecimal: all headers are in them.
kernel_head() {
	od -An -v -t x1 -N 640 | tr -d ' \n'
}

# kernel_field HEAD OFFSET SIZE: a number of it; all of these formats are little-endian.
kernel_field() {
	local hex=${1:$2*2:$3*2} number=''
	while [ -n "$hex" ]; do
		number=${hex:0:2}$number hex=${hex:2}
	done
	echo $((16#${number:-0}))
}

# kernel_text FILE OFFSET: the word that stands there
kernel_text() {
	dd if="$1" bs=256 iflag=skip_bytes skip="$2" count=1 status=none | tr -s '\0 ' '\n' | head -n 1
}

kernel_form() {
	case $1 in
	7f454c46*) echo elf ;;
	4d5a????7a696d67*) echo zboot ;;
	*) case ${1:1028:8}:${1:112:8} in
		48647253:*) echo bzimage ;;
		*:41524d64 | *:52534305) echo image ;;
		*) [ "${1:72:8}" = 18286f01 ] && echo zimage || ! kernel_unpacker "$1" >/dev/null || echo compressed ;;
		esac ;;
	esac
}

kernel_arch() {
	case $(kernel_form "$1") in
	elf) case $(kernel_field "$1" 18 2) in
		3) echo i386 ;;
		40) echo arm ;;
		62) echo x86_64 ;;
		183) echo arm64 ;;
		243) echo riscv64 ;;
		*) echo 'another machine' ;;
		esac ;;
	zimage) echo arm ;;
	bzimage) [ $(($(kernel_field "$1" 566 2) & 1)) = 1 ] && echo x86_64 || echo i386 ;; # XLF_KERNEL_64
	image) [ "${1:112:8}" = 41524d64 ] && echo arm64 || echo riscv64 ;;
	esac
}

# kernel_unpacker BYTES: by the magic number
kernel_unpacker() {
	case $1 in
	1f8b*) echo gzip -dc ;;
	28b52ffd*) echo zstd -dqc ;;
	02214c18*) echo lz4 -dqc ;;
	fd377a585a00*) echo xz -dc ;;
	425a68*) echo bzip2 -dc ;;
	5d0000*) echo xz --format=lzma -dc ;;
	894c5a4f*) echo lzop -dc ;;
	*) return 1 ;;
	esac
}

# kernel_unpack FILE: the kernel itself on standard output, whatever it is packed in
kernel_unpack() {
	local file=$1 head start=0 size unpacker
	head=$(kernel_head <"$file")
	size=$(stat -L -c %s -- "$file")
	case $(kernel_form "$head") in
	bzimage)
		start=$((($(kernel_field "$head" 497 1) + 1) * 512 + $(kernel_field "$head" 584 4)))
		size=$(kernel_field "$head" 588 4)
		;;
	zboot)
		start=$(kernel_field "$head" 8 4)
		size=$(kernel_field "$head" 12 4)
		;;
	zimage) # its header does not say where the kernel begins; in front of it its unpacker has the magic number as well
		start=$(LC_ALL=C grep -aboP '\x1f\x8b\x08\x00{5}\x02\x03|\xfd7zXZ\x00\x00[\x00\x01\x04]' -- "$file" | tr -d '\0' | tail -n 1)
		start=${start%%:*}
		[ -n "$start" ] || return
		size=$((size - start))
		;;
	compressed) ;;
	*) cat -- "$file" && return ;;
	esac
	unpacker=$(kernel_unpacker "$(kernel_bytes "$file" "$start" 8 | kernel_head)") || return
	# Of all but gzip, which has it anyway, the four bytes behind the stream say how long the unpacked kernel is.
	[ "$start" = 0 ] || [ "${unpacker%% *}" = gzip ] || size=$((size - 4))
	# shellcheck disable=SC2086
	kernel_bytes "$file" "$start" "$size" | $unpacker
}

kernel_bytes() {
	dd if="$1" bs=64K iflag=skip_bytes,count_bytes skip="$2" count="$3" status=none
}

# kernel_stat_key FILE...: changes when one of them does
kernel_stat_key() {
	stat -L -c '%n %s %y %i' -- "$@" | sha256sum | cut -c1-16
}

# kernel_keep FILE COMMAND...: FILE becomes what the command prints, whole or not at all
kernel_keep() {
	local file=$1 part
	mkdir -p "$kernel_cache"
	part=$(mktemp "$file.XXXXXX")
	"${@:2}" >"$part" && mv -f -- "$part" "$file" || { rm -f -- "$part" && return 1; }
}

# kernel_stage_modules [DIR]: sets kernel_modules for those who want modules: to DIR (or the directories above it or usr
# in it, where lib/modules/VERSION is), to what kernel_find found, or to the modules of the kernel's tree in the places
# where `make modules_install` would put them. They get there as links, so that staging takes no space and a module that is built
# again is the new one. Adds the indexes where there are none. '' when the kernel was built without modules.
kernel_stage_modules() {
	local dir=${1:-} place there
	if [ -n "$dir" ]; then
		kernel_modules=''
		for place in "$dir" "$dir/usr" "$dir/../.." "$dir/../../.."; do
			[ ! -d "$place/lib/modules/$kernel_version" ] || { kernel_modules=$(cd -- "$place" && pwd) && break; }
		done
		there=$(cd -- "$dir/lib/modules" 2>/dev/null && echo *) || there=none
		[ -n "$kernel_modules" ] ||
			kernel_fail find "$dir/lib/modules/$kernel_version" "no modules of this kernel, there are: $there" || return
	elif [ -n "$kernel_tree" ]; then
		kernel_stage_tree || return
	fi
	[ -z "$kernel_modules" ] || [ -e "$kernel_modules/lib/modules/$kernel_version/modules.dep.bin" ] || kernel_stage_installed
}

# Of modules.order: its names end in .ko or, since Linux 6.5, in .o; long ago they began with kernel/.
kernel_stage_tree() {
	local list key
	[ -s "$kernel_tree/modules.order" ] || return 0
	list=$(sed 's|^kernel/||; s|\.o$|.ko|' "$kernel_tree/modules.order" | (cd "$kernel_tree" && xargs -r -d '\n' ls -d -- 2>/dev/null)) || true
	[ -n "$list" ] || kernel_fail find "$kernel_tree/*.ko" 'the modules of the tree are not built (make modules)' || return
	key=$(cd "$kernel_tree" && xargs -d '\n' stat -L -c '%n %s %y %i' -- modules.order <<<"$list" |
		cat - <(echo "$kernel_version $kernel_tree") | sha256sum | cut -c1-16)
	kernel_stage "$key" kernel_link_tree "$list"
}

# kernel_stage KEY COMMAND...: has the command fill $stage/lib/modules/VERSION, once for each key
kernel_stage() {
	local dest=$kernel_cache/modules-$1 stage
	shift
	if [ ! -e "$dest" ]; then
		mkdir -p "$kernel_cache"
		find "$kernel_cache" -maxdepth 1 -name 'modules-*' -mtime +7 -exec rm -rf {} +
		stage=$(mktemp -d "$dest.XXXXXX")
		mkdir -p "$stage/lib/modules/$kernel_version"
		if ! "$@" || ! PATH=$PATH:/usr/sbin:/sbin depmod -C /dev/null -b "$stage" "$kernel_version"; then
			rm -rf "$stage"
			kernel_fail stage "${kernel_tree:-$kernel_modules}" 'its modules could not be put together'
			return
		fi
		mv -T -- "$stage" "$dest" 2>/dev/null || rm -rf "$stage" # another one was faster
	fi
	touch -- "$dest"
	kernel_modules=$(cd "$dest" && pwd)
}

kernel_link_tree() {
	local into=$stage/lib/modules/$kernel_version file
	kernel_prefix "$kernel_tree/" <<<"$1" | xargs -d '\n' cp -s --parents -t "$stage" -- &&
		mv -- "$stage$kernel_tree" "$into/kernel" && kernel_prefix kernel/ <<<"$1" >"$into/modules.order" || return
	for file in modules.builtin modules.builtin.modinfo; do
		[ ! -f "$kernel_tree/$file" ] || cp -- "$kernel_tree/$file" "$into/$file" || return
	done
	[ ! -f "$into/modules.builtin" ] || sed -i '/^kernel\//!s|^|kernel/|' "$into/modules.builtin"
}

kernel_prefix() {
	PREFIX=$1 awk '{ print ENVIRON["PREFIX"] $0 }'
}

kernel_stage_installed() {
	local from=$kernel_modules/lib/modules/$kernel_version key
	key=$(kernel_list_modules | sha256sum | cut -c1-16)
	kernel_stage "$key" kernel_link_installed "$from"
}

kernel_link_installed() {
	cp -rs -- "$1/." "$stage/lib/modules/$kernel_version/"
}

# Every file of the modules with size and time. build and source are links to trees, not modules.
kernel_list_modules() {
	[ -z "$kernel_modules" ] || (cd -- "$kernel_modules/lib/modules/$kernel_version" &&
		find -L . \( -name build -o -name source \) -prune -o -type f -printf '%p %s %T@\n' | LC_ALL=C sort)
}

# kernel_read_config: sets kernel_config to the one inside the image (CONFIG_IKCONFIG) where kernel_find found no file;
# '' when there is none either.
kernel_read_config() {
	local inside
	[ -z "$kernel_config" ] || return 0
	inside=$kernel_cache/config-$(kernel_stat_key "$kernel_image")
	[ -e "$inside" ] || kernel_keep "$inside" kernel_config_inside "$kernel_image" || return
	[ ! -s "$inside" ] || kernel_config=$inside
}

# Between IKCFG_ST and IKCFG_ED, as gzip has packed it; what follows does not disturb gzip.
kernel_config_inside() {
	local at text
	while IFS=: read -r at _; do
		text=$({ kernel_unpack "$1" || true; } 2>/dev/null | tail -c +$((at + 9)) | gzip -dc 2>/dev/null) || true
		[[ $text != *CONFIG_* ]] || { printf '%s\n' "$text" && return; }
	done < <({ kernel_unpack "$1" || true; } 2>/dev/null | grep -abo IKCFG_ST)
}

# What a boot asks of the configuration. Without a `must` it cannot end well and is not tried; without a `should` it can.
# When: `always`, or words that all must be among those that kernel_config_check was given, with + between them.
# Options: one of several (|) is enough. X is =y, or =m where modules are in the image; X=y is built in; X>=N a number;
# !X is not set. For what: what goes wrong otherwise.
kernel_options='
must    always           BLK_DEV_INITRD=y               the kernel unpacks no image
must    always           !INITRAMFS_FORCE               the kernel takes no image but its own
must    always           BINFMT_ELF=y                   the kernel cannot execute /init
must    always           DEVTMPFS=y                     /init cannot mount /dev
must    always           PROC_FS=y                      /init cannot mount /proc
must    always           SYSFS=y                        /init cannot mount /sys
must    always           TMPFS=y|!SHMEM                 /init cannot mount /run and /tmp
must    always           SIGNALFD=y                     /init cannot learn that the payload ended
must    always           TTY=y                          there are no serial ports, so no result and no output
must    x86_64           !CMDLINE_OVERRIDE              the kernel does not read its command line
must    arm64            !CMDLINE_FORCE                 the kernel does not read its command line
must    riscv64          !CMDLINE_FORCE                 the kernel does not read its command line
must    gzip             RD_GZIP=y                      the kernel cannot unpack an image of this compression
must    lz4              RD_LZ4=y                       the kernel cannot unpack an image of this compression
must    xz               RD_XZ=y                        the kernel cannot unpack an image of this compression
must    zstd             RD_ZSTD=y                      the kernel cannot unpack an image of this compression
must    x86_64           SERIAL_8250=y                  there is no serial port, so no result and no output
must    x86_64           SERIAL_8250_RUNTIME_UARTS>=4   the payload has no port for its output and errors
should  x86_64           SERIAL_8250_CONSOLE=y          the log does not come, and a panic goes unseen
must    arm64            SERIAL_AMBA_PL011=y            there is no serial port, so no console
should  arm64            SERIAL_AMBA_PL011_CONSOLE=y    the log does not come, and a panic goes unseen
must    arm              SERIAL_AMBA_PL011=y            there is no serial port, so no console
should  arm              SERIAL_AMBA_PL011_CONSOLE=y    the log does not come, and a panic goes unseen
must    riscv64          SERIAL_8250=y                  there is no serial port, so no console
must    riscv64          SERIAL_OF_PLATFORM=y           there is no serial port, so no console
should  riscv64          SERIAL_8250_CONSOLE=y          the log does not come, and a panic goes unseen
should  always           PRINTK=y                       neither the kernel nor /init can say what went wrong
should  always           MEMFD_CREATE=y                 a payload that is restarted or lies on a disk cannot be run
should  always           NET=y                          /init cannot wait for devices or load what they ask for
must    modules          MODULES=y                      the kernel loads no module
should  modules          !MODULE_SIG_FORCE              the kernel takes only modules that were signed for it
must    go               FUTEX=y                        no Go program can run
should  go               EPOLL=y                        no Go program can wait for files or the network
should  go               EVENTFD=y                      no Go program can wait for files or the network
must    q35              ACPI=y                         the machine cannot be switched off and stands still at the end
must    pci              PCI=y                          there is no bus for what the machine has
must    arm64+pci        PCI_HOST_GENERIC=y             there is no bus for what the machine has
must    arm+pci          PCI_HOST_GENERIC=y             there is no bus for what the machine has
must    riscv64+pci      PCI_HOST_GENERIC=y             there is no bus for what the machine has
must    pci-serial       SERIAL_8250_PCI=y              there is no port for the result and the output
must    virtio           VIRTIO_PCI                     no driver for what the machine has
must    disk             VIRTIO_BLK                     no driver for the disk
must    vport            VIRTIO_CONSOLE                 no driver for the port
must    net              VIRTIO_NET                     no driver for the network
must    9p               NET_9P_VIRTIO                  no driver for the shared directory
must    9p               9P_FS                          the shared directory cannot be mounted
must    virtiofs         VIRTIO_FS                      the shared directory cannot be mounted
'

# kernel_config_check ARCH MACHINE NEED...: says in a line each what the configuration lacks for such a boot; fails when it
# cannot end well. NEED is `modules` (the image has some), `go` (the payload), gzip, lz4, xz or zstd (the image's
# compression), or what the machine gets: disk, vport, net, 9p, virtiofs, pci-serial; or `force`: then it only warns. When no
# configuration is to be had there is nothing to say.
kernel_config_check() {
	local need=" $* " from
	kernel_read_config && [ -n "$kernel_config" ] || return 0
	from=$kernel_config
	[[ $from != "$kernel_cache"/config-* ]] || from="inside $kernel_image"
	[[ ! $need =~ ' '(disk|vport|net|9p|virtiofs)' ' ]] || need+="virtio pci "
	[[ $need != *' pci-serial '* ]] || need+="pci "
	NEED=$need FROM=$from awk '
		function has(word) { return index(ENVIRON["NEED"], " " word " ") > 0 }

		function applies(when,  words, n, i) {
			n = split(when, words, "+")
			for (i = 1; i <= n; i++)
				if (words[i] != "always" && !has(words[i])) return 0
			return 1
		}

		# "" when the configuration is like that, otherwise how it is
		function lacks(wish,  option, is) {
			option = wish
			gsub(/^!|=y$|>=.*/, "", option)
			is = (option in set) ? set[option] : ""
			if (wish ~ /^!/) return is == "" ? "" : "it is set"
			if (is == "") return "it is not set"
			if (wish ~ />=/) return is + 0 >= substr(wish, index(wish, ">=") + 2) + 0 ? "" : "it is only " is
			if (is == "y" || (wish !~ /=y$/ && has("modules"))) return ""
			return wish ~ /=y$/ ? "it is a module" : "it is a module and the image has none"
		}

		function check(severity, wish, effect,  wishes, n, i, first, reason, end) {
			n = split(wish, wishes, "|")
			for (i = 1; i <= n; i++) {
				reason = lacks(wishes[i])
				if (reason == "") return
				if (i == 1) first = reason
			}
			end = severity == "should" ? "going on" : has("force") ? "booted all the same" : "not booted"
			if (end == "not booted") failed = 1
			gsub(/^!|=y$|>=.*/, "", wishes[1])
			print "kernel: check \047CONFIG_" wishes[1] "\047: " first ", " effect ", " end " (" ENVIRON["FROM"] ")"
		}

		FNR == NR {
			if (match($0, /^CONFIG_[A-Za-z0-9_]+=/)) set[substr($0, 8, RLENGTH - 8)] = substr($0, RLENGTH + 1)
			next
		}
		$1 == "must" || $1 == "should" {
			effect = $0
			sub(/^[^ ]+ +[^ ]+ +[^ ]+ +/, "", effect)
			if (applies($2)) check($1, $3, effect)
		}
		END { exit failed }' "$kernel_config" <(echo "$kernel_options") >&2
}

# kernel_hash: names this kernel with these modules in caches. The image counts by its bytes, read once as long as it is
# not written; the modules by their names, sizes and times. Prints 16 digits.
kernel_hash() {
	local sum
	sum=$kernel_cache/sum-$(kernel_stat_key "$kernel_image")
	[ -e "$sum" ] || kernel_keep "$sum" sha256sum <"$kernel_image" || return
	{ cat "$sum" && echo "$kernel_version" && kernel_list_modules; } | sha256sum | cut -c1-16
}
