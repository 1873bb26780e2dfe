# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set or read by boot.sh and its other parts
# SPDX-License-Identifier: MIT
#
# What QEMU is to start, for boot.sh: the kernel in its fastest form, the accelerator, the command line.

# The kernel in the form that QEMU starts fastest, made once per kernel.
choose_kernel() {
	local cache=$build/cache key
	key=$(stat -L -c '%n %s %y' "$kernel" | sha256sum | cut -c1-16)
	mkdir -p "$cache"
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
	answer=$build/cache/accel-$(cat /proc/sys/kernel/random/boot_id)
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

# random_hex BYTES: two digits for each.
random_hex() {
	local bytes
	bytes=$(od -An -v -t x1 -N "$1" /dev/urandom)
	echo "${bytes//[!0-9a-f]/}"
}

# What is set already of nonce, memory_args, boot_args and result_port stays.
make_command() {
	local port
	: "${nonce:=$(random_hex 8)}" "${result_port:=file,id=result,path=$run/result}"
	[ ${#memory_args[@]} -gt 0 ] || memory_args=(-m "$memory")
	[ ${#boot_args[@]} -gt 0 ] || boot_args=(
		-kernel "$kernel" -initrd "$initrd"
		-append "$machine_append initgate.stdin=/dev/null initgate.nonce=$nonce ${append[*]-}"
	)
	command=(
		"$qemu" "${machine_args[@]}" -accel "$accel" "${memory_args[@]}" -nodefaults -no-user-config -display none -no-reboot
		"${boot_args[@]}" -chardev "$result_port"
	)
	for port in console stdout stderr; do
		command+=(-chardev "file,id=$port,path=$run/$port")
	done
	[ -z "$cpu" ] || command+=(-cpu "$cpu")
	[ -z "$disk" ] || command+=(-drive "file=$disk,format=raw,if=virtio,readonly=on")
	command+=(${qemu_args[@]+"${qemu_args[@]}"})
	printf '%q ' "${command[@]}" >"$run/reproduce.sh"
}
