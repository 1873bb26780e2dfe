/* SPDX-License-Identifier: MIT */
/*
 * Superblocks and partition tables made by hand: each type, each check, labels of all kinds, devices cut short, damage at
 * random. A device stands in memory of just its size, and the function that reads it asserts that nothing outside is asked
 * for. blockid.bats compares real ones with blkid(8).
 * links: init/blockid.c
 */
#include "init/blockid.h"
#include "init/util.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KIB 1024
#define UUID "00112233-4455-6677-8899-aabbccddeeff"
#define NEVER UINT64_MAX

static struct device {
	unsigned char *bytes;
	size_t size;
	uint64_t gap;	 /* as many zeros stand behind the first 4 KiB: a disk larger than memory */
	uint64_t broken; /* a read of this byte fails with -EIO */
	size_t total;	 /* bytes read */
} device;

static struct blockid found;
static struct blockid_partition partition;

static int read_device(void *ctx, uint64_t offset, void *buffer, size_t n)
{
	struct device *d = ctx;

	assert_true(n > 0 && n <= 4096);
	assert_true(offset <= d->size + d->gap && n <= d->size + d->gap - offset);
	if (d->broken >= offset && d->broken - offset < n)
		return -EIO;
	if (offset >= 4096 && offset - 4096 < d->gap) {
		assert_true(n <= d->gap - (offset - 4096));
		memset(buffer, 0, n);
	} else {
		memcpy(buffer, d->bytes + (offset < 4096 ? offset : offset - d->gap), n);
	}
	d->total += n;
	return 0;
}

static void resize(size_t size)
{
	unsigned char *bytes = calloc(1, size ? size : 1);

	assert_non_null(bytes);
	memcpy(bytes, device.bytes, size < device.size ? size : device.size);
	free(device.bytes);
	device.bytes = bytes;
	device.size = size;
}

/* A device of zeros. */
static void start(size_t size)
{
	free(device.bytes);
	device = (struct device){ .bytes = calloc(1, size ? size : 1), .size = size, .broken = NEVER };
	assert_non_null(device.bytes);
}

static int tear_down(void **state)
{
	(void)state;
	free(device.bytes);
	device = (struct device){ .size = 0 };
	return 0;
}

static struct blockid_source source(void)
{
	return (struct blockid_source){ .read = read_device, .ctx = &device, .size = device.size + device.gap };
}

static void put(size_t offset, const void *bytes, size_t n)
{
	assert_true(offset + n <= device.size);
	memcpy(device.bytes + offset, bytes, n);
}

static void text(size_t offset, const char *s)
{
	put(offset, s, strlen(s));
}

static void byte(size_t offset, unsigned value)
{
	put(offset, &(unsigned char){ (unsigned char)value }, 1);
}

static void little(size_t offset, size_t width, uint64_t value)
{
	for (size_t i = 0; i < width; i++)
		byte(offset + i, value >> 8 * i & 0xff);
}

static void big(size_t offset, size_t width, uint64_t value)
{
	for (size_t i = 0; i < width; i++)
		byte(offset + i, value >> 8 * (width - 1 - i) & 0xff);
}

static void uuid_at(size_t offset)
{
	for (size_t i = 0; i < 16; i++)
		byte(offset + i, (unsigned)(0x11 * i));
}

/*
 * Highest bit first, on bytes that are turned round on the way in, and the sum on the way out: another way than that of the
 * code under test. Polynomials as the standards print them.
 */
static uint32_t turned(uint32_t value, int bits)
{
	uint32_t result = 0;

	for (int i = 0; i < bits; i++)
		result |= (value >> i & 1) << (bits - 1 - i);
	return result;
}

static uint32_t crc(uint32_t polynomial, uint32_t begin, const unsigned char *bytes, size_t n)
{
	uint32_t sum = turned(begin, 32);

	for (size_t i = 0; i < n; i++) {
		sum ^= turned(bytes[i], 8) << 24;
		for (int bit = 0; bit < 8; bit++)
			sum = sum & 0x80000000 ? sum << 1 ^ polynomial : sum << 1;
	}
	return turned(sum, 32);
}

#define IEEE 0x04c11db7u
#define CASTAGNOLI 0x1edc6f41u

static void test_crc(void **state)
{
	static const unsigned char digits[] = "123456789";

	(void)state;
	/* The check values of the catalogue of parametrised CRC algorithms. */
	assert_int_equal(~crc(IEEE, ~0u, digits, 9), 0xcbf43926);
	assert_int_equal(~crc(CASTAGNOLI, ~0u, digits, 9), 0xe3069283);
}

static uint32_t crc_at(uint32_t polynomial, uint32_t begin, size_t offset, size_t n)
{
	assert_true(offset + n <= device.size);
	return crc(polynomial, begin, device.bytes + offset, n);
}

static int probe(void)
{
	struct blockid_source s = source();

	memset(&found, 0x55, sizeof(found));
	return blockid_probe(&s, &found);
}

static void assert_found(const char *type, const char *uuid, const char *label)
{
	assert_int_equal(probe(), 0);
	assert_string_equal(found.type, type);
	assert_string_equal(found.uuid, uuid);
	assert_string_equal(found.label, label);
}

static void assert_none(int error)
{
	assert_int_equal(probe(), error);
	assert_null(found.type);
	assert_string_equal(found.uuid, "");
	assert_string_equal(found.label, "");
}

/* What is on the device, each whole and right. The label is to be set before the sum. */

static void seal_ext4(void)
{
	little(1024 + 1020, 4, crc_at(CASTAGNOLI, ~0u, 1024, 1020));
}

static void make_ext2(void)
{
	start(64 * KIB);
	little(1024 + 24, 4, 2);
	little(1024 + 56, 2, 0xef53);
	little(1024 + 96, 4, 2);      /* file types in directories */
	little(1024 + 100, 4, 1 | 2); /* sparse superblocks, large files */
	uuid_at(1024 + 104);
	text(1024 + 120, "root");
}

static void make_ext3(void)
{
	make_ext2();
	little(1024 + 92, 4, 4); /* a journal */
	little(1024 + 96, 4, 2 | 4);
}

static void make_ext4(void)
{
	make_ext3();
	little(1024 + 96, 4, 0x242);
	little(1024 + 100, 4, 0x46b);
	seal_ext4();
}

static void seal_xfs(size_t sector)
{
	little(224, 4, 0);
	little(224, 4, ~crc_at(CASTAGNOLI, ~0u, 0, sector));
}

static void make_xfs(void)
{
	start(64 * KIB);
	text(0, "XFSB");
	big(4, 4, 4096);
	uuid_at(32);
	big(100, 2, 0xb4a5);
	big(102, 2, 4096);
	text(108, "root");
	text(4000, "the last of the sector");
	seal_xfs(4096);
}

static void seal_btrfs(void)
{
	little(65536, 4, ~crc_at(CASTAGNOLI, ~0u, 65536 + 32, 4096 - 32));
}

static void make_btrfs(void)
{
	start(72 * KIB);
	uuid_at(65536 + 32);
	little(65536 + 48, 8, 65536);
	text(65536 + 64, "_BHRfS_M\x07");
	text(65536 + 299, "root");
	seal_btrfs();
}

static void make_squashfs(void)
{
	start(4 * KIB);
	text(0, "hsqs");
	little(28, 2, 4);
}

