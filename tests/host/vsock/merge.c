// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that are joined on their way: what programs write while the guest
 * takes nothing, what shares a buffer of the guest, and what the guest sends in
 * one go. Bytes, messages, credit and order must not show it.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests.h"

enum {
	HDR = sizeof(struct virtio_vsock_hdr),
	CONNS = 4,
	TX_AT = GUEST_NUM * GUEST_BUF,	/* in the data, behind buffers */
	TX_SLOT = 1024,
};

static struct packet p;

/* The bytes of a connection tell which it is, and where they are in it. */
static uint8_t byte_at(uint32_t conn, uint32_t i)
{
	return conn * 67 + i * 7 + (i >> 8) * 3;
}

static void make(uint8_t *to, uint32_t conn, uint32_t from, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		to[i] = byte_at(conn, from + i);
}

static bool right(const uint8_t *data, uint32_t conn, uint32_t from,
		  uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		if (data[i] != byte_at(conn, from + i))
			return false;
	return true;
}

/* ---- receive, with buffers of any size -------------------------------- */

static uint32_t next_slot;

static void offer(struct guest *g, uint32_t size)
{
	struct queue *q = &g->d.q[RX];
	uint32_t slot = next_slot++ % GUEST_NUM;
	struct drv_buf buf = { MEMORY_DATA_GPA + slot * GUEST_BUF, size };
	struct drv_chain chain = { .buf = &buf, .n_write = 1, .token = slot };

	if (drv_add(&q->ring, &chain) != DRV_GOT)
		report_die("RX ring is full");
	if (drv_kick_prepare(&q->ring))
		queue_kick(q);
}

static bool take(struct guest *g, int ms)
{
	uint64_t now, until = now_ms() + ms, at;
	struct queue *q = &g->d.q[RX];
	struct drv_used used;

	while (drv_get_used(&q->ring, &used) != DRV_GOT) {
		now = now_ms();
		if (now >= until)
			return false;
		if (!drv_enable_calls(&q->ring))
			event_wait(q->call, until - now);
	}
	if (used.len < HDR)
		report_die("RX: %u bytes", used.len);
	at = MEMORY_DATA_GPA + used.token * GUEST_BUF;
	p.len = used.len - HDR;
	memory_get(&g->d.mem, at, &p.hdr, HDR);
	memory_get(&g->d.mem, at + HDR, p.data, p.len);
	if (le32toh(p.hdr.len) != p.len)
		report_die("RX: %u bytes, header says %u", p.len,
			   le32toh(p.hdr.len));
	return true;
}

static bool is_op(uint16_t op)
{
	return le16toh(p.hdr.op) == op;
}

/* A connection; afterwards there is no buffer. */
static int connect_unread(struct guest *g, uint64_t features, int type)
{
	int s;

	guest_start(g, features, 62, 1);
	s = host_to_guest(g, type);
	if (s < 0 || send(s, "!", 1, 0) != 1 || !take(g, SOON))
		report_die("connecting");
	return s;
}

/* ---- to the guest ----------------------------------------------------- */

/* Messages of 1 to 400 bytes. Return: bytes in all. */
static uint32_t write_many(int s, uint32_t messages)
{
	uint8_t data[400];
	uint32_t sent = 0;

	for (uint32_t i = 0; i < messages; i++) {
		uint32_t len = 1 + i * 37 % sizeof(data);

		make(data, 0, sent, len);
		if (send(s, data, len, 0) != (ssize_t)len)
			report_die("send");
		sent += len;
	}
	return sent;
}

/* All that waits is one stream: every buffer but the last is full. */
static void one_stream(const char *name, uint64_t features, uint32_t size,
		       uint32_t messages)
{
	uint32_t all, got = 0, full = 0, n = 0;
	struct guest g;
	bool ok = true;
	int s = connect_unread(&g, features, SOCK_STREAM);

	all = write_many(s, messages);
	while (ok && got < all) {
		offer(&g, size);
		ok = take(&g, SOON) && is_op(VIRTIO_VSOCK_OP_RW) &&
		     !p.hdr.flags && p.len && p.len <= size - HDR &&
		     right(p.data, 0, got, p.len);
		got += p.len;
		full += p.len == size - HDR;
		n++;
	}
	report_ok(ok && got == all, "%s, buffers of %u: %u of %u bytes", name,
		  size, got, all);
	report_ok(n == (all + size - HDR - 1) / (size - HDR) && full >= n - 1,
		  "%s, buffers of %u: %u buffers, %u full", name, size, n,
		  full);
	close(s);
	guest_close(&g);
}

