/* SPDX-License-Identifier: MIT */
/* See invariants.h. Headers are read by code of its own, so that the checker's reader is not asked about itself. */
#include "invariants.h"

#include "elfcheck/json.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

static bool is_allowed(const struct run *run, enum elfcheck_slug slug)
{
	return run->allow.bits[slug / 64] >> slug % 64 & 1;
}

static enum elfcheck_status status_of(enum elfcheck_severity severity)
{
	return severity == ELFCHECK_FAIL ? ELFCHECK_FAILED : severity == ELFCHECK_WARN ? ELFCHECK_WARNED : ELFCHECK_PASSED;
}

/* Printable ASCII up to a NUL within `size`. */
static bool is_line(const char *s, size_t size)
{
	size_t n = strnlen(s, size);

	for (size_t i = 0; i < n; i++)
		if (s[i] < 0x20 || s[i] > 0x7e)
			return false;
	return n < size;
}

static const char *broken_finding(const struct run *run, const struct elfcheck_finding *f)
{
	enum elfcheck_severity own;

	if (f->slug >= ELFCHECK_SLUGS)
		return "slug out of range";
	own = elfcheck_slug_info(f->slug)->severity;
	if (is_allowed(run, f->slug) && f->severity != ELFCHECK_INFO)
		return "severity of an allowed slug";
	if (!is_allowed(run, f->slug) && f->severity != own &&
	    (run->profile == ELFCHECK_GO_STATIC || f->severity != ELFCHECK_INFO))
		return "severity is not the slug's";
	if (!f->field || !f->field[0] || !is_line(f->field, 64))
		return "field";
	if (!is_line(f->evidence, sizeof(f->evidence)))
		return "evidence";
	return f->offset > run->size ? "offset outside the file" : NULL;
}

static const char *broken_verdict(const struct elfcheck_report *r)
{
	enum elfcheck_status worst[ELFCHECK_LAYERS + 1] = { ELFCHECK_SKIPPED };
	bool failed = false;

	for (size_t i = 0; i < r->n_findings; i++) {
		int layer = elfcheck_slug_info(r->findings[i].slug)->layer;
		enum elfcheck_status status = status_of(r->findings[i].severity);

		if (worst[layer] < status)
			worst[layer] = status;
	}
	if (r->layers[0] != ELFCHECK_SKIPPED)
		return "layer 0";
	for (int layer = 1; layer <= ELFCHECK_LAYERS; layer++) {
		enum elfcheck_status status = r->layers[layer];

		failed |= status == ELFCHECK_FAILED;
		if (status > ELFCHECK_FAILED || status < worst[layer])
			return "layer better than its findings";
		if (r->n_findings_lost == 0 && status > ELFCHECK_PASSED && status != worst[layer])
			return "layer worse than its findings";
	}
	return r->pass == failed ? "verdict" : NULL;
}

static bool is_inside(const struct run *run, struct elfcheck_text text)
{
	uintptr_t start = (uintptr_t)run->image, at = (uintptr_t)text.ptr;

	if (!text.ptr)
		return text.len == 0;
	return at >= start && at - start <= run->size && text.len <= run->size - (at - start);
}

static bool is_zero(const void *bytes, size_t n)
{
	const unsigned char *s = bytes;

	return n == 0 || (s[0] == 0 && memcmp(s, s + 1, n - 1) == 0);
}

static const char *broken_elf(const struct run *run, const struct elfcheck_report *r)
{
	const struct elfcheck_elf *elf = &r->elf;
	size_t n = elf->n_needed < ELFCHECK_NEEDED ? elf->n_needed : ELFCHECK_NEEDED;

	if (r->kind == ELFCHECK_KIND_NOT_ELF && !is_zero(elf, sizeof(*elf)))
		return "ELF facts of a file that is not ELF";
	if (!is_inside(run, elf->interp) || (elf->interp.ptr && memchr(elf->interp.ptr, 0, elf->interp.len)))
		return "interp";
	for (size_t i = 0; i < n; i++)
		if (!is_inside(run, elf->needed[i]))
			return "needed";
	return is_zero(elf->needed + n, (ELFCHECK_NEEDED - n) * sizeof(elf->needed[0])) ? NULL : "needed beyond its number";
}

