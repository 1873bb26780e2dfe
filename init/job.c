/* SPDX-License-Identifier: MIT */
/*
 * The format of a job; see job.h. Reads and opens nothing, allocates nothing, has no globals. The memory may change
 * while it is looked at, so each byte is read once: job_read.c hands in a copy.
 */
#include "job.h"

#include <string.h>

enum { REAL_NS, MODE, NONCE, NAME, ARGS, ENVIRONMENT, PAYLOAD, NUMBERS };

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* At most 63 bits. */
static bool parse_number(const char *digits, unsigned long long *ret)
{
	unsigned long long number = 0;

	for (int i = 0; i < 16; i++) {
		if (digit(digits[i]) < 0)
			return false;
		number = number << 4 | (unsigned int)digit(digits[i]);
	}
	*ret = number;
	return number >> 63 == 0;
}

static bool parse_entropy(const char *digits, unsigned char *ret)
{
	for (int i = 0; i < JOB_ENTROPY; i++) {
		int high = digit(digits[2 * i]), low = digit(digits[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

const char *job_parse_head(const char *bytes, size_t size, struct job *ret_job)
{
	static const unsigned long long most[NUMBERS] = {
		[REAL_NS] = ~0ULL, [MODE] = 07777, [NONCE] = JOB_NONCE_MAX, [NAME] = JOB_NAME_MAX, [ARGS] = JOB_TEXT_MAX,
		[ENVIRONMENT] = JOB_TEXT_MAX, [PAYLOAD] = ~0ULL,
	};
	unsigned long long n[NUMBERS];
	struct job job = { 0 };

	if (size < JOB_HEAD)
		return "no room for a job";
	if (memcmp(bytes, JOB_MAGIC, strlen(JOB_MAGIC)) != 0)
		return "there is no job of this version";
	for (int i = 0; i < NUMBERS; i++)
		if (!parse_number(bytes + 16 + 16 * i, &n[i]) || n[i] > most[i])
			return "a number in its head is damaged or too large";
	if (!parse_entropy(bytes + 16 + 16 * NUMBERS, job.entropy))
		return "its randomness is damaged";
	job.texts = JOB_HEAD + (size_t)(n[NONCE] + n[NAME] + n[ARGS] + n[ENVIRONMENT]);
	if (job.texts > size || n[PAYLOAD] > size - job.texts)
		return "it is longer than the memory it is in";
	job.real_ns = (long long)n[REAL_NS];
	job.mode = (mode_t)n[MODE];
	job.args.length = (size_t)n[ARGS];
	job.environment.length = (size_t)n[ENVIRONMENT];
	job.payload_size = (size_t)n[PAYLOAD];
	/* Only their lengths are known; where they are says job_parse_texts(). */
	job.nonce = bytes + JOB_HEAD;
	job.name = job.nonce + n[NONCE];
	job.args.ptr = job.name + n[NAME];
	*ret_job = job;
	return NULL;
}

/* The only NUL is at the end. */
static bool is_text(const char *text, size_t length)
{
	return length > 0 && memchr(text, '\0', length) == text + length - 1;
}

static bool is_file_name(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

const char *job_parse_texts(const char *bytes, struct job *job)
{
	size_t nonce = (size_t)(job->name - job->nonce), name = (size_t)(job->args.ptr - job->name);

	job->nonce = bytes + JOB_HEAD;
	job->name = job->nonce + nonce;
	job->args.ptr = job->name + name;
	job->environment.ptr = job->args.ptr + job->args.length;
	if (!is_text(job->nonce, nonce) || nonce == 1)
		return "its nonce is damaged";
	if (!is_text(job->name, name) || !is_file_name(job->name))
		return "its name is no file's name";
	if (job->args.length > 0 && job->args.ptr[job->args.length - 1])
		return "the last argument is not ended by a NUL byte";
	if (job->environment.length > 0 && job->environment.ptr[job->environment.length - 1])
		return "the last variable is not ended by a NUL byte";
	return NULL;
}
