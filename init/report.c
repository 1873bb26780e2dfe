/* SPDX-License-Identifier: MIT */
/*
 * Owns the result channel. Decides nothing: what it cannot deliver is lost, a receiver that does not read
 * costs at most WRITE_TIMEOUT_MS once, then the channel is closed. One write per line.
 */
#include "report.h"
#include "elfcheck/json.h"
#include "log.h"
#include "port.h"
#include "sys.h"
#include "util.h"

#include <string.h>

#define WRITE_TIMEOUT_MS 2000
#define TEXT_MAX 400 /* of one text of foreign origin, so that any event fits a line */

static struct {
	int fd;            /* 0: not open yet, -1: given up */
	const char *nonce; /* NULL: none given */
	long long stage_began_us; /* 0: the clock counts from the kernel's start */
	size_t length;
	char line[8192];
	size_t n_pending; /* whole lines that wait for the channel; what does not fit is dropped */
	char pending[16384];
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
	while (n > 0) {
		ssize_t written = sys_write(fd, at, n);

		if (written == -EAGAIN) {
			struct pollfd room = { .fd = fd, .events = POLLOUT };

			if (sys_poll(&room, 1, WRITE_TIMEOUT_MS) == 0)
				return -ETIME;
		} else if (written < 0 && written != -EINTR) {
			return (int)written;
		} else if (written > 0) {
			at += written;
			n -= (size_t)written;
		}
	}
	return 0;
}

static void deliver(const char *lines, size_t n)
{
	int r = write_line(state.fd, lines, n);

	if (r == 0)
		return;
	log_line(LOG_LEVEL_WARN, "report: write to 'result channel': %s, going on without it", log_reason(r));
	sys_close(state.fd);
	state.fd = -1;
}

static void send_event(struct json *json)
{
	json_int(json, "at_us", sys_now_us());
	json_close(json, '}');
	state.line[state.length++] = '\n';
	if (state.fd > 0) {
		deliver(state.line, state.length);
	} else if (state.length <= sizeof(state.pending) - state.n_pending) {
		memcpy(state.pending + state.n_pending, state.line, state.length);
		state.n_pending += state.length;
	}
}

void report_stage(const char *name)
{
	long long now = sys_now_us();
	struct json json = begin("stage");

	json_string(&json, "stage", name);
	json_int(&json, "took_us", now - state.stage_began_us);
	send_event(&json);
	state.stage_began_us = now;
}

static void send_start(void)
{
	struct json json = begin("start");
	struct utsname kernel = { 0 };

	sys_uname(&kernel);
	json_string(&json, "schema", "initgate/1");
	json_string(&json, "nonce", state.nonce);
	json_string(&json, "version", INITGATE_VERSION);
	json_string(&json, "kernel", kernel.release);
	json_string(&json, "machine", kernel.machine);
	send_event(&json);
}

void report_open(const struct config *config)
{
	bool automatic = !config->report || strcmp(config->report, "auto") == 0;
	const char *channel = automatic ? "vport:initgate.report" : config->report;
	int fd;

	if (state.fd != 0 || strcmp(channel, "none") == 0)
		return;
	fd = port_open(channel);
	if (fd < 0) {
		log_line(automatic ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN, "report: open '%s': %s, going on without it",
			 channel, log_reason(fd));
		return;
	}
	state.fd = fd;
	state.nonce = config->nonce;
	send_start();
	deliver(state.pending, state.n_pending);
	state.n_pending = 0;
}

void report_module(const char *name, const char *result, long long took_us)
{
	struct json json = begin("module");

	json_string(&json, "module", name);
	json_string(&json, "result", result);
	json_int(&json, "took_us", took_us);
	send_event(&json);
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
	send_event(&json);
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
	send_event(&json);
	for (int layer = 1; layer <= ELFCHECK_LAYERS; layer++) {
		json = begin("layer");
		json_int(&json, "layer", layer);
		json_string(&json, "name", elfcheck_layer_name(layer));
		json_string(&json, "status", elfcheck_status_name(check->layers[layer]));
		send_event(&json);
	}
	for (size_t i = 0; i < check->n_findings; i++)
		send_finding(&check->findings[i]);
}

void report_launch(pid_t pid)
{
	struct json json = begin("launch");

	json_int(&json, "pid", pid);
	send_event(&json);
}

void report_done(struct outcome outcome, const char *reason)
{
	struct json json = begin("done");

	json_string(&json, "nonce", state.nonce);
	json_string(&json, "outcome", outcome_name(outcome));
	json_int(&json, "exit", outcome_exit_status(outcome));
	if (outcome.kind == OUTCOME_SIGNALED)
		json_int(&json, "signal", outcome.code);
	if (*reason)
		json_string(&json, "reason", reason);
	send_event(&json);
}

void report_drain(void)
{
	if (state.fd > 0)
		sys_tcdrain(state.fd);
}
