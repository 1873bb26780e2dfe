// SPDX-License-Identifier: MIT
// Needs a symbol that there is not.
#include <linux/module.h>

void tg_no_such_symbol(void);

static int __init tg_unknown_init(void)
{
	tg_no_such_symbol();
	return 0;
}
module_init(tg_unknown_init);

MODULE_LICENSE("Dual MIT/GPL");
