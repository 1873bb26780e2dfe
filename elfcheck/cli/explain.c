/* SPDX-License-Identifier: MIT */
/* The longer words of --explain, which PID 1 does not carry: const tables and nothing else. */
#include "cli.h"

static const struct {
	const char *found, *peers;
} words[] = {
#define EXPLAIN(id, found, peers) [ELFCHECK_##id] = { found, peers },
#include "explain.def"
#undef EXPLAIN
};

/* Every slug has its entry: were the last missing, the table would be shorter; a test looks at the others. */
_Static_assert(sizeof(words) / sizeof(words[0]) == ELFCHECK_SLUGS, "an entry per slug");

const char *explain_found(enum elfcheck_slug slug)
{
	return words[slug].found;
}

const char *explain_peers(enum elfcheck_slug slug)
{
	return words[slug].peers;
}
