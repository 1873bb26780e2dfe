/* SPDX-License-Identifier: MIT */
/*
 * Makes small ELF programs for the checker's tests, byte by byte from <elf.h>: a static Go program that passes
 * every layer, which a test then damages in one place. Layout, the same for every class and byte order:
 *
 *   0x000  ELF header, then 8 program headers: LOAD r-x, LOAD rw-, GNU_STACK, five PT_NULL to use
 *   0x800  code (where e_entry points)       0x9f0  pointer to the function table, as moduledata has it
 *   0xa00  function table (Go 1.20's format)
 *   0x1000 build information                 0x1800 free for dynamic tables, up to the end at 0x2000
 *
 * Offset X is mapped at ELF_IMAGE_BASE + X. The caller frees with elf_image_free().
 */
#ifndef ELF_IMAGE_H
#define ELF_IMAGE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_IMAGE_BASE 0x400000u
#define ELF_IMAGE_SIZE 0x2000u
#define ELF_IMAGE_CODE 0x800u
#define ELF_IMAGE_POINTER 0x9f0u
#define ELF_IMAGE_NAMES 0xa00u
#define ELF_IMAGE_INFO 0x1000u
#define ELF_IMAGE_FREE 0x1800u

enum { PH_TEXT, PH_DATA, PH_STACK, PH_SPARE, PH_SPARE2, PH_SPARE3, PH_SPARE4, PH_SPARE5, PH_COUNT };

struct elf_image {
	unsigned char *bytes;
	size_t size;
	bool is64, big;
	size_t dynamic; /* where the next dynamic entry goes, 0 before the first */
};

struct elf_image elf_image_new(uint16_t machine, bool is64, bool big, uint32_t flags);
struct elf_image elf_image_amd64(void);
void elf_image_free(struct elf_image *image);

void elf_image_put(struct elf_image *image, size_t offset, uint64_t value, size_t width);
void elf_image_text(struct elf_image *image, size_t offset, const char *s);

#define elf_ehdr(image, field, value)                                                                    \
	((image)->is64 ? elf_image_put((image), offsetof(Elf64_Ehdr, field), (value),                    \
				       sizeof(((Elf64_Ehdr *)0)->field))                                 \
		       : elf_image_put((image), offsetof(Elf32_Ehdr, field), (value),                    \
				       sizeof(((Elf32_Ehdr *)0)->field)))
#define elf_phdr(image, i, field, value)                                                                 \
	((image)->is64 ? elf_image_put((image), sizeof(Elf64_Ehdr) + (i) * sizeof(Elf64_Phdr) +          \
						offsetof(Elf64_Phdr, field),                             \
				       (value), sizeof(((Elf64_Phdr *)0)->field))                        \
		       : elf_image_put((image), sizeof(Elf32_Ehdr) + (i) * sizeof(Elf32_Phdr) +          \
						offsetof(Elf32_Phdr, field),                             \
				       (value), sizeof(((Elf32_Phdr *)0)->field)))

/* A whole program header; the address is the offset's. */
void elf_image_segment(struct elf_image *image, size_t i, uint32_t type, uint32_t flags, uint64_t offset,
		       uint64_t size);
void elf_image_interp(struct elf_image *image, const char *path);

/* The first call adds PT_DYNAMIC; the table stays terminated. */
void elf_image_dynamic(struct elf_image *image, uint64_t tag, uint64_t value);

/* Names end with a newline each, settings lines too. NULL removes the table or the build information. */
void elf_image_names(struct elf_image *image, const char *names);
void elf_image_names_as(struct elf_image *image, uint32_t magic, const char *names); /* Go 1.16 and later */
void elf_image_old_names(struct elf_image *image, const char *names); /* Go 1.2 to 1.15 */
void elf_image_info(struct elf_image *image, const char *version, const char *settings);
void elf_image_old_info(struct elf_image *image, const char *version, const char *settings); /* to 1.17 */

/* Moves the function table among the data, and the pointer to it along: a table put in its place is a carried one. */
void elf_image_own_names(struct elf_image *image);

/* A dynamic symbol table of `names` (newline after each), all undefined, with DT_HASH. */
void elf_image_symbols(struct elf_image *image, const char *names, unsigned char bind);

#endif
