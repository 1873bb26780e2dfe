/* SPDX-License-Identifier: MIT */
/*
 * What the program will ask of its image and its kernel, read from the names of the functions inside it; the lists
 * are in needs.def. A file that is missing is a warning, as the program may never come to that function.
 * May not: look at the image or at the system; the caller answers what is there.
 */
#include "check.h"

#include <string.h>

#define BIT(n) (UINT32_C(1) << (n))
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct function {
	const char *name;
	size_t len;
	uint32_t need, feature; /* a bit each */
};

static const struct function functions[] = {
#define NEED_BIT(id) BIT(ELFCHECK_NEED_##id), 0
#define FEATURE_BIT(id) 0, BIT(ELFCHECK_FEATURE_##id)
#define NAME(kind, id, name) { name, sizeof(name) - 1, kind##_BIT(id) },
#include "needs.def"
};

/*
 * A bit for each length in the list, and one for each name of it, from its length and its ends. A program has thousands of
 * names, and one of ten has bits that are set, so that few are compared with the list.
 */
static const uint64_t lengths = 0
#define NAME(kind, id, name) | UINT64_C(1) << ((sizeof(name) - 1) & 63)
#include "needs.def"
	;
#define MARK(first, last, len) (UINT64_C(1) << (((unsigned char)(first) * 5u + (unsigned char)(last) + (unsigned)(len)) & 63))
static const uint64_t marks = 0
#define NAME(kind, id, name) | MARK((name)[0], (name)[sizeof(name) - 2], sizeof(name) - 1)
#include "needs.def"
	;

static const struct {
	const char *name, *paths;
	enum elfcheck_slug slug;
} needs[] = {
#define NEED(id, name, slug, paths) { name, paths, ELFCHECK_##slug },
#include "needs.def"
};

static const struct {
	const char *option;
	enum elfcheck_slug slug;
} features[] = {
#define FEATURE(id, option, slug) { option, ELFCHECK_##slug },
#include "needs.def"
};

_Static_assert(ELFCHECK_NEEDS <= 32 && ELFCHECK_FEATURES <= 32, "a bit each");

const char *elfcheck_need_name(enum elfcheck_need need)
{
	return needs[need].name;
}

const char *elfcheck_feature_option(enum elfcheck_feature feature)
{
	return features[feature].option;
}

void needs_note(struct check *c, struct elfcheck_text name)
{
	if (name.len == 0 || !(lengths >> (name.len & 63) & 1) ||
	    !(marks & MARK(name.ptr[0], name.ptr[name.len - 1], name.len)))
		return;
	for (size_t i = 0; i < COUNT(functions); i++) {
		if (functions[i].len != name.len || memcmp(functions[i].name, name.ptr, name.len) != 0)
			continue;
		c->report->go.needs |= functions[i].need;
		c->features |= functions[i].feature;
	}
}

/* Is one of the paths there? */
static bool has_any(const struct elfcheck_target *target, const char *paths)
{
	while (*paths) {
		size_t len = 0;

		while (paths[len] && paths[len] != ' ')
			len++;
		if (target->has_path(target->ctx, paths, len, false))
			return true;
		paths += len + (paths[len] == ' ');
	}
	return false;
}

static bool has_need(const struct check *c, enum elfcheck_need need)
{
	return c->report->go.needs & BIT(need);
}

void needs_check(struct check *c)
{
	const struct elfcheck_text *interp = &c->report->elf.interp;

	if (!c->target->has_path)
		return;
	if (interp->len > 0 && !c->target->has_path(c->target->ctx, interp->ptr, interp->len, true))
		evidence_bytes(finding_add(c, ELFCHECK_INTERP_MISSING, "PT_INTERP", 0), interp->ptr, interp->len);
	for (enum elfcheck_need need = 0; need < ELFCHECK_NEEDS; need++) {
		bool inside = (need == ELFCHECK_NEED_CA && has_need(c, ELFCHECK_NEED_CA_INSIDE)) ||
			      (need == ELFCHECK_NEED_ZONEINFO && has_need(c, ELFCHECK_NEED_ZONEINFO_INSIDE));

		if (has_need(c, need) && needs[need].slug != ELFCHECK_SLUGS && !inside &&
		    !has_any(c->target, needs[need].paths))
			evidence_text(finding_add(c, needs[need].slug, "pclntab", c->names.start), needs[need].paths);
	}
}

void features_check(struct check *c)
{
	/* Every Go program needs these two, though its names may not tell. */
	uint32_t wanted = c->features | BIT(ELFCHECK_FEATURE_FUTEX) | BIT(ELFCHECK_FEATURE_EPOLL);
	uint32_t missing = c->target->features_known & ~c->target->features & wanted;

	for (enum elfcheck_feature feature = 0; feature < ELFCHECK_FEATURES; feature++)
		if (missing & BIT(feature))
			evidence_text(finding_add(c, features[feature].slug, "pclntab", c->names.start), features[feature].option);
}
