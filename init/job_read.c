/* SPDX-License-Identifier: MIT */
/*
 * Owns how a job comes: the memory it is in (of a PCI device, or /dev/mem beyond what the kernel uses), the wait for it, and
 * what it does to this machine. The machine may be the copy of one that waited: what must differ between two copies is set before
 * anything else happens. What a job looks like is job.c's.
 */
#include "job.h"
#include "log.h"
#include "report.h"
#include "signals.h"
#include "sys.h"
#include "util.h"
#include "wait.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define MIB ((off_t)1024 * 1024)
#define PIECE ((size_t)16 * 1024)

static int refuse(const char *verb, const char *object, int error)
{
	log_fail("job: %s '%s': %s, not starting the payload", verb, object, log_reason(error));
	return error;
}

static int damaged(const char *problem)
{
	log_fail("job: parse 'job': %s, not starting the payload", problem);
	return -EBADMSG;
}

/* A PCI device answers at its addresses once it is enabled (Documentation/PCI/sysfs-pci.rst). */
static int enable_device(const char *memory)
{
	char path[PATH_MAX];
	int fd, r;

	snprintf(path, sizeof(path), "%.*s/enable", (int)(strrchr(memory, '/') - memory), memory);
	fd = sys_open(path, O_WRONLY);
	if (fd < 0)
		return refuse("open", path, fd);
	r = util_write_all(fd, "1", 1);
	sys_close(fd);
	return r < 0 ? refuse("write", path, r) : 0;
}

/* The whole window, once: a copy of this machine finds other bytes in the same place. */
static int map_window(const struct config *config, const char **ret_window)
{
	const char *memory = config->job_file ? config->job_file : "/dev/mem";
	CLEANUP_FD int fd = -1;
	int r = config->job_file ? enable_device(memory) : 0;

	if (r < 0)
		return r;
	r = fd = sys_open(memory, O_RDONLY);
	if (fd >= 0)
		*ret_window = sys_map_device(fd, config->job_start_mib * MIB, (size_t)(config->job_size_mib * MIB), &r);
	return r < 0 ? refuse("map", memory, r) : 0;
}

/* Sleeps until the host writes a byte to the result channel. A request to end ends it as well. */
static int await_word(int channel, int signals)
{
	struct pollfd fds[] = { { .fd = channel, .events = POLLIN }, { .fd = signals, .events = POLLIN } };
	ssize_t r;
	char byte;

	for (;;) {
		r = sys_read(channel, &byte, 1);
		if (r == 1)
			return 0;
		if (r != -EAGAIN && r != -EINTR)
			return r < 0 ? (int)r : -ENOTCONN;
		r = wait_ready(fds, ARRAY_SIZE(fds), WAIT_FOR_EVER);
		if (r < 0)
			return (int)r;
		while (signals_next(signals) > 0)
			;
		if (signals_request() != SIGNALS_NOTHING)
			return -ECANCELED;
	}
}

/* Returns 0 with texts in memory of our own. What nobody writes to there takes none. */
static int read_texts(const char *window, size_t size, struct job *ret_job)
{
	static char texts[JOB_HEAD + JOB_NONCE_MAX + JOB_NAME_MAX + 2 * JOB_TEXT_MAX];
	const char *problem;

	memcpy(texts, window, JOB_HEAD);
	problem = job_parse_head(texts, size, ret_job);
	if (problem)
		return damaged(problem);
	memcpy(texts, window, ret_job->texts);
	problem = job_parse_texts(texts, ret_job);
	return problem ? damaged(problem) : 0;
}

/* Without this two copies of a machine would draw the same random numbers. */
static int seed(const struct job *job)
{
	struct {
		struct rand_pool_info info;
		unsigned char bytes[JOB_ENTROPY];
	} pool = { .info = { .entropy_count = 8 * JOB_ENTROPY, .buf_size = JOB_ENTROPY } };
	CLEANUP_FD int fd = sys_open("/dev/random", O_WRONLY);
	int r = fd;

	memcpy(pool.bytes, job->entropy, sizeof(pool.bytes));
	if (fd >= 0)
		r = sys_add_entropy(fd, &pool.info);
	if (r >= 0)
		r = sys_reseed(fd);
	return r < 0 ? refuse("seed", "/dev/random", r) : 0;
}

/*
 * In pieces, as the kernel looks at all that a write(2) still has to write before each page of it (fault_in_readable in
 * generic_perform_write), and each look makes QEMU 7.2 flush the TLB of a RISC-V machine twice: 1.6 s for 1.8 MB.
 */
static int write_pieces(int fd, const char *bytes, size_t n)
{
	int r = 0;

	for (size_t at = 0; at < n && r == 0; at += PIECE)
		r = util_write_all(fd, bytes + at, n - at < PIECE ? n - at : PIECE);
	return r;
}

static int write_payload(const char *path, const struct job *job, const char *bytes)
{
	int fd, r;

	sys_unlink(path);
	fd = sys_create(path, O_WRONLY | O_EXCL, 0600);
	if (fd < 0)
		return refuse("create", path, fd);
	r = write_pieces(fd, bytes, job->payload_size);
	if (r == 0)
		r = sys_chmod(fd, job->mode);
	sys_close(fd);
	return r < 0 ? refuse("write", path, r) : 0;
}

static int take_payload(struct config *config, const struct job *job, const char *bytes)
{
	static char path[5 + JOB_NAME_MAX];
	int r = util_mkdir_all("/bin");

	if (r < 0)
		return refuse("create", "/bin", r);
	snprintf(path, sizeof(path), "/bin/%s", job->name);
	config->payload = path;
	config->args = job->args;
	return write_payload(path, job, bytes);
}

static int take_environment(struct config *config, struct config_words variables)
{
	const char *problem;

	for (size_t at = 0; at < variables.length; at += strlen(variables.ptr + at) + 1) {
		problem = config_add_environment(config, (char *)variables.ptr + at);
		if (problem) {
			log_fail("job: set '%.64s': %s, not starting the payload", variables.ptr + at, problem);
			return -EINVAL;
		}
	}
	return 0;
}

static int take(struct config *config, const char *window)
{
	struct job job;
	int r = read_texts(window, (size_t)(config->job_size_mib * MIB), &job);

	if (r < 0)
		return r;
	r = seed(&job);
	if (r == 0) {
		r = sys_set_real_ns(job.real_ns);
		r = r < 0 ? refuse("set", "clock", r) : 0;
	}
	if (r < 0)
		return r;
	config->nonce = job.nonce;
	report_resume(config);
	r = take_payload(config, &job, window + job.texts);
	return r < 0 ? r : take_environment(config, job.environment);
}

int job_receive(struct config *config, int signals)
{
	const char *window = NULL;
	int r;

	if (config->job_size_mib == 0)
		return 0;
	r = map_window(config, &window);
	if (r < 0)
		return r;
	r = report_ready();
	if (r >= 0)
		r = await_word(r, signals);
	if (r < 0)
		return refuse("wait for the word of", "the result channel", r);
	r = take(config, window);
	sys_unmap(window, (size_t)(config->job_size_mib * MIB));
	return r;
}
