#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# link-headers.sh ARCH DIR: the kernel's headers for programs, and nothing else, in DIR: musl has none, and the C
# library's beside them must not be found.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/arch.sh
. "$here/lib/arch.sh"
# shellcheck source=scripts/arch/x86_64.sh
. "$here/arch/$1.sh"
mkdir -p "$2"
cross=/usr/${arch_tools%-}/include
if [ "$host_arch" = "$1" ]; then
	ln -sfn /usr/include/linux /usr/include/asm-generic "/usr/include/$(gcc -print-multiarch)/asm" "$2/"
else
	ln -sfn "$cross/linux" "$cross/asm-generic" "$cross/asm" "$2/"
fi