static const char *broken_go(const struct run *run, const struct elfcheck_report *r)
{
	const struct elfcheck_go *go = &r->go;

	if (r->kind > ELFCHECK_KIND_GO || go->version_source > ELFCHECK_VERSION_RUNTIME || go->cgo > ELFCHECK_HAS_CGO_YES)
		return "enumeration";
	if (r->kind != ELFCHECK_KIND_GO && !is_zero(go, sizeof(*go)))
		return "Go facts of a file that is not Go";
	if (!is_inside(run, go->version) || !is_inside(run, go->path))
		return "version or path";
	if ((go->version_source != ELFCHECK_VERSION_NONE) != (go->version.len > 0))
		return "version without a source, or the other way round";
	if (go->n_packages > ELFCHECK_PACKAGES || go->n_settings > ELFCHECK_SETTINGS)
		return "number of packages or settings";
	if (go->n_packages > 0 && go->cgo != ELFCHECK_HAS_CGO_YES)
		return "cgo packages without cgo";
	for (size_t i = 0; i < go->n_packages; i++)
		if (go->packages[i].len == 0 || !is_inside(run, go->packages[i]))
			return "package";
	for (size_t i = 0; i < go->n_settings; i++)
		if (!go->settings[i].key.ptr || !is_inside(run, go->settings[i].key) ||
		    !go->settings[i].value.ptr || !is_inside(run, go->settings[i].value))
			return "setting";
	return go->needs >> ELFCHECK_NEEDS ? "needs" : NULL;
}

const char *run_check(const struct run *run, struct elfcheck_report *ret_report)
{
	const char *broken = NULL;
	bool pass;

	/* What elfcheck() leaves unwritten must not look like something. */
	memset(ret_report, 0xa5, sizeof(*ret_report));
	pass = elfcheck(run->image, run->size, &run->target, run->profile, &run->allow, ret_report);
	if (pass != ret_report->pass)
		return "return value";
	if (ret_report->n_findings > ELFCHECK_FINDINGS ||
	    (ret_report->n_findings_lost > 0 && ret_report->n_findings < ELFCHECK_FINDINGS))
		return "number of findings";
	for (size_t i = 0; !broken && i < ret_report->n_findings; i++)
		broken = broken_finding(run, &ret_report->findings[i]);
	if (!broken)
		broken = broken_verdict(ret_report);
	if (!broken)
		broken = broken_elf(run, ret_report);
	return broken ? broken : broken_go(run, ret_report);
}

/* Follows JSON as it is written (RFC 8259): what is open, and whether strings hold UTF-8 and no control character. */
struct listener {
	unsigned char lead; /* what the last byte asks of the next one of its sequence */
	unsigned left;      /* bytes that the sequence still needs */
	unsigned depth;     /* brackets that are open */
	bool inside, escaped, bad;
};

/* Overlong forms, surrogates and what is beyond U+10FFFF show in the second byte (RFC 3629). */
static void hear_second(struct listener *l, unsigned char c)
{
	unsigned char low = l->lead == 0xe0 ? 0xa0 : l->lead == 0xf0 ? 0x90 : 0x80;
	unsigned char high = l->lead == 0xed ? 0x9f : l->lead == 0xf4 ? 0x8f : 0xbf;

	l->bad |= c < low || c > high;
	l->lead = 0;
	l->left--;
}

static void hear_byte(struct listener *l, unsigned char c)
{
	if (l->left > 0) {
		hear_second(l, c);
	} else if (c >= 0x80) {
		l->bad |= !l->inside || c < 0xc2 || c > 0xf4;
		l->lead = c;
		l->left = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
	} else if (l->inside) {
		l->bad |= c < 0x20 || c == 0x7f;
		l->inside = c != '"' || l->escaped;
		l->escaped = c == '\\' && !l->escaped;
	} else if (c == '"') {
		l->inside = true;
	} else if (c == '{' || c == '[') {
		l->depth++;
	} else if (c == '}' || c == ']') {
		l->bad |= l->depth-- == 0;
	} else {
		l->bad |= !strchr(",:-0123456789truefalsn", c);
	}
}

static void hear(void *ctx, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hear_byte(ctx, (unsigned char)bytes[i]);
}

static void write_text(struct json *json, const char *key, struct elfcheck_text text)
{
	json_bytes(json, key, text.ptr, text.len);
}

static void write_finding(struct json *json, const struct elfcheck_finding *f)
{
	const struct elfcheck_slug_info *info = elfcheck_slug_info(f->slug);

	json_open(json, NULL, '{');
	json_string(json, "slug", info->name);
	json_string(json, "layer", elfcheck_layer_name(info->layer));
	json_string(json, "severity", elfcheck_severity_name(f->severity));
	json_int(json, "offset", (int64_t)f->offset);
	json_string(json, "evidence", f->evidence);
	json_close(json, '}');
}

