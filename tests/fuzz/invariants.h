/* SPDX-License-Identifier: MIT */
/*
 * What is true of every report of the checker, whatever the file's bytes are; elfcheck.h is the contract. Shared by the
 * fuzzer (fuzz_elfcheck.c) and the deterministic test (bytes.c).
 * May not: know what a file should be judged.
 */
#ifndef INVARIANTS_H
#define INVARIANTS_H

#include "elfcheck/elfcheck.h"

/* One call of elfcheck(). */
struct run {
	const unsigned char *image; /* NULL only with size 0 */
	size_t size;
	struct elfcheck_target target;
	enum elfcheck_profile profile;
	struct elfcheck_allow allow;
};

/* Calls elfcheck() and says in one word which invariant its report breaks; NULL: none. */
const char *run_check(const struct run *run, struct elfcheck_report *ret_report);

/*
 * The same, and then what other calls must answer: the same input again; the other profiles; the texts written as JSON.
 * Costs about four times as much.
 */
const char *run_check_again(const struct run *run, struct elfcheck_report *ret_report);

/*
 * Other values in the section header fields of the ELF header (a copy of the file gets them) must not change the
 * report. Only to be asked where these bytes are not read as something else: see run_header_is_free().
 */
const char *run_check_sections(const struct run *run, const struct elfcheck_report *report);

/* Does nothing in the file, no segment and no program header, cover bytes of the ELF header? */
bool run_header_is_free(const struct run *run);

#endif
