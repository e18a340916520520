// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device that tests look at.
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "netlink/tests.h"

void subject_open(struct subject *s, uint64_t features, uint32_t num)
{
	int err;

	if (!nl_open(&s->nl))
		report_die("no family");
	device_open(&s->d);
	link_tap(&s->l, header_bytes(features));
	err = device_ready(&s->d, features, num);
	if (err)
		report_die("device: %s", errno_name(err));
	s->id = nl_only_dev_of(&s->nl, getpid());
}

void subject_start(struct subject *s)
{
	int err = device_set_backend(&s->d, s->l.backend);

	if (err)
		report_die("backend: %s", errno_name(err));
}

void subject_close(struct subject *s)
{
	link_close(&s->l);
	device_close(&s->d);
	nl_close(&s->nl);
}
