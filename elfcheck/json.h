/* SPDX-License-Identifier: MIT */
/*
 * Writes JSON (RFC 8259) piece by piece into whatever the caller puts behind it. Used by the host
 * command and by PID 1; allocates nothing and keeps the commas right.
 */
#ifndef ELFCHECK_JSON_H
#define ELFCHECK_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
	void (*put)(void *ctx, const char *bytes, size_t n);
	void *ctx;
	bool comma; /* the next member needs one before it */
};

/*
 * Every function takes the member's key, or NULL inside an array and at the top. Keys are written as
 * they are: plain ASCII names only.
 */
void json_open(struct json *j, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json *j, char bracket);                 /* '}' or ']' */
void json_string(struct json *j, const char *key, const char *s);
/*
 * Any bytes: control characters and what is not UTF-8 become \u00XX, so that the result is valid
 * JSON; s may be NULL (written as null).
 */
void json_bytes(struct json *j, const char *key, const char *s, size_t n);
void json_int(struct json *j, const char *key, int64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

#endif
