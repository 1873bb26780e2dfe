/* SPDX-License-Identifier: MIT */
/*
 * drive INIT PAYLOAD DIRECTORY [SCENARIO [PROCESS FUNCTION NTH ERRNO]]: runs the PID 1 with the seam in namespaces of
 * its own, once for each system call that it makes and each errno of that call, and looks at how it ends: as asked, and
 * with somebody who knows why. Prints TAP, one test per function of init/sys.h. With more arguments (all numbers but
 * the function): that run alone, with all that it printed.
 */
#define _GNU_SOURCE
#include "seam.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HANG_S 60
#define LONG_S 5      /* a run of more is worth a word */
#define SLOTS 8       /* runs at a time: some sleep for seconds */
#define PAIRS_MIN 1000
#define CALLS_MAX 2000 /* of PID 1, which makes some hundreds */
#define TEXT_MAX 16384

/* How the machine ended. In a PID namespace reboot(2) kills PID 1, with a signal that says what was asked for. */
enum way { POWEROFF = SIGINT, RESTART = SIGHUP };

static const struct scenario {
	const char *name, *settings, *args; /* args: with a NUL behind each */
	size_t args_size;
	bool mounted;  /* /dev and /proc are there already */
	bool kmsg;     /* there is a kernel log */
	bool console;  /* descriptors 0 to 2 are open; else they are closed */
	bool terminal; /* there is a terminal, /console, which the seam has for /dev/console */
	bool copied, late, job;
	int haste;     /* see seam.h */
	const char *only; /* faults in calls of these functions, by PID 1; NULL: all */
	enum way on_exit, on_fail;
	const char *outcome; /* without a fault */
	const char *output;  /* of the payload, in the file /out; NULL: does not matter */
} scenarios[] = {
	{ "everything",
	  "payload=/bin/payload profile=static args_file=/args manifest=/manifest report=/result nonce=once\n"
	  "stdin=/dev/null stdout=/out wait=/bin/payload,/dev/null wait_timeout=1 hostname=faulty watchdog=/watchdog\n"
	  "watchdog_timeout=30 cwd=/tmp env.NAME=value restart=on-failure restart_max=1 restart_delay=1\n"
	  "on_exit=reboot on_fail=poweroff\n",
	  .args = "one\0two", .args_size = 8, .mounted = true, .console = true, .on_exit = RESTART, .on_fail = POWEROFF,
	  .outcome = "\"outcome\":\"exited\",\"exit\":7,", .output = "output of the payload\n" },
	{ "no channel",
	  "payload=/bin/payload verify=warn report=/nothing wait=/late wait_timeout=1 stderr=/out\n"
	  "watchdog=/watchdog on_exit=reboot\n",
	  .kmsg = true, .console = true, .copied = true, .late = true, .on_exit = RESTART, .on_fail = POWEROFF,
	  .outcome = "\"outcome\":\"exited\",\"exit\":7,", .output = "its error\n" },
	{ "no console, asked to end",
	  "payload=/bin/payload profile=static report=/result args=end on_fail=poweroff\n",
	  .kmsg = true, .on_exit = RESTART, .on_fail = POWEROFF,
	  .outcome = "\"outcome\":\"signaled\",\"exit\":130,\"signal\":2," },
	{ "terminal",
	  "payload=/bin/payload profile=static report=/result stdout=/console on_exit=reboot\n",
	  .kmsg = true, .terminal = true, .on_exit = RESTART, .on_fail = POWEROFF,
	  .outcome = "\"outcome\":\"exited\",\"exit\":7," },
	{ "does not end",
	  "payload=/bin/payload profile=static report=/result args=stay on_exit=reboot\n",
	  .mounted = true, .console = true, .haste = 20, .only = "wait4 waitpid kill poll read pidfd_open",
	  .on_exit = RESTART, .on_fail = POWEROFF,
	  .outcome = "\"outcome\":\"signaled\",\"exit\":137,\"signal\":9," },
	{ "a job",
	  "payload=/nothing profile=static report=/result job=1M@/memory on_exit=reboot\n",
	  .mounted = true, .console = true, .job = true, .only = "open create read write poll map_device unmap unlink chmod mkdir "
	  "add_entropy reseed set_real_ns close",
	  .on_exit = RESTART, .on_fail = POWEROFF,
	  .outcome = "\"nonce\":\"twice\",\"outcome\":\"exited\",\"exit\":7,\"warm\":true," },
	{ "two payloads",
	  "payload=/bin/payload profile=static report=/result stdout=/out also=/args on_exit=reboot\n"
	  "mount=\"none /tmp/there tmpfs ro,nodev,mode=0700,size=1m\"\n",
	  .args = "/bin/payload\0argument", .args_size = 22, .mounted = true, .console = true,
	  .only = "mount mkdir open read fstat fork close write", .on_exit = RESTART, .on_fail = POWEROFF,
	  .outcome = "\"outcome\":\"exited\",\"exit\":7," },
	{ "shell",
	  "payload=/nothing report=/result on_fail=shell\n",
	  .mounted = true, .console = true, .on_exit = POWEROFF, .on_fail = POWEROFF,
	  .outcome = "\"outcome\":\"refused\",\"exit\":125," },
};

