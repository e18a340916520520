// SPDX-License-Identifier: GPL-2.0-only
/*
 * Administrators who put a guest into a group just when it goes: either they
 * are in time, and the membership goes with the guest, or they hear ENODEV.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "siblings.h"

enum { GUESTS = 3, ADMINS = 4, ROUNDS = 100, LATE = 200 };

static atomic_bool over;
static atomic_uint joined, missed, odd;

static int node(void)
{
	int fd = open("/dev/vhost-vsock", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		report_die("/dev/vhost-vsock");
	return fd;
}

static void *administrator(void *arg)
{
	int fd = node();

	(void)arg;
	for (unsigned int i = 0; !over; i++) {
		int err = group_cmd(fd, RINGSIDE_VSOCK_JOIN_GROUP,
				    LATE + i % GUESTS, "late");

		(err ? err == ENODEV ? &missed : &odd : &joined)[0]++;
	}
	close(fd);
	return NULL;
}

static void *come_and_go(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t cid = *(int *)arg;
		int fd = node();

		if (cmd(fd, VHOST_VSOCK_SET_GUEST_CID, &cid))
			report_die("CID");
		usleep(200);
		close(fd);
	}
	return NULL;
}

static void all_at_once(void)
{
	pthread_t admin[ADMINS], guest[GUESTS];
	int cid[GUESTS];

	for (int i = 0; i < ADMINS; i++)
		if (pthread_create(&admin[i], NULL, administrator, NULL))
			report_die("thread");
	for (int i = 0; i < GUESTS; i++) {
		cid[i] = LATE + i;
		if (pthread_create(&guest[i], NULL, come_and_go, &cid[i]))
			report_die("thread");
	}
	for (int i = 0; i < GUESTS; i++)
		pthread_join(guest[i], NULL);
	over = true;
	for (int i = 0; i < ADMINS; i++)
		pthread_join(admin[i], NULL);
}

void test_late(void)
{
	uint64_t cid = LATE;
	int fd;

	all_at_once();
	report_ok(joined && missed && !odd, "%u times in time, %u times late",
		  joined, missed);
	/* whoever joins now meets all who are members */
	fd = node();
	report_ok(!cmd(fd, VHOST_VSOCK_SET_GUEST_CID, &cid) &&
		  !group_cmd(fd, RINGSIDE_VSOCK_JOIN_GROUP, 0, "late"),
		  "the next guest joins");
	close(fd);
}
