/* SPDX-License-Identifier: MIT */
/*
 * Layer 5: is the kernel new enough for this Go? Go's own minimum by version (go.dev/wiki/Linux and the release
 * notes), and the first kernel that runs on the architecture at all.
 * May not: find out the kernel's version (running.c).
 */
#include "check.h"

#include <string.h>

#define KERNEL(major, minor, patch) ((uint32_t)(major) << 16 | (minor) << 8 | (patch))

static const struct {
	unsigned since; /* Go 1.N */
	uint32_t kernel;
} by_version[] = {
	{ 24, KERNEL(3, 2, 0) },
	{ 19, KERNEL(2, 6, 32) },
	{ 0, KERNEL(2, 6, 23) },
};

static const struct {
	const char *goarch;
	uint32_t kernel;
} by_machine[] = {
	{ "arm", KERNEL(3, 1, 0) },       { "arm64", KERNEL(3, 7, 0) },    { "loong64", KERNEL(5, 19, 0) },
	{ "mips64", KERNEL(4, 8, 0) },    { "mips64le", KERNEL(4, 8, 0) }, { "ppc64", KERNEL(2, 6, 37) },
	{ "ppc64le", KERNEL(3, 13, 0) },  { "riscv64", KERNEL(4, 15, 0) },
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
	const char *goarch = machine_goarch(&c->image);
	uint32_t kernel = 0;

	for (size_t i = 0; known && kernel == 0 && i < sizeof(by_version) / sizeof(by_version[0]); i++)
		if (minor >= by_version[i].since)
			kernel = by_version[i].kernel;
	for (size_t i = 0; i < sizeof(by_machine) / sizeof(by_machine[0]); i++)
		if (strcmp(by_machine[i].goarch, goarch) == 0 && by_machine[i].kernel > kernel)
			kernel = by_machine[i].kernel;
	return kernel;
}

static void evidence_kernel(struct elfcheck_finding *f, uint32_t kernel)
{
	evidence_dec(f, kernel >> 16);
	evidence_text(f, ".");
	evidence_dec(f, kernel >> 8 & 255);
	evidence_text(f, ".");
	evidence_dec(f, kernel & 255);
}

void kernel_check(struct check *c)
{
	const struct elfcheck_go *go = &c->report->go;
	unsigned minor = 0;
	bool known = go_minor(go->version, &minor);
	uint32_t least = needed(c, known, minor);
	struct elfcheck_finding *f;

	if (c->target->kernel == 0 || c->report->kind != ELFCHECK_KIND_GO)
		return;
	if (!known)
		finding_add(c, ELFCHECK_GO_VERSION_UNKNOWN, "go:buildinfo", 0);
	if (c->target->kernel < least) {
		f = finding_add(c, ELFCHECK_GO_NEEDS_NEWER_KERNEL, "go:buildinfo", 0);
		evidence_bytes(f, go->version.ptr ? go->version.ptr : "", go->version.len);
		evidence_text(f, " needs ");
		evidence_kernel(f, least);
		evidence_text(f, ", this is ");
		evidence_kernel(f, c->target->kernel);
	}
	layer_done(c, 5);
}
