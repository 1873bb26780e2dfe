/* SPDX-License-Identifier: MIT */
/*
 * The helpers, on real files, directories and pipes.
 * links: init/util.c
 */
#include "init/sys.h"
#include "init/util.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

static char directory[64];

static int set_up(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/test_util.XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* The path of `name` in the test's directory. Lives until the next call. */
static const char *in_directory(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static const char *make_file(const char *name, size_t size)
{
	const char *path = in_directory(name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	for (size_t i = 0; i < size; i++)
		fputc('a' + (int)(i % 26), file);
	assert_int_equal(fclose(file), 0);
	return path;
}

static void test_close(void **state)
{
	int fd = sys_open("/dev/null", O_RDONLY), copy = fd, none = -1;

	(void)state;
	assert_true(fd >= 0);
	util_close(&fd);
	assert_int_equal(fd, -1);
	assert_int_equal(fcntl(copy, F_GETFD), -1);
	util_close(&none);
	assert_int_equal(none, -1);
}

static void test_list_has(void **state)
{
	(void)state;
	assert_true(util_list_has("a", "a"));
	assert_true(util_list_has("a,bc,d", "a"));
	assert_true(util_list_has("a,bc,d", "bc"));
	assert_true(util_list_has("a,bc,d", "d"));
	assert_true(util_list_has(",,a,,", "a"));
	assert_false(util_list_has("a,bc,d", "b"));
	assert_false(util_list_has("a,bc,d", "c"));
	assert_false(util_list_has("a,bc,d", "bcd"));
	assert_false(util_list_has("a,bc,d", "a,bc"));
	assert_false(util_list_has("", "a"));
	assert_false(util_list_has(NULL, "a"));
	assert_false(util_list_has(NULL, ""));
}

/* Takes the list apart and compares it with the words, which end with NULL. */
static void assert_words(const char *list, size_t size, const char *const *words)
{
	char buffer[16];

	assert_true(size <= sizeof(buffer));
	for (; *words; words++) {
		assert_true(util_list_next(&list, buffer, size));
		assert_string_equal(buffer, *words);
	}
	assert_false(util_list_next(&list, buffer, size));
	assert_false(util_list_next(&list, buffer, size));
}

static void test_list_next(void **state)
{
	static const char *const none[] = { NULL }, *const one[] = { "a", NULL },
				 *const three[] = { "a", "bc", "def", NULL };

	(void)state;
	assert_words(NULL, 16, none);
	assert_words("", 16, none);
	assert_words(",", 16, none);
	assert_words(",,,", 16, none);
	assert_words("a", 16, one);
	assert_words(",a,", 16, one);
	assert_words("a,bc,def", 16, three);
	assert_words(",,a,,bc,,,def,,", 16, three);
}

static void test_list_next_cuts(void **state)
{
	static const char *const fit[] = { "abc", "de", NULL }, *const cut[] = { "ab", "de", NULL },
				 *const empty[] = { "", "", NULL };

	(void)state;
	assert_words("abc,de", 4, fit);
	assert_words("abc,de", 3, cut);
	assert_words("abcdefghijklmnopqrstuvwxyz,de", 3, cut);
	assert_words("abc,de", 1, empty);
}

static void assert_reads(const char *path, size_t most, size_t expected)
{
	char *text = NULL;
	size_t length = 0;

	assert_int_equal(util_read_file(path, most, &text, &length), 0);
	assert_int_equal(length, expected);
	for (size_t i = 0; i < length; i++)
		assert_int_equal(text[i], 'a' + (int)(i % 26));
	assert_int_equal(text[length], '\0');
	free(text);
}

static void assert_read_fails(const char *path, size_t most, int error)
{
	char *text = NULL;
	size_t length = 0;

	assert_int_equal(util_read_file(path, most, &text, &length), error);
}

/* Around the sizes at which its memory grows. */
static void test_read_file_sizes(void **state)
{
	static const size_t sizes[] = { 0, 1, 10, 4094, 4095, 4096, 4097, 8191, 8192, 100000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		const char *path = make_file("file", sizes[i]);

		assert_reads(path, sizes[i], sizes[i]);
		assert_reads(path, sizes[i] + 1, sizes[i]);
		assert_reads(path, 1 << 20, sizes[i]);
		if (sizes[i] > 0)
			assert_read_fails(path, sizes[i] - 1, -EFBIG);
		if (sizes[i] > 1)
			assert_read_fails(path, 1, -EFBIG);
	}
}

static void test_read_file_fails(void **state)
{
	(void)state;
	assert_read_fails(in_directory("missing"), 100, -ENOENT);
	assert_read_fails(directory, 100, -EISDIR);
	make_file("file", 1);
	assert_read_fails(in_directory("file/below"), 100, -ENOTDIR);
	assert_read_fails("/dev/zero", 100000, -EFBIG);
}

/* A file that says it is empty, and holds NUL bytes. */
static void test_read_file_of_proc(void **state)
{
	char *text = NULL;
	size_t length = 0;

	(void)state;
	assert_int_equal(util_read_file("/proc/self/cmdline", 65536, &text, &length), 0);
	assert_true(length > 1);
	assert_int_equal(text[length - 1], '\0');
	assert_int_equal(text[length], '\0');
	assert_non_null(strstr(text, "test_util"));
	free(text);
}

static bool is_directory(const char *path)
{
	struct stat st;

	return sys_lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void test_mkdir_all(void **state)
{
	struct stat st;
	mode_t mask = umask(0);

	(void)state;
	assert_int_equal(util_mkdir_all(in_directory("a/b/c")), 0);
	umask(mask);
	assert_true(is_directory(in_directory("a/b/c")));
	assert_int_equal(sys_stat(in_directory("a/b"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(sys_stat(in_directory("a/b/c"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
}

static void test_mkdir_all_that_exists(void **state)
{
	(void)state;
	assert_int_equal(util_mkdir_all("/"), 0);
	assert_int_equal(util_mkdir_all(directory), 0);
	assert_int_equal(util_mkdir_all(in_directory("a/b")), 0);
	assert_int_equal(util_mkdir_all(in_directory("a/b")), 0);
	assert_int_equal(util_mkdir_all(in_directory("a/b/")), 0);
	assert_int_equal(util_mkdir_all(in_directory("a//b//d")), 0);
	assert_true(is_directory(in_directory("a/b/d")));
	assert_int_equal(sys_symlink("a", in_directory("link")), 0);
	assert_int_equal(util_mkdir_all(in_directory("link/e")), 0);
	assert_true(is_directory(in_directory("a/e")));
}

static void test_mkdir_all_file_in_the_way(void **state)
{
	(void)state;
	make_file("file", 1);
	assert_int_equal(util_mkdir_all(in_directory("file/a")), -ENOTDIR);
	assert_int_equal(util_mkdir_all(in_directory("file/a/b")), -ENOTDIR);
}

static void test_mkdir_all_long_path(void **state)
{
	static char path[PATH_MAX + 2];

	(void)state;
	memset(path, '/', sizeof(path) - 1);
	assert_int_equal(util_mkdir_all(path), -ENAMETOOLONG);
}

static void test_write_all_short(void **state)
{
	char text[8] = "";
	int ends[2];

	(void)state;
	assert_int_equal(sys_pipe(ends), 0);
	assert_int_equal(util_write_all(ends[1], "abc", 3), 0);
	assert_int_equal(util_write_all(ends[1], "", 0), 0);
	assert_int_equal(util_write_all(ends[1], "de", 2), 0);
	assert_int_equal(sys_read(ends[0], text, sizeof(text)), 5);
	assert_memory_equal(text, "abcde", 5);
	sys_close(ends[0]);
	sys_close(ends[1]);
}

static void on_alarm(int signo)
{
	(void)signo;
}

static _Noreturn void read_all(int fd, size_t expected)
{
	static char buffer[3000];
	size_t total = 0;
	ssize_t n;

	while ((n = sys_read(fd, buffer, sizeof(buffer))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (buffer[i] != (char)((total + (size_t)i) % 251))
				_exit(2);
		total += (size_t)n;
		usleep(50);
	}
	_exit(total == expected ? 0 : 1);
}

/* More than the pipe holds, while signals without SA_RESTART interrupt the writes. */
static void test_write_all_interrupted(void **state)
{
	static char bytes[2 * 1024 * 1024];
	struct sigaction action = { .sa_handler = on_alarm }, before;
	struct itimerval every = { { 0, 500 }, { 0, 500 } }, never = { 0 };
	int ends[2], status, r;
	pid_t pid;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i % 251);
	assert_int_equal(sys_pipe(ends), 0);
	pid = sys_fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		sys_close(ends[1]);
		read_all(ends[0], sizeof(bytes));
	}
	sys_close(ends[0]);
	assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
	setitimer(ITIMER_REAL, &every, NULL);
	r = util_write_all(ends[1], bytes, sizeof(bytes));
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &before, NULL);
	sys_close(ends[1]);
	assert_int_equal(sys_waitpid(pid, &status, 0), pid);
	assert_int_equal(r, 0);
	assert_int_equal(status, 0);
}

static void test_write_all_fails(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(sys_pipe(ends), 0);
	assert_int_equal(util_write_all(ends[0], "a", 1), -EBADF);
	sys_close(ends[0]);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(util_write_all(ends[1], "a", 1), -EPIPE);
	signal(SIGPIPE, SIG_DFL);
	sys_close(ends[1]);
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_list_has),
		cmocka_unit_test(test_list_next),
		cmocka_unit_test(test_list_next_cuts),
		IN_DIRECTORY(test_read_file_sizes),
		IN_DIRECTORY(test_read_file_fails),
		cmocka_unit_test(test_read_file_of_proc),
		IN_DIRECTORY(test_mkdir_all),
		IN_DIRECTORY(test_mkdir_all_that_exists),
		IN_DIRECTORY(test_mkdir_all_file_in_the_way),
		cmocka_unit_test(test_mkdir_all_long_path),
		cmocka_unit_test(test_write_all_short),
		cmocka_unit_test(test_write_all_interrupted),
		cmocka_unit_test(test_write_all_fails),
	};

	return cmocka_run_group_tests_name("util", tests, NULL, NULL);
}
