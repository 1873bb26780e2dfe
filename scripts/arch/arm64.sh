# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# 64-bit arm under QEMU: the machine `virt`, which has PCI and can be switched off. The kernel's console is the PL011;
# the other ports are UARTs on PCI, as they need no module either: ttyS0 the result channel, ttyS1 and ttyS2 the
# payload's standard output and error.
#
# The processor is a cortex-a57: `max` authenticates pointers, which takes four times as long under TCG.

# shellcheck disable=SC2034 # they are read by whoever sources this, the first one also by the Makefile
arch_tools=aarch64-linux-gnu-
arch_debian=arm64 arch_kernel_package=linux-image-cloud-arm64 arch_kernel_suite=
arch_packages=(qemu-system-arm)
arch_packages_cross=(gcc-aarch64-linux-gnu linux-libc-dev-arm64-cross)
qemu=qemu-system-aarch64 default_machine=virt virt=(-M virt) cpu_emulated=cortex-a57 cpu_native=host
kpti=yes # has such a kernel that?
serial_config='CONFIG_SERIAL_AMBA_PL011_CONSOLE=y CONFIG_SERIAL_8250_PCI=y'

# arch_machine MACHINE: sets machine_args and machine_append; the CPU's model is in cpu_emulated, cpu_native.
arch_machine() {
	local port
	case $1 in virt | pc) ;; *) return 1 ;; esac
	machine_args=("${virt[@]}" -serial chardev:console)
	for port in result stdout stderr; do
		machine_args+=(-device "pci-serial,chardev=$port")
	done
	machine_append='console=ttyAMA0 panic=-1 '
	! fast notests || machine_append+='cryptomgr.notests '
	# A kernel at a random address has page tables of its own, and QEMU flushes its TLB on each way in and out. Not nokaslr,
	# which the kernel also hands to /init as an argument.
	! fast kpti || [ -z "$kpti" ] || machine_append+='kpti=off '
	machine_append+='initgate.report=/dev/ttyS0 initgate.stdout=/dev/ttyS1 initgate.stderr=/dev/ttyS2'
}

# arch_kernel IMAGE OUT: what QEMU starts fastest is the image as it is.
arch_kernel() {
	return 1
}
