#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Which kernel scripts/lib/kernel.sh finds in what a user names, and what it says about its configuration. The kernel and its
# modules are those that the tests boot, laid out as a kernel tree and as packages have it; other architectures' images are
# headers as the kernel's documentation has them, around what is looked for inside.

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	debian=$(cd "${O:-$root/build}/kernels/x86_64" && pwd)
	version=$(cat "$debian/version")
	kernel_cache=$BATS_TEST_TMPDIR/cache
	export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
	# shellcheck source=scripts/lib/kernel.sh
	. "$root/scripts/lib/kernel.sh"
	cd "$BATS_TEST_TMPDIR"
}

# found IMAGE VERSION MODULES CONFIG, behind kernel_find
found() {
	printf '%s\n' "$kernel_image" "$kernel_version" "$kernel_modules" "$kernel_config" >is
	printf '%s\n' "$@" | diff is -
}

# fails LINE COMMAND...: with status 1 and this one line
fails() {
	local status=0
	"${@:2}" 2>said || status=$?
	[ "$status" = 1 ] && [ "$(cat said)" = "$1" ] || { echo "status $status, said: $(cat said)" && return 1; }
}

# make_tree DIR: as make leaves it that built the kernel with some modules
make_tree() {
	mkdir -p "$1"/{include/config,arch/x86/boot}
	cp "$debian/config" "$1/.config"
	cp "$debian/vmlinuz" "$1/arch/x86/boot/bzImage"
	echo "$version" >"$1/include/config/kernel.release"
	touch "$1/Makefile"
	(cd "$debian/modules/lib/modules/$version/kernel" && find drivers/md lib/reed_solomon -name '*.ko' | tee /dev/fd/3 |
		xargs cp --parents -t "$OLDPWD/$1") 3>"$1/modules.order"
	cp "$debian/modules/lib/modules/$version"/modules.builtin{,.modinfo} "$1"
}

# word NUMBER: 4 bytes, little-endian
word() {
	printf '%b' "$(printf '\\0%03o\\0%03o\\0%03o\\0%03o' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)))"
}

# image ARCH [CONFIG]: an Image, with a configuration inside
image() {
	head -c 48 /dev/zero
	case $1 in
	arm64) printf '\0\0\0\0\0\0\0\0ARM\144\0\0\0\0' ;;
	riscv64) printf 'RISCV\0\0\0RSC\5\0\0\0\0' ;;
	esac
	head -c 8192 /dev/zero
	printf '%%s version %%s\0Linux version 6.9.1-test (me@here) #1\n\0'
	[ -z "${2:-}" ] || { printf 'IKCFG_ST\0 and IKCFG_ST' && gzip -n <"$2" && printf IKCFG_ED; }
	head -c 512 /dev/zero
}

# zboot FILE: the same, packed as the kernel's EFI stub carries it
zboot() {
	local size
	gzip -n <"$1" >packed
	size=$(stat -c %s packed)
	printf 'MZ\0\0zimg' && word 4096 && word "$size" && head -c 8 /dev/zero && printf 'gzip\0'
	head -c $((4096 - 29)) /dev/zero && cat packed && head -c 100 /dev/zero
}

modules_of() {
	modprobe -C /dev/null -d "$kernel_modules" -S "$kernel_version" --show-depends "$1" | awk '{ print $2 }'
}

@test "an image: its version, and what lies beside it" {
	kernel_find "$debian/vmlinuz" x86_64
	found "$debian/vmlinuz" "$version" "$debian/modules" "$debian/config"
	kernel_find "$debian" x86_64
	found "$debian/vmlinuz" "$version" "$debian/modules" "$debian/config"
	[ -z "$kernel_tree$kernel_vmlinux" ]
}

