// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registration of ringside_test_async.ko: /dev/vhost-test-async.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "test.h"

static struct miscdevice device_node = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vhost-test-async",
	.fops = &async_device_fops,
};

/* Of our own: its end waits for threads that have completed a request. */
struct workqueue_struct *async_threads;

static int __init start(void)
{
	int ret;

	async_threads = alloc_workqueue("vhost-test-async", WQ_UNBOUND, 0);
	if (!async_threads)
		return -ENOMEM;
	ret = misc_register(&device_node);
	if (ret)
		destroy_workqueue(async_threads);
	return ret;
}
module_init(start);

static void __exit end(void)
{
	misc_deregister(&device_node);
	destroy_workqueue(async_threads);
}
module_exit(end);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The Ringside developers");
MODULE_DESCRIPTION("Ringside: a test device that completes requests later");
