// SPDX-License-Identifier: GPL-2.0-only
/*
 * The load of bench-vsock, inside a host kernel: messages between programs of
 * the host, with sockets, and a guest that is played here (peer.c).
 *
 *	load to|tozero|from|ping BYTES CONNECTIONS MESSAGES [ROUNDS]
 *
 *	to	a thread for each connection sends messages of that size,
 *		blocking; a round is over when the guest has taken them all
 *	tozero	the same with MSG_ZEROCOPY, up to UNNOTIFIED sends ahead of their
 *		notifications
 *	from	the guest's programs send, each as many as it may before it is
 *		the next one's turn; a thread for each connection reads up to
 *		64 KiB at a time; over when they have read it all
 *	ping	one byte to the guest and one back; threads run until they wait,
 *		so that it does not count whom the scheduler likes better
 * On a host with one CPU everything takes turns, so the clock tells what all
 * of it takes, the guest's part included.
 *
 * Prints  LOAD <messages> <mean> <median> <best> <cpu> <guest> <kicks> <calls>
 * <packets>: ns for one message, of rounds; CPU time of all threads, the
 * worker included, and of the guest's thread (which carries its kicks) for one;
 * notifications and packets, both ways, for one. Where the clock counts
 * instructions, these are instructions.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/errqueue.h>
#include <linux/vm_sockets.h>

#include "host/lib/report.h"
#include "insnprof.h"
#include "peer.h"

enum {
	CID = 77,
	READ = 64 << 10,	/* what a program of the host reads at most */
	TURN = 128,		/* messages before the next program's turn */
	UNNOTIFIED = 16,	/* zero-copy sends whose pages may be in use */
};

enum way { TO, TOZERO, FROM, PING };

struct load {
	struct peer peer;
	enum way way;
	uint32_t bytes, conns, share;	/* messages of a connection, a round */
	int sock[PEER_CONNS];
	uint64_t left[PEER_CONNS];	/* bytes that a guest's program owes */
	uint32_t turn;

	/* threads wait here for a round, and say that they are through */
	pthread_barrier_t start;
	atomic_uint busy;
	int done;
};

static struct load l;

static uint64_t cpu_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* ---- the host's programs ---------------------------------------------- */

static void send_share(int s, const char *data)
{
	for (uint32_t i = 0; i < l.share; i++)
		if (send(s, data, l.bytes, 0) != (ssize_t)l.bytes)
			report_die("send");
}

/* Wait until the kernel has said of @n sends that it is through with their pages. */
static void await_notifications(int s, uint32_t n)
{
	while (n) {
		struct pollfd p = { .fd = s };
		char control[128];
		struct msghdr msg = { .msg_control = control,
				      .msg_controllen = sizeof(control) };
		const struct sock_extended_err *e;

		if (recvmsg(s, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
			if (errno != EAGAIN || poll(&p, 1, -1) < 0)
				report_die("notification");
			continue;
		}
		e = (void *)CMSG_DATA(CMSG_FIRSTHDR(&msg));
		if (e->ee_origin != SO_EE_ORIGIN_ZEROCOPY)
			report_die("error queue");
		n -= e->ee_data - e->ee_info + 1;
	}
}

static void send_share_zero(int s, const char *data)
{
	int on = 1;

	if (setsockopt(s, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)))
		report_die("SO_ZEROCOPY");
	for (uint32_t i = 0; i < l.share; i++) {
		if (send(s, data, l.bytes, MSG_ZEROCOPY) != (ssize_t)l.bytes)
			report_die("send");
		if ((i + 1) % UNNOTIFIED == 0)
			await_notifications(s, UNNOTIFIED);
	}
	await_notifications(s, l.share % UNNOTIFIED);
}

static void read_share(int s, char *data)
{
	uint64_t left = (uint64_t)l.share * l.bytes;

	while (left) {
		ssize_t n = recv(s, data, READ, 0);

		if (n <= 0)
			report_die("recv");
		left -= n;
	}
}

static void ping_share(int s, char *data)
{
	for (uint32_t i = 0; i < l.share; i++)
		if (send(s, data, 1, 0) != 1 || recv(s, data, READ, 0) != 1)
			report_die("ping");
}

static void *program(void *arg)
{
	int s = *(int *)arg;
	char *data = calloc(1, READ);
	uint64_t one = 1;

	for (;;) {
		pthread_barrier_wait(&l.start);
		if (l.way == TO)
			send_share(s, data);
		else if (l.way == TOZERO)
			send_share_zero(s, data);
		else if (l.way == FROM)
			read_share(s, data);
		else
			ping_share(s, data);
		if (atomic_fetch_sub(&l.busy, 1) == 1 &&
		    write(l.done, &one, sizeof(one)) != sizeof(one))
			report_die("eventfd");
	}
	return NULL;
}

/* ---- the guest's programs --------------------------------------------- */

/* Up to TURN messages of one connection. Return: 1: more can be sent; as peer_send(). */
static int give_turn(uint32_t i)
{
	for (uint32_t n = 0; n < TURN && l.left[i]; n++) {
		/* a message that credit cut in two goes on where it was */
		uint32_t rest = l.left[i] % l.bytes;
		int sent = peer_send(&l.peer, &l.peer.conn[i],
				     rest ? rest : l.bytes);

		if (sent <= 0)
			return sent;
		l.left[i] -= sent;
	}
	return 1;
}

