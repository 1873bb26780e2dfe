/* SPDX-License-Identifier: MIT */
/*
 * Any value at any place of the headers: every byte, every field, fields in pairs, and all 65536 values of those that
 * decide alone, in small programs of each class and byte order and in a real one. What invariants.h says must hold, and
 * what the kernel refuses (fs/binfmt_elf.c) must be refused. Called as: bytes FILE, a Go program for x86-64.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "invariants.h"
#include "tests/unit/elf_image.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FIELD(type, field) { #field, offsetof(Elf64_##type, field), sizeof(((Elf64_##type *)0)->field),   \
			     offsetof(Elf32_##type, field), sizeof(((Elf32_##type *)0)->field) }

static const char *real_path;

struct field {
	const char *name;
	size_t offset64, width64, offset32, width32;
};

static const struct field header_fields[] = {
	FIELD(Ehdr, e_type), FIELD(Ehdr, e_machine), FIELD(Ehdr, e_version), FIELD(Ehdr, e_entry), FIELD(Ehdr, e_phoff),
	FIELD(Ehdr, e_shoff), FIELD(Ehdr, e_flags), FIELD(Ehdr, e_ehsize), FIELD(Ehdr, e_phentsize), FIELD(Ehdr, e_phnum),
	FIELD(Ehdr, e_shentsize), FIELD(Ehdr, e_shnum), FIELD(Ehdr, e_shstrndx),
};

enum { E_TYPE = 0, E_MACHINE = 1, E_PHENTSIZE = 8, E_PHNUM = 9 };

static const struct field segment_fields[] = {
	FIELD(Phdr, p_type), FIELD(Phdr, p_flags), FIELD(Phdr, p_offset), FIELD(Phdr, p_vaddr), FIELD(Phdr, p_paddr),
	FIELD(Phdr, p_filesz), FIELD(Phdr, p_memsz), FIELD(Phdr, p_align),
};
enum { P_OFFSET = 2, P_VADDR = 3, P_FILESZ = 5, P_MEMSZ = 6 };

static size_t width_of(const struct elf_image *image, const struct field *field)
{
	return image->is64 ? field->width64 : field->width32;
}

static size_t ehdr_size(const struct elf_image *image)
{
	return image->is64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
}

static size_t phdr_size(const struct elf_image *image)
{
	return image->is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
}

static size_t header_place(const struct elf_image *image, const struct field *field)
{
	return image->is64 ? field->offset64 : field->offset32;
}

static size_t segment_place(const struct elf_image *image, size_t segment, const struct field *field)
{
	return ehdr_size(image) + segment * phdr_size(image) + header_place(image, field);
}

/* Next to the ends of the file, of a page and of the number's range. */
static uint64_t hostile(const struct elf_image *image, size_t i)
{
	const uint64_t values[] = {
		0, 1, 2, 0xfff, 0x1000, 0x1001, image->size - 1, image->size, image->size + 1, ELF_IMAGE_BASE,
		INT32_MAX, (uint64_t)INT32_MAX + 1, UINT32_MAX - 1, UINT32_MAX, INT64_MAX, (uint64_t)INT64_MAX + 1,
		UINT64_MAX - 0xfff, UINT64_MAX - 1, UINT64_MAX,
	};

	return i < COUNT(values) ? values[i] : 0;
}
#define HOSTILE 19

/* The four programs: each class and byte order, with everything that a program header can lead to. */
static struct elf_image program(size_t n)
{
	static const struct {
		uint16_t machine;
		bool is64, big;
		uint32_t flags;
	} machines[] = {
		{ EM_X86_64, true, false, 0 }, { EM_386, false, false, 0 }, { EM_PPC64, true, true, 1 },
		{ EM_MIPS, false, true, 0x50001004 },
	};
	struct elf_image image = elf_image_new(machines[n].machine, machines[n].is64, machines[n].big, machines[n].flags);

	elf_image_symbols(&image, "malloc\npthread_create\n", STB_GLOBAL);
	elf_image_dynamic(&image, DT_NEEDED, 1);
	elf_image_interp(&image, "/lib/ld.so.1");
	elf_image_segment(&image, PH_SPARE3, PT_TLS, PF_R, 0x1000, 8);
	elf_image_segment(&image, PH_SPARE4, PT_LOAD, PF_R, ELF_IMAGE_FREE, 0x800);
	return image;
}
#define PROGRAMS 4

