/* SPDX-License-Identifier: MIT */
/*
 * Go string literals as build information holds them, by the rules of the language (go.dev/ref/spec#String_literals).
 * links: elfcheck/cli/unquote.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "elfcheck/cli/cli.h"

#include <string.h>

static void assert_value(const char *literal, const char *value, size_t n)
{
	char to[64];
	size_t got = go_unquote((struct elfcheck_text){ literal, strlen(literal) }, to, sizeof(to));

	assert_int_equal(got, n);
	assert_memory_equal(to, value, n);
}

#define IS(literal, value) assert_value(literal, value, sizeof(value) - 1)

static void literals_have_the_value_that_go_gives_them(void **state)
{
	(void)state;
	IS("\"-s -w\"", "-s -w");
	IS("`a\\tb`", "a\\tb");
	IS("\"a\\tb\\\\c\\\"d\\n\"", "a\tb\\c\"d\n");
	IS("\"\\x00\\xff\\101\"", "\0\xff"
				      "A");
	IS("\"\\u00e9\\u20ac\\U0001f600\"", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}

static void other_text_stays(void **state)
{
	(void)state;
	IS("plain", "plain");
	IS("", "");
	IS("\"", "\"");
	IS("a\"b\"", "a\"b\"");
	IS("\"open", "\"open");
	IS("\"bad \\q \\x1 \\u12\"", "bad \\q \\x1 \\u12");
}

static void the_room_is_kept(void **state)
{
	char to[4] = "....";

	(void)state;
	assert_int_equal(go_unquote((struct elfcheck_text){ "\"\\u20acx\"", 9 }, to, 3), 3);
	assert_memory_equal(to, "\xe2\x82\xac.", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals_have_the_value_that_go_gives_them),
		cmocka_unit_test(other_text_stays),
		cmocka_unit_test(the_room_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
