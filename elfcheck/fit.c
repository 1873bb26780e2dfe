/* SPDX-License-Identifier: MIT */
/*
 * Layer 7: does the file fit the image it stands in? The facts come from the caller, who alone can see the
 * image. execve(2) answers EACCES in both cases.
 * May not: look at the file's bytes.
 */
#include "check.h"

void fit_check(struct check *c)
{
	needs_check(c);
	if (!c->target->image)
		return;
	if (c->target->not_executable)
		finding_add(c, ELFCHECK_NOT_EXECUTABLE, "st_mode", 0);
	if (c->target->noexec)
		finding_add(c, ELFCHECK_NOEXEC_MOUNT, "ST_NOEXEC", 0);
	layer_done(c, 7);
}
