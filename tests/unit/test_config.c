/* SPDX-License-Identifier: MIT */
/*
 * The settings: every key, the grammar, who wins, every error, and texts made at random. Each text stands in memory
 * that ends with it, so that the address sanitizer sees the first byte read or written too far.
 * links: init/config.c init/util.c elfcheck/names.c elfcheck/text.c tests/fuzz/config_invariants.c
 */
#include "init/config.h"
#include "init/log.h"
#include "init/util.h"
#include "tests/fuzz/config_invariants.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMBER(m) offsetof(struct config, m)

static struct config config;
static char *texts[512];
static size_t n_texts;

/* Forgets all settings. */
static void start(void)
{
	while (n_texts > 0)
		free(texts[--n_texts]);
	config_start(&config);
}

static int set_up(void **state)
{
	(void)state;
	start();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	start();
	return 0;
}

static void take_bytes(enum config_source source, const char *bytes, size_t length)
{
	char *text = malloc(length + 1);

	assert_non_null(text);
	assert_true(n_texts < ARRAY_SIZE(texts));
	texts[n_texts++] = text;
	memcpy(text, bytes, length);
	text[length] = 'x'; /* the room for the NUL holds none yet */
	config_parse(&config, source, text, length);
}

static void file(const char *text)
{
	take_bytes(CONFIG_FILE, text, strlen(text));
}

static void cmdline(const char *text)
{
	take_bytes(CONFIG_CMDLINE, text, strlen(text));
}

/* KEY=VALUE as the only setting of a source. */
static void set(enum config_source source, const char *key, const char *value)
{
	char text[256];

	snprintf(text, sizeof(text), "%s%s=%s", source == CONFIG_CMDLINE ? "initgate." : "", key, value);
	take_bytes(source, text, strlen(text));
}

static const char *string_at(size_t offset)
{
	const char *string;

	memcpy(&string, (const char *)&config + offset, sizeof(string));
	return string;
}

static int number_at(size_t offset)
{
	int number;

	memcpy(&number, (const char *)&config + offset, sizeof(number));
	return number;
}

/* Each in brackets. */
static void assert_words(const struct config_words *words, const char *expected)
{
	char text[256] = "";

	for (size_t at = 0; at < words->length; at += strlen(words->ptr + at) + 1) {
		strcat(text, "[");
		strcat(text, words->ptr + at);
		strcat(text, "]");
	}
	assert_string_equal(text, expected);
	if (words->length == 0)
		assert_null(words->ptr);
	else
		assert_int_equal(words->ptr[words->length - 1], '\0');
}

static void assert_args(const char *expected)
{
	assert_words(&config.args, expected);
}

static void assert_error(size_t i, enum config_source source, size_t offset, const char *key, bool ignorable)
{
	const struct config_error *error = &config.errors[i];

	assert_true(i < config.n_errors && i < CONFIG_ERRORS);
	assert_int_equal(error->source, source);
	assert_int_equal(error->offset, offset);
	assert_string_equal(error->key, key);
	assert_non_null(error->problem);
	assert_true(strlen(error->problem) > 0);
	assert_int_equal(error->ignorable, ignorable);
}

static void assert_only_error(enum config_source source, size_t offset, const char *key, bool ignorable)
{
	assert_int_equal(config.n_errors, 1);
	assert_error(0, source, offset, key, ignorable);
	assert_int_equal(config_is_bad(&config), !ignorable);
}

static void assert_fine(void)
{
	assert_int_equal(config.n_errors, 0);
	assert_false(config_is_bad(&config));
}

static bool allows(enum elfcheck_slug slug)
{
	return config.allow.bits[slug / 64] >> slug % 64 & 1;
}

/* Keys. */

static const struct {
	const char *key;
	size_t offset;
} paths[] = {
	{ "payload", MEMBER(payload) }, { "args_file", MEMBER(args_file) }, { "manifest", MEMBER(manifest) },
	{ "cwd", MEMBER(cwd) },		{ "stdin", MEMBER(std_in) },	    { "stdout", MEMBER(std_out) },
	{ "stderr", MEMBER(std_err) },	{ "watchdog", MEMBER(watchdog) },   { "init", MEMBER(init) },
}, strings[] = {
	{ "wait", MEMBER(wait) },	{ "report", MEMBER(report) },	      { "nonce", MEMBER(nonce) },
	{ "hostname", MEMBER(hostname) }, { "root", MEMBER(root) },	      { "rootfstype", MEMBER(rootfstype) },
	{ "rootflags", MEMBER(rootflags) }, { "roothash_device", MEMBER(roothash_device) },
};

static const struct {
	const char *key, *value;
	size_t offset;
	int expected;
} choices[] = {
	{ "mode", "supervise", MEMBER(mode), CONFIG_SUPERVISE },
	{ "mode", "exec", MEMBER(mode), CONFIG_EXEC },
	{ "verify", "enforce", MEMBER(verify), CONFIG_ENFORCE },
	{ "verify", "warn", MEMBER(verify), CONFIG_WARN },
	{ "verify", "off", MEMBER(verify), CONFIG_OFF },
	{ "profile", "go-static", MEMBER(profile), ELFCHECK_GO_STATIC },
	{ "profile", "static", MEMBER(profile), ELFCHECK_STATIC },
	{ "profile", "any", MEMBER(profile), ELFCHECK_ANY },
	{ "restart", "no", MEMBER(restart), CONFIG_RESTART_NO },
	{ "restart", "on-failure", MEMBER(restart), CONFIG_RESTART_ON_FAILURE },
	{ "restart", "always", MEMBER(restart), CONFIG_RESTART_ALWAYS },
	{ "on_exit", "poweroff", MEMBER(on_exit), CONFIG_POWEROFF },
	{ "on_exit", "reboot", MEMBER(on_exit), CONFIG_REBOOT },
	{ "on_exit", "halt", MEMBER(on_exit), CONFIG_HALT },
	{ "on_exit", "panic", MEMBER(on_exit), CONFIG_PANIC },
	{ "on_exit", "shell", MEMBER(on_exit), CONFIG_SHELL },
	{ "on_exit", "restart", MEMBER(on_exit), CONFIG_RESTART },
	{ "on_fail", "poweroff", MEMBER(on_fail), CONFIG_POWEROFF },
	{ "on_fail", "reboot", MEMBER(on_fail), CONFIG_REBOOT },
	{ "on_fail", "halt", MEMBER(on_fail), CONFIG_HALT },
	{ "on_fail", "panic", MEMBER(on_fail), CONFIG_PANIC },
	{ "on_fail", "shell", MEMBER(on_fail), CONFIG_SHELL },
	{ "autoload", "no", MEMBER(autoload), CONFIG_NO },
	{ "autoload", "yes", MEMBER(autoload), CONFIG_YES },
	{ "modules_parallel", "no", MEMBER(modules_parallel), CONFIG_NO },
	{ "modules_parallel", "yes", MEMBER(modules_parallel), CONFIG_YES },
	{ "rootwait", "no", MEMBER(rootwait), CONFIG_NO },
	{ "rootwait", "yes", MEMBER(rootwait), CONFIG_YES },
	{ "rw", "no", MEMBER(rw), CONFIG_NO },
	{ "rw", "yes", MEMBER(rw), CONFIG_YES },
	{ "overlay", "no", MEMBER(overlay), CONFIG_NO },
	{ "overlay", "tmpfs", MEMBER(overlay), CONFIG_YES },
	{ "loglevel", "err", MEMBER(loglevel), LOG_LEVEL_ERR },
	{ "loglevel", "warn", MEMBER(loglevel), LOG_LEVEL_WARN },
	{ "loglevel", "info", MEMBER(loglevel), LOG_LEVEL_INFO },
	{ "loglevel", "debug", MEMBER(loglevel), LOG_LEVEL_DEBUG },
};

static const struct {
	const char *key;
	size_t offset;
	int unit, most, by_default; /* the last as kept: times the unit */
} numbers[] = {
	{ "modules_timeout", MEMBER(modules_timeout_ms), 1000, 86400, 30000 },
	{ "rootdelay", MEMBER(rootdelay_ms), 1000, 86400, 0 },
	{ "wait_timeout", MEMBER(wait_timeout_ms), 1000, 86400, 10000 },
	{ "watchdog_timeout", MEMBER(watchdog_timeout_ms), 1000, 86400, 0 },
	{ "restart_max", MEMBER(restart_max), 1, 1000000, 10 },
	{ "restart_delay", MEMBER(restart_delay_ms), 1, 1000000, 100 },
};

