/* SPDX-License-Identifier: MIT */
/*
 * Owns the result channel and the record. Decides nothing. What the channel does not take is lost: a receiver that
 * does not read costs at most WRITE_TIMEOUT_MS once, then only the last line is tried again. One write per line.
 */
#include "report.h"
#include "elfcheck/json.h"
#include "log.h"
#include "port.h"
#include "sys.h"
#include "util.h"
#include "wait.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define WRITE_TIMEOUT_MS 2000
#define TEXT_MAX 400  /* of one text of foreign origin, so that any event fits a line */
#define CMDLINE_MAX 4096
#define RECORD_PATH "/run/initgate/report.json"
#define RECORD_MAX (1024 * 1024) /* bytes; a payload that restarts for ever must not fill the memory */
#define RECORD_HEAD "{\"schema\":\"initgate-report/1\",\"events\":["
#define RECORD_HEAD_SIZE ((off_t)strlen(RECORD_HEAD))
#define RECORD_END "\n]}\n"
#define DEBUG_EXIT_PORT 0x501 /* where QEMU's isa-debug-exit is by default, hw/misc/debugexit.c */

static struct {
	int channel; /* 0: not open */
	bool none, debug_exit;
	bool warm;    /* the machine had waited, ready */
	bool stalled; /* nobody reads */
	bool cut;     /* the last write ended within a line */
	const char *nonce; /* NULL: none given */
	long long stage_began_us; /* 0: the clock counts from the kernel's start */
	int exit_status;
	bool failed; /* one of several payloads, and why */
	char failure[1024];

	int record;        /* 0: not open */
	off_t record_size; /* bytes, without RECORD_END */
	size_t n_pending;  /* what the next write takes along */
	char pending[8192 + 64];

	size_t length;
	char line[8192];
	/* Whole lines, as long as the channel or the record is not there; what does not fit is dropped. */
	size_t n_early;
	char early[32768];
} state;

static void put(void *ctx, const char *bytes, size_t n)
{
	(void)ctx;
	if (n < sizeof(state.line) - state.length) { /* leaves room for the line's end */
		memcpy(state.line + state.length, bytes, n);
		state.length += n;
	}
}

static struct json begin(const char *event)
{
	struct json json = { .put = put };

	state.length = 0;
	json_open(&json, NULL, '{');
	json_string(&json, "event", event);
	return json;
}

/* Non-blocking, with a deadline: a port whose other end sleeps must not stop PID 1. */
static int write_line(int fd, const char *at, size_t n)
{
	long long deadline_us = wait_deadline(WRITE_TIMEOUT_MS);

	while (n > 0) {
		ssize_t written = sys_write(fd, at, n);

		if (written == -EAGAIN) {
			struct pollfd room = { .fd = fd, .events = POLLOUT };

			if (wait_ready(&room, 1, deadline_us) <= 0 || sys_now_us() >= deadline_us)
				return -ETIME;
		} else if (written < 0 && written != -EINTR) {
			return (int)written;
		} else if (written > 0) {
			at += written;
			n -= (size_t)written;
			state.cut = at[-1] != '\n';
		}
	}
	return 0;
}

/* A line that came through in part must not spoil the next. */
static int deliver(const char *lines, size_t n)
{
	int r = state.cut ? write_line(state.channel, "\n", 1) : 0;

	if (r == 0)
		r = write_line(state.channel, lines, n);
	if (r < 0)
		log_line(LOG_LEVEL_WARN, "report: write to 'result channel': %s, %s", log_reason(r),
			 r == -ETIME ? "only the last line is tried again" : "an event is lost");
	state.stalled |= r == -ETIME;
	return r;
}

/* Each write replaces the document's end, so that there is one after each. */
static void write_record(void)
{
	size_t n = state.n_pending;

	memcpy(state.pending + n, RECORD_END, strlen(RECORD_END));
	if (sys_pwrite(state.record, state.pending, n + strlen(RECORD_END), state.record_size) > 0)
		state.record_size += (off_t)n;
	state.n_pending = 0;
}

static void append_record(const char *text, size_t n)
{
	memcpy(state.pending + state.n_pending, text, n);
	state.n_pending += n;
}

/* The event's line break is included. Comes with the next write_record(). */
static void record_event(const char *line, size_t length)
{
	off_t size = state.record_size + (off_t)state.n_pending;
	const char *between = size > RECORD_HEAD_SIZE ? ",\n" : "\n";

	if (size + (off_t)length >= RECORD_MAX)
		return;
	if (state.n_pending + strlen(between) + length + strlen(RECORD_END) > sizeof(state.pending))
		write_record();
	append_record(between, strlen(between));
	append_record(line, length - 1);
}