#define N_SCENARIOS ((int)(sizeof(scenarios) / sizeof(scenarios[0])))

/* A run that is wanted. */
struct job {
	int scenario, process, function, nth, which; /* process < 0: without a fault */
	bool lasting; /* in all later calls, too */
};

static struct slot {
	bool busy;
	struct job job;
	char root[256];
	pid_t pid;
	int pidfd, output; /* output: what comes from 1 and 2 */
	struct seam *seam;
	struct timespec began;
} slots[SLOTS];

static struct {
	int calls, pairs, wrong;
	char *notes; /* lines of TAP */
	size_t notes_size;
	FILE *stream;
} results[SEAM_CALLS];

static struct job *jobs;
static size_t n_jobs, at_job;
static struct seam plain[N_SCENARIOS]; /* without a fault */
static bool plain_failed;
static int long_runs, n_pairs, n_missed;
static bool verbose;
static char *init_bytes, *payload_bytes;
static size_t init_size, payload_size;

static _Noreturn void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	fflush(stdout);
	exit(1);
}

static void put_file(const char *root, const char *name, const void *bytes, size_t n, mode_t mode)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
		die(path);
	close(fd);
}

static void put_directory(const char *root, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	if (mkdir(path, 0755) < 0)
		die(path);
}

/* Reads the file from the root, or from a path when root is NULL; ends it with a NUL. */
static char *get_file(const char *root, const char *name, size_t *ret_size)
{
	char path[512], *bytes;
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s%s", root ? root : "", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !(bytes = malloc((size_t)st.st_size + 1)) ||
	    read(fd, bytes, (size_t)st.st_size) != st.st_size)
		die(path);
	close(fd);
	bytes[st.st_size] = '\0';
	if (ret_size)
		*ret_size = (size_t)st.st_size;
	return bytes;
}

/* docs/WARM.md has the format. */
static void put_job(const char *root)
{
	char head[257], path[512];
	static char job[1024 * 1024];
	size_t n;

	snprintf(head, sizeof(head), "initgate job 001%016x%016x%016x%016x%016x%016x%016zx%0128x", 1, 0755, 6, 8, 4, 7, payload_size, 0);
	memcpy(job, head, 256);
	n = 256;
	memcpy(job + n, "twice\0payload\0one\0NAME=1", 25);
	n += 25;
	memcpy(job + n, payload_bytes, payload_size);
	put_file(root, "memory", job, sizeof(job), 0600);
	put_file(root, "enable", "", 0, 0600);
	put_file(root, "random", "", 0, 0600);
	snprintf(path, sizeof(path), "%s/bin/payload", root);
	unlink(path);
}

