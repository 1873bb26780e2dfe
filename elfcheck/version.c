/* SPDX-License-Identifier: MIT */
/*
 * The Go version of a file whose build information is gone: the variable runtime.buildVersion is a Go string,
 * {address, length}, in the data segment, and its text is "go1.N…". In a PIE the address stands in the relocation of
 * the variable (elf(5), DT_RELA) and the length in the file. A program may hold other such strings, of versions it
 * knows about; they are older than itself, so that the highest one counts.
 * May not: guess; a version that no variable points to is some other text.
 */
#include "check.h"

#include <string.h>

#define LOADS 16 /* the Go linker makes at most six */
#define LENGTH_MIN 5 /* "go1.2" */
#define LENGTH_MAX 128

struct candidate {
	struct elfcheck_text text;
	unsigned rank; /* minor * 10000 + patch */
};

struct search {
	const struct image *image;
	struct segment load[LOADS];
	size_t n;
	struct candidate best;
};

static bool collect_loads(struct search *search)
{
	struct segment load;

	for (uint32_t i = 0; image_next_load(search->image, &i, &load);) {
		if (search->n == LOADS)
			return false;
		search->load[search->n++] = load;
	}
	return true;
}

/* "go1.N", "go1.N.P", perhaps after "devel ", then nothing or what a vendor or a release candidate adds: "rc1", "-X:…", " (…)", "+…". */
static bool read_version(struct elfcheck_text text, unsigned *ret_rank)
{
	size_t devel = text_starts(text, "devel go1."), at = devel ? devel : text_starts(text, "go1.");
	unsigned minor, patch = 0;

	if (at == 0 || !text_number(text, &at, &minor))
		return false;
	if (at < text.len && text.ptr[at] == '.') {
		at++;
		if (!text_number(text, &at, &patch))
			return false;
	}
	if (at < text.len && !memchr("rb-+ ", text.ptr[at], 5))
		return false;
	*ret_rank = minor * 10000 + patch;
	return true;
}

/* Is the Go string {addr, length} a version, and a higher one than the best so far? */
static void consider(struct search *search, uint64_t addr, uint64_t length)
{
	struct elfcheck_text text = { NULL, (size_t)length };
	unsigned rank;

	if (length < LENGTH_MIN || length > LENGTH_MAX)
		return;
	for (size_t i = 0; i < search->n; i++) {
		const struct segment *load = &search->load[i];

		if (addr < load->vaddr || addr - load->vaddr >= load->filesz ||
		    load->filesz - (addr - load->vaddr) < length)
			continue;
		text.ptr = image_text(search->image, load->offset + (addr - load->vaddr));
		if (read_version(text, &rank) && rank >= search->best.rank)
			search->best = (struct candidate){ text, rank };
	}
}

static void search_data(struct search *search, const struct segment *data)
{
	const struct image *image = search->image;
	uint64_t end = data->offset + data->filesz;
	size_t word = image_word(image);

	for (uint64_t at = data->offset; at < end && end - at >= 2 * word; at += word)
		consider(search, image_uint(image, at, word), image_uint(image, at + word, word));
}

/* The length of the Go string that stands at `addr`, 0 when nothing does. */
static uint64_t length_at(const struct search *search, uint64_t addr)
{
	size_t word = image_word(search->image);

	for (size_t i = 0; i < search->n; i++) {
		const struct segment *load = &search->load[i];

		if (addr >= load->vaddr && addr - load->vaddr < load->filesz)
			return image_uint(search->image, load->offset + (addr - load->vaddr) + word, word);
	}
	return 0;
}

static void search_relocations(struct search *search, const struct dynamic *dynamic)
{
	const struct image *image = search->image;
	uint64_t size = image_sizeof(image, Rela), at, left;

	if (!dynamic_has(dynamic, DT_RELA) || !image_locate(image, dynamic->value[DT_RELA], &at, &left))
		return;
	left = left < dynamic->value[DT_RELASZ] ? left : dynamic->value[DT_RELASZ];
	for (; left >= size; left -= size, at += size)
		consider(search, image_field(image, at, Rela, r_addend),
			 length_at(search, image_field(image, at, Rela, r_offset)));
}

void version_read(struct check *c)
{
	struct search search = { .image = &c->image };
	struct elfcheck_go *go = &c->report->go;

	if (c->report->kind != ELFCHECK_KIND_GO || go->version.ptr || !collect_loads(&search))
		return;
	for (size_t i = 0; i < search.n; i++)
		if (search.load[i].flags & PF_W)
			search_data(&search, &search.load[i]);
	if (!search.best.text.ptr)
		search_relocations(&search, &c->dynamic);
	if (!search.best.text.ptr)
		return;
	go->version = search.best.text;
	go->version_source = ELFCHECK_VERSION_RUNTIME;
}
