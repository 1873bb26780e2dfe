/* SPDX-License-Identifier: MIT */
/*
 * Owns the device mapper. Interface: linux/dm-ioctl.h; table: Documentation/admin-guide/device-mapper/verity.rst; the
 * superblock, little-endian, stands in cryptsetup's documentation of its on-disk format ("verity", version 1).
 */
#include "verity.h"
#include "log.h"
#include "sys.h"
#include "util.h"

#include <linux/dm-ioctl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NAME "root"
#define SALT_MAX 256

struct superblock {
	uint8_t signature[8];
	uint32_t version, hash_type;
	uint8_t uuid[16];
	char algorithm[32];
	uint32_t data_block_size, hash_block_size;
	uint64_t data_blocks;
	uint16_t salt_size;
	uint8_t unused[6];
	uint8_t salt[SALT_MAX];
	uint8_t unused2[168];
};

/* One command of the device mapper: its head, and behind it what the command is about. */
struct command {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char parameters[1400];
};

static int refuse(const char *verb, const char *object, const char *reason, int error)
{
	log_fail("verity: %s '%s': %s, not starting the payload", verb, object, reason);
	return error;
}

static bool is_block_size(uint32_t size)
{
	return size >= 512 && size <= 64 * 1024 && (size & (size - 1)) == 0;
}

/* Byte order: the machines that this runs on are little-endian as well. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the superblock is read as it stands");
_Static_assert(sizeof(struct superblock) == 512, "as on the disk");

static int read_superblock(const char *tree, struct superblock *ret)
{
	CLEANUP_FD int fd = sys_open(tree, O_RDONLY);
	ssize_t n = fd < 0 ? fd : sys_read(fd, ret, sizeof(*ret));

	if (n < 0)
		return refuse("read", tree, log_reason((int)n), (int)n);
	if (n != sizeof(*ret) || memcmp(ret->signature, "verity\0\0", 8) != 0)
		return refuse("read", tree, "it holds no hash tree", -EBADMSG);
	if (ret->version != 1 || !is_block_size(ret->data_block_size) || !is_block_size(ret->hash_block_size) ||
	    ret->salt_size > SALT_MAX || ret->data_blocks > INT64_MAX / ret->data_block_size ||
	    !memchr(ret->algorithm, '\0', sizeof(ret->algorithm)))
		return refuse("read", tree, "its superblock is damaged", -EBADMSG);
	return 0;
}

static int device_number(const char *path, dev_t *ret)
{
	struct stat st;
	int r = sys_stat(path, &st);

	if (r == 0 && !S_ISBLK(st.st_mode))
		r = -ENOTBLK;
	if (r == 0)
		*ret = st.st_rdev;
	return r;
}

static void in_hexadecimal(const uint8_t *bytes, size_t n, char *text)
{
	if (n == 0)
		strcpy(text, "-"); /* as the target wants it */
	for (size_t i = 0; i < n; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
}

static int make_table(struct command *command, const struct superblock *super, dev_t data, dev_t tree, const char *hash)
{
	char salt[2 * SALT_MAX + 1];
	int n;

	in_hexadecimal(super->salt, super->salt_size, salt);
	n = snprintf(command->parameters, sizeof(command->parameters), "%u %u:%u %u:%u %u %u %llu 1 %s %s %s",
		     super->hash_type, major(data), minor(data), major(tree), minor(tree), super->data_block_size,
		     super->hash_block_size, (unsigned long long)super->data_blocks, super->algorithm, hash, salt);
	if (n < 0 || (size_t)n >= sizeof(command->parameters))
		return -E2BIG;
	command->target.length = super->data_blocks * (super->data_block_size / 512);
	strcpy(command->target.target_type, "verity");
	return 0;
}

/* The head is the kernel's to write into; every command begins with a new one. */
static int issue(int control, struct command *command, unsigned long number, uint32_t flags)
{
	command->head = (struct dm_ioctl){
		.version = { DM_VERSION_MAJOR, 0, 0 },
		.data_size = sizeof(*command),
		.data_start = offsetof(struct command, target),
		.target_count = number == DM_TABLE_LOAD,
		.flags = flags,
		.name = NAME,
	};
	return sys_device_mapper(control, number, command);
}

int verity_map(const char *data, const char *tree, const char *root_hash, char *path, size_t size)
{
	CLEANUP_FD int control = sys_open("/dev/mapper/control", O_RDWR);
	struct superblock super;
	static struct command command;
	dev_t data_number, tree_number;
	int r = control;

	if (r < 0)
		return refuse("open", "/dev/mapper/control", log_reason(r), r);
	r = read_superblock(tree, &super);
	if (r < 0)
		return r;
	r = device_number(data, &data_number);
	if (r == 0)
		r = device_number(tree, &tree_number);
	if (r == 0)
		r = make_table(&command, &super, data_number, tree_number, root_hash);
	if (r == 0)
		r = issue(control, &command, DM_DEV_CREATE, 0);
	if (r == 0)
		r = issue(control, &command, DM_TABLE_LOAD, DM_READONLY_FLAG);
	if (r == 0)
		r = issue(control, &command, DM_DEV_SUSPEND, 0); /* without DM_SUSPEND_FLAG: resume */
	if (r < 0)
		return refuse("map", data, log_reason(r), r);
	snprintf(path, size, "/dev/dm-%u", minor((dev_t)command.head.dev));
	return 0;
}
