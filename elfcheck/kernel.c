/* SPDX-License-Identifier: MIT */
/*
 * Layer 5: is the kernel new enough for this Go? Go's own minimum by version (go.dev/wiki/Linux and the release
 * notes), the first kernel that runs on the architecture at all, and what the kernel was built with.
 * May not: find out the kernel's version (running.c).
 */
#include "check.h"

#include <string.h>

static const struct {
	unsigned since; /* Go 1.N */
	uint32_t kernel;
} by_version[] = {
	{ 24, KERNEL(3, 2, 0) },
	{ 19, KERNEL(2, 6, 32) },
	{ 0, KERNEL(2, 6, 23) },
};

/* N of "go1.N…", and of "devel go1.N-…". */
static bool go_minor(struct elfcheck_text version, unsigned *ret_minor)
{
	size_t at = text_starts(version, "devel ") ? 6 : 0;

	if (version.len < at + 4 || memcmp(version.ptr + at, "go1.", 4) != 0)
		return false;
	at += 4;
	return text_number(version, &at, ret_minor);
}

static uint32_t needed(const struct check *c, bool known, unsigned minor)
{
	uint32_t machine = machine_kernel(&c->image), kernel = 0;

	for (size_t i = 0; known && kernel == 0 && i < sizeof(by_version) / sizeof(by_version[0]); i++)
		if (minor >= by_version[i].since)
			kernel = by_version[i].kernel;
	return machine > kernel ? machine : kernel;
}

static void evidence_kernel(struct elfcheck_finding *f, uint32_t kernel)
{
	evidence_dec(f, kernel >> 16);
	evidence_text(f, ".");
	evidence_dec(f, kernel >> 8 & 255);
	evidence_text(f, ".");
	evidence_dec(f, kernel & 255);
}

static void check_version(struct check *c)
{
	const struct elfcheck_go *go = &c->report->go;
	unsigned minor = 0;
	bool known = go_minor(go->version, &minor);
	uint32_t least = needed(c, known, minor);
	struct elfcheck_finding *f;

	if (!known)
		finding_add(c, ELFCHECK_GO_VERSION_UNKNOWN, "go:buildinfo", 0);
	if (c->target->kernel >= least)
		return;
	f = finding_add(c, ELFCHECK_GO_NEEDS_NEWER_KERNEL, "go:buildinfo", 0);
	if (known)
		evidence_item(f, go->version);
	evidence_text(f, " needs ");
	evidence_kernel(f, least);
	evidence_text(f, ", this is ");
	evidence_kernel(f, c->target->kernel);
}

void kernel_check(struct check *c)
{
	if (c->report->kind != ELFCHECK_KIND_GO)
		return;
	features_check(c);
	if (c->target->kernel != 0)
		check_version(c);
	if (c->target->kernel != 0 || c->target->features_known != 0)
		layer_done(c, 5);
}
