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
#define ALIGN 32u /* of the tables, by cmd/link */
#define NAME_MAX_LENGTH 4096u
#define TABLES_MAX 16 /* looked at, each a walk over the file */

static uint64_t header_word(const struct image *image, uint64_t start, unsigned i)
{
	size_t word = image_word(image);

	return image_uint(image, start + 8 + i * word, word);
}

/*
 * Since Go 1.16 the header gives the places of the tables, ascending and all behind the header; the names end where
 * the compilation units begin.
 */
static bool open_blob(const struct image *image, struct pclntab *table, unsigned first)
{
	uint64_t size = table->end - table->start, place = 8 + (first + 5) * image_word(image);

	for (unsigned i = first; i < first + 5; i++) {
		uint64_t next = header_word(image, table->start, i);

		if (next < place || next > size)
			return false;
		place = next;
	}
	table->blob = true;
	table->next = table->start + header_word(image, table->start, first);
	table->stop = table->start + header_word(image, table->start, first + 1);
	return table->stop > table->next && image->bytes[table->stop - 1] == '\0';
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

/* An obfuscator changes the magic, and a later Go may; the names then follow the header within its alignment. */
static bool open_unknown(const struct image *image, struct pclntab *table)
{
	uint64_t header = 8 + 8 * image_word(image);

	return open_blob(image, table, 3) && table->next - table->start < header + 2 * ALIGN;
}

/* Without `known`, only tables whose magic is none of Go's. */
static bool open_table(const struct image *image, bool known, struct pclntab *table)
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
		return known && open_entries(image, table, nfunc);
	case MAGIC_1_16:
		return known && open_blob(image, table, 2);
	case MAGIC_1_18:
	case MAGIC_1_20:
		return known && open_blob(image, table, 3); /* the text's start came in between */
	default:
		return !known && open_unknown(image, table);
	}
}

/* The first table from *at on, which moves behind it. */
static bool find_in_load(const struct image *image, const struct segment *load, bool known, uint64_t *at,
			 struct pclntab *ret_table)
{
	uint64_t word = image_word(image), end = load->offset + load->filesz, header = 8 + 8 * word;
	/* A byte of the magic that is always 0xff and rare in code; or else the last one of the pointer's size. */
	size_t place = known ? (image->big ? 1 : 2) : 7;
	unsigned char value = known ? 0xff : (unsigned char)word;
	const unsigned char *bytes = image->bytes + place;

	if (end < header)
		return false;
	for (uint64_t start = *at, last = end - header; start <= last; start += word) {
		if (bytes[start] != value)
			continue;
		*ret_table = (struct pclntab){ .start = start, .end = end };
		if (open_table(image, known, ret_table)) {
			*at = start + word;
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
	struct segment load;

	for (uint32_t i = 0; image_next_load_with_first(image, PF_W, &i, &load);)
		if (image_has_word(image, first_word(image, &load), load.offset + load.filesz, addr))
			return true;
	return false;
}

/* Code comes last, as it is large and the table is in it only when some linkers made the file. */
static enum pclntab_found find(const struct image *image, bool known, struct pclntab *ret_table)
{
	struct pclntab table;
	struct segment load;
	unsigned found = 0;

	for (uint32_t i = 0; image_next_load_with_last(image, PF_X, &i, &load);) {
		uint64_t at = first_word(image, &load);

		while (found < TABLES_MAX && find_in_load(image, &load, known, &at, &table)) {
			found++;
			if (!is_pointed_at(image, load.vaddr + (table.start - load.offset)))
				continue;
			*ret_table = table;
			return PCLNTAB_OWN;
		}
	}
	return found > 0 ? PCLNTAB_FOREIGN : PCLNTAB_NONE;
}

enum pclntab_found pclntab_find(const struct image *image, struct pclntab *ret_table)
{
	enum pclntab_found found = find(image, true, ret_table);

	if (found == PCLNTAB_NONE && find(image, false, ret_table) == PCLNTAB_OWN)
		return PCLNTAB_OWN;
	return found;
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
	uint64_t size = table->end - table->start;
	size_t word = image_word(image);

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
