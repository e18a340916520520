// SPDX-License-Identifier: GPL-2.0-only
#include "lib/device.h"
#include "lib/report.h"
#include "lib/uapi.h"
#include "lib/worker_cmd.h"

int worker_new(int fd, unsigned int *id)
{
	struct uapi_worker w = { 0 };
	int err = cmd(fd, VHOST_NEW_WORKER, &w);

	*id = w.worker_id;
	return err;
}

int worker_free(int fd, unsigned int id)
{
	struct uapi_worker w = { id };

	return cmd(fd, VHOST_FREE_WORKER, &w);
}

int worker_attach(int fd, unsigned int queue, unsigned int id)
{
	struct uapi_vring_worker w = { queue, id };

	return cmd(fd, VHOST_ATTACH_VRING_WORKER, &w);
}

int worker_get(int fd, unsigned int queue, unsigned int *id)
{
	struct uapi_vring_worker w = { .index = queue };
	int err = cmd(fd, VHOST_GET_VRING_WORKER, &w);

	*id = w.worker_id;
	return err;
}

unsigned int worker_must_new(int fd)
{
	unsigned int id;

	if (worker_new(fd, &id))
		report_die("VHOST_NEW_WORKER");
	return id;
}

unsigned int worker_of(int fd, unsigned int queue)
{
	unsigned int id;

	if (worker_get(fd, queue, &id))
		report_die("VHOST_GET_VRING_WORKER");
	return id;
}
