/* SPDX-License-Identifier: MIT */
/*
 * Layer 2: functions and data the file takes from other objects, i.e. undefined entries of the
 * dynamic symbol table. Section headers are not read, so the number of symbols comes from DT_HASH,
 * DT_GNU_HASH, or the start of the next table, always cut to the segment. Weak ones may stay
 * undefined and do not count. Work: one pass over the table, names only until the evidence is full.
 * May not: judge what a symbol does.
 */
#include "check.h"

#include <string.h>

struct table {
	uint64_t offset, count, entsize;
};

/* s390x alone has 64-bit words in DT_HASH. */
static uint64_t sysv_count(const struct image *image, uint64_t addr)
{
	size_t word = image->machine == EM_S390 && image->is64 ? 8 : 4;
	uint64_t offset, left;

	if (addr == 0 || !image_locate(image, addr, &offset, &left) || left < 2 * word)
		return 0;
	return image_uint(image, offset + word, word);
}

/*
 * DT_GNU_HASH: u32 nbuckets, symoffset, nbloom, shift; nbloom words; buckets; chains. Symbols below
 * symoffset (all undefined ones) are not hashed; the last chain ends at an odd value.
 */
static uint64_t gnu_count(const struct image *image, uint64_t addr)
{
	uint64_t offset, left, nbuckets, symoffset, buckets, chains, last = 0;

	if (addr == 0 || !image_locate(image, addr, &offset, &left) || left < 16)
		return 0;
	nbuckets = image_uint(image, offset, 4);
	symoffset = image_uint(image, offset + 4, 4);
	buckets = 16 + image_uint(image, offset + 8, 4) * image_word(image);
	chains = buckets + nbuckets * 4;
	if (chains > left)
		return 0;
	for (uint64_t i = 0; i < nbuckets; i++) {
		uint64_t first = image_uint(image, offset + buckets + i * 4, 4);

		last = first > last ? first : last;
	}
	if (last < symoffset)
		return symoffset;
	while (chains + (last - symoffset) * 4 + 4 <= left &&
	       !(image_uint(image, offset + chains + (last - symoffset) * 4, 4) & 1))
		last++;
	return last + 1;
}

/* Bytes up to the nearest other table behind it, when no hash table tells how many symbols there are. */
static uint64_t table_room(const struct dynamic *dynamic)
{
	static const int others[] = { DT_STRTAB, DT_HASH, DT_RELA, DT_REL, DT_JMPREL };
	uint64_t symtab = dynamic->value[DT_SYMTAB], nearest = UINT64_MAX;

	if (dynamic->gnu_hash > symtab)
		nearest = dynamic->gnu_hash;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (dynamic->value[others[i]] > symtab && dynamic->value[others[i]] < nearest)
			nearest = dynamic->value[others[i]];
	return nearest - symtab;
}

static bool find_table(const struct check *c, struct table *ret_table)
{
	const struct dynamic *dynamic = &c->dynamic;
	uint64_t symtab = dynamic->value[DT_SYMTAB];
	uint64_t left, count;

	if (!image_locate(&c->image, symtab, &ret_table->offset, &left))
		return false;
	ret_table->entsize = image_sizeof(&c->image, Sym);
	count = sysv_count(&c->image, dynamic->value[DT_HASH]);
	if (count == 0)
		count = gnu_count(&c->image, dynamic->gnu_hash);
	if (count == 0)
		count = table_room(dynamic) / ret_table->entsize;
	left /= ret_table->entsize;
	ret_table->count = count < left ? count : left;
	return true;
}

static bool is_undefined(const struct image *image, uint64_t symbol)
{
	uint64_t info = image_field(image, symbol, Sym, st_info);

	return image_field(image, symbol, Sym, st_shndx) == SHN_UNDEF &&
	       image_field(image, symbol, Sym, st_name) != 0 && info >> 4 != STB_WEAK;
}

static uint64_t count_undefined(const struct image *image, const struct table *table)
{
	uint64_t n = 0;

	for (uint64_t i = 1; i < table->count; i++)
		n += is_undefined(image, table->offset + i * table->entsize);
	return n;
}

static void list_undefined(struct check *c, const struct table *table, struct elfcheck_finding *f)
{
	const struct image *image = &c->image;
	uint64_t strings, left;

	if (!image_locate(image, c->dynamic.value[DT_STRTAB], &strings, &left))
		return;
	for (uint64_t i = 1; i < table->count && !evidence_full(f); i++) {
		uint64_t symbol = table->offset + i * table->entsize;
		uint64_t name = image_field(image, symbol, Sym, st_name);
		struct elfcheck_text text = { NULL, 0 };

		if (!is_undefined(image, symbol))
			continue;
		if (name < left)
			text = (struct elfcheck_text){
				image_text(image, strings + name),
				(size_t)image_strlen(image, strings + name, left - name < 64 ? left - name : 64),
			};
		evidence_item(f, text);
	}
}

void symbols_check(struct check *c)
{
	struct elfcheck_finding *f;
	struct table table;
	uint64_t n;

	if (c->has_dynamic && c->dynamic.value[DT_SYMTAB] != 0) {
		if (!find_table(c, &table))
			return;
		n = count_undefined(&c->image, &table);
		if (n > 0) {
			f = finding_add(c, ELFCHECK_UNDEFINED_SYMBOLS, "DT_SYMTAB", table.offset);
			evidence_dec(f, n);
			evidence_text(f, ": ");
			list_undefined(c, &table, f);
		}
	}
	layer_done(c, 2);
}
