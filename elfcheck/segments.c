/* SPDX-License-Identifier: MIT */
/*
 * What the kernel maps: PT_LOAD sizes, order and protection, the entry point, the stack's
 * protection. The rules are those of elf_map() and load_elf_binary() in fs/binfmt_elf.c; of several
 * PT_GNU_STACK the kernel takes the last. Also notes what later layers ask for (PT_TLS, whether the
 * segments can be searched in linear time).
 * May not: interpret what is inside a segment.
 */
#include "check.h"

#include <string.h>

#define PAGE 4096u /* the smallest page of every Linux machine Go knows */

/* One pass over the program headers. */
struct survey {
	uint64_t loads, bytes; /* number of PT_LOADs, and their file bytes */
	uint64_t end;          /* of the previous PT_LOAD in memory */
	uint32_t stacks, interps, dynamics;
	struct segment stack;
	bool entry_ok, overlap_told, wx_told;
};

static void evidence_range(struct elfcheck_finding *f, uint64_t start, uint64_t size)
{
	evidence_hex(f, start);
	evidence_text(f, "+");
	evidence_hex(f, size);
}

/* The kernel's TASK_SIZE where it is the same for all kernels; else what no kernel can give. */
static uint64_t address_limit(const struct image *image)
{
	if (!image->is64)
		return UINT32_MAX;
	return image->machine == EM_X86_64 ? (UINT64_C(1) << 47) - PAGE : UINT64_MAX;
}

static void load_sizes(struct check *c, const struct segment *load)
{
	struct elfcheck_finding *f;
	uint64_t limit = address_limit(&c->image);

	if (load->filesz > load->memsz || load->vaddr > limit || load->memsz > limit - load->vaddr) {
		f = finding_add(c, ELFCHECK_SEGMENT_SIZE, "p_memsz", load->header);
		evidence_text(f, "p_filesz ");
		evidence_hex(f, load->filesz);
		evidence_text(f, ", memory ");
		evidence_range(f, load->vaddr, load->memsz);
	}
	if (!image_has(&c->image, load->offset, load->filesz)) {
		f = finding_add(c, ELFCHECK_TRUNCATED, "p_filesz", load->header);
		evidence_text(f, "segment ");
		evidence_range(f, load->offset, load->filesz);
		evidence_text(f, ", file ends at ");
		evidence_hex(f, c->image.size);
	}
	if (load->filesz > 0 && (load->vaddr - load->offset) % PAGE != 0) {
		f = finding_add(c, ELFCHECK_SEGMENT_MISALIGNED, "p_offset", load->header);
		evidence_text(f, "offset ");
		evidence_hex(f, load->offset);
		evidence_text(f, ", address ");
		evidence_hex(f, load->vaddr);
	}
}

static void load_placement(struct check *c, const struct segment *load, struct survey *survey)
{
	uint64_t entry = c->image.entry;
	struct elfcheck_finding *f;

	if (survey->loads > 0 && load->vaddr < survey->end && !survey->overlap_told) {
		f = finding_add(c, ELFCHECK_SEGMENTS_OVERLAP, "p_vaddr", load->header);
		evidence_hex(f, load->vaddr);
		evidence_text(f, " after ");
		evidence_hex(f, survey->end);
		survey->overlap_told = true;
	}
	if ((load->flags & PF_W) && (load->flags & PF_X) && !survey->wx_told) {
		f = finding_add(c, ELFCHECK_WRITABLE_EXECUTABLE, "p_flags", load->header);
		evidence_range(f, load->vaddr, load->memsz);
		survey->wx_told = true;
	}
	if ((load->flags & PF_X) && entry >= load->vaddr && entry - load->vaddr < load->filesz)
		survey->entry_ok = true;
	if (load->filesz <= UINT64_MAX - survey->bytes)
		survey->bytes += load->filesz;
	else
		survey->bytes = UINT64_MAX;
	survey->loads++;
	survey->end = load->memsz <= UINT64_MAX - load->vaddr ? load->vaddr + load->memsz : UINT64_MAX;
}

static void survey_header(struct check *c, const struct segment *seg, struct survey *survey)
{
	switch (seg->type) {
	case PT_LOAD:
		load_sizes(c, seg);
		load_placement(c, seg, survey);
		break;
	case PT_GNU_STACK:
		survey->stacks++;
		survey->stack = *seg;
		break;
	case PT_INTERP:
		survey->interps++;
		break;
	case PT_DYNAMIC:
		survey->dynamics++;
		break;
	case PT_TLS:
		c->has_tls = true;
		break;
	default:
		break;
	}
}

static void judge_stack(struct check *c, const struct survey *survey)
{
	if (survey->stacks == 0)
		finding_add(c, ELFCHECK_NO_STACK_HEADER, "PT_GNU_STACK", c->image.phoff);
	else if (survey->stack.flags & PF_X)
		evidence_text(finding_add(c, ELFCHECK_EXEC_STACK, "p_flags", survey->stack.header),
			      "PT_GNU_STACK is executable");
}

static void judge_duplicates(struct check *c, const struct survey *survey)
{
	struct elfcheck_finding *f;

	if (survey->stacks <= 1 && survey->interps <= 1 && survey->dynamics <= 1)
		return;
	f = finding_add(c, ELFCHECK_DUPLICATE_HEADER, "p_type", c->image.phoff);
	if (survey->interps > 1)
		evidence_word(f, "PT_INTERP");
	if (survey->dynamics > 1)
		evidence_word(f, "PT_DYNAMIC");
	if (survey->stacks > 1)
		evidence_word(f, "PT_GNU_STACK");
}

static void judge_loads(struct check *c, const struct survey *survey)
{
	struct elfcheck_finding *f;

	if (survey->loads == 0) {
		finding_add(c, ELFCHECK_NO_LOAD, "e_phnum", c->image.phoff);
		return;
	}
	if (!survey->entry_ok) {
		f = finding_add(c, ELFCHECK_ENTRY_NOT_EXECUTABLE, "e_entry", offsetof(Elf64_Ehdr, e_entry));
		evidence_hex(f, c->image.entry);
	}
	c->scannable = survey->bytes / 2 <= c->image.size;
	if (!c->scannable) {
		f = finding_add(c, ELFCHECK_SEGMENTS_ALIAS, "p_filesz", c->image.phoff);
		evidence_hex(f, survey->bytes);
		evidence_text(f, " bytes mapped from a file of ");
		evidence_hex(f, c->image.size);
	}
}

/* UPX puts its l_info right behind the program headers; the magic is in its second word. */
static void judge_packer(struct check *c)
{
	const struct image *image = &c->image;
	uint64_t start = image->phoff + image->phnum * image_sizeof(image, Phdr);
	uint64_t end = start + 64 < image->size ? start + 64 : image->size;
	uint64_t at = image_find(image, start, end, "UPX!", 4);

	if (at < end)
		finding_add(c, ELFCHECK_PACKED, "l_magic", at);
}

void segments_check(struct check *c)
{
	struct survey survey = { 0 };

	for (uint32_t i = 0; i < c->image.phnum; i++) {
		struct segment seg = image_segment(&c->image, i);

		survey_header(c, &seg, &survey);
	}
	judge_loads(c, &survey);
	judge_stack(c, &survey);
	judge_duplicates(c, &survey);
	judge_packer(c);
}