/* A fresh root in memory for each run, of which nothing is left over for the next. */
static void make_root(struct slot *slot, const struct scenario *scenario)
{
	static const char *const directories[] = { "bin", "etc", "dev", "proc", "sys", "tmp", "run" };
	static const char *const files[] = { "result", "out", "watchdog", "cmdline", "sysrq", "printk_devkmsg" };
	char manifest[100], path[512];
	int fd, n;

	umount2(slot->root, MNT_DETACH);
	if (mount("none", slot->root, "tmpfs", 0, "mode=0755") < 0)
		die(slot->root);
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		put_directory(slot->root, directories[i]);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		put_file(slot->root, files[i], "", 0, 0644);
	put_file(slot->root, "init", init_bytes, init_size, 0755);
	put_file(slot->root, "bin/payload", payload_bytes, payload_size, 0755);
	put_file(slot->root, "bin/sh", payload_bytes, payload_size, 0755);
	put_file(slot->root, "etc/initgate.conf", scenario->settings, strlen(scenario->settings), 0644);
	put_file(slot->root, "args", scenario->args, scenario->args_size, 0644);
	n = snprintf(manifest, sizeof(manifest), "%zu /bin/payload\n%zu /init\n", payload_size, init_size);
	put_file(slot->root, "manifest", manifest, (size_t)n, 0644);
	if (scenario->job)
		put_job(slot->root);
	if (scenario->terminal)
		put_file(slot->root, "console", "", 0, 0600);
	if (scenario->kmsg)
		put_file(slot->root, "kmsg", "", 0, 0644);

	snprintf(path, sizeof(path), "%s/seam", slot->root);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(struct seam)) < 0)
		die(path);
	slot->seam = mmap(NULL, sizeof(struct seam), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (slot->seam == MAP_FAILED)
		die(path);
	close(fd);
	slot->seam->process = slot->job.process;
	slot->seam->function = slot->job.function;
	slot->seam->nth = slot->job.nth;
	slot->seam->error = seam_calls[slot->job.function].errnos[slot->job.which];
	slot->seam->haste = scenario->haste;
	slot->seam->lasting = slot->job.lasting;
	slot->seam->copied = scenario->copied;
	slot->seam->late = scenario->late;
	slot->seam->job = scenario->job;
}

/* In the new namespaces, as their PID 1: with no signal ignored, as a shell's job in the background has some. */
static _Noreturn void become_init(const struct slot *slot, const struct scenario *scenario, int input, int output)
{
	char *argv[] = { (char *)"/init", NULL }, *env[] = { (char *)"HOME=/", NULL };
	int r = chdir(slot->root);

	if (r == 0 && scenario->mounted) {
		r |= mount("none", "dev", "tmpfs", 0, "mode=0755");
		r |= mknod("dev/null", S_IFCHR | 0666, makedev(1, 3));
		r |= mount("proc", "proc", "proc", 0, NULL);
	}
	if (scenario->terminal)
		r |= mount(ptsname(output), "console", NULL, MS_BIND, NULL);
	r |= chroot(".");
	dup2(input, 0);
	dup2(output, 1);
	dup2(output, 2);
	close_range(scenario->console ? 3 : 0, ~0U, 0);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	if (r == 0)
		execve("/init", argv, env);
	_exit(98);
}

static void start(struct slot *slot)
{
	const struct scenario *scenario = &scenarios[slot->job.scenario];
	int input[2], output[2];
	long pid;

	make_root(slot, scenario);
	if (pipe2(input, O_CLOEXEC) < 0 || pipe2(output, O_CLOEXEC) < 0)
		die("pipe");
	if (scenario->terminal) {
		close(output[0]);
		output[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (output[0] < 0 || unlockpt(output[0]) < 0)
			die("posix_openpt");
		dup2(output[0], output[1]);
	}
	fflush(NULL);
	pid = syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_PIDFD | SIGCHLD, NULL, &slot->pidfd,
		      NULL, 0);
	if (pid < 0)
		die("clone");
	if (pid == 0)
		become_init(slot, scenario, input[0], output[1]);
	close(input[0]);
	close(input[1]);
	close(output[1]);
	slot->output = output[0];
	slot->pid = (pid_t)pid;
	slot->busy = true;
	clock_gettime(CLOCK_MONOTONIC, &slot->began);
}

