/* SPDX-License-Identifier: MIT */
/*
 * Build settings whose value holds blanks, quotes or odd characters are Go string literals in the build information;
 * src/runtime/debug/mod.go writes and src/strconv/quote.go defines them.
 */
#include "cli.h"

#include <string.h>

struct output {
	char *to;
	size_t n, room;
};

static void put(struct output *output, unsigned long byte)
{
	if (output->n < output->room)
		output->to[output->n++] = (char)byte;
}

static void put_utf8(struct output *output, unsigned long rune)
{
	if (rune < 0x80) {
		put(output, rune);
		return;
	}
	if (rune >= 0x10000) {
		put(output, 0xf0 | (rune >> 18 & 7));
		put(output, 0x80 | (rune >> 12 & 63));
	} else if (rune >= 0x800) {
		put(output, 0xe0 | rune >> 12);
	}
	put(output, rune < 0x800 ? 0xc0 | rune >> 6 : 0x80 | (rune >> 6 & 63));
	put(output, 0x80 | (rune & 63));
}

/* `digits` digits at s in that base; false when there are fewer. */
static bool read_digits(const char *s, size_t left, size_t digits, unsigned base, unsigned long *ret_value)
{
	static const char all[] = "0123456789abcdef";

	*ret_value = 0;
	for (size_t i = 0; i < digits; i++) {
		const char *digit = i < left && s[i] ? strchr(all, s[i] >= 'A' && s[i] <= 'F' ? s[i] + 32 : s[i]) : NULL;

		if (!digit || (unsigned)(digit - all) >= base)
			return false;
		*ret_value = *ret_value * base + (unsigned long)(digit - all);
	}
	return true;
}

/* The escape whose letter is at s; returns how many bytes it takes, 0 when it is none. */
static size_t unescape(const char *s, size_t left, struct output *output)
{
	static const char letters[] = "abfnrtv\\\"'", meanings[] = "\a\b\f\n\r\t\v\\\"'";
	const char *letter = left > 0 && *s ? strchr(letters, *s) : NULL;
	size_t digits = left == 0 ? 0 : *s == 'x' ? 2 : *s == 'u' ? 4 : *s == 'U' ? 8 : 0;
	unsigned long value;

	if (letter) {
		put(output, (unsigned char)meanings[letter - letters]);
		return 1;
	}
	if (digits > 0 && read_digits(s + 1, left - 1, digits, 16, &value)) {
		if (digits == 2)
			put(output, value);
		else
			put_utf8(output, value);
		return 1 + digits;
	}
	if (read_digits(s, left, 3, 8, &value)) {
		put(output, value);
		return 3;
	}
	return 0;
}

size_t go_unquote(struct elfcheck_text text, char *to, size_t room)
{
	struct output output = { .to = to, .room = room };
	bool quoted = text.len >= 2 && text.ptr[0] == text.ptr[text.len - 1];
	bool raw = quoted && text.ptr[0] == '`', escaped = quoted && text.ptr[0] == '"';

	if (raw || escaped) {
		text.ptr++;
		text.len -= 2;
	}
	for (size_t i = 0; i < text.len; i++) {
		size_t n = escaped && text.ptr[i] == '\\' ? unescape(text.ptr + i + 1, text.len - i - 1, &output) : 0;

		if (n == 0)
			put(&output, (unsigned char)text.ptr[i]);
		i += n;
	}
	return output.n;
}
