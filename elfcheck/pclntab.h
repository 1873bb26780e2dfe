/* SPDX-License-Identifier: MIT */
/*
 * The Go runtime's function table. It survives `strip` and `-ldflags=-s`, because the runtime needs it for
 * stack traces, and names every function of the program. Format: src/internal/abi/symtab.go and
 * src/debug/gosym/pclntab.go in Go's source.
 */
#ifndef ELFCHECK_PCLNTAB_H
#define ELFCHECK_PCLNTAB_H

#include "elfcheck.h"
#include "image.h"

struct pclntab {
	uint64_t start, end; /* of the table and of its segment in the file */
	bool blob;           /* names stand one behind the other (Go 1.16 and later) */
	uint64_t next, stop; /* blob: the names still to come; else: entries of the function table */
	uint64_t place, marks; /* blob: eight bytes, and what marks them that is still to come */
	uint64_t spent;      /* bytes of names so far; entries can name the same bytes again and again */
};

struct pclntab_name {
	struct elfcheck_text text;
	bool underscore; /* there may be one in it; few have one */
};

/* A program that carries another one (//go:embed, a C array) holds a table that is not its own. */
enum pclntab_found { PCLNTAB_NONE, PCLNTAB_FOREIGN, PCLNTAB_OWN };

/*
 * Looks for the table in every segment, by its magic and what must follow; then, for programs whose magic an obfuscator
 * or a later Go has changed, by what follows alone. The program's own is the one that a word of it points at, as the
 * runtime's moduledata does. *ret_table is the own one or undefined.
 */
enum pclntab_found pclntab_find(const struct image *image, struct pclntab *ret_table);

/* The next function's name; false after the last. Some names occur more than once. */
bool pclntab_next(const struct image *image, struct pclntab *table, struct pclntab_name *ret_name);

/* Did the walk end because the names were longer than the whole file? Then the table is a made-up one. */
static inline bool pclntab_is_absurd(const struct image *image, const struct pclntab *table)
{
	return table->spent > image->size;
}

#endif
