// SPDX-License-Identifier: GPL-2.0-only
/* channels INTERFACE [N]: use N queue pairs of a network interface, as ethtool -L does; print how many are in use. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <net/if.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "lib/program.h"

int main(int argc, char **argv)
{
	struct ethtool_channels ch = { .cmd = ETHTOOL_GCHANNELS };
	struct ifreq req = { .ifr_data = (void *)&ch };
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: channels INTERFACE [N]\n");
		return 2;
	}
	strncpy(req.ifr_name, argv[1], IFNAMSIZ - 1);
	if (ioctl(s, SIOCETHTOOL, &req))
		die("get channels: %m");
	if (argc == 3) {
		ch.cmd = ETHTOOL_SCHANNELS;
		ch.combined_count = atoi(argv[2]);
		if (ioctl(s, SIOCETHTOOL, &req))
			die("set channels: %m");
		ch.cmd = ETHTOOL_GCHANNELS;
		if (ioctl(s, SIOCETHTOOL, &req))
			die("get channels: %m");
	}
	printf("%u of %u\n", ch.combined_count, ch.max_combined);
	return 0;
}
