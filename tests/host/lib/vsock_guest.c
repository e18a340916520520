// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest with a vsock device; see vsock_guest.h.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "vsock_guest.h"

/* Where packets lie in the data memory: RX buffers, then TX slots, then one for
 * each packet in the TX ring that is a header alone.
 */
enum { RX_SLOTS = GUEST_NUM, TX_SLOTS = 7, TX_STRIDE = 80000, HDR_STRIDE = 64 };

static uint64_t rx_gpa(uint32_t slot)
{
	return MEMORY_DATA_GPA + (uint64_t)slot * GUEST_BUF;
}

static uint64_t tx_gpa(uint32_t slot)
{
	return rx_gpa(RX_SLOTS) + (uint64_t)slot * TX_STRIDE;
}

static uint64_t hdr_gpa(uint32_t slot)
{
	return tx_gpa(TX_SLOTS) + (uint64_t)slot * HDR_STRIDE;
}

/* ---- the device ------------------------------------------------------- */

void guest_open_bare(struct guest *g)
{
	*g = (struct guest){ 0 };
	device_open_node(&g->d, "/dev/vhost-vsock", QUEUES);
}

bool guest_open(struct guest *g, uint64_t features)
{
	guest_open_bare(g);
	if (features & ~g->d.offered) {
		device_close(&g->d);
		return false;
	}
	if (device_ready(&g->d, features, GUEST_NUM))
		report_die("configuration");
	return true;
}

void guest_close(struct guest *g)
{
	device_close(&g->d);
}

int guest_set_cid(struct guest *g, uint64_t cid)
{
	int err = cmd(g->d.fd, VHOST_VSOCK_SET_GUEST_CID, &cid);

	if (!err)
		g->cid = cid;
	return err;
}

int guest_set_running(struct guest *g, int on)
{
	return cmd(g->d.fd, VHOST_VSOCK_SET_RUNNING, &on);
}

void guest_new_rings(struct guest *g)
{
	for (unsigned int i = 0; i < QUEUES; i++) {
		queue_make(&g->d, i, GUEST_NUM);
		if (queue_setup(&g->d.q[i]))
			report_die("new rings");
	}
	g->tx_open = 0;
}

bool guest_start(struct guest *g, uint64_t features, uint64_t cid,
		 uint32_t bufs)
{
	if (!guest_open(g, features))
		return false;
	if (guest_set_cid(g, cid) || guest_set_running(g, 1))
		report_die("guest %llu", (unsigned long long)cid);
	for (uint32_t i = 0; i < bufs; i++)
		guest_offer(g, 1);
	return true;
}

/* ---- receive ---------------------------------------------------------- */

static void offer_slot(struct guest *g, uint32_t slot)
{
	struct queue *q = &g->d.q[RX];
	struct drv_buf buf = { rx_gpa(slot), GUEST_BUF };
	struct drv_chain chain = { .buf = &buf, .n_write = 1, .token = slot };

	memory_fill(&g->d.mem, rx_gpa(slot), 0xa5, GUEST_BUF);
	if (drv_add(&q->ring, &chain) != DRV_GOT)
		report_die("RX ring is full");
	if (drv_kick_prepare(&q->ring))
		queue_kick(q);
}

void guest_offer(struct guest *g, uint32_t bufs)
{
	while (bufs--)
		offer_slot(g, drv_in_flight(&g->d.q[RX].ring));
}

static bool next_used(struct queue *q, struct drv_used *used, int ms)
{
	uint64_t until = now_ms() + ms;

	for (;;) {
		enum drv_result rc = drv_get_used(&q->ring, used);
		uint64_t now = now_ms();

		if (rc == DRV_BROKEN)
			report_die("queue %u: rule %d broken", q->index,
				   q->ring.fault);
		if (rc == DRV_GOT)
			return true;
		if (now >= until)
			return false;
		if (!drv_enable_calls(&q->ring))
			event_wait(q->call, until - now);
	}
}

