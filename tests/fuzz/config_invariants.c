/* SPDX-License-Identifier: MIT */
/* See config_invariants.h. Words are found, lists searched and bounds known here a second time, on purpose. */
#include "config_invariants.h"
#include "init/log.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DAY_MS 86400000
#define MILLION 1000000

enum kind { TEXT, PATH, HOSTNAME, HASH, WORDS, ALLOW, NUMBER, LEVEL };

#define MEMBER(m) offsetof(struct config, m), sizeof(((struct config *)0)->m)

static const struct member {
	const char *key;
	size_t offset, size;
	enum kind kind;
	int most, step; /* of a NUMBER */
} members[] = {
	{ "payload", MEMBER(payload), PATH, 0, 0 },
	{ "args", MEMBER(args), WORDS, 0, 0 },
	{ "args_file", MEMBER(args_file), PATH, 0, 0 },
	{ "also", MEMBER(also), TEXT, 0, 0 },
	{ "manifest", MEMBER(manifest), PATH, 0, 0 },
	{ "cwd", MEMBER(cwd), PATH, 0, 0 },
	{ "stdin", MEMBER(std_in), PATH, 0, 0 },
	{ "stdout", MEMBER(std_out), PATH, 0, 0 },
	{ "stderr", MEMBER(std_err), PATH, 0, 0 },
	{ "mode", MEMBER(mode), NUMBER, CONFIG_EXEC, 1 },
	{ "verify", MEMBER(verify), NUMBER, CONFIG_OFF, 1 },
	{ "profile", MEMBER(profile), NUMBER, ELFCHECK_ANY, 1 },
	{ "allow", MEMBER(allow), ALLOW, 0, 0 },
	{ "modules", MEMBER(modules), TEXT, 0, 0 },
	{ "autoload", MEMBER(autoload), NUMBER, CONFIG_YES, 1 },
	{ "modules_parallel", MEMBER(modules_parallel), NUMBER, CONFIG_YES, 1 },
	{ "modules_timeout", MEMBER(modules_timeout_ms), NUMBER, DAY_MS, 1000 },
	{ "wait", MEMBER(wait), TEXT, 0, 0 },
	{ "wait_timeout", MEMBER(wait_timeout_ms), NUMBER, DAY_MS, 1000 },
	{ "mount", MEMBER(mounts), WORDS, 0, 0 },
	{ "restart", MEMBER(restart), NUMBER, CONFIG_RESTART_ALWAYS, 1 },
	{ "restart_max", MEMBER(restart_max), NUMBER, MILLION, 1 },
	{ "restart_delay", MEMBER(restart_delay_ms), NUMBER, MILLION, 1 },
	{ "root", MEMBER(root), TEXT, 0, 0 },
	{ "rootfstype", MEMBER(rootfstype), TEXT, 0, 0 },
	{ "rootflags", MEMBER(rootflags), TEXT, 0, 0 },
	{ "rootdelay", MEMBER(rootdelay_ms), NUMBER, DAY_MS, 1000 },
	{ "rootwait", MEMBER(rootwait), NUMBER, CONFIG_YES, 1 },
	{ "rw", MEMBER(rw), NUMBER, CONFIG_YES, 1 },
	{ "overlay", MEMBER(overlay), NUMBER, CONFIG_YES, 1 },
	{ "roothash", MEMBER(roothash), HASH, 0, 0 },
	{ "roothash_device", MEMBER(roothash_device), TEXT, 0, 0 },
	{ "init", MEMBER(init), PATH, 0, 0 },
	{ "on_exit", MEMBER(on_exit), NUMBER, CONFIG_RESTART, 1 },
	{ "on_fail", MEMBER(on_fail), NUMBER, CONFIG_SHELL, 1 }, /* nothing ran: nothing to run again */
	{ "watchdog", MEMBER(watchdog), PATH, 0, 0 },
	{ "watchdog_timeout", MEMBER(watchdog_timeout_ms), NUMBER, DAY_MS, 1000 },
	{ "hostname", MEMBER(hostname), HOSTNAME, 0, 0 },
	{ "report", MEMBER(report), TEXT, 0, 0 },
	{ "nonce", MEMBER(nonce), TEXT, 0, 0 },
	{ "job", MEMBER(job_size_mib), NUMBER, 1024, 1 },
	{ "loglevel", MEMBER(loglevel), LEVEL, 0, 0 },
	{ "lock", MEMBER(lock), TEXT, 0, 0 },
};

