// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOTLB messages: what write, read and poll return, and traffic whose every
 * translation misses, and a thread of this program replies.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/abi.h"
#include "lib/iotlb.h"

/* ---- messages, one by one ----------------------------------------------- */

struct row {
	const char *name;
	uint32_t type;
	uint8_t what;
	uint64_t iova, size, uaddr;	/* uaddr below 4096: into our memory */
	uint8_t perm;
	int err, ringside;	/* in Linux 7.3; where Ringside differs */
	bool older;		/* Linux 6.12 takes it */
};

#define UP VHOST_IOTLB_UPDATE
#define DOWN VHOST_IOTLB_INVALIDATE
#define RW VHOST_ACCESS_RW

static const struct row rows[] = {
	{ "update, first form", VHOST_IOTLB_MSG, UP, 4096, 4096, 0, RW, 0 },
	{ "update, second form", VHOST_IOTLB_MSG_V2, UP, 4096, 4096, 0, RW, 0 },
	{ "update, read-only", VHOST_IOTLB_MSG, UP, 4096, 4096, 0,
	  VHOST_ACCESS_RO, 0 },
	{ "update, write-only", VHOST_IOTLB_MSG, UP, 4096, 4096, 0,
	  VHOST_ACCESS_WO, 0 },
	{ "update of a byte", VHOST_IOTLB_MSG, UP, 77, 1, 5, RW, 0 },
	{ "update of the last page", VHOST_IOTLB_MSG, UP, -4096ull, 4096, 0, RW,
	  0 },
	{ "invalidate", VHOST_IOTLB_MSG, DOWN, 4096, 4096, 0, 0, 0 },
	{ "invalidate all", VHOST_IOTLB_MSG, DOWN, 0, -1ull, 0, 0, 0 },
	{ "no form", 0, UP, 4096, 4096, 0, RW, EINVAL },
	{ "third form", 3, UP, 4096, 4096, 0, RW, EINVAL },
	{ "what 0", VHOST_IOTLB_MSG, 0, 4096, 4096, 0, RW, EFAULT },
	{ "a miss", VHOST_IOTLB_MSG, VHOST_IOTLB_MISS, 4096, 4096, 0, RW,
	  EFAULT },
	{ "access failure", VHOST_IOTLB_MSG, VHOST_IOTLB_ACCESS_FAIL, 4096,
	  4096, 0, RW, EFAULT },
	{ "what 255", VHOST_IOTLB_MSG, 255, 4096, 4096, 0, RW, EFAULT },
	{ "update of no bytes", VHOST_IOTLB_MSG, UP, 4096, 0, 0, RW, EINVAL },
	{ "invalidate no bytes", VHOST_IOTLB_MSG, DOWN, 4096, 0, 0, 0, EFAULT,
	  .older = true },
	{ "update that wraps", VHOST_IOTLB_MSG, UP, -4096ull, 8192, 0, RW,
	  EFAULT },
	{ "update of everything", VHOST_IOTLB_MSG, UP, 0, -1ull, 0, RW,
	  EFAULT },
	{ "update of the kernel's", VHOST_IOTLB_MSG, UP, 4096, 4096, 1ull << 63,
	  RW, EFAULT },
	{ "update of wrapping addresses", VHOST_IOTLB_MSG, UP, 4096, 8192,
	  -4096ull, RW, EFAULT },
	{ "update without permission", VHOST_IOTLB_MSG, UP, 4096, 4096, 0, 0, 0,
	  EINVAL },
	{ "update with odd permission", VHOST_IOTLB_MSG, UP, 4096, 4096, 0, 255,
	  0, EINVAL },
};

static int expected(const struct device *d, const struct row *r)
{
	if (ringside(d) && r->ringside)
		return r->ringside;
	/* in order came between the two */
	return r->older && !(d->offered & F_ORDER) ? 0 : r->err;
}

