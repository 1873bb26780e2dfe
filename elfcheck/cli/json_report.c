/* SPDX-License-Identifier: MIT */
/* Owns the report for programs: schema elfcheck/1, one object per file and line. */
#include "cli.h"
#include "elfcheck/json.h"

#include <elf.h>
#include <stdio.h>

static void put(void *ctx, const char *bytes, size_t n)
{
	fwrite(bytes, 1, n, ctx);
}

static void json_text(struct json *json, const char *key, struct elfcheck_text text)
{
	json_bytes(json, key, text.ptr, text.len);
}

/* A key of foreign origin: written as a string first, so that it is escaped, then made a key by its colon. */
static void print_setting(struct json *json, const struct elfcheck_setting *setting)
{
	static char value[65536];

	json_text(json, NULL, setting->key);
	json->put(json->ctx, ":", 1);
	json->comma = false;
	json_bytes(json, NULL, value, go_unquote(setting->value, value, sizeof(value)));
}

static void print_go(struct json *json, const struct elfcheck_go *go)
{
	static const char *const sources[] = { "none", "buildinfo", "runtime" };
	char path[4096];

	json_open(json, "go", '{');
	json_text(json, "version", go->version);
	json_string(json, "version_source", sources[go->version_source]);
	json_text(json, "path", go->path);
	if (go->cgo == ELFCHECK_HAS_CGO_UNKNOWN)
		json_null(json, "cgo");
	else
		json_bool(json, "cgo", go->cgo == ELFCHECK_HAS_CGO_YES);
	json_open(json, "cgo_packages", '[');
	for (size_t i = 0; i < go->n_packages; i++)
		json_bytes(json, NULL, path, elfcheck_import_path(go->packages[i], path, sizeof(path)));
	json_close(json, ']');
	json_open(json, "settings", '{');
	for (size_t i = 0; i < go->n_settings; i++)
		print_setting(json, &go->settings[i]);
	json_close(json, '}');
	json_open(json, "needs", '[');
	for (enum elfcheck_need need = 0; need < ELFCHECK_NEEDS; need++)
		if (go->needs >> need & 1)
			json_string(json, NULL, elfcheck_need_name(need));
	json_close(json, ']');
	json_close(json, '}');
}

static void print_elf(struct json *json, const struct elfcheck_elf *elf)
{
	static const char *const types[] = { "NONE", "REL", "EXEC", "DYN", "CORE" };
	char text[16];

	json_open(json, "elf", '{');
	snprintf(text, sizeof(text), "%u", elf->type);
	json_string(json, "type", elf->type < sizeof(types) / sizeof(types[0]) ? types[elf->type] : text);
	json_int(json, "class", elf->class == ELFCLASS64 ? 64 : elf->class == ELFCLASS32 ? 32 : 0);
	json_string(json, "data", elf->data == ELFDATA2LSB ? "little" : elf->data == ELFDATA2MSB ? "big" : NULL);
	snprintf(text, sizeof(text), "0x%x", elf->flags);
	json_string(json, "flags", text);
	json_text(json, "interp", elf->interp);
	json_open(json, "needed", '[');
	for (size_t i = 0; i < elf->n_needed && i < ELFCHECK_NEEDED; i++)
		json_text(json, NULL, elf->needed[i]);
	json_close(json, ']');
	json_close(json, '}');
}

static void print_layers(struct json *json, const struct elfcheck_report *report)
{
	json_open(json, "layers", '[');
	for (int layer = 1; layer <= ELFCHECK_LAYERS; layer++) {
		json_open(json, NULL, '{');
		json_int(json, "layer", layer);
		json_string(json, "name", elfcheck_layer_name(layer));
		json_string(json, "status", elfcheck_status_name(report->layers[layer]));
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void print_findings(struct json *json, const struct elfcheck_report *report)
{
	json_open(json, "findings", '[');
	for (size_t i = 0; i < report->n_findings; i++) {
		const struct elfcheck_finding *finding = &report->findings[i];
		const struct elfcheck_slug_info *info = elfcheck_slug_info(finding->slug);

		json_open(json, NULL, '{');
		json_int(json, "layer", info->layer);
		json_string(json, "slug", info->name);
		json_string(json, "severity", elfcheck_severity_name(finding->severity));
		json_string(json, "field", finding->field);
		json_int(json, "offset", (int64_t)finding->offset);
		json_string(json, "evidence", finding->evidence);
		json_string(json, "message", info->what);
		json_string(json, "remedy", info->remedy);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void print_json(const char *path, const struct elfcheck_report *report)
{
	struct json json = { .put = put, .ctx = stdout };

	json_open(&json, NULL, '{');
	json_string(&json, "schema", "elfcheck/1");
	json_string(&json, "file", path);
	json_string(&json, "verdict", report->pass ? "pass" : "fail");
	json_string(&json, "kind", elfcheck_kind_name(report->kind));
	json_string(&json, "machine", elfcheck_machine_name(report->elf.machine));
	print_elf(&json, &report->elf);
	print_go(&json, &report->go);
	print_layers(&json, report);
	print_findings(&json, report);
	json_close(&json, '}');
	putchar('\n');
}
