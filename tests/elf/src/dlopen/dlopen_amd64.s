// SPDX-License-Identifier: MIT

#include "textflag.h"

TEXT ·dlopen(SB), NOSPLIT|NOFRAME, $0-0
	JMP libc_dlopen(SB)
