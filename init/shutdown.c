/* SPDX-License-Identifier: MIT */
/*
 * Owns the only kill(-1), unmounting, and the only reboot(2). Nothing here may depend on something that can fail to
 * be there: every step has a way on. What may block (dead storage, a port nobody reads, reboot(2) itself) runs in a
 * child with a deadline.
 */
#include "shutdown.h"
#include "log.h"
#include "report.h"
#include "signals.h"
#include "sys.h"
#include "unmount.h"
#include "util.h"
#include "wait.h"
#include "watchdog.h"

#include <stdbool.h>

/* As container engines have it; also long enough for what a relay holds to leave at 115200 bit/s. */
#define GRACE_MS 10000
#define KILL_MS 1000
#define FLUSH_MS 5000
#define END_MS 20000 /* device_shutdown() of slow hardware takes seconds */

/* Reaps until no child is left (true) or the deadline has passed; sleeps until a SIGCHLD in between. */
static bool reap_all(int signals, int timeout_ms)
{
	long long deadline_us = wait_deadline(timeout_ms);
	struct pollfd wake = { .fd = signals, .events = POLLIN };
	pid_t pid;

	for (;;) {
		pid = sys_waitpid(-1, NULL, WNOHANG | __WALL);
		if (pid == -ECHILD)
			return true;
		if (pid > 0 || pid == -EINTR)
			continue;
		if (wait_ready(&wake, 1, deadline_us) <= 0 && sys_now_us() >= deadline_us)
			return false;
		while (signals_next(signals) > 0)
			;
	}
}

void shutdown_processes(int signals)
{
	sys_kill(-1, SIGTERM);
	sys_kill(-1, SIGCONT); /* a stopped process would not see it */
	if (reap_all(signals, GRACE_MS))
		return;
	log_line(LOG_LEVEL_WARN, "shutdown: end 'remaining processes': they ignored SIGTERM for %d s, killing them",
		 GRACE_MS / 1000);
	sys_kill(-1, SIGKILL);
	if (!reap_all(signals, KILL_MS))
		log_line(LOG_LEVEL_ERR, "shutdown: kill 'remaining processes': they did not end, going on");
}

static void flush(unsigned int with_root)
{
	report_drain();
	sys_tcdrain(1);
	sync();
	unmount_all(with_root);
	sync();
}

static void reboot_now(unsigned int command)
{
	sys_reboot(command);
}

/* Documentation/admin-guide/sysrq.rst: 'b' restarts, 'o' switches off, 'c' makes the kernel panic, at once. */
static void press_sysrq(unsigned int key)
{
	char byte = (char)key;
	CLEANUP_FD int fd = sys_open("/proc/sysrq-trigger", O_WRONLY);

	if (fd >= 0)
		sys_write(fd, &byte, 1);
}

/* Runs work(argument) in a child. True when it ended by itself before the deadline. */
static bool in_child(void (*work)(unsigned int), unsigned int argument, int timeout_ms)
{
	struct pollfd ended = { .fd = -1, .events = POLLIN };
	pid_t pid = sys_fork();
	bool in_time;

	if (pid < 0) {
		log_line(LOG_LEVEL_ERR, "shutdown: fork for 'the last steps': %s, going on", log_reason(pid));
		if (work == press_sysrq || argument == RB_AUTOBOOT)
			work(argument); /* neither ends the process that asks */
		return false;
	}
	if (pid == 0) {
		work(argument);
		_exit(0);
	}
	ended.fd = sys_pidfd_open(pid);
	/* Without a descriptor for it the whole time is waited: a negative one is never ready. */
	in_time = wait_ready(&ended, 1, wait_deadline(timeout_ms)) == 1;
	if (ended.fd >= 0)
		sys_close(ended.fd);
	sys_waitpid(-1, NULL, WNOHANG | __WALL);
	return in_time;
}

struct way {
	void (*work)(unsigned int);
	unsigned int argument;
	const char *name;
};

_Noreturn void shutdown_machine(enum config_end end, bool with_root)
{
	static const struct way off[] = { { reboot_now, RB_POWER_OFF, "power off" },
					  { press_sysrq, 'o', "power off by sysrq" },
					  { reboot_now, RB_AUTOBOOT, "restart" },
					  { press_sysrq, 'b', "restart by sysrq" },
					  { 0 } };
	static const struct way panic[] = { { press_sysrq, 'c', "panic by sysrq" },
					    { reboot_now, RB_AUTOBOOT, "restart" },
					    { press_sysrq, 'b', "restart by sysrq" },
					    { 0 } };
	static const struct way halt[] = { { reboot_now, RB_HALT_SYSTEM, "halt" }, { 0 } };
	const struct way *way = end == CONFIG_REBOOT ? off + 2 :
				end == CONFIG_PANIC  ? panic :
				end == CONFIG_HALT   ? halt : off;

	if (!in_child(flush, with_root, FLUSH_MS))
		log_line(LOG_LEVEL_ERR, "shutdown: flush 'output and disks': not done in %d s, going on",
			 FLUSH_MS / 1000);
	report_leave();
	if (end != CONFIG_REBOOT)
		watchdog_stop(); /* a restart that hangs is what it is for, a machine that is off shall stay so */
	for (; way->work; way++) {
		in_child(way->work, way->argument, END_MS);
		if (end != CONFIG_HALT)
			log_line(LOG_LEVEL_ERR, "shutdown: %s 'the machine': the kernel did not, going on", way->name);
	}
	for (;;)
		wait_ready(NULL, 0, WAIT_FOR_EVER);
}
