// SPDX-License-Identifier: MIT
// Its start never ends. A fatal signal ends it, so that the machine can be left in an orderly way.
#include <linux/completion.h>
#include <linux/module.h>

static DECLARE_COMPLETION(never);

void tg_hang_symbol(void);
void tg_hang_symbol(void)
{
}
EXPORT_SYMBOL(tg_hang_symbol);

static int __init tg_hang_init(void)
{
	return wait_for_completion_killable(&never);
}
module_init(tg_hang_init);

MODULE_LICENSE("Dual MIT/GPL");
