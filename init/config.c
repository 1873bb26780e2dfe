/* SPDX-License-Identifier: MIT */
/*
 * The settings; see config.h. Reads and opens nothing, allocates nothing, has no globals: every byte comes
 * in through config_parse(), so that it can be tested and fuzzed on a host. One table row per key.
 */
#include "config.h"
#include "log.h"
#include "util.h"

#include <string.h>

#define PREFIX "initgate."
#define WHITE_SPACE " \t\n\v\f\r"

/* One word of the grammar, NUL-terminated in place. */
struct word {
	char *text;  /* the whole word, outer quotes removed */
	char *value; /* behind the first '=', quotes removed; NULL without '=' */
	size_t offset;
};

struct choice {
	const char *name;
	int value;
};

struct key {
	const char *name;
	/* Returns NULL or what is wrong with the value. */
	const char *(*set)(struct config *config, const struct key *key, struct word *word);
	size_t offset; /* of the member in struct config */
	const struct choice *choices;
	bool file_only;
	bool kernel; /* on the kernel command line it needs no prefix */
};

static const char *set_string(struct config *config, const struct key *key, struct word *word)
{
	if (!*word->value)
		return "empty value";
	memcpy((char *)config + key->offset, &word->value, sizeof(word->value));
	return NULL;
}

static const char *set_path(struct config *config, const struct key *key, struct word *word)
{
	if (word->value[0] != '/')
		return "not an absolute path";
	return set_string(config, key, word);
}

/* An empty one takes back what was said before. */
static const char *set_list(struct config *config, const struct key *key, struct word *word)
{
	const char *list = *word->value ? word->value : NULL;

	memcpy((char *)config + key->offset, &list, sizeof(list));
	return NULL;
}

static const char *set_choice(struct config *config, const struct key *key, struct word *word)
{
	for (const struct choice *choice = key->choices; choice->name; choice++) {
		if (strcmp(choice->name, word->value) == 0) {
			memcpy((char *)config + key->offset, &choice->value, sizeof(choice->value));
			return NULL;
		}
	}
	return "unknown value";
}

/* Decimal digits only. */
static bool parse_number(const char *text, int most, int *ret)
{
	int number = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || number > (most - (*text - '0')) / 10)
			return false;
		number = number * 10 + (*text - '0');
	}
	*ret = number;
	return true;
}

static const char *set_number(struct config *config, const struct key *key, struct word *word)
{
	int number;

	if (!parse_number(word->value, 1000000, &number))
		return "not a number up to 1000000";
	memcpy((char *)config + key->offset, &number, sizeof(number));
	return NULL;
}

static const char *set_seconds(struct config *config, const struct key *key, struct word *word)
{
	int seconds;

	if (!parse_number(word->value, 86400, &seconds))
		return "not a number of seconds up to a day";
	seconds *= 1000;
	memcpy((char *)config + key->offset, &seconds, sizeof(seconds));
	return NULL;
}

static const char *set_hash(struct config *config, const struct key *key, struct word *word)
{
	size_t n = strspn(word->value, "0123456789abcdefABCDEF");

	if (word->value[n] || n == 0 || n % 2 || n > 128)
		return "not a hash in hexadecimal";
	return set_string(config, key, word);
}

/* Decimal digits and an M. */
static bool parse_mib(const char *text, size_t length, int *ret)
{
	char digits[8];

	if (length < 2 || length > sizeof(digits) || text[length - 1] != 'M')
		return false;
	memcpy(digits, text, length - 1);
	digits[length - 1] = '\0';
	return parse_number(digits, 1000000, ret);
}

/* As in the kernel's memmap=, SIZE@START; or SIZE@FILE. */
static const char *set_job(struct config *config, const struct key *key, struct word *word)
{
	size_t n = strcspn(word->value, "@");
	const char *place = word->value + n + 1;
	int size, start = 0;

	(void)key;
	if (!word->value[n] || !parse_mib(word->value, n, &size) || size == 0 || size > 1024 ||
	    (place[0] != '/' && !parse_mib(place, strlen(place), &start)))
		return "not SIZE@START as in 64M@256M";
	config->job_file = place[0] == '/' ? place : NULL;
	config->job_size_mib = size;
	config->job_start_mib = start;
	return NULL;
}