static struct run run_of(const struct elf_image *image)
{
	return (struct run){
		.image = image->bytes, .size = image->size,
		.target = { .machine = image->is64 ? EM_X86_64 : EM_386, .kernel = 6 << 16, .cpu_level = 1, .image = true },
	};
}

/* A check that takes this long hangs: the alarm then ends the test. */
static bool check(const struct elf_image *image, const char *what, size_t at)
{
	static struct elfcheck_report report;
	struct run run = run_of(image);
	const char *broken;

	alarm(60);
	broken = run_check(&run, &report);
	alarm(0);
	if (broken)
		fail_msg("%s at %zu, class %d, order %d: %s", what, at, image->bytes[EI_CLASS], image->bytes[EI_DATA], broken);
	return report.pass;
}

static void check_with(struct elf_image *image, const char *what, size_t at, size_t width, uint64_t value)
{
	unsigned char was[8];

	memcpy(was, image->bytes + at, width);
	elf_image_put(image, at, value, width);
	check(image, what, at);
	memcpy(image->bytes + at, was, width);
}

static void any_byte_of_the_headers(void **state)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };

	(void)state;
	for (size_t n = 0; n < PROGRAMS; n++) {
		struct elf_image image = program(n);

		for (size_t at = 0; at < ehdr_size(&image) + PH_COUNT * phdr_size(&image); at++)
			for (size_t i = 0; i < sizeof(values); i++)
				check_with(&image, "a byte", at, 1, values[i]);
		elf_image_free(&image);
	}
}

static void check_fields(struct elf_image *image, size_t segments)
{
	for (size_t i = 0; i < HOSTILE; i++) {
		for (size_t f = 0; f < COUNT(header_fields); f++)
			check_with(image, header_fields[f].name, header_place(image, &header_fields[f]),
				   width_of(image, &header_fields[f]), hostile(image, i));
		for (size_t f = 0; f < segments * COUNT(segment_fields); f++) {
			const struct field *field = &segment_fields[f % COUNT(segment_fields)];

			check_with(image, field->name, segment_place(image, f / COUNT(segment_fields), field),
				   width_of(image, field), hostile(image, i));
		}
	}
}

static void any_field_of_the_headers(void **state)
{
	(void)state;
	for (size_t n = 0; n < PROGRAMS; n++) {
		struct elf_image image = program(n);

		check_fields(&image, PH_COUNT);
		elf_image_free(&image);
	}
}

/* Sums of two fields are what overflows. */
static void check_pair(struct elf_image *image, size_t segment, const struct field *a, const struct field *b)
{
	size_t at = segment_place(image, segment, a), width = width_of(image, a);
	unsigned char was[8];

	memcpy(was, image->bytes + at, width);
	for (size_t i = 0; i < HOSTILE; i++) {
		elf_image_put(image, at, hostile(image, i), width);
		for (size_t j = 0; j < HOSTILE; j++)
			check_with(image, a->name, segment_place(image, segment, b), width_of(image, b), hostile(image, j));
	}
	memcpy(image->bytes + at, was, width);
}

static void any_two_fields_of_a_segment(void **state)
{
	static const size_t pairs[][2] = { { P_OFFSET, P_FILESZ }, { P_VADDR, P_MEMSZ }, { P_VADDR, P_FILESZ },
					   { P_OFFSET, P_VADDR } };

	(void)state;
	for (size_t n = 0; n < PROGRAMS; n++) {
		struct elf_image image = program(n);

		for (size_t segment = 0; segment < PH_COUNT; segment++)
			for (size_t i = 0; i < COUNT(pairs); i++)
				check_pair(&image, segment, &segment_fields[pairs[i][0]], &segment_fields[pairs[i][1]]);
		elf_image_free(&image);
	}
}

enum answer { REFUSED, PASSES, EITHER };

/* Tries all values of a field of 16 bits in a good program; `expect` says what the kernel makes of each. */
static void check_all(size_t n, const struct field *field,
		      enum answer (*expect)(const struct elf_image *image, uint64_t value))
{
	struct elf_image image = n == 0 ? elf_image_amd64() : elf_image_new(EM_386, false, false, 0);

