/* SPDX-License-Identifier: MIT */
/*
 * Owns the one place where the payload is executed and the state it starts in. Until execveat the child runs in our
 * memory, while we stand still: it only makes system calls, no allocation, no log.
 */
#include "launch.h"
#include "handover.h"
#include "log.h"
#include "relay.h"
#include "sys.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

/* The kernel gives /init only HOME and TERM (init/main.c). */
static const char *const environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"HOME=/",
	"TERM=linux",
};

static size_t count_words(struct config_words words)
{
	size_t n = 0;

	for (size_t at = 0; at < words.length; at++)
		n += words.ptr[at] == '\0';
	return n;
}

static char **make_argv(const struct config *config, const char *path)
{
	static char state[32];
	size_t n = 0;
	char **argv = calloc(count_words(config->args) + 4, sizeof(*argv));

	if (!argv)
		return NULL;
	argv[n++] = (char *)path;
	if (config->init && handover_open(path, state, sizeof(state)) >= 0) {
		argv[n++] = (char *)"--switched-root";
		argv[n++] = state;
	}
	for (size_t at = 0; at < config->args.length; at += strlen(config->args.ptr + at) + 1)
		argv[n++] = (char *)config->args.ptr + at;
	return argv;
}

static bool is_configured(const struct config *config, const char *variable)
{
	size_t name = strcspn(variable, "=") + 1;

	for (size_t i = 0; i < config->n_environment; i++)
		if (strncmp(config->environment[i], variable, name) == 0)
			return true;
	return false;
}

static char **make_env(const struct config *config)
{
	size_t n = 0;
	char **env = calloc(config->n_environment + ARRAY_SIZE(environment) + 1, sizeof(*env));

	if (!env)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(environment); i++)
		if (!is_configured(config, environment[i]))
			env[n++] = (char *)environment[i];
	for (size_t i = 0; i < config->n_environment; i++)
		env[n++] = (char *)config->environment[i];
	return env;
}

int launch_prepare(const struct config *config, const struct payload *payload, struct launch *ret_launch)
{
	struct launch launch = {
		.fd = payload->fd,
		.path = payload->path,
		.cwd = config->cwd ? config->cwd : "/",
		.relayed = config->mode == CONFIG_SUPERVISE,
		.stdio_paths = { config->std_in, config->std_out, config->std_err },
		.argv = make_argv(config, payload->path),
		.env = make_env(config),
	};

	if (!launch.argv || !launch.env) {
		log_fail("launch: prepare '%s': %s, not starting the payload", payload->path, log_reason(ENOMEM));
		return -ENOMEM;
	}
	*ret_launch = launch;
	return 0;
}

/* A FIFO without another end would block us, and PID 1 has more to do. The payload's reads and writes may block. */
static int open_plainly(const char *path, int flags)
{
	int fd = sys_open(path, flags | O_NOCTTY | O_NONBLOCK), r = fd;

	if (fd >= 0)
		r = sys_blocking(fd);
	if (r < 0 && fd >= 0)
		sys_close(fd);
	return r < 0 ? r : fd;
}

/* Returns a descriptor above 2, or -errno after logging. */
static int open_stdio(const struct launch *launch, int i)
{
	const char *path = launch->stdio_paths[i];
	int fd;

	if (i > 0 && launch->relayed)
		fd = relay_open(path);
	else
		fd = open_plainly(path, i == 0 ? O_RDONLY : O_WRONLY);
	if (fd < 0)
		log_fail("launch: open '%s': %s, not starting the payload", path, log_reason(fd));
	return fd;
}

/* Ours; once it runs, the payload's are the only ones. */
static void disconnect(struct launch *launch)
{
	for (int i = 0; i <= 2; i++) {
		if (launch->stdio[i] > 2)
			sys_close(launch->stdio[i]);
		launch->stdio[i] = -1;
	}
}

int launch_connect(struct launch *launch)
{
	for (int i = 0; i <= 2; i++)
		launch->stdio[i] = -1;
	for (int i = 0; i <= 2; i++) {
		int fd = launch->stdio_paths[i] ? open_stdio(launch, i) : i;

		if (fd < 0) {
			disconnect(launch);
			return fd;
		}
		launch->stdio[i] = fd;
	}
	return 0;
}

/* Blocked signals and ignored ones would survive execve(2); caught ones would not. */
static int reset_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	sigemptyset(&none);
	for (int signo = 1; signo < _NSIG; signo++)
		sys_sigaction(signo, &action);
	return sys_sigmask(SIG_SETMASK, &none);
}

/* Returns -errno; not at all when the payload runs. */
static int execute(const struct launch *launch)
{
	int r = 0;

	for (int i = 0; i <= 2 && r >= 0; i++)
		if (launch->stdio[i] != i)
			r = sys_dup2(launch->stdio[i], i);
	sys_setsid();
	sys_set_terminal(0); /* fails where it is none */
	umask(022);
	if (r >= 0)
		r = sys_chdir(launch->cwd);
	if (r >= 0)
		r = reset_signals();
	if (r < 0)
		return r;
	return sys_execveat(launch->fd, launch->argv, launch->env);
}

static int refuse(const struct launch *launch, int error)
{
	log_fail("launch: execute '%s': %s, not started", launch->path, log_reason(error));
	return error;
}

int launch_here(const struct launch *launch)
{
	return refuse(launch, execute(launch));
}

/* In the child, with our memory. */
static int run_child(void *ctx)
{
	struct launch *launch = ctx;

	launch->error = execute(launch);
	return 127;
}

pid_t launch_child(struct launch *launch)
{
	pid_t pid;
	int r;

	launch->error = 0;
	pid = sys_spawn(run_child, launch);
	disconnect(launch);
	r = pid < 0 ? pid : launch->error;
	if (r == 0)
		return pid;
	if (pid > 0)
		sys_waitpid(pid, NULL, 0);
	return refuse(launch, r);
}