/* sethostname(2) takes 64 bytes. */
static const char *set_hostname(struct config *config, const struct key *key, struct word *word)
{
	if (strlen(word->value) > 64)
		return "longer than 64 bytes";
	return set_string(config, key, word);
}

/* White space separated words become NUL-terminated ones; needs no more room than it had. Returns their length. */
static size_t split(char *text)
{
	char *from = text, *to = text;

	while (*from) {
		size_t n;

		from += strspn(from, WHITE_SPACE);
		n = strcspn(from, WHITE_SPACE);
		if (n == 0)
			break;
		memmove(to, from, n);
		from += n + (from[n] != '\0');
		to += n;
		*to++ = '\0';
	}
	return (size_t)(to - text);
}

static void set_words(struct config *config, const char *ptr, size_t length)
{
	config->args = (struct config_words){ .ptr = length > 0 ? ptr : NULL, .length = length };
	config->args_file = NULL;
}

static const char *set_args(struct config *config, const struct key *key, struct word *word)
{
	(void)key;
	set_words(config, word->value, split(word->value));
	return NULL;
}

/* As in fstab(5), four words for each: source, target, type, options. */
static const char *set_mounts(struct config *config, const struct key *key, struct word *word)
{
	struct config_words words = { .ptr = word->value, .length = split(word->value) };
	size_t n = 0;

	(void)key;
	for (size_t at = 0; at < words.length; at += strlen(words.ptr + at) + 1)
		if (n++ % 4 == 1 && words.ptr[at] != '/')
			return "a target is not an absolute path";
	if (n % 4 != 0)
		return "not four words for each: source, target, type, options";
	config->mounts = n > 0 ? words : (struct config_words){ 0 };
	return NULL;
}

static const char *set_args_file(struct config *config, const struct key *key, struct word *word)
{
	const char *problem = set_path(config, key, word);

	if (!problem)
		config->args = (struct config_words){ 0 };
	return problem;
}

static const char *set_allow(struct config *config, const struct key *key, struct word *word)
{
	struct elfcheck_allow allow = { 0 };
	const char *list = word->value;

	(void)key;
	while (*list) {
		size_t n = strcspn(list, ",");
		enum elfcheck_slug slug = elfcheck_slug_find(list, n);

		if (slug == ELFCHECK_SLUGS)
			return "names an unknown check";
		elfcheck_allow_add(&allow, slug);
		list += n + (list[n] == ',');
	}
	config->allow = allow;
	return NULL;
}

/* A later setting of the same name replaces the earlier one. */
static const char *set_environment(struct config *config, char *name, const char *value)
{
	size_t length = (size_t)(value - name), i;

	if (length <= 1)
		return "no name";
	for (i = 0; i < config->n_environment; i++)
		if (strncmp(config->environment[i], name, length) == 0)
			break;
	if (i == CONFIG_ENVIRONMENT)
		return "too many variables";
	config->environment[i] = name;
	if (i == config->n_environment)
		config->n_environment++;
	return NULL;
}

static const char *set_lock(struct config *config, const struct key *key, struct word *word);

static const struct choice switches[] = { { "no", CONFIG_NO }, { "yes", CONFIG_YES }, { 0 } };
static const struct choice overlays[] = { { "no", CONFIG_NO }, { "tmpfs", CONFIG_YES }, { 0 } };
static const struct choice modes[] = { { "supervise", CONFIG_SUPERVISE }, { "exec", CONFIG_EXEC }, { 0 } };
static const struct choice verifies[] = {
	{ "enforce", CONFIG_ENFORCE }, { "warn", CONFIG_WARN }, { "off", CONFIG_OFF }, { 0 }
};
static const struct choice profiles[] = {
	{ "go-static", ELFCHECK_GO_STATIC }, { "static", ELFCHECK_STATIC }, { "any", ELFCHECK_ANY }, { 0 }
};
static const struct choice restarts[] = {
	{ "no", CONFIG_RESTART_NO }, { "on-failure", CONFIG_RESTART_ON_FAILURE }, { "always", CONFIG_RESTART_ALWAYS },
	{ 0 }
};
#define ENDS \
	{ "poweroff", CONFIG_POWEROFF }, { "reboot", CONFIG_REBOOT }, { "halt", CONFIG_HALT }, \
		{ "panic", CONFIG_PANIC }
