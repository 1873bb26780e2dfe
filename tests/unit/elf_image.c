/* SPDX-License-Identifier: MIT */
/*
 * See elf_image.h. Formats: elf(5); Go's src/internal/abi/symtab.go and src/debug/gosym/pclntab.go for the
 * function table; src/debug/buildinfo/buildinfo.go for the build information.
 * May not: include a header of the checker, so that both cannot be wrong in the same way.
 */
#include "elf_image.h"

#include <stdlib.h>
#include <string.h>

#define SETTINGS                                                                                    \
	"path\texample.com/hello\nmod\texample.com/hello\t(devel)\t\nbuild\tCGO_ENABLED=0\n"      \
	"build\tGOOS=linux\n"

static size_t word(const struct elf_image *image)
{
	return image->is64 ? 8 : 4;
}

void elf_image_put(struct elf_image *image, size_t offset, uint64_t value, size_t width)
{
	if (offset + width > image->size)
		abort();
	for (size_t i = 0; i < width; i++) {
		size_t at = image->big ? width - 1 - i : i;

		image->bytes[offset + at] = (unsigned char)(value >> (8 * i));
	}
}

void elf_image_text(struct elf_image *image, size_t offset, const char *s)
{
	if (offset + strlen(s) + 1 > image->size)
		abort();
	memcpy(image->bytes + offset, s, strlen(s) + 1);
}

void elf_image_segment(struct elf_image *image, size_t i, uint32_t type, uint32_t flags, uint64_t offset,
		       uint64_t size)
{
	elf_phdr(image, i, p_type, type);
	elf_phdr(image, i, p_flags, flags);
	elf_phdr(image, i, p_offset, offset);
	elf_phdr(image, i, p_vaddr, type == PT_GNU_STACK ? 0 : ELF_IMAGE_BASE + offset);
	elf_phdr(image, i, p_filesz, size);
	elf_phdr(image, i, p_memsz, size);
	elf_phdr(image, i, p_align, 0x1000);
}

static void put_header(struct elf_image *image, uint16_t machine, uint32_t flags)
{
	memcpy(image->bytes, ELFMAG, SELFMAG);
	image->bytes[EI_CLASS] = image->is64 ? ELFCLASS64 : ELFCLASS32;
	image->bytes[EI_DATA] = image->big ? ELFDATA2MSB : ELFDATA2LSB;
	image->bytes[EI_VERSION] = EV_CURRENT;
	elf_ehdr(image, e_type, ET_EXEC);
	elf_ehdr(image, e_machine, machine);
	elf_ehdr(image, e_version, EV_CURRENT);
	elf_ehdr(image, e_entry, ELF_IMAGE_BASE + ELF_IMAGE_CODE);
	elf_ehdr(image, e_phoff, image->is64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr));
	elf_ehdr(image, e_flags, flags);
	elf_ehdr(image, e_phentsize, image->is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr));
	elf_ehdr(image, e_phnum, PH_COUNT);
}

struct elf_image elf_image_new(uint16_t machine, bool is64, bool big, uint32_t flags)
{
	struct elf_image image = { .size = ELF_IMAGE_SIZE, .is64 = is64, .big = big };

	image.bytes = calloc(1, image.size);
	if (!image.bytes)
		abort();
	put_header(&image, machine, flags);
	elf_image_segment(&image, PH_TEXT, PT_LOAD, PF_R | PF_X, 0, 0x1000);
	elf_image_segment(&image, PH_DATA, PT_LOAD, PF_R | PF_W, 0x1000, 0x1000);
	elf_image_segment(&image, PH_STACK, PT_GNU_STACK, PF_R | PF_W, 0, 0);
	elf_image_put(&image, ELF_IMAGE_POINTER, ELF_IMAGE_BASE + ELF_IMAGE_NAMES, word(&image));
	elf_image_names(&image, "runtime.main\nruntime.mstart\nruntime.cgocall\nruntime.asmcgocall\n"
				"net.cgoLookupHost\n_rt0_amd64_linux\nmain.main\n");
	elf_image_info(&image, "go1.22.3", SETTINGS);
	return image;
}

struct elf_image elf_image_amd64(void)
{
	struct elf_image image = elf_image_new(EM_X86_64, true, false, 0);

	elf_image_info(&image, "go1.22.3", SETTINGS "build\tGOARCH=amd64\nbuild\tGOAMD64=v1\n");
	return image;
}

