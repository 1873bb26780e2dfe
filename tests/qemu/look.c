/* SPDX-License-Identifier: MIT */
/*
 * A static payload that looks around and says what it sees. Each argument is VERB:PATH, done in this order; what
 * fails is said as well, so that a test can expect it. Called as a shell it says what is left of the initramfs.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void say(const char *verb, const char *path, int failed)
{
	printf("%s %s: %s\n", verb, path, failed ? strerror(errno) : "done");
}

static void cat(const char *path)
{
	FILE *file = fopen(path, "r");
	char buffer[4096];
	size_t n;

	if (!file)
		say("cat", path, 1);
	while (file && (n = fread(buffer, 1, sizeof(buffer), file)) > 0)
		fwrite(buffer, 1, n, stdout);
	if (file && ferror(file))
		say("cat", path, 1);
	if (file)
		fclose(file);
}

static void ls(const char *path)
{
	DIR *entries = opendir(path);
	struct dirent *entry;

	if (!entries)
		say("ls", path, 1);
	while (entries && (entry = readdir(entries)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			printf("ls %s: %s\n", path, entry->d_name);
	if (entries)
		closedir(entries);
}

/* As mountinfo writes it: proc_pid_mountinfo(5). */
static void print_device(const struct stat *st)
{
	printf("%u:%u", major(st->st_dev), minor(st->st_dev));
}

static void device(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		say("device", path, 1);
		return;
	}
	printf("device %s: ", path);
	print_device(&st);
	putchar('\n');
}

/* Of a process: NUMBER KIND DEVICE TARGET, the device being that of the file system that the file is on. */
static void descriptors(const char *process)
{
	char path[300], target[1000];
	struct dirent *entry;
	DIR *entries;

	snprintf(path, sizeof(path), "/proc/%s/fd", process);
	entries = opendir(path);
	if (!entries)
		say("fds", path, 1);
	while (entries && (entry = readdir(entries))) {
		ssize_t n;
		struct stat st;

		snprintf(path, sizeof(path), "/proc/%s/fd/%s", process, entry->d_name);
		n = readlink(path, target, sizeof(target) - 1);
		if (n < 0 || stat(path, &st) != 0)
			continue;
		target[n] = '\0';
		printf("fd %s %s ", entry->d_name, S_ISREG(st.st_mode) ? "file" : S_ISDIR(st.st_mode) ? "directory" : "other");
		print_device(&st);
		printf(" %s\n", target);
	}
	if (entries)
		closedir(entries);
}

static void write_file(const char *path)
{
	FILE *file = fopen(path, "w");
	int failed = !file || fputs("written by the payload\n", file) < 0;

	if (file && fclose(file) != 0)
		failed = 1;
	say("write", path, failed);
}

/* A file or device that is there, its first bytes. */
static void overwrite(const char *path)
{
	static const char zeros[4096];
	int fd = open(path, O_WRONLY | O_SYNC);

	say("overwrite", path, fd < 0 || write(fd, zeros, sizeof(zeros)) != sizeof(zeros));
	if (fd >= 0)
		close(fd);
}

static void do_one(char *word)
{
	char *path = strchr(word, ':');

	if (!path) {
		printf("%s: no VERB:PATH\n", word);
		return;
	}
	*path++ = '\0';
	if (strcmp(word, "cat") == 0)
		cat(path);
	else if (strcmp(word, "ls") == 0)
		ls(path);
	else if (strcmp(word, "device") == 0)
		device(path);
	else if (strcmp(word, "fds") == 0)
		descriptors(path);
	else if (strcmp(word, "write") == 0)
		write_file(path);
	else if (strcmp(word, "overwrite") == 0)
		overwrite(path);
	else if (strcmp(word, "remount-rw") == 0)
		say(word, path, mount(NULL, path, NULL, MS_REMOUNT, NULL));
	else if (strcmp(word, "unlink") == 0)
		say(word, path, unlink(path));
	else
		printf("%s: no such verb\n", word);
}

int main(int argc, char *argv[])
{
	if (argc > 0 && strcmp(argv[0], "sh") == 0) {
		ls("/bin");
		ls("/etc");
		return 0;
	}
	for (int i = 1; i < argc; i++)
		do_one(argv[i]);
	printf("looked\n");
	return 0;
}
