/* SPDX-License-Identifier: MIT */
/*
 * Layers 3 and 6: is it Go, and is there C in it? Proof are function names that only runtime/cgo brings; names
 * such as runtime.cgocall or net.cgoLookupHost are in every Go program and prove nothing, nor does the setting
 * CGO_ENABLED. Without a readable table of names, traces of a C linker are weighed instead.
 * May not: believe build settings.
 */
#include "check.h"

#include <string.h>

/*
 * In every cgo program from Go 1.19 to 1.27 there are all four, in others none: C's way back into Go
 * (src/runtime/cgo/callbacks.go, asm_*.s). Two of them are taken as proof, one could be anybody's.
 */
enum { CROSSCALL2, TOPOFSTACK, PANIC, PANIC_INTERNAL };
#define NAME(s) { s, sizeof(s) - 1 }
static const struct elfcheck_text proofs[] = {
	[CROSSCALL2] = NAME("crosscall2"),
	[TOPOFSTACK] = NAME("_cgo_topofstack"),
	[PANIC] = NAME("_cgo_panic"),
	[PANIC_INTERNAL] = NAME("runtime._cgo_panic_internal"),
};
static const struct elfcheck_text runtime_main = NAME("runtime.main");

/* What the cgo tool writes into a package that imports "C" (src/cmd/cgo/out.go). */
static const char *const wrappers[] = { "_Cfunc_", "_C2func_", "_Cmacro_", "_cgo_cmalloc" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What the names say, gathered in one walk. */
struct names {
	bool runtime;             /* the runtime's are there: nobody has renamed the functions */
	bool proof[COUNT(proofs)];
	size_t n_proofs;
};

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

	while ((rest.ptr = memchr(rest.ptr, '_', rest.len))) {
		size_t before = (size_t)(rest.ptr - name.ptr);

		rest.len = name.len - before;
		for (size_t i = 0; before > 1 && rest.ptr[-1] == '.' && i < COUNT(wrappers); i++) {
			if (text_starts(rest, wrappers[i])) {
				add_package(go, (struct elfcheck_text){ name.ptr, before - 1 });
				return;
			}
		}
		rest.ptr++;
		rest.len--;
	}
}

/* "_rt0_ARCH_OS"; a library's has a further word. */
static void note_entry_point(struct check *c, struct elfcheck_text name)
{
	size_t prefix = text_starts(name, "_rt0_"), left;
	const char *os = prefix ? memchr(name.ptr + prefix, '_', name.len - prefix) : NULL;

	if (!os)
		return;
	left = name.len - (size_t)(++os - name.ptr);
	if (memchr(os, '_', left))
		return;
	c->rt0 = name;
	c->rt0_os = (struct elfcheck_text){ os, left };
}

