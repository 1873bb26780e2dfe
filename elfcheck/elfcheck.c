/* SPDX-License-Identifier: MIT */
/*
 * The check from the outside in: headers, what the kernel maps, what a loader would do, then what the Go
 * linker left inside. The order of the calls is the order of the layers, but for what one layer must know from
 * another. Owns nothing; everything a check finds out on the way lives in struct check on the stack.
 */
#include "check.h"

#include <string.h>

static void check_image(struct check *c)
{
	if (!headers_check(c))
		return;
	segments_check(c);
	dynamic_check(c);
	symbols_check(c);
	if (c->scannable) {
		c->names_found = pclntab_find(&c->image, &c->names);
		buildinfo_read(c);
		cgo_check(c);
		version_read(c);
		relocation_check(c);
	}
	machine_check(c);
	kernel_check(c);
	packages_check(c);
}

bool elfcheck(const void *image, size_t size, const struct elfcheck_target *target,
	      enum elfcheck_profile profile, const struct elfcheck_allow *allow,
	      struct elfcheck_report *ret_report)
{
	struct check c = {
		.image = { .bytes = image, .size = size },
		.target = target,
		.profile = profile,
		.allow = allow,
		.report = ret_report,
	};

	memset(ret_report, 0, sizeof(*ret_report));
	ret_report->pass = true;
	check_image(&c);
	fit_check(&c);
	return ret_report->pass;
}
