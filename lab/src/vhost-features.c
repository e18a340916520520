// SPDX-License-Identifier: GPL-2.0
/* vhost-features DEVICE: print what VHOST_GET_FEATURES of a vhost device node says, as a hexadecimal number. */
#include <stdio.h>
#include <stdint.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <linux/vhost.h>

int main(int argc, char **argv)
{
	uint64_t features;
	int fd;

	if (argc != 2 || (fd = open(argv[1], O_RDWR)) < 0) {
		perror(argc == 2 ? argv[1] : "usage: vhost-features DEVICE");
		return 1;
	}
	if (ioctl(fd, VHOST_GET_FEATURES, &features)) {
		perror("VHOST_GET_FEATURES");
		return 1;
	}
	printf("%#llx\n", (unsigned long long)features);
	return 0;
}
