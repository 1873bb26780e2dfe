/* SPDX-License-Identifier: MIT */
/*
 * Owns finit_module(2) and what its errors mean. Decompression is the kernel's: it takes one method, the one of its
 * own modules (CONFIG_MODULE_DECOMPRESS; kernel/module/decompress.c, since Linux 5.17), and libkmod 30 has no way to
 * ask for it.
 */
#include "insert.h"
#include "init/klog.h"
#include "init/log.h"
#include "init/sys.h"
#include "init/util.h"

#include <linux/module.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef MODULE_INIT_COMPRESSED_FILE
#define MODULE_INIT_COMPRESSED_FILE 4 /* linux/module.h, since 5.17 */
#endif

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), n = strlen(end);

	return length >= n && strcmp(text + length - n, end) == 0;
}

static const char *compression_of(const char *path)
{
	return ends_with(path, ".xz") ? "XZ" : ends_with(path, ".zst") ? "ZSTD" : ends_with(path, ".gz") ? "GZIP" : NULL;
}

int insert_module(const char *path, const char *options)
{
	CLEANUP_FD int fd = sys_open(path, O_RDONLY);
	int r;

	if (fd < 0)
		return fd;
	r = sys_finit_module(fd, options, compression_of(path) ? MODULE_INIT_COMPRESSED_FILE : 0);
	/* Somebody else loading it at the same time is no failure: it is there, or will be. */
	return r == -EEXIST || r == -EBUSY ? 0 : r;
}

/* Is the word, up to a blank, on the kernel command line? With list, among the commas behind it. */
static bool on_cmdline(const char *word, const char *member)
{
	char *text, *at, *next;
	size_t length, n = strlen(word);
	bool found = false;

	if (util_read_file("/proc/cmdline", 64 * 1024, &text, &length) < 0)
		return false;
	for (next = text; !found && (at = strsep(&next, " \n"));)
		found = strncmp(at, word, n) == 0 && (member ? util_list_has(at + n, member) : at[n] == '\0');
	free(text);
	return found;
}

static bool file_says(const char *path, const char *text)
{
	char *content;
	size_t length;
	bool says;

	if (util_read_file(path, 4096, &content, &length) < 0)
		return false;
	says = strstr(content, text) != NULL;
	free(content);
	return says;
}

static const char *explain_permission(const char *name)
{
	if (on_cmdline("module_blacklist=", name))
		return "module_blacklist= on the kernel command line forbids it";
	if (on_cmdline("nomodule", NULL))
		return "the kernel takes no modules (nomodule on its command line)";
	if (file_says("/proc/sys/kernel/modules_disabled", "1"))
		return "the kernel takes no more modules (kernel.modules_disabled)";
	return "the kernel is locked down (lockdown=) and it is not signed";
}

static const char *explain_error(const char *name, const char *path, int error)
{
	switch (-error) {
	case ENOEXEC:
		return "it was not built for this kernel";
	case ENOENT:
		return "it needs a symbol that this kernel lacks, or its file is not in the image";
	case ENODEV:
		return "its device is not there";
	case EPERM:
		return explain_permission(name);
	case EKEYREJECTED:
	case ENOKEY:
		return "its signature is not trusted by this kernel";
	case EBADMSG:
		return "its signature is damaged";
	case ETIME:
		return "it did not come to an end in time (modules_timeout=)";
	case EOPNOTSUPP:
		if (compression_of(path))
			return "the kernel cannot decompress it (CONFIG_MODULE_DECOMPRESS)";
		break;
	}
	return log_reason(error);
}

void insert_explain(const char *name, const char *path, int error, char *text, size_t size)
{
	const char *method = compression_of(path), *reason = explain_error(name, path, error);
	char words[256], prefix[80];
	int n;

	if (method && error == -EINVAL)
		n = snprintf(text, size, "the kernel cannot decompress it (CONFIG_MODULE_DECOMPRESS with "
			     "CONFIG_MODULE_COMPRESS_%s)", method);
	else
		n = snprintf(text, size, "%s", reason);
	snprintf(prefix, sizeof(prefix), "%s: ", name);
	/* That it taints the kernel is said of each that is not the kernel's own, and is no reason. */
	if (n >= 0 && (size_t)n < size && klog_find(prefix, words, sizeof(words)) && !strstr(words, "taint"))
		snprintf(text + n, size - (size_t)n, " (kernel: %s)", words);
}