static const void *at(const struct config *config, const struct member *member)
{
	return (const char *)config + member->offset;
}

static const char *string(const struct config *config, const struct member *member)
{
	const char *value;

	memcpy(&value, at(config, member), sizeof(value));
	return value;
}

static bool is_string(const struct member *member)
{
	return member->kind == TEXT || member->kind == PATH || member->kind == HOSTNAME || member->kind == HASH;
}

static int number(const struct config *config, const struct member *member)
{
	int value;

	memcpy(&value, at(config, member), sizeof(value));
	return value;
}

const char *parse_key(size_t i)
{
	return i < COUNT(members) ? members[i].key : NULL;
}

bool parse_is_set(const struct parse *parse, const char *key)
{
	struct config by_default;

	config_start(&by_default);
	for (size_t i = 0; i < COUNT(members); i++) {
		const struct member *member = &members[i];

		if (strcmp(member->key, key) == 0)
			return memcmp(at(&parse->config, member), at(&by_default, member), member->size) != 0;
	}
	return false;
}

/* Words, as docs/CONFIG.md describes them. */

struct place {
	size_t begin, end;
	bool quoted; /* begins with a quote */
	bool open;   /* a quote does not end */
};

static bool is_white(char c)
{
	return c != '\0' && strchr(" \t\n\v\f\r", c);
}

static size_t before_nul(const struct parse_text *text)
{
	return strnlen(text->original, text->length);
}

static bool next_place(const struct parse_text *text, size_t *from, struct place *ret_place)
{
	size_t end = before_nul(text), i = *from;
	const char *s = text->original;

	while (i < end && (is_white(s[i]) || (s[i] == '#' && text->source == CONFIG_FILE))) {
		if (s[i] == '#')
			while (i + 1 < end && s[i + 1] != '\n')
				i++;
		i++;
	}
	*ret_place = (struct place){ .begin = i, .quoted = i < end && s[i] == '"' };
	for (; i < end && (ret_place->open || !is_white(s[i])); i++)
		if (s[i] == '"')
			ret_place->open = !ret_place->open;
	ret_place->end = *from = i;
	return ret_place->end > ret_place->begin;
}

/* Where the text of the word ends: in front of the quote that closes all of it. */
static size_t text_end(const struct parse_text *text, const struct place *place)
{
	bool closed = place->quoted && place->end > place->begin + 1 && text->original[place->end - 1] == '"';

	return place->end - closed;
}

static bool is_word(const struct parse_text *text, const struct place *place, const char *word)
{
	size_t begin = place->begin + place->quoted, n = strlen(word);

	return text_end(text, place) - begin == n && memcmp(text->original + begin, word, n) == 0;
}

static bool is_dashes(const struct parse_text *text, const struct place *place)
{
	return text->source == CONFIG_CMDLINE && !place->open && is_word(text, place, "--");
}

/* The word that begins there. What stands behind "--" are arguments. */
static bool find_place(const struct parse_text *text, size_t begin, struct place *ret_place)
{
	for (size_t from = 0; next_place(text, &from, ret_place);) {
		if (ret_place->begin == begin)
			return true;
		if (is_dashes(text, ret_place))
			break;
	}
	return false;
}

/* These settings need no prefix. */
static bool is_kernel_key(const char *s, size_t length)
{
	static const char *const keys[] = { "root", "rootfstype", "rootflags", "rootdelay", "roothash", "init" };

	for (size_t i = 0; i < COUNT(keys); i++)
		if (strlen(keys[i]) == length && memcmp(keys[i], s, length) == 0)
			return true;
	return false;
}