static void give(void)
{
	for (uint32_t stuck = 0; stuck < l.conns;) {
		int rc = give_turn(l.turn);

		if (rc < 0)
			return;
		stuck = rc && l.left[l.turn] ? 0 : stuck + 1;
		l.turn = (l.turn + 1) % l.conns;
	}
}

/* ---- rounds ----------------------------------------------------------- */

static void begin_round(void)
{
	atomic_store(&l.busy, l.conns);
	l.peer.got = 0;
	for (uint32_t i = 0; i < l.conns; i++)
		l.left[i] = l.way == FROM ? (uint64_t)l.share * l.bytes : 0;
	pthread_barrier_wait(&l.start);
}

static bool round_over(void)
{
	uint64_t all = (uint64_t)l.conns * l.share * l.bytes;

	return !atomic_load(&l.busy) &&
	       (l.way == FROM || l.way == PING || l.peer.got == all);
}

static void one_round(void)
{
	begin_round();
	for (;;) {
		bool any = peer_turn(&l.peer);

		give();
		if (round_over())
			return;
		if (!any)
			peer_wait(&l.peer, l.done);
	}
}

static uint64_t timed_round(void)
{
	uint64_t begin;

	insnprof_mark(INSNPROF_BEGIN);
	begin = load_now_ns();
	one_round();
	begin = load_now_ns() - begin;
	insnprof_mark(INSNPROF_END);
	return begin;
}

static void measure(uint32_t rounds)
{
	double n = (double)rounds * l.conns * l.share, per = l.conns * l.share;
	uint64_t *ns = calloc(rounds, sizeof(*ns)), cpu, guest;
	struct peer *p = &l.peer;
	struct load_spread s;

	one_round();	/* to warm up */
	p->kicks = p->calls = p->packets = 0;
	cpu = cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
	guest = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
	insnprof_mark(INSNPROF_NEXT);
	for (uint32_t i = 0; i < rounds; i++)
		ns[i] = timed_round();
	cpu = cpu_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	guest = cpu_ns(CLOCK_THREAD_CPUTIME_ID) - guest;
	s = load_spread(ns, rounds);
	printf("LOAD %.0f %.1f %.1f %.1f %.1f %.1f %.4f %.4f %.4f\n", n,
	       s.mean / per, s.median / per, s.best / per, cpu / n, guest / n,
	       p->kicks / n, p->calls / n, p->packets / n);
}

/* ---- setting up ------------------------------------------------------- */

static int connect_to(uint32_t port)
{
	struct sockaddr_vm a = { .svm_family = AF_VSOCK, .svm_cid = CID,
				 .svm_port = port };
	int s = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (s < 0 || connect(s, (void *)&a, sizeof(a)))
		report_die("connect");
	return s;
}

static void *connect_all(void *unused)
{
	uint64_t one = 1;

	for (uint32_t i = 0; i < l.conns; i++)
		l.sock[i] = connect_to(PEER_PORT + i);
	atomic_store(&l.busy, 0);
	if (write(l.done, &one, sizeof(one)) != sizeof(one))
		report_die("eventfd");
	return unused;
}

static void connect_programs(void)
{
	pthread_t thread;

	atomic_store(&l.busy, 1);
	if (pthread_create(&thread, NULL, connect_all, NULL))
		report_die("thread");
	while (atomic_load(&l.busy))
		if (!peer_turn(&l.peer))
			peer_wait(&l.peer, l.done);
	pthread_join(thread, NULL);
	pthread_barrier_init(&l.start, NULL, l.conns + 1);
	for (uint32_t i = 0; i < l.conns; i++)
		if (pthread_create(&thread, NULL, program, &l.sock[i]))
			report_die("thread");
}

static enum way way_of(const char *word)
{
	static const char *const words[] = {
		[TO] = "to", [TOZERO] = "tozero", [FROM] = "from", [PING] = "ping",
	};

	for (enum way w = TO; w <= PING; w++)
		if (!strcmp(word, words[w]))
			return w;
	report_die("what is '%s'?", word);
}

int main(int argc, char **argv)
{
	uint32_t rounds = argc > 5 ? atoi(argv[5]) : 10;

	report_begin(100);
	if (argc < 5 || !rounds)
		report_die("usage: load to|tozero|from|ping BYTES CONNECTIONS MESSAGES [ROUNDS]");
	l.way = way_of(argv[1]);
	l.bytes = atoi(argv[2]);
	l.conns = atoi(argv[3]);
	l.share = atoi(argv[4]) / (l.conns ? l.conns : 1);
	if (!l.conns || l.conns > PEER_CONNS || !l.share || !l.bytes ||
	    l.bytes > READ)
		report_die("1 to %d connections, 1 to %d bytes", PEER_CONNS,
			   READ);
	l.done = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (l.way == PING)
		load_set_policy(SCHED_FIFO);
	peer_open(&l.peer, CID);
	l.peer.echo = l.way == PING;
	connect_programs();
	measure(rounds);
	peer_close(&l.peer);
	fflush(stdout);
	_exit(0);	/* its threads wait for another round */
}
