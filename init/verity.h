/* SPDX-License-Identifier: MIT */
/* A block device whose every block is checked against one hash. */
#ifndef INIT_VERITY_H
#define INIT_VERITY_H

#include <stddef.h>

/*
 * Maps the device `data` through dm-verity: hash tree on the device `tree` as veritysetup(8) formats it, root hash in
 * hexadecimal. Writes the path of the mapped device, which is read-only. The module dm_verity must be loaded. Returns
 * 0, or -errno after logging. A wrong hash shows only when blocks are read: EIO then.
 */
int verity_map(const char *data, const char *tree, const char *root_hash, char *path, size_t size);

#endif
