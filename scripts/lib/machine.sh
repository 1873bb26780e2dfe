# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set or read by boot.sh and its other parts
# SPDX-License-Identifier: MIT
#
# What QEMU is to start, for boot.sh: the kernel in its fastest form, the accelerator, the command line.

# find_kernel: sets kernel and, where modules are asked for, says which are its own. A kernel that the user names is looked
# at, and its configuration, if that can be found, is compared with what the boot needs.
find_kernel() {
	local i named=$kernel dir=${MODULES:-} wanted='' needs=()
	kernel=${kernel:-$place_kernel}
	[ -e "$kernel" ] || fail open "$kernel" "no such kernel ($hint_kernel)"
	[ -r "$kernel" ] || fail open "$kernel" 'permission denied'
	for ((i = 0; i < ${#image_options[@]}; i++)); do
		case ${image_options[i]} in
		-m) wanted=1 ;;
		--modules-dir) dir=${image_options[i + 1]} ;;
		--compress) needs+=("${image_options[i + 1]}") ;;
		--force) needs+=(force) ;;
		esac
	done
	if [ -n "$named" ]; then
		kernel_cache=$place_cache
		kernel_find "$kernel" "$arch" || exit $status_own
		kernel=$kernel_image
		[ -z "$wanted" ] || needs+=(modules)
		[ -z "$disk" ] || needs+=(disk)
		[ -z "$share" ] || needs+=(9p)
		[ "$arch" = x86_64 ] || needs+=(pci-serial)
		[[ " ${append[*]-}" != *report=vport:* ]] || needs+=(vport)
		kernel_config_check "$arch" "$machine" ${needs[@]+"${needs[@]}"} || exit $status_own
		[ -z "$wanted" ] || find_modules "$dir"
	elif [ -n "${MODULES:-}" ]; then
		image_options=(--modules-dir "$MODULES" ${image_options[@]+"${image_options[@]}"})
	fi
}

# find_modules DIR: those of the kernel that the user named; in DIR, if it is given.
find_modules() {
	[ -n "$1$kernel_modules$kernel_tree" ] || kernel_modules=$place_modules
	kernel_stage_modules "${1:-}" || exit $status_own
	[ -d "${kernel_modules:-/nothing}/lib/modules/$kernel_version" ] ||
		fail find "modules of $kernel" "none for $kernel_version (--modules-dir names them)"
	image_options+=(--modules-dir "$kernel_modules" --kernel-version "$kernel_version")
}

# The kernel in the form that QEMU starts fastest, made once per kernel.
choose_kernel() {
	local key
	key=$(stat -L -c '%n %s %y' "$kernel" | sha256sum | cut -c1-16)
	cache=$place_cache
	{ mkdir -p "$cache" && [ -w "$cache" ]; } 2>/dev/null || cache=$run # nothing is kept
	[ -e "$cache/$key" ] || {
		if ! arch_kernel "$kernel" "$run/kernel"; then
			cp "$kernel" "$run/kernel"
		fi
		mv "$run/kernel" "$cache/$key"
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
		echo tcg >"$run/accel"
		for port in console result stdout stderr; do
			trial+=(-chardev "file,id=$port,path=$run/trial-$port")
		done
		if [ -w /dev/kvm ]; then
			timeout -k 1 10 "$qemu" "${machine_args[@]}" -accel kvm -m "$memory" -nodefaults -no-user-config \
				-display none -no-reboot -kernel "$kernel" -append "$machine_append" "${trial[@]}" \
				>/dev/null 2>&1 || true
			! grep -aqs 'Kernel panic' "$run/trial-console" || echo kvm >"$run/accel"
		fi
		mv "$run/accel" "$answer"
		rm -f "$run"/trial-*
	fi
	accel=$(cat "$answer")
}

make_command() {
	local port words=''
	nonce=$(od -An -v -t x8 -N 8 /dev/urandom)
	nonce=${nonce// /}
	[ -n "$go_on" ] || words=oops=panic # the kernel itself goes no further
	command=("$qemu" "${machine_args[@]}" -accel "$accel" -nodefaults -no-user-config -display none -no-reboot)
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
	[ -z "$cpu" ] || command+=(-cpu "$cpu")
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
