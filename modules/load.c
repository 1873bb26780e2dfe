/* SPDX-License-Identifier: MIT */
/*
 * Owns the loading: who is next, and the children that hand modules to the kernel. The order is the plan's; with
 * modules_parallel=yes (the default) whatever waits for nobody starts at once.
 */
#include "load.h"
#include "coldplug.h"
#include "insert.h"
#include "plan.h"
#include "init/klog.h"
#include "init/log.h"
#include "init/signals.h"
#include "init/sys.h"
#include "init/util.h"
#include "init/wait.h"

#include <stdio.h>
#include <string.h>

#define PARALLEL_MAX 64

static struct {
	bool open, autoload;
	struct plan plan;
	size_t in_flight, most, reported;
	long long deadline_us;
	int timeout_ms;
	int signals, events;
	modules_seen *seen;
	int error; /* of the first required module that failed */
} loader;

static void fail(struct module *module, const char *reason, int error)
{
	module->state = MODULE_FAILED;
	loader.seen(module->name, "failed", module->began_us ? sys_now_us() - module->began_us : 0);
	if (module->weight == MODULE_REQUIRED) {
		log_fail("modules: load '%s': %s, not starting the payload", module->name, reason);
		if (loader.error == 0)
			loader.error = error;
	} else {
		log_line(error == -ENODEV ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN, "modules: load '%s': %s, going on without "
			 "it", module->name, reason);
	}
}

static void finish(struct module *module, int error)
{
	char reason[600];

	loader.in_flight--;
	module->pid = 0;
	if (error == 0) {
		module->state = MODULE_LOADED;
		loader.seen(module->name, "loaded", sys_now_us() - module->began_us);
		return;
	}
	insert_explain(module->name, module->path, error, reason, sizeof(reason));
	fail(module, reason, error);
}

static void start(struct module *module)
{
	module->began_us = sys_now_us();
	if (module->began_us >= loader.deadline_us) /* a device that came late: its module has its time as well */
		loader.deadline_us = wait_deadline(loader.timeout_ms);
	module->state = MODULE_LOADING;
	loader.seen(module->name, "loading", 0);
	module->pid = sys_fork();
	if (module->pid == 0) {
		/* What a disk needs comes first, without holding up those that sleep. */
		sys_policy(module->weight == MODULE_OPTIONAL ? SCHED_IDLE : SCHED_OTHER);
		_exit(-insert_module(module->path, module->options) & 0xff);
	}
	loader.in_flight++;
	if (module->pid < 0)
		finish(module, module->pid);
}

static bool is_over(const struct module *module)
{
	return module->state != MODULE_WAITING && module->state != MODULE_LOADING;
}

static bool has_failed(const struct module *module)
{
	return module->state == MODULE_FAILED || module->state == MODULE_SWITCHED_OFF;
}

/* Of what has come into the plan, that with which there is nothing to do. */
static void report_present(void)
{
	for (; loader.reported < loader.plan.n; loader.reported++) {
		struct module *module = &loader.plan.modules[loader.reported];

		if (module->state == MODULE_PRESENT)
			loader.seen(module->name, "present", 0);
		else if (module->state == MODULE_SWITCHED_OFF)
			fail(module, "an install line of modprobe.d switches it off", -EPERM);
	}
}

/* May it start? One whose dependency has failed fails here. */
static bool is_ready(struct module *module, bool hard_only)
{
	char reason[300];
	bool ready = true;

	for (size_t i = 0; i < module->n_before; i++) {
		const struct module *before = &loader.plan.modules[module->before[i].index];

		if (module->before[i].hard && has_failed(before)) {
			snprintf(reason, sizeof(reason), "it needs '%s', which is not there", before->name);
			fail(module, reason, -ENOENT);
			return false;
		}
		if (!is_over(before) && (module->before[i].hard || !hard_only))
			ready = false;
	}
	return ready;
}

static void start_ready(bool hard_only)
{
	report_present();
	for (size_t i = 0; i < loader.plan.n && loader.in_flight < loader.most; i++) {
		struct module *module = &loader.plan.modules[i];

		if (module->state == MODULE_WAITING && is_ready(module, hard_only))
			start(module);
		if (hard_only && loader.in_flight > 0)
			return; /* enough to go on in the right order */
	}
}

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = sys_waitpid(-1, &status, WNOHANG | __WALL)) > 0 || pid == -EINTR)
		for (size_t i = 0; i < loader.plan.n && pid > 0; i++)
			if (loader.plan.modules[i].pid == pid)
				finish(&loader.plan.modules[i], WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR);
}

