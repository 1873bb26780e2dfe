// SPDX-License-Identifier: MIT
// Shows in /sys/module/tg_options/parameters what it was given.
#include <linux/module.h>

static int number = -1;
module_param(number, int, 0444);

static char *text = "";
module_param(text, charp, 0444);

MODULE_LICENSE("Dual MIT/GPL");
