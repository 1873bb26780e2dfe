/* SPDX-License-Identifier: MIT */
/*
 * What PID 1 tells people: one line per fact, into the kernel's log (/dev/kmsg, where it gets a time
 * and reaches every console), and until that is there into a buffer.
 *
 * A failure is one line, logged once, by the stage it belongs to:
 *     stage: verb 'object': reason, consequence
 */
#ifndef INIT_LOG_H
#define INIT_LOG_H

/* The kernel's numbers (<6>text in /dev/kmsg; Documentation/ABI/testing/dev-kmsg). */
enum log_level { LOG_LEVEL_ERR = 3, LOG_LEVEL_WARN = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

/*
 * Opens /dev/kmsg and writes out what was buffered. Without it lines go on to the buffer. Errors that it does not
 * take go to file descriptor 2. Needs /dev.
 */
void log_open(void);

/*
 * Stops the kernel from dropping our lines: it takes ten in five seconds from user space unless
 * kernel.printk_devkmsg is "on". What the command line says about it stays. Needs /proc.
 */
void log_unlimit(void);

/* Lines less urgent than this are dropped. The start value is LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As log_line() at LOG_LEVEL_ERR, and remembered as the reason of the outcome. */
void log_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The last line given to log_fail(); "" when there was none. Lives for ever, changes with the next. */
const char *log_last_failure(void);

/* As if there had been none: what follows is about something else. */
void log_forget_failure(void);

/* The text for an error: negative errno or errno. Never NULL. */
const char *log_reason(int error);

#endif
