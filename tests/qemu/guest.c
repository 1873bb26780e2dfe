/* SPDX-License-Identifier: MIT */
/*
 * The payload of the tests that need a machine of their own: guest WHAT. Exit status 3 where all went as it should and
 * nothing else is said; 1 with a line on standard error where it did not.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <linux/loop.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define GOOD 3

static void need(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "guest: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void say(const char *text)
{
	need(write(1, text, strlen(text)) == (ssize_t)strlen(text), "write");
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0644);

	need(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && close(fd) == 0, path);
}

/* Memory */

static _Noreturn void devour(void)
{
	for (;;) {
		char *block = malloc(1 << 20);

		if (block)
			memset(block, 1, 1 << 20);
	}
}

static int eat(void)
{
	devour();
}

static int kill_itself(void)
{
	return kill(getpid(), SIGKILL);
}

/* The kernel ends a child for want of memory; what then happens to the payload itself is none of the kernel's doing. */
static int feed_child(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		put("/proc/self/oom_score_adj", "1000");
		devour();
	}
	need(pid > 0 && waitpid(pid, &status, 0) == pid, "child");
	need(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "the child's end");
	return kill_itself();
}

/* Processes */

/* Without a library's care: musl blocks signals around fork(2), and a child made then misses the one that waits. */
static long split(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

/* Each process makes as many as it can, and goes on trying. */
static _Noreturn void explode(void)
{
	for (;;)
		split();
}

/* The kernel counts the forks that it refused, and wakes whoever waits for the count to change. */
static void wait_until_full(const char *path)
{
	char text[64];
	struct pollfd events = { open(path, O_RDONLY), POLLPRI, 0 };

	for (;;) {
		memset(text, 0, sizeof(text));
		need(pread(events.fd, text, sizeof(text) - 1, 0) > 0, path);
		if (strncmp(text, "max 0\n", 6) != 0)
			break;
		need(poll(&events, 1, -1) == 1, "poll");
	}
	close(events.fd);
}

/* The payload stays outside. It leaves the bomb behind. */
static int bomb_cgroup(void)
{
	char pid[16];

	put("/sys/fs/cgroup/cgroup.subtree_control", "+pids");
	need(mkdir("/sys/fs/cgroup/bomb", 0755) == 0, "mkdir");
	put("/sys/fs/cgroup/bomb/pids.max", "50");
	if (fork() == 0) {
		snprintf(pid, sizeof(pid), "%d", getpid());
		put("/sys/fs/cgroup/bomb/cgroup.procs", pid);
		explode();
	}
	wait_until_full("/sys/fs/cgroup/bomb/pids.events");
	return GOOD;
}

/* There is no room for one more process in the whole machine. */
static int bomb_machine(void)
{
	int full[2];
	char byte;

	put("/proc/sys/kernel/pid_max", "400");
	need(pipe(full) == 0, "pipe");
	if (fork() == 0) {
		while (split() >= 0)
			;
		need(write(full[1], "", 1) == 1, "write");
		explode();
	}
	need(read(full[0], &byte, 1) == 1, "read");
	return GOOD;
}

/* Requests to end */

/* Before anything is asked for, lest it comes too early. */
static void block_signals(sigset_t *ret)
{
	sigfillset(ret);
	sigprocmask(SIG_BLOCK, ret, NULL);
}

static int say_signal(const sigset_t *signals)
{
	int signo;

	need(sigwait(signals, &signo) == 0, "sigwait");
	say(signo == SIGTERM ? "SIGTERM\n" : signo == SIGINT ? "SIGINT\n" : "another signal\n");
	return GOOD;
}

static int wait_for_end(void)
{
	sigset_t signals;

	block_signals(&signals);
	say("ready\n");
	return say_signal(&signals);
}

/* Whoever watches the power button: it is an input device, what it means is for user space to say. */
static int watch_button(void)
{
	struct input_event event;
	struct pollfd keys[16];
	nfds_t n = 0;
	struct dirent *entry;
	DIR *directory = opendir("/dev/input");
	sigset_t signals;

	block_signals(&signals);
	need(directory, "/dev/input");
	while (n < 16 && (entry = readdir(directory)))
		if (strncmp(entry->d_name, "event", 5) == 0)
			keys[n++] = (struct pollfd){ openat(dirfd(directory), entry->d_name, O_RDONLY), POLLIN, 0 };
	say("ready\n");
	for (;;) {
		need(poll(keys, n, -1) > 0, "poll");
		for (nfds_t i = 0; i < n; i++)
			if (keys[i].revents && read(keys[i].fd, &event, sizeof(event)) == sizeof(event) &&
			    event.type == EV_KEY && event.code == KEY_POWER && event.value == 1) {
				kill(1, SIGPWR);
				return say_signal(&signals);
			}
	}
}

/* Storage */

/* What a daemon does that nobody stops: no parent, deaf to SIGTERM, with a file open. */
static void leave_daemon(const char *place)
{
	int ready[2];
	char byte;

	need(pipe(ready) == 0, "pipe");
	if (fork() == 0) {
		setsid();
		if (fork() > 0)
			_exit(0);
		signal(SIGTERM, SIG_IGN);
		need(chdir(place) == 0 && open("log", O_WRONLY | O_CREAT, 0644) >= 0, place);
		need(write(ready[1], "", 1) == 1, "write");
		for (;;)
			pause();
	}
	need(read(ready[0], &byte, 1) == 1, "read");
}

static void mount_disk(void)
{
	need(mkdir("/disk", 0755) == 0 && mount("/dev/vda", "/disk", "ext4", 0, NULL) == 0, "/disk");
	need(mkdir("/disk/a b\\", 0755) == 0 && mount("none", "/disk/a b\\", "tmpfs", 0, NULL) == 0, "tmpfs");
	put("/disk/file", "written at the last moment\n");
}

static int leave_disk(void)
{
	mount_disk();
	return GOOD;
}

static int leave_disk_busy(void)
{
	mount_disk();
	leave_daemon("/disk");
	return GOOD;
}

/* The kernel itself holds a file of the disk. It reads only, so that the file system can become read-only. */
static int leave_disk_held(void)
{
	int image, device;

	mount_disk();
	put("/disk/image", "");
	image = open("/disk/image", O_RDONLY);
	device = open("/dev/loop0", O_RDONLY);
	need(image >= 0 && device >= 0 && ioctl(device, LOOP_SET_FD, image) == 0, "/dev/loop0");
	return GOOD;
}

/* The watchdog, with times of the guest's clock */

static int live(void)
{
	need(sleep(12) == 0, "sleep");
	say("alive\n");
	return GOOD;
}

/* The end of the machine takes its time as well. */
static int live_and_leave(void)
{
	leave_daemon("/tmp");
	return live();
}

/* As PID 1. */
static int live_on(void)
{
	live();
	tcdrain(1);
	return reboot(RB_AUTOBOOT);
}

static int neglect(void)
{
	need(open("/dev/watchdog", O_WRONLY) >= 0, "/dev/watchdog");
	return live();
}

/* The rest */

static int terminal(void)
{
	int fd = open("/dev/tty", O_RDWR);

	if (fd < 0 && errno == ENXIO)
		return 4;
	need(fd >= 0, "/dev/tty");
	need(getsid(0) == getpid() && tcgetsid(0) == getpid() && tcgetsid(fd) == getpid(), "session");
	need(tcgetpgrp(fd) == getpgrp() && tcgetpgrp(0) == getpgrp(), "foreground");
	return GOOD;
}

/* What any program takes for granted: a clock that is right, randomness, a /tmp whose files can be executed. */
static int surroundings(void)
{
	char bytes[256], date[64], self[1 << 16];
	time_t now = time(NULL);
	ssize_t size;
	int from, to, status;
	pid_t pid;

	strftime(date, sizeof(date), "%Y-%m-%d\n", gmtime(&now));
	say(date);
	need(getrandom(bytes, sizeof(bytes), 0) == sizeof(bytes), "getrandom");

	from = open("/proc/self/exe", O_RDONLY);
	to = open("/tmp/self", O_WRONLY | O_CREAT | O_EXCL, 0755);
	need(from >= 0 && to >= 0, "copy");
	while ((size = read(from, self, sizeof(self))) > 0)
		need(write(to, self, (size_t)size) == size, "copy");
	need(size == 0 && close(to) == 0, "copy");
	pid = fork();
	if (pid == 0) {
		execl("/tmp/self", "self", "good", NULL);
		_exit(127);
	}
	need(pid > 0 && waitpid(pid, &status, 0) == pid, "child");
	need(WIFEXITED(status) && WEXITSTATUS(status) == GOOD, "execute /tmp/self");
	return GOOD;
}

/* A console that nobody reads takes so much and no more; what it took is still on its way when the machine ends. */
static int fill_console(void)
{
	static char much[1 << 16];
	int fd = open("/dev/console", O_WRONLY | O_NOCTTY | O_NONBLOCK);

	need(fd >= 0 && write(fd, much, sizeof(much)) > 0, "/dev/console");
	need(write(fd, much, sizeof(much)) < (ssize_t)sizeof(much), "fill /dev/console");
	return GOOD;
}

static int good(void)
{
	return GOOD;
}

static const struct {
	const char *name;
	int (*run)(void);
} modes[] = {
	{ "eat", eat }, { "kill-itself", kill_itself }, { "feed-child", feed_child },
	{ "bomb-cgroup", bomb_cgroup }, { "bomb-machine", bomb_machine },
	{ "wait-for-end", wait_for_end }, { "watch-button", watch_button },
	{ "leave-disk", leave_disk }, { "leave-disk-busy", leave_disk_busy }, { "leave-disk-held", leave_disk_held },
	{ "live", live }, { "live-and-leave", live_and_leave }, { "live-on", live_on }, { "neglect", neglect },
	{ "terminal", terminal }, { "surroundings", surroundings }, { "fill-console", fill_console }, { "good", good },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(argv[1], modes[i].name) == 0)
			return modes[i].run();
	fprintf(stderr, "usage: guest WHAT\n");
	return 2;
}
