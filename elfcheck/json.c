/* SPDX-License-Identifier: MIT */
/* The JSON writer; see json.h. Each value goes out as it comes, nothing is kept but the comma. */
#include "json.h"

#include <string.h>

static void put_text(struct json *j, const char *s)
{
	j->put(j->ctx, s, strlen(s));
}

#define PUT(j, literal) (j)->put((j)->ctx, literal, sizeof(literal) - 1)

static void begin(struct json *j, const char *key)
{
	if (!key) {
		if (j->comma)
			PUT(j, ",");
	} else {
		if (j->comma)
			PUT(j, ",\"");
		else
			PUT(j, "\"");
		put_text(j, key);
		PUT(j, "\":");
	}
	j->comma = true;
}

void json_open(struct json *j, const char *key, char bracket)
{
	begin(j, key);
	j->put(j->ctx, &bracket, 1);
	j->comma = false;
}

void json_close(struct json *j, char bracket)
{
	j->put(j->ctx, &bracket, 1);
	j->comma = true;
}

/* Most of what is written, and what stands for itself in a JSON text. */
static bool is_plain_ascii(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Length of the well-formed UTF-8 sequence of several bytes at s (RFC 3629), 0 when it is none. */
static size_t utf8_length(const unsigned char *s, size_t n)
{
	unsigned char lead = s[0], low = 0x80, high = 0xbf;
	size_t len = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;

	if (len == 0 || len > n)
		return 0;
	if (lead == 0xe0)
		low = 0xa0;
	else if (lead == 0xed)
		high = 0x9f;
	else if (lead == 0xf0)
		low = 0x90;
	else if (lead == 0xf4)
		high = 0x8f;
	for (size_t i = 1; i < len; i++) {
		if (s[i] < low || s[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return len;
}

static void put_escaped(struct json *j, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char out[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	j->put(j->ctx, out, sizeof(out));
}

void json_bytes(struct json *j, const char *key, const char *s, size_t n)
{
	size_t start = 0, i = 0;

	if (!s) {
		json_null(j, key);
		return;
	}
	begin(j, key);
	PUT(j, "\"");
	while (i < n) {
		unsigned char c = (unsigned char)s[i];
		size_t len = c < 0x80 ? is_plain_ascii(c) : utf8_length((const unsigned char *)s + i, n - i);

		if (len > 0) {
			i += len;
			continue;
		}
		j->put(j->ctx, s + start, i - start);
		put_escaped(j, (unsigned char)s[i]);
		start = ++i;
	}
	j->put(j->ctx, s + start, n - start);
	PUT(j, "\"");
}

void json_string(struct json *j, const char *key, const char *s)
{
	json_bytes(j, key, s, s ? strlen(s) : 0);
}

void json_int(struct json *j, const char *key, int64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

	begin(j, key);
	do
		digits[--at] = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0)
		digits[--at] = '-';
	j->put(j->ctx, digits + at, sizeof(digits) - at);
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin(j, key);
	put_text(j, value ? "true" : "false");
}

void json_null(struct json *j, const char *key)
{
	begin(j, key);
	put_text(j, "null");
}
