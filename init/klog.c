/* SPDX-License-Identifier: MIT */
/*
 * Owns reading the kernel's log. One record per read(2), "PRIORITY,NUMBER,TIME,FLAGS;TEXT" and a line break; EPIPE
 * where some were overwritten (Documentation/ABI/testing/dev-kmsg).
 */
#include "klog.h"
#include "sys.h"

#include <stdlib.h>
#include <string.h>

static int kmsg;	   /* 0: not open */
static unsigned long long first; /* the number of the first record behind the mark; 0: none was read */

void klog_mark(void)
{
	if (kmsg <= 0)
		kmsg = sys_open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (kmsg > 0)
		sys_lseek(kmsg, 0, SEEK_END);
	first = 0;
}

/* The number of a record; 0 for what is none. */
static unsigned long long number_of(const char *record)
{
	const char *comma = strchr(record, ',');

	return comma ? strtoull(comma + 1, NULL, 10) : 0;
}

bool klog_find(const char *text, char *line, size_t size)
{
	char record[1024];
	const char *begin;
	bool found = false;
	size_t length;
	ssize_t n;

	if (kmsg <= 0)
		return false;
	if (first > 0) /* somebody looked before, and read to the end */
		sys_lseek(kmsg, 0, SEEK_SET);
	while ((n = sys_read(kmsg, record, sizeof(record) - 1)) > 0 || n == -EPIPE || n == -EINTR) {
		record[n > 0 ? n : 0] = '\0';
		begin = strchr(record, ';');
		if (first == 0)
			first = number_of(record);
		if (!begin || number_of(record) < first || !strstr(begin, text))
			continue;
		begin++;
		record[strcspn(record, "\n")] = '\0';
		found = true;
		length = strlen(begin) < size ? strlen(begin) : size - 1;
		memcpy(line, begin, length);
		line[length] = '\0';
	}
	return found;
}
