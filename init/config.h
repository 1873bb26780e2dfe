/* SPDX-License-Identifier: MIT */
/*
 * What this boot is to do: the kernel command line and /etc/initgate.conf as one struct. Pure: works on
 * the buffers it is given, in place, and keeps pointers into them.
 *
 * Grammar, for both, the kernel's own (next_arg() in lib/cmdline.c): KEY=VALUE words separated by white
 * space; double quotes around a value or a whole word keep white space in it; there is no escape. On the
 * command line keys carry the prefix "initgate."; of other words only those about the root that the kernel leaves to an
 * initramfs are ours (root=, ro, …); words after "--" are the payload's arguments. In the file '#' at the start of a word makes the rest of the line a comment. The
 * last setting of a key wins, and the command line wins over the file except for keys that the file
 * lists in lock=.
 */
#ifndef INIT_CONFIG_H
#define INIT_CONFIG_H

#include "elfcheck/elfcheck.h"

#include <stdbool.h>
#include <stddef.h>

enum config_source { CONFIG_FILE, CONFIG_CMDLINE };
enum config_mode { CONFIG_SUPERVISE, CONFIG_EXEC };
enum config_verify { CONFIG_ENFORCE, CONFIG_WARN, CONFIG_OFF };
enum config_switch { CONFIG_NO, CONFIG_YES };
enum config_restart { CONFIG_RESTART_NO, CONFIG_RESTART_ON_FAILURE, CONFIG_RESTART_ALWAYS };
/* CONFIG_RESTART: the payload, not the machine; after the payload only. CONFIG_SHELL: only when built in. */
enum config_end { CONFIG_POWEROFF, CONFIG_REBOOT, CONFIG_HALT, CONFIG_PANIC, CONFIG_SHELL, CONFIG_RESTART };

#define CONFIG_ERRORS 8
#define CONFIG_ENVIRONMENT 64

/* Strings, each ended by a NUL, one behind the other: as in /proc/PID/cmdline. */
struct config_words {
	const char *ptr; /* NULL when there are none */
	size_t length;   /* bytes, NULs included */
};

struct config_error {
	enum config_source source;
	size_t offset;       /* of the word in its source, bytes */
	const char *key;     /* NUL-terminated, without the prefix */
	const char *problem; /* lives for ever */
	bool ignorable;      /* the setting has no effect, but nothing is wrong with the boot */
};

/* Strings are NUL-terminated and NULL when not set. */
struct config {
	const char *payload;
	struct config_words args;
	const char *args_file; /* a file that holds them, when nothing later set args */
	const char *also;      /* comma separated files, each with the path and the arguments of a further payload */
	const char *manifest;  /* lists the files of the image */
	size_t n_environment;
	const char *environment[CONFIG_ENVIRONMENT]; /* NAME=VALUE */
	const char *cwd;
	const char *std_in, *std_out, *std_err; /* files for the payload's 0, 1, 2 instead of the console */
	enum config_mode mode;
	enum config_verify verify;
	enum elfcheck_profile profile;
	struct elfcheck_allow allow;
	const char *modules; /* comma separated */
	enum config_switch autoload, modules_parallel;
	const char *root, *rootfstype, *rootflags;
	enum config_switch rw, rootwait, overlay;
	int rootdelay_ms;
	const char *roothash, *roothash_device; /* hexadecimal; a name as in root */
	const char *init; /* a full init in the new root, to hand over to */
	int modules_timeout_ms;
	const char *wait;    /* comma separated paths */
	int wait_timeout_ms;
	struct config_words mounts; /* in fours: source, target, type, options */
	enum config_restart restart;
	int restart_max, restart_delay_ms;
	enum config_end on_exit, on_fail;
	const char *watchdog;
	int watchdog_timeout_ms; /* 0: the driver's own */
	const char *hostname;
	const char *report, *nonce;
	const char *job_file; /* a PCI device's memory, as sysfs shows it; NULL: physical memory */
	int job_start_mib, job_size_mib; /* the part of it that a job comes in; size 0: none does */
	int loglevel;     /* enum log_level */
	const char *lock; /* comma separated keys */

	size_t n_errors; /* may be more than were kept */
	struct config_error errors[CONFIG_ERRORS];
};

/* The defaults. */
void config_start(struct config *config);

/*
 * Takes the settings out of text[0..length), which has room for a NUL at text[length]. The text changes
 * and must outlive config. Problems go to config->errors; the other settings still hold.
 */
void config_parse(struct config *config, enum config_source source, char *text, size_t length);

/*
 * After the last source: settings that follow from others. A full init in a root of its own is a payload that replaces
 * us and needs the loader and libraries of that root.
 */
void config_finish(struct config *config);

/*
 * A variable from elsewhere, NAME=VALUE, which must outlive config and changes; it replaces one of the same name. What
 * the file locks is locked for it as well. Returns NULL or what is wrong with it.
 */
const char *config_add_environment(struct config *config, char *variable);

/* Errors that are not ignorable among those kept. */
bool config_is_bad(const struct config *config);

#endif
