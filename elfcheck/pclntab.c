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
#define EIGHT(byte) (UINT64_MAX / 255 * (byte)) /* of the same */

static uint64_t header_word(const struct image *image, uint64_t start, unsigned i)
{
	size_t word = image_word(image);

	return image_uint(image, start + 8 + i * word, word);
}

/*
 * Since Go 1.16 the header gives the places of the tables, ascending and all behind the header; the names end where
 * the compilation units begin. The last one is that of the functions, of which there is one at least: two words of four
 * bytes or more.
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
	if (size - place < 8)
		return false;
	table->blob = true;
	table->next = table->start + header_word(image, table->start, first);
	table->stop = table->start + header_word(image, table->start, first + 1);
	table->place = table->next - (uintptr_t)(image->bytes + table->next) % 8 - 8;
	table->marks = 0;
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
	const unsigned char *header = image->bytes + table->start;
	unsigned quantum = header[6];
	uint64_t nfunc;

	if (header[4] || header[5] || header[7] != image_word(image) || (quantum != 1 && quantum != 2 && quantum != 4))
		return false;
	nfunc = header_word(image, table->start, 0);
	if (nfunc == 0)
		return false;
	switch ((uint32_t)image_uint(image, table->start, 4)) {
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

/*
 * From `at` on in whole steps, the first place with that byte; behind `last` when there is none. Inlined, the loop would
 * get no registers.
 */
static __attribute__((noinline)) uint64_t find_byte(const unsigned char *bytes, unsigned char value, uint64_t at, uint64_t last, uint64_t step)
{
	while (at <= last && bytes[at] != value)
		at += step;
	return at;
}

/* The first table from *at on, at a whole number of steps from there; *at moves behind it. */
static bool find_in_load(const struct image *image, const struct segment *load, bool known, uint64_t step, uint64_t *at,
			 struct pclntab *ret_table)
{
	uint64_t word = image_word(image), end = load->offset + load->filesz, header = 8 + 8 * word;
	/* A byte of the magic that is always 0xff and rare in code; or else the last one of the pointer's size. */
	size_t place = known ? (image->big ? 1 : 2) : 7;
	unsigned char value = known ? 0xff : (unsigned char)word;
	const unsigned char *bytes = image->bytes + place;

	if (end < header)
		return false;
	for (uint64_t start = *at, last = end - header;; start += step) {
		start = find_byte(bytes, value, start, last, step);
		if (start > last)
			return false;
		*ret_table = (struct pclntab){ .start = start, .end = end };
		if (open_table(image, known, ret_table)) {
			*at = start + step;
			return true;
		}
	}
}

/* Where in the file the segment's first address is that is a multiple of `align`. */
static uint64_t first_aligned(const struct segment *load, uint64_t align)
{
	return load->offset + (align - load->vaddr % align) % align;
}

/*
 * Does a word of the program hold that address? The runtime's moduledata points at the program's own table; in
 * a PIE of the C linker the address stands in the relocation instead, which is in no writable segment.
 */
static bool is_pointed_at(const struct image *image, uint64_t addr)
{
	struct segment load;

	for (uint32_t i = 0; image_next_load_with_first(image, PF_W, &i, &load);)
		if (image_has_word(image, first_aligned(&load, image_word(image)), load.offset + load.filesz, addr))
			return true;
	return false;
}

/* Code comes last, as it is large and the table is in it only when some linkers made the file. */
static enum pclntab_found find(const struct image *image, bool known, uint64_t align, struct pclntab *ret_table)
{
	struct pclntab table;
	struct segment load;
	unsigned found = 0;

	for (uint32_t i = 0; image_next_load_with_last(image, PF_X, &i, &load);) {
		uint64_t at = first_aligned(&load, align);

		while (found < TABLES_MAX && find_in_load(image, &load, known, align, &at, &table)) {
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
	size_t word = image_word(image);
	enum pclntab_found found;

	/* Nearly always it is where cmd/link puts it. Other linkers may not. */
	if (find(image, true, ALIGN, ret_table) == PCLNTAB_OWN)
		return PCLNTAB_OWN;
	found = find(image, true, word, ret_table);
	if (found == PCLNTAB_NONE && find(image, false, word, ret_table) == PCLNTAB_OWN)
		return PCLNTAB_OWN;
	return found;
}

/* The highest bit of each byte that is not zero, beside others. Nothing carries from one byte to the next. */
static uint64_t filled(uint64_t bytes)
{
	return ((bytes & EIGHT(0x7f)) + EIGHT(0x7f)) | bytes;
}

/* The highest bit of each NUL and underscore among eight bytes; the first byte is the lowest. */
static uint64_t marks_at(const struct image *image, uint64_t at)
{
	uint64_t bytes = image_eight(image, at);

	return ~(filled(bytes) & filled(bytes ^ EIGHT('_'))) & EIGHT(0x80);
}

/* Thousands of short names with few underscores: eight bytes at once. */
static bool next_mark(const struct image *image, struct pclntab *table, uint64_t *ret_at)
{
	uint64_t place = table->place, marks = table->marks;

	/* Behind the last name there are eight bytes more (open_blob()). */
	while (marks == 0) {
		place += 8;
		if (place >= table->stop)
			return false;
		marks = marks_at(image, place);
	}
	table->place = place;
	table->marks = marks & (marks - 1);
	*ret_at = place + (unsigned)__builtin_ctzll(marks) / 8;
	return *ret_at < table->stop;
}

static bool next_in_blob(const struct image *image, struct pclntab *table, struct pclntab_name *ret_name)
{
	bool underscore = false;
	uint64_t at;

	while (next_mark(image, table, &at)) {
		uint64_t begin = table->next;

		if (at < begin)
			continue;
		if (image->bytes[at] == '_') {
			underscore = true;
			continue;
		}
		table->next = at + 1;
		if (at == begin)
			continue;
		ret_name->text = (struct elfcheck_text){ image_text(image, begin), (size_t)(at - begin) };
		ret_name->underscore = underscore;
		return true;
	}
	return false;
}

/* A record begins with the function's address, then 32 bits: the place of its name. */
static bool next_entry(const struct image *image, struct pclntab *table, struct pclntab_name *ret_name)
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
		ret_name->text = (struct elfcheck_text){ image_text(image, table->start + name), (size_t)n };
		ret_name->underscore = true;
		return true;
	}
	return false;
}

bool pclntab_next(const struct image *image, struct pclntab *table, struct pclntab_name *ret_name)
{
	return table->blob ? next_in_blob(image, table, ret_name) : next_entry(image, table, ret_name);
}
