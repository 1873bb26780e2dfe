/* SPDX-License-Identifier: MIT */
/*
 * The fuzzer's way into the settings: config_parse() on any two texts, as file and as command line, and what
 * config_invariants.h says of the result. The input is a struct header and behind it both texts. Built by build.sh, run
 * by run.sh.
 */
#include "config_invariants.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Modulo 4. In a boot it is the first; the parser should not care. */
enum { HEADER_FILE_CMDLINE, HEADER_CMDLINE_FILE, HEADER_CMDLINE, HEADER_FILE };

/* Bytes, so that any value is a valid one. */
struct header {
	uint8_t order;
	uint8_t cut;  /* where the first text ends, in 255ths of both */
	uint8_t lock; /* 0: none; else which keys a file in front of the texts locks */
	uint8_t full; /* from 252: the same file sets nearly as many variables as there is room for, or one more */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail_on(const char *broken)
{
	if (!broken)
		return;
	fprintf(stderr, "fuzz_config: check settings: %s, broken\n", broken);
	abort();
}

static void take_first(struct parse *parse, unsigned lock, unsigned variables)
{
	char text[2048] = "";
	size_t n = 0;

	for (size_t i = 0; parse_key(i); i++)
		if (lock == UINT8_MAX || (lock > 0 && (lock * (2 * i + 1) >> 3) % 4 == 0))
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n ? "," : "lock=env.A,",
					      parse_key(i));
	for (unsigned i = 0; i < variables; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "\nenv.V%u=%u", i, i);
	if (n > 0)
		fail_on(parse_text(parse, CONFIG_FILE, text, n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct header header;
	struct parse parse;
	size_t cut;

	if (size < sizeof(header))
		return 0;
	memcpy(&header, data, sizeof(header));
	data += sizeof(header);
	size -= sizeof(header);
	cut = size * header.cut / UINT8_MAX;

	parse_start(&parse);
	take_first(&parse, header.lock, header.full < 252 ? 0 : CONFIG_ENVIRONMENT - 2 + header.full - 252u);
	switch (header.order % 4) {
	case HEADER_FILE_CMDLINE:
		fail_on(parse_text(&parse, CONFIG_FILE, data, cut));
		fail_on(parse_text(&parse, CONFIG_CMDLINE, data + cut, size - cut));
		break;
	case HEADER_CMDLINE_FILE:
		fail_on(parse_text(&parse, CONFIG_CMDLINE, data, cut));
		fail_on(parse_text(&parse, CONFIG_FILE, data + cut, size - cut));
		break;
	case HEADER_CMDLINE:
		fail_on(parse_text(&parse, CONFIG_CMDLINE, data, size));
		break;
	default:
		fail_on(parse_text(&parse, CONFIG_FILE, data, size));
	}
	fail_on(parse_check_again(&parse));
	parse_end(&parse);
	return 0;
}
