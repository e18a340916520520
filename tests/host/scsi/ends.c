// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ends over storage that responds late: the endpoint is cleared, the queue is
 * stopped, the file is closed, the owner is killed, while commands are in the
 * disk. The disk responds later, and nothing may be left then.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/hostmem.h"
#include "tests.h"

enum { HELD = 10 };

static int slots[HELD];

static void hold(struct scsi_guest *g)
{
	disk_pause(&target.paused);
	for (int i = 0; i < HELD; i++) {
		struct scsi_io io = scsi_rw(1, i & 1, 10, i * 8, 8,
					    SCSI_BIG_GPA + i * 4096);

		io.queue = SCSI_IO + i % 2;
		slots[i] = scsi_send(g, &io);
	}
	if (!scsi_works(g, 0))
		report_ok(false, "LUN 0 does not work beside LUN 1");
}

static unsigned int back(struct scsi_guest *g)
{
	unsigned int n = 0;

	scsi_poll(g);
	for (int i = 0; i < HELD; i++)
		n += g->slot[slots[i]].back;
	return n;
}

static unsigned int take_all(struct scsi_guest *g, int ms)
{
	unsigned int n = 0;

	for (int i = 0; i < HELD; i++)
		n += scsi_take(g, slots[i], ms).back;
	return n;
}

struct caller {
	struct scsi_guest *g;
	bool done;
	int err;
};

static void *call(void *arg)
{
	struct caller *c = arg;

	c->err = scsi_clear_endpoint(c->g, WWN, 1);
	__atomic_store_n(&c->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool returned(struct caller *c, uint64_t ms)
{
	uint64_t until = now_ms() + ms;

	while (!__atomic_load_n(&c->done, __ATOMIC_ACQUIRE) &&
	       now_ms() < until)
		usleep(5000);
	return __atomic_load_n(&c->done, __ATOMIC_ACQUIRE);
}

/* A stop drains: what is in flight is still pushed, then the base is exact. */
static void drained(struct scsi_guest *g, const char *name)
{
	struct caller c = { .g = g };
	pthread_t thread;

	hold(g);
	pthread_create(&thread, NULL, call, &c);
	report_ok(!returned(&c, 300), "%s: CLEAR_ENDPOINT waits for the disk",
		  name);
	disk_resume(&target.paused);
	pthread_join(thread, NULL);
	report_ok(!c.err && back(g) == HELD,
		  "%s: it is done when all %u are back: %s, %u", name, HELD,
		  errno_name(c.err), back(g));
	take_all(g, 0);
	for (int i = SCSI_IO; i < SCSI_QUEUES; i++)
		report_ok(queue_base(&g->d.q[i]) == queue_place(&g->d.q[i]),
			  "%s: the base of queue %d is exact", name, i);
	went(scsi_set_endpoint(g, WWN, 1), 0, "set again");
	report_ok(scsi_works(g, 1), "%s: works again", name);
}

static void run(struct scsi_guest *g, const char *name)
{
	drained(g, name);
}

/* ---- close --------------------------------------------------------------- */

/*
 * In a child, which is killed or closes with commands in the disk. It must end
 * in bounded time, or once the disk responds; then nothing is left.
 */
static void child_ends(const struct kind *k, bool killed, bool dead_memory)
{
	int pipe_fd[2], status = 0;
	struct scsi_guest g;
	char c;
	pid_t pid;

	if (pipe(pipe_fd))
		report_die("pipe");
	pid = fork();
	if (!pid) {
		if (!scsi_start(&g, k->features, WWN))
			_exit(2);
		hold(&g);
		if (dead_memory)
			munmap(g.big, SCSI_BIG);
		if (write(pipe_fd[1], "x", 1) != 1)
			_exit(3);
		if (killed)
			pause();
		close(g.d.fd);
		_exit(0);
	}
	close(pipe_fd[1]);
	if (read(pipe_fd[0], &c, 1) != 1) {
		waitpid(pid, &status, 0);
		report_skip("not offered", "%s", k->name);
		close(pipe_fd[0]);
		return;
	}
	close(pipe_fd[0]);
	if (killed)
		kill(pid, SIGKILL);
	usleep(200000);
	disk_resume(&target.paused);
	waitpid(pid, &status, 0);
	report_ok(killed ? WIFSIGNALED(status) :
		  WIFEXITED(status) && !WEXITSTATUS(status),
		  "%s: an owner %s with commands in the disk has gone",
		  k->name, killed ? "killed" : "that closes");
	/* a fresh guest finds everything free */
	for (int i = 0; i < 100; i++) {
		scsi_open(&g, F_V1);
		scsi_queues(&g, 0, SCSI_QUEUES - 1);
		if (!scsi_set_endpoint(&g, WWN, 1))
			break;
		scsi_close(&g);
		usleep(50000);
	}
	report_ok(scsi_works(&g, 1), "%s: the next owner's disk works",
		  k->name);
	scsi_close(&g);
}

static void leak_check(void)
{
	long before, after;

	for (int i = 0; i < 5; i++)
		child_ends(&kinds[0], true, false);
	before = hostmem_slab();
	for (int i = 0; i < 20; i++)
		child_ends(&kinds[1], i & 1, i & 2);
	after = hostmem_slab();
	report_ok(after - before < 2000, "20 ends: %ld KiB more are in use",
		  after - before);
}

/* A LUN goes while commands are in its disk. */
static void run_unplug(struct scsi_guest *g, const char *name)
{
	int status = 0;
	pid_t pid;

	hold(g);
	pid = fork();
	if (!pid)
		_exit(lio_lun_remove(&target.tpg, 1));
	usleep(200000);
	report_ok(scsi_works(g, 0), "%s: LUN 0 works while LUN 1 goes", name);
	disk_resume(&target.paused);
	waitpid(pid, &status, 0);
	report_ok(!status && take_all(g, SCSI_SOON) == HELD,
		  "%s: a LUN removed under commands: all are back", name);
	if (lio_lun_add(&target.tpg, 1, &target.slow))
		report_die("LUN 1");
	report_ok(scsi_works(g, 1), "%s: it works when it is there again",
		  name);
}

void test_ends(void)
{
	if (!target_up_paused("ends"))
		return;
	each_kind(0, run);
	each_kind(0, run_unplug);
	for (unsigned int i = 0; i < n_kinds; i++)
		for (int how = 0; how < 3; how++)
			child_ends(&kinds[i], how & 1, how == 2);
	leak_check();
	target_down_paused();
}
