/* SPDX-License-Identifier: MIT */
/*
 * How a finding gets into the report: its severity under the profile and the caller's allow-list,
 * the layer's status, and its evidence, put together by bounded appends (there is no printf in PID 1
 * for bytes from a file). Only printable ASCII gets in, whatever the file holds.
 * May not: look at the image.
 */
#include "check.h"

#include <string.h>

/* The loosest profile for which the slug still counts with its own severity. */
static enum elfcheck_profile loosest(const struct check *c, enum elfcheck_slug slug)
{
	switch (slug) {
	case ELFCHECK_NOT_GO:
	case ELFCHECK_SEGMENTS_ALIAS:
	case ELFCHECK_CGO_PRESENT:
	case ELFCHECK_CGO_SUSPECTED:
	case ELFCHECK_CGO_UNKNOWN:
	case ELFCHECK_CGO_PACKAGE:
	case ELFCHECK_BUILDINFO_MALFORMED:
		return ELFCHECK_GO_STATIC;
	case ELFCHECK_INTERP_PRESENT:
	case ELFCHECK_NEEDED_PRESENT:
	case ELFCHECK_UNDEFINED_SYMBOLS:
	case ELFCHECK_FLAGS_MISMATCH:
		return ELFCHECK_STATIC;
	case ELFCHECK_EXTERNAL_LINK_NO_CGO: /* with a loader it runs */
		return c->has_interp ? ELFCHECK_STATIC : ELFCHECK_ANY;
	default:
		return ELFCHECK_ANY;
	}
}

static bool allowed(const struct check *c, enum elfcheck_slug slug)
{
	return c->allow && c->allow->bits[slug / 64] >> slug % 64 & 1;
}

struct elfcheck_finding *finding_add(struct check *c, enum elfcheck_slug slug, const char *field,
				     uint64_t offset)
{
	const struct elfcheck_slug_info *info = elfcheck_slug_info(slug);
	struct elfcheck_report *r = c->report;
	enum elfcheck_severity severity = info->severity;
	struct elfcheck_finding *f = &c->lost;
	enum elfcheck_status status;

	if (c->profile > loosest(c, slug) || allowed(c, slug))
		severity = ELFCHECK_INFO;
	status = severity == ELFCHECK_FAIL ? ELFCHECK_FAILED :
		 severity == ELFCHECK_WARN ? ELFCHECK_WARNED : ELFCHECK_PASSED;
	if (r->layers[info->layer] < status)
		r->layers[info->layer] = status;
	if (severity == ELFCHECK_FAIL)
		r->pass = false;
	if (r->n_findings < ELFCHECK_FINDINGS)
		f = &r->findings[r->n_findings++];
	else
		r->n_findings_lost++;
	f->slug = slug;
	f->severity = severity;
	f->field = field;
	f->offset = offset;
	f->evidence[0] = '\0';
	return f;
}

void evidence_bytes(struct elfcheck_finding *f, const char *s, size_t n)
{
	size_t at = strnlen(f->evidence, sizeof(f->evidence) - 1);

	for (size_t i = 0; i < n && at < sizeof(f->evidence) - 1; i++)
		f->evidence[at++] = s[i] >= 0x20 && s[i] < 0x7f ? s[i] : '?';
	f->evidence[at] = '\0';
}

void evidence_text(struct elfcheck_finding *f, const char *s)
{
	while (*s)
		evidence_bytes(f, s++, 1);
}

static void next_item(struct elfcheck_finding *f)
{
	size_t at = strnlen(f->evidence, sizeof(f->evidence) - 1);

	if (at > 0 && f->evidence[at - 1] != ' ')
		evidence_text(f, ", ");
}

void evidence_word(struct elfcheck_finding *f, const char *word)
{
	next_item(f);
	evidence_text(f, word);
}

void evidence_item(struct elfcheck_finding *f, struct elfcheck_text text)
{
	next_item(f);
	if (text.ptr)
		evidence_bytes(f, text.ptr, text.len);
	else
		evidence_text(f, "(outside the file)");
}

static void put_number(struct elfcheck_finding *f, uint64_t value, unsigned base)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = "0123456789abcdef"[value % base];
	while (value /= base);
	evidence_bytes(f, digits + at, sizeof(digits) - at);
}

void evidence_dec(struct elfcheck_finding *f, uint64_t value)
{
	put_number(f, value, 10);
}

void evidence_hex(struct elfcheck_finding *f, uint64_t value)
{
	evidence_text(f, "0x");
	put_number(f, value, 16);
}

bool evidence_full(const struct elfcheck_finding *f)
{
	return strnlen(f->evidence, sizeof(f->evidence)) >= sizeof(f->evidence) - 1;
}

void layer_done(struct check *c, int layer)
{
	if (c->report->layers[layer] == ELFCHECK_SKIPPED)
		c->report->layers[layer] = ELFCHECK_PASSED;
}