bool guest_recv(struct guest *g, struct packet *p, int ms)
{
	struct drv_used used;

	if (!next_used(&g->d.q[RX], &used, ms))
		return false;
	if (used.len < sizeof(p->hdr))
		report_die("RX: %u bytes", used.len);
	memory_get(&g->d.mem, rx_gpa(used.token), &p->hdr, sizeof(p->hdr));
	p->len = used.len - sizeof(p->hdr);
	memory_get(&g->d.mem, rx_gpa(used.token) + sizeof(p->hdr), p->data,
		   p->len);
	if (p->len != le32toh(p->hdr.len))
		report_die("RX: %u bytes, header says %u", p->len,
			   le32toh(p->hdr.len));
	offer_slot(g, used.token);
	return true;
}

bool guest_expect(struct guest *g, struct packet *p, uint16_t op)
{
	if (!guest_recv(g, p, SOON)) {
		report_note("no packet, but %u expected", op);
		return false;
	}
	if (le16toh(p->hdr.op) == op)
		return true;
	report_note("operation %u, not %u", le16toh(p->hdr.op), op);
	return false;
}

/* ---- transmit --------------------------------------------------------- */

struct virtio_vsock_hdr guest_hdr(const struct guest *g, uint16_t op)
{
	return (struct virtio_vsock_hdr){
		.src_cid = htole64(g->cid),
		.dst_cid = htole64(VMADDR_CID_HOST),
		.src_port = htole32(GUEST_PORT),
		.dst_port = htole32(HOST_PORT),
		.type = htole16(VIRTIO_VSOCK_TYPE_STREAM),
		.op = htole16(op),
		.buf_alloc = htole32(CREDIT),
		.fwd_cnt = htole32(g->fwd_cnt),
	};
}

static void take_sent(struct guest *g, int ms)
{
	struct drv_used used;

	while (g->tx_open && next_used(&g->d.q[TX], &used, ms)) {
		if (used.len)
			report_die("TX: %u bytes written", used.len);
		g->tx_open--;
	}
}

bool guest_send(struct guest *g, const struct virtio_vsock_hdr *hdr,
		const void *data, uint32_t bytes)
{
	struct queue *q = &g->d.q[TX];
	uint32_t head = bytes < sizeof(*hdr) ? bytes : sizeof(*hdr);
	/* no more than that are in the ring, and they come back in order */
	uint64_t gpa = bytes > head ? tx_gpa(g->tx_count % TX_SLOTS) :
				      hdr_gpa(g->tx_count % GUEST_NUM);
	struct drv_buf buf[2] = { { gpa, head }, { gpa + head, bytes - head } };
	struct drv_chain chain = { .buf = buf, .n_read = bytes > head ? 2 : 1 };

	if (data && g->tx_open)
		take_sent(g, SOON);
	if (drv_free_slots(&q->ring) < chain.n_read)
		take_sent(g, NOT);
	if (drv_free_slots(&q->ring) < chain.n_read)
		return false;
	memory_put(&g->d.mem, gpa, hdr, head);
	if (data)
		memory_put(&g->d.mem, gpa + head, data, bytes - head);
	if (drv_add(&q->ring, &chain) != DRV_GOT)
		report_die("TX: a chain that must fit does not");
	g->tx_open++;
	g->tx_count++;
	if (drv_kick_prepare(&q->ring) && !g->mute)
		queue_kick(q);
	return true;
}

bool guest_sent(struct guest *g, int ms)
{
	take_sent(g, ms);
	return !g->tx_open;
}

/* ---- the host's side -------------------------------------------------- */

int host_socket(int type, bool listening)
{
	struct sockaddr_vm a = { .svm_family = AF_VSOCK, .svm_port = HOST_PORT,
				 .svm_cid = VMADDR_CID_ANY };
	int s = socket(AF_VSOCK, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	/* As long as that the kernel keeps one that connected, whatever
	 * becomes of it, and the module with it; main() waits for it.
	 */
	struct timeval patience = { .tv_usec = CONNECT_MS * 1000 };

	if (s < 0 || setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT,
				&patience, sizeof(patience)))
		report_die("socket");
	if (listening && (bind(s, (void *)&a, sizeof(a)) || listen(s, 64)))
		report_die("listen");
	return s;
}

int host_connect(int s, uint64_t cid)
{
	struct sockaddr_vm a = { .svm_family = AF_VSOCK, .svm_port = GUEST_PORT,
				 .svm_cid = cid };

	return connect(s, (void *)&a, sizeof(a)) ? errno : 0;
}

