/* SPDX-License-Identifier: MIT */
/*
 * What a machine that waited takes as a job, and what it must not.
 * links: init/job.c
 */
#include "init/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ENTROPY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" \
		"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
#define TEXTS "n0nce\0hello\0-v\0two words\0\0A=1\0B=\0payload"
/* Where each number of the head begins. */
enum { REAL_NS = 16, MODE = 32, NONCE = 48, NAME = 64, ARGS = 80, ENVIRONMENT = 96, PAYLOAD = 112, RANDOM = 128 };

static char good[512];
static size_t good_size;

static int make_good(void **state)
{
	int n = sprintf(good, "initgate job 001%016llx%016x%016x%016x%016x%016x%016x%s", 1700000000123456789LL, 04701, 6, 6, 14,
			7, 7, ENTROPY);

	(void)state;
	assert_int_equal(n, JOB_HEAD);
	memcpy(good + n, TEXTS, sizeof(TEXTS) - 1);
	good_size = (size_t)n + sizeof(TEXTS) - 1;
	return 0;
}

/* In memory that ends where the bytes do, so that the sanitizer sees a read behind them. */
static const char *parse(const char *bytes, size_t size, struct job *ret_job)
{
	char *copy = malloc(size ? size : 1);
	const char *problem;

	memcpy(copy, bytes, size);
	problem = job_parse_head(copy, size, ret_job);
	if (!problem)
		problem = job_parse_texts(copy, ret_job);
	if (problem)
		free(copy);
	return problem;
}

static void release(const struct job *job)
{
	free((char *)job->nonce - JOB_HEAD);
}

static void every_member_arrives(void **state)
{
	struct job job;

	(void)state;
	assert_null(parse(good, good_size, &job));
	assert_int_equal(job.real_ns, 1700000000123456789LL);
	assert_int_equal(job.mode, 04701);
	assert_string_equal(job.nonce, "n0nce");
	assert_string_equal(job.name, "hello");
	assert_int_equal(job.args.length, 14);
	assert_memory_equal(job.args.ptr, "-v\0two words\0\0", 14);
	assert_int_equal(job.environment.length, 7);
	assert_memory_equal(job.environment.ptr, "A=1\0B=\0", 7);
	assert_int_equal(job.payload_size, 7);
	assert_memory_equal(job.nonce - JOB_HEAD + job.texts, "payload", 7);
	for (int i = 0; i < JOB_ENTROPY; i++)
		assert_int_equal(job.entropy[i], i);
	release(&job);
}

/* The memory is larger than the job. */
static void what_follows_the_payload_does_not_matter(void **state)
{
	char more[sizeof(good) + 4096] = { 0 };
	struct job job;

	(void)state;
	memcpy(more, good, good_size);
	assert_null(parse(more, sizeof(more), &job));
	assert_int_equal(job.payload_size, 7);
	release(&job);
}

static void nothing_but_the_names_is_needed(void **state)
{
	char bytes[512];
	struct job job;
	int n = sprintf(bytes, "initgate job 001%016x%016x%016x%016x%016x%016x%016x%s", 0, 0, 2, 2, 0, 0, 0, ENTROPY);

	(void)state;
	memcpy(bytes + n, "1\0a", 4);
	assert_null(parse(bytes, (size_t)n + 4, &job));
	assert_int_equal(job.args.length, 0);
	assert_int_equal(job.environment.length, 0);
	assert_int_equal(job.payload_size, 0);
	release(&job);
}

/* Memory that nobody wrote to, another version, a job that was cut. */
static void every_cut_is_noticed(void **state)
{
	static const char zeroes[4096];
	struct job job;

	(void)state;
	assert_non_null(parse(zeroes, sizeof(zeroes), &job));
	for (size_t size = 0; size < good_size; size++)
		if (!parse(good, size, &job))
			fail_msg("cut to %zu bytes", size);
}

static void every_byte_of_the_head_counts(void **state)
{
	static const char others[] = { '\0', ' ', '-', 'g', 'F', '/', ':', '`', '\xff' };
	struct job job;

	(void)state;
	for (size_t at = 0; at < JOB_HEAD; at++) {
		for (size_t i = 0; i < sizeof(others); i++) {
			char kept = good[at];

			if (kept == others[i])
				continue;
			good[at] = others[i];
			if (!parse(good, good_size, &job))
				fail_msg("byte %zu is %d", at, others[i]);
			good[at] = kept;
		}
	}
}

static void set_number(int at, const char *digits)
{
	assert_int_equal(strlen(digits), 16);
	memcpy(good + at, digits, 16);
}

struct damage {
	int at;
	const char *digits;
};

static void assert_all_refused(const struct damage *rows, size_t n)
{
	struct job job;

	for (size_t i = 0; i < n; i++) {
		set_number(rows[i].at, rows[i].digits);
		if (!parse(good, good_size, &job))
			fail_msg("%s at %d", rows[i].digits, rows[i].at);
		make_good(NULL);
	}
}

