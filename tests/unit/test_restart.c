/* SPDX-License-Identifier: MIT */
/*
 * Whether and when a payload that ended runs again: every policy with every way to end, the delays, the cap, and what a
 * healthy run changes.
 * links: init/restart.c
 */
#include "init/restart.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SHORT_US 1000LL

static const struct outcome failed = { OUTCOME_EXITED, 1 };
static const struct outcome well = { OUTCOME_EXITED, 0 };
static const struct outcome refused = { OUTCOME_REFUSED, 0 };

static struct config settings(enum config_restart policy, int max, int delay_ms)
{
	return (struct config){ .restart = policy, .restart_max = max, .restart_delay_ms = delay_ms };
}

/* The outcomes, and whether on-failure and always want another run; `no` never does. */
static const struct {
	struct outcome outcome;
	bool on_failure, always;
} ways[] = {
	{ { OUTCOME_EXITED, 0 }, false, true },
	{ { OUTCOME_EXITED, 1 }, true, true },
	{ { OUTCOME_EXITED, 125 }, true, true }, /* the payload's own 125, and 127, are exit statuses like others */
	{ { OUTCOME_EXITED, 127 }, true, true },
	{ { OUTCOME_EXITED, 255 }, true, true },
	{ { OUTCOME_SIGNALED, 1 }, true, true },
	{ { OUTCOME_SIGNALED, 9 }, true, true },
	{ { OUTCOME_SIGNALED, 15 }, true, true },
	/* What did not run would not run the next time. */
	{ { OUTCOME_REFUSED, 0 }, false, false },
	{ { OUTCOME_REFUSED, 1 }, false, false },
	{ { OUTCOME_INIT_FAILED, 0 }, false, false },
	{ { OUTCOME_INIT_FAILED, 1 }, false, false },
	{ { OUTCOME_EXEC_FAILED, 126 }, false, false },
	{ { OUTCOME_EXEC_FAILED, 127 }, false, false },
};

static void assert_answer(const struct config *config, struct outcome outcome, bool wanted)
{
	int in_a_row = 0;

	assert_int_equal(restart_after(config, outcome, SHORT_US, &in_a_row), wanted ? 100 : RESTART_NO);
	assert_int_equal(in_a_row, wanted ? 1 : 0);
}

/* How the machine would end makes no difference, as long as it is the machine that ends. */
static void every_policy_with_every_outcome(void **state)
{
	static const enum config_end ends[] = {
		CONFIG_POWEROFF, CONFIG_REBOOT, CONFIG_HALT, CONFIG_PANIC, CONFIG_SHELL,
	};

	(void)state;
	for (size_t end = 0; end < COUNT(ends); end++) {
		struct config no = settings(CONFIG_RESTART_NO, 10, 100);
		struct config on_failure = settings(CONFIG_RESTART_ON_FAILURE, 10, 100);
		struct config always = settings(CONFIG_RESTART_ALWAYS, 10, 100);

		no.on_exit = on_failure.on_exit = always.on_exit = ends[end];
		for (size_t i = 0; i < COUNT(ways); i++) {
			assert_answer(&no, ways[i].outcome, false);
			assert_answer(&on_failure, ways[i].outcome, ways[i].on_failure);
			assert_answer(&always, ways[i].outcome, ways[i].always);
		}
	}
}

/* on_exit=restart is about every end of a run, whatever restart= says; what did not run is on_fail='s. */
static void on_exit_restart_with_every_outcome(void **state)
{
	(void)state;
	for (int policy = CONFIG_RESTART_NO; policy <= CONFIG_RESTART_ALWAYS; policy++) {
		struct config config = settings((enum config_restart)policy, 10, 100);

		config.on_exit = CONFIG_RESTART;
		for (size_t i = 0; i < COUNT(ways); i++)
			assert_answer(&config, ways[i].outcome, ways[i].always);
	}
}

/* on_fail= is about what did not run. */
static void on_fail_makes_no_difference(void **state)
{
	(void)state;
	for (int end = CONFIG_POWEROFF; end <= CONFIG_SHELL; end++) {
		struct config config = settings(CONFIG_RESTART_ON_FAILURE, 10, 100);

		config.on_fail = (enum config_end)end;
		for (size_t i = 0; i < COUNT(ways); i++)
			assert_answer(&config, ways[i].outcome, ways[i].on_failure);
	}
}

static void assert_delays(int first_ms, const int *delays, size_t n)
{
	struct config config = settings(CONFIG_RESTART_ALWAYS, 1000, first_ms);
	int in_a_row = 0;

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(restart_after(&config, failed, SHORT_US, &in_a_row), delays[i]);
		assert_int_equal(in_a_row, i + 1);
	}
}