#if INITGATE_RESCUE
#define ENDS_RESCUE { "shell", CONFIG_SHELL },
#else
#define ENDS_RESCUE
#endif
static const struct choice exit_ends[] = { ENDS, ENDS_RESCUE { "restart", CONFIG_RESTART }, { 0 } };
static const struct choice fail_ends[] = { ENDS, ENDS_RESCUE { 0 } };
static const struct choice loglevels[] = {
	{ "err", LOG_LEVEL_ERR }, { "warn", LOG_LEVEL_WARN }, { "info", LOG_LEVEL_INFO },
	{ "debug", LOG_LEVEL_DEBUG }, { 0 }
};

#define MEMBER(m) .offset = offsetof(struct config, m)

static const struct key keys[] = {
	{ "payload", set_path, MEMBER(payload) },
	{ "args", set_args, MEMBER(args) },
	{ "args_file", set_args_file, MEMBER(args_file) },
	{ "also", set_list, MEMBER(also) },
	{ "manifest", set_path, MEMBER(manifest) },
	{ "cwd", set_path, MEMBER(cwd) },
	{ "stdin", set_path, MEMBER(std_in) },
	{ "stdout", set_path, MEMBER(std_out) },
	{ "stderr", set_path, MEMBER(std_err) },
	{ "mode", set_choice, MEMBER(mode), modes },
	{ "verify", set_choice, MEMBER(verify), verifies },
	{ "profile", set_choice, MEMBER(profile), profiles },
	{ "allow", set_allow, MEMBER(allow) },
	{ "modules", set_list, MEMBER(modules) },
	{ "autoload", set_choice, MEMBER(autoload), switches },
	{ "modules_parallel", set_choice, MEMBER(modules_parallel), switches },
	{ "modules_timeout", set_seconds, MEMBER(modules_timeout_ms) },
	{ "wait", set_string, MEMBER(wait) },
	{ "wait_timeout", set_seconds, MEMBER(wait_timeout_ms) },
	{ "mount", set_mounts, MEMBER(mounts) },
	{ "restart", set_choice, MEMBER(restart), restarts },
	{ "restart_max", set_number, MEMBER(restart_max) },
	{ "restart_delay", set_number, MEMBER(restart_delay_ms) },
	{ "root", set_string, MEMBER(root), .kernel = true },
	{ "rootfstype", set_string, MEMBER(rootfstype), .kernel = true },
	{ "rootflags", set_string, MEMBER(rootflags), .kernel = true },
	{ "rootdelay", set_seconds, MEMBER(rootdelay_ms), .kernel = true },
	{ "rootwait", set_choice, MEMBER(rootwait), switches },
	{ "rw", set_choice, MEMBER(rw), switches },
	{ "overlay", set_choice, MEMBER(overlay), overlays },
	{ "roothash", set_hash, MEMBER(roothash), .kernel = true },
	{ "roothash_device", set_string, MEMBER(roothash_device) },
	{ "init", set_path, MEMBER(init), .kernel = true },
	{ "on_exit", set_choice, MEMBER(on_exit), exit_ends },
	{ "on_fail", set_choice, MEMBER(on_fail), fail_ends },
	{ "watchdog", set_path, MEMBER(watchdog) },
	{ "watchdog_timeout", set_seconds, MEMBER(watchdog_timeout_ms) },
	{ "hostname", set_hostname, MEMBER(hostname) },
	{ "report", set_string, MEMBER(report) },
	{ "nonce", set_string, MEMBER(nonce) },
	{ "job", set_job, MEMBER(job_size_mib) },
	{ "loglevel", set_choice, MEMBER(loglevel), loglevels },
	{ "lock", set_lock, MEMBER(lock), .file_only = true },
};

static const struct key *find_key(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strlen(keys[i].name) == length && memcmp(keys[i].name, name, length) == 0)
			return &keys[i];
	return NULL;
}

static bool is_environment(const char *name)
{
	return strncmp(name, "env.", 4) == 0;
}

