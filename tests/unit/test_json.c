/* SPDX-License-Identifier: MIT */
/*
 * The JSON writer, compared with texts written by hand after RFC 8259 and RFC 3629.
 * links: elfcheck/json.c
 */
#include "elfcheck/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static struct {
	size_t length;
	char text[1024];
} out;

static void put(void *ctx, const char *bytes, size_t n)
{
	assert_ptr_equal(ctx, &out);
	assert_true(n < sizeof(out.text) - out.length);
	memcpy(out.text + out.length, bytes, n);
	out.length += n;
	out.text[out.length] = '\0';
}

static struct json start(void)
{
	memset(&out, 0, sizeof(out));
	return (struct json){ .put = put, .ctx = &out };
}

/* The bytes as the only value of a text, in memory that ends with them. */
static void assert_bytes(const char *bytes, size_t n, const char *expected)
{
	struct json j = start();
	char *copy = malloc(n + (n == 0));

	assert_non_null(copy);
	memcpy(copy, bytes, n);
	json_bytes(&j, NULL, copy, n);
	free(copy);
	assert_string_equal(out.text, expected);
	assert_int_equal(out.length, strlen(expected));
}

static void test_commas_in_objects(void **state)
{
	struct json j = start();

	(void)state;
	json_open(&j, NULL, '{');
	json_string(&j, "a", "x");
	json_int(&j, "b", 7);
	json_bool(&j, "c", true);
	json_bool(&j, "d", false);
	json_null(&j, "e");
	json_bytes(&j, "f", "xyz", 2);
	json_close(&j, '}');
	assert_string_equal(out.text, "{\"a\":\"x\",\"b\":7,\"c\":true,\"d\":false,\"e\":null,\"f\":\"xy\"}");
}

static void test_commas_in_arrays(void **state)
{
	struct json j = start();

	(void)state;
	json_open(&j, NULL, '[');
	json_int(&j, NULL, 1);
	json_string(&j, NULL, "x");
	json_null(&j, NULL);
	json_bool(&j, NULL, true);
	json_close(&j, ']');
	assert_string_equal(out.text, "[1,\"x\",null,true]");
}