static void delays_double_up_to_a_minute(void **state)
{
	static const int from_100[] = { 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000 };
	static const int from_1[] = {
		1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 60000,
	};
	static const int from_30000[] = { 30000, 60000, 60000 };
	static const int from_29999[] = { 29999, 59998, 60000 };
	static const int from_59999[] = { 59999, 60000, 60000 };
	static const int from_60000[] = { 60000, 60000 };
	static const int from_60001[] = { 60000, 60000 };
	static const int from_the_most[] = { 60000, 60000, 60000 };

	(void)state;
	assert_delays(100, from_100, COUNT(from_100));
	assert_delays(1, from_1, COUNT(from_1));
	assert_delays(30000, from_30000, COUNT(from_30000));
	assert_delays(29999, from_29999, COUNT(from_29999));
	assert_delays(59999, from_59999, COUNT(from_59999));
	assert_delays(60000, from_60000, COUNT(from_60000));
	assert_delays(60001, from_60001, COUNT(from_60001));
	assert_delays(1000000, from_the_most, COUNT(from_the_most));
	assert_delays(INT_MAX, from_the_most, COUNT(from_the_most));
}

static void no_delay_stays_none(void **state)
{
	struct config config = settings(CONFIG_RESTART_ALWAYS, 1000, 0);
	int in_a_row = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(restart_after(&config, failed, SHORT_US, &in_a_row), 0);
	assert_int_equal(restart_after(&config, failed, SHORT_US, &in_a_row), RESTART_GIVE_UP);
}

/* restart_max restarts are restart_max + 1 runs. */
static void gives_up_after_the_cap(void **state)
{
	static const int caps[] = { 0, 1, 2, 10, 1000 };

	(void)state;
	for (size_t i = 0; i < COUNT(caps); i++) {
		struct config config = settings(CONFIG_RESTART_ON_FAILURE, caps[i], 1);
		int in_a_row = 0;

		for (int n = 0; n < caps[i]; n++)
			assert_true(restart_after(&config, failed, SHORT_US, &in_a_row) > 0);
		for (int n = 0; n < 3; n++) {
			assert_int_equal(restart_after(&config, failed, SHORT_US, &in_a_row), RESTART_GIVE_UP);
			assert_int_equal(in_a_row, caps[i]);
		}
	}
}

/* Nobody wanted another run: that is the ordinary end, also where it would have been one too many. */
static void an_end_that_nobody_wants_to_repeat_is_no_giving_up(void **state)
{
	struct config on_failure = settings(CONFIG_RESTART_ON_FAILURE, 2, 1);
	struct config no = settings(CONFIG_RESTART_NO, 0, 1);
	struct config always = settings(CONFIG_RESTART_ALWAYS, 0, 1);
	int in_a_row = 0;

	(void)state;
	assert_int_not_equal(RESTART_NO, RESTART_GIVE_UP);
	assert_true(RESTART_NO < 0 && RESTART_GIVE_UP < 0);
	assert_int_equal(restart_after(&on_failure, failed, SHORT_US, &in_a_row), 1);
	assert_int_equal(restart_after(&on_failure, failed, SHORT_US, &in_a_row), 2);
	assert_int_equal(restart_after(&on_failure, well, SHORT_US, &in_a_row), RESTART_NO);
	assert_int_equal(restart_after(&on_failure, refused, SHORT_US, &in_a_row), RESTART_NO);
	assert_int_equal(restart_after(&on_failure, failed, SHORT_US, &in_a_row), RESTART_GIVE_UP);
	in_a_row = 0;
	assert_int_equal(restart_after(&no, failed, SHORT_US, &in_a_row), RESTART_NO);
	assert_int_equal(restart_after(&always, refused, SHORT_US, &in_a_row), RESTART_NO);
	assert_int_equal(restart_after(&always, well, SHORT_US, &in_a_row), RESTART_GIVE_UP);
}

static void a_healthy_run_begins_anew(void **state)
{
	struct config config = settings(CONFIG_RESTART_ALWAYS, 3, 100);
	int in_a_row = 0;

	(void)state;
	for (int round = 0; round < 3; round++) {
		assert_int_equal(restart_after(&config, failed, round ? RESTART_HEALTHY_US : SHORT_US, &in_a_row), 100);
		assert_int_equal(in_a_row, 1);
		assert_int_equal(restart_after(&config, failed, SHORT_US, &in_a_row), 200);
		assert_int_equal(restart_after(&config, failed, SHORT_US, &in_a_row), 400);
		assert_int_equal(in_a_row, 3);
	}
	assert_int_equal(restart_after(&config, failed, SHORT_US, &in_a_row), RESTART_GIVE_UP);
}

