/* SPDX-License-Identifier: MIT */
/*
 * Finds and walks the Go function table. The header: u32 magic, two zero bytes, the instruction size quantum, the
 * pointer size, then pointer-sized words whose meaning depends on the magic. The byte order is the file's.
 * May not: judge names (cgo.c).
 */
#include "pclntab.h"

#include <string.h>

#define MAGIC_1_2 0xfffffffbu
#define MAGIC_1_16 0xfffffffau
#define MAGIC_1_18 0xfffffff0u
#define MAGIC_1_20 0xfffffff1u
#define NAME_MAX_LENGTH 4096u
#define TABLES_MAX 16 /* looked at, each a walk over the file */

static uint64_t header_word(const struct image *image, uint64_t start, unsigned i)
{
	size_t word = image_word(image);

	return image_uint(image, start + 8 + i * word, word);
}

/* Since Go 1.16 the header gives the places of the tables; the names end where the compilation units begin. */
static bool open_blob(const struct image *image, struct pclntab *table, unsigned first)
{
	uint64_t size = table->end - table->start;
	uint64_t names = header_word(image, table->start, first);
	uint64_t units = header_word(image, table->start, first + 1);
	uint64_t files = header_word(image, table->start, first + 2);

	if (names >= units || units > files || files > size)
		return false;
	table->blob = true;
	table->next = table->start + names;
	table->stop = table->start + units;
	return image->bytes[table->stop - 1] == '\0';
}

/* Before, the function table follows at once: nfunc entries of {address, place of the function's record}. */
static bool open_entries(const struct image *image, struct pclntab *table, uint64_t nfunc)
{
	uint64_t word = image_word(image), entries = table->start + 8 + word;

	if (nfunc > (table->end - table->start) / (2 * word) || entries > table->end ||
	    nfunc * 2 * word > table->end - entries)
		return false;
	table->blob = false;
	table->next = entries;
	table->stop = entries + nfunc * 2 * word;
	return true;
}

static bool open_table(const struct image *image, struct pclntab *table)
{
	uint32_t magic = (uint32_t)image_uint(image, table->start, 4);
	unsigned quantum = image->bytes[table->start + 6];
	uint64_t nfunc = header_word(image, table->start, 0);

	if (image->bytes[table->start + 4] || image->bytes[table->start + 5] ||
	    image->bytes[table->start + 7] != image_word(image) ||
	    (quantum != 1 && quantum != 2 && quantum != 4) || nfunc == 0)
		return false;
	switch (magic) {
	case MAGIC_1_2:
		return open_entries(image, table, nfunc);
	case MAGIC_1_16:
		return open_blob(image, table, 2);
	case MAGIC_1_18:
	case MAGIC_1_20:
		return open_blob(image, table, 3); /* the text's start came in between */
	default:
		return false;
	}
}

/* The first table from *at on, which moves behind it. */
static bool find_in_load(const struct image *image, const struct segment *load, uint64_t *at,
			 struct pclntab *ret_table)
{
	uint64_t word = image_word(image), end = load->offset + load->filesz;
	size_t low = image->big ? 1 : 2; /* a byte of the magic that is always 0xff, and rare in code */

	for (; *at < end && end - *at >= 8 + 8 * word; *at += word) {
		*ret_table = (struct pclntab){ .start = *at, .end = end };
		if (image->bytes[*at + low] == 0xff && open_table(image, ret_table)) {
			*at += word;
			return true;
		}
	}
	return false;
}

/* Where the first aligned word of the segment is in the file. */
static uint64_t first_word(const struct image *image, const struct segment *load)
{
	uint64_t word = image_word(image);

	return load->offset + (word - load->vaddr % word) % word;
}

/*
 * Does a word of the program hold that address? The runtime's moduledata points at the program's own table; in
 * a PIE of the C linker the address stands in the relocation instead, which is in no writable segment.
 */
static bool is_pointed_at(const struct image *image, uint64_t addr)
{
	uint64_t word = image_word(image);
	struct segment load;

	for (int writable = 1; writable >= 0; writable--) {
		for (uint32_t i = 0; image_next_load(image, &i, &load);) {
			uint64_t end = load.offset + load.filesz;

			if (!!(load.flags & PF_W) != writable)
				continue;
			for (uint64_t at = first_word(image, &load); at < end && end - at >= word; at += word)
				if (image_uint(image, at, word) == addr)
					return true;
		}
	}
	return false;
}

/* A Go program that carries another one (//go:embed) has the other's table among its constants, in front. */
bool pclntab_find(const struct image *image, struct pclntab *ret_table)
{
	struct pclntab table;
	struct segment load;
	unsigned found = 0;

	for (uint32_t i = 0; image_next_load(image, &i, &load);) {
		uint64_t at = first_word(image, &load);

		while (found < TABLES_MAX && find_in_load(image, &load, &at, &table)) {
			if (found++ == 0)
				*ret_table = table;
			if (!is_pointed_at(image, load.vaddr + (table.start - load.offset)))
				continue;
			*ret_table = table;
			return true;
		}
	}
	return found > 0;
}

static bool next_in_blob(const struct image *image, struct pclntab *table, struct elfcheck_text *ret_name)
{
	while (table->next < table->stop) {
		uint64_t n = image_strlen(image, table->next, table->stop - table->next);

		*ret_name = (struct elfcheck_text){ image_text(image, table->next), (size_t)n };
		table->next += n + 1;
		if (n > 0)
			return true;
	}
	return false;
}

/* A record begins with the function's address, then 32 bits: the place of its name. */
static bool next_entry(const struct image *image, struct pclntab *table, struct elfcheck_text *ret_name)
{
	uint64_t word = image_word(image), size = table->end - table->start;

	while (table->next < table->stop && !pclntab_is_absurd(image, table)) {
		uint64_t record = image_uint(image, table->next + word, word), name, n;

		table->next += 2 * word;
		if (record >= size || size - record < word + 4)
			continue;
		name = image_uint(image, table->start + record + word, 4);
		if (name >= size)
			continue;
		n = size - name < NAME_MAX_LENGTH ? size - name : NAME_MAX_LENGTH;
		n = image_strlen(image, table->start + name, n);
		table->spent += n;
		*ret_name = (struct elfcheck_text){ image_text(image, table->start + name), (size_t)n };
		return true;
	}
	return false;
}

bool pclntab_next(const struct image *image, struct pclntab *table, struct elfcheck_text *ret_name)
{
	return table->blob ? next_in_blob(image, table, ret_name) : next_entry(image, table, ret_name);
}
