/* SPDX-License-Identifier: MIT */
/*
 * What a machine that waited is to run, as its host put it into a part of its memory; docs/WARM.md has the format. The
 * parsing half is pure.
 */
#ifndef INIT_JOB_H
#define INIT_JOB_H

#include "config.h"

#include <stddef.h>
#include <sys/types.h>

#define JOB_MAGIC "initgate job 001"
#define JOB_HEAD 256 /* bytes: the magic, seven numbers of 16 hexadecimal digits, 128 digits of randomness */
#define JOB_ENTROPY 64
#define JOB_NONCE_MAX 256 /* with its NUL */
#define JOB_NAME_MAX 256 /* of a file's name, with its NUL */
#define JOB_TEXT_MAX ((size_t)1024 * 1024) /* of each text but the names */

/* Texts end with a NUL and lie in the bytes that were parsed. */
struct job {
	long long real_ns; /* since 1970, when the job was written */
	mode_t mode;       /* of the payload's file */
	const char *nonce; /* of this run */
	const char *name;  /* of the payload's file, without a directory */
	struct config_words args;
	struct config_words environment; /* NAME=VALUE */
	size_t texts;        /* from the first byte of the job to the payload */
	size_t payload_size; /* bytes; they follow the texts */
	unsigned char entropy[JOB_ENTROPY];
};

/*
 * The numbers alone, out of the first JOB_HEAD bytes: nothing that they say leads out of `size` bytes, the head
 * included, and the texts are short enough to be copied. Returns NULL, or what is wrong.
 */
const char *job_parse_head(const char *bytes, size_t size, struct job *ret_job);

/* The texts, behind a head that was parsed; bytes[0..job->texts) must stay. Returns NULL, or what is wrong. */
const char *job_parse_texts(const char *bytes, struct job *job);

/*
 * With job=: tells the host that this machine is ready, waits for its word, and takes the job: sets the clock, seeds the
 * kernel's random numbers, writes the payload's file, and puts its arguments and environment into config. Returns 0, or
 * -errno after logging what failed; then nothing may run, as this machine may be one of several copies.
 */
int job_receive(struct config *config, int signals);

#endif