/* The last whole line of text that begins with `start`, without it and its line break; NULL if there is none. */
static char *find_line(const char *text, const char *begin)
{
	const char *found = NULL;

	for (const char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL)
		if (strncmp(line, begin, strlen(begin)) == 0 && strchr(line, '\n'))
			found = line;
	if (!found)
		return NULL;
	found += strlen(begin);
	return strndup(found, strcspn(found, "\n"));
}

/* Each write to the kernel's log is a record of its own; in our file they stand one behind the other. */
static char *split_records(const char *text)
{
	char *lines = NULL;
	size_t size;
	FILE *stream = open_memstream(&lines, &size);

	for (const char *at = text; *at; at++) {
		if (at > text && at[0] == '<' && strncmp(at + 2, ">initgate: ", 11) == 0)
			fputc('\n', stream);
		fputc(*at, stream);
	}
	if (*text)
		fputc('\n', stream);
	fclose(stream);
	return lines;
}

/* All that somebody can know: the channel's last line, or that of the log, or of the console. NULL: nothing. */
static char *find_done(const char *channel, const char *kmsg, const char *console)
{
	char *done = find_line(channel, "{\"event\":\"done\",");

	if (!done)
		done = find_line(kmsg, "<3>initgate: done: {\"event\":\"done\",");
	if (!done)
		done = find_line(console, "initgate: done: {\"event\":\"done\",");
	return done;
}

/* Returns what is wrong, or NULL. */
static const char *judge_channel(const char *channel)
{
	const char *last = NULL;

	for (const char *line = channel; *line;) {
		size_t n = strcspn(line, "\n");

		if (line[n] != '\n' || n < 2 || line[0] != '{' || line[n - 1] != '}')
			return "a line of the result channel is not whole";
		if (last && strncmp(last, "{\"event\":\"done\",", 16) == 0)
			return "something follows the last line of the result channel";
		last = line;
		line += n + 1;
	}
	return NULL;
}

/*
 * A port that takes no more, or a pipe that breaks: the payload's output is lost, and it may learn of that by itself.
 * A relay is known by what it does not call.
 */
static bool cuts_output(const struct slot *slot)
{
	const struct seam *seam = slot->seam;
	const int *seen = seam->seen[seam->process > 0 ? seam->process : 0];
	bool relay = seam->process > 0, moves = false;

	for (int i = 0; i < SEAM_CALLS; i++) {
		const char *name = seam_calls[i].function;

		if (strstr("sys_setsid sys_umount sys_reboot sys_setrlimit", name))
			relay &= seen[i] == 0;
		if (i == seam->function)
			moves = strcmp(name, "sys_read") == 0 || strcmp(name, "sys_write") == 0;
	}
	return relay && moves && seam->hit && seam->error != EINTR;
}

static const char *judge(const struct slot *slot, int status, const char *channel, const char *kmsg,
			 const char *console, const char *out)
{
	const struct scenario *scenario = &scenarios[slot->job.scenario];
	const struct seam *seam = slot->seam;
	char *done = find_done(channel, kmsg, console);
	bool ran = done && (strstr(done, "\"outcome\":\"exited\"") || strstr(done, "\"outcome\":\"signaled\""));
	bool failed = done && (strstr(done, "\"outcome\":\"refused\"") || strstr(done, "\"outcome\":\"init-failed\""));
	bool same = done && strstr(done, scenario->outcome);
	bool reason = done && strstr(done, "\"reason\":\"") && !strstr(done, "\"reason\":\"\"");
	enum way way = ran ? scenario->on_exit : scenario->on_fail;

	if (seam->unknown[0])
		return "the seam does not know a call";
	if (status == -1)
		return "hangs";
	if (!WIFSIGNALED(status) || (WTERMSIG(status) != POWEROFF && WTERMSIG(status) != RESTART))
		return "PID 1 came to an end of its own";
	if (seam->calls[0] > CALLS_MAX)
		return "PID 1 does not sleep";
	if (!done)
		return "nobody knows how it ended";
	if (!ran && !failed)
		return "no such outcome";
	if (!same && ran && !cuts_output(slot))
		return "the payload ended otherwise, or something else is taken for it";
	if (!same && failed && !reason)
		return "another outcome without a reason";
	/* A file that is not there, or a directory that is, can be as well as not; then something else fails for it. */
	if (!same && failed && !seam->lasting && seam->error != ENOENT && seam->error != EEXIST &&
	    !strstr(done, seam->reason))
		return "the reason does not name the error";
	/* A request to end counts whatever the outcome; the fault may have come before or behind it. */
	if ((enum way)WTERMSIG(status) != way && !(failed && !same && strstr(scenario->settings, "args=end")))
		return "the machine ended in another way than asked";
	if (same && scenario->output && !cuts_output(slot) && strcmp(out, scenario->output) != 0)
		return "output of the payload is lost";
	return judge_channel(channel);
}