/* Is it meant as a setting? Its key, maybe an unknown one, begins at *ret_key. */
static bool is_setting(const struct parse_text *text, const struct place *place, const char **ret_key)
{
	const char *s = text->original + place->begin + place->quoted, *end = text->original + text_end(text, place);
	const char *equals = memchr(s, '=', (size_t)(end - s));

	*ret_key = s;
	if (text->source == CONFIG_FILE)
		return true;
	if (end - s >= 9 && memcmp(s, "initgate.", 9) == 0) {
		*ret_key = s + 9;
		return true;
	}
	return is_kernel_key(s, (size_t)((equals ? equals : end) - s));
}

/* Is it a setting of this key? */
static bool has_key(const struct parse_text *text, const struct place *place, const char *key)
{
	const char *s, *end = text->original + text_end(text, place);
	size_t length = strlen(key);

	if (!is_setting(text, place, &s) || (size_t)(end - s) < length || memcmp(s, key, length) != 0)
		return false;
	return s + length == end || s[length] == '=';
}

/* One of the kernel's words about the root that have no value? */
static bool is_kernel_word(const struct parse_text *text, const struct place *place)
{
	return text->source == CONFIG_CMDLINE && !place->open &&
	       (is_word(text, place, "ro") || is_word(text, place, "rw") || is_word(text, place, "rootwait"));
}

/* Lists and names. */

static bool lists(const char *list, const char *word, size_t length)
{
	for (const char *s = list; s; s = strchr(s, ',') ? strchr(s, ',') + 1 : NULL)
		if (strncmp(s, word, length) == 0 && (s[length] == ',' || s[length] == '\0'))
			return true;
	return false;
}

static bool is_locked(const char *list, const char *key)
{
	if (strcmp(key, "args") == 0 || strcmp(key, "args_file") == 0 || strcmp(key, "--") == 0)
		return lists(list, "args", 4) || lists(list, "args_file", 9) || lists(list, key, strlen(key));
	if (strcmp(key, "init") == 0 && (lists(list, "payload", 7) || lists(list, "mode", 4) || lists(list, "profile", 7)))
		return true;
	if (strcmp(key, "job") == 0 && (lists(list, "payload", 7) || lists(list, "args", 4) || lists(list, "args_file", 9)))
		return true;
	if (strcmp(key, "also") == 0 && lists(list, "payload", 7))
		return true;
	return lists(list, key, strlen(key));
}

/* A variable's name is locked as env.NAME. */
static bool is_variable_locked(const char *list, const char *variable)
{
	char name[1024] = "env.";
	size_t length = strcspn(variable, "=");

	if (length + 4 >= sizeof(name) || memchr(variable, ',', length))
		return false;
	memcpy(name + 4, variable, length);
	return lists(list, name, length + 4);
}

/* The text that holds the string, with its end. */
static const struct parse_text *text_of(const struct parse *parse, const char *s)
{
	for (size_t i = 0; i < parse->n_texts; i++) {
		const struct parse_text *text = &parse->texts[i];

		if (s >= text->text && s <= text->text + text->length)
			return memchr(s, '\0', (size_t)(text->text + text->length + 1 - s)) ? text : NULL;
	}
	return NULL;
}

/* What must hold. */

static const char *check_hash(const char *hash)
{
	size_t n = strlen(hash);

	for (size_t i = 0; i < n; i++)
		if (!strchr("0123456789abcdefABCDEF", hash[i]))
			return "a hash is not hexadecimal";
	return n % 2 == 0 && n <= 128 ? NULL : "a hash has half a byte, or too many";
}

static const char *check_string(const struct parse *parse, const struct member *member)
{
	const char *value = string(&parse->config, member);

	if (!value)
		return NULL;
	if (!text_of(parse, value))
		return "a string lies in no text or does not end there";
	if (!*value)
		return "a string is empty";
	if (member->kind == PATH && *value != '/')
		return "a path is not absolute";
	if (member->kind == HOSTNAME && strlen(value) > 64)
		return "the host name is longer than the kernel takes";
	return member->kind == HASH ? check_hash(value) : NULL;
}

static const char *check_number(const struct config *config, const struct member *member)
{
	int value = number(config, member);

	if (member->kind == LEVEL)
		return value == LOG_LEVEL_ERR || value == LOG_LEVEL_WARN || value == LOG_LEVEL_INFO ||
		       value == LOG_LEVEL_DEBUG ? NULL : "the level is none of the four";
	return value >= 0 && value <= member->most && value % member->step == 0 ? NULL : "a number is out of bounds";
}

