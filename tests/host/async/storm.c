// SPDX-License-Identifier: GPL-2.0-only
/*
 * For ASYNC_SECONDS, from 60 on: several processes, each with a device that is
 * stopped, moved, reset and reconfigured at random, with other threads that call
 * what they can meanwhile; and every now and then one of them is killed.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../driver/driver_priv.h"
#include "async/world.h"

enum { PROCESSES = 3, OPERATIONS = 100, LIMIT_MS = 60000, MINUTE_MS = 60000 };

/* Shared by all processes. */
static struct tally {
	uint64_t operations, requests, kills, lives;
} *tally;

static void count(uint64_t *counter, uint64_t n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

/* ---- what is done to a device ----------------------------------------- */

static int stop_and_go_on(struct world *w)
{
	uint32_t base[ASYNC_QUEUES];
	int err = world_stop(w);

	if (err || world_exact(w, base))
		return err;
	return world_resume(w, base);
}

static int move_to_another(struct world *w)
{
	uint32_t base[ASYNC_QUEUES];
	int err = world_stop(w);

	if (err || world_exact(w, base))
		return err;
	return world_take_over(w, base);
}

static int stop_in_haste(struct world *w)
{
	uint32_t limit = w->run.drain_ms;
	int err;

	w->run.drain_ms = world_rnd(w, 3);
	err = world_stop(w);
	w->run.drain_ms = limit;
	return err ? err : world_renew(w);
}

static int reset(struct world *w)
{
	int err = cmd(w->d.fd, VHOST_RESET_OWNER, NULL);

	if (!err)
		err = device_begin(&w->d, w->features);
	return err ? err : world_renew(w);
}

static int move_rings(struct world *w)
{
	int err = 0;

	if (world_finish(w))
		return 0;
	for (int i = 0; i < ASYNC_QUEUES && !err; i++) {
		queue_copy_ring(&w->d.q[i]);
		err = queue_set_addr(&w->d.q[i]);
	}
	return err;
}

static int set_table_anew(struct world *w)
{
	struct vhost_memory *t = memory_table(&w->d.mem);
	int err = cmd(w->d.fd, VHOST_SET_MEM_TABLE, t);

	free(t);
	return err;
}

static int change_the_delay(struct world *w)
{
	w->run.max_delay_us = 1u << world_rnd(w, 16);
	w->run.places = 1 + world_rnd(w, 15);
	return world_start(w);
}

static int (*const operations[])(struct world *w) = {
	stop_and_go_on, stop_and_go_on, move_to_another, stop_in_haste, reset,
	move_rings, set_table_anew, change_the_delay,
};

/* ---- other threads ---------------------------------------------------- */

/* The descriptor may be another one's at any time: errors are no matter. */
static void *meddle(void *arg)
{
	struct world *w = arg;
	uint64_t random = drv_seed(getpid());

	for (;;) {
		int fd = __atomic_load_n(&w->d.fd, __ATOMIC_RELAXED);
		uint32_t r = drv_random(&random);
		struct async_stats stats = { .queue = r % 5 };
		struct vhost_vring_state state = { r % 5, r >> 8 & 7 };
		int none = -1;

		cmd(fd, ASYNC_GET_STATS, &stats);
		cmd(fd, VHOST_GET_VRING_BASE, &state);
		cmd(fd, VHOST_SET_LOG_FD, &none);
		if (!(r >> 16 & 7))
			cmd(fd, VHOST_SET_VRING_BUSYLOOP_TIMEOUT, &state);
		usleep(r >> 20 & 4095);
	}
	return NULL;
}

/* Apart from the other, whose calls wait while a stop waits for what is held. */
static void *let_go(void *arg)
{
	struct world *w = arg;

	for (;;) {
		cmd(__atomic_load_n(&w->d.fd, __ATOMIC_RELAXED), ASYNC_LET_GO,
		    NULL);
		usleep(2000);
	}
	return NULL;
}

/* ---- processes -------------------------------------------------------- */

static int live(uint32_t seed)
{
	struct world *w = world_open(&kinds[seed % KINDS], ANYWHERE);
	const uint32_t n = sizeof(operations) / sizeof(operations[0]);
	pthread_t thread[2];
	int err;

	w->random = drv_seed(seed);
	if (pthread_create(&thread[0], NULL, meddle, w) ||
	    pthread_create(&thread[1], NULL, let_go, w))
		return 2;
	err = world_start(w);
	for (int i = 0; i < OPERATIONS && !err && !w->error; i++) {
		uint32_t which = world_rnd(w, n);
		uint64_t before = w->back;

		world_for(w, world_rnd(w, 30));
		if (!w->error)
			err = operations[which](w);
		if (err)
			world_wrong(w, "operation %u: %s", which,
				    errno_name(err));
		count(&tally->operations, 1);
		count(&tally->requests, w->back - before);
	}
	if (!w->error && !world_finish(w) && !world_mirror_ok(w))
		world_wrong(w, "memory was written that must not be");
	if (w->error)
		report_note("seed %u: %s", seed, w->error);
	/* the other threads are at work on it */
	_exit(w->error ? 3 : 0);
}

struct process {
	pid_t pid;
	uint64_t kill_at;	/* ms; 0: not to be killed */
	uint64_t give_up;	/* ms */
	bool killed;
};

static void begin(struct process *p, uint64_t *random)
{
	uint32_t seed = drv_random(random);
	uint32_t r = drv_random(random);

	*p = (struct process){
		.kill_at = r & 1 ? now_ms() + (r >> 1) % 4000 : 0,
		.give_up = now_ms() + LIMIT_MS,
		.pid = fork(),
	};
	if (p->pid < 0)
		report_die("fork");
	if (!p->pid)
		_exit(live(seed));
	count(&tally->lives, 1);
}

/* Is it still there, or did it end as it should. */
static bool look_after(struct process *p, uint64_t *random)
{
	int status = 0;

	if (p->kill_at && now_ms() >= p->kill_at) {
		p->kill_at = 0;
		p->killed = true;
		kill(p->pid, SIGKILL);
		count(&tally->kills, 1);
	}
	if (waitpid(p->pid, &status, WNOHANG) != p->pid)
		return now_ms() < p->give_up;
	if (status && !(p->killed && WIFSIGNALED(status)))
		return report_ok(false, "a process ends with %#x", status);
	begin(p, random);
	return true;
}

static void finish(struct process *p)
{
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
}

static void say(uint64_t start)
{
	report_note("storm: %llu s, %llu lives, %llu kills, %llu operations, %llu requests",
		    (unsigned long long)(now_ms() - start) / 1000,
		    (unsigned long long)tally->lives,
		    (unsigned long long)tally->kills,
		    (unsigned long long)tally->operations,
		    (unsigned long long)tally->requests);
}

static bool storm(uint64_t ms)
{
	struct process p[PROCESSES];
	uint64_t start = now_ms(), next = start + MINUTE_MS;
	uint64_t random = drv_seed(start);
	bool good = true;

	for (int i = 0; i < PROCESSES; i++)
		begin(&p[i], &random);
	while (good && now_ms() < start + ms) {
		for (int i = 0; i < PROCESSES && good; i++)
			good = look_after(&p[i], &random);
		if (now_ms() >= next) {
			say(start);
			next += MINUTE_MS;
		}
		usleep(5000);
	}
	for (int i = 0; i < PROCESSES; i++)
		finish(&p[i]);
	say(start);
	return good;
}

void part_storm(void)
{
	uint64_t seconds = env_number("ASYNC_SECONDS", 10);

	if (seconds < 60) {
		report_note("storm: only with ASYNC_SECONDS from 60 on");
		return;
	}
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED)
		report_die("mmap");
	report_ok(storm(seconds * 1000), "storm of %llu s",
		  (unsigned long long)seconds);
}