static void note(int function, const char *format, ...)
{
	va_list arguments;

	if (!results[function].stream)
		results[function].stream = open_memstream(&results[function].notes, &results[function].notes_size);
	va_start(arguments, format);
	vfprintf(results[function].stream, format, arguments);
	va_end(arguments);
}

static void note_text(int function, const char *name, const char *text)
{
	const char *at = strlen(text) > 1000 ? text + strlen(text) - 1000 : text;

	while (*at) {
		size_t n = strcspn(at, "\n");

		note(function, "#   %s: %.*s\n", name, (int)n, at);
		at += n + (at[n] == '\n');
	}
}

static void add_job(struct job job)
{
	jobs = realloc(jobs, (n_jobs + 1) * sizeof(*jobs));
	if (!jobs)
		die("realloc");
	jobs[n_jobs++] = job;
}

/* The nth call of the function, once with each of its errnos from the one at `first` on. */
static void add_jobs(int scenario, int process, int function, int nth, int first)
{
	for (int i = first; seam_calls[function].errnos[i]; i++)
		add_job((struct job){ scenario, process, function, nth, i, false });
}

/*
 * What lasts is no interruption. And nothing can be asked of a PID 1 that never again opens, reads, writes or waits for
 * any descriptor: nobody could know. (Waiting for a device with sys_stat broken only waits its time.)
 */
static void add_lasting(int scenario, int process, int function, int nth)
{
	int which = seam_calls[function].errnos[0] == EINTR;
	static const char spared[] = "sys_open sys_read sys_write sys_poll sys_dup2 sys_stat";

	if (seam_calls[function].errnos[which] && !strstr(spared, seam_calls[function].function))
		add_job((struct job){ scenario, process, function, nth, which, true });
}

static void finish_plain(const struct slot *slot, const char *wrong)
{
	struct seam *seam = &plain[slot->job.scenario];

	*seam = *slot->seam;
	plain_failed |= wrong != NULL;
	printf("# '%s' without a fault: %s; calls of each process:", scenarios[slot->job.scenario].name,
	       wrong ? wrong : "as it should be");
	for (int i = 0; i < SEAM_PROCESSES; i++)
		if (seam->calls[i])
			printf(" %d", seam->calls[i]);
	printf("\n");
}