static void seal_erofs(size_t n)
{
	little(1024 + 4, 4, 0);
	little(1024 + 4, 4, crc_at(CASTAGNOLI, ~0u, 1024, n));
}

static void make_erofs(void)
{
	start(8 * KIB);
	little(1024, 4, 0xe0f5e1e2);
	little(1024 + 8, 4, 1);
	byte(1024 + 12, 12);
	uuid_at(1024 + 48);
	text(1024 + 64, "root");
	seal_erofs(3072);
}

static void seal_f2fs(void)
{
	little(1024 + 3068, 4, crc_at(IEEE, 0xf2f52010, 1024, 3068));
}

static void make_f2fs(void)
{
	start(8 * KIB);
	little(1024, 4, 0xf2f52010);
	little(1024 + 4, 2, 1);
	little(1024 + 6, 2, 16);
	little(1024 + 32, 4, 3068);
	uuid_at(1024 + 108);
	for (size_t i = 0; i < 4; i++)
		little(1024 + 124 + 2 * i, 2, (unsigned char)"root"[i]);
	seal_f2fs();
}

/* 100 sectors of 512: one reserved, two FATs of one, a root directory of 32 entries in two, and clusters of two. */
#define FAT16_ROOT (512 * 3)

static void make_fat16(void)
{
	start(100 * 512);
	text(3, "mkfs.fat");
	little(11, 2, 512);
	byte(13, 2);
	little(14, 2, 1);
	byte(16, 2);
	little(17, 2, 32);
	little(19, 2, 100);
	byte(21, 0xf8);
	little(22, 2, 1);
	byte(38, 0x29);
	little(39, 4, 0x1234abcd);
	text(43, "OLD LABEL  FAT16   ");
	little(510, 2, 0xaa55);
	text(FAT16_ROOT, "README  TXT ");
	little(FAT16_ROOT + 26, 2, 2);
	text(FAT16_ROOT + 32, "root       \x08");
}

/* 100 sectors of 1024: two reserved, two FATs of one, clusters of one. The root directory: clusters 3, 7 and 5. */
#define FAT32_FAT (2 * KIB)
#define FAT32_CLUSTER(n) (4 * KIB + ((n) - 2) * KIB)

static void make_fat32(void)
{
	start(100 * KIB);
	little(11, 2, 1024);
	byte(13, 1);
	little(14, 2, 2);
	byte(16, 2);
	byte(21, 0xf0);
	little(32, 4, 100);
	little(36, 4, 1);
	little(44, 4, 3);
	little(67, 4, 0x00ab0c0d);
	text(71, "OLD LABEL  FAT32   ");
	little(510, 2, 0xaa55);
	little(FAT32_FAT + 4 * 3, 4, 0xf0000007); /* the upper four bits are not of the number */
	little(FAT32_FAT + 4 * 7, 4, 5);
	little(FAT32_FAT + 4 * 5, 4, 0x0fffffff);
	for (unsigned i = 0; i < 32; i++) {
		text(FAT32_CLUSTER(3) + 32 * i, "FILE    TXT ");
		text(FAT32_CLUSTER(7) + 32 * i, "FILE    TXT\x10");
	}
	text(FAT32_CLUSTER(5) + 32 * 17, "root       \x28");
	for (unsigned i = 0; i < 17; i++)
		text(FAT32_CLUSTER(5) + 32 * i, "\xe5ILE    TXT\x08");
}

#define ISO_PRIMARY 32768
#define ISO_JOLIET (32768 + 2048)
#define ISO_ROOT 40960

static void make_iso9660(void)
{
	start(48 * KIB);
	text(ISO_PRIMARY, "\x01" "CD001\x01");
	text(ISO_PRIMARY + 40, "root                            ");
	little(ISO_PRIMARY + 128, 2, 2048);
	little(ISO_PRIMARY + 158, 4, ISO_ROOT / 2048);
	text(ISO_PRIMARY + 813, "2023010203040506");
	text(ISO_PRIMARY + 830, "2024022913141516");
	text(ISO_JOLIET, "\xff" "CD001\x01");
	byte(ISO_ROOT, 34);
	little(ISO_ROOT + 2, 4, ISO_ROOT / 2048);
	byte(ISO_ROOT + 32, 1);
}

static void make_verity(void)
{
	start(4 * KIB);
	put(0, "verity\0", 8);
	little(8, 4, 1);
	uuid_at(16);
}

static void make_luks(void)
{
	start(4 * KIB);
	text(0, "LUKS\xba\xbe");
	uuid_at(168);
}

static void make_lvm(void)
{
	start(4 * KIB);
	text(512, "LABELONE");
	text(512 + 24, "LVM2 001");
}

static void put_raid(size_t offset)
{
	little(offset, 4, 0xa92b4efc);
	little(offset + 4, 4, 1);
	uuid_at(offset + 16);
	little(offset + 128, 8, offset / 512);
}

static void make_raid(void)
{
	start(64 * KIB);
	put_raid(4096);
}

static const struct {
	const char *type;
	void (*make)(void);
	const char *uuid, *label;
	size_t magic_at, magic_size, needs; /* needs: the device may not be shorter */
} kinds[] = {
	{ "ext2", make_ext2, UUID, "root", 1024 + 56, 2, 2048 },
	{ "ext3", make_ext3, UUID, "root", 1024 + 56, 2, 2048 },
	{ "ext4", make_ext4, UUID, "root", 1024 + 56, 2, 2048 },
	{ "xfs", make_xfs, UUID, "root", 0, 4, 4096 },
	{ "btrfs", make_btrfs, UUID, "root", 65536 + 64, 8, 65536 + 4096 },
	{ "squashfs", make_squashfs, "", "", 0, 4, 96 },
	{ "erofs", make_erofs, UUID, "root", 1024, 4, 4096 },
	{ "f2fs", make_f2fs, UUID, "root", 1024, 4, 4096 },
	{ "vfat", make_fat16, "1234-ABCD", "root", 510, 2, 2048 },
	{ "vfat", make_fat32, "00AB-0C0D", "root", 510, 2, FAT32_CLUSTER(7) + 1024 },
	{ "iso9660", make_iso9660, "2024-02-29-13-14-15-16", "root", ISO_PRIMARY + 1, 5, ISO_ROOT + 34 },
	{ "verity", make_verity, UUID, "", 0, 8, 512 },
	{ "crypto_LUKS", make_luks, "", "", 0, 6, 512 },
	{ "LVM2_member", make_lvm, "", "", 512, 8, 1024 },
	{ "linux_raid_member", make_raid, "", "", 4096, 4, 4096 + 136 },
};

static void test_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		kinds[i].make();
		assert_found(kinds[i].type, kinds[i].uuid, kinds[i].label);
		assert_true(device.total < 64 * KIB);
	}
}

static void test_nothing(void **state)
{
	(void)state;
	for (size_t size = 0; size < 200 * KIB; size += 509) {
		start(size);
		assert_none(-ENOENT);
		memset(device.bytes, 0xff, device.size);
		assert_none(-ENOENT);
	}
}

/* Every bit of every magic number. */
static void test_magic(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (size_t bit = 0; bit < 8 * kinds[i].magic_size; bit++) {
			kinds[i].make();
			device.bytes[kinds[i].magic_at + bit / 8] ^= (unsigned char)(1 << bit % 8);
			if (strncmp(kinds[i].type, "ext", 3) == 0)
				seal_ext4();
			else if (kinds[i].make == make_xfs)
				seal_xfs(4096);
			else if (kinds[i].make == make_btrfs)
				seal_btrfs();
			else if (kinds[i].make == make_erofs)
				seal_erofs(3072);
			else if (kinds[i].make == make_f2fs)
				seal_f2fs();
			assert_none(-ENOENT);
		}
	}
}