@test "an installed kernel, by a link to it: boot/ and lib/modules/; a second one must be chosen" {
	mkdir -p a/boot a/lib/modules
	cp "$debian/vmlinuz" "a/boot/vmlinuz-$version"
	cp "$debian/config" "a/boot/config-$version"
	ln -s "$debian/modules/lib/modules/$version" a/lib/modules/
	ln -s "boot/vmlinuz-$version" a/vmlinuz.old
	kernel_find a/vmlinuz.old x86_64
	found "$PWD/a/boot/vmlinuz-$version" "$version" "$PWD/a" "$PWD/a/boot/config-$version"
	kernel_find a x86_64
	found "$PWD/a/boot/vmlinuz-$version" "$version" "$PWD/a" "$PWD/a/boot/config-$version"
	cp "$debian/vmlinuz" a/boot/vmlinuz-2
	fails "kernel: choose '$PWD/a': it holds more than one kernel: boot/vmlinuz-2 boot/vmlinuz-$version, not booted" kernel_find a x86_64
}

@test "the image among its modules: usr/lib/modules/VERSION/vmlinuz, with config" {
	mkdir -p "b/usr/lib/modules/$version"
	cp "$debian/vmlinuz" "$debian/config" "b/usr/lib/modules/$version/"
	kernel_find b x86_64
	found "$PWD/b/usr/lib/modules/$version/vmlinuz" "$version" "$PWD/b/usr" "$PWD/b/usr/lib/modules/$version/config"
}

@test "a kernel tree: image, configuration and modules, put where modprobe looks for them" {
	make_tree 'a tree'
	kernel_find 'a tree' x86_64
	found "$PWD/a tree/arch/x86/boot/bzImage" "$version" '' "$PWD/a tree/.config"
	[ "$kernel_tree" = "$PWD/a tree" ]
	kernel_stage_modules
	modules_of dm_verity >staged
	grep -q "^$kernel_modules/lib/modules/$version/kernel/drivers/md/dm-verity.ko$" staged
	grep -q "^$kernel_modules/lib/modules/$version/kernel/drivers/md/dm-bufio.ko$" staged
	[ -z "$(modules_of virtio_blk 2>/dev/null)" ] # not in the tree
	cmp "$kernel_modules/lib/modules/$version/kernel/drivers/md/dm-mod.ko" 'a tree/drivers/md/dm-mod.ko'
}

@test "a kernel tree, named by an image or vmlinux in it" {
	make_tree tree
	kernel_find tree/arch/x86/boot/bzImage x86_64
	[ "$kernel_tree" = "$PWD/tree" ]
	kernel_unpack "$debian/vmlinuz" >tree/vmlinux # with PVH
	kernel_find tree/vmlinux x86_64
	found "$PWD/tree/vmlinux" "$version" '' "$PWD/tree/.config"
	[ "$kernel_vmlinux" = "$PWD/tree/vmlinux" ]
	# Without its note (XEN_ELFNOTE_PHYS32_ENTRY, 18), though with others, QEMU could not enter it.
	perl -0777 -pi -e 's/(\x04\0{3}.{4})\x12(\0{3}Xen\0)/$1\x7f$2/s or die' tree/vmlinux
	kernel_find tree/vmlinux x86_64
	[ "$kernel_image" = "$PWD/tree/arch/x86/boot/bzImage" ]
	[ "$kernel_vmlinux" = "$PWD/tree/vmlinux" ]
	mv tree/vmlinux alone
	fails "kernel: start '$PWD/alone': QEMU cannot enter this ELF file, it needs the image made of it, not booted" kernel_find alone x86_64
}

@test "a tree's modules are put together once, and again when one was built again" {
	local first
	make_tree tree
	kernel_find tree x86_64
	kernel_stage_modules
	first=$kernel_modules
	depmod() { echo 'indexed again' && return 1; }
	kernel_find tree x86_64
	kernel_stage_modules
	[ "$kernel_modules" = "$first" ]
	unset -f depmod
	strip -g tree/drivers/md/dm-mod.ko
	kernel_find tree x86_64
	kernel_stage_modules
	[ "$kernel_modules" != "$first" ]
}