/* Lengths first: a program has thousands of names, and most begin alike. */
static bool is_same(struct elfcheck_text a, struct elfcheck_text b)
{
	return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

/* What only few names are asked for: all of this has an underscore. */
static void note_underscored(struct check *c, struct names *names, struct elfcheck_text name)
{
	for (size_t i = CROSSCALL2 + 1; i < COUNT(proofs); i++)
		if (is_same(name, proofs[i]))
			names->proof[i] = true;
	note_entry_point(c, name);
	note_package(&c->report->go, name);
}

static struct names read_names(struct check *c)
{
	struct names names = { 0 };
	struct pclntab_name name;

	while (pclntab_next(&c->image, &c->names, &name)) {
		if (is_same(name.text, runtime_main))
			names.runtime = true;
		if (is_same(name.text, proofs[CROSSCALL2]))
			names.proof[CROSSCALL2] = true;
		if (name.underscore)
			note_underscored(c, &names, name.text);
		needs_note(c, name.text);
	}
	for (size_t i = 0; i < COUNT(proofs); i++)
		names.n_proofs += names.proof[i];
	return names;
}

/* No name tells: weigh what a C linker leaves in the headers. */
static void judge_traces(struct check *c, const char *reason)
{
	bool traces = c->has_tls || c->has_interp || c->has_dynamic;
	struct elfcheck_finding *f;

	f = finding_add(c, traces ? ELFCHECK_CGO_SUSPECTED : ELFCHECK_CGO_UNKNOWN, "pclntab", c->names.start);
	evidence_text(f, reason);
	if (c->has_tls)
		evidence_word(f, "PT_TLS");
	if (c->has_interp)
		evidence_word(f, "PT_INTERP");
	if (c->has_dynamic)
		evidence_word(f, "PT_DYNAMIC");
	if (c->rt0.ptr)
		evidence_word(f, "linked by Go");
}

static void judge_names(struct check *c)
{
	struct names names = read_names(c);
	struct elfcheck_go *go = &c->report->go;
	struct elfcheck_finding *f;

	if (names.n_proofs >= 2 || go->n_packages > 0) {
		go->cgo = ELFCHECK_HAS_CGO_YES;
		f = finding_add(c, ELFCHECK_CGO_PRESENT, "pclntab", c->names.start);
		evidence_dec(f, names.n_proofs);
		evidence_text(f, " of 4 names of runtime/cgo");
	} else if (pclntab_is_absurd(&c->image, &c->names)) {
		evidence_text(finding_add(c, ELFCHECK_CGO_SUSPECTED, "pclntab", c->names.start), "names longer than the file");
	} else if (!names.runtime) {
		judge_traces(c, "names not Go's own");
	} else {
		go->cgo = ELFCHECK_HAS_CGO_NO;
		/* With the C linker, the program starts at C's entry point instead of Go's. */
		if (!c->rt0.ptr && !names.proof[TOPOFSTACK])
			finding_add(c, ELFCHECK_EXTERNAL_LINK_NO_CGO, "pclntab", c->names.start);
	}
}

void cgo_check(struct check *c)
{
	if (c->names_found == PCLNTAB_OWN)
		c->report->kind = ELFCHECK_KIND_GO;
	if (c->report->kind != ELFCHECK_KIND_GO)
		evidence_text(finding_add(c, ELFCHECK_NOT_GO, "pclntab", 0),
			      c->names_found == PCLNTAB_FOREIGN ? "it only carries a Go program" : "");
	else if (c->names_found == PCLNTAB_OWN)
		judge_names(c);
	else
		judge_traces(c, "no function table");
	if (c->names_found == PCLNTAB_OWN && !c->has_buildinfo)
		finding_add(c, ELFCHECK_NO_BUILDINFO, "go:buildinfo", 0);
	layer_done(c, 3);
}

void packages_check(struct check *c)
{
	const struct elfcheck_go *go = &c->report->go;
	struct elfcheck_text setting = setting_find(c, "CGO_ENABLED");
	char path[ELFCHECK_EVIDENCE];
	bool says_yes = text_is(setting, "1"), says_no = text_is(setting, "0");
	struct elfcheck_finding *f;

	if (go->cgo == ELFCHECK_HAS_CGO_UNKNOWN)
		return;
	if (go->n_packages > 0) {
		f = finding_add(c, ELFCHECK_CGO_PACKAGE, "pclntab", c->names.start);
		for (size_t i = 0; i < go->n_packages && !evidence_full(f); i++) {
			size_t n = elfcheck_import_path(go->packages[i], path, sizeof(path));

			evidence_item(f, (struct elfcheck_text){ path, n });
		}
	}
	if ((says_yes && go->cgo == ELFCHECK_HAS_CGO_NO) || (says_no && (go->cgo == ELFCHECK_HAS_CGO_YES || c->has_interp))) {
		f = finding_add(c, ELFCHECK_CGO_SETTING_DIFFERS, "go:buildinfo", 0);
		evidence_text(f, says_yes ? "CGO_ENABLED=1, no C inside" : "CGO_ENABLED=0, but not static");
	}
	layer_done(c, 6);
}
