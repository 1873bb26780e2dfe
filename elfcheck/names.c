/* SPDX-License-Identifier: MIT */
/*
 * The words for slugs, layers, statuses: const tables and nothing else. The strings are shared by
 * PID 1's log, the command's text and JSON, and the documentation.
 * May not: format.
 */
#include "check.h"

static const struct elfcheck_slug_info slugs[] = {
#define SLUG(id, name, layer, severity, what, why, remedy) \
	[ELFCHECK_##id] = { name, layer, ELFCHECK_##severity, what, why, remedy },
#include "slugs.def"
#undef SLUG
};

const struct elfcheck_slug_info *elfcheck_slug_info(enum elfcheck_slug slug)
{
	return &slugs[slug];
}

enum elfcheck_slug elfcheck_slug_find(const char *name, size_t len)
{
	const struct elfcheck_text text = { name, len };
	enum elfcheck_slug slug = (enum elfcheck_slug)0;

	while (slug < ELFCHECK_SLUGS && !text_is(text, slugs[slug].name))
		slug++;
	return slug;
}

void elfcheck_allow_add(struct elfcheck_allow *allow, enum elfcheck_slug slug)
{
	allow->bits[slug / 64] |= UINT64_C(1) << slug % 64;
}

const char *elfcheck_layer_name(int layer)
{
	static const char *const names[ELFCHECK_LAYERS + 1] = {
		"", "dynamic segment", "libc references", "pure Go runtime", "target machine",
		"kernel ABI", "cgo packages", "image fit",
	};

	return layer >= 1 && layer <= ELFCHECK_LAYERS ? names[layer] : "";
}

const char *elfcheck_status_name(enum elfcheck_status status)
{
	static const char *const names[] = {
		[ELFCHECK_SKIPPED] = "skip",
		[ELFCHECK_PASSED] = "pass",
		[ELFCHECK_WARNED] = "warn",
		[ELFCHECK_FAILED] = "fail",
	};

	return names[status];
}

const char *elfcheck_severity_name(enum elfcheck_severity severity)
{
	static const char *const names[] = {
		[ELFCHECK_INFO] = "info",
		[ELFCHECK_WARN] = "warn",
		[ELFCHECK_FAIL] = "fail",
	};

	return names[severity];
}

const char *elfcheck_kind_name(enum elfcheck_kind kind)
{
	static const char *const names[] = {
		[ELFCHECK_KIND_NOT_ELF] = "not-elf",
		[ELFCHECK_KIND_ELF] = "elf",
		[ELFCHECK_KIND_GO] = "go",
	};

	return names[kind];
}
