// SPDX-License-Identifier: MIT
// Needs tg_sleep.
#include <linux/module.h>

void tg_sleep_symbol(void);

static int __init tg_sleep_user_init(void)
{
	tg_sleep_symbol();
	return 0;
}
module_init(tg_sleep_user_init);

MODULE_LICENSE("Dual MIT/GPL");
