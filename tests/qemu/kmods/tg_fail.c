// SPDX-License-Identifier: MIT
// Its start fails with the error that is asked for.
#include <linux/module.h>

static int error = ENODEV;
module_param(error, int, 0444);

static int __init tg_fail_init(void)
{
	return -error;
}
module_init(tg_fail_init);

MODULE_LICENSE("Dual MIT/GPL");
