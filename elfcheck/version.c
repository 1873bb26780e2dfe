/* SPDX-License-Identifier: MIT */
/*
 * The Go version of a file whose build information is gone: the variable runtime.buildVersion is a Go string,
 * {address, length}, in the data segment, and its text starts with "go1.". In a PIE the address is filled in
 * only when it is loaded, so nothing is found there.
 * May not: guess; a version that no variable points to is some other text.
 */
#include "check.h"

#include <string.h>

#define LOADS 16 /* the Go linker makes at most six */
#define LENGTH_MIN 5 /* "go1.2" */
#define LENGTH_MAX 64

struct loads {
	struct segment load[LOADS];
	size_t n;
};

static bool collect_loads(const struct image *image, struct loads *ret_loads)
{
	struct segment load;

	ret_loads->n = 0;
	for (uint32_t i = 0; image_next_load(image, &i, &load);) {
		if (ret_loads->n == LOADS)
			return false;
		ret_loads->load[ret_loads->n++] = load;
	}
	return true;
}

static bool is_version_at(const struct image *image, const struct loads *loads, uint64_t addr, uint64_t length,
			  uint64_t *ret_offset)
{
	for (size_t i = 0; i < loads->n; i++) {
		const struct segment *load = &loads->load[i];
		uint64_t offset;

		if (addr < load->vaddr || addr - load->vaddr >= load->filesz ||
		    load->filesz - (addr - load->vaddr) < length)
			continue;
		offset = load->offset + (addr - load->vaddr);
		if (memcmp(image->bytes + offset, "go1.", 4) == 0 && image->bytes[offset + 4] >= '0' &&
		    image->bytes[offset + 4] <= '9') {
			*ret_offset = offset;
			return true;
		}
	}
	return false;
}

static bool find_in_data(const struct image *image, const struct loads *loads, const struct segment *data,
			 struct elfcheck_text *ret_version)
{
	uint64_t word = image_word(image), end = data->offset + data->filesz, offset;

	for (uint64_t at = data->offset; at < end && end - at >= 2 * word; at += word) {
		uint64_t length = image_uint(image, at + word, word);

		if (length < LENGTH_MIN || length > LENGTH_MAX)
			continue;
		if (is_version_at(image, loads, image_uint(image, at, word), length, &offset)) {
			*ret_version = (struct elfcheck_text){ image_text(image, offset), (size_t)length };
			return true;
		}
	}
	return false;
}

void version_read(struct check *c)
{
	struct elfcheck_go *go = &c->report->go;
	struct loads loads;

	if (c->report->kind != ELFCHECK_KIND_GO || go->version.ptr || !collect_loads(&c->image, &loads))
		return;
	for (size_t i = 0; i < loads.n; i++) {
		if (!(loads.load[i].flags & PF_W) || !find_in_data(&c->image, &loads, &loads.load[i], &go->version))
			continue;
		go->version_source = ELFCHECK_VERSION_RUNTIME;
		return;
	}
}
