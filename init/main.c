/* SPDX-License-Identifier: MIT */
/*
 * The boot, in its order. Only this file decides whether a failure ends the boot; only shutdown.c ends the machine.
 * Makes no system calls and formats nothing itself.
 */
#include "config_read.h"
#include "console.h"
#include "devices.h"
#include "launch.h"
#include "log.h"
#include "manifest.h"
#include "modules/load.h"
#include "mounts.h"
#include "payload.h"
#include "report.h"
#include "shutdown.h"
#include "supervise.h"
#include "verify.h"

#include <errno.h>

static const struct outcome refused = { OUTCOME_REFUSED, 0 };
static const struct outcome init_failed = { OUTCOME_INIT_FAILED, 0 };

/* What a shell says: 127 when there is nothing to execute, 126 when it cannot be. */
static struct outcome exec_failed(int error)
{
	return (struct outcome){ OUTCOME_EXEC_FAILED, error == -ENOENT ? 127 : 126 };
}

static struct outcome run_payload(const struct config *config, int signals)
{
	struct payload payload;
	struct launch launch;
	pid_t pid;

	if (payload_open(config->payload, &payload) < 0)
		return refused;
	if (verify_payload(config, &payload) < 0)
		return refused;
	report_stage("verify");

	if (launch_prepare(config, &payload, &launch) < 0)
		return init_failed;
	log_line(LOG_LEVEL_INFO, "launch: starting '%s'", payload.path);
	if (config->mode == CONFIG_EXEC)
		return exec_failed(launch_here(&launch));
	pid = launch_child(&launch);
	if (pid < 0)
		return exec_failed(pid);
	report_stage("launch");
	report_launch(pid);

	return supervise_payload(pid, signals);
}

static struct outcome boot(struct config *config, int signals)
{
	report_stage("kernel");
	console_guard();
	if (mounts_early() < 0)
		return init_failed;
	console_attach();
	log_open();
	log_unlimit();
	if (signals < 0) {
		log_fail("signals: open 'signalfd': %s, not starting the payload", log_reason(signals));
		return init_failed;
	}
	report_stage("mounts");

	if (config_read(config) < 0)
		return init_failed;
	report_open(config);
	if (manifest_check(config->manifest) < 0)
		return init_failed;
	report_stage("config");

	if (modules_load(config->modules, report_module) < 0)
		return init_failed;
	report_open(config);
	report_stage("modules");

	if (devices_wait(config->wait, config->wait_timeout_ms, signals) < 0)
		return init_failed;
	if (mounts_late() < 0)
		return init_failed;
	report_stage("devices");

	return run_payload(config, signals);
}

int main(void)
{
	struct config config = { 0 };
	int signals = supervise_signals();
	struct outcome outcome = boot(&config, signals);

	report_stage("payload");
	shutdown_processes(signals);
	report_open(&config);
	report_done(outcome, log_last_failure());
	shutdown_machine(outcome.kind == OUTCOME_EXITED || outcome.kind == OUTCOME_SIGNALED ? config.on_exit :
											     config.on_fail);
}