int host_error(int s, int ms)
{
	struct pollfd p = { .fd = s, .events = POLLRDHUP };
	socklen_t len = sizeof(int);
	int err = 0;

	poll(&p, 1, ms);
	getsockopt(s, SOL_SOCKET, SO_ERROR, &err, &len);
	return err;
}

static void turn_round(struct virtio_vsock_hdr *to,
		       const struct virtio_vsock_hdr *from)
{
	to->src_port = from->dst_port;
	to->dst_port = from->src_port;
	to->type = from->type;
}

int host_to_guest(struct guest *g, int type)
{
	struct virtio_vsock_hdr hdr = guest_hdr(g, VIRTIO_VSOCK_OP_RESPONSE);
	int s = host_socket(type, false), err = host_connect(s, g->cid);
	struct pollfd pfd = { .fd = s, .events = POLLOUT };
	static struct packet p;

	if (err != EINPROGRESS) {
		close(s);
		errno = err;
		return -1;
	}
	if (!guest_expect(g, &p, VIRTIO_VSOCK_OP_REQUEST))
		report_die("no request");
	turn_round(&hdr, &p.hdr);
	guest_send(g, &hdr, NULL, sizeof(hdr));
	if (poll(&pfd, 1, SOON) != 1 || host_error(s, 0))
		report_die("not connected");
	return s;
}

int guest_to_host(struct guest *g, int listener, uint32_t port)
{
	struct virtio_vsock_hdr hdr = guest_hdr(g, VIRTIO_VSOCK_OP_REQUEST);
	struct pollfd pfd = { .fd = listener, .events = POLLIN };
	static struct packet p;

	hdr.src_port = htole32(port);
	guest_send(g, &hdr, NULL, sizeof(hdr));
	if (!guest_expect(g, &p, VIRTIO_VSOCK_OP_RESPONSE))
		report_die("no response");
	if (poll(&pfd, 1, SOON) != 1)
		report_die("nothing to accept");
	return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* ---- on a connection -------------------------------------------------- */

static bool is_message_socket(int s)
{
	socklen_t len = sizeof(int);
	int type = 0;

	getsockopt(s, SOL_SOCKET, SO_TYPE, &type, &len);
	return type == SOCK_SEQPACKET;
}

struct virtio_vsock_hdr guest_hdr_of(struct guest *g, int s, uint16_t op)
{
	struct virtio_vsock_hdr hdr = guest_hdr(g, op);
	struct sockaddr_vm local = { 0 }, remote = { 0 };
	socklen_t len = sizeof(local);

	getsockname(s, (void *)&local, &len);
	len = sizeof(remote);
	getpeername(s, (void *)&remote, &len);
	hdr.dst_port = htole32(local.svm_port);
	hdr.src_port = htole32(remote.svm_port);
	if (is_message_socket(s))
		hdr.type = htole16(VIRTIO_VSOCK_TYPE_SEQPACKET);
	return hdr;
}

void guest_say(struct guest *g, int s, uint16_t op, uint32_t flags)
{
	struct virtio_vsock_hdr hdr = guest_hdr_of(g, s, op);

	hdr.flags = htole32(flags);
	if (!guest_send(g, &hdr, NULL, sizeof(hdr)))
		report_die("TX ring is full");
}

void guest_give(struct guest *g, int s, const void *data, uint32_t len)
{
	struct virtio_vsock_hdr hdr = guest_hdr_of(g, s, VIRTIO_VSOCK_OP_RW);

	hdr.len = htole32(len);
	if (le16toh(hdr.type) == VIRTIO_VSOCK_TYPE_SEQPACKET)
		hdr.flags = htole32(VIRTIO_VSOCK_SEQ_EOM);
	if (!guest_send(g, &hdr, len ? data : NULL, sizeof(hdr) + len))
		report_die("TX ring is full");
}

int host_take(int s, void *buf, uint32_t len)
{
	struct pollfd p = { .fd = s, .events = POLLIN };
	ssize_t n;

	poll(&p, 1, SOON);
	n = recv(s, buf, len, MSG_DONTWAIT);
	return n < 0 ? -errno : (int)n;
}
