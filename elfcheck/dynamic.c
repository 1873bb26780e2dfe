/* SPDX-License-Identifier: MIT */
/*
 * Layer 1: does the file ask for a loader or for libraries? PT_INTERP alone decides about ENOENT:
 * a Go PIE has it without a single DT_NEEDED. The dynamic segment is read by address through the
 * PT_LOADs, as a loader does (elf(5)); tools that read by offset can be shown something else, which
 * is a finding. Also the audit of what the dynamic segment says about hardening.
 * May not: read symbols (symbols.c).
 */
#include "check.h"

#include <string.h>

#define INTERP_MAX 4096u /* PATH_MAX; load_elf_binary() */
#define STRING_MAX 4096u /* of a name or path */
#define PIE_FLAG 0x08000000u /* DF_1_PIE; musl's elf.h may lack it */

/* As load_elf_binary() has it; an empty path it cannot open. */
static bool is_path(const struct image *image, const struct segment *interp)
{
	return interp->filesz >= 2 && interp->filesz <= INTERP_MAX && image_has(image, interp->offset, interp->filesz) &&
	       image->bytes[interp->offset] != '\0' && image->bytes[interp->offset + interp->filesz - 1] == '\0';
}

/* The kernel takes the first PT_INTERP. */
static void interp_check(struct check *c)
{
	const struct image *image = &c->image;
	struct elfcheck_text *interp = &c->report->elf.interp;
	struct elfcheck_finding *f;

	for (uint32_t i = 0; i < image->phnum && !c->has_interp; i++) {
		struct segment seg = image_segment(image, i);

		if (seg.type != PT_INTERP)
			continue;
		c->has_interp = true;
		if (!is_path(image, &seg)) {
			f = finding_add(c, ELFCHECK_INTERP_MALFORMED, "PT_INTERP", seg.header);
			evidence_dec(f, seg.filesz);
			evidence_text(f, " bytes at ");
			evidence_hex(f, seg.offset);
			continue;
		}
		*interp = (struct elfcheck_text){ image_text(image, seg.offset),
						  (size_t)image_strlen(image, seg.offset, seg.filesz) };
		evidence_bytes(finding_add(c, ELFCHECK_INTERP_PRESENT, "PT_INTERP", seg.offset), interp->ptr, interp->len);
	}
}

/* Loaders keep the last PT_DYNAMIC. */
static bool find_dynamic(const struct image *image, struct segment *ret_seg)
{
	bool found = false;

	for (uint32_t i = 0; i < image->phnum; i++) {
		struct segment seg = image_segment(image, i);

		if (seg.type == PT_DYNAMIC) {
			*ret_seg = seg;
			found = true;
		}
	}
	return found;
}

static void outside(struct check *c, const char *field, uint64_t offset, uint64_t addr)
{
	struct elfcheck_finding *f = finding_add(c, ELFCHECK_DYNAMIC_OUTSIDE_FILE, field, offset);

	evidence_text(f, field);
	evidence_text(f, " at ");
	evidence_hex(f, addr);
}

static void read_entry(struct check *c, uint64_t at)
{
	struct dynamic *dynamic = &c->dynamic;
	uint64_t tag = image_field(&c->image, at, Dyn, d_tag);
	uint64_t value = image_field(&c->image, at, Dyn, d_un.d_val);

	if (tag < DYNAMIC_TAGS) {
		dynamic->value[tag] = value;
		dynamic->seen |= UINT64_C(1) << tag;
	} else if (tag == DT_GNU_HASH) {
		dynamic->gnu_hash = value;
	} else if (tag == DT_FLAGS_1) {
		dynamic->flags_1 = value;
	}
}

static bool read_dynamic(struct check *c, const struct segment *seg)
{
	struct dynamic *dynamic = &c->dynamic;
	uint64_t left, step = image_sizeof(&c->image, Dyn);
	struct elfcheck_finding *f;

	if (!image_locate(&c->image, seg->vaddr, &dynamic->offset, &left)) {
		outside(c, "PT_DYNAMIC", seg->header, seg->vaddr);
		return false;
	}
	if (dynamic->offset != seg->offset) {
		f = finding_add(c, ELFCHECK_DYNAMIC_ADDRESS_MISMATCH, "PT_DYNAMIC", seg->header);
		evidence_text(f, "p_offset ");
		evidence_hex(f, seg->offset);
		evidence_text(f, ", address maps ");
		evidence_hex(f, dynamic->offset);
	}
	for (;;) {
		uint64_t at = dynamic->offset + dynamic->count * step;

		if (left < step) {
			finding_add(c, ELFCHECK_DYNAMIC_UNTERMINATED, "PT_DYNAMIC", at);
			return true;
		}
		if (image_field(&c->image, at, Dyn, d_tag) == DT_NULL)
			return true;
		read_entry(c, at);
		dynamic->count++;
		left -= step;
	}
}

/* The string at `index` of the dynamic string table, ptr NULL when it lies outside. Costs a walk over the segments. */
static struct elfcheck_text dynamic_string(const struct check *c, uint64_t index)
{
	uint64_t offset, left;

	if (!image_locate(&c->image, c->dynamic.value[DT_STRTAB] + index, &offset, &left))
		return (struct elfcheck_text){ NULL, 0 };
	left = left < STRING_MAX ? left : STRING_MAX;
	return (struct elfcheck_text){ image_text(&c->image, offset), (size_t)image_strlen(&c->image, offset, left) };
}

