/* SPDX-License-Identifier: MIT */
/*
 * Owns the decision whether the payload may start. The check itself is elfcheck/; it runs in a child, so
 * that a crash or an endless loop over hostile bytes is a refusal and not the end of PID 1.
 */
#include "verify.h"
#include "elfcheck/running.h"
#include "log.h"
#include "report.h"
#include "sys.h"
#include "util.h"
#include "wait.h"

#define DEADLINE_MS 30000
#define MEMORY_MAX (32 * 1024 * 1024) /* bytes beside the payload */

/* What the child leaves for its parent, in shared memory. */
struct result {
	bool complete;
	struct elfcheck_report report;
};

/* Whatever the checker does, it takes no more than this, and when memory is short it goes before anybody else. */
static void limit_child(const struct payload *payload)
{
	CLEANUP_FD int fd = sys_open("/proc/self/oom_score_adj", O_WRONLY);

	if (fd >= 0)
		sys_write(fd, "1000", 4);
	sys_setrlimit(RLIMIT_AS, payload->size + MEMORY_MAX, payload->size + MEMORY_MAX);
	sys_setrlimit(RLIMIT_CORE, 0, 0);
}

static _Noreturn void run_check(const struct config *config, const struct payload *payload, struct result *result)
{
	struct elfcheck_target target;

	limit_child(payload);
	elfcheck_running(&target);
	target.image = true;
	target.not_executable = !(payload->mode & 0111);
	target.noexec = payload->noexec;
	target.has_path = elfcheck_running_has_path;
	elfcheck(payload->image, payload->size, &target, config->profile, &config->allow, &result->report);
	result->complete = true;
	_exit(0);
}

/* Waits for the child to end, and ends it at the deadline. Returns its wait status, or -errno. */
static int await_child(pid_t pid)
{
	struct pollfd ended = { .fd = sys_pidfd_open(pid), .events = POLLIN };
	int status = 0, ready = ended.fd, r;

	if (ended.fd >= 0)
		ready = wait_ready(&ended, 1, wait_deadline(DEADLINE_MS));
	if (ready <= 0)
		sys_kill(pid, SIGKILL);
	if (ended.fd >= 0)
		sys_close(ended.fd);
	do
		r = sys_waitpid(pid, &status, 0);
	while (r == -EINTR);
	if (ready <= 0)
		return ready < 0 ? ready : -ETIME;
	return r < 0 ? r : status;
}

static int refuse(const struct payload *payload, const char *reason, int error)
{
	log_fail("verify: check '%s': %s, refused", payload->path, reason);
	return error;
}

static int check_in_child(const struct config *config, const struct payload *payload, struct result *result)
{
	int status;
	pid_t pid;

	pid = sys_fork();
	if (pid < 0)
		return refuse(payload, log_reason(pid), pid);
	if (pid == 0)
		run_check(config, payload, result);
	status = await_child(pid);
	if (status == -ETIME)
		return refuse(payload, "the checker did not finish in time", status);
	if (status < 0)
		return refuse(payload, log_reason(status), status);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return refuse(payload, "the checker was killed, memory ran out", -ENOMEM);
	if (status != 0 || !result->complete)
		return refuse(payload, "the checker crashed", -EBADMSG);
	return 0;
}

static void log_finding(const struct config *config, const struct payload *payload,
			const struct elfcheck_finding *finding)
{
	const struct elfcheck_slug_info *info = elfcheck_slug_info(finding->slug);
	const char *open = finding->evidence[0] ? " (" : "", *close = finding->evidence[0] ? ")" : "";

	if (finding->severity == ELFCHECK_INFO)
		log_line(LOG_LEVEL_DEBUG, "verify: check '%s': layer %d %s: %s%s%s%s, noted", payload->path,
			 info->layer, info->name, info->what, open, finding->evidence, close);
	else if (finding->severity == ELFCHECK_WARN || config->verify == CONFIG_WARN)
		log_line(LOG_LEVEL_WARN, "verify: check '%s': layer %d %s: %s%s%s%s, going on", payload->path,
			 info->layer, info->name, info->what, open, finding->evidence, close);
	else
		log_fail("verify: check '%s': layer %d %s: %s%s%s%s, refused; to rebuild: %s", payload->path,
			 info->layer, info->name, info->what, open, finding->evidence, close, info->remedy);
}

/* The last line of log_fail() becomes the reason that the host reads: the first finding is the best one. */
static void log_findings(const struct config *config, const struct payload *payload,
			 const struct elfcheck_report *report)
{
	for (size_t i = report->n_findings; i-- > 0;)
		log_finding(config, payload, &report->findings[i]);
}

int verify_payload(const struct config *config, const struct payload *payload)
{
	struct result *result;
	int r;

	if (config->verify == CONFIG_OFF) {
		log_line(LOG_LEVEL_WARN, "verify: check '%s': switched off, starting it unverified", payload->path);
		return 0;
	}
	result = sys_map_shared(sizeof(*result));
	if (!result)
		return refuse(payload, log_reason(ENOMEM), -ENOMEM);
	r = check_in_child(config, payload, result);
	if (r < 0)
		return r;
	log_findings(config, payload, &result->report);
	report_check(payload->path, payload->size, &result->report);
	if (!result->report.pass && config->verify == CONFIG_ENFORCE)
		return -EACCES;
	log_line(LOG_LEVEL_INFO, "verify: '%s' %s", payload->path,
		 result->report.pass ? "passes all layers" : "does not pass, started all the same (verify=warn)");
	return 0;
}
