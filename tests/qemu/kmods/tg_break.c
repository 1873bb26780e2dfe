// SPDX-License-Identifier: MIT
// Its start breaks the kernel in the way that is asked for.
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>

static char *how = "";
module_param(how, charp, 0444);

static int __init tg_break_init(void)
{
	if (strcmp(how, "panic") == 0)
		panic("tg_break was asked for it");
	if (strcmp(how, "oops") == 0)
		*(volatile int *)8 = 1;
	if (strcmp(how, "bug") == 0)
		BUG();
	if (strcmp(how, "warn") == 0)
		WARN(1, "tg_break: a warning\n");
	if (strcmp(how, "deaf") == 0) /* not even the clock comes through */
		local_irq_disable();
	if (strcmp(how, "deaf") == 0 || strcmp(how, "spin") == 0)
		for (;;)
			cpu_relax();
	return 0;
}
module_init(tg_break_init);

MODULE_LICENSE("Dual MIT/GPL");
