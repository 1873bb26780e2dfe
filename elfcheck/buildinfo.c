/* SPDX-License-Identifier: MIT */
/*
 * The Go build information: version, main package, build settings. Written by cmd/link (buildinfo() in
 * src/cmd/link/internal/ld/data.go) and read by debug/buildinfo, which looks only into the section of that name;
 * we look for its magic at every 16-aligned address of every segment, so that it is found without sections, in
 * PIEs and after external linking. Two formats: strings inline (Go 1.18 and later), or addresses of two Go
 * string headers (before).
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

static bool find_in_load(const struct image *image, const struct segment *load, uint64_t *ret_at)
{
	uint64_t skip = (ALIGN - load->vaddr % ALIGN) % ALIGN;
	uint64_t end = load->offset + load->filesz;

	for (uint64_t at = load->offset + skip; at < end && end - at >= HEADER_SIZE; at += ALIGN) {
		if (image->bytes[at] == 0xff && memcmp(image->bytes + at, MAGIC, MAGIC_SIZE) == 0) {
			*ret_at = at;
			return true;
		}
	}
	return false;
}

/* The linker puts it among the data; other places are for what other linkers do. */
static bool find_blob(const struct image *image, uint64_t *ret_at)
{
	struct segment load;

	for (uint32_t i = 0; image_next_load_with_first(image, PF_W, &i, &load);)
		if (find_in_load(image, &load, ret_at))
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

/* The Go string whose header {address, length} is at the address that stands at offset `at`. */
static bool read_pointed(const struct image *image, uint64_t at, uint64_t max, struct elfcheck_text *ret_text)
{
	size_t word = image_word(image);
	uint64_t header, offset, left, length;

	if (!image_locate(image, image_uint(image, at, word), &header, &left) || left < 2 * word)
		return false;
	length = image_uint(image, header + word, word);
	if (length == 0) {
		*ret_text = (struct elfcheck_text){ image_text(image, header), 0 };
		return true;
	}
	if (length > max || !image_locate(image, image_uint(image, header, word), &offset, &left) || left < length)
		return false;
	*ret_text = (struct elfcheck_text){ image_text(image, offset), (size_t)length };
	return true;
}

static bool read_blob(const struct image *image, uint64_t at, struct elfcheck_text *ret_version,
		      struct elfcheck_text *ret_modinfo)
{
	unsigned flags = image->bytes[at + MAGIC_SIZE + 1], word = image->bytes[at + MAGIC_SIZE];
	uint64_t next = at + HEADER_SIZE;

	if (flags & FLAG_INLINE)
		return read_inline(image, &next, VERSION_MAX, ret_version) &&
		       read_inline(image, &next, MODINFO_MAX, ret_modinfo);
	if (word != image_word(image) || !!(flags & FLAG_BIG) != image->big)
		return false;
	return read_pointed(image, at + 16, VERSION_MAX, ret_version) &&
	       read_pointed(image, at + 16 + word, MODINFO_MAX, ret_modinfo);
}

/* strconv.Quote's or a raw string's marks at both ends; escapes inside stay as they are. */
static struct elfcheck_text unquote(struct elfcheck_text text)
{
	if (text.len >= 2 && (text.ptr[0] == '"' || text.ptr[0] == '`') && text.ptr[text.len - 1] == text.ptr[0])
		return (struct elfcheck_text){ text.ptr + 1, text.len - 2 };
	return text;
}

static void read_setting(struct elfcheck_go *go, struct elfcheck_text text)
{
	const char *equals = memchr(text.ptr, '=', text.len);
	struct elfcheck_setting *setting;
	size_t key;

	if (!equals || go->n_settings == ELFCHECK_SETTINGS)
		return;
	key = (size_t)(equals - text.ptr);
	setting = &go->settings[go->n_settings++];
	setting->key = unquote((struct elfcheck_text){ text.ptr, key });
	setting->value = unquote((struct elfcheck_text){ equals + 1, text.len - key - 1 });
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
	struct elfcheck_go *go = &c->report->go;
	struct elfcheck_text modinfo = { NULL, 0 };
	uint64_t at;

	/* What carries a Go program carries its build information as well. */
	if (c->names_found == PCLNTAB_FOREIGN || !find_blob(&c->image, &at))
		return;
	c->has_buildinfo = true;
	c->report->kind = ELFCHECK_KIND_GO;
	if (!read_blob(&c->image, at, &go->version, &modinfo)) {
		go->version = (struct elfcheck_text){ NULL, 0 };
		finding_add(c, ELFCHECK_BUILDINFO_MALFORMED, "go:buildinfo", at);
		return;
	}
	if (go->version.len > 0)
		go->version_source = ELFCHECK_VERSION_BUILDINFO;
	read_modinfo(go, modinfo);
}
