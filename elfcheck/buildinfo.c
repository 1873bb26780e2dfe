/* SPDX-License-Identifier: MIT */
/*
 * The Go build information: version, main package, build settings. Written by cmd/link (buildinfo() in
 * src/cmd/link/internal/ld/data.go) and read by debug/buildinfo, which looks only into the section of that name;
 * we look for its magic at every 16-aligned address of every segment, so that it is found without sections, in
 * PIEs and after external linking. Two formats: strings inline (Go 1.18 and later), or addresses of two Go
 * string headers (before), which in a PIE are relocated.
 * May not: believe a setting; what the file is, the other layers decide.
 */
#include "check.h"

#include <string.h>

#define MAGIC "\xff Go buildinf:"
#define MAGIC_SIZE 14
#define HEADER_SIZE 32
#define ALIGN 16
#define FLAG_BIG 1
#define FLAG_INLINE 2
#define VERSION_MAX 256
#define MODINFO_MAX (16u << 20)
#define SENTINEL 16 /* bytes in front of and behind the module information */

struct blob {
	uint64_t offset, addr;
};

static bool find_in_load(const struct image *image, const struct segment *load, struct blob *ret_blob)
{
	uint64_t skip = (ALIGN - load->vaddr % ALIGN) % ALIGN;
	uint64_t end = load->offset + load->filesz;

	for (uint64_t at = load->offset + skip; at < end && end - at >= HEADER_SIZE; at += ALIGN) {
		if (image->bytes[at] == 0xff && memcmp(image->bytes + at, MAGIC, MAGIC_SIZE) == 0) {
			*ret_blob = (struct blob){ at, load->vaddr + (at - load->offset) };
			return true;
		}
	}
	return false;
}

/* The linker puts it among the data; other places are for what other linkers do. */
static bool find_blob(const struct image *image, struct blob *ret_blob)
{
	struct segment load;

	for (uint32_t i = 0; image_next_load_with_first(image, PF_W, &i, &load);)
		if (find_in_load(image, &load, ret_blob))
			return true;
	return false;
}

/* A length as encoding/binary's Uvarint, then that many bytes; moves *at behind them. */
static bool read_inline(const struct image *image, uint64_t *at, uint64_t max, struct elfcheck_text *ret_text)
{
	uint64_t length = 0;

	for (unsigned shift = 0;; shift += 7) {
		uint64_t byte = image_uint(image, *at, 1);

		if (shift > 28 || !image_has(image, *at, 1))
			return false;
		(*at)++;
		length |= (byte & 0x7f) << shift;
		if (!(byte & 0x80))
			break;
	}
	if (length > max || !image_has(image, *at, length))
		return false;
	*ret_text = (struct elfcheck_text){ image_text(image, *at), (size_t)length };
	*at += length;
	return true;
}

/* What the loader puts into the word at `addr` of a PIE; the file has zero there. Costs a walk over the relocations. */
static uint64_t relocated(const struct check *c, uint64_t addr)
{
	const struct dynamic *dynamic = &c->dynamic;
	uint64_t size = image_sizeof(&c->image, Rela), at, left;

	if (!dynamic_has(dynamic, DT_RELA) || !image_locate(&c->image, dynamic->value[DT_RELA], &at, &left))
		return 0;
	left = left < dynamic->value[DT_RELASZ] ? left : dynamic->value[DT_RELASZ];
	for (; left >= size; left -= size, at += size)
		if (image_field(&c->image, at, Rela, r_offset) == addr)
			return image_field(&c->image, at, Rela, r_addend);
	return 0;
}

/* A pointer in the program's memory; false when no segment holds it. Memory behind a segment's file bytes is zero. */
static bool read_pointer(const struct check *c, uint64_t addr, uint64_t *ret_value)
{
	size_t word = image_word(&c->image);
	uint64_t offset, left;

	*ret_value = 0;
	if (!image_locate(&c->image, addr, &offset, &left))
		return image_is_zeroed(&c->image, addr);
	if (left < word)
		return false;
	*ret_value = image_uint(&c->image, offset, word);
	if (*ret_value == 0)
		*ret_value = relocated(c, addr);
	return true;
}

/* The Go string {address, length} whose address stands at the address `at`. */
static bool read_pointed(const struct check *c, uint64_t at, uint64_t max, struct elfcheck_text *ret_text)
{
	size_t word = image_word(&c->image);
	uint64_t header, text, length, offset, left;

	if (!read_pointer(c, at, &header) || !read_pointer(c, header, &text) || !read_pointer(c, header + word, &length))
		return false;
	if (length == 0)
		return true;
	if (length > max || !image_locate(&c->image, text, &offset, &left) || left < length)
		return false;
	*ret_text = (struct elfcheck_text){ image_text(&c->image, offset), (size_t)length };
	return true;
}

