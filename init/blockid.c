/* SPDX-License-Identifier: MIT */
/*
 * Superblocks and partition tables; see blockid.h. Does no input or output of its own, and owns nothing.
 *
 * Not libblkid: with its superblocks and partitions it adds 315 KiB to a static program (util-linux 2.38), and it
 * opens, seeks and allocates by itself. This file is 6 KiB.
 *
 * Every number is read with its byte order named, from a buffer that was filled whole. Offsets stand as numbers, with the
 * definition they come from named at each format, since the structures themselves are not in the headers that a musl
 * compiler has.
 */
#include "blockid.h"

#include "util.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define CHUNK 512

/* The most that a format wants to see of its superblock at once. */
#define SUPERBLOCK (124 + 2 * 512)

/* The polynomials of CRC-32 (IEEE 802.3) and CRC-32C (Castagnoli), lowest bit first. */
#define CRC32 0xedb88320u
#define CRC32C 0x82f63b78u

/* A directory of FAT has at most this many entries. */
#define FAT_ENTRIES 65536u
#define FAT_ENTRY 32u

/* A table has 128 entries in practice. The bound is one of the work. */
#define GPT_ENTRIES 4096u
#define GPT_ENTRY 128u

struct reader {
	const struct blockid_source *source;
	int error; /* the first one, 0 or -errno */
};

/* False when the bytes are not there or cannot be read. */
static bool get(struct reader *r, uint64_t offset, void *buffer, size_t n)
{
	int error;

	if (offset > r->source->size || n > r->source->size - offset)
		return false;
	error = r->source->read(r->source->ctx, offset, buffer, n);
	if (error < 0 && r->error == 0)
		r->error = error;
	return error >= 0;
}

/* The compiler makes one load of each. */
static uint32_t le16(const unsigned char *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8;
}