/* A message's packets are its own, whatever waits behind it. */
static void messages_apart(void)
{
	static const uint32_t lengths[] = { 1, 1, 300, 5000, 1, 4052, 4053, 2 };
	struct guest g;
	uint8_t data[6000];
	bool ok = true;
	int s = connect_unread(&g, F_V1 | F_SEQ, SOCK_SEQPACKET);

	for (unsigned int i = 0; i < 8; i++) {
		make(data, i, 0, lengths[i]);
		ok &= send(s, data, lengths[i], 0) == (ssize_t)lengths[i];
	}
	for (unsigned int i = 0; ok && i < 8; i++)
		for (uint32_t got = 0; ok && got < lengths[i]; got += p.len) {
			offer(&g, GUEST_BUF);
			ok = take(&g, SOON) && p.len &&
			     right(p.data, i, got, p.len) &&
			     !!(p.hdr.flags & htole32(VIRTIO_VSOCK_SEQ_EOM)) ==
				     (got + p.len == lengths[i]);
		}
	report_ok(ok, "messages stay apart");
	close(s);
	guest_close(&g);
}

/* Many connections in turns; who gets a buffer first does not matter. */
static void interleaved(void)
{
	uint32_t sent[CONNS] = { }, got[CONNS] = { }, port[CONNS], left = 0;
	uint8_t data[300];
	struct guest g;
	bool ok = true;
	int s[CONNS];

	guest_start(&g, F_V1, 62, 1);
	for (int c = 0; c < CONNS; c++) {
		s[c] = host_to_guest(&g, SOCK_STREAM);
		port[c] = guest_hdr_of(&g, s[c], VIRTIO_VSOCK_OP_RW).dst_port;
	}
	for (uint32_t i = 0; i < 400; i++) {
		uint32_t c = i * 5 % 7 % CONNS, len = 1 + i * 11 % 300;

		make(data, c, sent[c], len);
		ok &= send(s[c], data, len, 0) == (ssize_t)len;
		sent[c] += len;
		left += len;
	}
	while (ok && left) {
		uint32_t c = 0;

		ok = take(&g, SOON);
		offer(&g, 1000);
		while (c < CONNS - 1 && port[c] != p.hdr.src_port)
			c++;
		ok = ok && is_op(VIRTIO_VSOCK_OP_RW) && p.len <= left &&
		     right(p.data, c, got[c], p.len);
		got[c] += p.len;
		left -= p.len;
	}
	report_ok(ok && !memcmp(sent, got, sizeof(got)),
		  "%u connections in turns", CONNS);
	for (int c = 0; c < CONNS; c++)
		close(s[c]);
	guest_close(&g);
}

/* What cannot be read is not sent, what can be is, and nothing is twice. */
static void bad_memory(void)
{
	uint8_t *map = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static uint8_t all[4096];
	uint32_t got = 0;
	struct guest g;
	ssize_t n, fresh;
	int s = connect_unread(&g, F_V1, SOCK_STREAM);

	munmap(map + 2 * 4096, 4096);
	send(s, "abc", 3, 0);
	/* a page nobody has touched */
	fresh = send(s, map + 100, 50, 0);
	make(map + 4096, 0, 0, 4096);
	n = send(s, map + 2 * 4096 - 40, 100, 0);
	report_ok(fresh == 50, "from a fresh page: %zd", fresh);
	report_ok(n <= 40, "beyond the end of memory: %zd", n);
	n = n < 0 ? 0 : n;
	send(s, "xyz", 3, 0);
	offer(&g, GUEST_BUF);
	offer(&g, GUEST_BUF);
	offer(&g, GUEST_BUF);
	while (got < 56 + n && take(&g, SOON)) {
		memcpy(all + got, p.data, p.len);
		got += p.len;
	}
	report_ok(got == 56 + n && !memcmp(all, "abc", 3) && !all[3] &&
			  !all[52] && right(all + 53, 0, 4096 - 40, n) &&
			  !memcmp(all + 53 + n, "xyz", 3),
		  "%u bytes came, each once", got);
	close(s);
	guest_close(&g);
	munmap(map, 2 * 4096);
}

