/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a block device. The input: the number of a partition, what the caller knows of the size of a sector, and
 * then the device, in pieces that stand where superblocks do, so that inputs stay short. Zeros are in between.
 */
#include "init/blockid.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define MOST (5u << 20)

static const struct piece {
	size_t at, size;
} pieces[] = { { 0, 8192 }, { 32768, 6144 }, { 65536, 4096 }, { 131072 - 8192, 8192 } };

struct device {
	unsigned char bytes[131072];
	size_t size, total;
};

static void check(bool holds)
{
	if (!holds)
		abort();
}

static int read_device(void *ctx, uint64_t offset, void *buffer, size_t n)
{
	struct device *device = ctx;

	check(n > 0 && n <= 4096 && offset <= device->size && n <= device->size - offset);
	memcpy(buffer, device->bytes + offset, n);
	device->total += n;
	return 0;
}

static void check_text(const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	check(length < size && (length == 0 || !strchr(" \t\n\v\f\r", text[length - 1])));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct device device;
	struct blockid_source source = { .read = read_device, .ctx = &device };
	struct blockid_partition partition;
	struct blockid id;
	unsigned number;
	int error;

	if (n < 3)
		return 0;
	number = bytes[0];
	source.sector_size = (uint32_t[]){ 0, 512, 4096, 513 }[bytes[1] % 4];
	/* The last piece is not always at the end. */
	device.size = sizeof(device.bytes) - (bytes[2] & 0x80 ? (size_t)(bytes[2] & 0x7f) * 997 : 0);
	device.total = 0;
	memset(device.bytes, 0, sizeof(device.bytes));
	bytes += 3;
	n -= 3;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]) && n > 0; i++) {
		size_t take = n < pieces[i].size ? n : pieces[i].size;

		memcpy(device.bytes + pieces[i].at, bytes, take);
		bytes += take;
		n -= take;
	}
	source.size = device.size;

	error = blockid_probe(&source, &id);
	check(device.total < MOST);
	check((error == 0) == (id.type != NULL));
	check_text(id.uuid, sizeof(id.uuid));
	check_text(id.label, sizeof(id.label));
	device.total = 0;
	error = blockid_partition(&source, number, &partition);
	check(device.total < MOST);
	check_text(partition.uuid, sizeof(partition.uuid));
	check_text(partition.label, sizeof(partition.label));
	check(error == 0 || (partition.uuid[0] == '\0' && partition.label[0] == '\0'));
	return 0;
}
