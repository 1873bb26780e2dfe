/* SPDX-License-Identifier: MIT */
/* Owns what --arch, --cpu and --kernel mean. */
#include "cli.h"
#include "elfcheck/running.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

bool target_set_kernel(struct elfcheck_target *target, const char *value)
{
	struct elfcheck_target running;

	if (strcmp(value, "running") != 0) {
		target->kernel = elfcheck_kernel_version(value);
		return target->kernel != 0;
	}
	elfcheck_running(&running);
	target->kernel = running.kernel;
	target->features = running.features;
	target->features_known = running.features_known;
	target->compat32 = running.compat32;
	return true;
}

bool target_set_arch(struct elfcheck_target *target, const char *value)
{
	static const struct {
		const char *name;
		uint16_t machine;
		uint8_t class;
	} names[] = { { "x86_64", EM_X86_64, ELFCLASS64 },
		      { "arm64", EM_AARCH64, ELFCLASS64 },
		      { "riscv64", EM_RISCV, ELFCLASS64 },
		      { "arm", EM_ARM, ELFCLASS32 } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i].name, value) != 0)
			continue;
		target->machine = names[i].machine;
		target->class = names[i].class;
		target->data = ELFDATA2LSB;
		return true;
	}
	return false;
}

/* "v8.3" after "arm64-v" becomes 83. */
static unsigned arm_level(const char *text)
{
	char *end;
	unsigned long major = strtoul(text, &end, 10), minor = 0;

	if (*end == '.')
		minor = strtoul(end + 1, &end, 10);
	return *end || major < 8 || major > 9 || minor > 9 ? 0 : (unsigned)(major * 10 + minor);
}

bool target_set_cpu(struct elfcheck_target *target, const char *value)
{
	struct elfcheck_target running;
	unsigned level = 0;

	if (strcmp(value, "host") == 0) {
		elfcheck_running(&running);
		target->cpu_level = running.cpu_level;
		return true;
	}
	if (strncmp(value, "amd64-v", 7) == 0 && value[7] >= '1' && value[7] <= '4' && !value[8]) {
		target_set_arch(target, "x86_64");
		level = (unsigned)(value[7] - '0');
	} else if (strncmp(value, "arm64-v", 7) == 0) {
		target_set_arch(target, "arm64");
		level = arm_level(value + 7);
	} else if (strncmp(value, "riscv64-rva", 11) == 0 && strlen(value) == 16 && strcmp(value + 13, "u64") == 0) {
		target_set_arch(target, "riscv64");
		level = (unsigned)strtoul(value + 11, NULL, 10);
	}
	target->cpu_level = (uint8_t)level;
	return level != 0;
}
