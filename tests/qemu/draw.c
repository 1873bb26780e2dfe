/* SPDX-License-Identifier: MIT */
/* A payload that prints what two copies of one machine must not share: random bytes, the boot's id, the time. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	unsigned char bytes[16], device[16];
	char id[37] = "";
	int random = open("/dev/urandom", O_RDONLY), file = open("/proc/sys/kernel/random/boot_id", O_RDONLY);

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes) || read(random, device, sizeof(device)) != sizeof(device) ||
	    read(file, id, 36) != 36)
		return 1;
	for (int i = 0; i < 16; i++)
		printf("%02x", bytes[i]);
	printf("\n");
	for (int i = 0; i < 16; i++)
		printf("%02x", device[i]);
	printf("\n%s\n%lld\n", id, (long long)time(NULL));
	return 0;
}
