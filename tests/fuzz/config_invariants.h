/* SPDX-License-Identifier: MIT */
/*
 * What is true of the settings after each config_parse(), whatever the texts are; config.h and docs/CONFIG.md are the
 * contract. Shared by the fuzzer (fuzz_config.c) and the unit test with random texts.
 * May not: use what config.c is made of.
 */
#ifndef CONFIG_INVARIANTS_H
#define CONFIG_INVARIANTS_H

#include "init/config.h"

#define PARSE_TEXTS 8

/* A text that was parsed. */
struct parse_text {
	enum config_source source;
	size_t length;
	char *original; /* as it was */
	char *text;     /* what config_parse() got and changed: length + 1 bytes, nothing behind them */
};

/* The settings and all texts that they came from. */
struct parse {
	struct config config;
	char room; /* what stands where config_parse() puts its NUL */
	size_t n_texts;
	struct parse_text texts[PARSE_TEXTS];
};

void parse_start(struct parse *parse);

/* Parses a copy of the bytes and says in a few words which invariant the settings break now; NULL: none. */
const char *parse_text(struct parse *parse, enum config_source source, const void *bytes, size_t length);

/*
 * The same of what other calls must answer: the same texts again; config_finish() behind them; each text twice in a
 * row; the texts without the words in which errors were found.
 */
const char *parse_check_again(const struct parse *parse);

void parse_end(struct parse *parse);

/* The name of each key, without env.NAME; NULL behind the last one. */
const char *parse_key(size_t i);

/* Is the value of this key another one than by default? */
bool parse_is_set(const struct parse *parse, const char *key);

#endif