static uint32_t le32(const unsigned char *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static uint64_t le64(const unsigned char *bytes)
{
	return le32(bytes) | (uint64_t)le32(bytes + 4) << 32;
}

static uint32_t be16(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 8 | bytes[1];
}

static uint32_t be32(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool is_power_of_2(uint32_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

static bool is_zero(const unsigned char *bytes, size_t n)
{
	while (n > 0 && bytes[n - 1] == 0)
		n--;
	return n == 0;
}

/*
 * Is the checksum of the n bytes at offset the expected one? The four bytes at `hole` in them count as zeros; hole = n for
 * none. `crc` is what to begin with; nothing is inverted at the end.
 */
static bool checksum_is(struct reader *r, uint32_t polynomial, uint32_t crc, uint64_t offset, uint32_t n, uint32_t hole,
			uint32_t expected)
{
	unsigned char chunk[CHUNK];

	for (uint32_t at = 0; at < n; at++) {
		if (at % CHUNK == 0 && !get(r, offset + at, chunk, n - at < CHUNK ? n - at : CHUNK))
			return false;
		crc ^= at - hole < 4 ? 0 : chunk[at % CHUNK]; /* in front of the hole it is a large number */
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
	}
	return crc == expected;
}

static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";

static void put_hex(char *out, const unsigned char *bytes, size_t n, const char *digits)
{
	for (size_t i = 0; i < n; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
}

/* The characters with a '-' between groups; each byte of `lengths` is the length of one. */
static void put_groups(char *out, const char *characters, const char *lengths)
{
	while (*lengths) {
		for (char left = *lengths++; left > 0; left--)
			*out++ = *characters++;
		*out++ = *lengths ? '-' : '\0';
	}
}

/* In the order of the bytes (RFC 9562); nothing for zeros. */
static void put_uuid(char out[37], const unsigned char uuid[16])
{
	char digits[32];

	if (is_zero(uuid, 16))
		return;
	put_hex(digits, uuid, 16, lower);
	put_groups(out, digits, "\10\4\4\4\14");
}

static void cut_white_space(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && (text[length - 1] == ' ' || (text[length - 1] >= '\t' && text[length - 1] <= '\r')))
		length--;
	text[length] = '\0';
}

/* `out` has room for n + 1 bytes. */
static void put_label(char *out, const unsigned char *bytes, size_t n)
{
	memcpy(out, bytes, n);
	out[n] = '\0';
	cut_white_space(out);
}

/* At most n units of UTF-16 as UTF-8 (RFC 2781, RFC 3629), up to a zero and as many characters as fit. */
static void put_utf16(char *out, size_t size, const unsigned char *units, size_t n, uint32_t (*number)(const unsigned char *))
{
	size_t length = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t c = number(units + 2 * i), low = i + 1 < n ? number(units + 2 * i + 2) : 0;
		size_t more;

		if (c == 0)
			break;
		if (c >> 10 == 0xd800 >> 10 && low >> 10 == 0xdc00 >> 10) {
			c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
			i++;
		} else if (c >> 11 == 0xd800 >> 11) {
			c = 0xfffd;
		}
		more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
		if (length + more + 1 >= size)
			break;
		/* The lead byte begins with as many ones as the sequence has bytes. */
		out[length++] = (char)(more == 0 ? c : (0xf0u << (3 - more) & 0xff) | c >> 6 * more);
		while (more-- > 0)
			out[length++] = (char)(0x80 | (c >> 6 * more & 0x3f));
	}
	out[length] = '\0';
	cut_white_space(out);
}

/* Superblocks. */

/* struct ext4_super_block in fs/ext4/ext4.h. A driver must know all features in two of the three sets, one of them to write. */
static bool check_ext(struct reader *r, const unsigned char *sb, struct blockid *ret)
{
	enum { HAS_JOURNAL = 4 };
	enum { FILETYPE = 2, RECOVER = 4, JOURNAL_DEV = 8, META_BG = 16 };
	enum { SPARSE_SUPER = 1, LARGE_FILE = 2, BTREE_DIR = 4, METADATA_CSUM = 0x400 };
	uint32_t compatible = le32(sb + 92), incompatible = le32(sb + 96), to_write = le32(sb + 100);

	if (le32(sb + 24) > 6 ||
	    (to_write & METADATA_CSUM && !checksum_is(r, CRC32C, ~0u, 1024, 1020, 1020, le32(sb + 1020))))
		return false;
	if (compatible & HAS_JOURNAL)
		ret->type = "ext3";
	/* A journal on a device of its own is no file system, nor is what has something to recover and no journal. */
	else if (incompatible & RECOVER)
		ret->type = NULL;
	if (incompatible & ~(uint32_t)(FILETYPE | RECOVER | META_BG) ||
	    to_write & ~(uint32_t)(SPARSE_SUPER | LARGE_FILE | BTREE_DIR))
		ret->type = "ext4";
	return ret->type && !(incompatible & JOURNAL_DEV);
}

/* struct xfs_dsb in fs/xfs/libxfs/xfs_format.h; big endian, but the checksum. */
static bool check_xfs(struct reader *r, const unsigned char *sb, struct blockid *ret)
{
	uint32_t block = be32(sb + 4), version = be16(sb + 100) & 15, sector = be16(sb + 102);

	(void)ret;
	return is_power_of_2(block) && block >= 512 && block <= 65536 && is_power_of_2(sector) && sector >= 512 &&
	       sector <= 32768 &&
	       (version == 4 || (version == 5 && checksum_is(r, CRC32C, ~0u, 0, sector, 224, ~le32(sb + 224))));
}

/*
 * struct btrfs_super_block in include/uapi/linux/btrfs_tree.h. Of the four kinds of checksum only the usual one is
 * checked. The copies say of themselves that they are at another place.
 */
static bool check_btrfs(struct reader *r, const unsigned char *sb, struct blockid *ret)
{
	(void)ret;
	return le64(sb + 48) == 65536 &&
	       (le16(sb + 196) != 0 || checksum_is(r, CRC32C, ~0u, 65536 + 32, 4096 - 32, 4096 - 32, ~le32(sb)));
}

/* struct squashfs_super_block in fs/squashfs/squashfs_fs.h; the kernel takes version 4.0 only. */
static bool check_squashfs(struct reader *r, const unsigned char *sb, struct blockid *ret)
{
	(void)r;
	(void)ret;
	return le32(sb + 28) == 4;
}

/* struct erofs_super_block in fs/erofs/erofs_fs.h; how far the checksum goes: erofs_superblock_csum_verify(). */
static bool check_erofs(struct reader *r, const unsigned char *sb, struct blockid *ret)
{
	uint32_t length;

	(void)ret;
	if (sb[12] < 9 || sb[12] > 16)
		return false;
	length = 1u << sb[12];
	if (length > 1024)
		length -= 1024;
	return !(le32(sb + 8) & 1) || checksum_is(r, CRC32C, ~0u, 1024, length, 4, le32(sb + 4));
}

/* struct f2fs_super_block in include/linux/f2fs_fs.h. Version 1.0 had another layout. */
static bool check_f2fs(struct reader *r, const unsigned char *sb, struct blockid *ret)
{
	uint32_t end = le32(sb + 32);
	unsigned char sum[4];

	if (end != 0 && (end > 3072 - 4 || !get(r, 1024 + end, sum, sizeof(sum)) ||
			 !checksum_is(r, CRC32, 0xf2f52010, 1024, end, end, le32(sum))))
		return false;
	if (le32(sb + 4) == 1)
		return true;
	put_uuid(ret->uuid, sb + 108);
	put_utf16(ret->label, sizeof(ret->label), sb + 124, 512, le16);
	return true;
}

/* struct verity_sb in lib/verity/verity.c of cryptsetup. */
static bool check_verity(struct reader *r, const unsigned char *sb, struct blockid *ret)
{
	(void)r;
	(void)ret;
	return le32(sb + 8) == 1;
}

/*
 * What has a magic number at one place. LUKS: the LUKS on-disk format specifications, versions 1 and 2; LVM2: struct
 * label_header in lib/label/label.h of lvm2, where it is put unless one asks for another place.
 */
static const struct format {
	const char *type, *magic;
	/* May set more of *ret than the type, the UUID and the label. False: it is something else. */
	bool (*check)(struct reader *r, const unsigned char *sb, struct blockid *ret);
	uint32_t offset;	    /* of the superblock, bytes; what follows, in it */
	uint16_t size, uuid, label; /* 0: none */
	uint8_t label_size, magic_at, magic_size;
} formats[] = {
	{ "LVM2_member", "LABELONE", NULL, 512, 512, 0, 0, 0, 0, 8 },
	{ "verity", "verity\0", check_verity, 0, 512, 16, 0, 0, 0, 8 },
	{ "crypto_LUKS", "LUKS\xba\xbe", NULL, 0, 512, 0, 0, 0, 0, 6 },
#define FIRST_FILE_SYSTEM 3
	{ "xfs", "XFSB", check_xfs, 0, 512, 32, 108, 12, 0, 4 },
	{ "squashfs", "hsqs", check_squashfs, 0, 96, 0, 0, 0, 0, 4 },
	{ "ext2", "\x53\xef", check_ext, 1024, 1024, 104, 120, 16, 56, 2 },
	{ "f2fs", "\x10\x20\xf5\xf2", check_f2fs, 1024, SUPERBLOCK, 0, 0, 0, 0, 4 },
	{ "erofs", "\xe2\xe1\xf5\xe0", check_erofs, 1024, 128, 48, 64, 16, 0, 4 },
	{ "btrfs", "_BHRfS_M", check_btrfs, 65536, 1024, 32, 299, 255, 64, 8 },
};

static bool probe_format(struct reader *r, const struct format *format, struct blockid *ret)
{
	unsigned char sb[SUPERBLOCK];

	if (!get(r, format->offset, sb, format->size) || memcmp(sb + format->magic_at, format->magic, format->magic_size) != 0)
		return false;
	ret->type = format->type;
	if (format->check && !format->check(r, sb, ret))
		return false;
	if (format->uuid)
		put_uuid(ret->uuid, sb + format->uuid);
	if (format->label)
		put_label(ret->label, sb + format->label, format->label_size);
	return true;
}

/*
 * include/uapi/linux/raid/md_p.h: struct mdp_superblock_1 at one of three places, mdp_super_t (0.90) at one. On a device
 * that is too small for the last two they are far behind its end.
 */
static bool probe_raid(struct reader *r, struct blockid *ret)
{
	uint64_t size = r->source->size, offsets[] = { 0, 4096, (size & ~UINT64_C(4095)) - 8192, (size & ~UINT64_C(65535)) - 65536 };

	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		unsigned char sb[136];

		if (get(r, offsets[i], sb, sizeof(sb)) && le32(sb) == 0xa92b4efc &&
		    (i == 3 ? le32(sb + 4) == 0 : le32(sb + 4) == 1 && le64(sb + 128) == offsets[i] / 512)) {
			ret->type = "linux_raid_member";
			return true;
		}
	}
	return false;
}

struct fat {
	bool is32;
	uint32_t sector, cluster; /* bytes */
	uint64_t fats, root, data; /* bytes from the start; the root directory of FAT12 and FAT16 stands before the data */
	uint32_t fat_bytes, root_entries, root_cluster;
};

/*
 * struct fat_boot_sector in include/uapi/linux/msdos_fs.h, and fat_read_bpb() in fs/fat/inode.c. Its magic number is
 * that of any boot sector, so that what it says must fit together.
 */
static bool read_fat(const unsigned char boot[512], struct fat *fat)
{
	uint64_t sectors, used;
	uint32_t fat_sectors, per_cluster, reserved;

	if (le16(boot + 510) != 0xaa55)
		return false;
	fat->sector = le16(boot + 11);
	per_cluster = boot[13];
	reserved = le16(boot + 14);
	fat_sectors = le16(boot + 22);
	fat->is32 = fat_sectors == 0;
	if (fat->is32)
		fat_sectors = le32(boot + 36);
	if (!is_power_of_2(fat->sector) || fat->sector < 512 || fat->sector > 4096 || !is_power_of_2(per_cluster) ||
	    reserved == 0 || boot[16] == 0 || fat_sectors == 0 || (boot[21] < 0xf8 && boot[21] != 0xf0))
		return false;

	fat->root_entries = le16(boot + 17);
	fat->root_cluster = le32(boot + 44);
	fat->cluster = fat->sector * per_cluster;
	fat->fats = (uint64_t)reserved * fat->sector;
	fat->fat_bytes = fat_sectors > UINT32_MAX / fat->sector ? UINT32_MAX : fat_sectors * fat->sector;
	fat->root = fat->fats + (uint64_t)boot[16] * fat_sectors * fat->sector;
	used = fat->root / fat->sector + (fat->root_entries * FAT_ENTRY + fat->sector - 1) / fat->sector;
	fat->data = used * fat->sector;
	sectors = le16(boot + 19) ? le16(boot + 19) : le32(boot + 32);
	return sectors >= used && (sectors - used) / per_cluster <= (fat->is32 ? 0x0ffffff6u : 0xfff4u);
}

/* struct msdos_dir_entry. True when the search is over: there it is, or the directory ends, or cannot be read. */
static bool find_fat_label(struct reader *r, uint64_t offset, uint32_t entries, char *label)
{
	enum { VOLUME = 8, DIRECTORY = 16, LONG_NAME = 15 };
	unsigned char chunk[CHUNK];

	for (uint32_t i = 0; i < entries; i++) {
		const unsigned char *entry = chunk + i * FAT_ENTRY % CHUNK;
		uint32_t left = (entries - i) * FAT_ENTRY;

		if (entry == chunk && !get(r, offset + (uint64_t)i * FAT_ENTRY, chunk, left < CHUNK ? left : CHUNK))
			return true;
		if (entry[0] == 0)
			return true;
		/* 0xe5: deleted. A part of a long name has the volume's bit as well. Only a file has a cluster. */
		if (entry[0] == 0xe5 || (entry[11] & 0x3f) == LONG_NAME || (entry[11] & (VOLUME | DIRECTORY)) != VOLUME ||
		    le16(entry + 20) != 0 || le16(entry + 26) != 0)
			continue;
		put_label(label, entry, 11);
		if (label[0] == 0x05) /* stands for a first character that would mean deleted */
			label[0] = '\xe5';
		return true;
	}
	return false;
}

/* The label is the root directory's; the one in the boot sector is what it was when the file system was made. */
static void find_fat_root_label(struct reader *r, const struct fat *fat, char *label)
{
	uint32_t cluster = fat->root_cluster, in_cluster = fat->cluster / FAT_ENTRY;

	if (!fat->is32) {
		find_fat_label(r, fat->root, fat->root_entries, label);
		return;
	}
	for (uint32_t seen = 0; seen < FAT_ENTRIES && cluster >= 2 && cluster < fat->fat_bytes / 4; seen += in_cluster) {
		unsigned char next[4];

		if (find_fat_label(r, fat->data + (uint64_t)(cluster - 2) * fat->cluster, in_cluster, label) ||
		    !get(r, fat->fats + 4 * (uint64_t)cluster, next, sizeof(next)))
			return;
		cluster = le32(next) & 0x0fffffff;
	}
}

static bool probe_vfat(struct reader *r, struct blockid *ret)
{
	unsigned char boot[512];
	const unsigned char *serial;
	struct fat fat;

	if (!get(r, 0, boot, sizeof(boot)) || !read_fat(boot, &fat))
		return false;
	ret->type = "vfat";
	find_fat_root_label(r, &fat, ret->label);
	serial = boot + (fat.is32 ? 67 : 39);
	/* The mark in front of it says that there is one; FAT32 always has it. */
	if (!is_zero(serial, 4) && (fat.is32 || boot[38] == 0x28 || boot[38] == 0x29)) {
		const unsigned char high_first[] = { serial[3], serial[2], serial[1], serial[0] };
		char digits[8];

		put_hex(digits, high_first, 4, upper);
		put_groups(ret->uuid, digits, "\4\4");
	}
	return true;
}

static unsigned char to_upper(unsigned char c)
{
	return c >= 'a' && c <= 'z' ? (unsigned char)(c - 'a' + 'A') : c;
}

/*
 * The Joliet name has 16 units with every character, the primary one 32 bytes in capitals and '_'. Where one begins as the
 * other they are one name: the characters of the first and what the second has more. Otherwise the Joliet name is it.
 */
static void put_iso_label(char *out, size_t size, const unsigned char primary[32], const unsigned char joliet[32])
{
	unsigned char units[2 * 32 + 2 * 8];
	size_t n = 0, unit = 0, i = 0;

	for (; unit < 16; unit++, i++) {
		uint32_t c = be16(joliet + 2 * unit);

		/* One '_' stands for both units of a pair. */
		if (c >> 10 == 0xd800 >> 10 && unit + 1 < 16 && be16(joliet + 2 * unit + 2) >> 10 == 0xdc00 >> 10) {
			memcpy(units + 2 * n++, joliet + 2 * unit++, 2);
			c = be16(joliet + 2 * unit);
		}
		if (primary[i] != '_') {
			if (c != '_' && (c > 0x7f || to_upper((unsigned char)c) != to_upper(primary[i]))) {
				put_utf16(out, size, joliet, 16, be16);
				return;
			}
			if (c == '_' || to_upper(primary[i]) != primary[i])
				c = primary[i];
		}
		units[2 * n] = (unsigned char)(c >> 8);
		units[2 * n++ + 1] = (unsigned char)c;
	}
	for (; i < 32; i++) {
		units[2 * n] = 0;
		units[2 * n++ + 1] = primary[i];
	}
	put_utf16(out, size, units, n, be16);
}

/* Sixteen digits and the offset from UTC; only zeros stand for no date. */
static bool put_iso_date(char out[37], const unsigned char date[17])
{
	bool is_set = date[16] != 0;

	for (size_t i = 0; i < 16; i++) {
		if (date[i] < '0' || date[i] > '9')
			return false;
		is_set |= date[i] != '0';
	}
	if (is_set)
		put_groups(out, (const char *)date, "\4\2\2\2\2\2\2");
	return is_set;
}

/*
 * ECMA-119, 8.4 (primary volume descriptor) and 8.5 (the supplementary one, which is Joliet's with one of three escape
 * sequences). The kernel takes no other size of a sector.
 */
static bool probe_iso9660(struct reader *r, struct blockid *ret)
{
	unsigned char volume[848] = { 0 }, joliet[32], root[34];
	bool has_volume = false, has_joliet = false;
	uint32_t extent;

	for (uint64_t sector = 16; sector < 32 && (!has_volume || !has_joliet); sector++) {
		unsigned char descriptor[sizeof(volume)];

		if (!get(r, 2048 * sector, descriptor, sizeof(descriptor)) || memcmp(descriptor + 1, "CD001", 5) != 0 ||
		    descriptor[0] == 255)
			break;
		if (descriptor[0] == 1 && !has_volume) {
			memcpy(volume, descriptor, sizeof(volume));
			has_volume = true;
		} else if (descriptor[0] == 2 && !has_joliet && memcmp(descriptor + 88, "%/", 2) == 0 &&
			   (descriptor[90] == '@' || descriptor[90] == 'C' || descriptor[90] == 'E')) {
			memcpy(joliet, descriptor + 40, sizeof(joliet));
			has_joliet = true;
		}
	}
	/*
	 * Another file system may well hold the first sectors of an image at this place. But then the root directory is not
	 * where they say: its first entry is itself.
	 */
	extent = le32(volume + 158);
	if (!has_volume || !get(r, (uint64_t)extent * le16(volume + 128), root, sizeof(root)) || root[0] < sizeof(root) ||
	    root[32] != 1 || root[33] != 0 || le32(root + 2) != extent)
		return false;
	ret->type = "iso9660";
	if (!put_iso_date(ret->uuid, volume + 830)) /* changed */
		put_iso_date(ret->uuid, volume + 813); /* made */
	if (has_joliet)
		put_iso_label(ret->label, sizeof(ret->label), volume + 40, joliet);
	else
		put_label(ret->label, volume + 40, 32);
	return true;
}

int blockid_probe(const struct blockid_source *source, struct blockid *ret)
{
	struct reader r = { .source = source };
	int n = 0;

	/* A half of a mirror shows the file system that is on the mirror: what holds others comes first and ends the search. */
	for (size_t i = 0; i < ARRAY_SIZE(formats) + 3; i++) {
		struct blockid one = { .type = NULL };

		if (i == 0 ? probe_raid(&r, &one) :
		    i == ARRAY_SIZE(formats) + 1 ? probe_vfat(&r, &one) :
		    i == ARRAY_SIZE(formats) + 2 ? probe_iso9660(&r, &one) : probe_format(&r, &formats[i - 1], &one)) {
			*ret = one;
			n++;
			if (i <= FIRST_FILE_SYSTEM)
				return 0;
		}
	}
	if (n == 1)
		return 0;
	memset(ret, 0, sizeof(*ret));
	return n > 1 ? -ENOTUNIQ : r.error ? r.error : -ENOENT;
}

/* Partition tables. */

/* struct msdos_partition in include/linux/msdos_partition.h: where entry number i < 4 of the MBR is, and what is in it. */
static const unsigned char *mbr_entry(const unsigned char *mbr, size_t i)
{
	return mbr + 446 + 16 * i;
}

enum { MBR_EXTENDED = 0x05, MBR_EXTENDED_LBA = 0x0f, MBR_EXTENDED_LINUX = 0x85, MBR_PROTECTIVE = 0xee };

/* is_pmbr_valid() in block/partitions/efi.c, when its answer is other than no. */
static bool mbr_is_protective(const unsigned char *mbr)
{
	for (size_t i = 0; i < 4; i++)
		if (mbr_entry(mbr, i)[4] == MBR_PROTECTIVE && le32(mbr_entry(mbr, i) + 8) == 1)
			return true;
	return false;
}

/* The GUID's first three fields are little endian (UEFI specification, appendix A). */
static void put_guid(char out[37], const unsigned char guid[16])
{
	static const unsigned char order[] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	unsigned char uuid[16];

	for (size_t i = 0; i < sizeof(uuid); i++)
		uuid[i] = guid[order[i]];
	put_uuid(out, uuid);
}

/*
 * The header at this sector, as in the UEFI specification, 5.3.2, and is_gpt_valid() in block/partitions/efi.c. Returns 0,
 * -ENOENT when it says that there is no such partition, -EINVAL when it is no header.
 */
static int read_gpt(struct reader *r, uint32_t sector_size, uint64_t sector, unsigned number, struct blockid_partition *ret)
{
	uint64_t last = r->source->size / sector_size - 1, first_usable, last_usable, table;
	unsigned char header[92], entry[GPT_ENTRY];
	uint32_t length, entries;

	if (!get(r, sector * sector_size, header, sizeof(header)) || memcmp(header, "EFI PART", 8) != 0)
		return -EINVAL;
	length = le32(header + 12);
	first_usable = le64(header + 40);
	last_usable = le64(header + 48);
	table = le64(header + 72);
	entries = le32(header + 80);
	if (length < sizeof(header) || length > sector_size || le64(header + 24) != sector || first_usable > last_usable ||
	    last_usable > last || table > last || entries > GPT_ENTRIES || le32(header + 84) != GPT_ENTRY ||
	    !checksum_is(r, CRC32, ~0u, sector * sector_size, length, 16, ~le32(header + 16)) ||
	    !checksum_is(r, CRC32, ~0u, table * sector_size, entries * GPT_ENTRY, entries * GPT_ENTRY, ~le32(header + 88)))
		return -EINVAL;
	if (number > entries || !get(r, table * sector_size + (number - 1) * GPT_ENTRY, entry, sizeof(entry)) ||
	    is_zero(entry, 16))
		return -ENOENT;
	put_guid(ret->uuid, entry + 16);
	put_utf16(ret->label, sizeof(ret->label), entry + 56, 36, le16);
	return 0;
}

static int find_in_gpt(struct reader *r, unsigned number, struct blockid_partition *ret)
{
	static const uint32_t usual[] = { 512, 4096 };
	const uint32_t *sizes = r->source->sector_size ? &r->source->sector_size : usual;
	size_t n = r->source->sector_size ? 1 : ARRAY_SIZE(usual);

	for (int at_end = 0; at_end < 2; at_end++) {
		for (size_t i = 0; i < n; i++) {
			uint64_t sectors = r->source->size / sizes[i];
			int error;

			if (sectors < 2)
				continue;
			error = read_gpt(r, sizes[i], at_end ? sectors - 1 : 1, number, ret);
			if (error != -EINVAL)
				return error;
		}
	}
	return -ENOENT;
}

/* msdos_partition() in block/partitions/msdos.c. */
static int find_in_mbr(const unsigned char *mbr, unsigned number, struct blockid_partition *ret)
{
	const unsigned char id[] = { mbr[443], mbr[442], mbr[441], mbr[440], (unsigned char)number };
	char digits[10];
	bool is_extended = false;

	for (size_t i = 0; i < 4; i++) {
		const unsigned char *entry = mbr_entry(mbr, i);

		/* Code of a boot sector, and no table. */
		if ((entry[0] & 0x7f) != 0 || entry[4] == MBR_PROTECTIVE)
			return -ENOENT;
		if (le32(entry + 12) != 0)
			is_extended |= entry[4] == MBR_EXTENDED || entry[4] == MBR_EXTENDED_LBA || entry[4] == MBR_EXTENDED_LINUX;
	}
	if (number <= 4 ? le32(mbr_entry(mbr, number - 1) + 12) == 0 : !is_extended || number > 255)
		return -ENOENT;
	/* Without a signature all such disks would share one. */
	if (!is_zero(id, 4)) {
		put_hex(digits, id, sizeof(id), lower);
		put_groups(ret->uuid, digits, "\10\2");
	}
	return 0;
}

int blockid_partition(const struct blockid_source *source, unsigned number, struct blockid_partition *ret)
{
	struct reader r = { .source = source };
	unsigned char mbr[512];
	int error = -ENOENT;

	memset(ret, 0, sizeof(*ret));
	if (number == 0)
		return -ENOENT;
	if (get(&r, 0, mbr, sizeof(mbr)) && le16(mbr + 510) == 0xaa55)
		error = mbr_is_protective(mbr) ? find_in_gpt(&r, number, ret) : find_in_mbr(mbr, number, ret);
	return error == -ENOENT && r.error ? r.error : error;
}