/* All that a report holds, and some bytes of the file. */
static void write_report(struct json *json, const struct run *run, const struct elfcheck_report *r)
{
	char path[64];

	json_open(json, NULL, '{');
	json_bytes(json, "file", (const char *)run->image, run->size < 512 ? run->size : 512);
	json_bool(json, "pass", r->pass);
	json_string(json, "kind", elfcheck_kind_name(r->kind));
	json_string(json, "machine", elfcheck_machine_name(r->elf.machine));
	write_text(json, "interp", r->elf.interp);
	write_text(json, "version", r->go.version);
	for (enum elfcheck_need need = 0; need < ELFCHECK_NEEDS; need++)
		json_int(json, elfcheck_need_name(need), r->go.needs >> need & 1 ? INT64_MAX : INT64_MIN);
	for (enum elfcheck_feature feature = 0; feature < ELFCHECK_FEATURES; feature++)
		json_null(json, elfcheck_feature_option(feature));
	for (size_t i = 0; i < r->go.n_packages; i++)
		json_bytes(json, "package", path, elfcheck_import_path(r->go.packages[i], path, sizeof(path)));
	for (size_t i = 0; i < r->go.n_settings; i++)
		write_text(json, "setting", r->go.settings[i].value);
	json_open(json, "layers", '[');
	for (int layer = 0; layer <= ELFCHECK_LAYERS; layer++)
		json_string(json, NULL, elfcheck_status_name(r->layers[layer]));
	json_close(json, ']');
	json_open(json, "findings", '[');
	for (size_t i = 0; i < r->n_findings; i++)
		write_finding(json, &r->findings[i]);
	json_close(json, ']');
	json_close(json, '}');
}

static const char *broken_words(const struct run *run, const struct elfcheck_report *r)
{
	struct listener listener = { .left = 0 };
	struct json json = { .put = hear, .ctx = &listener };

	for (size_t i = 0; i < r->n_findings; i++) {
		const char *name = elfcheck_slug_info(r->findings[i].slug)->name;

		if (elfcheck_slug_find(name, strlen(name)) != r->findings[i].slug)
			return "a slug is not found by its name";
	}
	write_report(&json, run, r);
	return listener.bad || listener.inside || listener.left > 0 || listener.depth > 0 ? "JSON" : NULL;
}

/* The profile and the allow-list change what a finding weighs, never what is found. */
static const char *broken_profile(const struct run *run, const struct elfcheck_report *report)
{
	static struct elfcheck_report other;
	struct run strict = *run;
	const char *broken;

	strict.profile = ELFCHECK_GO_STATIC;
	strict.allow = (struct elfcheck_allow){ .bits = { 0 } };
	broken = run_check(&strict, &other);
	if (broken)
		return broken;
	if (other.pass && !report->pass)
		return "a looser profile refuses";
	if (other.n_findings != report->n_findings || other.n_findings_lost != report->n_findings_lost)
		return "findings differ between profiles";
	for (size_t i = 0; i < other.n_findings; i++)
		if (other.findings[i].slug != report->findings[i].slug ||
		    other.findings[i].offset != report->findings[i].offset ||
		    strcmp(other.findings[i].evidence, report->findings[i].evidence) != 0)
			return "findings differ between profiles";
	return NULL;
}

const char *run_check_again(const struct run *run, struct elfcheck_report *ret_report)
{
	static struct elfcheck_report again;
	const char *broken = run_check(run, ret_report);

	if (broken)
		return broken;
	elfcheck(run->image, run->size, &run->target, run->profile, &run->allow, &again);
	if (memcmp(&again, ret_report, sizeof(again)) != 0)
		return "the same file, another report";
	broken = broken_profile(run, ret_report);
	return broken ? broken : broken_words(run, ret_report);
}

/* A number of the file; the caller knows that it is inside. */
static uint64_t number(const unsigned char *at, size_t width, bool big)
{
	uint64_t value = 0;

	for (size_t i = 0; i < width; i++)
		value |= (uint64_t)at[big ? width - 1 - i : i] << 8 * i;
	return value;
}