/* "go1.21.13 (Red Hat …)", "devel go1.24-…": all begin like this and are text. */
static bool is_version(struct elfcheck_text text)
{
	if (text.len > 0 && !text_starts(text, "go") && !text_starts(text, "devel "))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < ' ' || text.ptr[i] > '~')
			return false;
	return true;
}

static bool read_strings(const struct check *c, const struct blob *blob, struct elfcheck_text *ret_version,
		      struct elfcheck_text *ret_modinfo)
{
	const struct image *image = &c->image;
	const unsigned char *bytes = image->bytes + blob->offset;
	unsigned flags = bytes[MAGIC_SIZE + 1], word = bytes[MAGIC_SIZE];
	uint64_t next = blob->offset + HEADER_SIZE;

	if (flags & FLAG_INLINE)
		return read_inline(image, &next, VERSION_MAX, ret_version) &&
		       read_inline(image, &next, MODINFO_MAX, ret_modinfo);
	if (word != image_word(image) || !!(flags & FLAG_BIG) != image->big)
		return false;
	return read_pointed(c, blob->addr + 16, VERSION_MAX, ret_version) &&
	       read_pointed(c, blob->addr + 16 + word, MODINFO_MAX, ret_modinfo);
}

/* Of two with one key the first counts, lest one reader sees another than the other. */
static void read_setting(struct elfcheck_go *go, struct elfcheck_text text)
{
	const char *equals = memchr(text.ptr, '=', text.len);
	struct elfcheck_setting *setting;
	size_t key;

	if (!equals || go->n_settings == ELFCHECK_SETTINGS)
		return;
	key = (size_t)(equals - text.ptr);
	for (size_t i = 0; i < go->n_settings; i++)
		if (go->settings[i].key.len == key && !memcmp(go->settings[i].key.ptr, text.ptr, key))
			return;
	setting = &go->settings[go->n_settings++];
	setting->key = (struct elfcheck_text){ text.ptr, key };
	setting->value = (struct elfcheck_text){ equals + 1, text.len - key - 1 };
}

static void read_line(struct elfcheck_go *go, struct elfcheck_text line)
{
	if (text_starts(line, "path\t"))
		go->path = (struct elfcheck_text){ line.ptr + 5, line.len - 5 };
	else if (text_starts(line, "build\t"))
		read_setting(go, (struct elfcheck_text){ line.ptr + 6, line.len - 6 });
}

/* Without its frame of sentinels the module information is not what the linker wrote (or is not there). */
static void read_modinfo(struct elfcheck_go *go, struct elfcheck_text text)
{
	if (text.len < 2 * SENTINEL + 1 || text.ptr[text.len - SENTINEL - 1] != '\n')
		return;
	text.ptr += SENTINEL;
	text.len -= 2 * SENTINEL;
	while (text.len > 0) {
		const char *end = memchr(text.ptr, '\n', text.len);
		size_t n = end ? (size_t)(end - text.ptr) : text.len;

		read_line(go, (struct elfcheck_text){ text.ptr, n });
		n += end != NULL;
		text.ptr += n;
		text.len -= n;
	}
}

struct elfcheck_text setting_find(const struct check *c, const char *key)
{
	const struct elfcheck_go *go = &c->report->go;

	for (size_t i = 0; i < go->n_settings; i++)
		if (text_is(go->settings[i].key, key))
			return go->settings[i].value;
	return (struct elfcheck_text){ NULL, 0 };
}

void buildinfo_read(struct check *c)
{
	struct elfcheck_text version = { NULL, 0 }, modinfo = { NULL, 0 };
	struct elfcheck_go *go = &c->report->go;
	struct blob blob;
	bool good;

	/* What carries a Go program carries its build information as well. */
	if (c->names_found == PCLNTAB_FOREIGN || !find_blob(&c->image, &blob))
		return;
	good = read_strings(c, &blob, &version, &modinfo) && is_version(version);
	/* The magic alone is also in programs that look for it, and in packed ones. */
	if (!good && c->names_found == PCLNTAB_NONE)
		return;
	c->has_buildinfo = true;
	c->report->kind = ELFCHECK_KIND_GO;
	if (!good) {
		finding_add(c, ELFCHECK_BUILDINFO_MALFORMED, "go:buildinfo", blob.offset);
		return;
	}
	if (version.len > 0) {
		go->version = version;
		go->version_source = ELFCHECK_VERSION_BUILDINFO;
	}
	read_modinfo(go, modinfo);
}
