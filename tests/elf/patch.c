/* SPDX-License-Identifier: MIT */
/*
 * Damages an ELF file in named places, for tests/elf/mutations: patch FILE EDIT... edits FILE in place, or not at all
 * when an edit is wrong. Both classes and byte orders; they are the file's as it was before. One edit is one word:
 *
 *   ehdr.e_type=1  phdr[PT_LOAD:1].p_memsz=0x10  dyn[DT_STRTAB].d_val=size+16     a field
 *   @buildinfo+15=1  @dyn[DT_HASH]+4:4=0     one byte at a place, or four
 *   @buildinfo+32="\xff"*16                  bytes; \xNN is one, *N repeats
 *   "old"="new"                              everywhere, of the same length
 *   size=1000  mode=0644                     of the file; what is added is zero
 *
 * X[TYPE:N] is the N-th of its type from 0 on, the first without N; PT_ANY is every type. A value is a sum of numbers,
 * constants, fields and `size`. A place is a number, "bytes" (the first), buildinfo, phdrs (behind the last program
 * header), phdr[X] (what it maps) or dyn[X] (what it points at).
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PT_ANY 0xfffffff0u
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SIZEOF(type) (is64 ? sizeof(Elf64_##type) : sizeof(Elf32_##type))

static const struct field {
	const char *name;
	size_t offset[2], width[2]; /* 32 and 64 bits */
} fields[] = {
#define F(type, name, member) \
	{ name, { offsetof(Elf32_##type, member), offsetof(Elf64_##type, member) }, \
	  { sizeof(((Elf32_##type *)0)->member), sizeof(((Elf64_##type *)0)->member) } }
#define E(name) F(Ehdr, #name, name)
#define P(name) F(Phdr, #name, name)
	E(e_type), E(e_machine), E(e_version), E(e_entry), E(e_phoff), E(e_shoff), E(e_flags), E(e_ehsize),
	E(e_phentsize), E(e_phnum), E(e_shentsize), E(e_shnum), E(e_shstrndx),
	P(p_type), P(p_flags), P(p_offset), P(p_vaddr), P(p_paddr), P(p_filesz), P(p_memsz), P(p_align),
	F(Dyn, "d_tag", d_tag), F(Dyn, "d_val", d_un.d_val),
};

static const struct {
	const char *name;
	uint64_t value;
} constants[] = {
#define C(name) { #name, name }
	C(ET_NONE), C(ET_REL), C(ET_EXEC), C(ET_DYN), C(ET_CORE), C(EM_386), C(EM_X86_64), C(EM_AARCH64), C(EM_SPARC),
	C(PF_R), C(PN_XNUM), C(PT_ANY), C(PT_NULL), C(PT_LOAD), C(PT_DYNAMIC), C(PT_INTERP), C(PT_NOTE), C(PT_PHDR),
	C(PT_GNU_STACK), C(PT_GNU_RELRO), C(PT_GNU_PROPERTY), C(DT_NEEDED), C(DT_HASH), C(DT_STRTAB),
	C(DT_SYMTAB), C(DT_RELA), C(DT_STRSZ), C(DT_RPATH), C(DT_SYMBOLIC), C(DT_DEBUG), C(DT_TEXTREL), C(DT_JMPREL),
	C(DT_RUNPATH), C(DT_FLAGS), C(DT_FLAGS_1), C(DT_GNU_HASH),
};

static unsigned char *bytes;
static size_t size;
static bool is64, big;
static mode_t mode; /* 0: as it is */
static const char *edit; /* the one at work, for errors */

static __attribute__((format(printf, 1, 2))) _Noreturn void die(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "patch: read '%s': ", edit);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs(", nothing written\n", stderr);
	exit(1);
}

static unsigned char *range(uint64_t offset, uint64_t n)
{
	if (offset > size || n > size - offset)
		die("%#llx+%llu lies outside the file", (unsigned long long)offset, (unsigned long long)n);
	return bytes + offset;
}

static uint64_t get(uint64_t offset, size_t width)
{
	const unsigned char *at = range(offset, width);
	uint64_t value = 0;

	for (size_t i = 0; i < width; i++)
		value |= (uint64_t)at[big ? width - 1 - i : i] << 8 * i;
	return value;
}

/* A negative value is taken for its two's complement, cut to the width. */
static void put(uint64_t offset, size_t width, uint64_t value)
{
	unsigned char *at = range(offset, width);

	if (width < 8 && value >> 8 * width != 0 && (int64_t)value >= 0)
		die("%#llx does not fit %zu bytes", (unsigned long long)value, width);
	for (size_t i = 0; i < width; i++)
		at[big ? width - 1 - i : i] = (unsigned char)(value >> 8 * i);
}

static void resize(uint64_t n)
{
	bytes = realloc(bytes, n + 1);
	if (!bytes)
		die("out of memory");
	if (n > size)
		memset(bytes + size, 0, n - size);
	size = n;
}

/* Moves *s behind `word` if it stands there. */
static bool take(const char **s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*s, word, n) != 0)
		return false;
	*s += n;
	return true;
}

static void expect(const char **s, const char *word)
{
	if (!take(s, word))
		die("'%s' expected at '%s'", word, *s);
}

static uint64_t take_number(const char **s)
{
	char *end;
	uint64_t value = strtoull(*s, &end, 0);

	if (end == *s)
		die("no number at '%s'", *s);
	*s = end;
	return value;
}

static bool take_constant(const char **s, uint64_t *ret_value)
{
	size_t n = strspn(*s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	for (size_t i = 0; i < COUNT(constants); i++) {
		if (strlen(constants[i].name) != n || memcmp(constants[i].name, *s, n) != 0)
			continue;
		*s += n;
		*ret_value = constants[i].value;
		return true;
	}
	return false;
}

static const struct field *field_of(const char **s)
{
	size_t n = strspn(*s, "abcdefghijklmnopqrstuvwxyz_");

	for (size_t i = 0; i < COUNT(fields); i++)
		if (strlen(fields[i].name) == n && memcmp(fields[i].name, *s, n) == 0) {
			*s += n;
			return &fields[i];
		}
	die("no field at '%s'", *s);
}

static uint64_t get_field(uint64_t header, const char *name)
{
	const struct field *field = field_of(&name);

	return get(header + field->offset[is64], field->width[is64]);
}

static uint64_t phdr_at(uint64_t type, uint64_t n)
{
	uint64_t at = get_field(0, "e_phoff");

	for (uint64_t left = get_field(0, "e_phnum"); left > 0; left--, at += SIZEOF(Phdr))
		if ((type == PT_ANY || get_field(at, "p_type") == type) && n-- == 0)
			return at;
	die("no such program header");
}

static uint64_t dyn_at(uint64_t tag, uint64_t n)
{
	for (uint64_t at = get_field(phdr_at(PT_DYNAMIC, 0), "p_offset");; at += SIZEOF(Dyn)) {
		if (get_field(at, "d_tag") == tag && n-- == 0)
			return at;
		if (get_field(at, "d_tag") == DT_NULL)
			die("no such dynamic entry");
	}
}

/* Where in the file an address is mapped from. */
static uint64_t locate(uint64_t addr)
{
	for (uint64_t i = 0;; i++) {
		uint64_t at = phdr_at(PT_LOAD, i), start = get_field(at, "p_vaddr");

		if (addr >= start && addr - start < get_field(at, "p_filesz"))
			return addr - start + get_field(at, "p_offset");
	}
}

/* "phdr[TYPE:N]" or "dyn[TAG:N]": where the entry stands. */
static bool take_entry(const char **s, bool *ret_phdr, uint64_t *ret_at)
{
	uint64_t type, n = 0;

	*ret_phdr = take(s, "phdr[");
	if (!*ret_phdr && !take(s, "dyn["))
		return false;
	if (!take_constant(s, &type))
		die("no constant at '%s'", *s);
	if (take(s, ":"))
		n = take_number(s);
	expect(s, "]");
	*ret_at = *ret_phdr ? phdr_at(type, n) : dyn_at(type, n);
	return true;
}

/* The unescaped bytes between quotes; they are never freed. */
static unsigned char *take_bytes(const char **s, size_t *ret_n)
{
	unsigned char *out = malloc(strlen(*s));

	*ret_n = 0;
	for (expect(s, "\""); !take(s, "\""); (*ret_n)++) {
		char digits[3] = "";

		if (!out || !**s)
			die("no closing quote");
		if (!take(s, "\\x")) {
			out[*ret_n] = (unsigned char)*(*s)++;
			continue;
		}
		if (!isxdigit((unsigned char)(*s)[0]) || !isxdigit((unsigned char)(*s)[1]))
			die("two digits expected at '%s'", *s);
		memcpy(digits, *s, 2);
		*s += 2;
		out[*ret_n] = (unsigned char)strtoul(digits, NULL, 16);
	}
	return out;
}

static uint64_t find(const void *text, size_t n)
{
	const unsigned char *at = memmem(bytes, size, text, n);

	if (!at)
		die("not in the file");
	return (uint64_t)(at - bytes);
}

static uint64_t take_place(const char **s)
{
	uint64_t place;
	bool is_phdr;
	size_t n;

	if (**s == '"') {
		const unsigned char *text = take_bytes(s, &n);

		place = find(text, n);
	} else if (take(s, "buildinfo")) {
		place = find("\xff Go buildinf:", 14);
	} else if (take(s, "phdrs")) {
		place = get_field(0, "e_phoff") + get_field(0, "e_phnum") * SIZEOF(Phdr);
	} else if (take_entry(s, &is_phdr, &place)) {
		place = is_phdr ? get_field(place, "p_offset") : locate(get_field(place, "d_val"));
	} else {
		place = take_number(s);
	}
	return take(s, "+") ? place + take_number(s) : place;
}

/* "ehdr.e_type", "phdr[PT_LOAD].p_memsz", "dyn[DT_HASH].d_val". */
static bool take_field(const char **s, uint64_t *ret_at, size_t *ret_width)
{
	const struct field *field;
	bool is_phdr;

	*ret_at = 0;
	if (!take(s, "ehdr") && !take_entry(s, &is_phdr, ret_at))
		return false;
	expect(s, ".");
	field = field_of(s);
	*ret_at += field->offset[is64];
	*ret_width = field->width[is64];
	return true;
}

static uint64_t take_term(const char **s)
{
	uint64_t value;
	size_t width;

	if (take(s, "size"))
		return size;
	if (take_constant(s, &value))
		return value;
	return take_field(s, &value, &width) ? get(value, width) : take_number(s);
}

static uint64_t read_value(const char *s)
{
	uint64_t value = *s == '-' ? 0 : take_term(&s);

	while (*s) {
		if (take(&s, "+")) {
			value += take_term(&s);
		} else {
			expect(&s, "-");
			value -= take_term(&s);
		}
	}
	return value;
}

static void replace_everywhere(const char *s)
{
	size_t n, m;
	const unsigned char *old = take_bytes(&s, &n), *new;

	expect(&s, "=");
	new = take_bytes(&s, &m);
	if (n == 0 || n != m || *s)
		die("two strings of one length expected");
	for (uint64_t at = find(old, n); n <= size - at; at++)
		if (memcmp(bytes + at, old, n) == 0)
			memcpy(bytes + at, new, n);
}

static void write_bytes(uint64_t at, const char *s)
{
	size_t n;
	const unsigned char *text = take_bytes(&s, &n);
	uint64_t times = take(&s, "*") ? take_number(&s) : 1;

	if (*s)
		die("nothing expected at '%s'", s);
	for (; times > 0; times--, at += n)
		memcpy(range(at, n), text, n);
}

static void apply(const char *s)
{
	uint64_t at;
	size_t width = 1;

	edit = s;
	if (*s == '"') {
		replace_everywhere(s);
	} else if (take(&s, "size=")) {
		resize(read_value(s));
	} else if (take(&s, "mode=")) {
		mode = (mode_t)read_value(s);
	} else {
		if (take(&s, "@")) {
			at = take_place(&s);
			if (take(&s, ":"))
				width = take_number(&s);
			if (width < 1 || width > 8)
				die("a width of 1 to 8 bytes expected");
		} else if (!take_field(&s, &at, &width)) {
			die("no such edit");
		}
		expect(&s, "=");
		if (*s == '"')
			write_bytes(at, s);
		else
			put(at, width, read_value(s));
	}
}

int main(int argc, char **argv)
{
	FILE *file = argc > 2 ? fopen(argv[1], "re") : NULL;
	struct stat st;

	edit = argc > 2 ? argv[1] : "FILE EDIT...";
	if (!file || fstat(fileno(file), &st) < 0)
		die("%s", argc > 2 ? strerror(errno) : "arguments expected");
	resize((uint64_t)st.st_size);
	if (fread(bytes, 1, size, file) != size)
		die("%s", strerror(errno));
	is64 = size > EI_CLASS && bytes[EI_CLASS] == ELFCLASS64;
	big = size > EI_DATA && bytes[EI_DATA] == ELFDATA2MSB;
	for (int i = 2; i < argc; i++)
		apply(argv[i]);
	edit = argv[1];
	file = freopen(argv[1], "we", file);
	if (!file || fwrite(bytes, 1, size, file) != size || (mode && fchmod(fileno(file), mode) < 0) ||
	    fclose(file) != 0)
		die("%s", strerror(errno));
	return 0;
}
