// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>

#include "lib/vsock_linux.h"

enum {
	HEADERS = 1200000,	/* in the data memory: of packets in the ring */
	STRIDE = 64,
};

void linux_put_off(struct linux_guest *l, const struct virtio_vsock_hdr *hdr,
		   bool reply)
{
	if (l->tail - l->head == LINUX_WAITING)
		report_die("the guest's list is full");
	l->list[l->tail++ % LINUX_WAITING] =
		(struct linux_waiting){ *hdr, reply };
	l->replies += reply;
}

/* Its bytes are whatever the memory holds, which nothing else uses. */
static void add(struct guest *g, const struct virtio_vsock_hdr *hdr)
{
	struct drv_buf buf = {
		MEMORY_DATA_GPA + HEADERS + g->tx_count++ % GUEST_NUM * STRIDE,
		sizeof(*hdr) + le32toh(hdr->len),
	};
	struct drv_chain chain = { .buf = &buf, .n_read = 1 };

	memory_put(&g->d.mem, buf.addr, hdr, sizeof(*hdr));
	if (drv_add(&g->d.q[TX].ring, &chain) != DRV_GOT)
		report_die("TX: a chain that must fit does not");
	g->tx_open++;
}

void linux_send(struct linux_guest *l)
{
	struct queue *q = &l->g.d.q[TX];

	while (!linux_idle(l) && drv_free_slots(&q->ring)) {
		struct linux_waiting *w = &l->list[l->head++ % LINUX_WAITING];

		add(&l->g, &w->hdr);
		l->replies -= w->reply;
		l->moved++;
	}
	if (drv_kick_prepare(&q->ring))
		queue_kick(q);
	guest_sent(&l->g, 0);
}

static void reject(struct linux_guest *l, const struct packet *p)
{
	struct virtio_vsock_hdr hdr = guest_hdr(&l->g, VIRTIO_VSOCK_OP_RST);

	hdr.dst_cid = p->hdr.src_cid;
	hdr.src_port = p->hdr.dst_port;
	hdr.dst_port = p->hdr.src_port;
	linux_put_off(l, &hdr, true);
}

bool linux_recv(struct linux_guest *l, struct packet *p)
{
	if (l->replies >= GUEST_NUM || !guest_recv(&l->g, p, 0))
		return false;
	l->moved++;
	if (le16toh(p->hdr.op) == VIRTIO_VSOCK_OP_REQUEST)
		reject(l, p);
	return true;
}