static void test_defaults(void **state)
{
	(void)state;
	assert_fine();
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		assert_null(string_at(paths[i].offset));
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		assert_null(string_at(strings[i].offset));
	assert_args("");
	assert_words(&config.mounts, "");
	assert_null(config.also);
	assert_null(config.modules);
	assert_null(config.roothash);
	assert_null(config.lock);
	assert_int_equal(config.n_environment, 0);
	assert_int_equal(config.mode, CONFIG_SUPERVISE);
	assert_int_equal(config.verify, CONFIG_ENFORCE);
	assert_int_equal(config.profile, ELFCHECK_GO_STATIC);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		assert_int_equal(number_at(numbers[i].offset), numbers[i].by_default);
	assert_int_equal(config.autoload, CONFIG_NO);
	assert_int_equal(config.modules_parallel, CONFIG_YES);
	assert_int_equal(config.rootwait, CONFIG_NO);
	assert_int_equal(config.rw, CONFIG_NO);
	assert_int_equal(config.overlay, CONFIG_NO);
	assert_int_equal(config.restart, CONFIG_RESTART_NO);
	assert_int_equal(config.on_exit, CONFIG_POWEROFF);
	assert_int_equal(config.on_fail, CONFIG_POWEROFF);
	assert_int_equal(config.loglevel, LOG_LEVEL_INFO);
	assert_int_equal(config.job_size_mib, 0);
	for (int slug = 0; slug < ELFCHECK_SLUGS; slug++)
		assert_false(allows((enum elfcheck_slug)slug));
}

static void test_empty_texts(void **state)
{
	(void)state;
	file("");
	cmdline("");
	file(" \t\n\v\f\r ");
	cmdline("\n");
	test_defaults(state);
}

static void test_paths(void **state)
{
	(void)state;
	for (int source = CONFIG_FILE; source <= CONFIG_CMDLINE; source++) {
		for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
			start();
			set(source, paths[i].key, "/a/b");
			assert_fine();
			assert_string_equal(string_at(paths[i].offset), "/a/b");
			set(source, paths[i].key, "/");
			assert_string_equal(string_at(paths[i].offset), "/");
			assert_fine();
		}
	}
}

static void test_bad_paths(void **state)
{
	static const char *const bad[] = { "", "a", "./a", "a/b", "\"\"", "\" /a\"" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(bad); j++) {
			start();
			set(CONFIG_CMDLINE, paths[i].key, bad[j]);
			assert_only_error(CONFIG_CMDLINE, 0, paths[i].key, false);
			assert_null(string_at(paths[i].offset));
			start();
			set(CONFIG_FILE, paths[i].key, "/good");
			set(CONFIG_FILE, paths[i].key, bad[j]);
			assert_only_error(CONFIG_FILE, 0, paths[i].key, false);
			assert_string_equal(string_at(paths[i].offset), "/good");
		}
	}
}

static void test_strings(void **state)
{
	(void)state;
	for (int source = CONFIG_FILE; source <= CONFIG_CMDLINE; source++) {
		for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
			start();
			set(source, strings[i].key, "a,/b:c=d");
			assert_fine();
			assert_string_equal(string_at(strings[i].offset), "a,/b:c=d");
			set(source, strings[i].key, "");
			assert_only_error(source, 0, strings[i].key, false);
			assert_string_equal(string_at(strings[i].offset), "a,/b:c=d");
		}
	}
}

/* An empty list takes back what was said before, as the command line may want to. */
static void test_modules(void **state)
{
	(void)state;
	for (int source = CONFIG_FILE; source <= CONFIG_CMDLINE; source++) {
		for (int quoted = 0; quoted <= 1; quoted++) {
			start();
			set(source, "modules", "a,virtio:d*v*");
			assert_string_equal(config.modules, "a,virtio:d*v*");
			set(source, "modules", quoted ? "\"\"" : "");
			assert_null(config.modules);
			assert_fine();
		}
	}
	start();
	file("modules=a lock=modules");
	cmdline("initgate.modules=");
	assert_only_error(CONFIG_CMDLINE, 0, "modules", true);
	assert_string_equal(config.modules, "a");
}

static void test_roothash(void **state)
{
	static const size_t lengths[] = { 2, 4, 40, 64, 126, 128 }, bad_lengths[] = { 0, 1, 3, 63, 127, 129, 130 };
	static const char *const bad[] = { "0x12", "ag", "gg", "/a", "@@", "::", "``", "GG", "\"ab \"", "\" ab\"",
					   "ab-d", "sha256:ab", "\xc3\xa9" };
	char hash[131];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths) + ARRAY_SIZE(bad_lengths); i++) {
		bool good = i < ARRAY_SIZE(lengths);
		size_t length = good ? lengths[i] : bad_lengths[i - ARRAY_SIZE(lengths)];

		for (size_t j = 0; j < length; j++)
			hash[j] = "0123456789abcdefABCDEF"[(j + i) % 22];
		hash[length] = '\0';
		for (int source = CONFIG_FILE; source <= CONFIG_CMDLINE; source++) {
			start();
			set(source, "roothash", hash);
			if (good) {
				assert_fine();
				assert_string_equal(config.roothash, hash);
			} else {
				assert_only_error(source, 0, "roothash", false);
				assert_null(config.roothash);
			}
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		start();
		file("roothash=aB");
		set(CONFIG_CMDLINE, "roothash", bad[i]);
		assert_only_error(CONFIG_CMDLINE, 0, "roothash", false);
		assert_string_equal(config.roothash, "aB");
	}
}

static void test_choices(void **state)
{
	(void)state;
	for (int source = CONFIG_FILE; source <= CONFIG_CMDLINE; source++) {
		for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
			start();
			memset((char *)&config + choices[i].offset, 0x55, sizeof(int));
			set(source, choices[i].key, choices[i].value);
			assert_fine();
			assert_int_equal(number_at(choices[i].offset), choices[i].expected);
		}
	}
}

static void test_bad_choices(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
		const char *good = choices[i].value;
		char bad[6][32] = { "", "1", "nonsense" };

		snprintf(bad[3], sizeof(bad[3]), "%sx", good);
		snprintf(bad[4], sizeof(bad[4]), "%.*s", (int)strlen(good) - 1, good);
		snprintf(bad[5], sizeof(bad[5]), "%c%s", good[0] - 'a' + 'A', good + 1);
		for (size_t j = 0; j < ARRAY_SIZE(bad); j++) {
			start();
			set(CONFIG_FILE, choices[i].key, good);
			set(CONFIG_CMDLINE, choices[i].key, bad[j]);
			assert_only_error(CONFIG_CMDLINE, 0, choices[i].key, false);
			assert_int_equal(number_at(choices[i].offset), choices[i].expected);
		}
	}
}

/* What ran can run again; what did not run has only the ways in which the machine ends. */
static void test_restart_is_no_end_of_what_did_not_run(void **state)
{
	(void)state;
	file("on_fail=reboot");
	cmdline("initgate.on_fail=restart");
	assert_only_error(CONFIG_CMDLINE, 0, "on_fail", false);
	assert_int_equal(config.on_fail, CONFIG_REBOOT);
}

static void test_numbers(void **state)
{
	static const struct {
		const char *value;
		int number;
	} good[] = {
		{ "0", 0 }, { "1", 1 }, { "42", 42 }, { "007", 7 }, { "86399", 86399 }, { "00000000000000000009", 9 },
	};

	(void)state;
	for (int source = CONFIG_FILE; source <= CONFIG_CMDLINE; source++) {
		for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
			char most[16];

			start();
			for (size_t j = 0; j < ARRAY_SIZE(good); j++) {
				set(source, numbers[i].key, good[j].value);
				assert_int_equal(number_at(numbers[i].offset), good[j].number * numbers[i].unit);
			}
			snprintf(most, sizeof(most), "%d", numbers[i].most);
			set(source, numbers[i].key, most);
			assert_int_equal(number_at(numbers[i].offset), numbers[i].most * numbers[i].unit);
			assert_fine();
		}
	}
}

static void test_bad_numbers(void **state)
{
	static const char *const bad[] = {
		"", "-1", "-0", "+1", "1s", "1.5", "0x10", "\" 1\"", "\"1 \"", "2147483647", "2147483648", "4294967297",
		"18446744073709551617", "99999999999999999999999999", "ten", "1e3", "1,000", "\xd9\xa1", ":", "1/",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		char more[2][16];

		snprintf(more[0], sizeof(more[0]), "%d", numbers[i].most + 1);
		snprintf(more[1], sizeof(more[1]), "%d0", numbers[i].most);
		for (size_t j = 0; j < ARRAY_SIZE(bad) + 2; j++) {
			start();
			set(CONFIG_FILE, numbers[i].key, j < 2 ? more[j] : bad[j - 2]);
			assert_only_error(CONFIG_FILE, 0, numbers[i].key, false);
			assert_int_equal(number_at(numbers[i].offset), numbers[i].by_default);
		}
	}
}

/* The kernel takes 64 bytes (__NEW_UTS_LEN); characters of several bytes count as such. */
static void test_hostname(void **state)
{
	char name[66] = "";

	(void)state;
	memset(name, 'a', 64);
	set(CONFIG_FILE, "hostname", name);
	assert_fine();
	assert_string_equal(config.hostname, name);
	name[64] = 'a';
	set(CONFIG_CMDLINE, "hostname", name);
	assert_only_error(CONFIG_CMDLINE, 0, "hostname", false);
	assert_int_equal(strlen(config.hostname), 64);
	for (size_t i = 0; i < 64; i += 2)
		memcpy(name + i, "\xc3\xa9", 2);
	start();
	set(CONFIG_FILE, "hostname", name);
	assert_only_error(CONFIG_FILE, 0, "hostname", false);
	assert_null(config.hostname);
}