/* Ten seconds are healthy, a microsecond less is not. A long run is no excuse for a cap of none. */
static void where_healthy_begins(void **state)
{
	static const struct {
		long long ran_us;
		bool healthy;
	} rows[] = {
		{ LLONG_MIN, false }, { -1, false }, { 0, false }, { 1, false }, { 9999999, false }, { 10000000, true },
		{ 10000001, true }, { (long long)INT_MAX + 1, true }, { LLONG_MAX, true },
	};
	struct config none = settings(CONFIG_RESTART_ALWAYS, 0, 100);
	int in_a_row;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct config config = settings(CONFIG_RESTART_ALWAYS, 10, 100);

		in_a_row = 5;
		assert_int_equal(restart_after(&config, failed, rows[i].ran_us, &in_a_row),
				 rows[i].healthy ? 100 : 3200);
		assert_int_equal(in_a_row, rows[i].healthy ? 1 : 6);
		config.restart_max = 5;
		in_a_row = 5;
		assert_int_equal(restart_after(&config, failed, rows[i].ran_us, &in_a_row),
				 rows[i].healthy ? 100 : RESTART_GIVE_UP);
		in_a_row = 0;
		assert_int_equal(restart_after(&none, failed, rows[i].ran_us, &in_a_row), RESTART_GIVE_UP);
	}
}

/* A health of its own does not make a run wanted. */
static void a_healthy_run_that_ended_well(void **state)
{
	struct config config = settings(CONFIG_RESTART_ON_FAILURE, 10, 100);
	int in_a_row = 5;

	(void)state;
	assert_int_equal(restart_after(&config, well, RESTART_HEALTHY_US, &in_a_row), RESTART_NO);
}

/* For ever is longer than an int can count, with a delay of none: the count must stand still somewhere. */
static void on_exit_restart_never_gives_up(void **state)
{
	static const int caps[] = { 0, 10, 1000000 };

	(void)state;
	for (size_t i = 0; i < COUNT(caps); i++) {
		struct config config = settings(i == 0 ? CONFIG_RESTART_NO : CONFIG_RESTART_ON_FAILURE, caps[i], 100);
		int in_a_row = 0, delay_ms = 0;

		config.on_exit = CONFIG_RESTART;
		for (int n = 1; n <= 2500000; n++) {
			int was = in_a_row;

			delay_ms = restart_after(&config, n % 2 ? well : failed, SHORT_US, &in_a_row);
			if (delay_ms < 100 || delay_ms > 60000 || in_a_row < was || in_a_row > n)
				fail_msg("run %d: delay %d, %d in a row after %d", n, delay_ms, in_a_row, was);
		}
		assert_int_equal(delay_ms, 60000);
		in_a_row = INT_MAX;
		assert_int_equal(restart_after(&config, failed, SHORT_US, &in_a_row), 60000);
		assert_true(in_a_row > 0);
		assert_int_equal(restart_after(&config, failed, RESTART_HEALTHY_US, &in_a_row), 100);
		assert_int_equal(in_a_row, 1);
	}
}

/* Wherever the count stands still, it must not be below the largest cap that there is. */
static void the_largest_cap_is_reached(void **state)
{
	struct config config = settings(CONFIG_RESTART_ALWAYS, 1000000, 0);
	int in_a_row = 0;

	(void)state;
	for (int n = 1; n <= 1000000; n++)
		if (restart_after(&config, failed, SHORT_US, &in_a_row) != 0 || in_a_row != n)
			fail_msg("run %d: %d in a row", n, in_a_row);
	assert_int_equal(restart_after(&config, failed, SHORT_US, &in_a_row), RESTART_GIVE_UP);
}

/* A program that does its work for a while and ends, for ever. */
static void millions_of_healthy_runs(void **state)
{
	struct config config = settings(CONFIG_RESTART_ALWAYS, 1, 7);
	int in_a_row = 0;

	(void)state;
	for (int n = 0; n < 2500000; n++)
		if (restart_after(&config, well, RESTART_HEALTHY_US, &in_a_row) != 7 || in_a_row != 1)
			fail_msg("run %d: %d in a row", n, in_a_row);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_policy_with_every_outcome),
		cmocka_unit_test(on_exit_restart_with_every_outcome),
		cmocka_unit_test(on_fail_makes_no_difference),
		cmocka_unit_test(delays_double_up_to_a_minute),
		cmocka_unit_test(no_delay_stays_none),
		cmocka_unit_test(gives_up_after_the_cap),
		cmocka_unit_test(an_end_that_nobody_wants_to_repeat_is_no_giving_up),
		cmocka_unit_test(a_healthy_run_begins_anew),
		cmocka_unit_test(where_healthy_begins),
		cmocka_unit_test(a_healthy_run_that_ended_well),
		cmocka_unit_test(on_exit_restart_never_gives_up),
		cmocka_unit_test(the_largest_cap_is_reached),
		cmocka_unit_test(millions_of_healthy_runs),
	};

	return cmocka_run_group_tests_name("restart", tests, NULL, NULL);
}
