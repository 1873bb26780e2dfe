/* SPDX-License-Identifier: MIT */
/*
 * What is on a block device, told from its bytes: so that a root file system can be named by UUID=, LABEL=, PARTUUID=
 * or PARTLABEL=. Pure: reads through the caller's function, keeps nothing, allocates nothing.
 *
 * The words are those of blkid(8), as that is where people take them from. Every length in the bytes is checked, so any
 * bytes at all will do. One call reads less than 5 MiB and mostly about 20 KiB; it uses some 4 KiB of stack.
 */
#ifndef INIT_BLOCKID_H
#define INIT_BLOCKID_H

#include <stdint.h>
#include <stddef.h>

struct blockid_source {
	/* Reads exactly n bytes (at most 4096) at offset. 0 or -errno; less than n is an error. Not called for n bytes
	 * that do not lie within size. */
	int (*read)(void *ctx, uint64_t offset, void *buffer, size_t n);
	void *ctx;
	uint64_t size;	      /* of the device, bytes */
	uint32_t sector_size; /* logical, bytes; 0 when not known, then a GPT is looked for with 512 and with 4096 */
};

/*
 * Strings are NUL-terminated and "" where there is none. Labels have no white space at the end and may hold any other
 * byte; those that are UTF-16 on the device are UTF-8 here, and an unpaired surrogate is U+FFFD.
 */
struct blockid {
	/*
	 * Lives for ever. File systems, named as the kernel's: ext2 ext3 ext4 xfs btrfs squashfs erofs vfat iso9660 f2fs.
	 * Not to be mounted: verity (a hash device of dm-verity, with a UUID), and without UUID and label, as the file
	 * system inside is another one: linux_raid_member LVM2_member crypto_LUKS.
	 */
	const char *type;
	char uuid[37];	 /* lower case; vfat: XXXX-XXXX, upper case; iso9660: YYYY-MM-DD-HH-MM-SS-cc; never for squashfs */
	char label[257]; /* f2fs: the characters that fit */
};

struct blockid_partition {
	char uuid[37];	 /* GPT: lower case; MBR: xxxxxxxx-NN, lower case hexadecimal, none when the disk has no signature */
	char label[109]; /* GPT only */
};

/*
 * The type of what is on the device. Superblocks with a checksum count when it is right; other checks are few, as the
 * kernel makes all of them when it mounts. Returns 0, -ENOENT when nothing is known, -ENOTUNIQ when two file systems
 * are, or the first error of a read when nothing was found but not all could be read. *ret is empty (type NULL) then.
 */
int blockid_probe(const struct blockid_source *source, struct blockid *ret);

/*
 * What the partition table on the whole disk says of the partition that the kernel gave this number, from 1. GPT counts
 * before MBR and needs a protective MBR, as for the kernel; where its first copy is damaged the one at the end of the disk
 * counts. MBR: from 5 on only the number counts, as the kernel has found that partition. Returns 0, -ENOENT when there is
 * no table or no such partition in it, or the first error of a read. *ret is empty then.
 */
int blockid_partition(const struct blockid_source *source, unsigned number, struct blockid_partition *ret);

#endif