static void test_allow(void **state)
{
	(void)state;
	file("allow=interp-present");
	assert_true(allows(ELFCHECK_INTERP_PRESENT));
	assert_false(allows(ELFCHECK_EMPTY_FILE));
	file("allow=empty-file,not-elf");
	assert_true(allows(ELFCHECK_EMPTY_FILE));
	assert_true(allows(ELFCHECK_NOT_ELF));
	assert_fine();
	for (int slug = 0; slug < ELFCHECK_SLUGS; slug++) {
		start();
		set(CONFIG_CMDLINE, "allow", elfcheck_slug_info((enum elfcheck_slug)slug)->name);
		for (int other = 0; other < ELFCHECK_SLUGS; other++)
			assert_int_equal(allows((enum elfcheck_slug)other), other == slug);
		assert_fine();
	}
}

/* It is a setting like all others: a later list replaces an earlier one, an empty list allows nothing. */
static void test_allow_last_wins(void **state)
{
	(void)state;
	file("allow=interp-present");
	cmdline("initgate.allow=empty-file");
	assert_true(allows(ELFCHECK_EMPTY_FILE));
	assert_false(allows(ELFCHECK_INTERP_PRESENT));
	cmdline("initgate.allow=");
	assert_false(allows(ELFCHECK_EMPTY_FILE));
	assert_fine();
}

static void test_bad_allow(void **state)
{
	static const char *const bad[] = { "nonsense", "empty-file,nonsense", "empty-fil", "empty-filex", "EMPTY-FILE",
					   "\"empty-file not-elf\"", "empty-file,,not-elf" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		start();
		file("allow=interp-present");
		set(CONFIG_CMDLINE, "allow", bad[i]);
		assert_only_error(CONFIG_CMDLINE, 0, "allow", false);
		assert_true(allows(ELFCHECK_INTERP_PRESENT));
		assert_false(allows(ELFCHECK_EMPTY_FILE));
	}
}

static void test_no_value(void **state)
{
	(void)state;
	for (size_t i = 0; parse_key(i); i++) {
		start();
		file(parse_key(i));
		assert_only_error(CONFIG_FILE, 0, parse_key(i), false);
	}
	start();
	file("env.A");
	assert_only_error(CONFIG_FILE, 0, "env.A", false);
	start();
	file("payload");
	cmdline("initgate.payload initgate.");
	assert_int_equal(config.n_errors, 3);
	assert_error(0, CONFIG_FILE, 0, "payload", false);
	assert_error(1, CONFIG_CMDLINE, 0, "payload", false);
	assert_error(2, CONFIG_CMDLINE, 17, "", false);
	assert_null(config.payload);
}

static void test_unknown_keys(void **state)
{
	static const char *const keys[] = { "payloa", "payloadx", "Payload", "initgate.payload", "", "env", "envA",
					    "wait-timeout", "initgatepayload", "." };

	(void)state;
	for (int source = CONFIG_FILE; source <= CONFIG_CMDLINE; source++) {
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			start();
			set(source, keys[i], "/a");
			assert_only_error(source, 0, keys[i], false);
		}
	}
}

/* The grammar. */

static void test_white_space_between_words(void **state)
{
	(void)state;
	file(" \t\n payload=/a\tcwd=/b\nstdin=/c\r\nstdout=/d\vstderr=/e\fnonce=f\n\n");
	assert_fine();
	assert_string_equal(config.payload, "/a");
	assert_string_equal(config.cwd, "/b");
	assert_string_equal(config.std_in, "/c");
	assert_string_equal(config.std_out, "/d");
	assert_string_equal(config.std_err, "/e");
	assert_string_equal(config.nonce, "f");
}

static void test_quotes(void **state)
{
	/* Where the quotes stand, and what next_arg() of the kernel makes of it. */
	static const struct {
		const char *word, *nonce;
	} rows[] = {
		{ "nonce=\"a b\"", "a b" },
		{ "\"nonce=a b\"", "a b" },
		{ "nonce=\"a\tb\nc\"", "a\tb\nc" },
		{ "\"nonce=\ta\n\"", "\ta\n" },
		{ "nonce=\"a\"", "a" },
		{ "\"nonce=a\"", "a" },
		{ "nonce=a\" \"b", "a\" \"b" },
		{ "nonce=a\"b c\"", "a\"b c\"" },
		{ "nonce=\"a \"b\" c\"", "a \"b\" c" },
		{ "nonce=\"a b\"c", "a b\"c" },
		{ "nonce=\\\"a", NULL },
		{ "nonce=a\\ ", "a\\" },
		{ "nonce=\"#\"", "#" },
		{ "nonce=a'b", "a'b" },
		{ "nonce=a=b", "a=b" },
		{ "nonce==", "=" },
		{ "nonce=\"a=\"b\"\"", "a=\"b\"" },
		{ "nonce=initgate.cwd=/x", "initgate.cwd=/x" },
	};

	(void)state;
	for (int source = CONFIG_FILE; source <= CONFIG_CMDLINE; source++) {
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			const char *prefix = source == CONFIG_CMDLINE ? "initgate." : "";
			bool outer = rows[i].word[0] == '"';
			char text[64];

			start();
			snprintf(text, sizeof(text), "%s%s%s", outer ? "\"" : "", prefix, rows[i].word + outer);
			take_bytes(source, text, strlen(text));
			if (rows[i].nonce)
				assert_string_equal(config.nonce, rows[i].nonce);
			else
				assert_null(config.nonce);
			assert_int_equal(config.n_errors, rows[i].nonce ? 0 : 1);
		}
	}
}

static void test_words_after_quotes(void **state)
{
	(void)state;
	file("nonce=\"a b\" payload=/a\n\"report=c d\" cwd=/b\nreport=\"\" stdin=/c");
	assert_string_equal(config.nonce, "a b");
	assert_string_equal(config.payload, "/a");
	assert_string_equal(config.report, "c d");
	assert_string_equal(config.cwd, "/b");
	assert_string_equal(config.std_in, "/c");
	assert_only_error(CONFIG_FILE, 43, "report", false);
}

static void test_unterminated_quotes(void **state)
{
	(void)state;
	file("cwd=/a\npayload=\"/b nonce=x");
	assert_only_error(CONFIG_FILE, 7, "payload", false);
	assert_string_equal(config.cwd, "/a");
	assert_null(config.payload);
	assert_null(config.nonce);

	start();
	cmdline("quiet initgate.cwd=/a initgate.payload=\"/b initgate.nonce=x");
	assert_only_error(CONFIG_CMDLINE, 22, "payload", false);
	assert_string_equal(config.cwd, "/a");
	assert_null(config.payload);
	assert_null(config.nonce);

	start();
	cmdline("\"initgate.payload=/b");
	assert_only_error(CONFIG_CMDLINE, 0, "payload", false);
	start();
	cmdline("initgate.payload\"");
	assert_only_error(CONFIG_CMDLINE, 0, "payload\"", false);
	start();
	file("\"");
	assert_only_error(CONFIG_FILE, 0, "", false);
	start();
	file("payload=\"");
	assert_only_error(CONFIG_FILE, 0, "payload", false);
	assert_null(config.payload);
}

static void test_comments(void **state)
{
	(void)state;
	file("#payload=/x\n# \"unbalanced = -- \n\tpayload=/a # cwd=/x \"\ncwd=/b#c\n"
	     "nonce=# report=\"a #b\" #\n#\n##\nstdin=/d #");
	assert_fine();
	assert_string_equal(config.payload, "/a");
	assert_string_equal(config.cwd, "/b#c");
	assert_string_equal(config.nonce, "#");
	assert_string_equal(config.report, "a #b");
	assert_string_equal(config.std_in, "/d");
}

static void test_no_comments_on_the_command_line(void **state)
{
	(void)state;
	cmdline("# initgate.payload=/a #initgate.cwd=/b -- # a");
	assert_fine();
	assert_string_equal(config.payload, "/a");
	assert_null(config.cwd);
	assert_args("[#][a]");
}

static void test_quoted_hash_is_no_comment(void **state)
{
	(void)state;
	file("\"#x\" payload=/a");
	assert_only_error(CONFIG_FILE, 0, "#x", false);
	assert_string_equal(config.payload, "/a");
}

static void test_foreign_words(void **state)
{
	(void)state;
	cmdline("BOOT_IMAGE=/x quiet initgate=1 initgateX.payload=1 initgate_payload=/x xinitgate.payload=/x "
		"INITGATE.payload=/x payload=/x = \"\" =x foo=\"bar initgate.payload=/x\" \"initgate .payload=/x\" "
		"initgate -initgate.payload=/x console=\"");
	test_defaults(state);
}