static void needed_check(struct check *c)
{
	const struct dynamic *dynamic = &c->dynamic;
	struct elfcheck_elf *elf = &c->report->elf;
	uint64_t step = image_sizeof(&c->image, Dyn), index;
	struct elfcheck_finding *f;
	struct elfcheck_text name;

	if (!dynamic_has(dynamic, DT_NEEDED))
		return;
	f = finding_add(c, ELFCHECK_NEEDED_PRESENT, "DT_NEEDED", dynamic->offset);
	for (uint64_t i = 0; i < dynamic->count; i++) {
		uint64_t at = dynamic->offset + i * step;

		if (image_field(&c->image, at, Dyn, d_tag) != DT_NEEDED)
			continue;
		if (elf->n_needed++ >= ELFCHECK_NEEDED)
			continue;
		index = image_field(&c->image, at, Dyn, d_un.d_val);
		name = dynamic_string(c, index);
		elf->needed[elf->n_needed - 1] = name;
		evidence_item(f, name);
		if (!name.ptr)
			outside(c, "DT_NEEDED", at, index);
	}
}

static void tables_check(struct check *c)
{
	static const struct {
		int tag;
		const char *name;
	} tables[] = {
		{ DT_STRTAB, "DT_STRTAB" }, { DT_SYMTAB, "DT_SYMTAB" }, { DT_HASH, "DT_HASH" },
		{ DT_RELA, "DT_RELA" }, { DT_REL, "DT_REL" }, { DT_JMPREL, "DT_JMPREL" },
	};
	uint64_t offset, left;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		uint64_t addr = c->dynamic.value[tables[i].tag];

		if (addr != 0 && !image_locate(&c->image, addr, &offset, &left))
			outside(c, tables[i].name, c->dynamic.offset, addr);
	}
	if (c->dynamic.gnu_hash != 0 && !image_locate(&c->image, c->dynamic.gnu_hash, &offset, &left))
		outside(c, "DT_GNU_HASH", c->dynamic.offset, c->dynamic.gnu_hash);
}

static void path_check(struct check *c, int tag, enum elfcheck_slug slug, const char *field)
{
	if (dynamic_has(&c->dynamic, tag))
		evidence_item(finding_add(c, slug, field, c->dynamic.offset), dynamic_string(c, c->dynamic.value[tag]));
}

static bool has_segment(const struct image *image, uint32_t type)
{
	for (uint32_t i = 0; i < image->phnum; i++)
		if (image_segment(image, i).type == type)
			return true;
	return false;
}

static void hardening_check(struct check *c)
{
	const struct dynamic *dynamic = &c->dynamic;
	uint64_t flags = dynamic->value[DT_FLAGS], at = dynamic->offset;

	path_check(c, DT_RPATH, ELFCHECK_RPATH, "DT_RPATH");
	path_check(c, DT_RUNPATH, ELFCHECK_RUNPATH, "DT_RUNPATH");
	if (dynamic_has(dynamic, DT_SYMBOLIC) || flags & DF_SYMBOLIC)
		finding_add(c, ELFCHECK_SYMBOLIC, "DT_SYMBOLIC", at);
	if (dynamic_has(dynamic, DT_TEXTREL) || flags & DF_TEXTREL)
		finding_add(c, ELFCHECK_TEXTREL, "DT_TEXTREL", at);
	if (!has_segment(&c->image, PT_GNU_RELRO))
		finding_add(c, ELFCHECK_NO_RELRO, "PT_GNU_RELRO", at);
	if (dynamic_has(dynamic, DT_JMPREL) && !dynamic_has(dynamic, DT_BIND_NOW) &&
	    !(flags & DF_BIND_NOW) && !(dynamic->flags_1 & DF_1_NOW))
		finding_add(c, ELFCHECK_LAZY_BINDING, "DT_JMPREL", at);
	if (c->image.type == ET_DYN && !c->has_interp && !(dynamic->flags_1 & PIE_FLAG))
		finding_add(c, ELFCHECK_SHARED_OBJECT, "DT_FLAGS_1", at);
}

void dynamic_check(struct check *c)
{
	struct segment seg;

	interp_check(c);
	if (find_dynamic(&c->image, &seg)) {
		c->has_dynamic = read_dynamic(c, &seg);
		if (c->has_dynamic) {
			needed_check(c);
			tables_check(c);
			hardening_check(c);
		}
	} else if (c->image.type == ET_DYN) {
		finding_add(c, ELFCHECK_ET_DYN_NO_DYNAMIC, "e_type", offsetof(Elf64_Ehdr, e_type));
	}
	layer_done(c, 1);
}

/*
 * A static PIE of the C linker relocates itself in crt code. The Go linker has no such thing: its
 * PIE relies on PT_INTERP, and removing that (patchelf, -I '') makes a file that only looks static.
 */
void relocation_check(struct check *c)
{
	if (c->image.type == ET_DYN && c->rt0.ptr && c->has_dynamic && !c->has_interp)
		evidence_bytes(finding_add(c, ELFCHECK_PIE_NOT_RELOCATED, "PT_INTERP", c->image.phoff),
			       c->rt0.ptr, c->rt0.len);
}
