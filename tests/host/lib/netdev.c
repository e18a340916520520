// SPDX-License-Identifier: GPL-2.0-only
/*
 * Backends and their other ends; see netdev.h. Interfaces that outlive no file
 * descriptor are made with ip(8).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "frame.h"
#include "netdev.h"
#include "report.h"

enum { SOCKET_BUFFER = 16 << 20 };

static int run(const char *fmt, ...) LIKE_PRINTF(1);
static int run(const char *fmt, ...)
{
	char line[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	return system(line);
}

/* So that the kernel sends nothing of its own through it. */
static void quiet(const char *name)
{
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6",
		 name);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return;
	if (write(fd, "1", 1) != 1)
		report_note("%s: IPv6 stays on", name);
	close(fd);
}

static int interface_ioctl(const char *name, unsigned long nr,
			   struct ifreq *ifr)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	if (s < 0)
		report_die("socket");
	strncpy(ifr->ifr_name, name, IFNAMSIZ - 1);
	ret = ioctl(s, nr, ifr);
	close(s);
	return ret;
}

static void up(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_UP | IFF_PROMISC };

	quiet(name);
	if (interface_ioctl(name, SIOCSIFFLAGS, &ifr))
		report_die("%s up", name);
}

/*
 * Until the kernel's work that gives an interface with a carrier its queue has run,
 * all packets are dropped. With several CPUs we are faster than that.
 */
static void wait_carrier(const char *name)
{
	char path[64], state[16] = "";

	snprintf(path, sizeof(path), "/sys/class/net/%s/operstate", name);
	for (int i = 0; i < 500; i++) {
		FILE *f = fopen(path, "r");

		if (f && fscanf(f, "%15s", state) == 1 && !strcmp(state, "up")) {
			fclose(f);
			return;
		}
		if (f)
			fclose(f);
		usleep(10000);
	}
	report_die("%s is %s", name, state);
}

int packet_socket(const char *name, int type)
{
	int size = SOCKET_BUFFER;
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(type ? type : ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)))
		report_die("packet socket on %s", name);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	return fd;
}

/* ---- tap -------------------------------------------------------------- */

static void set_tun(int fd, short mode, size_t header, struct ifreq *ifr)
{
	int bytes = header;

	ifr->ifr_flags = mode | IFF_NO_PI | (header ? IFF_VNET_HDR : 0);
	if (ioctl(fd, TUNSETIFF, ifr))
		report_die("TUNSETIFF");
	if (header && ioctl(fd, TUNSETVNETHDRSZ, &bytes))
		report_die("TUNSETVNETHDRSZ");
}

static void link_open(struct link *l, short mode, size_t header)
{
	struct ifreq ifr = { .ifr_name = "" };

	*l = (struct link){
		.backend = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK),
	};
	if (l->backend < 0)
		report_die("/dev/net/tun");
	set_tun(l->backend, mode, header, &ifr);
	memcpy(l->name, ifr.ifr_name, sizeof(l->name));
	up(l->name);
}

void link_tap(struct link *l, size_t header)
{
	link_open(l, IFF_TAP, header);
	l->peer = packet_socket(l->name, FRAME_TYPE);
}

void link_tap_queue(struct link *l, size_t header)
{
	link_open(l, IFF_TAP | IFF_MULTI_QUEUE, header);
	l->peer = packet_socket(l->name, FRAME_TYPE);
}

void link_tun(struct link *l, size_t header)
{
	link_open(l, IFF_TUN, header);
	l->peer = packet_socket(l->name, ETH_P_IP);
}

void link_mtu(struct link *l, int mtu)
{
	struct ifreq ifr = { .ifr_mtu = mtu };

	if (interface_ioctl(l->name, SIOCSIFMTU, &ifr))
		report_die("%s mtu %d", l->name, mtu);
}

void link_sndbuf(struct link *l, int bytes)
{
	if (ioctl(l->backend, TUNSETSNDBUF, &bytes))
		report_die("TUNSETSNDBUF");
}

void link_close(struct link *l)
{
	close(l->backend);
	close(l->peer);
	if (!strncmp(l->name, "rsp", 3))
		run("ip link del %s 2>/dev/null", l->name);
}

/* In the lab the kernel's modules are not where modprobe looks. */
static void load_module(const char *name)
{
	const char *root = getenv("LAB_KROOT");

	run("modprobe -q %s %s %s 2>/dev/null", root ? "-d" : "",
	    root ? root : "", name);
}

/* ---- a veth pair: rspN is the peer's, rsbN the backend's ---------------- */

static int new_pair(struct link *l, char *other, size_t size)
{
	static unsigned int count;
	unsigned int n = (unsigned int)getpid() % 10000 * 10 + count++;

	snprintf(l->name, sizeof(l->name), "rsp%u", n);
	snprintf(other, size, "rsb%u", n);
	load_module("veth");
	if (run("ip link add %s type veth peer name %s 2>/dev/null", l->name,
		other))
		return -1;
	up(l->name);
	up(other);
	wait_carrier(l->name);
	wait_carrier(other);
	return 0;
}

bool link_packet(struct link *l)
{
	char other[16];

	if (new_pair(l, other, sizeof(other)))
		return false;
	l->peer = packet_socket(l->name, FRAME_TYPE);
	l->backend = packet_socket(other, FRAME_TYPE);
	return true;
}

static int open_macvtap(const char *name)
{
	char path[64];
	unsigned int minor, major;
	FILE *f;

	snprintf(path, sizeof(path), "/dev/tap%u", if_nametoindex(name));
	if (access(path, F_OK)) {
		char sys[64];

		snprintf(sys, sizeof(sys), "/sys/class/net/%s/tap%u/dev", name,
			 if_nametoindex(name));
		f = fopen(sys, "r");
		if (!f || fscanf(f, "%u:%u", &major, &minor) != 2)
			return -1;
		fclose(f);
		run("mknod %s c %u %u", path, major, minor);
	}
	return open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
}

bool link_macvtap(struct link *l, size_t header)
{
	char other[16], name[16];
	struct ifreq ifr = { .ifr_name = "" };

	load_module("macvtap");
	if (new_pair(l, other, sizeof(other)))
		return false;
	snprintf(name, sizeof(name), "rsm%s", other + 3);
	if (run("ip link add link %s name %s type macvtap mode passthru "
		"2>/dev/null", other, name)) {
		run("ip link del %s", l->name);
		return false;
	}
	up(name);
	l->backend = open_macvtap(name);
	if (l->backend < 0)
		report_die("no node for %s", name);
	set_tun(l->backend, IFF_TAP, header, &ifr);
	l->peer = packet_socket(l->name, FRAME_TYPE);
	return true;
}