/* ---- credit ----------------------------------------------------------- */

/* The guest allows 3000 bytes in all, and says later that it has read them. */
static void respects_credit(void)
{
	struct virtio_vsock_hdr hdr;
	struct guest g;
	uint8_t data[100];
	uint32_t sent = 0;
	int s = connect_unread(&g, F_V1, SOCK_STREAM);

	hdr = guest_hdr_of(&g, s, VIRTIO_VSOCK_OP_CREDIT_UPDATE);
	for (uint32_t read = 1; read < 7000; read += 3000) {
		hdr.buf_alloc = htole32(3000);
		hdr.fwd_cnt = htole32(read);
		guest_send(&g, &hdr, NULL, HDR);
		guest_sent(&g, SOON);
		make(data, 0, sent % 251, sizeof(data));
		while (send(s, data, sizeof(data), 0) == sizeof(data))
			sent += sizeof(data);
		report_ok(errno == EAGAIN && sent == read - 1 + 3000,
			  "%u bytes sent with credit for %u", sent,
			  read - 1 + 3000);
	}
	close(s);
	guest_close(&g);
}

/* The notice that programs have read goes with the data behind it. */
static void credit_with_data(void)
{
	uint8_t data[1000];
	struct guest g;
	int s = connect_unread(&g, F_V1, SOCK_STREAM), credits = 0;

	guest_give(&g, s, data, sizeof(data));
	report_ok(host_take(s, data, sizeof(data)) == sizeof(data),
		  "the host reads");
	send(s, "data", 4, 0);
	offer(&g, GUEST_BUF);
	report_ok(take(&g, SOON) && is_op(VIRTIO_VSOCK_OP_RW) && p.len == 4 &&
			  le32toh(p.hdr.fwd_cnt) == sizeof(data),
		  "data that tells of it");

	/* What was asked for is given, each time. */
	for (int i = 0; i < 3; i++)
		guest_say(&g, s, VIRTIO_VSOCK_OP_CREDIT_REQUEST, 0);
	guest_sent(&g, SOON);
	send(s, "data", 4, 0);
	for (int i = 0; i < 4; i++)
		offer(&g, GUEST_BUF);
	while (take(&g, NOT))
		credits += is_op(VIRTIO_VSOCK_OP_CREDIT_UPDATE);
	report_ok(credits == 3, "%d replies to 3 requests", credits);
	close(s);
	guest_close(&g);
}

/* Joined or not, what waits for a guest is bounded. */
static void bounded(void)
{
	uint64_t big = 64 << 20;
	uint8_t data[4000];
	struct guest g;
	uint32_t sent = 0;
	int s = connect_unread(&g, F_V1, SOCK_STREAM);

	setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &big,
		   sizeof(big));
	setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &big, sizeof(big));
	for (ssize_t n = 0; n >= 0 && sent < 40 << 20; sent += n > 0 ? n : 0) {
		make(data, 0, sent, sizeof(data));
		n = send(s, data, sizeof(data), 0);
	}
	report_ok(sent > 8 << 20 && sent < 17 << 20, "%u bytes wait", sent);
	close(s);
	guest_close(&g);
}

/* ---- from the guest --------------------------------------------------- */

/* Packets put in the ring, while the device is stopped. */
struct volley {
	struct guest *g;
	uint32_t n;
};

