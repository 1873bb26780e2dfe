/* SPDX-License-Identifier: MIT */
/*
 * The boot, in its order. Only this file decides whether a failure ends the boot; only shutdown.c ends the machine.
 * Makes no system calls and formats nothing itself.
 */
#include "config_read.h"
#include "console.h"
#include "devices.h"
#include "handover.h"
#include "identity.h"
#include "job.h"
#include "klog.h"
#include "launch.h"
#include "log.h"
#include "manifest.h"
#include "modules/load.h"
#include "mounts.h"
#include "payload.h"
#include "report.h"
#include "rescue.h"
#include "restart.h"
#include "root.h"
#include "shutdown.h"
#include "signals.h"
#include "supervise.h"
#include "uevent.h"
#include "util.h"
#include "verify.h"
#include "watchdog.h"

#include <errno.h>
#include <limits.h>

static const struct outcome refused = { OUTCOME_REFUSED, 0 };
static const struct outcome init_failed = { OUTCOME_INIT_FAILED, 0 };

/* What a shell says: 127 when there is nothing to execute, 126 when it cannot be. */
static struct outcome exec_failed(int error)
{
	return (struct outcome){ OUTCOME_EXEC_FAILED, error == -ENOENT ? 127 : 126 };
}

static struct outcome replace_init(struct launch *launch)
{
	if (launch_connect(launch) < 0)
		return init_failed;
	watchdog_stop(); /* nobody will ping it */
	return exec_failed(launch_here(launch));
}

/* Run after run of the same verified file, until the policy or somebody outside wants no more. */
static struct outcome supervise(const struct config *config, struct launch *launch, int signals)
{
	int in_a_row = 0, delay_ms;
	struct run run = { .outcome = init_failed };
	pid_t pid;

	do {
		if (launch_connect(launch) < 0)
			return init_failed;
		klog_mark();
		pid = launch_child(launch);
		if (pid < 0)
			return exec_failed(pid);
		report_stage("launch");
		report_launch(pid);

		run = supervise_payload(pid, launch->path, signals);
		report_stage("payload");
		report_exit(pid, &run);

		delay_ms = restart_after(config, run.outcome, run.took_us, &in_a_row);
		if (delay_ms == RESTART_GIVE_UP)
			log_fail("restart: run '%s': ended %d times in a row, giving up", launch->path, in_a_row + 1);
	} while (delay_ms >= 0 && supervise_pause(delay_ms, signals));
	return run.outcome;
}

static struct outcome run_opened(const struct config *config, struct payload *payload, int signals)
{
	struct launch launch;

	if (verify_payload(config, payload) < 0)
		return refused;
	payload_unmap(payload);
	report_stage("verify");

	if (signals_request() != SIGNALS_NOTHING) { /* one that came while modules were loaded */
		log_fail("launch: start '%s': a signal asks for the end, not started", payload->path);
		return init_failed;
	}
	if (launch_prepare(config, payload, &launch) < 0)
		return init_failed;
	log_line(LOG_LEVEL_INFO, "launch: starting '%s'", payload->path);
	return config->mode == CONFIG_EXEC ? replace_init(&launch) : supervise(config, &launch, signals);
}

static struct outcome run_payload(const struct config *config, int signals)
{
	struct payload payload;
	struct outcome outcome;

	if (payload_open(config->payload, restart_is_possible(config), &payload) < 0)
		return refused;
	outcome = run_opened(config, &payload, signals);
	payload_close(&payload);
	return outcome;
}

/* One after the other, whatever becomes of those before; the first that fails is the outcome of the boot. */
static struct outcome run_all(struct config *config, int signals)
{
	const char *files = config->also;
	static char file[PATH_MAX];
	struct outcome outcome = run_payload(config, signals), next;

	if (files)
		report_result(config->payload, outcome, log_last_failure());
	while (util_list_next(&files, file, sizeof(file))) {
		log_forget_failure();
		next = init_failed;
		if (config_read_next(config, file) == 0)
			next = run_payload(config, signals);
		report_result(config->payload, next, log_last_failure());
		if (outcome_is_success(outcome))
			outcome = next;
	}
	return outcome;
}

static struct outcome boot(struct config *config, int signals)
{
	struct devices devices = { .signals = signals, .go_on = modules_go_on };
	int r;

	handover_begin();
	report_stage("kernel");
	console_guard();
	r = mounts_early(report_mount);
	console_attach();
	log_open(); /* also to say why the mounts failed */
	if (r < 0)
		return init_failed;
	log_unlimit();
	report_stage("mounts");

	r = config_read(config);
	watchdog_open(config, false);
	report_start(config);
	report_open(config, false);
	if (r < 0)
		return init_failed;
	if (signals < 0) { /* late: the settings say how to end */
		log_fail("signals: open 'signalfd': %s, not starting the payload", log_reason(signals));
		return init_failed;
	}
	if (manifest_check(config->manifest) < 0)
		return init_failed;
	report_stage("config");

	devices.events = uevent_open();
	devices.work = config->autoload ? modules_look_on : NULL;
	if (modules_load(config, signals, devices.events, report_module) < 0)
		return init_failed;
	watchdog_open(config, true);
	report_open(config, true);
	report_stage("modules");

	if (devices_wait(&devices, config->wait, config->wait_timeout_ms) < 0)
		return init_failed;
	if (mounts_late(report_mount) < 0)
		return init_failed;
	report_record();
	identity_set(config);
	report_stage("devices");

	if (root_enter(config, &devices, modules_load_also, modules_settle) < 0)
		return init_failed;
	modules_settle();
	modules_close();
	uevent_close(devices.events);
	report_stage("root");

	if (mounts_wanted(config->mounts.ptr, config->mounts.length, report_mount) < 0)
		return init_failed;
	if (job_receive(config, signals) < 0)
		return init_failed;
	if (config->job_size_mib > 0)
		report_stage("job");
	return run_all(config, signals);
}

/* What somebody outside asked for comes first. */
static enum config_end end_of(const struct config *config, struct outcome outcome)
{
	bool ran = outcome.kind == OUTCOME_EXITED || outcome.kind == OUTCOME_SIGNALED;

	switch (signals_request()) {
	case SIGNALS_REBOOT:
		return CONFIG_REBOOT;
	case SIGNALS_POWEROFF:
		return CONFIG_POWEROFF;
	case SIGNALS_END:
	case SIGNALS_NOTHING:
	default:
		return ran ? config->on_exit : config->on_fail;
	}
}

int main(void)
{
	struct config config = { 0 };
	int signals = signals_open();
	struct outcome outcome = boot(&config, signals);

	shutdown_processes(signals);
	report_stage("shutdown");
	report_open(&config, true);
	report_done(outcome, log_last_failure());
	if (end_of(&config, outcome) == CONFIG_SHELL && signals >= 0 && signals_request() == SIGNALS_NOTHING) {
		rescue_shell(signals);
		shutdown_processes(signals);
	}
	shutdown_machine(end_of(&config, outcome), config.root);
}
