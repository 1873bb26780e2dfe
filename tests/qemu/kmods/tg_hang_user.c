// SPDX-License-Identifier: MIT
// Needs tg_hang.
#include <linux/module.h>

void tg_hang_symbol(void);

static int __init tg_hang_user_init(void)
{
	tg_hang_symbol();
	return 0;
}
module_init(tg_hang_user_init);

MODULE_LICENSE("Dual MIT/GPL");