static void test_zero_uuid(void **state)
{
	static const struct {
		void (*make)(void), (*seal)(void);
		size_t at;
	} uuids[] = {
		{ make_ext4, seal_ext4, 1024 + 104 }, { make_btrfs, seal_btrfs, 65536 + 32 }, { make_f2fs, seal_f2fs, 1024 + 108 },
		{ make_verity, NULL, 16 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(uuids); i++) {
		uuids[i].make();
		memset(device.bytes + uuids[i].at, 0, 16);
		if (uuids[i].seal)
			uuids[i].seal();
		assert_int_equal(probe(), 0);
		assert_string_equal(found.uuid, "");
		/* One bit that is set makes it one. */
		byte(uuids[i].at + 15, 1);
		if (uuids[i].seal)
			uuids[i].seal();
		assert_int_equal(probe(), 0);
		assert_string_equal(found.uuid, "00000000-0000-0000-0000-000000000001");
	}
}

/* Cut anywhere it is still the same or nothing, never another one, and it is nothing when a part that counts is missing. */
static void test_cut_short(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		kinds[i].make();
		resize(kinds[i].needs);
		assert_found(kinds[i].type, kinds[i].uuid, kinds[i].label);
		for (size_t size = kinds[i].needs; size-- > 0 && kinds[i].needs - size < 4096;) {
			int error;

			resize(size);
			error = probe();
			if (kinds[i].make == make_fat16 || kinds[i].make == make_fat32) {
				/* The label alone is missing, until the boot sector is. */
				assert_int_equal(error, size < 512 ? -ENOENT : 0);
				assert_string_equal(found.label, "");
			} else {
				assert_int_equal(error, -ENOENT);
			}
		}
	}
}

