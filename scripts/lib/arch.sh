# shellcheck shell=bash
# shellcheck disable=SC2034 # for whoever sources it
# SPDX-License-Identifier: MIT
#
# Names of architectures. Ours are those of the files in scripts/arch; uname, the kernel's makefiles (ARCH=x86 in the
# environment of whoever builds kernels) and the distribution have others. The Makefile reads this file with sh.

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

# What scripts/arch does only to save time, by name; docs/BOOT.md says what each of them is. `without`, a list with commas
# between, names those that are not wanted, or all.
fast_names='pvh notests locks strings kpti'

# fast NAME: is it to be done?
fast() {
	[[ ,${without-}, != *,"$1",* && ,${without-}, != *,all,* ]]
}