@test "modules.order of other kernels: .o since 6.5, kernel/ in front long ago; builtin modules count as there" {
	make_tree tree
	sed -i 's/\.ko$/.o/' tree/modules.order
	kernel_find tree x86_64
	kernel_stage_modules
	[ -n "$(modules_of dm_verity)" ]
	grep -qx kernel/drivers/md/dm-verity.ko "$kernel_modules/lib/modules/$version/modules.order"
	cmp "$kernel_modules/lib/modules/$version/modules.builtin" "$debian/modules/lib/modules/$version/modules.builtin"
	sed -i 's|^|kernel/|; s/\.o$/.ko/' tree/modules.order
	kernel_find tree x86_64
	kernel_stage_modules
	[ -n "$(modules_of dm_verity)" ]
	sed 's|^kernel/||' "$debian/modules/lib/modules/$version/modules.builtin" >tree/modules.builtin
	touch tree/modules.order
	kernel_stage_modules
	cmp "$kernel_modules/lib/modules/$version/modules.builtin" "$debian/modules/lib/modules/$version/modules.builtin"
}

@test "a tree built without modules is fine, one whose modules are not built is told" {
	make_tree tree
	rm tree/modules.order
	kernel_find tree x86_64
	kernel_stage_modules
	[ -z "$kernel_modules" ]
	echo drivers/net/none.ko >tree/modules.order
	kernel_find tree x86_64
	fails "kernel: find '$PWD/tree/*.ko': the modules of the tree are not built (make modules), not booted" kernel_stage_modules
}

@test "a tree that is not built, built for another machine, or changed since" {
	mkdir -p tree/{arch/x86,include/config}
	touch tree/Kconfig tree/Makefile
	fails "kernel: find '$PWD/tree/arch/x86/boot/bzImage': the tree is not built here (one built with O= is there), not booted" \
		kernel_find tree x86_64
	touch tree/.config
	fails "kernel: find '$PWD/tree/arch/x86/boot/bzImage': the tree is configured but not built (make bzImage), not booted" \
		kernel_find tree x86_64
	mkdir -p tree/arch/arm64/boot
	image arm64 >tree/arch/arm64/boot/Image
	fails "kernel: find '$PWD/tree/arch/x86/boot/bzImage': the tree was built for arm64, not booted" kernel_find tree x86_64
	rm tree/.config
	make_tree tree
	echo 6.1.0+ >tree/include/config/kernel.release
	fails "kernel: read '$PWD/tree/arch/x86/boot/bzImage': it is $version, but the tree has become 6.1.0+ since (make it again), not booted" \
		kernel_find tree x86_64
	echo "$version" >tree/include/config/kernel.release
	touch -d tomorrow tree/.config
	kernel_find tree x86_64 2>said
	[ "$(cat said)" = "kernel: read '$PWD/tree/.config': newer than bzImage, what changed there is not built yet, going on" ]
}

@test "modules in a directory that is named; of another kernel" {
	kernel_find "$debian/vmlinuz" x86_64
	mkdir -p c/usr/lib/modules
	ln -s "$debian/modules/lib/modules/$version" c/usr/lib/modules/
	for dir in c c/usr c/usr/lib/modules "c/usr/lib/modules/$version"; do
		kernel_stage_modules "$dir"
		[ "$kernel_modules/lib/modules/$version" -ef "$debian/modules/lib/modules/$version" ]
	done
	mkdir -p d/lib/modules/2.6
	fails "kernel: find 'd/lib/modules/$version': no modules of this kernel, there are: 2.6, not booted" kernel_stage_modules d
}

@test "installed modules without indexes get them, and stay as they are" {
	mkdir -p d/lib/modules
	cp -r "$debian/modules/lib/modules/$version" d/lib/modules/
	rm "d/lib/modules/$version"/modules.*.bin
	find d -printf '%p %y %i %s %T@\n' | sort >before
	kernel_find "$debian/vmlinuz" x86_64
	kernel_stage_modules d
	[ -n "$(modules_of dm_verity)" ]
	find d -printf '%p %y %i %s %T@\n' | sort | diff before -
}

@test "images of arm64 and riscv64: bare, compressed, and EFI zboot" {
	local arch form
	for arch in arm64 riscv64; do
		image $arch >Image
		gzip -k Image
		xz -k --check=crc32 Image
		zboot Image >vmlinuz.efi
		for form in Image Image.gz Image.xz vmlinuz.efi; do
			kernel_find $form $arch
			found "$PWD/$form" 6.9.1-test '' ''
			kernel_unpack $form >unpacked
			cmp unpacked Image
		done
		fails "kernel: read '$PWD/vmlinuz.efi': it is a kernel for $arch, not for x86_64, not booted" kernel_find vmlinuz.efi x86_64
		rm Image*
	done
	fails "kernel: read '$debian/vmlinuz': it is a kernel for x86_64, not for arm64, not booted" kernel_find "$debian/vmlinuz" arm64
}

