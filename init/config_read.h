/* SPDX-License-Identifier: MIT */
/* Gets the settings of this boot from where they stand. */
#ifndef INIT_CONFIG_READ_H
#define INIT_CONFIG_READ_H

#include "config.h"

/*
 * Reads /etc/initgate.conf, if there is one, then /proc/cmdline, then the file of arguments. Fills
 * *ret_config in every case, as far as it could be read. Returns 0, or -errno after logging each problem
 * with its key and offset: then the payload must not start, unless the settings say verify=warn or off and
 * the problem was in a setting.
 */
int config_read(struct config *ret_config);

/*
 * The path and the arguments of a further payload (also=) out of that file, in the place of those that config has. Returns 0,
 * or -errno after logging. path must outlive config.
 */
int config_read_next(struct config *config, const char *path);

#endif