static void keep_early(void)
{
	if (state.length > sizeof(state.early) - state.n_early)
		return;
	memcpy(state.early + state.n_early, state.line, state.length);
	state.n_early += state.length;
}

/* Returns 0 when the channel took it. */
static int send_event(struct json *json, bool last)
{
	int r = -ENOTCONN;

	json_int(json, "at_us", sys_now_us());
	json_close(json, '}');
	state.line[state.length++] = '\n';
	if (state.channel > 0 && (last || !state.stalled))
		r = deliver(state.line, state.length);
	if (state.record > 0) {
		record_event(state.line, state.length);
		write_record();
	}
	if (state.channel <= 0 || state.record <= 0)
		keep_early();
	return r;
}

void report_stage(const char *name)
{
	long long now = sys_now_us();
	struct json json = begin("stage");

	json_string(&json, "stage", name);
	json_int(&json, "took_us", now - state.stage_began_us);
	send_event(&json, false);
	state.stage_began_us = now;
}

static void send_start(void)
{
	struct json json = begin("start");
	struct utsname kernel = { 0 };
	char *cmdline = NULL;
	size_t length;

	sys_uname(&kernel);
	json_string(&json, "schema", "initgate/1");
	json_string(&json, "nonce", state.nonce);
	json_string(&json, "version", INITGATE_VERSION);
	json_string(&json, "kernel", kernel.release);
	json_string(&json, "machine", kernel.machine);
	if (util_read_file("/proc/cmdline", CMDLINE_MAX, &cmdline, &length) == 0)
		json_bytes(&json, "cmdline", cmdline, length > 0 && cmdline[length - 1] == '\n' ? length - 1 : length);
	free(cmdline);
	send_event(&json, false);
}

void report_start(const struct config *config)
{
	state.nonce = config->nonce;
	state.none = config->report && strcmp(config->report, "none") == 0;
	state.debug_exit = config->report && strcmp(config->report, "debugexit") == 0;
	send_start();
}

void report_open(const struct config *config, bool log_absence)
{
	bool automatic = !config->report || strcmp(config->report, "auto") == 0;
	const char *name = automatic ? "vport:initgate.report" : config->report;
	int fd;

	if (state.channel > 0 || state.none || state.debug_exit)
		return;
	fd = port_open(name, config->job_size_mib > 0 ? O_RDWR : O_WRONLY);
	if (fd < 0) {
		log_line(automatic || !log_absence ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN,
			 "report: open '%s': %s, going on without it", name, log_reason(fd));
		return;
	}
	state.channel = fd;
	deliver(state.early, state.n_early);
}

int report_ready(void)
{
	struct json json = begin("ready");
	int r = send_event(&json, true);

	return r < 0 ? r : state.channel;
}

void report_resume(const struct config *config)
{
	state.nonce = config->nonce;
	state.warm = true;
	state.stage_began_us = sys_now_us();
	send_start();
}

void report_record(void)
{
	int r = util_mkdir_all("/run/initgate"), fd = r;

	if (r == 0)
		fd = sys_create(RECORD_PATH, O_WRONLY | O_TRUNC, 0644);
	if (fd < 0) {
		log_line(LOG_LEVEL_WARN, "report: create '" RECORD_PATH "': %s, going on without it", log_reason(fd));
		return;
	}
	state.record = fd;
	append_record(RECORD_HEAD, strlen(RECORD_HEAD));
	for (const char *line = state.early, *end = line + state.n_early; line < end;) {
		size_t length = strcspn(line, "\n") + 1;

		record_event(line, length);
		line += length;
	}
	write_record();
}

void report_mount(const char *type, const char *target, const char *result)
{
	struct json json = begin("mount");

	json_string(&json, "type", type);
	json_string(&json, "target", target);
	json_string(&json, "result", result);
	send_event(&json, false);
}

void report_module(const char *name, const char *result, long long took_us)
{
	bool begins = strcmp(result, "loading") == 0;
	struct json json = begin(begins ? "load" : "module");

	json_string(&json, "module", name);
	if (begins) { /* should it be the last that is heard of this machine, the module is known */
		send_event(&json, false);
		return;
	}
	json_string(&json, "result", result);
	json_int(&json, "took_us", took_us);
	send_event(&json, false);
}

