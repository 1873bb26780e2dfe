/* SPDX-License-Identifier: MIT */
/*
 * Owns the only kill(-1) and the only reboot(2). Nothing here may depend on something that can fail to be there:
 * every step has a way on. What may block (dead storage, a port nobody reads) runs in a child with a deadline.
 */
#include "shutdown.h"
#include "log.h"
#include "report.h"
#include "sys.h"

/* As container engines have it; also long enough for what a relay holds to leave at 115200 bit/s. */
#define GRACE_MS 10000
#define KILL_MS 1000
#define FLUSH_MS 5000

/* Reaps until no child is left (true) or the deadline has passed; sleeps until a SIGCHLD in between. */
static bool reap_all(int wake_fd, int timeout_ms)
{
	long long deadline_us = sys_now_us() + timeout_ms * 1000LL, left_us;
	struct pollfd wake = { .fd = wake_fd, .events = POLLIN };
	struct signalfd_siginfo info;
	pid_t pid;

	for (;;) {
		pid = sys_waitpid(-1, NULL, WNOHANG | __WALL);
		if (pid == -ECHILD)
			return true;
		if (pid > 0 || pid == -EINTR)
			continue;
		left_us = deadline_us - sys_now_us();
		if (left_us <= 0)
			return false;
		sys_poll(&wake, 1, (int)((left_us + 999) / 1000));
		while (sys_read(wake_fd, &info, sizeof(info)) > 0)
			;
	}
}

void shutdown_processes(int wake_fd)
{
	sys_kill(-1, SIGTERM);
	sys_kill(-1, SIGCONT); /* a stopped process would not see it */
	if (reap_all(wake_fd, GRACE_MS))
		return;
	log_line(LOG_LEVEL_WARN, "shutdown: end 'remaining processes': they ignored SIGTERM for %d s, killing them",
		 GRACE_MS / 1000);
	sys_kill(-1, SIGKILL);
	if (!reap_all(wake_fd, KILL_MS))
		log_line(LOG_LEVEL_ERR, "shutdown: kill 'remaining processes': they did not end, going on");
}

static void flush(void)
{
	report_drain();
	sys_tcdrain(1);
	sync();
}

static void flush_in_child(void)
{
	struct pollfd ended = { .fd = -1, .events = POLLIN };
	pid_t pid = sys_fork();

	if (pid == 0) {
		flush();
		_exit(0);
	}
	if (pid > 0)
		ended.fd = sys_pidfd_open(pid);
	if (ended.fd < 0)
		log_line(LOG_LEVEL_ERR, "shutdown: flush 'output and disks': %s, going on", log_reason(ended.fd));
	else if (sys_poll(&ended, 1, FLUSH_MS) != 1)
		log_line(LOG_LEVEL_ERR, "shutdown: flush 'output and disks': not done in %d s, going on",
			 FLUSH_MS / 1000);
}

/*
 * In a child: where the machine cannot be switched off, the kernel ends the process that asked for it (do_exit()
 * in kernel/reboot.c), and PID 1 must not end.
 */
static void ask(unsigned int command)
{
	pid_t pid = sys_fork();

	if (pid == 0) {
		sys_reboot(command);
		_exit(1);
	}
	if (pid < 0)
		sys_reboot(command == RB_POWER_OFF ? RB_AUTOBOOT : command);
	while (sys_waitpid(pid, NULL, 0) == -EINTR)
		;
}

_Noreturn void shutdown_machine(enum config_end end)
{
	static const struct {
		unsigned int command;
		const char *name;
	} ends[] = {
		[CONFIG_POWEROFF] = { RB_POWER_OFF, "power off" },
		[CONFIG_REBOOT] = { RB_AUTOBOOT, "restart" },
		[CONFIG_HALT] = { RB_HALT_SYSTEM, "halt" },
	};

	flush_in_child();
	ask(ends[end].command);
	if (end != CONFIG_HALT) {
		log_line(LOG_LEVEL_ERR, "shutdown: %s 'the machine': the kernel did not, restarting it",
			 ends[end].name);
		ask(RB_AUTOBOOT);
	}
	for (;;)
		pause();
}
