# shellcheck shell=bash
# shellcheck disable=SC2034 # host_arch is for whoever sources it
# SPDX-License-Identifier: MIT
#
# Names of architectures. Ours are those of the files in scripts/arch; uname, the kernel's makefiles (ARCH=x86 in the
# environment of whoever builds kernels) and the distribution have others.

# arch_name NAME: sets arch.
arch_name() {
	case $1 in
	x86 | amd64) arch=x86_64 ;;
	aarch64) arch=arm64 ;;
	riscv) arch=riscv64 ;;
	armv7l | armhf) arch=arm ;;
	*) arch=$1 ;;
	esac
}

arch_name "$(uname -m)"
host_arch=$arch
