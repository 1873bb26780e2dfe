/* SPDX-License-Identifier: MIT */
/* Words inside the image: comparing them and reading numbers out of them. Pure, no knowledge of ELF or Go. */
#include "check.h"

#include <string.h>

bool text_is(struct elfcheck_text text, const char *s)
{
	return text.ptr && text.len == strlen(s) && memcmp(text.ptr, s, text.len) == 0;
}

bool text_starts(struct elfcheck_text text, const char *prefix)
{
	size_t n = strlen(prefix);

	return text.ptr && text.len >= n && memcmp(text.ptr, prefix, n) == 0;
}

bool text_ends(struct elfcheck_text text, const char *suffix)
{
	size_t n = strlen(suffix);

	return text.ptr && text.len >= n && memcmp(text.ptr + text.len - n, suffix, n) == 0;
}

bool text_number(struct elfcheck_text text, size_t *i, unsigned *ret_value)
{
	size_t start = *i;
	unsigned value = 0;

	for (; *i < text.len && text.ptr[*i] >= '0' && text.ptr[*i] <= '9'; (*i)++)
		value = value > 999 ? 9999 : value * 10 + (unsigned)(text.ptr[*i] - '0');
	*ret_value = value;
	return *i > start;
}