/* Classes of the aliases' standards: PCI mass storage, USB mass storage, virtio block and SCSI, SCSI itself. */
static bool is_disk(const char *alias)
{
	static const char *const classes[][2] = { { "pci:", "bc01" }, { "usb:", "ic08" }, { "virtio:d00000002", "" },
						  { "virtio:d00000008", "" }, { "scsi:", "" } };

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (strncmp(alias, classes[i][0], strlen(classes[i][0])) == 0 && strstr(alias, classes[i][1]))
			return true;
	return false;
}

/* Of a device; what has no module in the image, or is not wanted, is nobody's mistake. */
static void add_alias(const char *alias)
{
	if (loader.autoload)
		plan_add(&loader.plan, alias, is_disk(alias) ? MODULE_EARLY : MODULE_OPTIONAL);
}

void modules_go_on(void)
{
	coldplug_events(loader.events, add_alias);
	if (!loader.open)
		return;
	reap();
	start_ready(false);
	/* Softdeps in a circle would wait for each other for ever. */
	if (loader.in_flight == 0)
		start_ready(true);
}

bool modules_look_on(void)
{
	bool looked = loader.autoload && coldplug_next(add_alias);

	if (looked)
		start_ready(false);
	return looked;
}

/* At the deadline: those that cannot be ended sleep on where they are, and are reaped by whoever comes later. */
static void give_up(void)
{
	for (size_t i = 0; i < loader.plan.n; i++) {
		if (loader.plan.modules[i].state != MODULE_LOADING)
			continue;
		sys_kill(loader.plan.modules[i].pid, SIGKILL);
		finish(&loader.plan.modules[i], -ETIME);
	}
	for (size_t i = 0; i < loader.plan.n; i++)
		if (loader.plan.modules[i].state == MODULE_WAITING)
			fail(&loader.plan.modules[i], "what it waits for did not end in time", -ETIME);
}

static bool is_loading(enum module_weight least)
{
	for (size_t i = 0; i < loader.plan.n; i++)
		if (!is_over(&loader.plan.modules[i]) && loader.plan.modules[i].weight >= least)
			return true;
	return false;
}

/* Goes on until all that are worth at least so much are over. */
static int run(enum module_weight least)
{
	struct pollfd wake[] = { { .fd = loader.signals, .events = POLLIN },
				 { .fd = loader.autoload ? loader.events : -1, .events = POLLIN } };
	bool (*work)(void) = loader.autoload ? modules_look_on : NULL;

	modules_go_on();
	while (is_loading(least)) {
		if (wait_working(wake, ARRAY_SIZE(wake), loader.deadline_us, work) <= 0 ||
		    sys_now_us() >= loader.deadline_us) {
			give_up();
			break;
		}
		while (signals_next(loader.signals) > 0)
			;
		modules_go_on();
	}
	return loader.error;
}

static int add_required(const char *name)
{
	int r = plan_add(&loader.plan, name, MODULE_REQUIRED);

	if (r == -ENOENT)
		log_fail("modules: load '%s': no such module or alias in %s of this image, not starting the payload", name,
			 loader.plan.directory);
	else if (r < 0)
		log_fail("modules: load '%s': %s, not starting the payload", name, log_reason(r));
	return r;
}

static int open_plan(void)
{
	int r = loader.open ? 0 : plan_open(&loader.plan);

	loader.open = r == 0;
	return r;
}

int modules_load(const struct config *config, int signals, int events, modules_seen *seen)
{
	const char *names = config->modules;
	char name[256];
	int first = 0, r;

	loader.signals = signals;
	loader.events = events;
	loader.seen = seen;
	loader.autoload = config->autoload && events >= 0;
	loader.most = config->modules_parallel ? PARALLEL_MAX : 1;
	loader.timeout_ms = config->modules_timeout_ms;
	if (!names && !loader.autoload)
		return 0;
	r = open_plan();
	if (r < 0)
		return r;
	klog_mark();
	while (util_list_next(&names, name, sizeof(name))) {
		r = add_required(name);
		if (first == 0)
			first = r;
	}
	loader.deadline_us = wait_deadline(loader.timeout_ms);
	if (loader.autoload)
		coldplug_disks(add_alias);
	r = run(MODULE_REQUIRED);
	return first < 0 ? first : r;
}

int modules_settle(void)
{
	while (modules_look_on())
		;
	return run(MODULE_OPTIONAL);
}

void modules_close(void)
{
	if (loader.open)
		plan_close(&loader.plan);
}

int modules_load_also(const char *name)
{
	int r = open_plan();

	if (r < 0)
		return r;
	klog_mark();
	r = plan_add(&loader.plan, name, MODULE_REQUIRED);
	if (r < 0)
		return r;
	loader.error = 0;
	loader.deadline_us = wait_deadline(loader.timeout_ms);
	return run(MODULE_REQUIRED);
}
