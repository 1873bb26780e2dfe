/* SPDX-License-Identifier: MIT */
/* Words inside the image: comparing them and reading numbers out of them. Pure, no knowledge of ELF or Go. */
#include "check.h"

size_t text_starts(struct elfcheck_text text, const char *prefix)
{
	size_t n = 0;

	while (n < text.len && prefix[n] && text.ptr[n] == prefix[n])
		n++;
	return prefix[n] ? 0 : n;
}

bool text_is(struct elfcheck_text text, const char *s)
{
	return text.len > 0 && text_starts(text, s) == text.len;
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