/* What the kernel leaves to an initramfs counts there without the prefix too. */
static const struct {
	const char *key, *value, *bad;
	size_t offset;
	int number; /* -1: a string */
} kernel_keys[] = {
	{ "root", "UUID=0a-b", "", MEMBER(root), -1 },
	{ "rootfstype", "ext4", "", MEMBER(rootfstype), -1 },
	{ "rootflags", "a,b=c", "", MEMBER(rootflags), -1 },
	{ "rootdelay", "7", "7s", MEMBER(rootdelay_ms), 7000 },
	{ "roothash", "0aF9", "0aF", MEMBER(roothash), -1 },
	{ "init", "/sbin/init", "init", MEMBER(init), -1 },
};

static void assert_kernel_key(size_t i, bool is_set)
{
	if (kernel_keys[i].number >= 0)
		assert_int_equal(number_at(kernel_keys[i].offset), is_set ? kernel_keys[i].number : 0);
	else if (is_set)
		assert_string_equal(string_at(kernel_keys[i].offset), kernel_keys[i].value);
	else
		assert_null(string_at(kernel_keys[i].offset));
}

static void test_kernel_keys(void **state)
{
	char text[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kernel_keys); i++) {
		const char *key = kernel_keys[i].key, *value = kernel_keys[i].value;
		static const char *const formats[] = { "%s=%s", "\"%s=%s\"", "quiet %s=\"%s\" x", "initgate.%s=%s" };

		for (size_t j = 0; j < ARRAY_SIZE(formats); j++) {
			start();
			snprintf(text, sizeof(text), formats[j], key, value);
			cmdline(text);
			assert_fine();
			for (size_t other = 0; other < ARRAY_SIZE(kernel_keys); other++)
				assert_kernel_key(other, other == i);
		}
		start();
		snprintf(text, sizeof(text), "lock=%s %s=%s", key, key, value);
		file(text);
		assert_kernel_key(i, true);
		snprintf(text, sizeof(text), "x %s=9 initgate.%s=9 %s=", key, key, key);
		cmdline(text);
		assert_int_equal(config.n_errors, 3);
		assert_error(0, CONFIG_CMDLINE, 2, key, true);
		assert_error(1, CONFIG_CMDLINE, 5 + strlen(key), key, true);
		assert_error(2, CONFIG_CMDLINE, 17 + 2 * strlen(key), key, true);
		assert_kernel_key(i, true);
	}
}

static void test_bad_kernel_keys(void **state)
{
	char text[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kernel_keys); i++) {
		const char *key = kernel_keys[i].key;

		start();
		snprintf(text, sizeof(text), "quiet %s=%s x", key, kernel_keys[i].bad);
		cmdline(text);
		assert_only_error(CONFIG_CMDLINE, 6, key, false);
		assert_kernel_key(i, false);
		start();
		snprintf(text, sizeof(text), "%s=\"%s x", key, kernel_keys[i].value);
		cmdline(text);
		assert_only_error(CONFIG_CMDLINE, 0, key, false);
		assert_string_equal(config.errors[0].problem, "a quote does not end");
		assert_kernel_key(i, false);
	}
}

/* With and without the prefix it is one setting. */
static void test_kernel_keys_last_wins(void **state)
{
	(void)state;
	file("root=/dev/a");
	cmdline("root=/dev/b initgate.root=/dev/c");
	assert_string_equal(config.root, "/dev/c");
	cmdline("initgate.root=/dev/d root=/dev/e");
	assert_string_equal(config.root, "/dev/e");
	cmdline("-- root=/dev/x init=/x rw rootwait");
	assert_string_equal(config.root, "/dev/e");
	assert_null(config.init);
	assert_int_equal(config.rw, CONFIG_NO);
	assert_int_equal(config.rootwait, CONFIG_NO);
	assert_args("[root=/dev/x][init=/x][rw][rootwait]");
	assert_fine();
}

/* The other settings keep their prefix, and what is only like the kernel's words is foreign. */
static void test_not_kernel_words(void **state)
{
	(void)state;
	cmdline("rw=yes ro=no rootwait=yes rootwait=5 overlay=tmpfs roothash_device=/x autoload=yes modules=a "
		"modules_parallel=no modules_timeout=1 rootfs=x rootflag=x root_=x roo=x xroot=/x ROOT=/x -root=/x "
		"rdinit=/x initx=/x init.x=/x RW Rw rww r rootwaitx rw, rw\"\" \"rw \" \"rw x\" \"root =/x\" \"ro\"x");
	test_defaults(state);
}

static void test_kernel_words(void **state)
{
	static const struct {
		const char *text;
		enum config_switch rw, rootwait;
	} rows[] = {
		{ "ro", CONFIG_NO, CONFIG_NO },
		{ "rw", CONFIG_YES, CONFIG_NO },
		{ "rootwait", CONFIG_NO, CONFIG_YES },
		{ "quiet rw rootwait x", CONFIG_YES, CONFIG_YES },
		{ "\"rw\" \"rootwait\"", CONFIG_YES, CONFIG_YES },
		{ "rw ro", CONFIG_NO, CONFIG_NO },
		{ "ro rw", CONFIG_YES, CONFIG_NO },
		{ "ro initgate.rw=yes", CONFIG_YES, CONFIG_NO },
		{ "initgate.rw=yes ro", CONFIG_NO, CONFIG_NO },
		{ "rw initgate.rw=no", CONFIG_NO, CONFIG_NO },
		{ "rootwait initgate.rootwait=no", CONFIG_NO, CONFIG_NO },
		{ "initgate.rootwait=no rootwait", CONFIG_NO, CONFIG_YES },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		start();
		cmdline(rows[i].text);
		assert_fine();
		assert_int_equal(config.rw, rows[i].rw);
		assert_int_equal(config.rootwait, rows[i].rootwait);
	}
	start();
	file("rw=yes");
	cmdline("ro");
	assert_int_equal(config.rw, CONFIG_NO);
	cmdline("initgate.rw initgate.ro initgate.rootwait");
	assert_int_equal(config.n_errors, 3);
	assert_error(0, CONFIG_CMDLINE, 0, "rw", false);
	assert_error(1, CONFIG_CMDLINE, 12, "ro", false);
	assert_error(2, CONFIG_CMDLINE, 24, "rootwait", false);
}

/* It says what runs, how, and as what: a lock of any of these is one of it. */
static void test_lock_init(void **state)
{
	static const char *const locks[] = { "payload", "mode", "profile", "args,profile", "init" };
	char text[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(locks); i++) {
		start();
		snprintf(text, sizeof(text), "payload=/a lock=%s", locks[i]);
		file(text);
		cmdline("root=/dev/x init=/i");
		assert_only_error(CONFIG_CMDLINE, 12, "init", true);
		config_finish(&config);
		assert_string_equal(config.payload, "/a");
		assert_int_equal(config.mode, CONFIG_SUPERVISE);
		assert_int_equal(config.profile, ELFCHECK_GO_STATIC);
	}
	start();
	file("payload=/a lock=payload,mode,profile init=/i");
	cmdline("root=/dev/x");
	assert_fine();
	config_finish(&config);
	assert_string_equal(config.payload, "/i");
}

static void test_unterminated_kernel_word(void **state)
{
	(void)state;
	cmdline("quiet \"rw");
	test_defaults(state);
	cmdline("\"rootwait");
	test_defaults(state);
}

/* They are on most command lines: no word about it in the log. */
static void test_locked_kernel_words(void **state)
{
	(void)state;
	file("lock=rw,rootwait rw=yes");
	cmdline("ro rootwait");
	assert_fine();
	assert_int_equal(config.rw, CONFIG_YES);
	assert_int_equal(config.rootwait, CONFIG_NO);
	start();
	file("lock=rw");
	cmdline("rw rootwait");
	assert_fine();
	assert_int_equal(config.rw, CONFIG_NO);
	assert_int_equal(config.rootwait, CONFIG_YES);
	start();
	file("lock=rootwait,root");
	cmdline("rw rootwait");
	assert_fine();
	assert_int_equal(config.rw, CONFIG_YES);
	assert_int_equal(config.rootwait, CONFIG_NO);
}

static void test_no_kernel_words_in_the_file(void **state)
{
	static const char *const words[] = { "ro", "rw", "rootwait", "root", "init" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		start();
		file(words[i]);
		assert_only_error(CONFIG_FILE, 0, words[i], false);
		assert_string_equal(config.errors[0].problem, "no value");
		assert_int_equal(config.rw, CONFIG_NO);
		assert_int_equal(config.rootwait, CONFIG_NO);
	}
}

