/* SPDX-License-Identifier: MIT */
/*
 * Owns the question whether the image arrived whole. Compares sizes only: a wrong byte is the business of
 * the payload's verification, a missing file is what a partial unpack leaves.
 */
#include "manifest.h"
#include "log.h"
#include "sys.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

#define MANIFEST_SIZE_MAX (16 * 1024 * 1024)

static int check_line(char *line)
{
	char *path;
	unsigned long long size = strtoull(line, &path, 10);
	struct stat st;
	int r;

	if (path == line || *path != ' ' || path[1] != '/') {
		log_fail("manifest: parse '%s': not 'SIZE PATH', not starting the payload", line);
		return -EBADMSG;
	}
	path++;
	r = sys_lstat(path, &st);
	if (r < 0) {
		log_fail("manifest: find '%s': %s, the image was not unpacked whole (too little memory?), "
			 "not starting the payload", path, log_reason(r));
		return r;
	}
	if (!S_ISREG(st.st_mode) || (unsigned long long)st.st_size != size) {
		log_fail("manifest: compare '%s': %lld bytes instead of %llu, the image was not unpacked whole, "
			 "not starting the payload", path, (long long)st.st_size, size);
		return -EBADMSG;
	}
	return 0;
}

int manifest_check(const char *path)
{
	char *text, *line, *rest;
	size_t length;
	int r;

	if (!path)
		return 0;
	r = util_read_file(path, MANIFEST_SIZE_MAX, &text, &length);
	if (r < 0) {
		log_fail("manifest: read '%s': %s, the image was not unpacked whole (too little memory?), "
			 "not starting the payload", path, log_reason(r));
		return r;
	}
	rest = text;
	while (r == 0 && (line = strsep(&rest, "\n")))
		if (*line)
			r = check_line(line);
	return r;
}