void elf_image_free(struct elf_image *image)
{
	free(image->bytes);
	image->bytes = NULL;
}

void elf_image_interp(struct elf_image *image, const char *path)
{
	elf_image_text(image, ELF_IMAGE_FREE + 0x700, path);
	elf_image_segment(image, PH_SPARE2, PT_INTERP, PF_R, ELF_IMAGE_FREE + 0x700, strlen(path) + 1);
}

void elf_image_dynamic(struct elf_image *image, uint64_t tag, uint64_t value)
{
	size_t entry = 2 * word(image);

	if (image->dynamic == 0) {
		image->dynamic = ELF_IMAGE_FREE;
		elf_image_segment(image, PH_SPARE, PT_DYNAMIC, PF_R | PF_W, ELF_IMAGE_FREE, entry);
	}
	elf_image_put(image, image->dynamic, tag, entry / 2);
	elf_image_put(image, image->dynamic + entry / 2, value, entry / 2);
	image->dynamic += entry;
	elf_phdr(image, PH_SPARE, p_filesz, image->dynamic - ELF_IMAGE_FREE + entry);
	elf_phdr(image, PH_SPARE, p_memsz, image->dynamic - ELF_IMAGE_FREE + entry);
}

/* Copies lines with NUL in place of the newlines; returns the bytes written. */
static size_t put_lines(struct elf_image *image, size_t offset, const char *lines)
{
	size_t n = strlen(lines);

	elf_image_text(image, offset, lines);
	for (size_t i = 0; i < n; i++)
		if (image->bytes[offset + i] == '\n')
			image->bytes[offset + i] = '\0';
	return n;
}

static void clear_names(struct elf_image *image)
{
	memset(image->bytes + ELF_IMAGE_NAMES, 0, ELF_IMAGE_INFO - ELF_IMAGE_NAMES);
}

static void put_names_head(struct elf_image *image, uint32_t magic)
{
	elf_image_put(image, ELF_IMAGE_NAMES, magic, 4);
	image->bytes[ELF_IMAGE_NAMES + 6] = 1;
	image->bytes[ELF_IMAGE_NAMES + 7] = (unsigned char)word(image);
}

void elf_image_names(struct elf_image *image, const char *names)
{
	if (names)
		elf_image_names_as(image, 0xfffffff1, names);
	else
		clear_names(image);
}

/* Functions, files, from Go 1.18 on the text's start; then the places of names, units, files, pcs, functions. */
void elf_image_names_as(struct elf_image *image, uint32_t magic, const char *names)
{
	size_t w = word(image), blob = 8 + 8 * w, size, at = ELF_IMAGE_NAMES + 8 + 2 * w;

	clear_names(image);
	put_names_head(image, magic);
	size = put_lines(image, ELF_IMAGE_NAMES + blob, names);
	elf_image_put(image, ELF_IMAGE_NAMES + 8, 2, w);
	elf_image_put(image, ELF_IMAGE_NAMES + 8 + w, 1, w);
	if (magic != 0xfffffffa)
		at += w;
	for (size_t i = 0; i < 5; i++)
		elf_image_put(image, at + i * w, blob + (i ? size + 16 * (i - 1) : 0), w);
}

void elf_image_own_names(struct elf_image *image)
{
	size_t own = ELF_IMAGE_FREE + 0x200;

	memcpy(image->bytes + own, image->bytes + ELF_IMAGE_NAMES, 0x400);
	elf_image_put(image, ELF_IMAGE_POINTER, ELF_IMAGE_BASE + own, word(image));
	clear_names(image);
}

void elf_image_old_names(struct elf_image *image, const char *names)
{
	size_t w = word(image), n = 0, records, blob, name;

	for (const char *s = names; *s; s++)
		n += *s == '\n';
	records = 8 + w + (2 * n + 1) * w + w;
	blob = records + n * (w + 8);
	clear_names(image);
	put_names_head(image, 0xfffffffb);
	elf_image_put(image, ELF_IMAGE_NAMES + 8, n, w);
	put_lines(image, ELF_IMAGE_NAMES + blob, names);
	name = blob;
	for (size_t i = 0; i < n; i++) {
		size_t record = records + i * (w + 8);
		uint64_t pc = ELF_IMAGE_BASE + ELF_IMAGE_CODE + i * 16;

		elf_image_put(image, ELF_IMAGE_NAMES + 8 + w + 2 * i * w, pc, w);
		elf_image_put(image, ELF_IMAGE_NAMES + 8 + w + (2 * i + 1) * w, record, w);
		elf_image_put(image, ELF_IMAGE_NAMES + record, pc, w);
		elf_image_put(image, ELF_IMAGE_NAMES + record + w, name, 4);
		name += strlen((char *)image->bytes + ELF_IMAGE_NAMES + name) + 1;
	}
}

