/* SPDX-License-Identifier: MIT */
/*
 * The system calls that PID 1 makes, each returning its result or -errno. Everything in init/ calls
 * the kernel through here: one convention instead of errno, and one seam where a test build can make any
 * call fail. Semantics are those of the man page of the same name, section 2 or 3.
 */
#ifndef INIT_SYS_H
#define INIT_SYS_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/random.h>
#include <linux/watchdog.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#ifdef __x86_64__
#include <sys/io.h>
#endif
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#ifdef INIT_FAULTS
/* The errno that the call in the function of this name is to fail with instead of being made, or 0. */
int sys_fault(const char *function);
#else
#define sys_fault(function) 0
#endif

#define SYS(call) \
	({ \
		long sys_error_ = sys_fault(__func__); \
		long sys_result_ = sys_error_ ? -sys_error_ : (long)(call); \
		sys_error_ || sys_result_ >= 0 ? sys_result_ : -(long)errno; \
	})

static inline int sys_open(const char *path, int flags)
{
	return (int)SYS(open(path, flags | O_CLOEXEC));
}

/* Without the file, mode is not looked at. */
static inline int sys_create(const char *path, int flags, mode_t mode)
{
	return (int)SYS(open(path, flags | O_CREAT | O_CLOEXEC, mode));
}

/* The descriptor is gone whatever this returns. */
static inline int sys_close(int fd)
{
	int r = close(fd) < 0 ? -errno : 0;

	return r < 0 ? r : -sys_fault(__func__);
}

static inline int sys_dup2(int from, int to)
{
	return (int)SYS(dup2(from, to));
}

/* A copy that is none of descriptors 0 to 2, closed on exec. */
static inline int sys_dup_above_stdio(int fd)
{
	return (int)SYS(fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

static inline int sys_keep_over_exec(int fd)
{
	return (int)SYS(fcntl(fd, F_SETFD, 0));
}

/* From now on reads and writes wait. */
static inline int sys_blocking(int fd)
{
	return (int)SYS(fcntl(fd, F_SETFL, 0));
}

static inline ssize_t sys_read(int fd, void *buffer, size_t n)
{
	return (ssize_t)SYS(read(fd, buffer, n));
}

static inline ssize_t sys_write(int fd, const void *bytes, size_t n)
{
	return (ssize_t)SYS(write(fd, bytes, n));
}

static inline ssize_t sys_pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
	return (ssize_t)SYS(pwrite(fd, bytes, n, offset));
}

static inline ssize_t sys_pread(int fd, void *buffer, size_t n, off_t offset)
{
	return (ssize_t)SYS(pread(fd, buffer, n, offset));
}

static inline ssize_t sys_readlink(const char *path, char *buffer, size_t n)
{
	return (ssize_t)SYS(readlink(path, buffer, n));
}

static inline off_t sys_lseek(int fd, off_t offset, int whence)
{
	return (off_t)SYS(lseek(fd, offset, whence));
}

static inline int sys_pipe(int fds[2])
{
	return (int)SYS(pipe2(fds, O_CLOEXEC));
}

static inline int sys_fstat(int fd, struct stat *ret)
{
	return (int)SYS(fstat(fd, ret));
}

static inline int sys_stat(const char *path, struct stat *ret)
{
	return (int)SYS(stat(path, ret));
}

/* What the path leads to when fd is the root of everything, O_PATH. Linux 5.6; musl has no function for it. */
static inline int sys_open_in(int fd, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };

	return (int)SYS(syscall(SYS_openat2, fd, path, &how, sizeof(how)));
}

static inline int sys_lstat(const char *path, struct stat *ret)
{
	return (int)SYS(lstat(path, ret));
}

static inline int sys_statfs(const char *path, struct statfs *ret)
{
	return (int)SYS(statfs(path, ret));
}

static inline int sys_fstatfs(int fd, struct statfs *ret)
{
	return (int)SYS(fstatfs(fd, ret));
}

static inline int sys_mkdir(const char *path, mode_t mode)
{
	return (int)SYS(mkdir(path, mode));
}

static inline int sys_mknod(const char *path, mode_t mode, dev_t device)
{
	return (int)SYS(mknod(path, mode, device));
}

static inline int sys_chmod(int fd, mode_t mode)
{
	return (int)SYS(fchmod(fd, mode));
}

static inline int sys_unlink(const char *path)
{
	return (int)SYS(unlink(path));
}

static inline int sys_symlink(const char *target, const char *path)
{
	return (int)SYS(symlink(target, path));
}

static inline int sys_chdir(const char *path)
{
	return (int)SYS(chdir(path));
}

