/* SPDX-License-Identifier: MIT */
/*
 * The settings of an init that was built without its rescue shell (RESCUE=0).
 * links: init/util.c elfcheck/names.c elfcheck/text.c
 */
#undef INITGATE_RESCUE
#define INITGATE_RESCUE 0
#include "init/config.c"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static struct config config;

/* Takes the file's text, and says what was wrong with it; "" when nothing was. */
static const char *problem_of(const char *text)
{
	static char copy[64];

	assert_true(strlen(text) < sizeof(copy));
	strcpy(copy, text);
	config_start(&config);
	config_parse(&config, CONFIG_FILE, copy, strlen(copy));
	assert_true(config.n_errors <= 1);
	return config.n_errors > 0 ? config.errors[0].problem : "";
}

static void shell_is_an_unknown_value(void **state)
{
	(void)state;
	assert_string_equal(problem_of("on_exit=shell"), "unknown value");
	assert_int_equal(config.on_exit, CONFIG_POWEROFF);
	assert_string_equal(problem_of("on_fail=shell"), "unknown value");
	assert_int_equal(config.on_fail, CONFIG_POWEROFF);
}

static void the_other_ends_are_there(void **state)
{
	static const struct choice ends[] = { { "poweroff", CONFIG_POWEROFF }, { "reboot", CONFIG_REBOOT },
					      { "halt", CONFIG_HALT }, { "panic", CONFIG_PANIC } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		char text[64] = "on_exit=";

		strcat(text, ends[i].name);
		assert_string_equal(problem_of(text), "");
		assert_int_equal(config.on_exit, ends[i].value);
		memcpy(text, "on_fail=", 8);
		assert_string_equal(problem_of(text), "");
		assert_int_equal(config.on_fail, ends[i].value);
	}
	assert_string_equal(problem_of("on_exit=restart"), "");
	assert_int_equal(config.on_exit, CONFIG_RESTART);
	assert_string_equal(problem_of("on_fail=restart"), "unknown value");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(shell_is_an_unknown_value),
		cmocka_unit_test(the_other_ends_are_there),
	};

	return cmocka_run_group_tests_name("config without rescue shell", tests, NULL, NULL);
}