static void row(const struct row *r)
{
	struct device d;
	struct link l;
	struct iotlb_msg m = iotlb_message(r->type, r->what, r->iova, r->size,
					   r->uaddr, r->perm);

	stage_open(&d, &l, MEMORY, F_V1 | F_IOMMU);
	if (r->uaddr < 4096)
		m.iotlb.uaddr += (uintptr_t)d.mem.data;
	went(iotlb_write(d.fd, &m, sizeof(m)), expected(&d, r), r->name);
	stage_close(&d, &l);
}

/* Linux takes messages from whoever has the file. */
static void foreign(void)
{
	struct device d;
	struct link l;
	int status = 0;
	pid_t pid;

	stage_open(&d, &l, MEMORY, F_V1 | F_IOMMU);
	pid = fork();
	if (!pid)
		_exit(iotlb_update(d.fd, VHOST_IOTLB_MSG, 4096, 4096,
				   (uintptr_t)d.mem.data, RW));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		report_die("child");
	went(WEXITSTATUS(status), ringside(&d) ? EPERM : 0,
	     "update by another process");
	stage_close(&d, &l);
}

static void lengths(void)
{
	struct device d;
	struct link l;
	char buf[2 * IOTLB_MSG_BYTES] = { 0 };
	struct iotlb_msg m;
	int bad = 0;

	stage_open(&d, &l, MEMORY, F_V1 | F_IOMMU);
	m = iotlb_message(VHOST_IOTLB_MSG, UP, 4096, 4096,
			  (uintptr_t)d.mem.data, RW);
	memcpy(buf, &m, sizeof(m));
	for (size_t len = 0; len < 40; len++)
		if (iotlb_write(d.fd, buf, len) != EINVAL)
			bad++;
	report_ok(!bad, "messages that are too short: %d of 40 not EINVAL",
		  bad);
	report_ok(write(d.fd, buf, IOTLB_MSG_BYTES) == IOTLB_MSG_BYTES, "72 bytes");
	report_ok(write(d.fd, buf, IOTLB_MSG_BYTES + 1) == IOTLB_MSG_BYTES, "73 bytes");
	report_ok(write(d.fd, buf, 2 * IOTLB_MSG_BYTES) == IOTLB_MSG_BYTES, "144 bytes");
	report_ok(syscall(SYS_write, d.fd, 16, IOTLB_MSG_BYTES) < 0, "bad pointer: %s",
		  errno_name(errno));
	stage_close(&d, &l);
}

static void without(void)
{
	struct device d;
	struct link l;
	struct pollfd p;
	char buf[IOTLB_MSG_BYTES];

	stage_open(&d, &l, MEMORY, F_V1);
	went(iotlb_update(d.fd, VHOST_IOTLB_MSG, 4096, 4096,
			  (uintptr_t)d.mem.data, RW), EFAULT, "update without IOTLB");
	went(iotlb_invalidate(d.fd, VHOST_IOTLB_MSG, 4096, 4096), EFAULT,
	     "invalidate without IOTLB");
	errno = 0;
	report_ok(read(d.fd, buf, sizeof(buf)) < 0 && errno == EBADFD,
		  "read without IOTLB: %s", errno_name(errno));
	fcntl(d.fd, F_SETFL, O_NONBLOCK);
	errno = 0;
	report_ok(read(d.fd, buf, sizeof(buf)) < 0 && errno == EAGAIN,
		  "read without IOTLB and waiting: %s", errno_name(errno));
	report_ok(read(d.fd, buf, IOTLB_MSG_BYTES - 1) == 0, "read of 71 bytes");
	p = (struct pollfd){ .fd = d.fd, .events = POLLIN };
	report_ok(poll(&p, 1, 0) == 0, "poll without IOTLB");
	stage_close(&d, &l);
}

/* ---- traffic ------------------------------------------------------------ */

struct unit {
	struct device *d;
	pthread_t thread;
	uint32_t form;
	uint32_t page;		/* replies cover one such page at most */
	uint32_t misses, bad;
	bool stop;
};

