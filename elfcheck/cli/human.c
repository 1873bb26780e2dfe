/* SPDX-License-Identifier: MIT */
/* Owns the report for people: verdict first, a line per layer, then what was found, at most one screen. */
#include "cli.h"

#include <stdio.h>

struct style {
	const char *good, *bad, *warn, *dim, *end;
};

static const struct style plain = { "", "", "", "", "" };
static const struct style coloured = { "\033[32m", "\033[31m", "\033[33m", "\033[2m", "\033[0m" };

static const char *status_style(const struct style *style, enum elfcheck_status status)
{
	switch (status) {
	case ELFCHECK_PASSED:
		return style->good;
	case ELFCHECK_WARNED:
		return style->warn;
	case ELFCHECK_FAILED:
		return style->bad;
	default:
		return style->dim;
	}
}

/* The file's own bytes must not steer the terminal. */
static void print_text(struct elfcheck_text text)
{
	if (text.ptr)
		printf(", ");
	for (size_t i = 0; i < text.len; i++)
		putchar(text.ptr[i] >= 0x20 && text.ptr[i] < 0x7f ? text.ptr[i] : '?');
}

static void print_go(const struct elfcheck_go *go)
{
	print_text(go->version);
	print_text(go->path);
	if (go->cgo != ELFCHECK_HAS_CGO_UNKNOWN)
		printf(", %s", go->cgo == ELFCHECK_HAS_CGO_YES ? "with cgo" : "no cgo");
}

/* Three lines, so that what a file can be refused for fits on one screen. */
static void print_finding(const struct style *style, const struct elfcheck_finding *finding)
{
	const struct elfcheck_slug_info *info = elfcheck_slug_info(finding->slug);
	bool fail = finding->severity == ELFCHECK_FAIL;

	printf("\n  %s%s%s  %s: %s%s%s [%s at 0x%llx]\n", fail ? style->bad : style->warn,
	       elfcheck_severity_name(finding->severity), style->end, info->name, info->what,
	       finding->evidence[0] ? ": " : "", finding->evidence, finding->field, (unsigned long long)finding->offset);
	printf("        %s\n        to rebuild: %s\n", info->why, info->remedy);
}

void print_human(const char *path, const struct elfcheck_report *report, bool colour)
{
	const struct style *style = colour ? &coloured : &plain;

	printf("%s%s%s  %s\n", report->pass ? style->good : style->bad, report->pass ? "PASS" : "FAIL", style->end,
	       path);
	printf("      %s, %s", elfcheck_kind_name(report->kind), elfcheck_machine_name(report->elf.machine));
	print_go(&report->go);
	printf("\n");
	for (int layer = 1; layer <= ELFCHECK_LAYERS; layer++)
		printf("  %s%s%s  %d %s\n", status_style(style, report->layers[layer]),
		       elfcheck_status_name(report->layers[layer]), style->end, layer, elfcheck_layer_name(layer));
	for (size_t i = 0; i < report->n_findings; i++)
		if (report->findings[i].severity > ELFCHECK_INFO)
			print_finding(style, &report->findings[i]);
	for (size_t i = 0; i < report->n_findings; i++)
		if (report->findings[i].severity == ELFCHECK_INFO)
			printf("  %snote  %s%s%s%s\n", style->dim, elfcheck_slug_info(report->findings[i].slug)->name,
			       report->findings[i].evidence[0] ? ": " : "", report->findings[i].evidence, style->end);
	if (report->n_findings_lost > 0)
		printf("  and %zu more\n", report->n_findings_lost);
}