static void json_text(struct json *json, const char *key, struct elfcheck_text text)
{
	json_bytes(json, key, text.ptr, text.len < TEXT_MAX ? text.len : TEXT_MAX);
}

static void send_finding(const struct elfcheck_finding *finding)
{
	const struct elfcheck_slug_info *info = elfcheck_slug_info(finding->slug);
	struct json json = begin("finding");

	json_int(&json, "layer", info->layer);
	json_string(&json, "slug", info->name);
	json_string(&json, "severity", elfcheck_severity_name(finding->severity));
	json_string(&json, "evidence", finding->evidence);
	json_string(&json, "message", info->what);
	json_string(&json, "remedy", info->remedy);
	send_event(&json, false);
}

void report_check(const char *path, size_t size, const struct elfcheck_report *check)
{
	struct json json = begin("payload");

	json_string(&json, "payload", path);
	json_int(&json, "size", (int64_t)size);
	json_string(&json, "verdict", check->pass ? "pass" : "fail");
	json_string(&json, "kind", elfcheck_kind_name(check->kind));
	json_string(&json, "machine", elfcheck_machine_name(check->elf.machine));
	json_text(&json, "go_version", check->go.version);
	json_text(&json, "go_path", check->go.path);
	send_event(&json, false);
	for (int layer = 1; layer <= ELFCHECK_LAYERS; layer++) {
		json = begin("layer");
		json_int(&json, "layer", layer);
		json_string(&json, "name", elfcheck_layer_name(layer));
		json_string(&json, "status", elfcheck_status_name(check->layers[layer]));
		send_event(&json, false);
	}
	for (size_t i = 0; i < check->n_findings; i++)
		send_finding(&check->findings[i]);
}

void report_launch(pid_t pid)
{
	struct json json = begin("launch");

	json_int(&json, "pid", pid);
	send_event(&json, false);
}

void report_exit(pid_t pid, const struct run *run)
{
	struct json json = begin("exit");

	json_int(&json, "pid", pid);
	json_string(&json, "outcome", outcome_name(run->outcome));
	json_int(&json, "code", run->outcome.code);
	json_bool(&json, "out_of_memory", run->out_of_memory);
	json_int(&json, "took_us", run->took_us);
	json_int(&json, "cpu_us", run->cpu_us);
	json_int(&json, "peak_kib", run->peak_kib);
	send_event(&json, false);
}

static void send_outcome(struct json *json, struct outcome outcome, const char *reason)
{
	json_string(json, "outcome", outcome_name(outcome));
	json_int(json, "exit", outcome_exit_status(outcome));
	if (outcome.kind == OUTCOME_SIGNALED)
		json_int(json, "signal", outcome.code);
	if (*reason)
		json_string(json, "reason", reason);
}

void report_result(const char *path, struct outcome outcome, const char *reason)
{
	struct json json = begin("result");

	json_string(&json, "payload", path);
	send_outcome(&json, outcome, reason);
	send_event(&json, false);
	if (state.failed || outcome_is_success(outcome))
		return;
	state.failed = true;
	strncpy(state.failure, reason, sizeof(state.failure) - 1);
}

void report_done(struct outcome outcome, const char *reason)
{
	struct json json = begin("done");
	struct rusage own = { 0 };
	int r;

	state.exit_status = outcome_exit_status(outcome);
	sys_getrusage(&own);
	json_string(&json, "nonce", state.nonce);
	send_outcome(&json, outcome, state.failed ? state.failure : reason);
	if (state.warm)
		json_bool(&json, "warm", true);
	json_int(&json, "init_peak_kib", own.ru_maxrss);
	r = send_event(&json, true);
	if (r < 0 && r != -ETIME && state.channel > 0)
		r = deliver(state.line, state.length);
	if (r < 0 && !state.none)
		log_line(LOG_LEVEL_ERR, "done: %.*s", (int)state.length - 1, state.line);
}

void report_drain(void)
{
	if (state.channel > 0)
		sys_tcdrain(state.channel);
}

void report_leave(void)
{
	unsigned char status = (unsigned char)(state.exit_status < 127 ? state.exit_status : 127);
	int r;

	if (!state.debug_exit)
		return;
	r = sys_write_port(DEBUG_EXIT_PORT, status);
	log_line(LOG_LEVEL_ERR, "report: write '%d' to port 0x%x: %s, going on", status, DEBUG_EXIT_PORT,
		 r < 0 ? log_reason(r) : "nothing there took it");
}