static void finish_faulty(const struct slot *slot, const char *wrong, double took_s)
{
	const struct job *job = &slot->job;
	const struct seam *seam = slot->seam;
	const char *name = seam_calls[job->function].function, *error = strerrorname_np(seam->error);
	int number = job->process * 10000 + seam->hit;
	int expected = plain[job->scenario].seen[job->process][job->function];

	/* A sleep that was cut short brings calls that were not there without a fault: on until one does not come. */
	if (seam->hit && job->which == 0 && !job->lasting && job->nth >= expected)
		add_job((struct job){ job->scenario, job->process, job->function, job->nth + 1, 0, false });
	if (seam->hit && job->which == 0 && !job->lasting && job->nth > expected)
		add_jobs(job->scenario, job->process, job->function, job->nth, 1);
	if (seam->hit) {
		results[job->function].calls += job->which == 0 && !job->lasting;
		results[job->function].pairs++;
		n_pairs++;
	} else {
		n_missed++;
	}
	long_runs += took_s >= LONG_S;
	if (verbose && took_s >= LONG_S)
		printf("# '%s' %d %s %s%s took %.1f s\n", scenarios[job->scenario].name, number, name, error,
		       job->lasting ? " from then on" : "", took_s);
	if (!wrong)
		return;
	results[job->function].wrong++;
	note(job->function, "# '%s' %d %s %s%s: %s%s (%d %d %s %d %d)\n", scenarios[job->scenario].name, number, name,
	     seam->hit ? error : "without a fault", seam->lasting ? " from then on" : "", wrong,
	     seam->sysrq ? ", after sysrq" : "", job->scenario,
	     job->process, name, job->nth, seam->error);
}

/* status: of wait; -1 when the time is over. */
static void finish(struct slot *slot, int status)
{
	char console[TEXT_MAX] = "", *channel, *records, *kmsg, *out;
	struct timespec now;
	double took_s;
	const char *wrong;
	ssize_t n = 0;

	clock_gettime(CLOCK_MONOTONIC, &now);
	took_s = (double)(now.tv_sec - slot->began.tv_sec) + (double)(now.tv_nsec - slot->began.tv_nsec) / 1e9;
	fcntl(slot->output, F_SETFL, O_NONBLOCK);
	n = read(slot->output, console, sizeof(console) - 1);
	console[n > 0 ? n : 0] = '\0';
	close(slot->output);
	close(slot->pidfd);
	channel = get_file(slot->root, "/result", NULL);
	out = get_file(slot->root, "/out", NULL);
	records = scenarios[slot->job.scenario].kmsg ? get_file(slot->root, "/kmsg", NULL) : strdup("");
	kmsg = split_records(records);

	wrong = judge(slot, status, channel, kmsg, console, out);
	if (slot->job.process < 0)
		finish_plain(slot, wrong);
	else
		finish_faulty(slot, wrong, took_s);
	if (wrong || (verbose && n_jobs == 1)) {
		int function = slot->job.function;

		note(function, "#   wait status 0x%x after %.1f s\n", (unsigned)status, took_s);
		note_text(function, "channel", channel);
		note_text(function, "log", kmsg);
		note_text(function, "console", console);
	}
	free(channel);
	free(out);
	free(kmsg);
	free(records);
	munmap(slot->seam, sizeof(*slot->seam));
	slot->busy = false;
}

static double age_s(const struct slot *slot)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - slot->began.tv_sec);
}

static void wait_for_some(void)
{
	struct pollfd fds[SLOTS];
	int status;

	for (int i = 0; i < SLOTS; i++)
		fds[i] = (struct pollfd){ .fd = slots[i].busy ? slots[i].pidfd : -1, .events = POLLIN };
	poll(fds, SLOTS, 1000);
	for (int i = 0; i < SLOTS; i++) {
		if (!slots[i].busy)
			continue;
		if (waitpid(slots[i].pid, &status, WNOHANG) == slots[i].pid) {
			finish(&slots[i], status);
		} else if (age_s(&slots[i]) > HANG_S) {
			kill(slots[i].pid, SIGKILL);
			waitpid(slots[i].pid, NULL, 0);
			finish(&slots[i], -1);
		}
	}
}

/* Until all jobs are done, also those that come meanwhile. */
static void run_jobs(void)
{
	bool busy;

	do {
		busy = false;
		for (int i = 0; i < SLOTS; i++) {
			if (!slots[i].busy && at_job < n_jobs) {
				slots[i].job = jobs[at_job++];
				start(&slots[i]);
			}
			busy |= slots[i].busy;
		}
		if (busy)
			wait_for_some();
	} while (busy || at_job < n_jobs);
}

static bool is_planned(const struct scenario *scenario, int process, int function)
{
	return !scenario->only ||
	       (process == 0 && strstr(scenario->only, seam_calls[function].function + strlen("sys_")) != NULL);
}

