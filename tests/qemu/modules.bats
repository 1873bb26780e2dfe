# SPDX-License-Identifier: MIT
# Which modules are loaded, in which order, and what becomes of those that cannot be. Most cases boot with modules of our
# own (kmods/), whose fault is known; the devices are those that QEMU has.

load lib

setup_file() {
	[ -z "${KERNEL:-}" ] || skip "the modules are built for the kernel that 'make kernel' fetches"
	local i
	for i in 0 1 2 3 4; do
		truncate -s 8M "$BATS_FILE_TMPDIR/disk$i"
	done
	mkdir "$BATS_FILE_TMPDIR/share"
}

setup() {
	export PATH=$PATH:/usr/sbin:/sbin
	kmods=$build/kmods/$ARCH/modules
	version=$(cat "$kernels/version")
	like=${version//+/[+]} # in a regex
	conf=$BATS_TEST_TMPDIR/modprobe.d/test.conf
	mkdir "${conf%/*}"
	: >"$conf"
}

# boot_with NAME,... OPTIONS... PAYLOAD: these in the image, and the modprobe.d of this test; none is named in modules=.
boot_with() {
	local names=$1
	shift
	boot --modules-dir "$kmods" -m "$names" --add "${conf%/*}:/etc/modprobe.d" --conf modules= "$@"
}

# What a device of every machine asks for.
device_wants() {
	printf 'alias platform:serial8250 %s\n' "$@" >>"$conf"
}

# "NAME RESULT" of each module in the order of their ends.
all_results() {
	jq -Rr 'fromjson? | select(.event == "module") | "\(.module) \(.result)"' "${console%/*}/result.log"
}

# Those of the modules that the test is about; with autoload=yes every machine asks for some that are built in.
results() {
	all_results | grep -E '^(tg_|dm_)' || true
}

# The results are these and no others, in this order.
results_are() {
	[ "$(results)" = "$(printf '%s\n' "$@")" ] || { results && show; }
}

# The same in whatever order.
results_are_some() {
	[ "$(results | sort)" = "$(printf '%s\n' "$@" | sort)" ] || { results && show; }
}

# The first result comes before the second one; there may be others between them.
in_order() {
	results | grep -xE "$1|$2" | cmp - <(printf '%s\n' "$1" "$2") || show
}

# What the kernel itself says is there, from the payload `hello`.
in_kernel() {
	sed -n 's/^  module \([^,]*\),.*/\1/p' "$stdout" | sort
}

in_kernel_are() {
	[ "$(in_kernel)" = "$(printf '%s\n' "$@" | sort)" ] || { in_kernel && show; }
}

logged() {
	grep -aqE "initgate: $1" "$console" || show
}

# Both ways in which one failure must end: the module is named, or only a device asks for it.
required_fails() {
	failed_with init-failed "modules: load '$1': $2.*, not starting the payload"
}

optional_fails() {
	ended exited 0
	logged "modules: load '$1': $2.*, going on without it"
}

# tree_of PATH...: an image's /lib/modules made by hand, without indexes.
tree_of() {
	tree=$BATS_TEST_TMPDIR/tree
	mkdir -p "$tree/lib/modules/$version/extra"
	local name
	for name; do
		cp "$kmods/lib/modules/$version/extra/$name.ko" "$tree/lib/modules/$version/extra"
	done
}

boot_tree() {
	boot --add "$tree/lib/modules:/lib/modules" --add "${conf%/*}:/etc/modprobe.d" "$@"
}

# What stands for a patched module: the file and the changed one differ in these bytes only.
replace_bytes() {
	local from=$1 to=$2 file=$3
	[ ${#from} = ${#to} ]
	grep -q -F "$from" "$file"
	LC_ALL=C sed -i "s/$from/$to/" "$file"
	! grep -q -F "$from" "$file" || false
}

# ---- names, options, blacklists

@test "options come from modprobe.d and from the kernel command line" {
	echo 'options tg_options number=5 text=file' >"$conf"
	boot_with tg_options --conf modules=tg_options --append tg_options.text=line --conf profile=any \
		"$busybox" sh -c 'cd /sys/module/tg_options/parameters && cat number text'
	ended exited 0
	wrote $'5\nline\n'
}

@test "softdeps of modprobe.d: one before, one behind; one that is missing and one that fails do no harm" {
	cat >"$conf" <<-'END'
		softdep tg_one pre: tg_two no_such_module post: tg_three
		softdep tg_options pre: tg_fail
	END
	boot_with tg_one,tg_two,tg_three,tg_options,tg_fail --conf modules=tg_options,tg_one --conf modules_parallel=no \
		"$payloads/hello"
	ended exited 0
	in_kernel_are tg_one tg_two tg_three tg_options
	in_order 'tg_two loaded' 'tg_one loaded'
	in_order 'tg_one loaded' 'tg_three loaded'
	in_order 'tg_fail failed' 'tg_options loaded'
}

@test "softdeps in a circle do not wait for each other for ever" {
	printf 'softdep tg_one pre: tg_two\nsoftdep tg_two pre: tg_one\n' >"$conf"
	boot_with tg_one,tg_two --conf modules=tg_one --conf modules_timeout=20 "$payloads/hello"
	ended exited 0
	in_kernel_are tg_one tg_two
}

@test "a blacklist keeps away what a device asks for, not what modules= names" {
	device_wants tg_two tg_three tg_options
	echo 'blacklist tg_three' >>"$conf"
	boot_with tg_one,tg_two,tg_three,tg_options --conf autoload=yes --append initgate.modules=tg_one \
		--append modprobe.blacklist=tg_one,tg_two "$payloads/hello"
	ended exited 0
	in_kernel_are tg_one tg_options
	results_are_some 'tg_one loaded' 'tg_options loaded'
}

@test "autoload=no: what a device asks for stays where it is" {
	device_wants tg_one
	boot_with tg_one,tg_two --append initgate.modules=tg_two "$payloads/hello"
	ended exited 0
	in_kernel_are tg_two
}

@test "an install line with a command is not run: the module is loaded, and a warning says so" {
	echo 'install tg_one /bin/sh -c "exit 1"' >"$conf"
	boot_with tg_one --append initgate.modules=tg_one "$payloads/hello"
	ended exited 0
	logged "modules: run '/bin/sh -c .*' \(install line of 'tg_one'\): there is no shell in PID 1, loading the module"
	in_kernel_are tg_one
}

# ---- who forbids modules

@test "nomodule on the kernel command line" {
	boot_with tg_one --append 'initgate.modules=tg_one nomodule' "$payloads/hello"
	required_fails tg_one 'the kernel takes no modules \(nomodule on its command line\)'
}

@test "kernel.modules_disabled, which the kernel sets from its command line before init starts" {
	boot_with tg_one --append 'initgate.modules=tg_one sysctl.kernel.modules_disabled=1' "$payloads/hello"
	required_fails tg_one 'the kernel takes no more modules \(kernel.modules_disabled\)'
}

@test "module.sig_enforce=1: the kernel's own module is taken, one without a signature is not" {
	boot_with tg_one,dm_mod --append 'initgate.modules=dm_mod,tg_one module.sig_enforce=1' "$payloads/hello"
	required_fails tg_one 'its signature is not trusted by this kernel'
	results_are_some 'dm_mod loaded' 'tg_one failed'
}

@test "module.sig_enforce=1: a signed module that was changed" {
	file=$(cd "$kmods" && find lib -name 'dm-mod.ko*')
	xz -dcf "$kmods/$file" >"$BATS_TEST_TMPDIR/dm-mod.ko" # in the image it is unpacked as well
	replace_bytes 'device-mapper driver' 'device-mapper DRIVER' "$BATS_TEST_TMPDIR/dm-mod.ko"
	boot_with dm_mod --add "$BATS_TEST_TMPDIR/dm-mod.ko:/${file%.xz}" \
		--append 'initgate.modules=dm_mod module.sig_enforce=1' "$payloads/hello"
	required_fails dm_mod 'its signature (is not trusted by this kernel|does not fit its content)'
}

@test "lockdown=integrity: the kernel's own module is taken, one without a signature is not" {
	boot_with tg_one,dm_mod --append 'initgate.modules=dm_mod,tg_one lockdown=integrity' "$payloads/hello"
	required_fails tg_one 'the kernel is locked down \(lockdown=\) and it is not signed'
	results_are_some 'dm_mod loaded' 'tg_one failed'
}

# ---- modules that cannot be loaded

# Four ways to fail, each with its reason: what modprobe.d and the kernel command line switch off, a start that fails, a symbol
# that is not there.
four_fail() {
	echo "install tg_two /bin/$1" >"$conf"
	device_wants tg_two tg_three tg_fail tg_unknown tg_one
	boot_with tg_one,tg_two,tg_three,tg_fail,tg_unknown \
		--append 'module_blacklist=tg_options,tg_three tg_fail.error=5' "${@:2}" "$payloads/hello"
	while read -r name reason; do
		logged "modules: load '$name': $reason.*, $end"
	done <<-'END'
		tg_two an install line of modprobe.d switches it off
		tg_three module_blacklist= on the kernel command line forbids it
		tg_fail I/O error
		tg_unknown it needs a symbol that this kernel lacks.*Unknown symbol tg_no_such_symbol
	END
	[ "$(grep -ac 'initgate: modules: load ' "$console")" = 4 ] || show
	results_are_some 'tg_one loaded' 'tg_two failed' 'tg_three failed' 'tg_fail failed' 'tg_unknown failed'
}

@test "modules that only devices ask for: each failure is said with its reason, and the boot goes on" {
	end='going on without it'
	four_fail false --conf autoload=yes
	ended exited 0
	in_kernel_are tg_one
}

@test "modules that are named: each failure is said with its reason, and the payload is not started" {
	end='not starting the payload'
	four_fail true --append initgate.modules=tg_two,tg_three,tg_fail,tg_unknown,tg_one
	failed_with init-failed "modules: load 'tg_(two|three|fail|unknown)': .*, not starting the payload"
}

@test "one named module that fails is enough" {
	while read -r name words; do
		boot_with "$name,tg_one" --append "initgate.modules=$name,tg_one $words" "$payloads/hello" </dev/null
		required_fails "$name" .
		results_are_some "$name failed" 'tg_one loaded'
	done < <(variants 'tg_unknown' 'tg_two module_blacklist=tg_two')
}

@test "a start that fails as its device is not there: a mistake where it is named, none where a device asks for it" {
	boot_with tg_fail --append 'initgate.modules=tg_fail' "$payloads/hello"
	required_fails tg_fail 'its device is not there'
	! elsewhere || return 0
	device_wants tg_fail tg_one
	# Drivers are asked to look for a device of theirs all the time.
	boot_with tg_fail,tg_one --conf autoload=yes "$payloads/hello"
	ended exited 0
	results_are_some 'tg_fail failed' 'tg_one loaded'
	! grep -a 'initgate: modules:' "$console" || show
}

# The version itself does not count where symbols carry checksums (CONFIG_MODVERSIONS). The kernel does not say what is wrong
# with the content of a file, and calls an empty one a wrong argument.
@test "another kernel's module, with both versions; one cut in two, an empty one, and one that is no module at all" {
	local name reason with=()
	tree_of tg_one tg_two tg_three tg_options tg_fail
	extra=$tree/lib/modules/$version/extra
	replace_bytes ' mod_unload ' ' MOD_unload ' "$extra/tg_one.ko"
	perl -0777 -pi -e 's/.{4}(.{4}module_layout\0)/\x11\x22\x33\x44$1/s or die' "$extra/tg_two.ko"
	truncate -s 1500 "$extra/tg_three.ko"
	: >"$extra/tg_options.ko"
	printf 'no module\n' >"$extra/tg_fail.ko"
	for name in tg_one tg_two tg_three tg_options tg_fail; do
		with+=(--add "$extra/$name.ko:/lib/modules/$version/extra/$name.ko")
	done
	boot_with tg_one,tg_two,tg_three,tg_options,tg_fail "${with[@]}" \
		--append initgate.modules=tg_one,tg_two,tg_three,tg_options,tg_fail "$payloads/hello"
	failed_with init-failed "modules: load 'tg_.*': .*, not starting the payload"
	while read -r name reason; do
		logged "modules: load '$name': $reason.*, not starting the payload"
	done <<-'END'
		tg_one it was not built for this kernel.*version magic .* MOD_unload .*should be .* mod_unload
		tg_two it was not built for this kernel.*disagrees about version of symbol module_layout
		tg_three it was not built for this kernel
		tg_options Invalid argument
		tg_fail it was not built for this kernel
	END
	results_are_some tg_{one,two,three,options,fail}' failed'
}

@test "a failed dependency fails what needs it, and nothing else" {
	boot_with tg_sleep_user,tg_one --append 'initgate.modules=tg_sleep_user,tg_one module_blacklist=tg_sleep' \
		"$payloads/hello"
	ended init-failed 125
	logged "modules: load 'tg_sleep': module_blacklist=.* forbids it"
	logged "modules: load 'tg_sleep_user': it needs 'tg_sleep', which is not there, not starting the payload"
	results_are_some 'tg_sleep failed' 'tg_sleep_user failed' 'tg_one loaded'
}

# ---- slow ones

@test "a module that sleeps holds up who needs it, and nobody else" {
	boot_with tg_sleep_user,tg_one,tg_two --append initgate.modules=tg_sleep_user,tg_one,tg_two "$payloads/hello"
	ended exited 0
	results | tail -n 2 | cmp - <(printf '%s\n' 'tg_sleep loaded' 'tg_sleep_user loaded') || show
	results | head -n 2 | sort | cmp - <(printf '%s\n' 'tg_one loaded' 'tg_two loaded') || show
	in_kernel_are tg_one tg_two tg_sleep tg_sleep_user
}

# One after the other, as the driver of a keyboard may be among them.
@test "a request to end that comes while a module is loaded: the payload is not started" {
	begin --silence 60 --modules-dir "$kmods" ${keyboard[@]+"${keyboard[@]}"} -m tg_sleep \
		--conf modules_parallel=no --append tg_sleep.ms=10000 "$payloads/hello"
	await "$screen" 'tg_sleep: loading out-of-tree module' # the kernel's word that it begins
	echo 'sendkey ctrl-alt-delete' >&"$commands"
	finish
	failed_with init-failed "launch: start '/bin/hello': a signal asks for the end, not started"
	[ "$(jq -r .qemu_reason "$json")" = guest-reset ] || show # Ctrl-Alt-Del is for a restart
}

@test "modules_parallel=no: one after the other, as they are named" {
	boot_with tg_sleep_user,tg_one,tg_two --conf modules_parallel=no \
		--append initgate.modules=tg_sleep_user,tg_two,tg_one "$payloads/hello"
	ended exited 0
	results_are 'tg_sleep loaded' 'tg_sleep_user loaded' 'tg_two loaded' 'tg_one loaded'
}

@test "a module that hangs: modules_timeout= ends the wait, and the boot when it was named" {
	boot_with tg_hang_user,tg_one --conf modules_timeout=1 --append initgate.modules=tg_hang_user,tg_one "$payloads/hello"
	ended init-failed 125
	! grep -a 'shutdown:' "$console" || show # a fatal signal ended it
	logged "modules: load 'tg_hang': it did not come to an end in time \(modules_timeout=\), not starting the payload"
	logged "modules: load 'tg_hang_user': what it waits for did not end in time, not starting the payload"
	results_are 'tg_one loaded' 'tg_hang failed' 'tg_hang_user failed'
}

@test "a module that hangs and that only a device asks for: the boot goes on" {
	device_wants tg_hang_user tg_one
	boot_with tg_hang_user,tg_one --conf autoload=yes --conf modules_timeout=1 "$payloads/hello" exit 6
	ended exited 6
	logged "modules: load 'tg_hang': it did not come to an end in time \(modules_timeout=\), going on without it"
	results_are 'tg_one loaded' 'tg_hang failed' 'tg_hang_user failed'
}

@test "a module that a disk may hang on hangs: what other devices ask for is loaded meanwhile" {
	echo 'alias pci:*bc01* tg_hang' >"$conf"
	device_wants tg_one
	boot_with tg_hang,tg_one --machine pc --qemu-arg -device --qemu-arg virtio-scsi-pci --conf autoload=yes \
		--conf modules_timeout=3 --conf wait=/sys/module/tg_one --conf wait_timeout=120 "$payloads/hello"
	ended exited 0
	results_are 'tg_one loaded' 'tg_hang failed'
}

# ---- indexes

@test "without an index: files are found by their names, and what they need by their content" {
	tree_of tg_sleep tg_sleep_user tg_one
	mkdir "$tree/lib/modules/$version/deep"
	mv "$tree/lib/modules/$version/extra/tg_sleep.ko" "$tree/lib/modules/$version/deep/tg-sleep.ko"
	boot_tree --conf modules=tg_sleep_user "$payloads/hello"
	ended exited 0
	logged "modules: open '/lib/modules/$like/modules.dep.bin': not in the image, looking for files by their names"
	in_kernel_are tg_sleep tg_sleep_user
}

@test "without an index there are no aliases: a named one stops the boot, one of a device does not" {
	tree_of tg_one
	boot_tree --conf modules=pci:v0000 "$payloads/hello"
	failed_with init-failed "modules: load 'pci:v0000': no such module or alias in /lib/modules/$like of this image"
	! elsewhere || return 0
	boot_tree --conf modules=tg_one --conf autoload=yes "$payloads/hello"
	ended exited 0
	in_kernel_are tg_one
}

@test "without modules.alias.bin names still work, with what they need; aliases do not" {
	tree_of tg_sleep tg_sleep_user tg_one
	depmod -b "$tree" "$version"
	rm "$tree/lib/modules/$version/modules.alias.bin"
	boot_tree --conf modules=tg_sleep_user,tg-one --conf autoload=yes "$payloads/hello"
	ended exited 0
	in_kernel_are tg_sleep tg_sleep_user tg_one
	! elsewhere || return 0
	boot_tree --conf modules=pci:v0000 "$payloads/hello"
	failed_with init-failed "modules: load 'pci:v0000': no such module or alias in /lib/modules/$like of this image"
}

@test "damaged indexes stop the boot, an empty one is as none" {
	tree_of tg_sleep tg_sleep_user tg_one
	depmod -b "$tree" "$version"
	index=$tree/lib/modules/$version/modules.dep.bin
	# Large enough that what is beyond the end is no memory at all.
	for size in $(variants 30000 20); do
		head -c "$size" "$kmods/lib/modules/$version/modules.dep.bin" >"$index"
		boot_tree --conf modules=tg_one "$payloads/hello"
		failed_with init-failed "modules: read '/lib/modules/$like/modules.dep.bin': it is damaged, not starting"
	done
	! elsewhere || return 0
	printf 'no index at all' >"$index"
	boot_tree --conf modules=tg_one "$payloads/hello"
	failed_with init-failed "modules: read '/lib/modules/$like/modules.dep.bin': it is damaged, not starting"
	: >"$index"
	boot_tree --conf modules=tg_sleep_user "$payloads/hello"
	ended exited 0
	in_kernel_are tg_sleep tg_sleep_user
}

@test "an index that is older than the files: those that lie elsewhere now are found, and a warning says so" {
	tree_of tg_sleep tg_sleep_user
	depmod -b "$tree" "$version"
	mkdir "$tree/lib/modules/$version/updates"
	local names=tg_sleep_user
	for moved in tg_sleep tg_sleep_user; do
		mv "$tree/lib/modules/$version"/{extra,updates}/$moved.ko
		boot_tree --conf "modules=$names" "$payloads/hello"
		ended exited 0
		logged "modules: open '/lib/.*/extra/$moved.ko': the index is older than the files, taking '/lib/.*/updates/$moved.ko'"
		in_kernel_are tg_sleep tg_sleep_user
		! elsewhere || return 0
		names=tg_sleep,tg_sleep_user
	done
}

@test "a file that the index has and the image lacks" {
	tree_of tg_sleep tg_sleep_user tg_one
	depmod -b "$tree" "$version"
	rm "$tree/lib/modules/$version/extra/tg_sleep.ko"
	boot_tree --conf modules=tg_sleep_user,tg_one "$payloads/hello"
	ended init-failed 125
	logged "modules: load 'tg_sleep': .*its file is not in the image.*, not starting the payload"
	logged "modules: load 'tg_sleep_user': it needs 'tg_sleep', which is not there, not starting the payload"
	results_are_some 'tg_sleep failed' 'tg_sleep_user failed' 'tg_one loaded'
}

# ---- compressed ones

# That of riscv64 can.
# bats test_tags=not-riscv
@test "compressed modules in a kernel that cannot decompress: the option that it lacks is named" {
	tree_of tg_one tg_two tg_three
	extra=$tree/lib/modules/$version/extra
	xz --check=crc32 "$extra/tg_one.ko"
	zstd -q --rm "$extra/tg_two.ko"
	gzip "$extra/tg_three.ko"
	depmod -b "$tree" "$version"
	boot_tree --conf modules=tg_one,tg_two,tg_three "$payloads/hello"
	ended init-failed 125
	for name in tg_one tg_two tg_three; do
		logged "modules: load '$name': the kernel cannot decompress it \(CONFIG_MODULE_DECOMPRESS\), not starting the payload"
	done
}

# full_tree NAME...: modules of the full kernel with what they need, as they are there: compressed
full_tree() {
	local v
	v=$(cat "$full/version")
	tree=$BATS_TEST_TMPDIR/tree
	mkdir -p "$tree/lib/modules/$v"
	(
		cd "$full/modules" || exit
		modprobe -C /dev/null -d . -S "$v" --show-depends -a "$@" | sed -n 's,^insmod .*/\(lib/modules/[^ ]*\).*,\1,p' |
			xargs cp --parents -t "$tree"
		cp --parents -t "$tree" lib/modules/"$v"/modules.{order,builtin,builtin.modinfo}
	)
	depmod -b "$tree" "$v"
}

# bats test_tags=not-arm
@test "compressed modules in a kernel that decompresses its own kind, dependencies included; and another kind" {
	full_tree dm_verity xfs
	find "$tree" -name 'dm-verity.ko.xz' | grep -q .
	boot_tree --kernel "$full/vmlinuz" --conf modules=dm_verity "$payloads/hello"
	ended exited 0
	for name in dm_verity dm_bufio dm_mod; do
		in_kernel | grep -qx "$name" || show
	done
	! elsewhere || return 0
	file=$(find "$tree" -name 'xfs.ko.xz')
	xz -dc "$file" | gzip >"${file%.xz}.gz"
	rm "$file"
	depmod -b "$tree" "$(cat "$full/version")"
	boot_tree --kernel "$full/vmlinuz" --conf modules=xfs "$payloads/hello"
	required_fails xfs 'the kernel cannot decompress it \(CONFIG_MODULE_DECOMPRESS with CONFIG_MODULE_COMPRESS_GZIP\)'
}

# bats test_tags=not-arm
@test "compressed modules that mkinitramfs.sh unpacked" {
	boot --kernel "$full/vmlinuz" --modules-dir "$full/modules" -m dm_verity "$payloads/hello"
	ended exited 0
	in_kernel | grep -qx dm_verity || show
}

# bats test_tags=not-arm
@test "a damaged compressed module" {
	full_tree dm_verity
	file=$(find "$tree" -name 'dm-bufio.ko.xz')
	truncate -s 5000 "$file"
	boot_tree --kernel "$full/vmlinuz" --conf modules=dm_verity "$payloads/hello"
	ended init-failed 125
	logged "modules: load 'dm_bufio': .*, not starting the payload"
	logged "modules: load 'dm_verity': it needs 'dm_bufio', which is not there, not starting the payload"
}

# ---- order

@test "modules_parallel=no: the same order in every boot; yes: the same modules" {
	names=virtio_net,dm_verity,xfs,overlay,tg_one
	"$root/scripts/mkinitramfs.sh" -o "$BATS_TEST_TMPDIR/image" --modules-dir "$kmods" -m "$names" "$payloads/hello"
	for i in 1 2 $(elsewhere || echo 3); do
		boot --initrd "$BATS_TEST_TMPDIR/image" --append initgate.modules_parallel=no
		ended exited 0
		results >"$BATS_TEST_TMPDIR/order$i"
		in_kernel >"$BATS_TEST_TMPDIR/set$i"
		cmp "$BATS_TEST_TMPDIR/order1" "$BATS_TEST_TMPDIR/order$i" || show
	done
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/order1")" = 'tg_one loaded' ] || show
	boot --initrd "$BATS_TEST_TMPDIR/image"
	ended exited 0
	results | sort | cmp - <(sort "$BATS_TEST_TMPDIR/order1") || show
	in_kernel | cmp - "$BATS_TEST_TMPDIR/set1" || show
}

# ---- hardware

devices=() waits=''

# device WAIT DEVICE [DISK]: one more in the machine, and what it is waited for
device() {
	local with=$2
	if [ -n "${3:-}" ]; then
		devices+=(--qemu-arg -drive --qemu-arg "file=$BATS_FILE_TMPDIR/$3,format=raw,if=none,id=$3")
		with+=,drive=$3
	fi
	devices+=(--qemu-arg -device --qemu-arg "$with")
	[ -z "$1" ] || waits+=,$1
}

# that_are_in MODULES-DIR NAME,...: not every architecture has all drivers, nor of each a module
that_are_in() {
	local name list=''
	for name in ${2//,/ }; do
		! modprobe -C /dev/null -d "$1" -S "$(ls "$1/lib/modules")" --show-depends -q "$name" >/dev/null || list+=,$name
	done
	echo "${list#,}"
}

# Boots it twice: once initgate loads, once kmod's own modprobe, for every alias that /sys shows; the latter on this machine's
# own architecture, as it is the modprobe of this machine. Both times the payload prints the modules that are there.
# autoload_as_modprobe MODULES-DIR NAME,... OPTIONS...
autoload_as_modprobe() {
	local dir=$1 names=$2 kmod library paths
	local with=(--machine pc --memory 512 --modules-dir "$dir" -m "$(that_are_in "$dir" "$names")" --conf modules=
		--conf profile=any)
	shift 2
	boot "${with[@]}" --conf autoload=yes --conf "wait=${waits#,}" --conf wait_timeout=120 "${devices[@]}" "$@" \
		"$busybox" sh -c 'cut -d" " -f1 /proc/modules | sort'
	ended exited 0
	cp "$stdout" "$BATS_TEST_TMPDIR/ours"
	! grep -a 'initgate: modules:' "$console" || show
	! elsewhere || return 0

	kmod=$(command -v modprobe)
	with+=(--add "$kmod:/sbin/modprobe")
	while read -r library; do
		with+=(--add "$library:$library")
	done < <(ldd "$kmod" | grep -o '/[^ ]*')
	IFS=, read -r -a paths <<<"${waits#,}"
	# shellcheck disable=SC2016 # for the shell in the guest
	boot "${with[@]}" "${devices[@]}" "$@" "$busybox" sh -c '
		walk() {
			find /sys/devices -name modalias | xargs cat | sort -u | tr "\n" "\0" | xargs -0 /sbin/modprobe -a -q -b
		}
		all() {
			for path; do [ -e "$path" ] || return; done
		}
		until all "$@"; do walk; done
		walk
		cut -d" " -f1 /proc/modules | sort' sh "${paths[@]}"
	ended exited 0
	diff "$BATS_TEST_TMPDIR/ours" "$stdout" || show
}

has() {
	local name
	for name; do
		grep -qx "$name" "$BATS_TEST_TMPDIR/ours" || { echo "no $name" && show; }
	done
}

lacks() {
	local name
	for name; do
		! grep -x "$name" "$BATS_TEST_TMPDIR/ours" || show
	done
}

# The cloud kernels have no driver for AHCI, e1000, USB, 9p and i6300esb; NVMe is built in.
@test "autoload: what the devices of a virtual machine ask for, as modprobe does it, and nothing else" {
	device /dev/vda virtio-blk-pci disk0
	device '' virtio-scsi-pci,id=scsi
	device /dev/sda scsi-hd,bus=scsi.0 disk1
	device /dev/nvme0n1 nvme,serial=1 disk2
	device /sys/class/net/eth0 virtio-net-pci
	device '' virtio-rng-pci
	device '' virtio-balloon-pci
	local others=virtio_input,virtiofs,sr_mod,sg,ata_piix,overlay,xfs,btrfs,vmxnet3,vmw_pvscsi,mlx4_core,dm_verity
	others+=,softdog,wdt_pci,tg_one
	local virtio=virtio_pci,virtio_mmio,virtio_console,virtio_blk,virtio_scsi,sd_mod,virtio_net,virtio_rng,virtio_balloon
	autoload_as_modprobe "$kmods" "$virtio,nvme,$others"
	has virtio_blk virtio_scsi sd_mod virtio_net virtio_rng virtio_balloon
	lacks virtio_input virtiofs virtio_console sr_mod ata_piix overlay xfs btrfs vmxnet3 vmw_pvscsi mlx4_core dm_mod softdog \
		wdt_pci tg_one
	[ "$ARCH" != x86_64 ] || lacks virtio_mmio # the others have such a bus
}

# bats test_tags=not-arm
@test "autoload: AHCI, NVMe, USB storage, e1000, a 9p share and a watchdog, as modprobe does it, and nothing else" {
	local ahci=ide
	[ "$ARCH" = x86_64 ] || { ahci=ahci && device '' ahci,id=ahci; } # a q35 has one
	device /dev/sda ide-hd,bus=$ahci.0 disk0
	device /dev/nvme0n1 nvme,serial=1 disk1
	device '' qemu-xhci,id=xhci
	device /dev/sdb usb-storage,bus=xhci.0 disk2
	device /sys/class/net/eth0 e1000
	[ "$ARCH" != x86_64 ] || device /dev/watchdog0 i6300esb # the driver
	device /sys/module/9pnet_virtio virtio-9p-pci,fsdev=share,mount_tag=share
	local names=virtio,nvme,ahci,e1000,xhci_pci,usb_storage,uas,9p,9pnet_virtio,i6300esb
	local others=e1000e,ehci_pci,usbhid,ata_piix,sr_mod,sg,ext4,xfs,overlay,vmxnet3
	autoload_as_modprobe "$full/modules" "$names,$others" \
		--kernel "$full/vmlinuz" \
		--qemu-arg -fsdev --qemu-arg "local,id=share,path=$BATS_FILE_TMPDIR/share,security_model=none,readonly=on"
	has ahci nvme xhci_pci usb_storage sd_mod e1000 9pnet_virtio
	[ "$ARCH" != x86_64 ] || has i6300esb
	lacks e1000e ehci_pci usbhid 9p ata_piix sr_mod sg ext4 xfs overlay vmxnet3 virtio_blk virtio_net virtio_scsi
}

# bats test_tags=not-arm
@test "a disk that comes late: USB storage is found while init waits for it" {
	device /dev/sda usb-storage,bus=xhci.0 disk0
	boot --machine pc --memory 512 --kernel "$full/vmlinuz" --modules-dir "$full/modules" -m xhci_pci,usb_storage,sd_mod \
		--conf modules= --conf autoload=yes --conf wait=/dev/sda --conf wait_timeout=120 \
		--qemu-arg -device --qemu-arg qemu-xhci,id=xhci "${devices[@]}" "$payloads/hello" exit 7
	ended exited 7
	# Those for the controller are loaded in the stage `modules`; it finds the stick later.
	jq -Rr 'fromjson? | select(.event == "module" or .event == "stage") | .module // .stage' "${console%/*}/result.log" |
		grep -xE 'modules|usb_storage|devices' | cmp - <(printf '%s\n' modules usb_storage devices) || show
}