/* From here to the end of the page, region, or odd piece. */
static uint64_t run_length(const struct unit *u, uint64_t gpa)
{
	uint64_t page = u->page - gpa % u->page, piece;

	if (gpa - MEMORY_RINGS_GPA < MEMORY_RINGS)
		return page;
	piece = MEMORY_PIECE - (gpa - MEMORY_DATA_GPA) % MEMORY_PIECE;
	return piece < page ? piece : page;
}

static bool all_zero(const void *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((const uint8_t *)p)[i])
			return false;
	return true;
}

/* Is it right in every byte; what we do not know must be 0. */
static bool miss_ok(const struct unit *u, const struct iotlb_msg *m)
{
	return m->type == u->form && !m->asid &&
	       m->iotlb.type == VHOST_IOTLB_MISS && m->iotlb.perm >= 1 &&
	       m->iotlb.perm <= 3 && !m->iotlb.size && !m->iotlb.uaddr &&
	       all_zero((const char *)m + 34, IOTLB_MSG_BYTES - 34);
}

static void reply(struct unit *u, const struct iotlb_msg *m)
{
	uint64_t gpa = m->iotlb.iova, to = iotlb_translate(&u->d->mem, gpa);

	u->misses++;
	if (!miss_ok(u, m)) {
		report_note("miss: form %u asid %u type %u perm %u size %llu",
			    m->type, m->asid, m->iotlb.type, m->iotlb.perm,
			    (unsigned long long)m->iotlb.size);
		u->bad++;
	}
	/* With what the mapping allows, not with what was asked for: the same
	 * page will be wanted for something else.
	 */
	if (!to || iotlb_update(u->d->fd, u->form, gpa, run_length(u, gpa), to,
				RW)) {
		report_note("miss of %#llx", (unsigned long long)gpa);
		u->bad++;
	}
}

static void *serve(void *arg)
{
	struct unit *u = arg;
	struct iotlb_msg m;

	while (!__atomic_load_n(&u->stop, __ATOMIC_RELAXED))
		if (iotlb_read_miss(u->d->fd, &m, 20))
			reply(u, &m);
	return NULL;
}

/* The used rings must be mapped before the start, as QEMU does. */
static void start_queues(struct device *d, struct link *l, uint32_t form)
{
	int err;

	iotlb_begin(d, d->features, form, 128);
	err = iotlb_map_rings(d, form);
	if (!err)
		err = device_set_backend(d, l->backend);
	if (err)
		report_die("start with IOTLB: %s", errno_name(err));
}

static void start(struct device *d, struct link *l, struct unit *u)
{
	start_queues(d, l, u->form);
	if (pthread_create(&u->thread, NULL, serve, u))
		report_die("thread");
}

static void finish(struct unit *u)
{
	__atomic_store_n(&u->stop, true, __ATOMIC_RELAXED);
	pthread_join(u->thread, NULL);
}

/* Everything forgotten, again and again, while traffic goes on. */
static const char *with_invalidations(struct traffic *t, struct unit *u)
{
	for (int i = 0; i < 20 && !t->error; i++) {
		uint64_t at = i & 1 ? MEMORY_DATA_GPA : MEMORY_RINGS_GPA;

		traffic_for(t, 10);
		if (i % 5 == 4 ?
		    iotlb_invalidate(u->d->fd, u->form, 0, -1ull) :
		    iotlb_invalidate(u->d->fd, u->form, at, MEMORY_DATA))
			return "INVALIDATE failed";
	}
	return t->error ? t->error : traffic_more(t, 300, 300);
}