static inline int sys_mount(const char *source, const char *target, const char *type,
			    unsigned long flags, const char *data)
{
	return (int)SYS(mount(source, target, type, flags, data));
}

static inline int sys_umount(const char *target, int flags)
{
	return (int)SYS(umount2(target, flags));
}

static inline int sys_uname(struct utsname *ret)
{
	return (int)SYS(uname(ret));
}

/*
 * Private, read-only, to be read once: the kernel need not note of each page that it was in use, when it is unmapped.
 * Returns NULL where it fails; the reason in *ret_error (negative errno).
 */
static inline const void *sys_map_file(int fd, size_t size, int *ret_error)
{
	void *at = MAP_FAILED;
	long r = SYS((at = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED ? -1 : 0);

	if (r == 0)
		madvise(at, size, MADV_SEQUENTIAL);
	*ret_error = (int)r;
	return r < 0 ? NULL : at;
}

/* What is there now and later, from that offset on, read-only. Returns NULL where it fails; *ret_error as above. */
static inline const void *sys_map_device(int fd, off_t offset, size_t size, int *ret_error)
{
	void *at = MAP_FAILED;
	long r = SYS((at = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, offset)) == MAP_FAILED ? -1 : 0);

	*ret_error = (int)r;
	return r < 0 ? NULL : at;
}

/* Zeroed memory that children share with us. NULL where it fails. */
static inline void *sys_map_shared(size_t size)
{
	void *at = MAP_FAILED;
	long r = SYS((at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) ==
		     MAP_FAILED ? -1 : 0);

	return r < 0 ? NULL : at;
}

static inline int sys_unmap(const void *at, size_t size)
{
	return (int)SYS(munmap((void *)at, size));
}

static inline int sys_memfd(const char *name)
{
	return (int)SYS(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
}

static inline int sys_seal(int fd, int seals)
{
	return (int)SYS(fcntl(fd, F_ADD_SEALS, seals));
}

static inline pid_t sys_fork(void)
{
	return (pid_t)SYS(fork());
}

/*
 * Runs the function in a child, on a stack of its own but in our memory, which fork(2) would copy for nothing. We stand
 * still until it has executed something else or has ended, as after vfork(2).
 */
static inline pid_t sys_spawn(int (*child)(void *ctx), void *ctx)
{
	_Alignas(16) char stack[8192];

	return (pid_t)SYS(clone(child, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, ctx));
}

static inline int sys_pidfd_open(pid_t pid)
{
	return (int)SYS(syscall(SYS_pidfd_open, pid, 0));
}

static inline pid_t sys_waitpid(pid_t pid, int *ret_status, int options)
{
	return (pid_t)SYS(waitpid(pid, ret_status, options));
}

/* usage may be NULL. */
static inline pid_t sys_wait4(pid_t pid, int *ret_status, int options, struct rusage *ret_usage)
{
	return (pid_t)SYS(wait4(pid, ret_status, options, ret_usage));
}

static inline int sys_kill(pid_t pid, int signo)
{
	return (int)SYS(kill(pid, signo));
}

static inline int sys_setsid(void)
{
	return (int)SYS(setsid());
}

/* Makes the terminal behind fd the controlling one of our session. */
static inline int sys_set_terminal(int fd)
{
	return (int)SYS(ioctl(fd, TIOCSCTTY, 0));
}

/* Not by way of /dev/port, which kernels for virtual machines do not have (CONFIG_DEVPORT). */
static inline int sys_write_port(unsigned short port, unsigned char byte)
{
#ifdef __x86_64__
	int r = (int)SYS(ioperm(port, 1, 1));

	if (r == 0)
		outb(byte, port);
	return r;
#else
	(void)port;
	(void)byte;
	return -ENOSYS;
#endif
}

/* Our own. */
static inline int sys_getrusage(struct rusage *ret)
{
	return (int)SYS(getrusage(RUSAGE_SELF, ret));
}

/* Of the calling process: SCHED_OTHER, or SCHED_IDLE, which runs when nobody else wants to. musl's own always fails. */
static inline int sys_policy(int policy)
{
	struct sched_param none = { 0 };

	return (int)SYS(syscall(SYS_sched_setscheduler, 0, policy, &none));
}

/* Lets others run first. Never fails. */
static inline void sys_yield(void)
{
	sched_yield();
}

static inline int sys_setrlimit(int resource, rlim_t soft, rlim_t hard)
{
	return (int)SYS(setrlimit(resource, &(struct rlimit){ .rlim_cur = soft, .rlim_max = hard }));
}

static inline int sys_sethostname(const char *name, size_t n)
{
	return (int)SYS(sethostname(name, n));
}

static inline int sys_sigmask(int how, const sigset_t *set)
{
	return (int)SYS(sigprocmask(how, set, NULL));
}

static inline int sys_sigaction(int signo, const struct sigaction *action)
{
	return (int)SYS(sigaction(signo, action, NULL));
}

static inline int sys_signalfd(const sigset_t *set)
{
	return (int)SYS(signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK));
}