static const char *check_allow(const struct config *config)
{
	struct elfcheck_allow known = { 0 };

	for (enum elfcheck_slug slug = 0; slug < ELFCHECK_SLUGS; slug++)
		elfcheck_allow_add(&known, slug);
	for (size_t i = 0; i < COUNT(known.bits); i++)
		if (config->allow.bits[i] & ~known.bits[i])
			return "allows a finding that there is not";
	return NULL;
}

static const char *check_words(const struct parse *parse, const struct config_words *words)
{
	if ((words->ptr == NULL) != (words->length == 0))
		return "words without bytes, or bytes without words";
	if (!words->ptr)
		return NULL;
	for (size_t i = 0; i < parse->n_texts; i++) {
		const struct parse_text *text = &parse->texts[i];
		size_t room = text->length + 1;

		if (words->ptr >= text->text && words->ptr < text->text + room)
			return words->length <= room - (size_t)(words->ptr - text->text) &&
			       words->ptr[words->length - 1] == '\0' ? NULL : "words do not end in their text";
	}
	return "words lie in no text";
}

static const char *check_args(const struct parse *parse)
{
	if (parse->config.args.ptr && parse->config.args_file)
		return "arguments and a file of arguments";
	return check_words(parse, &parse->config.args);
}

static const char *check_mounts(const struct parse *parse)
{
	const struct config_words *mounts = &parse->config.mounts;
	const char *broken = check_words(parse, mounts);
	size_t n = 0, at = 0;

	for (; !broken && at < mounts->length; at += strlen(mounts->ptr + at) + 1, n++)
		if (n % 4 == 1 && mounts->ptr[at] != '/')
			return "a target is not absolute";
	return broken || n % 4 == 0 ? broken : "a mount of less than four words";
}

static const char *check_environment(const struct parse *parse)
{
	const struct config *config = &parse->config;

	if (config->n_environment > CONFIG_ENVIRONMENT)
		return "too many variables";
	for (size_t i = 0; i < config->n_environment; i++) {
		const char *variable = config->environment[i];
		size_t length;

		if (!variable || !text_of(parse, variable))
			return "a variable lies in no text or does not end there";
		length = strcspn(variable, "=");
		if (length == 0 || variable[length] != '=')
			return "a variable has no name";
		for (size_t j = 0; j < i; j++)
			if (strncmp(config->environment[j], variable, length + 1) == 0)
				return "a variable is there twice";
	}
	return NULL;
}

static bool is_error_of(const struct parse_text *text, const struct config_error *error)
{
	struct place place;

	if (text->source != error->source || error->offset >= text->length)
		return false;
	if (strcmp(error->problem, "holds a NUL byte") == 0)
		return !*error->key && error->offset == before_nul(text);
	if (!find_place(text, error->offset, &place))
		return false;
	return has_key(text, &place, error->key) || (strcmp(error->key, "--") == 0 && is_dashes(text, &place));
}

/* Which text an error is about: the one that its key lies in; "--" and "" need not lie in any. */
static const struct parse_text *text_of_error(const struct parse *parse, const struct config_error *error)
{
	const struct parse_text *own = text_of(parse, error->key);

	for (size_t i = 0; i < parse->n_texts; i++)
		if ((!own || own == &parse->texts[i]) && is_error_of(&parse->texts[i], error))
			return &parse->texts[i];
	return NULL;
}

static const char *check_errors(const struct parse *parse)
{
	const struct config *config = &parse->config;
	bool bad = false;

	for (size_t i = 0; i < CONFIG_ERRORS; i++) {
		const struct config_error *error = &config->errors[i];

		if (i >= config->n_errors) {
			if (error->key || error->problem || error->offset || error->ignorable)
				return "an error is kept and not counted";
			continue;
		}
		if (!error->problem || !*error->problem || !error->key)
			return "an error lacks its key or reason";
		if (!text_of_error(parse, error))
			return "an error does not point at a word with its key";
		if (error->ignorable && !(error->source == CONFIG_CMDLINE && config->lock))
			return "an error is ignorable and nothing is locked";
		bad |= !error->ignorable;
	}
	return bad == config_is_bad(config) ? NULL : "the settings are bad without an error, or good with one";
}