/* A packet; @cut: its first piece has so many bytes, 0: it is one piece. */
static void add(struct volley *v, const struct virtio_vsock_hdr *hdr,
		const uint8_t *data, uint32_t len, uint32_t cut)
{
	uint64_t at = MEMORY_DATA_GPA + TX_AT + v->n++ * TX_SLOT;
	struct drv_buf buf[2] = { { at, cut ?: HDR + len },
				  { at + cut, HDR + len - cut } };
	struct drv_chain chain = { .buf = buf, .n_read = cut ? 2 : 1 };

	memory_put(&v->g->d.mem, at, hdr, HDR);
	memory_put(&v->g->d.mem, at + HDR, data, len);
	if (drv_add(&v->g->d.q[TX].ring, &chain) != DRV_GOT)
		report_die("TX ring is full");
	v->g->tx_open++;
}

static bool fire(struct volley *v)
{
	drv_publish(&v->g->d.q[TX].ring);
	guest_set_running(v->g, 1);
	queue_kick(&v->g->d.q[TX]);
	return guest_sent(v->g, SOON);
}

static uint32_t read_stream(int s, uint32_t conn, uint32_t want)
{
	static uint8_t data[65536];
	uint32_t got = 0;

	while (got < want) {
		int n = host_take(s, data, sizeof(data));

		if (n <= 0 || !right(data, conn, got, n))
			break;
		got += n;
	}
	return got;
}

/* Runs of packets of two streams and a third of messages, and bad ones. */
static void volley(void)
{
	struct virtio_vsock_hdr hdr[3], bad;
	uint32_t sent[3] = { }, lengths[80], messages = 0;
	struct guest g;
	struct volley v = { .g = &g };
	uint8_t data[TX_SLOT];
	bool ok = true;
	int s[3];

	guest_start(&g, F_V1 | F_SEQ, 62, 8);
	for (int c = 0; c < 3; c++) {
		s[c] = host_to_guest(&g, c < 2 ? SOCK_STREAM : SOCK_SEQPACKET);
		hdr[c] = guest_hdr_of(&g, s[c], VIRTIO_VSOCK_OP_RW);
	}
	hdr[2].flags = htole32(VIRTIO_VSOCK_SEQ_EOM);
	guest_set_running(&g, 0);
	for (uint32_t i = 0; i < 62; i++) {
		uint32_t c = i / 5 % 3, len = 2 + i * 13 % 700;

		hdr[c].len = htole32(len);
		bad = hdr[c];
		if (i % 4 == 3) {	/* longer than it is */
			bad.len = htole32(len + 1);
			add(&v, &bad, data, len, 0);
			continue;
		}
		make(data, c, c < 2 ? sent[c] : 0, len);
		add(&v, &hdr[c], data, len, i % 3 ? HDR : i % 2 ? 20 : HDR + 1);
		sent[c] += len;
		if (c == 2)
			lengths[messages++] = len;
	}
	report_ok(fire(&v), "all buffers are back");
	for (int c = 0; c < 2; c++)
		report_ok(read_stream(s[c], c, sent[c]) == sent[c],
			  "stream %d: %u bytes", c, sent[c]);
	for (uint32_t i = 0; i < messages; i++)
		ok = ok && host_take(s[2], data, sizeof(data)) ==
				   (int)lengths[i] &&
		     right(data, 2, 0, lengths[i]);
	report_ok(ok, "%u messages, each alone", messages);
	for (int c = 0; c < 3; c++)
		close(s[c]);
	guest_close(&g);
}