/* The head alone, of a memory so large that nothing but the limit of the number decides; the payload's is that memory. */
static void each_number_has_its_limit(void **state)
{
	static const size_t memory = 0x1000000000000000;
	static const struct {
		int at;
		const char *most, *more;
	} rows[] = {
		{ REAL_NS, "7fffffffffffffff", "8000000000000000" }, { MODE, "0000000000000fff", "0000000000001000" },
		{ NONCE, "0000000000000100", "0000000000000101" }, { NAME, "0000000000000100", "0000000000000101" },
		{ ARGS, "0000000000100000", "0000000000100001" }, { ENVIRONMENT, "0000000000100000", "0000000000100001" },
		{ PAYLOAD, "0ffffffffffffedf", "0ffffffffffffee0" }, /* 256 and 33 bytes stand in front of it */
	};
	struct job job;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set_number(rows[i].at, rows[i].most);
		assert_null(job_parse_head(good, memory, &job));
		set_number(rows[i].at, rows[i].more);
		if (!job_parse_head(good, memory, &job))
			fail_msg("%s at %d", rows[i].more, rows[i].at);
		make_good(NULL);
	}
}

/* Sums that overflow, lengths that lead out of the memory. */
static void numbers_that_are_too_large(void **state)
{
	static const struct damage rows[] = {
		{ REAL_NS, "ffffffffffffffff" }, { NONCE, "fffffffffffffffa" }, { NAME, "7fffffffffffffff" },
		{ ARGS, "0000000000000100" }, { ENVIRONMENT, "7ffffffffffffff0" }, { PAYLOAD, "0000000000000008" },
		{ PAYLOAD, "7fffffffffffffff" }, { PAYLOAD, "ffffffffffffffff" }, { PAYLOAD, "fffffffffffffed1" },
	};

	(void)state;
	assert_all_refused(rows, sizeof(rows) / sizeof(rows[0]));
}

/* A text of another length, with the same bytes. */
static void texts_that_do_not_end_where_they_should(void **state)
{
	static const struct damage rows[] = {
		{ NONCE, "0000000000000000" }, { NONCE, "0000000000000001" }, { NONCE, "0000000000000005" },
		{ NONCE, "0000000000000007" }, { NAME, "0000000000000000" }, { NAME, "0000000000000005" },
		{ NAME, "0000000000000007" }, { ARGS, "000000000000000f" }, { ARGS, "0000000000000002" },
		{ ENVIRONMENT, "0000000000000006" }, { ENVIRONMENT, "0000000000000008" },
	};

	(void)state;
	assert_all_refused(rows, sizeof(rows) / sizeof(rows[0]));
}

/* All of them are of the right length. */
static void texts_without_an_end(void **state)
{
	static const size_t ends[] = { 5, 11, 25, 32 };
	struct job job;

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		assert_int_equal(good[JOB_HEAD + ends[i]], 0);
		good[JOB_HEAD + ends[i]] = 'x';
		if (!parse(good, good_size, &job))
			fail_msg("byte %zu of the texts", ends[i]);
		make_good(NULL);
	}
}

/* Each of them takes in the text behind it, which the arguments then lack. */
static void names_with_an_end_inside(void **state)
{
	struct job job;

	(void)state;
	set_number(NONCE, "000000000000000c");
	set_number(NAME, "0000000000000003");
	set_number(ARGS, "000000000000000b");
	assert_string_equal(parse(good, good_size, &job), "its nonce is damaged");
	make_good(NULL);
	set_number(NAME, "0000000000000009");
	set_number(ARGS, "000000000000000b");
	assert_string_equal(parse(good, good_size, &job), "its name is no file's name");
}

/* Any line would match it. */
static void an_empty_nonce(void **state)
{
	struct job job;

	(void)state;
	set_number(NONCE, "0000000000000001");
	good[JOB_HEAD] = '\0';
	assert_string_equal(parse(good, good_size, &job), "its nonce is damaged");
}

static void names_that_lead_elsewhere(void **state)
{
	static const char *const names[] = { "../ab", "a/../", "/etc1", "a/b/c", "hell/", "", ".", ".." };
	struct job job;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char digits[24];

		snprintf(digits, sizeof(digits), "%016zx", strlen(names[i]) + 1);
		set_number(NAME, digits);
		memcpy(good + JOB_HEAD + 6, names[i], strlen(names[i]) + 1);
		assert_string_equal(parse(good, good_size, &job), "its name is no file's name");
		make_good(NULL);
	}
}

/* Whatever the bytes: an answer, and nothing read behind them. */
static void random_damage(void **state)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t random = 1;
	struct job job;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		for (int n = 0; n < 3; n++) {
			random = random * 1664525 + 1013904223;
			good[(random >> 8) % good_size] = random >> 30 ? digits[(random >> 4) % 16] : (char)(random >> 20);
		}
		if (!parse(good, good_size, &job)) {
			assert_true(job.texts <= good_size && job.payload_size <= good_size - job.texts);
			assert_true(strlen(job.name) < 256 && !strchr(job.name, '/'));
			release(&job);
		}
		make_good(NULL);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_member_arrives, make_good),
		cmocka_unit_test_setup(what_follows_the_payload_does_not_matter, make_good),
		cmocka_unit_test_setup(nothing_but_the_names_is_needed, make_good),
		cmocka_unit_test_setup(every_cut_is_noticed, make_good),
		cmocka_unit_test_setup(every_byte_of_the_head_counts, make_good),
		cmocka_unit_test_setup(each_number_has_its_limit, make_good),
		cmocka_unit_test_setup(numbers_that_are_too_large, make_good),
		cmocka_unit_test_setup(texts_that_do_not_end_where_they_should, make_good),
		cmocka_unit_test_setup(texts_without_an_end, make_good),
		cmocka_unit_test_setup(names_with_an_end_inside, make_good),
		cmocka_unit_test_setup(an_empty_nonce, make_good),
		cmocka_unit_test_setup(names_that_lead_elsewhere, make_good),
		cmocka_unit_test_setup(random_damage, make_good),
	};

	return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
