// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cases, run when the module is loaded. Each is a line "ok" or "not ok" in
 * the kernel's log; loading fails when one is not.
 */
#include "test.h"

#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/module.h>

static uint requests = 1000;
module_param(requests, uint, 0444);
MODULE_PARM_DESC(requests, "requests in each case");
static uint rounds = 500;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "hostile rings of each format");
static uint seed = 1;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "where random numbers begin");

enum { ENOUGH_FAILURES = 3 };	/* a lost notification takes long to notice */

static u32 cases, failures;
static u32 kicks, calls;	/* in all cases together */

void test_result(bool ok, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	cases++;
	failures += !ok;
	va_start(args, fmt);
	vaf.va = &args;
	pr_info("%s %u - %pV\n", ok ? "ok" : "not ok", cases, &vaf);
	va_end(args);
}

/* ---- two threads ------------------------------------------------------ */

struct driver_job {
	struct rig *rig;
	struct completion done;
};

static int driver_thread(void *arg)
{
	struct driver_job *job = arg;

	driver_run(job->rig);
	complete(&job->done);
	return 0;
}

/* A thread that stays on @cpu; it may return before it is stopped. */
static struct task_struct *thread_on_cpu(int (*run)(void *), void *arg,
					const char *name, u32 cpu)
{
	struct task_struct *task = kthread_create(run, arg, "ringside-%s", name);

	if (IS_ERR(task))
		return NULL;
	get_task_struct(task);
	kthread_bind(task, cpu);
	wake_up_process(task);
	return task;
}

static void run_threads(struct rig *rig)
{
	struct driver_job job = { .rig = rig };
	struct task_struct *device, *driver = NULL;

	init_completion(&job.done);
	device = thread_on_cpu(device_thread, rig, "device", cpumask_last(cpu_online_mask));
	if (device)
		driver = thread_on_cpu(driver_thread, &job, "driver",
				      cpumask_first(cpu_online_mask));
	if (driver) {
		wait_for_completion(&job.done);
		kthread_stop_put(driver);
	} else {
		rig_fail(rig, "no threads");
	}
	if (device)
		kthread_stop_put(device);
}

/* ---- a case ----------------------------------------------------------- */

static void check_way(struct rig *rig)
{
	/* event indices stay where they are: a ring of a few laps meets them once */
	if (rig->ways & RIG_POLL && (rig->kick.count > 1 || rig->call.count > 1))
		rig_fail(rig, "notifications that nobody wanted");
	if (rig->ways & RIG_RESTART && !rig->restarts)
		rig_fail(rig, "the device never stopped");
	if (rig->ways & RIG_RESET && !rig->resets)
		rig_fail(rig, "the queue was never reset");
	if (rig->ways & RIG_IOTLB && !rig->misses)
		rig_fail(rig, "no translation was ever missing");
	if (rig->ways & RIG_LOG && !log_is_exact(rig))
		rig_fail(rig, "the dirty log names pages that nobody wrote, or not all");
}

static void run_rig(struct rig *rig)
{
	rig->requests = requests;
	mutex_lock(&rig->lock);
	if (rig_start_ring(rig, ring_initial_base(rig->config.flags)) &&
	    rig->ways & RIG_POLL)
		device_step(rig);	/* turns kicks off */
	mutex_unlock(&rig->lock);
	run_threads(rig);
	check_way(rig);
}

static void run_case(struct arena *a, u64 features, u32 ways, const char *way)
{
	struct rig *rig = rig_create(a, features, ways, seed + cases);

	if (!rig) {
		test_result(false, "no memory");
		return;
	}
	run_rig(rig);
	kicks += rig->kick.count;
	calls += rig->call.count;
	test_result(!rig->failed, "%s%s%s%s %s: %u requests, %u kicks, %u calls, %u restarts, %u resets, %u misses",
		    rig_is_packed(rig) ? "packed" : "split",
		    features & BIT_ULL(VIRTIO_RING_F_EVENT_IDX) ? " event_idx" : "",
		    features & BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC) ? " indirect" : "",
		    features & BIT_ULL(VIRTIO_F_IN_ORDER) ? " in_order" : "",
		    way, rig->returned, rig->kick.count, rig->call.count,
		    rig->restarts, rig->resets, rig->misses);
	rig_destroy(rig);
}

/* ---- all of them ------------------------------------------------------ */

static const struct {
	const char *name;
	u32 ways;
} ways[] = {
	{ "sleeping", 0 },
	{ "polling", RIG_POLL },
	{ "restart", RIG_RESTART },
	{ "reset", RIG_RESET },
	{ "dirty log", RIG_LOG },
	{ "iotlb", RIG_IOTLB },
};

static const u64 optional[] = {
	BIT_ULL(VIRTIO_F_RING_PACKED),
	BIT_ULL(VIRTIO_RING_F_EVENT_IDX),
	BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC),
	BIT_ULL(VIRTIO_F_IN_ORDER),
};

/* What of @features this kernel's driver code knows. */
static u64 known_features(u64 features)
{
	struct virtio_device vdev = { .features = features };

	vring_transport_features(&vdev);
	return vdev.features;
}

static u64 choose_features(u32 mask)
{
	u64 features = 0;

	for (u32 i = 0; i < ARRAY_SIZE(optional); i++) {
		if (mask & BIT(i))
			features |= optional[i];
	}
	return features;
}

/*
 * Linux 7.3's driver code does not begin at the first descriptor of a split ring
 * in order after virtqueue_reset(), as it must, and loses its place.
 */
static bool driver_can(u64 features, u32 ways)
{
	return !(ways & RIG_RESET) ||
	       !(features & BIT_ULL(VIRTIO_F_IN_ORDER)) ||
	       features & BIT_ULL(VIRTIO_F_RING_PACKED);
}

static void run_honest(struct arena *a)
{
	for (u32 mask = 0; mask < BIT(ARRAY_SIZE(optional)); mask++) {
		u64 features = choose_features(mask);

		if (known_features(features) != features)
			continue;
		for (u32 i = 0; i < ARRAY_SIZE(ways) && failures < ENOUGH_FAILURES; i++)
			if (driver_can(features, ways[i].ways))
				run_case(a, features, ways[i].ways, ways[i].name);
	}
	test_result(kicks && calls, "both sides slept: %u kicks, %u calls", kicks, calls);
}

static int __init test_init(void)
{
	struct arena *a = arena_create(ARENA_IN_MEMORY);

	if (!a)
		return -ENOMEM;
	run_honest(a);
	arena_destroy(a);
	test_hostile(0, rounds, seed);
	test_hostile(BIT_ULL(VIRTIO_F_RING_PACKED), rounds, seed);
	pr_info("1..%u, %u failed\n", cases, failures);
	return failures ? -EIO : 0;
}
module_init(test_init);

static void __exit test_exit(void)
{
}
module_exit(test_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test of the ring engine on kernel addresses");