/* A full init needs a root that it can be in, and is then what runs, whatever else was said about the payload. */
static void test_finish(void **state)
{
	static const struct {
		const char *file, *cmdline, *payload;
		enum config_mode mode;
		enum elfcheck_profile profile;
	} rows[] = {
		{ "", "", NULL, CONFIG_SUPERVISE, ELFCHECK_GO_STATIC },
		{ "payload=/a", "root=/dev/x", "/a", CONFIG_SUPERVISE, ELFCHECK_GO_STATIC },
		{ "payload=/a profile=static", "init=/i", "/a", CONFIG_SUPERVISE, ELFCHECK_STATIC },
		{ "payload=/a", "root=/dev/x init=/i", "/i", CONFIG_EXEC, ELFCHECK_ANY },
		{ "payload=/a root=/dev/x mode=supervise profile=static", "init=/i", "/i", CONFIG_EXEC, ELFCHECK_ANY },
		{ "init=/i", "root=/dev/x initgate.payload=/a", "/i", CONFIG_EXEC, ELFCHECK_ANY },
		{ "", "initgate.init=/i initgate.root=/dev/x", "/i", CONFIG_EXEC, ELFCHECK_ANY },
		{ "payload=/a lock=init", "root=/dev/x init=/i", "/a", CONFIG_SUPERVISE, ELFCHECK_GO_STATIC },
		{ "payload=/a lock=root", "root=/dev/x init=/i", "/a", CONFIG_SUPERVISE, ELFCHECK_GO_STATIC },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		start();
		file(rows[i].file);
		cmdline(rows[i].cmdline);
		config_finish(&config);
		if (rows[i].payload)
			assert_string_equal(config.payload, rows[i].payload);
		else
			assert_null(config.payload);
		assert_int_equal(config.mode, rows[i].mode);
		assert_int_equal(config.profile, rows[i].profile);
		assert_false(config_is_bad(&config));
	}
}

static void test_foreign_unterminated_quote_hides_the_rest(void **state)
{
	(void)state;
	cmdline("initgate.cwd=/a foo=\"bar initgate.payload=/x -- a");
	assert_fine();
	assert_string_equal(config.cwd, "/a");
	assert_null(config.payload);
	assert_args("");
}

static void test_prefix_means_nothing_in_the_file(void **state)
{
	(void)state;
	file("initgate.payload=/a quiet");
	assert_int_equal(config.n_errors, 2);
	assert_error(0, CONFIG_FILE, 0, "initgate.payload", false);
	assert_error(1, CONFIG_FILE, 20, "quiet", false);
	assert_null(config.payload);
}

/* Arguments. */

