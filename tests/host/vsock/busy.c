// SPDX-License-Identifier: GPL-2.0-only
/*
 * Busy polling is honoured. A worker that polls uses a CPU that nobody else
 * wants, and it is a thread of this process: its CPU time shows whether it polls.
 * With a second CPU, a buffer is also found that the driver did not kick for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests.h"

enum { REST = 100, TRIES = 4 };	/* ms */

static uint64_t cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/*
 * A worker does not poll while somebody else wants its CPU. So let it begin only
 * when we sleep.
 */
static void go_first(bool on)
{
	struct sched_param param = { .sched_priority = on };

	if (sched_setscheduler(0, on ? SCHED_FIFO : SCHED_OTHER, &param))
		report_note("no SCHED_FIFO: %s", errno_name(errno));
}

/* CPU time used while we do nothing. */
static uint64_t rest(void)
{
	uint64_t before = cpu_ms();

	usleep(REST * 1000);
	return cpu_ms() - before;
}

static uint64_t after_packet(struct guest *g, int s, int queue)
{
	uint64_t spent;
	char in[4];

	if (queue == TX)
		guest_give(g, s, "abcd", 4);
	else if (send(s, "x", 1, 0) != 1)
		report_die("send");
	spent = rest();
	recv(s, in, 4, MSG_DONTWAIT);
	guest_sent(g, SOON);
	return spent;
}

/* The most of some tries. */
static uint64_t most_spent(struct guest *g, int s, int queue)
{
	uint64_t most = 0;

	go_first(true);
	for (int i = 0; i < TRIES; i++) {
		uint64_t spent = after_packet(g, s, queue);

		most = spent > most ? spent : most;
	}
	go_first(false);
	return most;
}

static void set_timeout(struct guest *g, unsigned int queue, uint32_t us)
{
	if (queue_set_state(&g->d.q[queue], VHOST_SET_VRING_BUSYLOOP_TIMEOUT,
			    us))
		report_die("busy polling");
}

/* Data in the ring that no kick tells of. */
static void without_kick(struct guest *g, int s)
{
	int found = 0;
	char in[4];

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		report_skip("one CPU", "found without a kick");
		return;
	}
	for (int i = 0; i < 20; i++) {
		guest_give(g, s, "abcd", 4);
		host_take(s, in, 4);
		g->mute = true;
		guest_give(g, s, "efgh", 4);
		g->mute = false;
		found += host_take(s, in, 4) == 4;
		queue_kick(&g->d.q[TX]);
		guest_sent(g, SOON);
	}
	report_ok(found >= 15, "found without a kick: %d of 20", found);
}

void test_busy(void)
{
	uint64_t idle, tx, rx;
	struct guest g;
	int s;

	guest_start(&g, F_V1, 56, 32);
	if (!guest_is_ours(&g)) {
		report_skip("Linux's vsock accepts and ignores it",
			    "busy polling");
		guest_close(&g);
		return;
	}
	s = host_to_guest(&g, SOCK_STREAM);
	idle = most_spent(&g, s, TX);
	set_timeout(&g, TX, REST * 1000);
	tx = most_spent(&g, s, TX);
	set_timeout(&g, TX, 0);
	set_timeout(&g, RX, REST * 1000);
	rx = most_spent(&g, s, RX);
	set_timeout(&g, RX, 0);
	/* what a packet to the guest sets free may keep the kernel busy */
	report_ok(idle < REST / 4 && tx > REST / 3 && rx > idle,
		  "CPU time in %d ms: %llu without, %llu from guest, %llu to guest",
		  REST, (unsigned long long)idle, (unsigned long long)tx,
		  (unsigned long long)rx);
	set_timeout(&g, TX, 1000000);
	without_kick(&g, s);
	close(s);
	guest_close(&g);
}