@test "a bzImage for 32-bit x86" {
	cp "$debian/vmlinuz" bzImage
	dd if=/dev/zero of=bzImage bs=1 seek=$((0x236)) count=2 conv=notrunc status=none # xloadflags
	fails "kernel: read '$PWD/bzImage': it is a kernel for i386, not for x86_64, not booted" kernel_find bzImage x86_64
}

@test "what is no kernel" {
	echo text >text
	: >empty
	gzip -c text >text.gz
	head -c 700 "$debian/vmlinuz" >short
	dd if=/dev/zero of=short bs=1 seek=$((0x20e)) count=2 conv=notrunc status=none # no version
	for file in text empty text.gz short; do
		fails "kernel: read '$PWD/$file': it is no Linux kernel, not booted" kernel_find $file x86_64
	done
	fails "kernel: read '$(realpath "$(command -v bash)")': it is no Linux kernel, not booted" kernel_find "$(command -v bash)" x86_64
	fails "kernel: find 'nothing': no such file or directory, not booted" kernel_find nothing x86_64
	fails "kernel: read '/dev/null': it is no file that can be read, not booted" kernel_find /dev/null x86_64
	mkdir e
	fails "kernel: find '$PWD/e/vmlinuz': the directory holds no kernel and is no kernel tree, not booted" kernel_find e x86_64
	fails "kernel: find 'e': kernels for 'sparc' are not supported, not booted" kernel_find e sparc
}

@test "the kernel inside a bzImage: an ELF file that says where QEMU may enter it" {
	kernel_unpack "$debian/vmlinuz" >vmlinux
	readelf -nW vmlinux | grep -q Xen
}

@test "the configuration inside an image, also behind a decoy and in a compressed one" {
	image arm64 "$debian/config" >Image
	zboot Image >vmlinuz.efi
	for form in Image vmlinuz.efi; do
		kernel_find $form arm64
		[ -z "$kernel_config" ]
		kernel_read_config
		cmp "$kernel_config" "$debian/config"
	done
	image arm64 >Image
	kernel_find Image arm64
	kernel_read_config
	[ -z "$kernel_config" ]
	kernel_config_check arm64 virt go disk 2>&1 | cmp - /dev/null
}

# with SED-SCRIPT: the Debian kernel's configuration, changed
with() {
	sed "$1" "$debian/config" >config
	kernel_image=bzImage kernel_config=config
}

@test "the kernel that the tests boot has what all of our boots need" {
	with ''
	kernel_config_check x86_64 microvm go gzip lz4 xz zstd 2>&1 | cmp - /dev/null
	kernel_config_check x86_64 q35 go modules disk vport net virtiofs 2>&1 | cmp - /dev/null
}

@test "missing options are named, each with what for, before the boot" {
	with 's/^CONFIG_DEVTMPFS=y/# CONFIG_DEVTMPFS is not set/; s/^CONFIG_NET=y//; s/^CONFIG_SERIAL_8250=y/CONFIG_SERIAL_8250=m/'
	! kernel_config_check x86_64 microvm go 2>said || false
	diff said - <<-'EOT'
		kernel: check 'CONFIG_DEVTMPFS': it is not set, /init cannot mount /dev, not booted (config)
		kernel: check 'CONFIG_SERIAL_8250': it is a module, there is no serial port, so no result and no output, not booted (config)
		kernel: check 'CONFIG_NET': it is not set, /init cannot wait for devices or load what they ask for, going on (config)
	EOT
	kernel_config_check x86_64 microvm go force 2>said
	[ "$(grep -c 'booted all the same (config)$' said)" = 2 ]
	with 's/^CONFIG_NET=y//'
	kernel_config_check x86_64 microvm go 2>said
	[ "$(wc -l <said)" = 1 ]
}

