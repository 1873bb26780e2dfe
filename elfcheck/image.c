/* SPDX-License-Identifier: MIT */
/*
 * Reads of the image under check. All other files of the checker get at its bytes through here, so
 * that one range predicate stands in front of every access. Numbers are put together byte by byte:
 * a crafted file may place any field at any alignment and in either byte order.
 * May not: judge, keep state, or trust a number it read.
 */
#include "image.h"

#include <string.h>

uint64_t image_uint(const struct image *image, uint64_t offset, size_t width)
{
	const unsigned char *at = image->bytes + offset;
	uint64_t value = 0;

	if (!image_has(image, offset, width))
		return 0;
	if (image->big)
		for (size_t i = 0; i < width; i++)
			value = value << 8 | at[i];
	else
		for (size_t i = width; i-- > 0;)
			value = value << 8 | at[i];
	return value;
}

struct segment image_segment(const struct image *image, uint32_t i)
{
	uint64_t at = image->phoff + (uint64_t)i * image_sizeof(image, Phdr);

	return (struct segment){
		.type = (uint32_t)image_field(image, at, Phdr, p_type),
		.flags = (uint32_t)image_field(image, at, Phdr, p_flags),
		.offset = image_field(image, at, Phdr, p_offset),
		.vaddr = image_field(image, at, Phdr, p_vaddr),
		.filesz = image_field(image, at, Phdr, p_filesz),
		.memsz = image_field(image, at, Phdr, p_memsz),
		.header = at,
	};
}

bool image_next_load(const struct image *image, uint32_t *i, struct segment *ret_load)
{
	while (*i < image->phnum) {
		struct segment seg = image_segment(image, (*i)++);

		if (seg.type != PT_LOAD || seg.offset >= image->size)
			continue;
		if (seg.filesz > image->size - seg.offset)
			seg.filesz = image->size - seg.offset;
		*ret_load = seg;
		return true;
	}
	return false;
}

/* The first round takes the segments whose flag is set or not as `first` says, the second the others. */
static bool next_in_two_rounds(const struct image *image, uint32_t flag, bool first, uint32_t *i,
			       struct segment *ret_load)
{
	while (*i < 2 * image->phnum) {
		uint32_t at = *i % image->phnum;
		bool second = *i >= image->phnum;

		if (!image_next_load(image, &at, ret_load)) {
			*i = second ? 2 * image->phnum : image->phnum;
			continue;
		}
		*i = at + (second ? image->phnum : 0);
		if (!!(ret_load->flags & flag) == (first != second))
			return true;
	}
	return false;
}

bool image_next_load_with_first(const struct image *image, uint32_t flag, uint32_t *i, struct segment *ret_load)
{
	return next_in_two_rounds(image, flag, true, i, ret_load);
}

bool image_next_load_with_last(const struct image *image, uint32_t flag, uint32_t *i, struct segment *ret_load)
{
	return next_in_two_rounds(image, flag, false, i, ret_load);
}

bool image_locate(const struct image *image, uint64_t addr, uint64_t *ret_offset, uint64_t *ret_left)
{
	struct segment load;
	bool found = false;

	for (uint32_t i = 0; image_next_load(image, &i, &load);) {
		if (addr < load.vaddr || addr - load.vaddr >= load.filesz)
			continue;
		*ret_offset = load.offset + (addr - load.vaddr);
		*ret_left = load.filesz - (addr - load.vaddr);
		found = true;
	}
	return found;
}

bool image_is_zeroed(const struct image *image, uint64_t addr)
{
	struct segment load;

	for (uint32_t i = 0; image_next_load(image, &i, &load);)
		if (addr >= load.vaddr && addr - load.vaddr >= load.filesz && addr - load.vaddr < load.memsz)
			return true;
	return false;
}

bool image_has_word(const struct image *image, uint64_t from, uint64_t end, uint64_t value)
{
	size_t word = image_word(image);
	unsigned char wanted[8];

	if (end > image->size || (word == 4 && value > UINT32_MAX))
		return false;
	for (size_t i = 0; i < word; i++)
		wanted[image->big ? word - 1 - i : i] = (unsigned char)(value >> 8 * i);
	for (; from < end && end - from >= word; from += word)
		if (image->bytes[from] == wanted[0] && !memcmp(image->bytes + from, wanted, word))
			return true;
	return false;
}

uint64_t image_find(const struct image *image, uint64_t from, uint64_t end, const char *needle,
		    size_t n)
{
	if (end > image->size || from > end)
		return end;
	while (end - from >= n) {
		const unsigned char *hit = memchr(image->bytes + from, (unsigned char)needle[0],
						  (size_t)(end - from - n + 1));

		if (!hit)
			break;
		from = (uint64_t)(hit - image->bytes);
		if (!memcmp(hit, needle, n))
			return from;
		from++;
	}
	return end;
}

uint64_t image_strlen(const struct image *image, uint64_t offset, uint64_t max)
{
	const unsigned char *end;

	if (offset >= image->size)
		return 0;
	if (max > image->size - offset)
		max = image->size - offset;
	end = memchr(image->bytes + offset, 0, (size_t)max);
	return end ? (uint64_t)(end - (image->bytes + offset)) : max;
}