static inline int sys_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	return (int)SYS(poll(fds, n, timeout_ms));
}

/* A netlink socket subscribed to the kernel's uevents; see Documentation/core-api/kobject.rst. */
static inline int sys_socket_uevent(void)
{
	return (int)SYS(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 15 /* KOBJECT_UEVENT */));
}

static inline int sys_socket_inet(void)
{
	return (int)SYS(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

/* netdevice(7). */
static inline int sys_get_flags(int socket_fd, struct ifreq *interface)
{
	return (int)SYS(ioctl(socket_fd, SIOCGIFFLAGS, interface));
}

static inline int sys_set_flags(int socket_fd, const struct ifreq *interface)
{
	return (int)SYS(ioctl(socket_fd, SIOCSIFFLAGS, interface));
}

/* May exceed the administrator's limit. */
static inline int sys_set_receive_buffer(int fd, int bytes)
{
	return (int)SYS(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)));
}

/* Loads the kernel module in fd; flags of linux/module.h. musl has the number, not the function. */
static inline int sys_finit_module(int fd, const char *options, int flags)
{
	return (int)SYS(syscall(SYS_finit_module, fd, options, flags));
}

static inline int sys_bind(int fd, const struct sockaddr *address, socklen_t size)
{
	return (int)SYS(bind(fd, address, size));
}

static inline int sys_tcgetattr(int fd, struct termios *ret)
{
	return (int)SYS(tcgetattr(fd, ret));
}

static inline int sys_tcsetattr(int fd, const struct termios *attributes)
{
	return (int)SYS(tcsetattr(fd, TCSANOW, attributes));
}

static inline int sys_tcdrain(int fd)
{
	return (int)SYS(tcdrain(fd));
}

/* Seconds until a watchdog that nobody pings ends the machine; Documentation/watchdog/watchdog-api.rst. */
static inline int sys_watchdog_get_timeout(int fd, int *ret_seconds)
{
	return (int)SYS(syscall(SYS_ioctl, fd, WDIOC_GETTIMEOUT, ret_seconds));
}

/* The driver may take another number; it says which. */
static inline int sys_watchdog_set_timeout(int fd, int *seconds)
{
	return (int)SYS(syscall(SYS_ioctl, fd, WDIOC_SETTIMEOUT, seconds));
}

/* linux/dm-ioctl.h; argument is the command's struct, read and written. */
static inline int sys_device_mapper(int fd, unsigned long command, void *argument)
{
	return (int)SYS(syscall(SYS_ioctl, fd, command, argument));
}

static inline int sys_chroot(const char *path)
{
	return (int)SYS(chroot(path));
}

static inline int sys_open_at(int directory, const char *path, int flags)
{
	return (int)SYS(openat(directory, path, flags | O_CLOEXEC));
}

static inline int sys_unlink_at(int directory, const char *path, int flags)
{
	return (int)SYS(unlinkat(directory, path, flags));
}

/* RB_*, some of which do not fit an int. */
static inline int sys_reboot(unsigned int command)
{
	return (int)SYS(reboot((int)command));
}

/* Executes the very file behind fd, without a second look-up of its path; execveat(2). */
static inline int sys_execveat(int fd, char *const argv[], char *const env[])
{
	return (int)SYS(syscall(SYS_execveat, fd, "", argv, env, AT_EMPTY_PATH));
}

/* Random bytes for the kernel's generator, fd is /dev/random; random(4). */
static inline int sys_add_entropy(int fd, const struct rand_pool_info *bytes)
{
	return (int)SYS(ioctl(fd, RNDADDENTROPY, bytes));
}

/* What was added counts from now on, and not from the generator's next turn on. Linux 4.14. */
static inline int sys_reseed(int fd)
{
	return (int)SYS(ioctl(fd, RNDRESEEDCRNG, 0));
}

/* Nanoseconds since 1970. */
static inline int sys_set_real_ns(long long ns)
{
	return (int)SYS(clock_settime(CLOCK_REALTIME, &(struct timespec){ .tv_sec = (time_t)(ns / 1000000000),
									  .tv_nsec = (long)(ns % 1000000000) }));
}

/* Since 1970, microseconds. */
static inline long long sys_real_us(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Since boot, microseconds. */
static inline long long sys_now_us(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

#endif
