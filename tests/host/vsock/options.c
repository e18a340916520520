// SPDX-License-Identifier: GPL-2.0-only
/*
 * What programs set and ask of their sockets, as far as the guest or the
 * transport has a say in it.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests.h"

static struct packet p;

static uint64_t get64(int s, int option)
{
	uint64_t value = 0;
	socklen_t len = sizeof(value);

	if (getsockopt(s, AF_VSOCK, option, &value, &len))
		report_die("getsockopt %d", option);
	return value;
}

static int set64(int s, int option, uint64_t value)
{
	return setsockopt(s, AF_VSOCK, option, &value, sizeof(value)) ? errno :
									0;
}

/* The guest is notified how much room a socket has. */
static void buffer_size(struct guest *g, int s)
{
	uint64_t size = 100000;

	report_ok(get64(s, SO_VM_SOCKETS_BUFFER_SIZE) == 262144,
		  "a socket's room is 256 KiB");
	went(set64(s, SO_VM_SOCKETS_BUFFER_SIZE, size), 0, "BUFFER_SIZE");
	report_ok(guest_expect(g, &p, VIRTIO_VSOCK_OP_CREDIT_UPDATE) &&
		  le32toh(p.hdr.buf_alloc) == size, "the guest is notified of %u",
		  le32toh(p.hdr.buf_alloc));
	went(set64(s, SO_VM_SOCKETS_BUFFER_MAX_SIZE, 50000), 0,
	     "BUFFER_MAX_SIZE");
	report_ok(guest_expect(g, &p, VIRTIO_VSOCK_OP_CREDIT_UPDATE) &&
		  le32toh(p.hdr.buf_alloc) == 50000, "and of %u",
		  le32toh(p.hdr.buf_alloc));
	report_ok(get64(s, SO_VM_SOCKETS_BUFFER_SIZE) == 50000,
		  "no more than the greatest size");
}

/* Bytes that the guest has not taken yet. */
static void unsent(struct guest *g)
{
	int s = host_to_guest(g, SOCK_STREAM), left = -1, err;

	guest_set_running(g, 0);
	if (send(s, "0123456789", 10, 0) != 10)
		report_die("send");
	err = cmd(s, SIOCOUTQ, &left);
	if (err == EOPNOTSUPP || err == ENOTTY) {
		report_skip("not in this kernel", "SIOCOUTQ");
	} else {
		report_ok(!err && left == 10, "SIOCOUTQ: %d bytes wait", left);
		guest_set_running(g, 1);
		guest_expect(g, &p, VIRTIO_VSOCK_OP_RW);
		usleep(20000);
		cmd(s, SIOCOUTQ, &left);
		report_ok(!left, "SIOCOUTQ: %d when they are sent", left);
	}
	guest_set_running(g, 1);
	close(s);
}

/* A guest that does not reply. */
static void patience(struct guest *g)
{
	struct sockaddr_vm a = { .svm_family = AF_VSOCK, .svm_port = 1,
				 .svm_cid = g->cid };
	struct timeval tv = { .tv_usec = 150000 };
	int s = socket(AF_VSOCK, SOCK_STREAM, 0), err;
	uint64_t start = now_ms(), took;

	setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, &tv, sizeof(tv));
	err = connect(s, (void *)&a, sizeof(a)) ? errno : 0;
	took = now_ms() - start;
	report_ok(err == ETIMEDOUT && took >= 140 && took < 1500,
		  "CONNECT_TIMEOUT of 150 ms: %s after %llu ms",
		  errno_name(err), (unsigned long long)took);
	close(s);
}

/* A guest that is not up says so at once, whatever the patience. */
static void unreachable(struct guest *g)
{
	struct sockaddr_vm a = { .svm_family = AF_VSOCK, .svm_port = 1,
				 .svm_cid = g->cid };
	int s = socket(AF_VSOCK, SOCK_STREAM, 0), err;
	uint64_t start = now_ms(), took;

	if (is_kernels_own()) {
		report_skip("not in all kernels", "EHOSTUNREACH at once");
		close(s);
		return;
	}
	guest_set_running(g, 0);
	err = connect(s, (void *)&a, sizeof(a)) ? errno : 0;
	took = now_ms() - start;
	report_ok(err == EHOSTUNREACH && took < 500, "%s after %llu ms",
		  errno_name(err), (unsigned long long)took);
	guest_set_running(g, 1);
	close(s);
}

static void rejected(struct guest *g)
{
	struct virtio_vsock_hdr hdr = guest_hdr(g, VIRTIO_VSOCK_OP_RST);
	int s = host_socket(SOCK_STREAM, false), err;

	host_connect(s, g->cid);
	guest_expect(g, &p, VIRTIO_VSOCK_OP_REQUEST);
	hdr.src_port = p.hdr.dst_port;
	hdr.dst_port = p.hdr.src_port;
	guest_send(g, &hdr, NULL, sizeof(hdr));
	err = host_error(s, SOON);
	report_ok(err == ECONNRESET, "a port that nobody listens to: %s",
		  errno_name(err));
	close(s);
}

/*
 * A host that is a guest itself has a CID of its own (VSOCK_OWN_CID, which the
 * scenario says), and no guest of its can have that.
 */
static void who_am_i(void)
{
	const char *own = getenv("VSOCK_OWN_CID");
	uint64_t want = own && *own ? strtoull(own, NULL, 0) : VMADDR_CID_HOST;
	int fd = open("/dev/vsock", O_RDONLY), device;
	unsigned int cid = 0;

	report_ok(fd >= 0 && !cmd(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid) &&
		  cid == want, "the host's CID is %u", cid);
	close(fd);
	if (want == VMADDR_CID_HOST)
		return;
	device = open("/dev/vhost-vsock", O_RDWR);
	report_ok(device >= 0 && cmd(device, VHOST_VSOCK_SET_GUEST_CID, &want) ==
		  EADDRINUSE, "no guest can have it");
	close(device);
}

static void names(struct guest *g, int s)
{
	struct sockaddr_vm a = { 0 };
	socklen_t len = sizeof(a);

	getpeername(s, (void *)&a, &len);
	report_ok(a.svm_cid == g->cid && a.svm_port == GUEST_PORT,
		  "the peer is %u:%u", a.svm_cid, a.svm_port);
}

void test_options(void)
{
	struct guest g;
	int s;

	guest_start(&g, F_V1, 52, 16);
	s = host_to_guest(&g, SOCK_STREAM);
	names(&g, s);
	buffer_size(&g, s);
	unsent(&g);
	while (guest_recv(&g, &p, NOT))
		;
	rejected(&g);
	patience(&g);
	unreachable(&g);
	who_am_i();
	close(s);
	guest_close(&g);
}
