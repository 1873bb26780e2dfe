# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# 32-bit arm (ARMv7) under QEMU: the machine and the ports of 64-bit arm, with PCI in the first 4 GiB, which is all that a
# kernel without LPAE can reach.

# shellcheck disable=SC2034 # they are read by whoever sources this, the first one also by the Makefile
# shellcheck source=scripts/arch/arm64.sh
. "${BASH_SOURCE[0]%/*}/arm64.sh"

arch_tools=arm-linux-gnueabihf-
arch_debian=armhf arch_kernel_package=linux-image-armmp
arch_packages_cross=(gcc-arm-linux-gnueabihf linux-libc-dev-armhf-cross)
qemu=qemu-system-arm virt=(-M 'virt,highmem=off') cpu_emulated=cortex-a15 kpti=''
