/* SPDX-License-Identifier: MIT */
/*
 * The ELF header and the program headers, by the rules of the kernel's fs/binfmt_elf.c: what it
 * rejects is a finding, what it ignores (section headers, e_version, e_ehsize) is not read. Fatal
 * findings end the check, as nothing behind them could be trusted.
 * May not: look into segments.
 */
#include "check.h"

#include <string.h>

#define PHDRS_MAX 65536u /* bytes; load_elf_phdrs() */

static bool file_is_elf(struct check *c)
{
	const struct image *image = &c->image;
	struct elfcheck_finding *f;

	if (image->size == 0) {
		finding_add(c, ELFCHECK_EMPTY_FILE, "e_ident", 0);
		return false;
	}
	if (image->size >= SELFMAG && !memcmp(image->bytes, ELFMAG, SELFMAG))
		return true;
	f = finding_add(c, ELFCHECK_NOT_ELF, "e_ident", 0);
	evidence_text(f, "starts with ");
	evidence_bytes(f, image_text(image, 0), image->size < 16 ? (size_t)image->size : 16);
	return false;
}

static bool ident_read(struct check *c)
{
	struct image *image = &c->image;
	unsigned char class = 0, data = 0;
	struct elfcheck_finding *f;

	if (image_has(image, 0, EI_NIDENT)) {
		class = image->bytes[EI_CLASS];
		data = image->bytes[EI_DATA];
	}
	image->is64 = class == ELFCLASS64;
	image->big = data == ELFDATA2MSB;
	c->report->kind = ELFCHECK_KIND_ELF;
	c->report->elf.class = class;
	c->report->elf.data = data;
	if (!image_has(image, 0, image_sizeof(image, Ehdr))) {
		f = finding_add(c, ELFCHECK_TRUNCATED, "e_ident", 0);
		evidence_dec(f, image->size);
		evidence_text(f, " bytes");
		return false;
	}
	if ((class != ELFCLASS32 && class != ELFCLASS64) || (data != ELFDATA2LSB && data != ELFDATA2MSB)) {
		f = finding_add(c, ELFCHECK_BAD_IDENT, "e_ident", EI_CLASS);
		evidence_text(f, "class ");
		evidence_dec(f, class);
		evidence_text(f, ", data ");
		evidence_dec(f, data);
		return false;
	}
	return true;
}

/* The kernel reads in its own byte order whatever EI_DATA says: a wrong one hides everything. */
static bool order_is_right(struct check *c)
{
	uint16_t machine = c->image.machine;
	uint16_t swapped = (uint16_t)(machine << 8 | machine >> 8);
	struct elfcheck_finding *f;

	if (machine_known(machine) || !machine_known(swapped))
		return true;
	f = finding_add(c, ELFCHECK_DATA_MISMATCH, "e_ident[EI_DATA]", EI_DATA);
	evidence_text(f, elfcheck_machine_name(swapped));
	evidence_text(f, c->image.big ? " read as big-endian" : " read as little-endian");
	return false;
}

#define HEADER_OFFSET(image, field) \
	((image)->is64 ? offsetof(Elf64_Ehdr, field) : offsetof(Elf32_Ehdr, field))

static bool header_read(struct check *c)
{
	struct image *image = &c->image;
	struct elfcheck_finding *f;

	image->machine = (uint16_t)image_field(image, 0, Ehdr, e_machine);
	image->type = (uint16_t)image_field(image, 0, Ehdr, e_type);
	image->entry = image_field(image, 0, Ehdr, e_entry);
	image->phoff = image_field(image, 0, Ehdr, e_phoff);
	image->flags = (uint32_t)image_field(image, 0, Ehdr, e_flags);
	c->report->elf.machine = image->machine;
	c->report->elf.type = image->type;
	c->report->elf.flags = image->flags;
	if (!order_is_right(c))
		return false;
	if (image->type != ET_EXEC && image->type != ET_DYN) {
		f = finding_add(c, ELFCHECK_TYPE_NOT_EXECUTABLE, "e_type", offsetof(Elf64_Ehdr, e_type));
		evidence_text(f, image->type == ET_REL ? "ET_REL " : image->type == ET_CORE ? "ET_CORE " : "");
		evidence_dec(f, image->type);
		return false;
	}
	return true;
}

static bool phdrs_read(struct check *c)
{
	struct image *image = &c->image;
	uint64_t entsize = image_field(image, 0, Ehdr, e_phentsize);
	uint64_t phnum = image_field(image, 0, Ehdr, e_phnum);
	uint64_t want = image_sizeof(image, Phdr);
	struct elfcheck_finding *f;

	/* With the wrong word size, this and all further fields are read from the wrong places. */
	if (entsize != want && machine_known(image->machine) && !machine_has_class(image->machine, image->is64)) {
		finding_class(c);
		return false;
	}
	if (entsize != want) {
		f = finding_add(c, ELFCHECK_BAD_PHENTSIZE, "e_phentsize", HEADER_OFFSET(image, e_phentsize));
		evidence_dec(f, entsize);
		evidence_text(f, ", must be ");
		evidence_dec(f, want);
		return false;
	}
	if (phnum < 1 || phnum > PHDRS_MAX / want) {
		f = finding_add(c, ELFCHECK_PHNUM_OUT_OF_RANGE, "e_phnum", HEADER_OFFSET(image, e_phnum));
		evidence_dec(f, phnum);
		return false;
	}
	if (!image_has(image, image->phoff, phnum * want)) {
		f = finding_add(c, ELFCHECK_PHDR_OUTSIDE_FILE, "e_phoff", HEADER_OFFSET(image, e_phoff));
		evidence_dec(f, phnum);
		evidence_text(f, " headers at ");
		evidence_hex(f, image->phoff);
		evidence_text(f, ", file ends at ");
		evidence_hex(f, image->size);
		return false;
	}
	image->phnum = (uint32_t)phnum;
	return true;
}

bool headers_check(struct check *c)
{
	return file_is_elf(c) && ident_read(c) && header_read(c) && phdrs_read(c);
}