static void test_args(void **state)
{
	static const struct {
		const char *text, *args;
	} rows[] = {
		{ "args=", "" },
		{ "args=\"\"", "" },
		{ "args=\" \t \"", "" },
		{ "args=a", "[a]" },
		{ "args=\"a b\"", "[a][b]" },
		{ "\"args=a b\"", "[a][b]" },
		{ "args=\"  a \t b  \"", "[a][b]" },
		{ "args=\"-a\n--b=c\n\"", "[-a][--b=c]" },
		{ "args=\"a\r\n\v\fb\"", "[a][b]" },
		{ "args=a=b,c", "[a=b,c]" },
		{ "args=\"-- a\"", "[--][a]" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		start();
		file("args=x");
		file(rows[i].text);
		assert_fine();
		assert_args(rows[i].args);
	}
}

static void test_dashes(void **state)
{
	static const struct {
		const char *text, *args;
	} rows[] = {
		{ "--", "" },
		{ "-- ", "" },
		{ "quiet -- \n", "" },
		{ "-- a", "[a]" },
		{ "--  a \t b\n", "[a][b]" },
		{ "-- \"a b\" c", "[a b][c]" },
		{ "-- a=\"b c\" \"d=e f\"", "[a=b c][d=e f]" },
		{ "-- \"\" a \"\"", "[][a][]" },
		{ "-- a\"b c\"d", "[a\"b c\"d]" },
		{ "-- a -- b", "[a][--][b]" },
		{ "-- initgate.payload=/x initgate.nonsense -x", "[initgate.payload=/x][initgate.nonsense][-x]" },
		{ "-- \"a\"\"b\"", "[a\"\"b]" },
		{ "-- a=\"\" b=", "[a=][b=]" },
		{ "-- a=\"b\" c=\"d\" e=\"f\"", "[a=b][c=d][e=f]" },
		{ "\"--\" a", "[a]" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		start();
		file("args=x");
		cmdline(rows[i].text);
		assert_fine();
		assert_args(rows[i].args);
		assert_null(config.payload);
	}
}

static void test_not_dashes(void **state)
{
	(void)state;
	cmdline("-- - a");
	assert_args("[-][a]");
	start();
	cmdline("--- - --a a=-- initgate.payload=/a");
	assert_fine();
	assert_args("");
	assert_string_equal(config.payload, "/a");
	start();
	file("-- a=b");
	assert_int_equal(config.n_errors, 2);
	assert_error(0, CONFIG_FILE, 0, "--", false);
	assert_error(1, CONFIG_FILE, 3, "a", false);
	assert_args("");
}

static void test_unterminated_dashes(void **state)
{
	(void)state;
	file("args=\"x y\"");
	cmdline("quiet -- a \"b c");
	assert_only_error(CONFIG_CMDLINE, 6, "--", false);
	assert_args("[x][y]");
	start();
	cmdline("-- \"");
	assert_only_error(CONFIG_CMDLINE, 0, "--", false);
	start();
	file("args=x");
	cmdline("quiet \"--");
	assert_fine();
	assert_args("[x]");
}

/* args=, args_file= and -- are one setting; the last one holds. */
static void test_args_precedence(void **state)
{
	(void)state;
	file("args=a args_file=/f");
	assert_args("");
	assert_string_equal(config.args_file, "/f");
	file("args=b");
	assert_args("[b]");
	assert_null(config.args_file);
	cmdline("initgate.args_file=/g");
	assert_args("");
	assert_string_equal(config.args_file, "/g");
	cmdline("initgate.args_file=/h initgate.args=c -- d e");
	assert_args("[d][e]");
	assert_null(config.args_file);
	start();
	file("args_file=/f");
	cmdline("initgate.args=");
	assert_args("");
	assert_null(config.args_file);
	start();
	file("args_file=/f");
	cmdline("--");
	assert_args("");
	assert_null(config.args_file);
	assert_fine();
}

static void test_bad_args_file_leaves_args(void **state)
{
	(void)state;
	file("args=\"a b\" args_file=relative");
	assert_only_error(CONFIG_FILE, 11, "args_file", false);
	assert_args("[a][b]");
	assert_null(config.args_file);
}

/* Further payloads, and what is mounted. */

static void test_also(void **state)
{
	(void)state;
	file("also=/a,/b");
	assert_string_equal(config.also, "/a,/b");
	cmdline("initgate.also=");
	assert_fine();
	assert_null(config.also);
}

/* They are programs as well: whoever locks the one wants no others. */
static void test_lock_payload_locks_also(void **state)
{
	(void)state;
	file("payload=/a lock=payload also=/b");
	assert_fine();
	cmdline("initgate.also=/c");
	assert_only_error(CONFIG_CMDLINE, 0, "also", true);
	assert_string_equal(config.also, "/b");
}

static void test_mount(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "mount=", "" },
		{ "mount=\" \"", "" },
		{ "mount=\"tag /mnt 9p trans=virtio,ro\"", "[tag][/mnt][9p][trans=virtio,ro]" },
		{ "mount=\" a /b c d\n/e /f g\th \"", "[a][/b][c][d][/e][/f][g][h]" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		start();
		file("mount=\"x /x x x\"");
		file(rows[i].text);
		assert_fine();
		assert_words(&config.mounts, rows[i].words);
	}
}

static void test_bad_mount(void **state)
{
	static const char *const wrong[] = {
		"mount=a", "mount=\"a /b c\"", "mount=\"a /b c d e\"", "mount=\"a b c d\"", "mount=\"a /b c d a b c d\"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		start();
		file("mount=\"x /x x x\"");
		file(wrong[i]);
		assert_only_error(CONFIG_FILE, 0, "mount", false);
		assert_words(&config.mounts, "[x][/x][x][x]");
	}
}

/* Environment. */

static void test_environment(void **state)
{
	(void)state;
	file("env.A=1 env.B= env.C=\"a b\" \"env.D=c d\" env.E=x=y env.F=\"\"");
	cmdline("initgate.env.G=2 \"initgate.env.H=3 4\"");
	assert_fine();
	assert_int_equal(config.n_environment, 8);
	assert_string_equal(config.environment[0], "A=1");
	assert_string_equal(config.environment[1], "B=");
	assert_string_equal(config.environment[2], "C=a b");
	assert_string_equal(config.environment[3], "D=c d");
	assert_string_equal(config.environment[4], "E=x=y");
	assert_string_equal(config.environment[5], "F=");
	assert_string_equal(config.environment[6], "G=2");
	assert_string_equal(config.environment[7], "H=3 4");
}

static void test_environment_replaces(void **state)
{
	(void)state;
	file("env.A=1 env.AB=2 env.a=3 env.A=4");
	cmdline("initgate.env.AB=5 initgate.env.A.B=6");
	assert_fine();
	assert_int_equal(config.n_environment, 4);
	assert_string_equal(config.environment[0], "A=4");
	assert_string_equal(config.environment[1], "AB=5");
	assert_string_equal(config.environment[2], "a=3");
	assert_string_equal(config.environment[3], "A.B=6");
	start();
	file("env.AB=1 env.A=2");
	assert_int_equal(config.n_environment, 2);
	assert_string_equal(config.environment[0], "AB=1");
	assert_string_equal(config.environment[1], "A=2");
}

static void test_environment_without_name(void **state)
{
	(void)state;
	file("env.=x");
	assert_only_error(CONFIG_FILE, 0, "env.", false);
	start();
	cmdline("initgate.env.=\"x y\" initgate.env.A=1");
	assert_only_error(CONFIG_CMDLINE, 0, "env.", false);
	assert_int_equal(config.n_environment, 1);
	assert_string_equal(config.environment[0], "A=1");
}

static void test_too_many_variables(void **state)
{
	char text[32];

	(void)state;
	for (int i = 0; i < CONFIG_ENVIRONMENT; i++) {
		snprintf(text, sizeof(text), "env.V%d=%d", i, i);
		file(text);
	}
	assert_fine();
	cmdline("initgate.env.MORE=x initgate.env.V63=new");
	assert_only_error(CONFIG_CMDLINE, 0, "env.MORE", false);
	assert_int_equal(config.n_environment, CONFIG_ENVIRONMENT);
	assert_string_equal(config.environment[0], "V0=0");
	assert_string_equal(config.environment[63], "V63=new");
}

/* Who wins. */

static void test_last_wins(void **state)
{
	(void)state;
	file("payload=/a mode=exec payload=/b mode=supervise wait_timeout=1 wait_timeout=2");
	assert_string_equal(config.payload, "/b");
	assert_int_equal(config.mode, CONFIG_SUPERVISE);
	assert_int_equal(config.wait_timeout_ms, 2000);
	start();
	cmdline("initgate.payload=/a initgate.verify=off initgate.payload=/b initgate.verify=warn");
	assert_string_equal(config.payload, "/b");
	assert_int_equal(config.verify, CONFIG_WARN);
	assert_fine();
}

static void test_command_line_wins(void **state)
{
	(void)state;
	file("payload=/a cwd=/b verify=off");
	cmdline("initgate.payload=/c initgate.verify=enforce");
	assert_fine();
	assert_string_equal(config.payload, "/c");
	assert_string_equal(config.cwd, "/b");
	assert_int_equal(config.verify, CONFIG_ENFORCE);
}

static void test_lock(void **state)
{
	(void)state;
	file("lock=payload,verify,cwd payload=/a\nverify=warn");
	cmdline("initgate.payload=/x initgate.verify=off quiet initgate.cwd=/y initgate.stdin=/b");
	assert_int_equal(config.n_errors, 3);
	assert_error(0, CONFIG_CMDLINE, 0, "payload", true);
	assert_error(1, CONFIG_CMDLINE, 20, "verify", true);
	assert_error(2, CONFIG_CMDLINE, 46, "cwd", true);
	assert_false(config_is_bad(&config));
	assert_string_equal(config.lock, "payload,verify,cwd");
	assert_string_equal(config.payload, "/a");
	assert_int_equal(config.verify, CONFIG_WARN);
	assert_null(config.cwd);
	assert_string_equal(config.std_in, "/b");
}

static void test_lock_every_key(void **state)
{
	(void)state;
	for (size_t i = 0; parse_key(i); i++) {
		start();
		set(CONFIG_FILE, "lock", parse_key(i));
		assert_fine();
		set(CONFIG_CMDLINE, parse_key(i), "/x");
		assert_only_error(CONFIG_CMDLINE, 0, parse_key(i), true);
	}
}

/* Not those whose names are like it, nor parts of it. */
static void test_lock_locks_nothing_else(void **state)
{
	(void)state;
	file("lock=wait_timeout,restart_max,env.AB,stdin cwd=/a");
	cmdline("initgate.wait=/x initgate.restart=always initgate.env.A=1 initgate.env.ABC=2 initgate.cwd=/b -- c");
	assert_fine();
	assert_string_equal(config.wait, "/x");
	assert_int_equal(config.restart, CONFIG_RESTART_ALWAYS);
	assert_int_equal(config.n_environment, 2);
	assert_string_equal(config.cwd, "/b");
	assert_args("[c]");
}

/* The file itself may set what it locks, in front of the lock and behind it. */
static void test_lock_binds_the_command_line_only(void **state)
{
	(void)state;
	file("payload=/a lock=payload payload=/b");
	assert_fine();
	assert_string_equal(config.payload, "/b");
}

static void test_lock_environment(void **state)
{
	(void)state;
	file("env.A=1 env.AB=2 lock=env.A,env.C");
	cmdline("initgate.env.A=x initgate.env.AB=y \"initgate.env.C=x z\" initgate.env.D=3");
	assert_int_equal(config.n_errors, 2);
	assert_error(0, CONFIG_CMDLINE, 0, "env.A", true);
	assert_error(1, CONFIG_CMDLINE, 35, "env.C", true);
	assert_int_equal(config.n_environment, 3);
	assert_string_equal(config.environment[0], "A=1");
	assert_string_equal(config.environment[1], "AB=y");
	assert_string_equal(config.environment[2], "D=3");
}

/* What a job brings is the payload and its arguments. */
static void test_job(void **state)
{
	static const char *const locks[] = { "lock=job", "lock=cwd,payload", "lock=args", "lock=args_file" };

	(void)state;
	file("job=1M@0M");
	assert_fine();
	assert_int_equal(config.job_size_mib, 1);
	assert_int_equal(config.job_start_mib, 0);
	cmdline("initgate.job=1024M@1000000M");
	assert_fine();
	assert_int_equal(config.job_size_mib, 1024);
	assert_int_equal(config.job_start_mib, 1000000);
	assert_null(config.job_file);
	start();
	cmdline("initgate.job=64M@/sys/devices/some/resource2");
	assert_fine();
	assert_int_equal(config.job_size_mib, 64);
	assert_int_equal(config.job_start_mib, 0);
	assert_string_equal(config.job_file, "/sys/devices/some/resource2");
	for (size_t i = 0; i < ARRAY_SIZE(locks); i++) {
		start();
		file(locks[i]);
		cmdline("initgate.job=64M@256M job=1M@1M");
		assert_only_error(CONFIG_CMDLINE, 0, "job", true);
		assert_int_equal(config.job_size_mib, 0);
	}
	start();
	file("lock=payload job=64M@256M");
	assert_fine();
	assert_int_equal(config.job_size_mib, 64);
}

static void test_environment_from_elsewhere(void **state)
{
	static char replaces[] = "A=2", adds[] = "C=a=b", empty[] = "D=", locked[] = "B=2", none[] = "C", no_name[] = "=x";
	static char long_name[300], more[CONFIG_ENVIRONMENT][8];

	(void)state;
	file("env.A=1 env.B=1 lock=env.B");
	assert_null(config_add_environment(&config, replaces));
	assert_null(config_add_environment(&config, adds));
	assert_null(config_add_environment(&config, empty));
	assert_string_equal(config_add_environment(&config, locked), "locked by /etc/initgate.conf");
	assert_string_equal(config_add_environment(&config, none), "no value");
	assert_string_equal(config_add_environment(&config, no_name), "no name");
	memset(long_name, 'x', sizeof(long_name) - 2);
	long_name[sizeof(long_name) - 2] = '=';
	assert_string_equal(config_add_environment(&config, long_name), "its name is too long");
	assert_int_equal(config.n_environment, 4);
	assert_string_equal(config.environment[0], "A=2");
	assert_string_equal(config.environment[1], "B=1");
	assert_string_equal(config.environment[2], "C=a=b");
	assert_string_equal(config.environment[3], "D=");
	for (int i = 0; i < CONFIG_ENVIRONMENT; i++) {
		snprintf(more[i], sizeof(more[i]), "E%02d=", i % 100);
		if (i < CONFIG_ENVIRONMENT - 4)
			assert_null(config_add_environment(&config, more[i]));
		else
			assert_string_equal(config_add_environment(&config, more[i]), "too many variables");
	}
}

/* One of the names locks all three. */
static void test_lock_args(void **state)
{
	static const char *const locks[] = { "args=a lock=args", "args=a lock=args_file", "lock=cwd,args args=a" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(locks); i++) {
		start();
		file(locks[i]);
		cmdline("initgate.args=x initgate.args_file=/x -- y \"z");
		assert_int_equal(config.n_errors, 3);
		assert_error(0, CONFIG_CMDLINE, 0, "args", true);
		assert_error(1, CONFIG_CMDLINE, 16, "args_file", true);
		assert_error(2, CONFIG_CMDLINE, 38, "--", true);
		assert_args("[a]");
		assert_null(config.args_file);
	}
	start();
	file("args_file=/f lock=args_file");
	cmdline("--");
	assert_only_error(CONFIG_CMDLINE, 0, "--", true);
	assert_string_equal(config.args_file, "/f");
}

static void test_bad_lock(void **state)
{
	static const char *const bad[] = { "nonsense", "payload,nonsense", "payloa", "\"payload, cwd\"", "", "--",
					   "payload,,cwd", "env.", "payload,env.", "env.A=1", "\"env.A payload\"",
					   "\"env.A,env.B payload\"" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		start();
		set(CONFIG_FILE, "lock", bad[i]);
		assert_only_error(CONFIG_FILE, 0, "lock", false);
	}
}

/* Or a typing error in the list would let the command line switch off what the rest of it protects. */
static void test_bad_lock_still_locks(void **state)
{
	(void)state;
	start();
	file("payload=/a verify=enforce lock=payload,nonsense,verify");
	cmdline("initgate.payload=/b initgate.verify=off");
	assert_string_equal(config.payload, "/a");
	assert_int_equal(config.verify, CONFIG_ENFORCE);
	assert_true(config_is_bad(&config));
}

static void test_no_lock_on_the_command_line(void **state)
{
	(void)state;
	cmdline("initgate.lock=payload initgate.payload=/a");
	assert_only_error(CONFIG_CMDLINE, 0, "lock", false);
	assert_null(config.lock);
	assert_string_equal(config.payload, "/a");
}

/* Errors. */

/* What is wrong, in the words that reach the log. */
static void test_problems(void **state)
{
	static const struct {
		const char *text, *problem;
	} rows[] = {
		{ "payload", "no value" },
		{ "payload=\"/a", "a quote does not end" },
		{ "payload=a", "not an absolute path" },
		{ "payload=", "not an absolute path" },
		{ "watchdog=dev", "not an absolute path" },
		{ "init=sbin/init", "not an absolute path" },
		{ "wait=", "empty value" },
		{ "root=", "empty value" },
		{ "rootflags=\"\"", "empty value" },
		{ "roothash_device=", "empty value" },
		{ "hostname=", "empty value" },
		{ "lock=", "empty value" },
		{ "autoload=maybe", "unknown value" },
		{ "rw=", "unknown value" },
		{ "overlay=yes", "unknown value" },
		{ "restart=maybe", "unknown value" },
		{ "on_exit=nothing", "unknown value" },
		{ "on_fail=restart", "unknown value" },
		{ "restart_max=1000001", "not a number up to 1000000" },
		{ "restart_delay=1s", "not a number up to 1000000" },
		{ "wait_timeout=86401", "not a number of seconds up to a day" },
		{ "modules_timeout=86401", "not a number of seconds up to a day" },
		{ "rootdelay=", "not a number of seconds up to a day" },
		{ "roothash=", "not a hash in hexadecimal" },
		{ "job=64M", "not SIZE@START as in 64M@256M" },
		{ "job=", "not SIZE@START as in 64M@256M" },
		{ "job=@", "not SIZE@START as in 64M@256M" },
		{ "job=M@M", "not SIZE@START as in 64M@256M" },
		{ "job=0M@256M", "not SIZE@START as in 64M@256M" },
		{ "job=@/file", "not SIZE@START as in 64M@256M" },
		{ "job=64M@file", "not SIZE@START as in 64M@256M" },
		{ "job=1025M@256M", "not SIZE@START as in 64M@256M" },
		{ "job=64@256M", "not SIZE@START as in 64M@256M" },
		{ "job=64M@256", "not SIZE@START as in 64M@256M" },
		{ "job=64M@1000001M", "not SIZE@START as in 64M@256M" },
		{ "job=00000064M@256M", "not SIZE@START as in 64M@256M" },
		{ "job=64M@-1M", "not SIZE@START as in 64M@256M" },
		{ "roothash=abc", "not a hash in hexadecimal" },
		{ "watchdog_timeout=-1", "not a number of seconds up to a day" },
		{ "hostname=a-name-of-65-bytes-0123456789-0123456789-0123456789-0123456789-xx",
		  "longer than 64 bytes" },
		{ "allow=nothing", "names an unknown check" },
		{ "lock=nothing", "names an unknown key" },
		{ "env.=x", "no name" },
		{ "restart_min=1", "unknown key" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		start();
		file(rows[i].text);
		assert_int_equal(config.n_errors, 1);
		assert_string_equal(config.errors[0].problem, rows[i].problem);
	}
	start();
	cmdline("initgate.lock=args");
	assert_string_equal(config.errors[0].problem, "unknown key");
	start();
	cmdline("root=");
	assert_string_equal(config.errors[0].problem, "empty value");
	start();
	file("lock=restart");
	cmdline("initgate.restart=always");
	assert_string_equal(config.errors[0].problem, "locked by /etc/initgate.conf");
}

static void test_error_offsets(void **state)
{
	(void)state;
	file("\n  bad=1\n\t\"mode=x y\" payload=/a\n# c\ncwd");
	cmdline("  quiet initgate.verify=x \t\"initgate.worse=1 2\"");
	assert_int_equal(config.n_errors, 5);
	assert_error(0, CONFIG_FILE, 3, "bad", false);
	assert_error(1, CONFIG_FILE, 10, "mode", false);
	assert_error(2, CONFIG_FILE, 36, "cwd", false);
	assert_error(3, CONFIG_CMDLINE, 8, "verify", false);
	assert_error(4, CONFIG_CMDLINE, 27, "worse", false);
	assert_string_equal(config.payload, "/a");
	assert_true(config_is_bad(&config));
}

static void test_more_errors_than_are_kept(void **state)
{
	(void)state;
	file("a b c d e f g h i j payload=/a");
	assert_int_equal(config.n_errors, CONFIG_ERRORS + 2);
	for (size_t i = 0; i < CONFIG_ERRORS; i++) {
		char key[2] = { (char)('a' + i), '\0' };

		assert_error(i, CONFIG_FILE, 2 * i, key, false);
	}
	assert_true(config_is_bad(&config));
	assert_string_equal(config.payload, "/a");
}

static void test_many_ignorable_errors(void **state)
{
	(void)state;
	file("lock=cwd");
	for (size_t i = 0; i < CONFIG_ERRORS; i++)
		cmdline("initgate.cwd=/x");
	assert_int_equal(config.n_errors, CONFIG_ERRORS);
	assert_false(config_is_bad(&config));
	cmdline(" initgate.cwd=/x");
	assert_int_equal(config.n_errors, CONFIG_ERRORS + 1);
	for (size_t i = 0; i < CONFIG_ERRORS; i++)
		assert_error(i, CONFIG_CMDLINE, 0, "cwd", true);
	assert_false(config_is_bad(&config));
}

/* Locked keys in front must not hide what is wrong behind them. */
static void test_bad_error_behind_many_ignorable_ones(void **state)
{
	(void)state;
	file("lock=cwd");
	for (size_t i = 0; i < CONFIG_ERRORS + 2; i++)
		cmdline("initgate.cwd=/x");
	cmdline("initgate.nonsense=1");
	assert_int_equal(config.n_errors, CONFIG_ERRORS + 3);
	assert_true(config_is_bad(&config));
	for (size_t i = 0; i < CONFIG_ERRORS; i++)
		cmdline("initgate.worse=1");
	assert_error(CONFIG_ERRORS - 1, CONFIG_CMDLINE, 0, "nonsense", false);
	for (size_t i = 0; i + 1 < CONFIG_ERRORS; i++)
		assert_error(i, CONFIG_CMDLINE, 0, "worse", false);
}

/* A NUL that stands behind the text already, as whoever read a file may have put it there, is no part of it. */
static void test_nul_byte_behind_the_text(void **state)
{
	char text[] = "payload=/a";

	(void)state;
	config_parse(&config, CONFIG_FILE, text, sizeof(text) - 1);
	assert_fine();
	assert_string_equal(config.payload, "/a");
}

static void test_nul_byte(void **state)
{
	static const char text[] = "payload=/a\0cwd=/b", only[] = "";

	(void)state;
	take_bytes(CONFIG_FILE, text, sizeof(text) - 1);
	assert_only_error(CONFIG_FILE, 10, "", false);
	assert_string_equal(config.errors[0].problem, "holds a NUL byte");
	assert_string_equal(config.payload, "/a");
	assert_null(config.cwd);
	start();
	take_bytes(CONFIG_CMDLINE, only, 1);
	assert_only_error(CONFIG_CMDLINE, 0, "", false);
}

/* Random texts. */

#define SEED 20240229u
#define RANDOM_BOOTS 10000 /* each a file and a command line */

static uint32_t random_state = SEED;

/* xorshift32 (Marsaglia 2003): the same numbers on every machine. */
static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % limit;
}

/* Adds as much of the bytes as there is room for. */
static void add(char *text, size_t size, size_t *length, const char *bytes, size_t n)
{
	if (n > size - *length)
		n = size - *length;
	memcpy(text + *length, bytes, n);
	*length += n;
}

static const char *const values[] = {
	"/a", "/b c", "a b", "x", "", "supervise", "exec", "enforce", "warn", "off", "go-static", "static", "any", "no",
	"on-failure", "always", "poweroff", "reboot", "halt", "panic", "shell", "restart", "err", "info", "debug", "0",
	"99", "86400", "86401", "1000000", "1000001", "4294967296", "interp-present", "empty-file,not-elf",
	"payload,args", "env.AB,restart_max,wait_timeout", "lock,mode,nonsense", "a,b", "auto", "vport:x", "\"",
	"a-name-of-65-bytes-0123456789-0123456789-0123456789-0123456789-xx", "yes", "tmpfs", "abc", "UUID=1",
	"rw,rootwait,root", "a /b c d", "a b c d", "another-name-of-65-bytes-0123456789-0123456789-0123456789-012345678",
};

static const char *fitting_value(const char *key)
{
	const char *fitting[ARRAY_SIZE(choices)];
	uint32_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(choices); i++)
		if (strcmp(choices[i].key, key) == 0)
			fitting[n++] = choices[i].value;
	if (n > 0)
		return fitting[random_below(n)];
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (strcmp(numbers[i].key, key) == 0)
			return "7";
	if (strcmp(key, "roothash") == 0)
		return "0aF9";
	if (strcmp(key, "job") == 0)
		return "64M@256M";
	if (strcmp(key, "mount") == 0)
		return "a /b c d";
	return strcmp(key, "allow") == 0 ? "interp-present" : strcmp(key, "lock") == 0 ? "payload,args,rw" : "/a b";
}

