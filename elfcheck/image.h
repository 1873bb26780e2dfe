/* SPDX-License-Identifier: MIT */
/*
 * The bytes under check, and the only functions that read them.
 *
 * Format: elf(5), <elf.h>. Offsets and sizes are bytes in the file; addresses are virtual. Nothing
 * is owned: the bytes belong to elfcheck()'s caller. Every function takes any offset at all: what
 * lies outside the file reads as zero or is reported as absent.
 */
#ifndef ELFCHECK_IMAGE_H
#define ELFCHECK_IMAGE_H

#include <elf.h>
#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct image {
	const unsigned char *bytes;
	uint64_t size;
	bool is64, big; /* EI_CLASS, EI_DATA */
	uint16_t type, machine;
	uint32_t flags, phnum; /* phnum headers at phoff, all of them inside the file */
	uint64_t entry, phoff;
};

struct segment {
	uint32_t type, flags;
	uint64_t offset, vaddr, filesz, memsz;
	uint64_t header; /* where its program header is */
};

/* The predicate in front of every read: are the n bytes at offset inside the file? */
static inline bool image_has(const struct image *image, uint64_t offset, uint64_t n)
{
	return offset <= image->size && n <= image->size - offset;
}

/* `width` bytes (1..8) at offset as an unsigned number in the file's byte order; 0 if outside. */
uint64_t image_uint(const struct image *image, uint64_t offset, size_t width);

/* Eight bytes inside the file, at an offset that is a multiple of 8 in memory; the first one is the lowest. */
static inline uint64_t image_eight(const struct image *image, uint64_t offset)
{
	uint64_t bytes;

	memcpy(&bytes, __builtin_assume_aligned(image->bytes + offset, 8), 8);
	return le64toh(bytes);
}

/* A field of an Elf32_ or Elf64_ structure at `base`, whichever the file's class says. */
#define image_field(image, base, type, field)                                           \
	((image)->is64 ? image_uint(image, (base) + offsetof(Elf64_##type, field),      \
				    sizeof(((Elf64_##type *)0)->field))                 \
		       : image_uint(image, (base) + offsetof(Elf32_##type, field),      \
				    sizeof(((Elf32_##type *)0)->field)))
#define image_sizeof(image, type) ((image)->is64 ? sizeof(Elf64_##type) : sizeof(Elf32_##type))

/* Bytes of a pointer. */
static inline size_t image_word(const struct image *image)
{
	return image->is64 ? 8 : 4;
}

/* Program header number i < phnum. */
struct segment image_segment(const struct image *image, uint32_t i);

/* The next PT_LOAD from *i on, filesz cut to the file; false at the end. Start with *i = 0. */
bool image_next_load(const struct image *image, uint32_t *i, struct segment *ret_load);

/* The same over those with the flag (PF_W, PF_X) and then those without, or the other way round; *i counts to 2 * phnum. */
bool image_next_load_with_first(const struct image *image, uint32_t flag, uint32_t *i, struct segment *ret_load);
bool image_next_load_with_last(const struct image *image, uint32_t flag, uint32_t *i, struct segment *ret_load);

/*
 * Where the byte mapped at `addr` is in the file, and how many follow it in the same segment. The
 * last PT_LOAD that covers it counts, as the kernel maps them in order. Costs phnum steps.
 */
bool image_locate(const struct image *image, uint64_t addr, uint64_t *ret_offset, uint64_t *ret_left);

/* Is there memory at `addr` that the file has no bytes for, so that it starts as zero? Costs phnum steps. */
bool image_is_zeroed(const struct image *image, uint64_t addr);

/* Is there a word of that value in [from, end), at a whole number of words from `from`? */
bool image_has_word(const struct image *image, uint64_t from, uint64_t end, uint64_t value);

/* First place of needle in [from, end), or `end`. */
uint64_t image_find(const struct image *image, uint64_t from, uint64_t end, const char *needle,
		    size_t n);

/* Bytes before the first NUL at offset, at most `max` and to the end of the file. */
uint64_t image_strlen(const struct image *image, uint64_t offset, uint64_t max);

static inline const char *image_text(const struct image *image, uint64_t offset)
{
	return (const char *)image->bytes + offset;
}

#endif