static void test_nesting(void **state)
{
	struct json j = start();

	(void)state;
	json_open(&j, NULL, '{');
	json_open(&j, "list", '[');
	for (int i = 0; i < 2; i++) {
		json_open(&j, NULL, '{');
		json_int(&j, "i", i);
		json_open(&j, "deep", '[');
		json_open(&j, NULL, '[');
		json_close(&j, ']');
		json_close(&j, ']');
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_int(&j, "after", 1);
	json_close(&j, '}');
	assert_string_equal(out.text,
			    "{\"list\":[{\"i\":0,\"deep\":[[]]},{\"i\":1,\"deep\":[[]]}],\"after\":1}");
}

static void test_empty_containers(void **state)
{
	struct json j = start();

	(void)state;
	json_open(&j, NULL, '[');
	json_open(&j, NULL, '{');
	json_close(&j, '}');
	json_open(&j, NULL, '[');
	json_close(&j, ']');
	json_open(&j, NULL, '{');
	json_close(&j, '}');
	json_close(&j, ']');
	assert_string_equal(out.text, "[{},[],{}]");
}

static void test_value_at_top(void **state)
{
	struct json j = start();

	(void)state;
	json_int(&j, NULL, -3);
	assert_string_equal(out.text, "-3");
}

static void test_integers(void **state)
{
	static const struct {
		int64_t value;
		const char *text;
	} rows[] = {
		{ 0, "0" }, { 1, "1" }, { -1, "-1" }, { 9, "9" }, { 10, "10" }, { -10, "-10" },
		{ 4294967296, "4294967296" },
		{ INT64_MAX, "9223372036854775807" },
		{ INT64_MIN, "-9223372036854775808" },
		{ INT64_MIN + 1, "-9223372036854775807" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json j = start();

		json_int(&j, NULL, rows[i].value);
		assert_string_equal(out.text, rows[i].text);
	}
}

static void test_null_strings(void **state)
{
	struct json j = start();

	(void)state;
	json_open(&j, NULL, '{');
	json_string(&j, "a", NULL);
	json_bytes(&j, "b", NULL, 0);
	json_string(&j, "c", "");
	json_bytes(&j, "d", "", 0);
	json_close(&j, '}');
	assert_string_equal(out.text, "{\"a\":null,\"b\":null,\"c\":\"\",\"d\":\"\"}");
}

static void test_quotes_and_backslashes(void **state)
{
	(void)state;
	assert_bytes("\"", 1, "\"\\u0022\"");
	assert_bytes("\\", 1, "\"\\u005c\"");
	assert_bytes("a\"b\\c", 5, "\"a\\u0022b\\u005cc\"");
	assert_bytes("\\\\\"", 3, "\"\\u005c\\u005c\\u0022\"");
	assert_bytes("/", 1, "\"/\"");
}

static void test_control_bytes(void **state)
{
	static const char hex[] = "0123456789abcdef";

	(void)state;
	for (unsigned int c = 0; c < 0x20; c++) {
		char byte = (char)c, expected[] = "\"\\u00__\"";

		expected[5] = hex[c >> 4];
		expected[6] = hex[c & 15];
		assert_bytes(&byte, 1, expected);
	}
	assert_bytes("\x7f", 1, "\"\\u007f\"");
	assert_bytes("a\0b", 3, "\"a\\u0000b\"");
	assert_bytes("a\n", 2, "\"a\\u000a\"");
	assert_bytes(" ~", 2, "\" ~\"");
}

/* The first and the last character of each length, and the neighbours of the surrogates. */
static void test_valid_utf8(void **state)
{
	static const char *const texts[] = {
		"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf0\x9f\x98\x80", "\xf3\xbf\xbf\xbf", "\xf4\x8f\xbf\xbf",
		"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char expected[32] = "\"";

		strcat(expected, texts[i]);
		strcat(expected, "\"");
		assert_bytes(texts[i], strlen(texts[i]), expected);
	}
}

static void test_invalid_utf8(void **state)
{
	(void)state;
	assert_bytes("\x80", 1, "\"\\u0080\"");
	assert_bytes("\xff\xfe", 2, "\"\\u00ff\\u00fe\"");
	assert_bytes("\xc3", 1, "\"\\u00c3\"");
	assert_bytes("\xc3(", 2, "\"\\u00c3(\"");
	assert_bytes("\xe2\x82", 2, "\"\\u00e2\\u0082\"");
	assert_bytes("\xe2\x82z", 3, "\"\\u00e2\\u0082z\"");
	assert_bytes("\xf0\x9f\x98", 3, "\"\\u00f0\\u009f\\u0098\"");
	assert_bytes("\xc3\xc3\xa4", 3, "\"\\u00c3\xc3\xa4\"");
	assert_bytes("\xc3\"", 2, "\"\\u00c3\\u0022\"");
	assert_bytes("a\xf8\x88\x80\x80\x80z", 7, "\"a\\u00f8\\u0088\\u0080\\u0080\\u0080z\"");
}

static void test_overlong_utf8(void **state)
{
	(void)state;
	assert_bytes("\xc0\x80", 2, "\"\\u00c0\\u0080\"");
	assert_bytes("\xc1\xbf", 2, "\"\\u00c1\\u00bf\"");
	assert_bytes("\xe0\x9f\xbf", 3, "\"\\u00e0\\u009f\\u00bf\"");
	assert_bytes("\xf0\x8f\xbf\xbf", 4, "\"\\u00f0\\u008f\\u00bf\\u00bf\"");
}

static void test_surrogates_and_beyond(void **state)
{
	(void)state;
	assert_bytes("\xed\xa0\x80", 3, "\"\\u00ed\\u00a0\\u0080\"");
	assert_bytes("\xed\xbf\xbf", 3, "\"\\u00ed\\u00bf\\u00bf\"");
	assert_bytes("\xf4\x90\x80\x80", 4, "\"\\u00f4\\u0090\\u0080\\u0080\"");
	assert_bytes("\xf5\x80\x80\x80", 4, "\"\\u00f5\\u0080\\u0080\\u0080\"");
}

/* A character cut off by the length given is not read to its end. */
static void test_cut_character(void **state)
{
	struct json j = start();

	(void)state;
	json_bytes(&j, NULL, "a\xe2\x82\xac", 3);
	assert_string_equal(out.text, "\"a\\u00e2\\u0082\"");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commas_in_objects),
		cmocka_unit_test(test_commas_in_arrays),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_empty_containers),
		cmocka_unit_test(test_value_at_top),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_null_strings),
		cmocka_unit_test(test_quotes_and_backslashes),
		cmocka_unit_test(test_control_bytes),
		cmocka_unit_test(test_valid_utf8),
		cmocka_unit_test(test_invalid_utf8),
		cmocka_unit_test(test_overlong_utf8),
		cmocka_unit_test(test_surrogates_and_beyond),
		cmocka_unit_test(test_cut_character),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