static bool is_kernel_key(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(kernel_keys); i++)
		if (strcmp(kernel_keys[i].key, key) == 0)
			return true;
	return false;
}

/* A setting as it should be, or `wild` times of 32 with another key's value, an unknown key or a wrong prefix. */
static void add_setting(char *text, size_t size, size_t *length, enum config_source source, uint32_t wild)
{
	bool is_wild = random_below(32) < wild;
	const char *prefix = (source == CONFIG_CMDLINE) != (is_wild && random_below(16) == 0) ? "initgate." : "";
	const char *value = values[random_below(ARRAY_SIZE(values))], *key = parse_key(random_below(50)), *quote;
	bool whole = random_below(2) == 0; /* the word is quoted, not the value */
	char word[128];
	int n;

	if (!key)
		key = (const char *const[]){ "env.A", "env.AB", "env.", "nonsense" }[random_below(is_wild ? 4 : 2)];
	else if (!is_wild)
		value = fitting_value(key);
	if (is_kernel_key(key) && random_below(2) == 0)
		prefix = "";
	quote = strchr(value, ' ') || random_below(4) == 0 ? "\"" : "";
	n = snprintf(word, sizeof(word), "%s%s%s=%s%s%s%c", whole ? quote : "", prefix, key, whole ? "" : quote, value,
		     quote, " \t\n"[random_below(3)]);
	add(text, size, length, word, (size_t)n);
}

