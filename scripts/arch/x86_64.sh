# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# x86-64 under QEMU, for boot.sh. Two machines: microvm, the fastest, which has no PCI and can only be left by a
# restart; and q35, a PC, which can be switched off and has PCI and virtio.
#
# Output leaves through UARTs, as they need no module: ttyS0 is the kernel's console, ttyS1 the result channel, ttyS2
# and ttyS3 are the payload's standard output and error.
#
# microvm runs with acpi=off: with QEMU's default the timer calibration hangs in about one boot of five under TCG.

# shellcheck disable=SC2034 # they are read by whoever sources this, the first one also by the Makefile
arch_tools=x86_64-linux-gnu-
arch_debian=amd64 arch_kernel_package=linux-image-cloud-amd64 arch_kernel_suite=
arch_packages=(qemu-system-x86)
arch_packages_cross=(gcc-x86-64-linux-gnu linux-libc-dev-amd64-cross)
qemu=qemu-system-x86_64 default_machine=microvm
serial_config='CONFIG_SERIAL_8250=y CONFIG_SERIAL_8250_CONSOLE=y'

# arch_machine MACHINE: sets machine_args, machine_append, and the CPU's model, emulated and native.
arch_machine() {
	case $1 in
	microvm)
		machine_args=(-M 'microvm,acpi=off')
		machine_append='initgate.on_exit=reboot initgate.on_fail=reboot'
		;;
	q35 | pc)
		machine_args=(-M q35)
		machine_append=''
		;;
	*) return 1 ;;
	esac
	machine_args+=(
		-device 'isa-serial,index=0,chardev=console' -device 'isa-serial,index=1,chardev=result'
		-device 'isa-serial,index=2,chardev=stdout' -device 'isa-serial,index=3,chardev=stderr'
	)
	cpu_emulated=max cpu_native=max
	! fast strings || cpu_emulated+=,erms=off # QEMU stores and copies byte by byte where the kernel relies on ERMS
	! fast notests || machine_append+=' cryptomgr.notests'
	! fast locks || machine_append+=' noreplace-smp' # 9,000 LOCK prefixes, for each of which the TLB is flushed twice
	machine_append="console=ttyS0 reboot=t panic=-1 $machine_append \
initgate.report=/dev/ttyS1 initgate.stdout=/dev/ttyS2 initgate.stderr=/dev/ttyS3"
}

# arch_window MEMORY SIZE: as in lib/warm.sh, without PCI: memory behind the machine's own, which the kernel leaves alone.
arch_window() {
	window_args=(-m $(($1 + $2)) -numa 'node,memdev=ram' -numa 'node,memdev=job')
	window_words="memmap=${2}M\$${1}M initgate.job=${2}M@${1}M"
}

# arch_kernel BZIMAGE OUT: the kernel inside, which QEMU can enter directly (PVH), sparing the guest the decompression:
# a sixth of a boot. Fails where that cannot be done; the image boots as well.
arch_kernel() {
	kernel_unpack "$1" >"$2" 2>/dev/null || return 1
	kernel_has_pvh "$2"
}
