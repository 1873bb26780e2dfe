/* SPDX-License-Identifier: MIT */
/* Owns the report for code-scanning viewers: SARIF 2.1.0, sections 3.13 to 3.52 of the OASIS standard. */
#include "cli.h"
#include "elfcheck/json.h"

#include <stdio.h>
#include <string.h>

static void put(void *ctx, const char *bytes, size_t n)
{
	fwrite(bytes, 1, n, ctx);
}

/* One document over all files: the writer's commas go on from one to the next. */
static struct json json;

static const char *level(enum elfcheck_severity severity)
{
	static const char *const names[] = {
		[ELFCHECK_INFO] = "note",
		[ELFCHECK_WARN] = "warning",
		[ELFCHECK_FAIL] = "error",
	};

	return names[severity];
}

static void text_object(const char *key, const char *text)
{
	json_open(&json, key, '{');
	json_string(&json, "text", text);
	json_close(&json, '}');
}

static void rule(enum elfcheck_slug slug)
{
	const struct elfcheck_slug_info *info = elfcheck_slug_info(slug);

	json_open(&json, NULL, '{');
	json_string(&json, "id", info->name);
	text_object("shortDescription", info->what);
	text_object("fullDescription", info->why);
	text_object("help", info->remedy);
	json_open(&json, "defaultConfiguration", '{');
	json_string(&json, "level", level(info->severity));
	json_close(&json, '}');
	json_close(&json, '}');
}

void sarif_begin(void)
{
	json = (struct json){ .put = put, .ctx = stdout };
	json_open(&json, NULL, '{');
	json_string(&json, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	json_string(&json, "version", "2.1.0");
	json_open(&json, "runs", '[');
	json_open(&json, NULL, '{');
	json_open(&json, "tool", '{');
	json_open(&json, "driver", '{');
	json_string(&json, "name", "elfcheck");
	json_string(&json, "version", INITGATE_VERSION);
	json_open(&json, "rules", '[');
	for (enum elfcheck_slug slug = 0; slug < ELFCHECK_SLUGS; slug++)
		rule(slug);
	json_close(&json, ']');
	json_close(&json, '}');
	json_close(&json, '}');
	json_string(&json, "columnKind", "utf16CodeUnits");
	json_open(&json, "results", '[');
}

/* A URI reference (RFC 3986): every byte that is not unreserved or a slash is escaped. */
static void print_uri(const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
	char uri[3 * 4096 + 1];
	size_t at = 0;

	for (; *path && at + 4 <= sizeof(uri); path++) {
		if (strchr(plain, *path))
			uri[at++] = *path;
		else
			at += (size_t)sprintf(uri + at, "%%%02X", (unsigned char)*path);
	}
	uri[at] = '\0';
	json_string(&json, "uri", uri);
}

static void location(const char *path, const struct elfcheck_finding *finding)
{
	json_open(&json, "locations", '[');
	json_open(&json, NULL, '{');
	json_open(&json, "physicalLocation", '{');
	json_open(&json, "artifactLocation", '{');
	print_uri(path);
	json_close(&json, '}');
	json_open(&json, "region", '{');
	json_int(&json, "byteOffset", (int64_t)finding->offset);
	json_int(&json, "byteLength", 0);
	json_close(&json, '}');
	json_close(&json, '}');
	json_close(&json, '}');
	json_close(&json, ']');
}

void print_sarif(const char *path, const struct elfcheck_report *report)
{
	for (size_t i = 0; i < report->n_findings; i++) {
		const struct elfcheck_finding *finding = &report->findings[i];
		const struct elfcheck_slug_info *info = elfcheck_slug_info(finding->slug);
		char message[512];

		snprintf(message, sizeof(message), "%s%s%s%s. %s. To rebuild: %s.", info->what,
			 finding->evidence[0] ? " (" : "", finding->evidence, finding->evidence[0] ? ")" : "",
			 info->why, info->remedy);
		json_open(&json, NULL, '{');
		json_string(&json, "ruleId", info->name);
		json_int(&json, "ruleIndex", finding->slug);
		json_string(&json, "level", level(finding->severity));
		text_object("message", message);
		location(path, finding);
		json_close(&json, '}');
	}
}

void sarif_end(void)
{
	json_close(&json, ']');
	json_close(&json, '}');
	json_close(&json, ']');
	json_close(&json, '}');
	putchar('\n');
}