static void plan_faults(int scenario)
{
	const struct seam *seam = &plain[scenario];

	for (int process = 0; process < SEAM_PROCESSES; process++)
		for (int function = 0; function < SEAM_CALLS; function++)
			for (int nth = 1; nth <= seam->seen[process][function]; nth++) {
				if (!is_planned(&scenarios[scenario], process, function))
					continue;
				add_jobs(scenario, process, function, nth, 0);
				add_lasting(scenario, process, function, nth);
			}
}

static void print_notes(int function)
{
	if (!results[function].stream)
		return;
	fclose(results[function].stream);
	fputs(results[function].notes, stdout);
}

static int print_results(void)
{
	int n = 0, failed = 0;

	for (int i = 0; i < SEAM_CALLS; i++) {
		if (results[i].calls == 0) {
			print_notes(i);
			continue;
		}
		failed += results[i].wrong > 0;
		printf("%s %d %s: %d calls, %d pairs", results[i].wrong ? "not ok" : "ok", ++n, seam_calls[i].function,
		       results[i].calls, results[i].pairs);
		printf(results[i].wrong ? ", %d wrong\n" : "\n", results[i].wrong);
		print_notes(i);
	}
	failed += plain_failed + (n_pairs < PAIRS_MIN);
	printf("%s %d without a fault nothing fails\n", plain_failed ? "not ok" : "ok", ++n);
	printf("%s %d at least %d pairs were tried\n", n_pairs < PAIRS_MIN ? "not ok" : "ok", ++n, PAIRS_MIN);
	printf("1..%d\n", n);
	for (int i = 0; i < SEAM_CALLS; i++)
		if (results[i].calls == 0)
			printf("# %s was never called\n", seam_calls[i].function);
	printf("# %d calls did not come again, as a sleep was not cut short\n", n_missed);
	printf("# %d runs took %d s or more\n", long_runs, LONG_S);
	printf("# %d pairs (N, errno) tried\n", n_pairs);
	return failed;
}

/* Namespaces of ours: no mount of ours is anybody else's, and a network with nothing in it. */
static void prepare(char **argv)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		die("unshare");
	init_bytes = get_file(NULL, argv[1], &init_size);
	payload_bytes = get_file(NULL, argv[2], &payload_size);
	mkdir(argv[3], 0755);
	if (mount("none", argv[3], "tmpfs", 0, "mode=0755") < 0)
		die(argv[3]);
	for (int i = 0; i < SLOTS; i++) {
		snprintf(slots[i].root, sizeof(slots[i].root), "%s/%d", argv[3], i);
		mkdir(slots[i].root, 0755);
	}
}

static int run_one(char **argv, int argc)
{
	struct job job = { .scenario = atoi(argv[0]), .process = -1 };

	if (argc == 5) {
		job.process = atoi(argv[1]);
		job.nth = atoi(argv[3]);
		while (job.function < SEAM_CALLS - 1 && strcmp(seam_calls[job.function].function, argv[2]) != 0)
			job.function++;
		while (seam_calls[job.function].errnos[job.which] != atoi(argv[4]) && job.which < SEAM_ERRNOS - 1)
			job.which++;
	}
	verbose = true;
	add_job(job);
	run_jobs();
	for (int i = 0; i < SEAM_CALLS; i++)
		print_notes(i);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 4 && argc != 5 && argc != 9) {
		fprintf(stderr, "usage: drive INIT PAYLOAD DIRECTORY [SCENARIO [PROCESS FUNCTION NTH ERRNO]]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	verbose = getenv("V") && strcmp(getenv("V"), "1") == 0;
	prepare(argv);
	if (argc > 4)
		return run_one(argv + 4, argc - 4);
	for (int i = 0; i < N_SCENARIOS; i++)
		add_job((struct job){ .scenario = i, .process = -1 });
	run_jobs();
	for (int i = 0; i < N_SCENARIOS && !plain_failed; i++)
		plan_faults(i);
	run_jobs();
	return print_results() > 0;
}