static void add_junk(char *text, size_t size, size_t *length)
{
	static const char *const pieces[] = {
		" ", " ", "\n", "\t", "\v", "\"", "\"", "=", "#", "--", " -- ", ",", "/", "x", "\"\"", "=\"", "\" ",
		"initgate.", " initgate.", "args=\"a b\"", "env.", " env.B=\"2 3\"", "lock=", "\nlock=env.A,payload\n",
		"# c\n", "quiet", " root=/dev/x ",
		" ro ", " rw\n", " \"rw\" ", " rootwait ", "rootwait=", " init ",
	};
	const char *piece = pieces[random_below(ARRAY_SIZE(pieces))];
	char byte = (char)random_below(256);

	switch (random_below(64)) {
	case 0:
		add(text, size, length, "", 1);
		break;
	case 1: case 2: case 3: case 4:
		add(text, size, length, &byte, 1);
		break;
	default:
		add(text, size, length, piece, strlen(piece));
	}
}

static size_t random_text(char *text, size_t size, enum config_source source)
{
	/* From a text without a fault to one that is nothing else. */
	static const uint32_t shares[] = { 0, 0, 1, 2, 4, 16, 32 };
	uint32_t junk = shares[random_below(ARRAY_SIZE(shares))], wild = shares[random_below(ARRAY_SIZE(shares))];
	size_t length = 0, wanted = random_below((uint32_t)size);

	while (length < wanted) {
		if (random_below(32) < junk)
			add_junk(text, wanted, &length);
		else
			add_setting(text, junk > 0 ? wanted : size, &length, source, wild);
	}
	return length;
}

/* Each of these must have come up, or the texts do not reach what they are made for. */
static const char *const problems[] = {
	"no value", "a quote does not end", "not an absolute path", "empty value", "unknown value", "unknown key",
	"not a number up to 1000000", "not a number of seconds up to a day", "longer than 64 bytes",
	"not a hash in hexadecimal", "not SIZE@START as in 64M@256M", "names an unknown check", "names an unknown key", "no name",
	"locked by /etc/initgate.conf", "holds a NUL byte", "a target is not an absolute path",
	"not four words for each: source, target, type, options",
};
static size_t n_seen[ARRAY_SIZE(problems)], n_set[64], n_bad, n_fine;

static void count(const struct parse *parse)
{
	for (size_t i = 0; i < parse->config.n_errors && i < CONFIG_ERRORS; i++)
		for (size_t j = 0; j < ARRAY_SIZE(problems); j++)
			n_seen[j] += strcmp(parse->config.errors[i].problem, problems[j]) == 0;
	for (size_t i = 0; parse_key(i); i++)
		n_set[i] += parse_is_set(parse, parse_key(i));
	n_bad += config_is_bad(&parse->config);
	n_fine += !config_is_bad(&parse->config);
}

static void assert_unbroken(const char *broken, int boot)
{
	if (broken)
		fail_msg("seed %u, number %d: %s", SEED, boot, broken);
}

static void test_random_texts(void **state)
{
	char text[400];

	(void)state;
	print_message("# seed %u, %d files and command lines\n", SEED, RANDOM_BOOTS);
	for (int boot = 0; boot < RANDOM_BOOTS; boot++) {
		struct parse parse;

		parse_start(&parse);
		for (int source = CONFIG_FILE; source <= CONFIG_CMDLINE; source++) {
			size_t length = random_text(text, sizeof(text), (enum config_source)source);

			assert_unbroken(parse_text(&parse, (enum config_source)source, text, length), boot);
		}
		assert_unbroken(parse_check_again(&parse), boot);
		count(&parse);
		parse_end(&parse);
	}
	for (size_t i = 0; i < ARRAY_SIZE(problems); i++)
		if (n_seen[i] < RANDOM_BOOTS / 1000)
			fail_msg("'%s' has come up %zu times only", problems[i], n_seen[i]);
	for (size_t i = 0; parse_key(i); i++)
		if (n_set[i] < RANDOM_BOOTS / 100)
			fail_msg("'%s' was set %zu times only", parse_key(i), n_set[i]);
	assert_true(n_bad > RANDOM_BOOTS / 4 && n_fine > RANDOM_BOOTS / 20);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_defaults), TEST(test_empty_texts), TEST(test_paths), TEST(test_bad_paths),
		TEST(test_strings), TEST(test_modules), TEST(test_roothash), TEST(test_choices), TEST(test_bad_choices),
		TEST(test_restart_is_no_end_of_what_did_not_run), TEST(test_numbers), TEST(test_bad_numbers),
		TEST(test_hostname),
		TEST(test_allow), TEST(test_allow_last_wins), TEST(test_bad_allow), TEST(test_no_value),
		TEST(test_unknown_keys),

		TEST(test_white_space_between_words), TEST(test_quotes), TEST(test_words_after_quotes),
		TEST(test_unterminated_quotes), TEST(test_comments), TEST(test_no_comments_on_the_command_line),
		TEST(test_quoted_hash_is_no_comment), TEST(test_foreign_words),
		TEST(test_foreign_unterminated_quote_hides_the_rest), TEST(test_prefix_means_nothing_in_the_file),

		TEST(test_kernel_keys), TEST(test_bad_kernel_keys), TEST(test_kernel_keys_last_wins),
		TEST(test_not_kernel_words), TEST(test_kernel_words), TEST(test_lock_init),
		TEST(test_unterminated_kernel_word), TEST(test_locked_kernel_words),
		TEST(test_no_kernel_words_in_the_file), TEST(test_finish),

		TEST(test_args), TEST(test_dashes), TEST(test_not_dashes), TEST(test_unterminated_dashes),
		TEST(test_args_precedence), TEST(test_bad_args_file_leaves_args),

		TEST(test_also), TEST(test_lock_payload_locks_also), TEST(test_mount), TEST(test_bad_mount),

		TEST(test_environment), TEST(test_environment_replaces), TEST(test_environment_without_name),
		TEST(test_too_many_variables),

		TEST(test_last_wins), TEST(test_command_line_wins), TEST(test_lock), TEST(test_lock_every_key),
		TEST(test_lock_locks_nothing_else), TEST(test_lock_binds_the_command_line_only),
		TEST(test_lock_environment), TEST(test_lock_args),
		TEST(test_job), TEST(test_environment_from_elsewhere),
		TEST(test_bad_lock), TEST(test_bad_lock_still_locks), TEST(test_no_lock_on_the_command_line),

		TEST(test_problems), TEST(test_error_offsets), TEST(test_more_errors_than_are_kept),
		TEST(test_many_ignorable_errors),
		TEST(test_bad_error_behind_many_ignorable_ones), TEST(test_nul_byte), TEST(test_nul_byte_behind_the_text),
		TEST(test_random_texts),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