/* A single bit in what the sum covers, or in the sum. */
static void test_checksums(void **state)
{
	static const struct {
		void (*make)(void);
		size_t from, end;
	} covered[] = {
		{ make_ext4, 1024 + 120, 2048 },	 { make_xfs, 32, 100 },
		{ make_xfs, 104, 4096 },		 { make_btrfs, 65536, 65540 },
		{ make_btrfs, 65536 + 32, 65536 + 48 },	 { make_btrfs, 65536 + 200, 65536 + 4096 },
		{ make_erofs, 1024 + 13, 4096 },	 { make_erofs, 1024 + 4, 1024 + 8 },
		{ make_f2fs, 1024 + 36, 4096 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(covered); i++) {
		covered[i].make();
		for (size_t at = covered[i].from; at < covered[i].end; at += at % 16 == 15 ? 7 : 1) {
			device.bytes[at] ^= 0x10;
			assert_none(-ENOENT);
			device.bytes[at] ^= 0x10;
		}
		assert_int_equal(probe(), 0);
	}
}

/* Where the sum is none, or not of the kind that is checked, it does not matter. */
static void test_no_checksum(void **state)
{
	(void)state;
	make_ext3();
	byte(2048 - 1, 0x77);
	assert_found("ext3", UUID, "root");
	make_xfs();
	big(100, 2, 0xb4a4);
	assert_found("xfs", UUID, "root");
	make_btrfs();
	little(65536 + 196, 2, 1);
	assert_found("btrfs", UUID, "root");
	make_erofs();
	little(1024 + 8, 4, 2);
	assert_found("erofs", UUID, "root");
	make_f2fs();
	little(1024 + 32, 4, 0);
	assert_found("f2fs", UUID, "root");
}

/* Sectors and blocks of all sizes that there are have the sum over as many bytes. */
static void test_checksum_lengths(void **state)
{
	(void)state;
	for (size_t sector = 512; sector <= 32768; sector *= 2) {
		make_xfs();
		big(102, 2, sector);
		byte(sector - 1, 0x77);
		seal_xfs(sector);
		assert_found("xfs", UUID, "root");
		byte(sector - 1, 0x76);
		assert_none(-ENOENT);
	}
	for (unsigned bits = 9; bits <= 16; bits++) {
		/* From 1024 to the end of the first block; over a whole block where that is not behind it. */
		size_t n = bits <= 10 ? (size_t)1 << bits : ((size_t)1 << bits) - 1024;

		make_erofs();
		resize(64 * KIB);
		byte(1024 + 12, bits);
		byte(1024 + n - 1, 0x77);
		seal_erofs(n);
		assert_found("erofs", UUID, "root");
		byte(1024 + n - 1, 0x76);
		assert_none(-ENOENT);
	}
}

static void test_ext_features(void **state)
{
	static const struct {
		uint32_t compatible, incompatible, to_write;
		const char *type;
	} sets[] = {
		{ 0, 0, 0, "ext2" },	    { 0x38, 2, 3, "ext2" },	 { 0, 0x12, 7, "ext2" },     { 4, 0, 0, "ext3" },
		{ 0x3c, 0x16, 7, "ext3" },  { 4, 0x42, 0, "ext4" },	 { 0, 0x40, 0, "ext4" },     { 4, 2, 8, "ext4" },
		{ 0, 2, 0x10, "ext4" },	    { 0, 0x46, 0, "ext4" },	 { 0, 4, 0, NULL },	     { 0, 8, 0, NULL },
		{ 4, 8, 0, NULL },	    { 4, 0x48, 0, NULL },	 { 4, 0x80000000, 0, "ext4" }, { 4, 0, 0x80000000, "ext4" },
		{ 0xfffffffb, 0, 0, "ext2" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		make_ext2();
		little(1024 + 92, 4, sets[i].compatible);
		little(1024 + 96, 4, sets[i].incompatible);
		little(1024 + 100, 4, sets[i].to_write);
		if (sets[i].type)
			assert_found(sets[i].type, UUID, "root");
		else
			assert_none(-ENOENT);
	}
}

/* Numbers that rule a type out: the last one that is right and the first that is not. */
static void test_fields(void **state)
{
	static const struct {
		void (*make)(void);
		size_t at, width;
		bool is_big;
		uint64_t value;
		bool is_right;
	} fields[] = {
		{ make_ext2, 1024 + 24, 4, false, 6, true },	 { make_ext2, 1024 + 24, 4, false, 7, false },
		{ make_ext2, 1024 + 24, 4, false, 1 << 24, false },
		{ make_xfs, 4, 4, true, 65536, true },		 { make_xfs, 4, 4, true, 131072, false },
		{ make_xfs, 4, 4, true, 512, true },		 { make_xfs, 4, 4, true, 256, false },
		{ make_xfs, 4, 4, true, 4097, false },		 { make_xfs, 4, 4, true, 0, false },
		{ make_xfs, 100, 2, true, 0xb4a3, false },	 { make_xfs, 100, 2, true, 0xb4a6, false },
		{ make_xfs, 102, 2, true, 0, false },		 { make_xfs, 102, 2, true, 4095, false },
		{ make_xfs, 102, 2, true, 256, false },
		{ make_btrfs, 65536 + 48, 8, false, 0x4000000, false },
		{ make_btrfs, 65536 + 48, 8, false, 0x100010000, false },
		{ make_squashfs, 28, 2, false, 3, false },	 { make_squashfs, 28, 2, false, 5, false },
		{ make_squashfs, 30, 2, false, 1, false },
		{ make_erofs, 1024 + 12, 1, false, 8, false },	 { make_erofs, 1024 + 12, 1, false, 17, false },
		{ make_erofs, 1024 + 12, 1, false, 44, false },
		{ make_f2fs, 1024 + 32, 4, false, 3069, false }, { make_f2fs, 1024 + 32, 4, false, 0xffffffff, false },
		{ make_verity, 8, 4, false, 0, false },		 { make_verity, 8, 4, false, 2, false },
		{ make_raid, 4096 + 4, 4, false, 0, false },	 { make_raid, 4096 + 128, 8, false, 0, false },
		/* FAT: size of a sector, of a cluster, reserved sectors, FATs, kind of disk, sectors, size of a FAT. */
		{ make_fat16, 11, 2, false, 256, false },	 { make_fat16, 11, 2, false, 8192, false },
		{ make_fat16, 11, 2, false, 513, false },	 { make_fat16, 11, 2, false, 0, false },
		{ make_fat16, 13, 1, false, 0, false },		 { make_fat16, 13, 1, false, 3, false },
		{ make_fat16, 13, 1, false, 128, true },	 { make_fat16, 14, 2, false, 0, false },
		{ make_fat16, 16, 1, false, 0, false },		 { make_fat16, 21, 1, false, 0xf0, true },
		{ make_fat16, 21, 1, false, 0xf7, false },	 { make_fat16, 21, 1, false, 0xff, true },
		{ make_fat16, 19, 2, false, 5, true },		 { make_fat16, 19, 2, false, 4, false },
		{ make_fat16, 22, 2, false, 0, false },		 { make_fat32, 36, 4, false, 0, false },
		{ make_fat32, 36, 4, false, 49, true },		 { make_fat32, 36, 4, false, 0xffffffff, false },
		{ make_fat32, 36, 4, false, 0x40000001, false }, { make_fat32, 32, 4, false, 0x10000000 - 10 + 4, true },
		{ make_fat32, 32, 4, false, 0x10000000 - 9 + 4, false },
		{ make_iso9660, ISO_PRIMARY, 1, false, 0, false }, { make_iso9660, ISO_PRIMARY, 1, false, 3, false },
		{ make_iso9660, ISO_ROOT, 1, false, 33, false }, { make_iso9660, ISO_ROOT + 2, 4, false, 21, false },
		{ make_iso9660, ISO_ROOT + 32, 1, false, 2, false }, { make_iso9660, ISO_ROOT + 33, 1, false, 1, false },
		{ make_iso9660, ISO_PRIMARY + 158, 4, false, 0xffffffff, false },
		{ make_iso9660, ISO_PRIMARY + 128, 2, false, 512, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		fields[i].make();
		(fields[i].is_big ? big : little)(fields[i].at, fields[i].width, fields[i].value);
		if (fields[i].make == make_xfs)
			seal_xfs(4096);
		else if (fields[i].make == make_btrfs)
			seal_btrfs();
		if (fields[i].is_right)
			assert_int_equal(probe(), 0);
		else
			assert_none(-ENOENT);
	}
}

/* 16 bits more than a FAT of that kind can name. */
static void test_fat16_clusters(void **state)
{
	(void)state;
	make_fat16();
	byte(13, 1);
	little(19, 2, 0);
	little(32, 4, 5 + 0xfff4);
	assert_found("vfat", "1234-ABCD", "root");
	little(32, 4, 5 + 0xfff5);
	assert_none(-ENOENT);
}

/* Labels. */

static void test_labels(void **state)
{
	static const struct {
		const char *bytes; /* 16, padded with zeros */
		const char *label;
	} labels[] = {
		{ "", "" },		    { "a", "a" },	  { "0123456789abcdef", "0123456789abcdef" },
		{ "a b  ", "a b" },	    { "  a", "  a" },	  { "                ", "" },
		{ "a \t\n\v\f\r", "a" },    { "\x1b[2J", "\x1b[2J" }, { "\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9" },
		{ "\xff\xfe\x80", "\xff\xfe\x80" }, { "a\x08 ", "a\x08" }, { "a\x0e", "a\x0e" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		char bytes[16] = "";

		memcpy(bytes, labels[i].bytes, strlen(labels[i].bytes));
		make_ext2();
		put(1024 + 120, bytes, 16);
		text(1024 + 136, "behind");
		assert_found("ext2", UUID, labels[i].label);
		make_erofs();
		put(1024 + 64, bytes, 16);
		text(1024 + 80, "behind");
		seal_erofs(3072);
		assert_found("erofs", UUID, labels[i].label);
	}
	make_ext2();
	put(1024 + 120, "a\0b", 4);
	assert_found("ext2", UUID, "a");
	make_xfs();
	text(108, "0123456789abcdef"); /* is followed by other members */
	seal_xfs(4096);
	assert_found("xfs", UUID, "0123456789ab");
}

/* 255 characters: the kernel keeps the 256th byte zero. */
static void test_btrfs_label(void **state)
{
	char label[256];

	(void)state;
	memset(label, 'x', 255);
	label[255] = '\0';
	make_btrfs();
	text(65536 + 299, label);
	text(65536 + 299 + 255, "behind");
	seal_btrfs();
	assert_found("btrfs", UUID, label);
}

static const struct {
	uint16_t units[9];
	const char *label;
} utf16[] = {
	{ { 0 }, "" },
	{ { 1, 0, 'a' }, "\x01" },
	{ { 'a', 0x7f }, "a\x7f" },
	{ { 0x80, 0x7ff }, "\xc2\x80\xdf\xbf" },
	{ { 0x800, 0xd7ff, 0xe000, 0xffff }, "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf" },
	{ { 0xd800, 0xdc00, 'a' }, "\xf0\x90\x80\x80" "a" },
	{ { 0xdbff, 0xdfff }, "\xf4\x8f\xbf\xbf" },
	{ { 0xd83d, 0xde00 }, "\xf0\x9f\x98\x80" },
	{ { 0xd800, 'a' }, "\xef\xbf\xbd" "a" },
	{ { 0xdc00, 0xd800, 0xdc00 }, "\xef\xbf\xbd\xf0\x90\x80\x80" },
	{ { 0xd800, 0xd800, 0xdc00 }, "\xef\xbf\xbd\xf0\x90\x80\x80" },
	{ { 'a', 0xd800 }, "a\xef\xbf\xbd" },
	{ { 0xdbff, 0xe000 }, "\xef\xbf\xbd\xee\x80\x80" },
	{ { 'a', ' ', ' ' }, "a" },
	{ { 0x2000, 0x20 }, "\xe2\x80\x80" }, /* a space, but not one of ASCII */
};

static void test_utf16_labels(void **state)
{
	char label[257];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(utf16); i++) {
		make_f2fs();
		for (size_t j = 0; j < ARRAY_SIZE(utf16[i].units); j++)
			little(1024 + 124 + 2 * j, 2, utf16[i].units[j]);
		seal_f2fs();
		assert_found("f2fs", UUID, utf16[i].label);
	}
	/* More than fits is cut between characters: 85 of three bytes are 255. */
	make_f2fs();
	for (size_t j = 0; j < 512; j++)
		little(1024 + 124 + 2 * j, 2, 0x20ac);
	little(1024 + 124 + 1024, 4, 0x410041);
	seal_f2fs();
	for (size_t j = 0; j < 85; j++)
		memcpy(label + 3 * j, "\xe2\x82\xac", 4);
	assert_found("f2fs", UUID, label);
	make_f2fs();
	for (size_t j = 0; j < 512; j++)
		little(1024 + 124 + 2 * j, 2, 'x');
	seal_f2fs();
	memset(label, 'x', 256);
	label[256] = '\0';
	assert_found("f2fs", UUID, label);
}

static void test_f2fs_version_1_0(void **state)
{
	(void)state;
	make_f2fs();
	little(1024 + 6, 2, 0);
	seal_f2fs();
	assert_found("f2fs", "", "");
}

static void test_fat_label(void **state)
{
	static const struct {
		const char entry[13]; /* the name and the attributes */
		uint32_t cluster;
		const char *label;
	} entries[] = {
		{ "LABEL      \x08", 0, "LABEL" },	{ "A B C D E F\x28", 0, "A B C D E F" },
		{ "\x05" "BC        \x08", 0, "\xe5" "BC" }, { "           \x08", 0, "" },
		{ "LABEL      \x18", 0, "next" },	{ "LABEL      \x0f", 0, "next" },
		{ "LABEL      \x4f", 0, "next" },	{ "LABEL      \x20", 0, "next" },
		{ "\xe5" "ABEL      \x08", 0, "next" }, { "LABEL      \x08", 2, "next" },
		{ "LABEL      \x08", 0x10000, "next" }, { "NO NAME    \x08", 0, "NO NAME" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		make_fat16();
		put(FAT16_ROOT + 32, entries[i].entry, 12);
		little(FAT16_ROOT + 32 + 26, 2, entries[i].cluster & 0xffff);
		little(FAT16_ROOT + 32 + 20, 2, entries[i].cluster >> 16);
		text(FAT16_ROOT + 64, "next       \x08");
		assert_found("vfat", "1234-ABCD", entries[i].label);
	}
	/* The end of the directory, by its mark and by its size. */
	make_fat16();
	text(FAT16_ROOT + 64, "next       \x08");
	memset(device.bytes + FAT16_ROOT + 32, 0, 32);
	assert_found("vfat", "1234-ABCD", "");
	for (size_t i = 0; i < 64; i++)
		text(FAT16_ROOT + 32 * i, "FILE    TXT ");
	text(FAT16_ROOT + 32 * 31, "last       \x08");
	assert_found("vfat", "1234-ABCD", "last");
	text(FAT16_ROOT + 32 * 31, "FILE    TXT ");
	text(FAT16_ROOT + 32 * 32, "data       \x08");
	assert_found("vfat", "1234-ABCD", "");
	/* A directory that does not end with a sector: 17 entries. */
	little(17, 2, 17);
	text(FAT16_ROOT + 32 * 16, "last       \x08");
	assert_found("vfat", "1234-ABCD", "last");
	text(FAT16_ROOT + 32 * 16, "FILE    TXT ");
	text(FAT16_ROOT + 32 * 17, "data       \x08");
	assert_found("vfat", "1234-ABCD", "");
}

static void test_fat_serial(void **state)
{
	(void)state;
	make_fat16();
	byte(38, 0x28);
	assert_found("vfat", "1234-ABCD", "root");
	byte(38, 0);
	assert_found("vfat", "", "root");
	make_fat16();
	little(39, 4, 0);
	assert_found("vfat", "", "root");
	make_fat32();
	little(67, 4, 0);
	assert_found("vfat", "", "root");
}

/* Chains that end, lead nowhere or round in a circle. */
static void test_fat_chain(void **state)
{
	static const uint32_t nowhere[] = { 0, 1, 0x0ffffff7, 0x0fffffff, 256, 0x0ffffff0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nowhere); i++) {
		make_fat32();
		little(FAT32_FAT + 4 * 7, 4, nowhere[i]);
		assert_found("vfat", "00AB-0C0D", "");
		make_fat32();
		little(44, 4, nowhere[i]);
		assert_found("vfat", "00AB-0C0D", "");
	}
	make_fat32();
	little(FAT32_FAT + 4 * 7, 4, 3);
	assert_found("vfat", "00AB-0C0D", "");
	assert_true(device.total < 5 * KIB * KIB);
	/* The last cluster that the FAT has room for: 1024 / 4 - 1. */
	make_fat32();
	resize(300 * KIB);
	little(32, 4, 300);
	little(44, 4, 255);
	text(FAT32_CLUSTER(255), "last       \x08");
	assert_found("vfat", "00AB-0C0D", "last");
}

static void test_iso_date(void **state)
{
	static const struct {
		const char changed[18], made[18];
		const char *uuid;
	} dates[] = {
		{ "2024022913141516", "2023010203040506", "2024-02-29-13-14-15-16" },
		{ "0000000000000000", "2023010203040506", "2023-01-02-03-04-05-06" },
		{ "0000000000000000\x04", "2023010203040506", "0000-00-00-00-00-00-00" },
		{ "0000000000000001", "2023010203040506", "0000-00-00-00-00-00-01" },
		{ "0000000000000000", "0000000000000000", "" },
		{ "202402291314151", "2023010203040506", "2023-01-02-03-04-05-06" },
		{ "2024022913141:16", "202301020304050/", "" },
		{ "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dates); i++) {
		make_iso9660();
		put(ISO_PRIMARY + 830, dates[i].changed, 17);
		put(ISO_PRIMARY + 813, dates[i].made, 17);
		assert_found("iso9660", dates[i].uuid, "root");
	}
}

static void put_joliet(size_t at, const uint16_t units[16])
{
	text(at, "\x02" "CD001\x01");
	text(at + 88, "%/E");
	for (size_t i = 0; i < 16; i++)
		big(at + 40 + 2 * i, 2, units[i]);
	text(at + 2048, "\xff" "CD001\x01");
}

static void test_iso_joliet(void **state)
{
	static const struct {
		char primary[33];
		uint16_t joliet[16];
		const char *label;
	} labels[] = {
		{ "MY_LABEL                        ", u"My Label        ", "My Label" },
		{ "MY_LABEL_THAT_IS_LONGER         ", u"My Label that is", "My Label that is_LONGER" },
		{ "CAF__                           ", u"Caf\u00e9!           ", "Caf\u00e9!" },
		{ "OTHER                           ", u"My Label        ", "My Label" },
		{ "MY LABEL                        ", u"My_Label        ", "My Label" },
		{ "My Label                        ", u"MY LABEL        ", "My Label" },
		/* Zeros instead of blanks are not the same: the Joliet name it is. */
		{ "MY_LABEL                        ", u"My Label", "My Label" },
		{ "SMILE_X                         ", u"smile\U0001f600X        ", "smile\U0001f600X" },
		/* Half a pair is no character of the primary name, wherever it is. */
		{ "A                           TAIL", { 0xd800, 'a', ' ' }, "\xef\xbf\xbd" "a" },
		{ "ABCDEFGHIJKLMNOXTAIL            ", { 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 0xd800 },
		  "abcdefghijklmno\xef\xbf\xbd" },
		{ "                                ", u"                ", "" },
		{ "________________________________", u"\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600",
		  "\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600________________________" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		make_iso9660();
		put(ISO_PRIMARY + 40, labels[i].primary, 32);
		text(ISO_PRIMARY + 72, "behind");
		put_joliet(ISO_JOLIET, labels[i].joliet);
		assert_found("iso9660", "2024-02-29-13-14-15-16", labels[i].label);
	}
	/* Other escape sequences, and a descriptor of another kind in front. */
	for (const char *c = "@CEAFG\0"; *c; c++) {
		make_iso9660();
		text(ISO_JOLIET, "\x05" "CD001\x01");
		put_joliet(ISO_JOLIET + 2048, u"other           ");
		byte(ISO_JOLIET + 2048 + 90, (unsigned char)*c);
		assert_found("iso9660", "2024-02-29-13-14-15-16", strchr("@CE", *c) ? "other" : "root");
	}
	make_iso9660();
	put_joliet(ISO_JOLIET, u"other           ");
	byte(ISO_JOLIET + 88, '$');
	assert_found("iso9660", "2024-02-29-13-14-15-16", "root");
	/* Behind the end of the descriptors. */
	make_iso9660();
	put_joliet(ISO_JOLIET + 2048, u"other           ");
	assert_found("iso9660", "2024-02-29-13-14-15-16", "root");
	/* The first of two counts. */
	make_iso9660();
	put_joliet(ISO_JOLIET, u"root            ");
	put_joliet(ISO_JOLIET + 2048, u"other           ");
	assert_found("iso9660", "2024-02-29-13-14-15-16", "root");
}

/* More than one. */

static void test_two_file_systems(void **state)
{
	(void)state;
	make_btrfs();
	text(0, "hsqs");
	little(28, 2, 4);
	assert_none(-ENOTUNIQ);
	make_iso9660();
	little(1024 + 56, 2, 0xef53);
	assert_none(-ENOTUNIQ);
	make_xfs();
	text(1024, "\xe2\xe1\xf5\xe0");
	byte(1024 + 12, 12);
	seal_xfs(4096);
	assert_none(-ENOTUNIQ);
}

static void test_containers_win(void **state)
{
	(void)state;
	make_ext2();
	text(512, "LABELONE");
	text(512 + 24, "LVM2 001");
	assert_found("LVM2_member", "", "");
	put_raid(4096);
	assert_found("linux_raid_member", "", "");
	make_ext2();
	text(0, "LUKS\xba\xbe");
	assert_found("crypto_LUKS", "", "");
	make_ext2();
	put(0, "verity\0\x01", 8);
	assert_found("ext2", UUID, "root");
}

/* A mirror's superblock: 1.1 at the start, 1.2, 1.0 and 0.90 at the end. */
static void test_raid_places(void **state)
{
	(void)state;
	make_ext2();
	put_raid(0);
	assert_found("linux_raid_member", "", "");
	for (size_t size = 192 * KIB; size < 194 * KIB; size += 512) {
		make_ext2();
		resize(size);
		put_raid(184 * KIB);
		assert_found("linux_raid_member", "", "");
		make_ext2();
		resize(size);
		little(128 * KIB, 4, 0xa92b4efc);
		assert_found("linux_raid_member", "", "");
		/* The same at another place is a file's content. */
		make_ext2();
		resize(size);
		put_raid(180 * KIB);
		little(64 * KIB, 4, 0xa92b4efc);
		assert_found("ext2", UUID, "root");
	}
}

static void test_read_errors(void **state)
{
	(void)state;
	start(128 * KIB);
	device.broken = 32768;
	assert_none(-EIO);
	/* Something else was found before or after. */
	make_ext2();
	resize(128 * KIB);
	device.broken = 65536;
	assert_found("ext2", UUID, "root");
	/* The sum cannot be computed. */
	make_xfs();
	device.broken = 3000;
	assert_none(-EIO);
	/* Only the label. */
	make_fat16();
	device.broken = FAT16_ROOT + 40;
	assert_found("vfat", "1234-ABCD", "");
	/* Not looked at. */
	start(128 * KIB);
	device.broken = 100000;
	assert_none(-ENOENT);
}

/* Partitions. */

static int look_up(uint32_t sector_size, unsigned number)
{
	struct blockid_source s = source();

	s.sector_size = sector_size;
	memset(&partition, 0x55, sizeof(partition));
	return blockid_partition(&s, number, &partition);
}

static void assert_partition(unsigned number, const char *uuid, const char *label)
{
	assert_int_equal(look_up(0, number), 0);
	assert_string_equal(partition.uuid, uuid);
	assert_string_equal(partition.label, label);
}

static void assert_no_partition_with(uint32_t sector_size, unsigned number, int error)
{
	assert_int_equal(look_up(sector_size, number), error);
	assert_string_equal(partition.uuid, "");
	assert_string_equal(partition.label, "");
}

static void assert_no_partition(unsigned number)
{
	assert_no_partition_with(0, number, -ENOENT);
}

static void mbr_entry(unsigned i, unsigned flag, unsigned type, uint32_t first, uint32_t n)
{
	size_t at = 446 + 16 * (i - 1);

	byte(at, flag);
	byte(at + 4, type);
	little(at + 8, 4, first);
	little(at + 12, 4, n);
}

static void make_mbr(void)
{
	start(64 * KIB);
	little(440, 4, 0x0a1b2c3d);
	mbr_entry(1, 0x80, 0x83, 8, 8);
	mbr_entry(2, 0, 0x05, 16, 80);
	mbr_entry(4, 0, 0x82, 100, 8);
	little(510, 2, 0xaa55);
}

static void test_mbr(void **state)
{
	(void)state;
	make_mbr();
	assert_partition(1, "0a1b2c3d-01", "");
	assert_partition(2, "0a1b2c3d-02", "");
	assert_no_partition(3);
	assert_partition(4, "0a1b2c3d-04", "");
	assert_partition(5, "0a1b2c3d-05", "");
	assert_partition(16, "0a1b2c3d-10", "");
	assert_partition(255, "0a1b2c3d-ff", "");
	assert_no_partition(0);
	assert_no_partition(256);
	assert_no_partition(257);
	assert_no_partition(~0u);
	resize(512);
	assert_partition(4, "0a1b2c3d-04", "");
	resize(511);
	assert_no_partition(1);
}

static void test_mbr_extended(void **state)
{
	static const unsigned char extended[] = { 0x05, 0x0f, 0x85 }, others[] = { 0x04, 0x06, 0x83, 0x8e, 0x95 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(extended); i++) {
		make_mbr();
		byte(446 + 16 + 4, extended[i]);
		assert_partition(5, "0a1b2c3d-05", "");
		mbr_entry(2, 0, extended[i], 16, 0);
		assert_no_partition(5);
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		make_mbr();
		byte(446 + 16 + 4, others[i]);
		assert_no_partition(5);
		assert_partition(2, "0a1b2c3d-02", "");
	}
}

static void test_mbr_damaged(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		make_mbr();
		byte(446 + 16 * i, 0x01);
		assert_no_partition(1);
		make_mbr();
		byte(446 + 16 * i, 0x81);
		assert_no_partition(1);
	}
	make_mbr();
	byte(510, 0x54);
	assert_no_partition(1);
	make_mbr();
	byte(511, 0xab);
	assert_no_partition(1);
	/* Without a signature it is there, and has no name. */
	make_mbr();
	little(440, 4, 0);
	assert_partition(1, "", "");
	assert_no_partition(3);
	make_mbr();
	device.broken = 511;
	assert_no_partition_with(0, 1, -EIO);
	/* Protective, and no GPT: the kernel sees no partition there. */
	make_mbr();
	mbr_entry(3, 0, 0xee, 50, 1);
	assert_no_partition(1);
	mbr_entry(3, 0, 0xee, 1, 127);
	assert_no_partition(1);
}

static struct {
	size_t sector, first, last; /* bytes: of a sector, where the headers are */
} gpt;

static void seal_gpt(size_t header, size_t table, size_t entries)
{
	little(header + 88, 4, ~crc_at(IEEE, ~0u, table, 128 * entries));
	little(header + 16, 4, 0);
	little(header + 16, 4, ~crc_at(IEEE, ~0u, header, 92));
}

static void put_gpt(size_t header, size_t table, const char *name, size_t entries)
{
	static const unsigned char linux_type[] = { 0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47,
						    0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4 };

	text(header, "EFI PART");
	little(header + 8, 4, 0x10000);
	little(header + 12, 4, 92);
	little(header + 24, 8, header / gpt.sector);
	little(header + 40, 8, 40);
	little(header + 48, 8, 60);
	little(header + 72, 8, table / gpt.sector);
	little(header + 80, 4, entries);
	little(header + 84, 4, 128);
	for (size_t i = 0; i < entries; i++) {
		if (i == 1)
			continue;
		put(table + 128 * i, linux_type, 16);
		uuid_at(table + 128 * i + 16);
		byte(table + 128 * i + 31, (unsigned)i);
		for (size_t j = 0; name[j] != '\0'; j++)
			little(table + 128 * i + 56 + 2 * j, 2, (unsigned char)name[j]);
	}
	seal_gpt(header, table, entries);
}

#define GPT_UUID(last) "33221100-5544-7766-8899-aabbccddee" last

/* 128 sectors, 16 entries. */
static void make_gpt(size_t sector)
{
	gpt.sector = sector;
	gpt.first = sector;
	gpt.last = 127 * sector;
	start(128 * sector);
	little(440, 4, 0x0a1b2c3d);
	mbr_entry(1, 0, 0xee, 1, 127);
	little(510, 2, 0xaa55);
	put_gpt(gpt.first, 2 * sector, "first", 16);
	put_gpt(gpt.last, gpt.last - 4 * sector, "last", 16);
}

static void test_gpt(void **state)
{
	(void)state;
	for (size_t sector = 512; sector <= 4096; sector *= 8) {
		make_gpt(sector);
		assert_partition(1, GPT_UUID("00"), "first");
		assert_no_partition(2);
		assert_partition(3, GPT_UUID("02"), "first");
		assert_partition(16, GPT_UUID("0f"), "first");
		assert_no_partition(0);
		assert_no_partition(17);
		assert_no_partition(~0u);
		assert_int_equal(look_up((uint32_t)sector, 1), 0);
		/* Where it is known that sectors have another size it is what was left by an earlier use. */
		assert_no_partition_with(sector == 512 ? 4096 : 512, 1, -ENOENT);
	}
}

/* One number in the header of the first copy, with the sum made right again. Then the other copy counts. */
static void test_gpt_fields(void **state)
{
	static const struct {
		size_t at, width;
		uint64_t value;
		bool is_right;
	} fields[] = {
		{ 0, 1, 'e', false },	   { 7, 1, 't', false },	{ 12, 4, 91, false },	{ 12, 4, 513, false },
		{ 12, 4, 0xffffffff, false }, { 24, 8, 2, false },	{ 24, 8, 0, false },	{ 24, 8, UINT64_C(1) << 32 | 1, false },
		{ 40, 8, 60, true },	   { 40, 8, 61, false },	{ 48, 8, 127, true },	{ 48, 8, 128, false },
		{ 48, 8, UINT64_MAX, false }, { 72, 8, 128, false },	{ 72, 8, UINT64_MAX, false }, { 72, 8, UINT64_C(1) << 55, false },
		{ 72, 8, 124, false },	   { 80, 4, 4097, false },	{ 80, 4, 0xffffffff, false }, { 84, 4, 256, false },
		{ 84, 4, 64, false },	   { 84, 4, 0, false },		{ 88, 4, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		make_gpt(512);
		little(gpt.first + fields[i].at, fields[i].width, fields[i].value);
		little(gpt.first + 16, 4, 0);
		little(gpt.first + 16, 4, ~crc_at(IEEE, ~0u, gpt.first, 92));
		assert_partition(1, GPT_UUID("00"), fields[i].is_right ? "first" : "last");
	}
	/* Of a length that cannot be, with the sum over just as much. */
	for (size_t length = 91; length <= 513; length += 513 - 91) {
		make_gpt(512);
		little(gpt.first + 12, 4, length);
		little(gpt.first + 16, 4, 0);
		little(gpt.first + 16, 4, ~crc_at(IEEE, ~0u, gpt.first, length));
		assert_partition(1, GPT_UUID("00"), "last");
	}
	/* A header that is longer, as a later version may have it. */
	make_gpt(512);
	little(gpt.first + 12, 4, 512);
	byte(gpt.first + 511, 0x77);
	little(gpt.first + 16, 4, 0);
	little(gpt.first + 16, 4, ~crc_at(IEEE, ~0u, gpt.first, 512));
	assert_partition(1, GPT_UUID("00"), "first");
	byte(gpt.first + 511, 0x76);
	assert_partition(1, GPT_UUID("00"), "last");
}

static void test_gpt_damaged(void **state)
{
	(void)state;
	/* The sum over the header, which covers reserved bytes too; and over the table, up to its last byte. */
	for (size_t at = 0; at < 92; at++) {
		make_gpt(512);
		device.bytes[gpt.first + at] ^= 0x40;
		assert_partition(1, GPT_UUID("00"), "last");
		device.bytes[gpt.last + at] ^= 0x40;
		assert_no_partition(1);
	}
	make_gpt(512);
	device.bytes[1024 + 16 * 128 - 1] ^= 1;
	assert_partition(1, GPT_UUID("00"), "last");
	make_gpt(512);
	device.bytes[1024 + 16 * 128] ^= 1;
	assert_partition(1, GPT_UUID("00"), "first");
	/* A disk that was copied to a larger one has no copy at the end. */
	make_gpt(512);
	resize(200 * 512);
	assert_partition(1, GPT_UUID("00"), "first");
	byte(gpt.first, 0);
	assert_no_partition(1);
	/* Unreadable is not absent. */
	make_gpt(512);
	device.broken = gpt.first;
	assert_partition(1, GPT_UUID("00"), "last");
	byte(gpt.last, 0);
	assert_no_partition_with(0, 1, -EIO);
}

static void test_gpt_protective_mbr(void **state)
{
	(void)state;
	make_gpt(512);
	byte(510, 0);
	assert_no_partition(1);
	make_gpt(512);
	mbr_entry(1, 0, 0, 0, 0);
	assert_no_partition(1);
	mbr_entry(4, 0, 0xee, 1, 1);
	assert_partition(1, GPT_UUID("00"), "first");
	/* Not from the first sector: not protective. */
	mbr_entry(4, 0, 0xee, 2, 1);
	assert_no_partition(1);
	/* Others beside it: the GPT counts. */
	mbr_entry(1, 0x80, 0x83, 8, 8);
	mbr_entry(2, 0, 0xee, 1, 7);
	assert_partition(1, GPT_UUID("00"), "first");
	/* None: the partition is the MBR's. */
	mbr_entry(2, 0, 0, 0, 0);
	mbr_entry(4, 0, 0, 0, 0);
	assert_partition(1, "0a1b2c3d-01", "");
}

static void test_gpt_names(void **state)
{
	char label[109];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(utf16); i++) {
		make_gpt(512);
		for (size_t j = 0; j < ARRAY_SIZE(utf16[i].units); j++)
			little(1024 + 56 + 2 * j, 2, utf16[i].units[j]);
		seal_gpt(gpt.first, 1024, 16);
		assert_partition(1, GPT_UUID("00"), utf16[i].label);
	}
	/* All 36 units; what follows belongs to the next one. */
	make_gpt(512);
	for (size_t j = 0; j < 36; j++) {
		little(1024 + 56 + 2 * j, 2, 0x20ac);
		memcpy(label + 3 * j, "\xe2\x82\xac", 4);
	}
	put(1024 + 128, "abcd", 4);
	seal_gpt(gpt.first, 1024, 16);
	assert_partition(1, GPT_UUID("00"), label);
	assert_partition(2, "", "");
	/* A pair at the end, and half of one. */
	little(1024 + 56 + 2 * 34, 2, 0xd83d);
	little(1024 + 56 + 2 * 35, 2, 0xde00);
	seal_gpt(gpt.first, 1024, 16);
	strcpy(label + 3 * 34, "\U0001f600");
	assert_partition(1, GPT_UUID("00"), label);
	little(1024 + 56 + 2 * 34, 2, 0x20ac);
	strcpy(label + 3 * 34, "\xe2\x82\xac");
	little(1024 + 56 + 2 * 35, 2, 0xd800);
	little(1024 + 128, 2, 0xdc00);
	seal_gpt(gpt.first, 1024, 16);
	strcpy(label + 3 * 35, "\xef\xbf\xbd");
	assert_partition(1, GPT_UUID("00"), label);
}

static void test_gpt_largest(void **state)
{
	(void)state;
	gpt.sector = 512;
	start(4096 * KIB);
	mbr_entry(1, 0, 0xee, 1, 8191);
	little(510, 2, 0xaa55);
	put_gpt(512, 1024, "a", 4096);
	assert_partition(4096, GPT_UUID("ff"), "a");
	assert_no_partition(4097);
	put_gpt(512, 1024, "a", 4097);
	assert_no_partition(1);
	put_gpt(512, 1024, "a", 4096);
	device.total = 0;
	byte(1024 + 5, 0);
	assert_no_partition(1);
	assert_true(device.total < 5 * KIB * KIB);
}

/* Numbers of sectors that need more than 32 bits. */
static void test_large_disks(void **state)
{
	const uint64_t gap = UINT64_C(6) << 40;

	(void)state;
	start(64 * KIB);
	device.gap = gap;
	little(64 * KIB - 8192, 4, 0xa92b4efc);
	little(64 * KIB - 8192 + 4, 4, 1);
	little(64 * KIB - 8192 + 128, 8, (gap + 64 * KIB - 8192) / 512);
	assert_found("linux_raid_member", "", "");
	make_gpt(512);
	device.gap = gap;
	byte(gpt.first, 0);
	little(gpt.last + 24, 8, (gap + gpt.last) / 512);
	little(gpt.last + 72, 8, (gap + gpt.last) / 512 - 4);
	little(gpt.last + 48, 8, (gap + gpt.last) / 512 - 5);
	seal_gpt(gpt.last, gpt.last - 4 * 512, 16);
	assert_partition(1, GPT_UUID("00"), "last");
}

/* Devices and disks of all lengths, down to nothing. */
static void test_partitions_cut_short(void **state)
{
	(void)state;
	make_gpt(4096);
	for (size_t size = device.size; size > 0;) {
		size -= size > 16384 ? 4096 : size > 2048 ? 97 : 1;
		resize(size);
		/* It takes place 60 to be usable, as it says. */
		if (size / 4096 > 60)
			assert_partition(1, GPT_UUID("00"), "first");
		else
			assert_no_partition(1);
	}
	make_gpt(512);
	resize(60 * 512 + 511);
	assert_no_partition(1);
	resize(61 * 512);
	assert_no_partition(2);
}

/* Damage at random. */

#define SEED 20240229u
#define ROUNDS 6000

static uint32_t random_state = SEED;

/* xorshift32 (Marsaglia 2003): the same numbers on every machine. */
static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % limit;
}

static void test_damage(void **state)
{
	size_t n_found = 0, n_none = 0;

	(void)state;
	print_message("# seed %u, %d rounds\n", SEED, ROUNDS);
	for (int i = 0; i < ROUNDS; i++) {
		static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff };
		size_t kind = random_below(ARRAY_SIZE(kinds) + 2);
		uint32_t n = random_below(6);

		if (kind < ARRAY_SIZE(kinds))
			kinds[kind].make();
		else if (kind == ARRAY_SIZE(kinds))
			make_gpt(512);
		else
			make_mbr();
		while (n-- > 0) {
			/* Half of it in the first KiB of a superblock. */
			size_t base = (size_t[]){ 0, 0, 512, 1024, 32768, 65536 }[random_below(6)];
			size_t at = base + random_below(random_below(2) ? 1024 : (uint32_t)device.size);

			byte(at % device.size, random_below(2) ? random_below(256) : values[random_below(ARRAY_SIZE(values))]);
		}
		if (random_below(4) == 0)
			resize(random_below((uint32_t)device.size));
		device.total = 0;
		if (probe() == 0) {
			assert_non_null(found.type);
			assert_true(strnlen(found.uuid, sizeof(found.uuid)) < sizeof(found.uuid));
			assert_true(strnlen(found.label, sizeof(found.label)) < sizeof(found.label));
			n_found++;
		} else {
			assert_null(found.type);
			n_none++;
		}
		look_up(random_below(3) * 512, 1 + random_below(20));
		assert_true(strnlen(partition.uuid, sizeof(partition.uuid)) < sizeof(partition.uuid));
		assert_true(strnlen(partition.label, sizeof(partition.label)) < sizeof(partition.label));
		assert_true(device.total < 10 * KIB * KIB);
	}
	assert_true(n_found > ROUNDS / 8 && n_none > ROUNDS / 8);
}

#define TEST(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_crc), TEST(test_kinds), TEST(test_nothing), TEST(test_magic), TEST(test_zero_uuid),
		TEST(test_cut_short), TEST(test_checksums), TEST(test_no_checksum), TEST(test_checksum_lengths),
		TEST(test_ext_features), TEST(test_fields), TEST(test_fat16_clusters),

		TEST(test_labels), TEST(test_btrfs_label), TEST(test_utf16_labels), TEST(test_f2fs_version_1_0),
		TEST(test_fat_label), TEST(test_fat_serial), TEST(test_fat_chain), TEST(test_iso_date),
		TEST(test_iso_joliet),

		TEST(test_two_file_systems), TEST(test_containers_win), TEST(test_raid_places), TEST(test_read_errors),

		TEST(test_mbr), TEST(test_mbr_extended), TEST(test_mbr_damaged), TEST(test_gpt), TEST(test_gpt_fields),
		TEST(test_gpt_damaged), TEST(test_gpt_protective_mbr), TEST(test_gpt_names), TEST(test_gpt_largest),
		TEST(test_large_disks), TEST(test_partitions_cut_short),

		TEST(test_damage),
	};

	return cmocka_run_group_tests_name("blockid", tests, NULL, NULL);
}