@test "numbers, options that must not be set, alternatives, and modules where the image has none" {
	with 's/^CONFIG_SERIAL_8250_RUNTIME_UARTS=.*/CONFIG_SERIAL_8250_RUNTIME_UARTS=2/; s/^# CONFIG_CMDLINE_OVERRIDE.*/CONFIG_CMDLINE_OVERRIDE=y/; $aCONFIG_CMDLINE_OVERRIDE=y'
	! kernel_config_check x86_64 microvm 2>said || false
	diff said - <<-'EOT'
		kernel: check 'CONFIG_CMDLINE_OVERRIDE': it is set, the kernel does not read its command line, not booted (config)
		kernel: check 'CONFIG_SERIAL_8250_RUNTIME_UARTS': it is only 2, the payload has no port for its output and errors, not booted (config)
	EOT
	with '/^CONFIG_TMPFS=/d'
	! kernel_config_check x86_64 microvm 2>said || false
	grep -q "^kernel: check 'CONFIG_TMPFS': it is not set, " said
	with '/^CONFIG_TMPFS=/d; /^CONFIG_SHMEM=/d' # then ramfs is called tmpfs
	kernel_config_check x86_64 microvm 2>&1 | cmp - /dev/null
	with 's/^CONFIG_VIRTIO_BLK=.*/CONFIG_VIRTIO_BLK=m/; s/^CONFIG_VIRTIO_PCI=.*/CONFIG_VIRTIO_PCI=y/'
	kernel_config_check x86_64 q35 disk modules 2>&1 | cmp - /dev/null
	! kernel_config_check x86_64 q35 disk 2>said || false
	[ "$(cat said)" = "kernel: check 'CONFIG_VIRTIO_BLK': it is a module and the image has none, no driver for the disk, not booted (config)" ]
}

@test "the table: each row can be read and names an option that a kernel has" {
	local severity when options effect option rows=0
	while read -r severity when options effect; do
		[ -n "$severity" ] || continue
		rows=$((rows + 1))
		[[ $severity =~ ^(must|should)$ && $when =~ ^[a-z0-9_+-]+$ ]]
		[ -n "$effect" ]
		for option in ${options//|/ }; do
			[[ $option =~ ^(!?[A-Z0-9_a-z]+|[A-Z0-9_]+=y|[A-Z0-9_]+\>=[0-9]+)$ ]] || { echo "$option" && false; }
			option=${option#!} option=${option%%[=>]*}
			case $when:$option in
			arm*:* | riscv64*:*) ;;
			*:INITRAMFS_FORCE | *:CMDLINE_OVERRIDE | 9p:*) ;; # hidden behind what this kernel has not
			*) grep -qE "^(# )?CONFIG_$option[= ]" "$debian/config" || { echo "$option" && false; } ;;
			esac
		done
	done <<<"$kernel_options"
	[ "$rows" -gt 30 ]
}

@test "the documentation has the table" {
	"$root/scripts/kernels-doc.sh" >table
	tail -n "$(wc -l <table)" "$root/docs/KERNELS.md" | diff table -
}

@test "the hash: of what is in the image and which modules are beside it" {
	local first
	make_tree tree
	first=$(kernel_find tree x86_64 && kernel_stage_modules && kernel_hash)
	[[ $first =~ ^[0-9a-f]{16}$ ]]
	[ "$(kernel_find tree x86_64 && kernel_stage_modules && kernel_hash)" = "$first" ]
	mkdir copy && cp tree/arch/x86/boot/bzImage copy/vmlinuz
	[ "$(kernel_find tree x86_64 && kernel_stage_modules && kernel_image=$PWD/copy/vmlinuz && kernel_hash)" = "$first" ]
	[ "$(kernel_find tree x86_64 && kernel_hash)" != "$first" ]
	printf x >>copy/vmlinuz
	[ "$(kernel_find tree x86_64 && kernel_stage_modules && kernel_image=$PWD/copy/vmlinuz && kernel_hash)" != "$first" ]
	touch tree/drivers/md/dm-mod.ko
	[ "$(kernel_find tree x86_64 && kernel_stage_modules && kernel_hash)" != "$first" ]
}
