/* SPDX-License-Identifier: MIT */
/*
 * Owns reading the kernel's log. One record per read(2), "PRIORITY,NUMBER,TIME,FLAGS;TEXT" and a line break; EPIPE
 * where some were overwritten (Documentation/ABI/testing/dev-kmsg).
 */
#include "klog.h"
#include "sys.h"

#include <string.h>

static int kmsg; /* 0: not open */

void klog_mark(void)
{
	if (kmsg <= 0)
		kmsg = sys_open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (kmsg > 0)
		sys_lseek(kmsg, 0, SEEK_END);
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
	while ((n = sys_read(kmsg, record, sizeof(record) - 1)) > 0 || n == -EPIPE || n == -EINTR) {
		record[n > 0 ? n : 0] = '\0';
		begin = strchr(record, ';');
		if (!begin || !strstr(begin, text))
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
