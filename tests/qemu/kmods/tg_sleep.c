// SPDX-License-Identifier: MIT
// Its start sleeps, as that of a driver does whose device is slow. Others can need it.
#include <linux/delay.h>
#include <linux/module.h>

static int ms = 1500;
module_param(ms, int, 0444);

void tg_sleep_symbol(void);
void tg_sleep_symbol(void)
{
}
EXPORT_SYMBOL(tg_sleep_symbol);

static int __init tg_sleep_init(void)
{
	msleep(ms);
	return 0;
}
module_init(tg_sleep_init);

MODULE_LICENSE("Dual MIT/GPL");
