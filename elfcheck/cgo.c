/* SPDX-License-Identifier: MIT */
/*
 * Layers 3 and 6: is it Go, and is there C in it? Proof are function names that only runtime/cgo brings; names
 * such as runtime.cgocall or net.cgoLookupHost are in every Go program and prove nothing, nor does the setting
 * CGO_ENABLED. Without a readable table of names, traces of a C linker are weighed instead.
 * May not: believe build settings.
 */
#include "check.h"
#include "pclntab.h"

#include <string.h>

/*
 * In every cgo program from Go 1.19 to 1.27 there are all four, in others none: C's way back into Go
 * (src/runtime/cgo/callbacks.go, asm_*.s). Two of them are taken as proof, one could be anybody's.
 */
static const char *const proofs[] = {
	"crosscall2", "_cgo_topofstack", "_cgo_panic", "runtime._cgo_panic_internal",
};

/* What the cgo tool writes into a package that imports "C" (src/cmd/cgo/out.go). */
static const char *const wrappers[] = { "._Cfunc_", "._C2func_", "._Cmacro_", "._cgo_cmalloc" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void add_package(struct elfcheck_go *go, struct elfcheck_text package)
{
	for (size_t i = 0; i < go->n_packages; i++)
		if (go->packages[i].len == package.len &&
		    memcmp(go->packages[i].ptr, package.ptr, package.len) == 0)
			return;
	if (go->n_packages < ELFCHECK_PACKAGES)
		go->packages[go->n_packages++] = package;
}

/* The import path in front of a wrapper's name, if it is one. */
static void note_package(struct elfcheck_go *go, struct elfcheck_text name)
{
	struct elfcheck_text rest = name;

	while (rest.len > 0) {
		const char *dot = memchr(rest.ptr, '.', rest.len);

		if (!dot)
			return;
		rest.len -= (size_t)(dot - rest.ptr);
		rest.ptr = dot;
		for (size_t i = 0; i < COUNT(wrappers); i++) {
			if (text_starts(rest, wrappers[i]) && dot > name.ptr) {
				add_package(go, (struct elfcheck_text){ name.ptr, (size_t)(dot - name.ptr) });
				return;
			}
		}
		rest.ptr++;
		rest.len--;
	}
}

/* Returns how many of the proofs there are; notes packages and the Go linker's entry point. */
static size_t read_names(struct check *c, struct pclntab *table)
{
	struct elfcheck_text name;
	unsigned seen = 0;
	size_t proven = 0;

	while (pclntab_next(&c->image, table, &name)) {
		for (size_t i = 0; i < COUNT(proofs); i++)
			if (text_is(name, proofs[i]))
				seen |= 1u << i;
		if (text_starts(name, "_rt0_") && text_ends(name, "_linux"))
			c->rt0 = name;
		note_package(&c->report->go, name);
	}
	c->has_topofstack = seen & 2;
	for (size_t i = 0; i < COUNT(proofs); i++)
		proven += seen >> i & 1;
	return proven;
}

static void judge_names(struct check *c, struct pclntab *table)
{
	struct elfcheck_go *go = &c->report->go;
	uint64_t at = table->start;
	size_t proven = read_names(c, table);
	struct elfcheck_finding *f;

	if (pclntab_is_absurd(&c->image, table)) {
		evidence_text(finding_add(c, ELFCHECK_CGO_SUSPECTED, "pclntab", at), "names longer than the file");
		return;
	}
	go->cgo = proven >= 2 || go->n_packages > 0 ? ELFCHECK_HAS_CGO_YES : ELFCHECK_HAS_CGO_NO;
	if (go->cgo == ELFCHECK_HAS_CGO_YES) {
		f = finding_add(c, ELFCHECK_CGO_PRESENT, "pclntab", at);
		evidence_dec(f, proven);
		evidence_text(f, " of 4 names of runtime/cgo");
	}
	/* With the C linker, the program starts at C's entry point instead of Go's. */
	if (!c->rt0.ptr && !c->has_topofstack)
		finding_add(c, ELFCHECK_EXTERNAL_LINK_NO_CGO, "pclntab", at);
}

static void judge_traces(struct check *c)
{
	struct elfcheck_finding *f;

	if (!c->has_tls && !c->has_interp && !c->has_dynamic) {
		finding_add(c, ELFCHECK_CGO_UNKNOWN, "pclntab", 0);
		return;
	}
	f = finding_add(c, ELFCHECK_CGO_SUSPECTED, "pclntab", 0);
	if (c->has_tls)
		evidence_item(f, "PT_TLS", strlen("PT_TLS"));
	if (c->has_interp)
		evidence_item(f, "PT_INTERP", strlen("PT_INTERP"));
	if (c->has_dynamic)
		evidence_item(f, "PT_DYNAMIC", strlen("PT_DYNAMIC"));
}

void cgo_check(struct check *c)
{
	struct pclntab table;
	bool found = pclntab_find(&c->image, &table);

	if (found)
		c->report->kind = ELFCHECK_KIND_GO;
	if (c->report->kind != ELFCHECK_KIND_GO)
		finding_add(c, ELFCHECK_NOT_GO, "pclntab", 0);
	else if (found)
		judge_names(c, &table);
	else
		judge_traces(c);
	if (found && !c->has_buildinfo)
		finding_add(c, ELFCHECK_NO_BUILDINFO, "go:buildinfo", 0);
	layer_done(c, 3);
}

void packages_check(struct check *c)
{
	const struct elfcheck_go *go = &c->report->go;
	struct elfcheck_text setting = setting_find(c, "CGO_ENABLED");
	bool says_yes = text_is(setting, "1"), says_no = text_is(setting, "0");
	struct elfcheck_finding *f;

	if (go->cgo == ELFCHECK_HAS_CGO_UNKNOWN)
		return;
	if (go->n_packages > 0) {
		f = finding_add(c, ELFCHECK_CGO_PACKAGE, "pclntab", 0);
		for (size_t i = 0; i < go->n_packages && !evidence_full(f); i++)
			evidence_item(f, go->packages[i].ptr, go->packages[i].len);
	}
	if ((says_yes && go->cgo == ELFCHECK_HAS_CGO_NO) || (says_no && (go->cgo == ELFCHECK_HAS_CGO_YES || c->has_interp))) {
		f = finding_add(c, ELFCHECK_CGO_SETTING_DIFFERS, "go:buildinfo", 0);
		evidence_text(f, says_yes ? "CGO_ENABLED=1, no C inside" : "CGO_ENABLED=0, but not static");
	}
	layer_done(c, 6);
}