static const char *check_settings(const struct parse *parse)
{
	const char *broken = check_args(parse);

	if (!broken)
		broken = check_mounts(parse);
	for (size_t i = 0; !broken && i < COUNT(members); i++) {
		if (is_string(&members[i]))
			broken = check_string(parse, &members[i]);
		else if (members[i].kind == NUMBER || members[i].kind == LEVEL)
			broken = check_number(&parse->config, &members[i]);
	}
	if (!broken)
		broken = check_allow(&parse->config);
	if (!broken)
		broken = check_environment(parse);
	return broken ? broken : check_errors(parse);
}

/* Is it a setting, and wrong whatever its value is? */
static bool is_bad(const struct parse_text *text, const struct place *place)
{
	const char *s, *end = text->original + place->end, *equals;
	bool known = false;

	if (!is_setting(text, place, &s))
		return false;
	equals = memchr(s, '=', (size_t)(end - s));
	if (place->open || !equals)
		return true;
	for (size_t i = 0; i < COUNT(members); i++)
		known |= strlen(members[i].key) == (size_t)(equals - s) &&
			 memcmp(members[i].key, s, strlen(members[i].key)) == 0;
	return !known && !(equals - s > 4 && memcmp(s, "env.", 4) == 0);
}

/* The words of a text bound how many errors it has: one each at most, one for a NUL, one for an argument's quote. */
static const char *check_error_count(const struct parse_text *text, const struct config *before,
				     const struct config *after)
{
	size_t nul = before_nul(text) < text->length, words = 0, bad = nul, from = 0;
	bool dashes = false;
	struct place place;

	while (next_place(text, &from, &place)) {
		words++;
		bad += dashes ? place.open : is_bad(text, &place);
		dashes |= is_dashes(text, &place);
	}
	if (after->n_errors < before->n_errors + bad)
		return "an error got lost";
	return after->n_errors - before->n_errors <= words + nul ? NULL : "more errors than words";
}

/* What the file locks, the command line has not changed; and nothing else was kept from it. */
static const char *check_locks(const struct parse *parse, const struct config *before)
{
	const struct config *after = &parse->config;
	const struct parse_text *last = &parse->texts[parse->n_texts - 1];

	if (before->lock != after->lock)
		return "the command line has changed the locks";
	for (size_t i = 0; i < COUNT(members); i++)
		if (is_locked(before->lock, members[i].key) &&
		    memcmp(at(before, &members[i]), at(after, &members[i]), members[i].size) != 0)
			return "the command line has changed a locked setting";
	for (size_t i = 0; i < after->n_environment; i++)
		if (text_of(parse, after->environment[i]) == last &&
		    is_variable_locked(before->lock, after->environment[i]))
			return "the command line has changed a locked variable";
	for (size_t i = 0; i < after->n_errors && i < CONFIG_ERRORS; i++)
		if (after->errors[i].ignorable && text_of_error(parse, &after->errors[i]) == last &&
		    !is_locked(before->lock, after->errors[i].key))
			return "a setting is refused as locked that is not";
	return NULL;
}

static const char *check_variables_stay(const struct config *before, const struct config *after)
{
	if (after->n_environment < before->n_environment)
		return "a variable got lost";
	for (size_t i = 0; i < before->n_environment; i++) {
		size_t length = strcspn(before->environment[i], "=") + 1;

		if (strncmp(before->environment[i], after->environment[i], length) != 0)
			return "a variable got lost";
	}
	return NULL;
}

/* A command line that has no word for us changes nothing. */
static const char *check_foreign(const struct parse_text *text, const struct config *before, const struct config *after)
{
	size_t from = 0;
	struct place place;

	while (next_place(text, &from, &place)) {
		const char *key;

		if (is_dashes(text, &place) || is_setting(text, &place, &key) || is_kernel_word(text, &place))
			return NULL;
	}
	return memcmp(before, after, offsetof(struct config, n_errors)) == 0 ? NULL : "words of others changed it";
}

