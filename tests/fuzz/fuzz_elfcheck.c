/* SPDX-License-Identifier: MIT */
/*
 * The fuzzer's way into the checker: elfcheck() on any bytes, for any target, profile and allow-list, and what
 * invariants.h says of the report. The input is the file to check, from offset 0, and behind it a struct trailer. The
 * address sanitizer is told that the trailer is out of bounds, so that reading on behind the file is seen. Built by
 * build.sh, run by run.sh.
 */
#include "invariants.h"
#include "trailer.h"

#include <elf.h>
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Some paths are there, more of them the fuller the image is. What is asked for must be readable. */
static bool has_path(void *ctx, const char *path, size_t len, bool program)
{
	const uint8_t *full = ctx;
	unsigned sum = program;

	if (len == 0)
		abort();
	for (size_t i = 0; i < len; i++)
		sum = sum * 31 + (unsigned char)path[i];
	return sum % 255 < *full;
}

static uint32_t two(const uint8_t bytes[2])
{
	return (uint32_t)(bytes[0] | bytes[1] << 8);
}

static void take_target(struct trailer *trailer, struct run *run)
{
	struct elfcheck_target *target = &run->target;

	if (trailer->target % 3 == TRAILER_MACHINE) {
		target->machine = (uint16_t)two(trailer->machine);
		target->class = trailer->class_data & 15;
		target->data = trailer->class_data >> 4;
	} else if (trailer->target % 3 == TRAILER_OWN && run->size >= sizeof(Elf32_Ehdr)) {
		bool big = run->image[EI_DATA] == ELFDATA2MSB;

		target->machine = (uint16_t)(run->image[18 + big] | run->image[19 - big] << 8); /* e_machine */
		target->class = run->image[EI_CLASS];
		target->data = run->image[EI_DATA];
	}
	target->compat32 = trailer->flags & TRAILER_COMPAT32;
	target->kernel = (uint32_t)(trailer->kernel[0] << 16 | trailer->kernel[1] << 8 | trailer->kernel[2]);
	target->cpu_level = trailer->cpu_level;
	target->features = two(trailer->features);
	target->features_known = two(trailer->features_known);
	target->image = trailer->flags & TRAILER_IMAGE;
	target->not_executable = trailer->flags & TRAILER_NOT_EXECUTABLE;
	target->noexec = trailer->flags & TRAILER_NOEXEC;
	target->has_path = trailer->paths ? has_path : NULL;
	target->ctx = &trailer->paths;
}

static void take_allowed(const struct trailer *trailer, struct elfcheck_allow *allow)
{
	unsigned kind = trailer->allow % 4;

	for (enum elfcheck_slug slug = 0; slug < ELFCHECK_SLUGS; slug++)
		if (kind == TRAILER_ALLOW_ALL || (kind == TRAILER_ALLOW_ONE && slug == trailer->slug % ELFCHECK_SLUGS) ||
		    (kind == TRAILER_ALLOW_MANY && slug * (trailer->slug | 1u) % 4 == 0))
			elfcheck_allow_add(allow, slug);
}

static void fail_on(const char *broken)
{
	if (!broken)
		return;
	fprintf(stderr, "fuzz_elfcheck: check a report: %s, broken\n", broken);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct elfcheck_report report;
	struct trailer trailer = { .profile = 0 };
	size_t rest = size < sizeof(trailer) ? size : sizeof(trailer);
	struct run run = { .size = size - rest };
	unsigned choice = 0;

	run.image = run.size > 0 ? data : NULL;
	memcpy(&trailer, data + run.size, rest);
	run.profile = (enum elfcheck_profile)(trailer.profile % 3);
	take_target(&trailer, &run);
	take_allowed(&trailer, &run.allow);
	/* The costly checks are for some inputs only; which, the trailer decides, so that a crash comes again. */
	for (size_t i = 0; i < rest; i++)
		choice = choice * 31 + data[run.size + i];
	ASAN_POISON_MEMORY_REGION(data + run.size, rest);
	fail_on(choice % 64 == 0 ? run_check_again(&run, &report) : run_check(&run, &report));
	if (choice % 32 == 1 && run_header_is_free(&run))
		fail_on(run_check_sections(&run, &report));
	ASAN_UNPOISON_MEMORY_REGION(data + run.size, rest);
	return 0;
}
