/* SPDX-License-Identifier: MIT */
/* Words inside the image: comparing them and reading numbers out of them. Pure, no knowledge of ELF or Go. */
#include "check.h"

bool text_number(struct elfcheck_text text, size_t *i, unsigned *ret_value)
{
	size_t start = *i;
	unsigned value = 0;

	for (; *i < text.len && text.ptr[*i] >= '0' && text.ptr[*i] <= '9'; (*i)++)
		value = value > 999 ? 9999 : value * 10 + (unsigned)(text.ptr[*i] - '0');
	*ret_value = value;
	return *i > start;
}

/* -1 when it is none. */
static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t elfcheck_import_path(struct elfcheck_text package, char *to, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < package.len && n < room; i++) {
		const char *s = package.ptr + i;

		if (package.len - i > 2 && *s == '%' && hex_digit(s[1]) >= 0 && hex_digit(s[2]) >= 0) {
			to[n++] = (char)(hex_digit(s[1]) * 16 + hex_digit(s[2]));
			i += 2;
		} else {
			to[n++] = *s;
		}
	}
	return n;
}