/* The last of the kernel's words holds where no setting of the same stands behind it. */
static const char *check_kernel_words(const struct parse_text *text, const struct config *before,
				      const struct config *after)
{
	enum { OPEN = -1 }; /* said by no word, or not by the last one */
	int rw = OPEN, rootwait = OPEN;
	size_t from = 0;
	struct place place;

	while (next_place(text, &from, &place) && !is_dashes(text, &place)) {
		if (place.open || has_key(text, &place, "rw"))
			rw = OPEN;
		else if (is_word(text, &place, "ro") || is_word(text, &place, "rw"))
			rw = is_word(text, &place, "rw") ? CONFIG_YES : CONFIG_NO;
		if (place.open || has_key(text, &place, "rootwait"))
			rootwait = OPEN;
		else if (is_word(text, &place, "rootwait"))
			rootwait = CONFIG_YES;
	}
	if (rw != OPEN && !is_locked(before->lock, "rw") && (int)after->rw != rw)
		return "ro or rw does not count";
	if (rootwait != OPEN && !is_locked(before->lock, "rootwait") && (int)after->rootwait != rootwait)
		return "rootwait does not count";
	return NULL;
}

static void *copy_of(const void *bytes, size_t length, size_t room)
{
	char *copy = malloc(room);

	if (!copy)
		abort();
	if (length > 0)
		memcpy(copy, bytes, length);
	return copy;
}

static struct parse_text *add_text(struct parse *parse, enum config_source source, const void *bytes, size_t length)
{
	struct parse_text *text = &parse->texts[parse->n_texts];

	if (parse->n_texts++ == PARSE_TEXTS)
		abort();
	*text = (struct parse_text){ .source = source, .length = length };
	text->original = copy_of(bytes, length, length + 1);
	text->original[length] = '\0';
	text->text = copy_of(bytes, length, length + 1);
	text->text[length] = parse->room;
	config_parse(&parse->config, source, text->text, length);
	return text;
}

void parse_start(struct parse *parse)
{
	parse->n_texts = 0;
	parse->room = 'x';
	config_start(&parse->config);
}

void parse_end(struct parse *parse)
{
	while (parse->n_texts > 0) {
		parse->n_texts--;
		free(parse->texts[parse->n_texts].original);
		free(parse->texts[parse->n_texts].text);
	}
}

const char *parse_text(struct parse *parse, enum config_source source, const void *bytes, size_t length)
{
	struct config before;
	const struct parse_text *text;
	const char *broken;

	memcpy(&before, &parse->config, sizeof(before));
	text = add_text(parse, source, bytes, length);
	broken = text->text[length] == '\0' ? check_settings(parse) : "the text does not end";
	if (!broken)
		broken = check_error_count(text, &before, &parse->config);
	if (!broken)
		broken = check_variables_stay(&before, &parse->config);
	if (!broken && source == CONFIG_CMDLINE)
		broken = check_locks(parse, &before);
	if (!broken && source == CONFIG_CMDLINE)
		broken = check_foreign(text, &before, &parse->config);
	if (!broken && source == CONFIG_CMDLINE)
		broken = check_kernel_words(text, &before, &parse->config);
	return broken;
}

/* What other calls must answer. */

