#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --list and --dry-run: what an image would be, without one.
load helper

# Nothing beside what was there before, here and where temporary files go.
written_nothing() {
	[ -z "$(ls -A temporary)" ]
	nothing_left
}

without_out() {
	mkdir -p temporary
	run env TMPDIR="$tmp/temporary" "$mkinitramfs" --arch x86_64 --init init "$@"
	[ "$status" = 0 ] || { echo "$output" && return 1; }
	written_nothing
}

@test "--list: path, mode, size and source of each entry, sorted by path" {
	mkdir tree
	printf 12345 >tree/file
	chmod 4711 tree/file
	printf 1 >tree/group && chmod 2750 tree/group
	printf 1 >tree/odd && chmod 7604 tree/odd
	ln -s file tree/link
	without_out --list --add tree:/data prog -- x
	[ "$(cut -f 1 <<<"$output")" = "$(cut -f 1 <<<"$output" | LC_ALL=C sort)" ]
	grep -qxF $'/bin/prog\t-rwxr-xr-x\t7\tprog' <<<"$output"
	grep -qxF $'/data/file\t-rws--x--x\t5\ttree/file' <<<"$output"
	grep -qxF $'/data/group\t-rwxr-s---\t1\ttree/group' <<<"$output"
	grep -qxF $'/data/odd\t-rwS--Sr-T\t1\ttree/odd' <<<"$output"
	grep -qxF $'/data/link\tlrwxrwxrwx\t4\t-> file' <<<"$output"
	grep -qxF $'/dev/null\tcrw-rw-rw-\t0\t1,3' <<<"$output"
	grep -qxF $'/tmp\tdrwxrwxrwt\t0\t-' <<<"$output"
	grep -qxF $'/etc/initgate.args\t-rw-r--r--\t2\t(made for this image)' <<<"$output"
}

@test "--list says what the image then holds" {
	[ -d "$kernel_tree" ] || skip "no kernel in $kernel_tree (make kernel)"
	printf 'DMA\0 and more' >ucode
	without_out --list -m virtio_net --microcode ucode prog
	listed=$output
	built -m virtio_net --microcode ucode prog
	segments img
	diff <(cut -f 1,3 <<<"$listed") <({ entries early && entries main; } | awk -v OFS='\t' '{ print "/" $1, $7 }' | LC_ALL=C sort)
	v=$(ls "$kernel_tree/lib/modules")
	grep -q "^/lib/modules/$v/kernel/drivers/net/virtio_net.ko"$'\t.*\t'"$kernel_tree/lib/modules/$v/kernel/" <<<"$listed"
	grep -q "^/kernel/x86/microcode/AuthenticAMD.bin"$'\t-rw-r--r--\t13\t'"ucode$" <<<"$listed"
}

@test "--list does not ask for a verdict, --dry-run does" {
	export ELFCHECK=$tmp/reject
	without_out --list prog
	rm -r temporary
	run "$mkinitramfs" --dry-run --arch x86_64 --init init prog
	failed_well 1
	run "$mkinitramfs" --list --dry-run --arch x86_64 --init init prog
	failed_well 1
	[[ $output == *$'/bin/prog\t'* ]]
}

@test "--dry-run says how large it would be" {
	for how in none zstd; do
		without_out --dry-run --compress $how prog
		said=$output
		built --compress $how prog
		[[ $said == "mkinitramfs: write 'image': $(stat -c %s img) bytes, "*", compression $how; nothing written (--dry-run)" ]]
		rm img
	done
}

@test "--dry-run finds what the image itself would fail for" {
	for arguments in "--add nowhere:/x prog" "-m no_such_one --modules-dir $kernel_tree prog" "--firmware nowhere prog" missing; do
		# shellcheck disable=SC2086
		run "$mkinitramfs" --dry-run --arch x86_64 --init init $arguments
		failed_well 1
		# shellcheck disable=SC2086
		run "$mkinitramfs" --list --arch x86_64 --init init $arguments
		failed_well 1
	done
}

@test "an output given along with them is left as it is" {
	echo old >img
	for option in --list --dry-run; do
		built $option prog
		[ "$(cat img)" = old ]
		[ "$(echo img*)" = img ]
	done
	run "$mkinitramfs" -o no/where --dry-run --arch x86_64 --init init prog
	failed_well 1
}
