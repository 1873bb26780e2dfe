# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# 64-bit RISC-V under QEMU: the machine `virt`, which has PCI. The kernel's console is the 16550 of the machine, ttyS0;
# the other ports are UARTs on PCI, as they need no module either: ttyS1 the result channel, ttyS2 and ttyS3 the
# payload's standard output and error.
#
# QEMU 7.2 ends at once and without a word when this machine is switched off, so init restarts it instead.

# shellcheck disable=SC2034 # they are read by whoever sources this, the first one also by the Makefile
arch_tools=riscv64-linux-gnu-
# The first release that has this architecture.
arch_debian=riscv64 arch_kernel_package=linux-image-riscv64 arch_kernel_suite=trixie
arch_packages=(qemu-system-misc opensbi)
arch_packages_cross=(gcc-riscv64-linux-gnu linux-libc-dev-riscv64-cross)
qemu=qemu-system-riscv64 default_machine=virt cpu_emulated=rv64 cpu_native=host
arch_silent_end=guest-shutdown
serial_config='CONFIG_SERIAL_OF_PLATFORM=y CONFIG_SERIAL_8250_CONSOLE=y CONFIG_SERIAL_8250_PCI=y'

# arch_machine MACHINE: sets machine_args and machine_append; the CPU's model is in cpu_emulated, cpu_native.
arch_machine() {
	local port
	machine_append='console=ttyS0 panic=-1 '
	! fast notests || machine_append+='cryptomgr.notests '
	case $1 in
	virt) machine_append+='initgate.on_exit=reboot initgate.on_fail=reboot ' ;;
	pc) ;; # which is to be switched off
	*) return 1 ;;
	esac
	machine_args=(-M virt -serial chardev:console)
	for port in result stdout stderr; do
		machine_args+=(-device "pci-serial,chardev=$port")
	done
	machine_append+='initgate.report=/dev/ttyS1 initgate.stdout=/dev/ttyS2 initgate.stderr=/dev/ttyS3'
}

# arch_kernel IMAGE OUT: what QEMU starts fastest is the image as it is.
arch_kernel() {
	return 1
}
