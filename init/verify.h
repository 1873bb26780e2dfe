/* SPDX-License-Identifier: MIT */
/* Will the payload run here, and may it? */
#ifndef INIT_VERIFY_H
#define INIT_VERIFY_H

#include "config.h"
#include "payload.h"

/*
 * Checks the payload as the settings say (verify=, profile=, allow=) and reports what it found. Returns 0
 * when it may start; -errno after logging the reason when it may not.
 */
int verify_payload(const struct config *config, const struct payload *payload);

#endif