/* Data, then the end; credit in between; data of another stream after it. */
static void end_in_order(void)
{
	struct virtio_vsock_hdr rw, other, end, credit;
	uint8_t data[100], c;
	struct guest g;
	struct volley v = { .g = &g };
	int s, t;

	guest_start(&g, F_V1, 62, 8);
	s = host_to_guest(&g, SOCK_STREAM);
	t = host_to_guest(&g, SOCK_STREAM);
	rw = guest_hdr_of(&g, s, VIRTIO_VSOCK_OP_RW);
	other = guest_hdr_of(&g, t, VIRTIO_VSOCK_OP_RW);
	credit = guest_hdr_of(&g, s, VIRTIO_VSOCK_OP_CREDIT_UPDATE);
	end = guest_hdr_of(&g, s, VIRTIO_VSOCK_OP_SHUTDOWN);
	end.flags = htole32(VIRTIO_VSOCK_SHUTDOWN_SEND);
	rw.len = other.len = htole32(100);
	credit.buf_alloc = end.buf_alloc = htole32(10);
	guest_set_running(&g, 0);
	for (uint32_t i = 0; i < 5; i++) {
		make(data, 0, 100 * i, 100);
		if (i == 4)
			rw.buf_alloc = htole32(7);
		add(&v, &rw, data, 100, HDR);
		add(&v, &credit, NULL, 0, 0);
	}
	add(&v, &end, NULL, 0, 0);
	make(data, 1, 0, 100);
	add(&v, &other, data, 100, HDR);
	report_ok(fire(&v), "all buffers are back");
	report_ok(read_stream(s, 0, 500) == 500 && host_take(s, &c, 1) == 0,
		  "all data, then the end");
	report_ok(read_stream(t, 1, 100) == 100, "data of the other stream");
	report_ok(send(s, data, 100, 0) == 10, "credit as notified last");
	close(s);
	close(t);
	guest_close(&g);
}

/* ---- all at once ------------------------------------------------------ */

enum { STORM_BYTES = 250000 };	/* the host's own limit is 256 KiB */

static struct { int s; uint32_t conn; } stormer[CONNS];

static void *storm_thread(void *arg)
{
	uint32_t conn = (uint32_t)(uintptr_t)arg, sent = 0, n = 0;
	struct pollfd pfd = { .fd = stormer[conn].s, .events = POLLOUT };
	uint8_t data[5000];

	while (sent < STORM_BYTES) {
		uint32_t len = 1 + (n++ * 997 + conn) % sizeof(data);
		ssize_t done;

		if (n % 3)
			len = len % 90 + 1;
		if (len > STORM_BYTES - sent)
			len = STORM_BYTES - sent;
		make(data, conn, sent, len);
		if (poll(&pfd, 1, SOON) != 1)
			break;
		done = send(stormer[conn].s, data, len, 0);
		sent += done > 0 ? done : 0;
	}
	return NULL;
}

static void storm(uint64_t features)
{
	uint32_t got[CONNS] = { }, port[CONNS], left = CONNS * STORM_BYTES;
	pthread_t thread[CONNS];
	struct guest g;
	bool ok = true;

	if (!guest_start(&g, features, 62, 1)) {
		report_skip("not offered", "storm");
		return;
	}
	for (uint32_t c = 0; c < CONNS; c++) {
		stormer[c].s = host_to_guest(&g, SOCK_STREAM);
		port[c] = guest_hdr_of(&g, stormer[c].s,
				       VIRTIO_VSOCK_OP_RW).dst_port;
	}
	for (uintptr_t c = 0; c < CONNS; c++)
		if (pthread_create(&thread[c], NULL, storm_thread, (void *)c))
			report_die("thread");
	for (uint32_t i = 0; ok && left; i++) {
		uint32_t c = 0;

		ok = take(&g, SOON);
		offer(&g, i % 7 ? GUEST_BUF : HDR + 1 + i % 50);
		while (c < CONNS - 1 && port[c] != p.hdr.src_port)
			c++;
		ok = ok && is_op(VIRTIO_VSOCK_OP_RW) && p.len <= left &&
		     right(p.data, c, got[c], p.len);
		got[c] += p.len;
		left -= p.len;
	}
	report_ok(ok && !left, "storm: %u bytes are missing", left);
	for (uint32_t c = 0; c < CONNS; c++) {
		pthread_join(thread[c], NULL);
		close(stormer[c].s);
	}
	guest_close(&g);
}

void test_merge(void)
{
	one_stream("split", F_V1, GUEST_BUF, 500);
	one_stream("packed", F_V1 | F_PACKED, GUEST_BUF, 500);
	one_stream("split", F_V1, 100, 40);
	one_stream("in order", F_V1 | F_ORDER | F_EVENT, HDR + 1, 3);
	messages_apart();
	interleaved();
	bad_memory();
	respects_credit();
	credit_with_data();
	bounded();
	volley();
	end_in_order();
	storm(F_V1);
	storm(F_V1 | F_PACKED | F_EVENT);
}
