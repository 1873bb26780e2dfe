/* SPDX-License-Identifier: MIT */
/* Owns --kernel-config: which of the options that matter a kernel was built with; see cli.h. */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* "CONFIG_X=y" or "=m"; a comment says that an option is not set, and so does its absence. */
static bool is_set(const char *line, const char *option)
{
	size_t n = strlen(option);

	return strncmp(line, option, n) == 0 && line[n] == '=' && (line[n + 1] == 'y' || line[n + 1] == 'm');
}

bool kernel_config_read(struct elfcheck_target *target, const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned options = 0;
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		options += strncmp(line, "CONFIG_", strlen("CONFIG_")) == 0;
		if (is_set(line, "CONFIG_IA32_EMULATION"))
			target->compat32 = true;
		for (enum elfcheck_feature feature = 0; feature < ELFCHECK_FEATURES; feature++)
			if (is_set(line, elfcheck_feature_option(feature)))
				target->features |= 1u << feature;
	}
	target->features_known = (1u << ELFCHECK_FEATURES) - 1;
	if (!file || ferror(file))
		fprintf(stderr, "elfcheck: read '%s': %s\n", path, strerror(errno));
	else if (options == 0)
		fprintf(stderr, "elfcheck: read '%s': not a kernel configuration, no line CONFIG_...=\n", path);
	if (file)
		fclose(file);
	return options > 0;
}