#define FIELD(base, type, field)                                                                          \
	(is64 ? number((base) + offsetof(Elf64_##type, field), sizeof(((Elf64_##type *)0)->field), big)  \
	      : number((base) + offsetof(Elf32_##type, field), sizeof(((Elf32_##type *)0)->field), big))

static bool is_64(const struct run *run)
{
	return run->image[EI_CLASS] == ELFCLASS64;
}

/* 0: the file is shorter. */
static size_t header_size(const struct run *run)
{
	size_t size = run->size > EI_CLASS && is_64(run) ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);

	return run->size < size ? 0 : size;
}

bool run_header_is_free(const struct run *run)
{
	size_t header = header_size(run);
	bool is64 = header && is_64(run), big = header && run->image[EI_DATA] == ELFDATA2MSB;
	size_t step = is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	uint64_t at, n;

	if (header == 0)
		return false;
	at = FIELD(run->image, Ehdr, e_phoff);
	n = FIELD(run->image, Ehdr, e_phnum);
	if (at < header)
		return false;
	for (; n > 0 && at <= run->size && step <= run->size - at; n--, at += step)
		if (FIELD(run->image + at, Phdr, p_offset) < header && FIELD(run->image + at, Phdr, p_filesz) > 0)
			return false;
	return true;
}

static void put_sections(unsigned char *image, bool is64, unsigned char value)
{
	if (is64) {
		memset(image + offsetof(Elf64_Ehdr, e_shoff), value, sizeof(Elf64_Off));
		memset(image + offsetof(Elf64_Ehdr, e_shentsize), value, 6);
	} else {
		memset(image + offsetof(Elf32_Ehdr, e_shoff), value, sizeof(Elf32_Off));
		memset(image + offsetof(Elf32_Ehdr, e_shentsize), value, 6);
	}
}

/* The same place in two images, or the same constant. */
static bool is_same_text(const struct run *a, struct elfcheck_text x, const struct run *b, struct elfcheck_text y)
{
	if (!x.ptr || !y.ptr)
		return x.ptr == y.ptr;
	return x.len == y.len && x.ptr - (const char *)a->image == y.ptr - (const char *)b->image;
}

static bool is_same(const struct run *a, const struct elfcheck_report *x, const struct run *b,
		    const struct elfcheck_report *y)
{
	bool same = x->pass == y->pass && x->kind == y->kind && !memcmp(x->layers, y->layers, sizeof(x->layers)) &&
		    x->n_findings == y->n_findings && x->n_findings_lost == y->n_findings_lost &&
		    !memcmp(x->findings, y->findings, sizeof(x->findings)) && x->elf.type == y->elf.type &&
		    x->elf.machine == y->elf.machine && x->elf.class == y->elf.class && x->elf.data == y->elf.data &&
		    x->elf.flags == y->elf.flags && x->elf.n_needed == y->elf.n_needed && x->go.cgo == y->go.cgo &&
		    x->go.version_source == y->go.version_source && x->go.needs == y->go.needs &&
		    x->go.n_packages == y->go.n_packages && x->go.n_settings == y->go.n_settings;

	same = same && is_same_text(a, x->elf.interp, b, y->elf.interp) && is_same_text(a, x->go.version, b, y->go.version) &&
	       is_same_text(a, x->go.path, b, y->go.path);
	for (size_t i = 0; same && i < ELFCHECK_NEEDED; i++)
		same = is_same_text(a, x->elf.needed[i], b, y->elf.needed[i]);
	for (size_t i = 0; same && i < x->go.n_packages; i++)
		same = is_same_text(a, x->go.packages[i], b, y->go.packages[i]);
	for (size_t i = 0; same && i < x->go.n_settings; i++)
		same = is_same_text(a, x->go.settings[i].key, b, y->go.settings[i].key) &&
		       is_same_text(a, x->go.settings[i].value, b, y->go.settings[i].value);
	return same;
}

const char *run_check_sections(const struct run *run, const struct elfcheck_report *report)
{
	static const unsigned char values[] = { 0x00, 0x01, 0xff };
	static struct elfcheck_report other;
	struct run changed = *run;
	const char *broken = NULL;
	unsigned char *copy;

	if (header_size(run) == 0)
		return NULL;
	copy = malloc(run->size);
	if (!copy)
		abort();
	memcpy(copy, run->image, run->size);
	changed.image = copy;
	for (size_t i = 0; !broken && i < sizeof(values); i++) {
		put_sections(copy, is_64(run), values[i]);
		broken = run_check(&changed, &other);
		if (!broken && !is_same(run, report, &changed, &other))
			broken = "section headers were read";
	}
	free(copy);
	return broken;
}