/* A list with a mistake in it still locks what it names, or a typing error would unlock everything. */
static const char *set_lock(struct config *config, const struct key *key, struct word *word)
{
	const char *problem = set_string(config, key, word);

	for (const char *list = word->value; !problem && *list;) {
		size_t n = strcspn(list, ",");
		bool variable = is_environment(list) && n > 4 && strcspn(list, ",=" WHITE_SPACE) == n;

		if (!find_key(list, n) && !variable)
			problem = "names an unknown key";
		list += n + (list[n] == ',');
	}
	return problem;
}

/* What stops a boot must not get lost behind what does not: it takes the place of an ignorable one. */
static struct config_error *room_for_error(struct config *config, bool ignorable)
{
	if (config->n_errors < CONFIG_ERRORS)
		return &config->errors[config->n_errors];
	for (size_t i = CONFIG_ERRORS; !ignorable && i > 0; i--)
		if (config->errors[i - 1].ignorable)
			return &config->errors[i - 1];
	return NULL;
}

static void add_error(struct config *config, enum config_source source, const struct word *word,
		      const char *key, const char *problem, bool ignorable)
{
	struct config_error *error = room_for_error(config, ignorable);

	if (error)
		*error = (struct config_error){
			.source = source, .offset = word->offset, .key = key, .problem = problem,
			.ignorable = ignorable,
		};
	config->n_errors++;
}

/*
 * Where the arguments come from is one setting under three names. init= takes the place of what these three say
 * (config_finish()), so each of them locks it too. Who fixes the payload wants no others.
 */
static bool is_locked(const struct config *config, enum config_source source, const char *name)
{
	bool args = strcmp(name, "args") == 0 || strcmp(name, "args_file") == 0 || strcmp(name, "--") == 0;

	if (source == CONFIG_FILE)
		return false;
	if (strcmp(name, "init") == 0 && (util_list_has(config->lock, "payload") || util_list_has(config->lock, "mode") ||
					  util_list_has(config->lock, "profile")))
		return true;
	if (strcmp(name, "job") == 0 && (util_list_has(config->lock, "payload") || util_list_has(config->lock, "args") ||
					 util_list_has(config->lock, "args_file")))
		return true;
	if (strcmp(name, "also") == 0 && util_list_has(config->lock, "payload"))
		return true;
	return util_list_has(config->lock, name) || (args && (util_list_has(config->lock, "args") ||
							      util_list_has(config->lock, "args_file")));
}

static const char *apply(struct config *config, enum config_source source, char *name, struct word *word)
{
	const struct key *key = find_key(name, strlen(name));

	if (is_environment(name)) {
		word->value[-1] = '=';
		return set_environment(config, name + 4, word->value);
	}
	if (!key || (key->file_only && source != CONFIG_FILE))
		return "unknown key";
	return key->set(config, key, word);
}

/* Words of the kernel that have no value. */
static bool take_kernel_word(struct config *config, const char *word)
{
	static const struct {
		const char *word, *key;
	} words[] = { { "ro", "rw" }, { "rw", "rw" }, { "rootwait", "rootwait" } };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(word, words[i].word) != 0)
			continue;
		if (is_locked(config, CONFIG_CMDLINE, words[i].key))
			return true;
		if (i == 2)
			config->rootwait = CONFIG_YES;
		else
			config->rw = i == 1 ? CONFIG_YES : CONFIG_NO;
		return true;
	}
	return false;
}

static bool is_kernel_key(const char *name, size_t length)
{
	const struct key *key = find_key(name, length);

	return key && key->kernel;
}

