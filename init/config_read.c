/* SPDX-License-Identifier: MIT */
/*
 * The reading half of the settings: opens the files, hands their bytes to config.c, logs what that found.
 * The buffers live until the end, as struct config points into them.
 */
#include "config_read.h"
#include "log.h"
#include "sys.h"
#include "util.h"

#include <string.h>

#define CONFIG_PATH "/etc/initgate.conf"
#define CMDLINE_PATH "/proc/cmdline"
#define FILE_SIZE_MAX (64 * 1024)
#define ARGS_SIZE_MAX (1024 * 1024)

/* A missing configuration file is fine: the command line may say it all. */
static int read_source(struct config *config, enum config_source source, const char *path)
{
	char *text;
	size_t length;
	int r = util_read_file(path, FILE_SIZE_MAX, &text, &length);

	if (r == -ENOENT && source == CONFIG_FILE)
		return 0;
	if (r < 0) {
		log_fail("config: read '%s': %s, not starting the payload", path, log_reason(r));
		return r;
	}
	config_parse(config, source, text, length);
	return 0;
}

static void log_errors(const struct config *config, bool fatal)
{
	size_t n = config->n_errors < CONFIG_ERRORS ? config->n_errors : CONFIG_ERRORS;

	for (size_t i = 0; i < n; i++) {
		const struct config_error *error = &config->errors[i];
		const char *source = error->source == CONFIG_FILE ? CONFIG_PATH : "the kernel command line";

		if (error->ignorable || !fatal)
			log_line(LOG_LEVEL_WARN, "config: parse '%.64s': %s at byte %zu of %s, ignored", error->key,
				 error->problem, error->offset, source);
		else
			log_fail("config: parse '%.64s': %s at byte %zu of %s, not starting the payload",
				 error->key, error->problem, error->offset, source);
	}
}

static int read_words(const char *path, struct config_words *ret_words)
{
	char *text;
	size_t length;
	int r = util_read_file(path, ARGS_SIZE_MAX, &text, &length);

	if (r == 0 && length > 0 && text[length - 1] != '\0')
		r = -EBADMSG;
	if (r < 0) {
		log_fail("config: read arguments from '%s': %s, not starting the payload", path,
			 r == -EBADMSG ? "the last one is not ended by a NUL byte" : log_reason(r));
		return r;
	}
	*ret_words = (struct config_words){ .ptr = text, .length = length };
	return 0;
}

int config_read_next(struct config *config, const char *path)
{
	struct config_words words = { 0 };
	size_t first;
	int r = read_words(path, &words);

	config->payload = path; /* what there is to name when it cannot be read */
	if (r < 0)
		return r;
	if (words.length == 0 || words.ptr[0] != '/') {
		log_fail("config: read payload from '%s': not an absolute path, not starting it", path);
		return -EINVAL;
	}
	first = strlen(words.ptr) + 1;
	config->payload = words.ptr;
	config->args = (struct config_words){ .ptr = words.ptr + first, .length = words.length - first };
	return 0;
}

int config_read(struct config *ret_config)
{
	bool fatal;
	int r, r2;

	config_start(ret_config);
	r = read_source(ret_config, CONFIG_FILE, CONFIG_PATH);
	r2 = read_source(ret_config, CONFIG_CMDLINE, CMDLINE_PATH);
	config_finish(ret_config);
	log_set_level((enum log_level)ret_config->loglevel);
	fatal = config_is_bad(ret_config) && ret_config->verify == CONFIG_ENFORCE;
	log_errors(ret_config, fatal);
	if (r == 0)
		r = r2;
	if (r == 0 && fatal)
		r = -EINVAL;
	return r < 0 || !ret_config->args_file ? r : read_words(ret_config->args_file, &ret_config->args);
}