static bool same_string(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_member(const struct config *a, const struct config *b, const struct member *member)
{
	struct config_words words_a, words_b;

	switch (member->kind) {
	case TEXT: case PATH: case HOSTNAME: case HASH:
		return same_string(string(a, member), string(b, member));
	case WORDS:
		memcpy(&words_a, at(a, member), sizeof(words_a));
		memcpy(&words_b, at(b, member), sizeof(words_b));
		return words_a.length == words_b.length &&
		       (words_a.length == 0 || memcmp(words_a.ptr, words_b.ptr, words_a.length) == 0);
	default:
		return memcmp(at(a, member), at(b, member), member->size) == 0;
	}
}

static bool same_settings(const struct config *a, const struct config *b)
{
	for (size_t i = 0; i < COUNT(members); i++)
		if (!same_member(a, b, &members[i]))
			return false;
	if (a->n_environment != b->n_environment)
		return false;
	for (size_t i = 0; i < a->n_environment; i++)
		if (strcmp(a->environment[i], b->environment[i]) != 0)
			return false;
	return true;
}

static bool same_errors(const struct config *a, const struct config *b)
{
	if (a->n_errors != b->n_errors)
		return false;
	for (size_t i = 0; i < a->n_errors && i < CONFIG_ERRORS; i++)
		if (a->errors[i].source != b->errors[i].source || a->errors[i].offset != b->errors[i].offset ||
		    a->errors[i].ignorable != b->errors[i].ignorable ||
		    strcmp(a->errors[i].key, b->errors[i].key) != 0 ||
		    strcmp(a->errors[i].problem, b->errors[i].problem) != 0)
			return false;
	return true;
}

static const char *check_same_again(const struct parse *parse)
{
	struct parse again;
	bool same;

	parse_start(&again);
	again.room = '\0';
	for (size_t i = 0; i < parse->n_texts; i++)
		add_text(&again, parse->texts[i].source, parse->texts[i].original, parse->texts[i].length);
	same = same_settings(&parse->config, &again.config) && same_errors(&parse->config, &again.config);
	parse_end(&again);
	return same ? NULL : "the same texts give other settings";
}

/* The last setting wins, so saying everything twice changes nothing. */
static const char *check_twice(const struct parse *parse)
{
	struct parse again;
	bool same;

	if (parse->n_texts > PARSE_TEXTS / 2)
		return NULL;
	parse_start(&again);
	for (size_t i = 0; i < 2 * parse->n_texts; i++)
		add_text(&again, parse->texts[i / 2].source, parse->texts[i / 2].original, parse->texts[i / 2].length);
	same = same_settings(&parse->config, &again.config);
	parse_end(&again);
	return same ? NULL : "texts read twice give other settings";
}

/* Errors after which something of the word counts all the same. */
static bool is_ignored(const struct config_error *error)
{
	return strcmp(error->problem, "names an unknown key") != 0; /* such a list locks what it names rightly */
}

/* Bad settings are ignored and the others hold: without the bad ones the others are the same, and fine. */
static const char *check_without_errors(const struct parse *parse)
{
	const struct config *config = &parse->config;
	struct parse clean;
	bool same;

	if (config->n_errors > CONFIG_ERRORS)
		return NULL;
	for (size_t i = 0; i < config->n_errors; i++)
		if (!is_ignored(&config->errors[i]))
			return NULL;
	parse_start(&clean);
	for (size_t i = 0; i < parse->n_texts; i++) {
		const struct parse_text *text = &parse->texts[i];
		char *bytes = copy_of(text->original, text->length, text->length + 1);
		size_t length = before_nul(text);

		for (size_t e = 0; e < config->n_errors; e++) {
			struct place place;

			if (text_of_error(parse, &config->errors[e]) != text ||
			    !find_place(text, config->errors[e].offset, &place))
				continue;
			if (is_dashes(text, &place))
				place.end = length;
			memset(bytes + place.begin, ' ', place.end - place.begin);
		}
		add_text(&clean, text->source, bytes, length);
		free(bytes);
	}
	same = clean.config.n_errors == 0 && same_settings(config, &clean.config);
	parse_end(&clean);
	return same ? NULL : "the texts without the words in error give other settings";
}

/* A full init in a root of its own is the payload; nothing else changes, and not without both. */
static const char *check_finish(const struct parse *parse)
{
	struct config expected, finished;

	memcpy(&expected, &parse->config, sizeof(expected));
	memcpy(&finished, &parse->config, sizeof(finished));
	config_finish(&finished);
	if (expected.root && expected.init) {
		expected.payload = expected.init;
		expected.mode = CONFIG_EXEC;
		expected.profile = ELFCHECK_ANY;
	}
	return memcmp(&expected, &finished, sizeof(expected)) == 0 ? NULL : "the end of all texts gives other settings";
}

const char *parse_check_again(const struct parse *parse)
{
	const char *broken = check_same_again(parse);

	if (!broken)
		broken = check_finish(parse);
	if (!broken)
		broken = check_twice(parse);
	return broken ? broken : check_without_errors(parse);
}
