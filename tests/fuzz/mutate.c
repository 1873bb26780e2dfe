/* SPDX-License-Identifier: MIT */
/*
 * How libFuzzer changes an input: half of the time in its own ways, else numbers at places where files hold numbers. In
 * a file of 8 KiB nearly all bytes are zero and read by nobody; blind changes mostly hit those.
 * May not: make what the fuzzer's own ways could not make.
 */
#include "trailer.h"

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define HEADERS 512u /* bytes at the start: the ELF header and about eight program headers */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

/* Numerical Recipes' generator; the high bits are the good ones. */
static unsigned next(unsigned *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static uint64_t get(const uint8_t *at, size_t width, bool big)
{
	uint64_t value = 0;

	for (size_t i = 0; i < width; i++)
		value |= (uint64_t)at[big ? width - 1 - i : i] << 8 * i;
	return value;
}

static void put(uint8_t *at, size_t width, bool big, uint64_t value)
{
	for (size_t i = 0; i < width; i++)
		at[big ? width - 1 - i : i] = (uint8_t)(value >> 8 * i);
}

/* A place for a number: in the headers, or the next one behind a random offset where something stands. */
static size_t choose_place(const uint8_t *data, size_t size, size_t width, unsigned *state)
{
	size_t at = next(state) % (next(state) % 2 && size > HEADERS ? HEADERS : size);

	if (at >= HEADERS)
		while (at + 16 < size && data[at] == 0)
			at++;
	at -= at % (width < 4 ? width : 4);
	return at + width <= size ? at : size - width;
}

static uint64_t choose_value(const uint8_t *data, size_t size, size_t width, bool big, uint64_t was, unsigned *state)
{
	static const uint64_t values[] = { 0, 1, 2, 3, 4, 8, 16, 0x1000, 0x7fffffff, 0x80000000, UINT32_MAX, INT64_MAX,
					   UINT64_MAX - 15, UINT64_MAX - 1, UINT64_MAX };

	switch (next(state) % 8) {
	case 0:
		return size;
	case 1:
		return size - sizeof(struct trailer);
	case 2:
		return was + next(state) % 17 - 8;
	case 3:
		return was ^ (uint64_t)1 << next(state) % (8 * width);
	case 4:
		return next(state) % size;
	case 5: /* an address or a size that stands elsewhere */
	case 6:
		return get(data + choose_place(data, size, width, state), width, big);
	default:
		return values[next(state) % (sizeof(values) / sizeof(values[0]))];
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	unsigned state = seed, n;

	if (size < 64 + sizeof(struct trailer) || next(&state) % 2)
		return LLVMFuzzerMutate(data, size, max_size);
	if (next(&state) % 8 == 0) {
		data[size - 1 - next(&state) % sizeof(struct trailer)] = (uint8_t)next(&state);
		return size;
	}
	for (n = 1 + next(&state) % 3; n > 0; n--) {
		bool big = (data[EI_DATA] == ELFDATA2MSB) != (next(&state) % 16 == 0);
		size_t width = (size_t)1 << next(&state) % 4;
		size_t at = choose_place(data, size, width, &state);

		put(data + at, width, big, choose_value(data, size, width, big, get(data + at, width, big), &state));
	}
	return size;
}
