# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set or read by boot.sh and its other parts
# SPDX-License-Identifier: MIT
#
# What QEMU is to start, for boot.sh: the kernel in its fastest form, the accelerator, the command line.

# find_kernel: sets kernel. One that the user names may be an image, a directory that holds one, or a tree that was built.
find_kernel() {
	kernel_named=$kernel
	kernel=${kernel:-$place_kernel}
	[ -e "$kernel" ] || fail open "$kernel" "no such kernel ($hint_kernel)"
	[ -r "$kernel" ] || fail open "$kernel" 'permission denied'
	[ -n "$kernel_named$share" ] || return 0
	kernel_cache=$place_cache
	{ mkdir -p "$kernel_cache" && [ -w "$kernel_cache" ]; } 2>/dev/null || kernel_cache=$run
	kernel_find "$kernel" "$arch" || refuse "--kernel $kernel is none that can be booted"
	kernel=$kernel_image
}

# has_option WORD: was it given, of those for the image?
has_option() {
	[[ " ${image_options[*]-} " == *" $1 "* ]]
}

# Once all that the image and the machine are to have is known: which modules are those of the kernel that the user named, and
# what its configuration, if that can be found, lacks for this boot.
check_kernel() {
	local needs=() modules_dir='' i
	[ -z "${MODULES:-}" ] || has_option --modules-dir || image_options=(--modules-dir "$MODULES" ${image_options[@]+"${image_options[@]}"})
	[ -n "$kernel_named$share" ] || return 0
	for ((i = 0; i < ${#image_options[@]}; i++)); do
		case ${image_options[i]} in
		-m) needs+=(modules) ;;
		--modules-dir) modules_dir=${image_options[i + 1]} ;;
		--compress) needs+=("${image_options[i + 1]}") ;;
		--force) needs+=(force) ;;
		esac
	done
	[ -z "$disk" ] || needs+=(disk)
	[ -z "$share" ] || needs+=(9p)
	[[ " ${append[*]-}" != *report=vport:* ]] || needs+=(vport)
	[ "$arch" = x86_64 ] || needs+=(pci-serial)
	kernel_config_check "$arch" "${machine_args[1]%%,*}" ${needs[@]+"${needs[@]}"} ||
		refuse "the kernel's configuration lacks what this boot needs"
	[ -z "$kernel_named" ] || ! has_option -m || [ -n "$initrd" ] || find_modules
}

# Those of the kernel that the user named; in --modules-dir, if that is given.
find_modules() {
	[ -n "$modules_dir$kernel_modules$kernel_tree" ] || kernel_modules=$place_modules
	kernel_stage_modules "$modules_dir" || refuse 'the modules of the kernel cannot be used'
	[ -d "${kernel_modules:-/nothing}/lib/modules/$kernel_version" ] ||
		fail find "modules of $kernel" "none for $kernel_version (--modules-dir names them)"
	image_options+=(--modules-dir "$kernel_modules" --kernel-version "$kernel_version")
}

# The kernel in the form that QEMU starts fastest, made once per kernel.
choose_kernel() {
	local key
	cache=$place_cache
	{ mkdir -p "$cache" && [ -w "$cache" ]; } 2>/dev/null || cache=$run # nothing is kept
	fast pvh || return 0
	key=$(stat -L -c '%n %s %y' "$kernel" | sha256sum | cut -c1-16)
	[ -e "$cache/$key" ] || {
		arch_kernel "$kernel" "$cache/$key.$$" || cp "$kernel" "$cache/$key.$$"
		mv "$cache/$key.$$" "$cache/$key" # others may look for it right now
	}
	kernel=$cache/$key
}

# A /dev/kvm that opens proves nothing: guests can hang for ever behind it. So this kernel is started once, without a
# root, and has to come as far as its panic about that. The answer holds until this machine is started again.
choose_accel() {
	local answer port trial=()
	[ "$accel" = auto ] || return 0
	answer=$cache/accel-$(cat /proc/sys/kernel/random/boot_id)
	if [ ! -e "$answer" ]; then
		echo tcg >"$answer.$$"
		for port in console result stdout stderr; do
			trial+=(-chardev "file,id=$port,path=$run/trial-$port")
		done
		if [ -w /dev/kvm ]; then
			timeout -k 1 10 "$qemu" "${machine_args[@]}" -accel kvm -cpu "$cpu_native" -m "$memory" -nodefaults -no-user-config \
				-display none -no-reboot -kernel "$kernel" -append "$machine_append" "${trial[@]}" \
				>/dev/null 2>&1 || true
			! grep -aqs 'Kernel panic' "$run/trial-console" || echo kvm >"$answer.$$"
		fi
		mv "$answer.$$" "$answer"
		rm -f "$run"/trial-*
	fi
	accel=$(cat "$answer")
}

make_command() {
	local port words='' model=$cpu_emulated
	nonce=$(od -An -v -t x8 -N 8 /dev/urandom)
	nonce=${nonce// /}
	[ "$accel" != kvm ] || model=$cpu_native
	[ -n "$go_on" ] || words=oops=panic # the kernel itself goes no further
	command=("$qemu" "${machine_args[@]}" -accel "$accel" -cpu "${cpu:-$model}" -nodefaults -no-user-config -display none -no-reboot)
	if [ "$warm" = restoring ]; then
		command+=(-incoming defer)
	else
		command+=(
			-kernel "$kernel" -initrd "$initrd"
			-append "$machine_append ${stdin:+initgate.stdin=$stdin} initgate.nonce=$nonce $words ${append[*]-}"
		)
	fi
	if [ -n "$warm" ]; then
		command+=("${warm_memory[@]}")
	else
		command+=(-m "$memory")
	fi
	for port in "${ports[@]}"; do
		command+=(-chardev "$(port "$port")")
	done
	[ -z "$disk" ] || command+=(-drive "file=$disk,format=raw,if=virtio,readonly=on")
	command+=(${qemu_args[@]+"${qemu_args[@]}"})
	[ "$warm" = restoring ] || write_reproduce # it would need the job
}

# The same machine with files in the place of our readers.
write_reproduce() {
	local port words=("${command[@]}")
	for port in "${ports[@]}"; do
		words=("${words[@]/#"$(port "$port")"/"file,id=$port,path=$run/$port"}")
	done
	printf '%q ' "${words[@]}" >"$run/reproduce.sh"
}