static void put_magic(struct elf_image *image, unsigned char flags)
{
	memset(image->bytes + ELF_IMAGE_INFO, 0, ELF_IMAGE_FREE - ELF_IMAGE_INFO);
	memcpy(image->bytes + ELF_IMAGE_INFO, "\xff Go buildinf:", 14);
	image->bytes[ELF_IMAGE_INFO + 14] = (unsigned char)word(image);
	image->bytes[ELF_IMAGE_INFO + 15] = flags;
}

static size_t put_uvarint(struct elf_image *image, size_t at, size_t value)
{
	for (; value >= 0x80; value >>= 7)
		image->bytes[at++] = (unsigned char)(value | 0x80);
	image->bytes[at++] = (unsigned char)value;
	return at;
}

static size_t put_framed(struct elf_image *image, size_t at, const char *settings)
{
	memset(image->bytes + at, 0xaa, 16);
	elf_image_text(image, at + 16, settings);
	memset(image->bytes + at + 16 + strlen(settings), 0xbb, 16);
	return at + 32 + strlen(settings);
}

void elf_image_info(struct elf_image *image, const char *version, const char *settings)
{
	size_t at = ELF_IMAGE_INFO + 32;

	put_magic(image, 2);
	if (!version) {
		memset(image->bytes + ELF_IMAGE_INFO, 0, 16);
		return;
	}
	at = put_uvarint(image, at, strlen(version));
	elf_image_text(image, at, version);
	at = put_uvarint(image, at + strlen(version), strlen(settings) + 32);
	put_framed(image, at, settings);
}

void elf_image_old_info(struct elf_image *image, const char *version, const char *settings)
{
	size_t w = word(image), headers = ELF_IMAGE_INFO + 0x40, text = ELF_IMAGE_INFO + 0x80;

	put_magic(image, image->big);
	elf_image_put(image, ELF_IMAGE_INFO + 16, ELF_IMAGE_BASE + headers, w);
	elf_image_put(image, ELF_IMAGE_INFO + 16 + w, ELF_IMAGE_BASE + headers + 2 * w, w);
	elf_image_put(image, headers, ELF_IMAGE_BASE + text, w);
	elf_image_put(image, headers + w, strlen(version), w);
	elf_image_text(image, text, version);
	elf_image_put(image, headers + 2 * w, ELF_IMAGE_BASE + text + 0x40, w);
	elf_image_put(image, headers + 3 * w, strlen(settings) + 32, w);
	put_framed(image, text + 0x40, settings);
}

void elf_image_symbols(struct elf_image *image, const char *names, unsigned char bind)
{
	size_t symtab = ELF_IMAGE_FREE + 0x200, hash = ELF_IMAGE_FREE + 0x400, strtab = ELF_IMAGE_FREE + 0x500;
	size_t entry = image->is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	size_t info = image->is64 ? offsetof(Elf64_Sym, st_info) : offsetof(Elf32_Sym, st_info);
	size_t size = put_lines(image, strtab + 1, names), n = 1;

	for (size_t at = 1; at <= size; at += strlen((char *)image->bytes + strtab + at) + 1) {
		elf_image_put(image, symtab + n * entry, at, 4);
		image->bytes[symtab + n++ * entry + info] = (unsigned char)(bind << 4 | STT_FUNC);
	}
	elf_image_put(image, hash, 1, 4);
	elf_image_put(image, hash + 4, n, 4);
	elf_image_dynamic(image, DT_SYMTAB, ELF_IMAGE_BASE + symtab);
	elf_image_dynamic(image, DT_STRTAB, ELF_IMAGE_BASE + strtab);
	elf_image_dynamic(image, DT_STRSZ, size + 2);
	elf_image_dynamic(image, DT_HASH, ELF_IMAGE_BASE + hash);
}
