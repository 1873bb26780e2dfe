// SPDX-License-Identifier: MIT
// Does nothing.
#include <linux/module.h>

MODULE_LICENSE("Dual MIT/GPL");