static void try(const char *name, uint64_t features, uint32_t form,
		uint32_t page)
{
	const struct traffic_plan plan = { .tx = 400, .rx = 400, .lazy = page };
	struct device d;
	struct link l;
	struct unit u = { .d = &d, .form = form, .page = page };
	struct traffic t;
	const char *why;

	device_open(&d);
	if (features & ~d.offered) {
		report_skip("not offered", "IOTLB, %s", name);
		device_close(&d);
		return;
	}
	d.features = features;
	link_tap(&l, 12);
	start(&d, &l, &u);
	traffic_open(&t, &d, &l, &plan);
	why = traffic_run(&t);
	report_ok(!why, "%s: %s, %u misses", name, why ? why : "fine",
		  u.misses);
	if (!why) {
		why = with_invalidations(&t, &u);
		report_ok(!why, "%s, with invalidations: %s, %u misses", name,
			  why ? why : "fine", u.misses);
	}
	report_ok(!u.bad && u.misses, "%s: %u of %u misses were wrong", name,
		  u.bad, u.misses);
	traffic_close(&t);
	finish(&u);
	stage_close(&d, &l);
}

/*
 * QEMU tells nothing of what a guest unmapped by restarting: it sets features
 * anew, and relies on that to end all translations. A device that still had
 * them would start without a question, and use another life's memory.
 */
static void forgets(void)
{
	struct device d;
	struct link l;
	struct pollfd p = { .events = POLLIN };
	int err;

	device_open(&d);
	d.features = F_V1 | F_IOMMU;
	link_tap(&l, 12);
	start_queues(&d, &l, VHOST_IOTLB_MSG);
	p.fd = d.fd;
	report_ok(!poll(&p, 1, 50), "no questions while all is mapped");
	err = device_set_backend(&d, -1);
	if (!err)
		err = cmd(d.fd, VHOST_SET_FEATURES, &d.features);
	went(err, 0, "SET_FEATURES once more");
	err = device_set_backend(&d, l.backend);
	report_ok(err || poll(&p, 1, 1000) == 1,
		  "translations end with SET_FEATURES");
	stage_close(&d, &l);
}

/* ACCESS_PLATFORM goes away: who waits in read() leaves. */
static void *blocked_reader(void *arg)
{
	char buf[IOTLB_MSG_BYTES];
	int fd = *(int *)arg;
	ssize_t n = read(fd, buf, sizeof(buf));

	return (void *)(intptr_t)(n < 0 ? errno : 0);
}

static void reader_leaves(void)
{
	struct device d;
	struct link l;
	pthread_t thread;
	void *err = NULL;
	uint64_t features = F_V1;

	stage_open(&d, &l, MEMORY, F_V1 | F_IOMMU);
	pthread_create(&thread, NULL, blocked_reader, &d.fd);
	usleep(50000);
	cmd(d.fd, VHOST_RESET_OWNER, NULL);
	cmd(d.fd, VHOST_SET_FEATURES, &features);
	for (int i = 0; i < 20; i++) {
		usleep(10000);
		if (!pthread_tryjoin_np(thread, &err)) {
			went((int)(intptr_t)err, EBADFD, "reader of a reset device");
			stage_close(&d, &l);
			return;
		}
	}
	report_note("the reader does not leave by itself");
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	stage_close(&d, &l);
}

void abi_iotlb(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		row(&rows[i]);
	foreign();
	lengths();
	without();
	forgets();
	reader_leaves();
	try("IOTLB, first form", F_V1 | F_IOMMU, VHOST_IOTLB_MSG, 4096);
	try("IOTLB, second form", F_V1 | F_IOMMU, VHOST_IOTLB_MSG_V2, 4096);
	try("IOTLB, all", F_V1 | F_IOMMU | F_EVENT | F_INDIRECT,
	    VHOST_IOTLB_MSG_V2, 65536);
	try("IOTLB, packed", F_V1 | F_IOMMU | F_PACKED, VHOST_IOTLB_MSG_V2,
	    4096);
	try("IOTLB, packed, all", F_V1 | F_IOMMU | F_PACKED | F_EVENT |
				  F_INDIRECT, VHOST_IOTLB_MSG_V2, 65536);
	try("IOTLB, in order", F_V1 | F_IOMMU | F_ORDER | F_EVENT,
	    VHOST_IOTLB_MSG_V2, 4096);
}