static void take_setting(struct config *config, enum config_source source, struct word *word, bool unterminated)
{
	char *name = word->text;
	const char *problem;

	if (source == CONFIG_CMDLINE) {
		if (!unterminated && take_kernel_word(config, name))
			return;
		if (strncmp(name, PREFIX, strlen(PREFIX)) == 0)
			name += strlen(PREFIX);
		else if (!is_kernel_key(name, strcspn(name, "=")))
			return;
	}
	if (word->value)
		word->value[-1] = '\0'; /* ends the name */
	if (unterminated || !word->value) {
		add_error(config, source, word, name, unterminated ? "a quote does not end" : "no value", false);
		return;
	}
	if (is_locked(config, source, name)) {
		add_error(config, source, word, name, "locked by /etc/initgate.conf", true);
		return;
	}
	problem = apply(config, source, name, word);
	if (problem) {
		word->value[-1] = '\0'; /* a variable's '=' */
		add_error(config, source, word, name, problem, false);
	}
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/*
 * Cuts the next word out of *at, whose text ends with a NUL, and moves *at behind it. False at the end.
 * Quotes open and close anywhere, and only those at the edges of a word or value are removed, as the
 * kernel does. A value that loses its opening quote moves one place to the left, so that it still stands
 * right behind its '='.
 */
static bool next_word(char *start, char **at, struct word *ret_word, bool *ret_unterminated)
{
	char *begin, *end;
	bool in_quote = false, outer;

	while (is_space(**at))
		(*at)++;
	if (!**at)
		return false;
	begin = *at;
	for (end = begin; *end && (in_quote || !is_space(*end)); end++)
		in_quote ^= *end == '"';
	*at = end + (*end != '\0');
	*ret_unterminated = in_quote;
	ret_word->offset = (size_t)(begin - start);
	outer = *begin == '"';
	if (outer)
		begin++;
	if (outer && end > begin && end[-1] == '"')
		end--;
	*end = '\0';
	ret_word->text = begin;
	ret_word->value = strchr(begin, '=');
	if (!ret_word->value)
		return true;
	ret_word->value++;
	if (*ret_word->value == '"') {
		memmove(ret_word->value, ret_word->value + 1, (size_t)(end - ret_word->value));
		end--;
		if (end > ret_word->value && end[-1] == '"')
			end[-1] = '\0';
	}
	return true;
}

/* The rest of the command line, each word with its quotes removed, packed to the left. */
static void take_args(struct config *config, char *start, char *at, struct word *dashes)
{
	struct word word;
	char *packed = at, *to = at;
	bool unterminated;

	if (is_locked(config, CONFIG_CMDLINE, "--")) {
		add_error(config, CONFIG_CMDLINE, dashes, "--", "locked by /etc/initgate.conf", true);
		return;
	}
	while (next_word(start, &at, &word, &unterminated)) {
		size_t n = strlen(word.text) + 1;

		memmove(to, word.text, n);
		to += n;
		if (unterminated) {
			add_error(config, CONFIG_CMDLINE, dashes, "--", "a quote does not end", false);
			return;
		}
	}
	set_words(config, packed, (size_t)(to - packed));
}

void config_parse(struct config *config, enum config_source source, char *text, size_t length)
{
	struct word word = { 0 };
	char *at = text, *nul = memchr(text, '\0', length);
	bool unterminated;

	text[length] = '\0';
	if (nul) {
		word.offset = (size_t)(nul - text);
		add_error(config, source, &word, "", "holds a NUL byte", false);
	}
	for (;;) {
		while (is_space(*at))
			at++;
		if (source == CONFIG_FILE && *at == '#') {
			at += strcspn(at, "\n");
			continue;
		}
		if (!next_word(text, &at, &word, &unterminated))
			break;
		if (source == CONFIG_CMDLINE && !unterminated && strcmp(word.text, "--") == 0) {
			take_args(config, text, at, &word);
			break;
		}
		take_setting(config, source, &word, unterminated);
	}
}

void config_start(struct config *config)
{
	*config = (struct config){
		.modules_parallel = CONFIG_YES,
		.modules_timeout_ms = 30000,
		.wait_timeout_ms = 10000,
		.restart_max = 10,
		.restart_delay_ms = 100,
		.loglevel = LOG_LEVEL_INFO,
	};
}

const char *config_add_environment(struct config *config, char *variable)
{
	size_t length = strcspn(variable, "=");
	char name[4 + 256] = "env.";

	if (!variable[length])
		return "no value";
	if (length >= sizeof(name) - 4)
		return "its name is too long";
	memcpy(name + 4, variable, length);
	if (is_locked(config, CONFIG_CMDLINE, name))
		return "locked by /etc/initgate.conf";
	return set_environment(config, variable, variable + length + 1);
}

void config_finish(struct config *config)
{
	if (!config->root || !config->init)
		return;
	config->payload = config->init;
	config->mode = CONFIG_EXEC;
	config->profile = ELFCHECK_ANY;
}

bool config_is_bad(const struct config *config)
{
	for (size_t i = 0; i < config->n_errors && i < CONFIG_ERRORS; i++)
		if (!config->errors[i].ignorable)
			return true;
	return false;
}