	for (uint64_t value = 0; value <= UINT16_MAX; value++) {
		enum answer expected = expect(&image, value);

		elf_image_put(&image, header_place(&image, field), value, 2);
		if (check(&image, field->name, (size_t)value) != (expected == PASSES) && expected != EITHER)
			fail_msg("%s %u %s", field->name, (unsigned)value, expected == PASSES ? "is refused" : "passes");
	}
	elf_image_free(&image);
}

/* ET_DYN as well, but not without a dynamic segment. */
static enum answer take_type(const struct elf_image *image, uint64_t value)
{
	(void)image;
	return value == ET_EXEC ? PASSES : REFUSED;
}

static enum answer take_machine(const struct elf_image *image, uint64_t value)
{
	return value == (image->is64 ? EM_X86_64 : EM_386) ? PASSES : REFUSED;
}

static enum answer take_entsize(const struct elf_image *image, uint64_t value)
{
	return value == phdr_size(image) ? PASSES : REFUSED;
}

/* No more than the file holds, nor than 64 KiB; those between the last one and the code are zero, which is PT_NULL. */
static enum answer take_number(const struct elf_image *image, uint64_t value)
{
	uint64_t end = ehdr_size(image) + value * phdr_size(image);

	return value == 0 || end > image->size ? REFUSED : end <= ELF_IMAGE_CODE ? PASSES : EITHER;
}

static void all_values_of_fields_that_decide(void **state)
{
	(void)state;
	for (size_t n = 0; n < 2; n++) {
		check_all(n, &header_fields[E_TYPE], take_type);
		check_all(n, &header_fields[E_MACHINE], take_machine);
		check_all(n, &header_fields[E_PHENTSIZE], take_entsize);
		check_all(n, &header_fields[E_PHNUM], take_number);
	}
}

static void all_values_of_class_and_order(void **state)
{
	struct elf_image image = elf_image_amd64();

	(void)state;
	for (unsigned class = 0; class <= UINT8_MAX; class++) {
		for (unsigned data = 0; data <= UINT8_MAX; data++) {
			image.bytes[EI_CLASS] = (unsigned char)class;
			image.bytes[EI_DATA] = (unsigned char)data;
			assert_int_equal(check(&image, "class", class), class == ELFCLASS64 && data == ELFDATA2LSB);
		}
	}
	elf_image_free(&image);
}

static void check_sections(const struct elf_image *image)
{
	struct run run = run_of(image);
	struct elfcheck_report report;
	const char *broken = run_check_again(&run, &report);

	if (!broken)
		broken = run_check_sections(&run, &report);
	if (broken)
		fail_msg("class %d, order %d: %s", image->bytes[EI_CLASS], image->bytes[EI_DATA], broken);
}

static void section_headers_do_not_matter(void **state)
{
	(void)state;
	for (size_t n = 0; n < PROGRAMS; n++) {
		struct elf_image image = program(n);

		check_sections(&image);
		elf_image_free(&image);
	}
}

static struct elf_image read_real(void)
{
	struct elf_image image = { .is64 = true };
	FILE *file = fopen(real_path, "rb");
	long size;

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	rewind(file);
	assert_true(size > 0);
	image.size = (size_t)size;
	image.bytes = malloc(image.size);
	assert_non_null(image.bytes);
	assert_int_equal(fread(image.bytes, 1, image.size, file), image.size);
	fclose(file);
	return image;
}

static void a_real_program(void **state)
{
	struct elf_image image = read_real();
	Elf64_Ehdr header;

	(void)state;
	memcpy(&header, image.bytes, sizeof(header));
	assert_int_equal(header.e_phoff, sizeof(header));
	assert_true(check(&image, "nothing", 0));
	check_sections(&image);
	check_fields(&image, header.e_phnum);
	elf_image_free(&image);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_byte_of_the_headers),
		cmocka_unit_test(any_field_of_the_headers),
		cmocka_unit_test(any_two_fields_of_a_segment),
		cmocka_unit_test(all_values_of_fields_that_decide),
		cmocka_unit_test(all_values_of_class_and_order),
		cmocka_unit_test(section_headers_do_not_matter),
		cmocka_unit_test(a_real_program),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: bytes FILE\n");
		return 2;
	}
	real_path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
