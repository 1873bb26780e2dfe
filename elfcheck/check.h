/* SPDX-License-Identifier: MIT */
/*
 * What the checker's files share: one check in progress, and how a finding is made. Private to the
 * library. Every *_check() adds findings and, when it could do its work, calls layer_done().
 */
#ifndef ELFCHECK_CHECK_H
#define ELFCHECK_CHECK_H

#include "elfcheck.h"
#include "image.h"
#include "pclntab.h"

/* The dynamic segment; see elf(5). Tags above DT_RELR that matter have their own fields. */
#define DYNAMIC_TAGS 37
struct dynamic {
	uint64_t offset, count;       /* of the entries before DT_NULL, in the file */
	uint64_t value[DYNAMIC_TAGS]; /* of the last entry with that tag, as loaders take it */
	uint64_t seen;                /* a bit per tag */
	uint64_t gnu_hash, flags_1;
};

static inline bool dynamic_has(const struct dynamic *dynamic, int tag)
{
	return dynamic->seen >> tag & 1;
}

/* A kernel's version as in the target. */
#define KERNEL(major, minor, patch) ((uint32_t)(major) << 16 | (minor) << 8 | (patch))

struct check {
	struct image image;
	const struct elfcheck_target *target;
	enum elfcheck_profile profile;
	const struct elfcheck_allow *allow;
	struct elfcheck_report *report;
	struct elfcheck_finding lost; /* takes the evidence of a finding that found no room */

	/* Found on the way, for later layers. */
	bool has_interp, has_tls, has_dynamic, has_buildinfo;
	bool scannable; /* segments hold each byte about once: a scan of all of them is linear */
	struct dynamic dynamic;
	uint32_t features;        /* wanted of the kernel, a bit per enum elfcheck_feature */
	enum pclntab_found names_found;
	struct pclntab names;     /* the function table, when it is the program's own */
	/* The function _rt0_ARCH_OS where a program starts that the Go linker made, and its last part. */
	struct elfcheck_text rt0, rt0_os;
};

/* finding.c: never NULL; the evidence_* functions append to it and cut. */
struct elfcheck_finding *finding_add(struct check *c, enum elfcheck_slug slug, const char *field,
				     uint64_t offset);
void evidence_text(struct elfcheck_finding *f, const char *s);
void evidence_bytes(struct elfcheck_finding *f, const char *s, size_t n);
void evidence_word(struct elfcheck_finding *f, const char *word); /* of a list with commas */
void evidence_item(struct elfcheck_finding *f, struct elfcheck_text text); /* the same; NULL: outside the file */
void evidence_dec(struct elfcheck_finding *f, uint64_t value);
void evidence_hex(struct elfcheck_finding *f, uint64_t value);
bool evidence_full(const struct elfcheck_finding *f);
void layer_done(struct check *c, int layer);

void fit_check(struct check *c);
bool headers_check(struct check *c);  /* false: nothing more can be read */
void segments_check(struct check *c); /* what the kernel maps, and how */
void dynamic_check(struct check *c);
void symbols_check(struct check *c);
void buildinfo_read(struct check *c); /* fills report->go from the build info */
void version_read(struct check *c);   /* ... and the version from the runtime's data without it */
void cgo_check(struct check *c);
void relocation_check(struct check *c); /* a Go PIE that nobody relocates */
void machine_check(struct check *c);
void kernel_check(struct check *c);
void packages_check(struct check *c);
void needs_note(struct check *c, struct elfcheck_text name); /* of a function inside the program */
void needs_check(struct check *c);
void features_check(struct check *c);

/* machine.c */
bool machine_known(uint16_t machine);
bool machine_has_class(uint16_t machine, bool is64);
void finding_class(struct check *c); /* the word size is none of this machine's */
const char *machine_goarch(const struct image *image); /* "" when there is none */
uint32_t machine_kernel(const struct image *image);    /* the first that runs on it, as in the target; 0: any */

/* Build setting of that name; ptr NULL when absent. */
struct elfcheck_text setting_find(const struct check *c, const char *key);
/* Length of the prefix if the text starts with it, else 0. */
static inline size_t text_starts(struct elfcheck_text text, const char *prefix)
{
	size_t n = 0;

	while (n < text.len && prefix[n] && text.ptr[n] == prefix[n])
		n++;
	return prefix[n] ? 0 : n;
}

static inline bool text_is(struct elfcheck_text text, const char *s)
{
	return text.len > 0 && text_starts(text, s) == text.len;
}

/* Decimal number at *i of text, capped at 9999; *i moves behind it. False when there is no digit. */
bool text_number(struct elfcheck_text text, size_t *i, unsigned *ret_value);

#endif
