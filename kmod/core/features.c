// SPDX-License-Identifier: GPL-2.0-only
/*
 * Features: what the device offers, and what was negotiated. 128 bits of them,
 * the first 64 through VHOST_SET_FEATURES, all through the array. Backend
 * features are negotiated with the owner only; the guest does not see them.
 *
 * Under dev->lock; what queues see changes under the locks of all queues. The
 * caller need not be the owner, so nothing here touches the owner's memory: a
 * running ring takes new features over in its worker (vhost_vq_changed()).
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "core/common_cmds.h"
#include "core/locks.h"
#include "core/memory.h"
#include "core/queue.h"
#include "core/stages.h"

enum {
	/* in a feature array; words above VHOST_FEATURE_WORDS must be 0 */
	MOST_WORDS = PAGE_SIZE / sizeof(u64),
};

/* The requested features of either command, in io->arg. */
struct requested {
	u64 word[VHOST_FEATURE_WORDS];
};

static struct requested *requested(struct vhost_io *io)
{
	static_assert(sizeof(struct requested) <= VHOST_ARG_SIZE);
	return (struct requested *)io->arg.raw;
}

/* ---- reading ---------------------------------------------------------- */

void vhost_features_get_apply(struct vhost_io *io)
{
	io->arg.u64 = io->dev->offered[0];
}

/* VHOST_FEATURE_WORDS words, then zeros up to the caller's count. */
int vhost_features_array_get_execute(struct vhost_io *io)
{
	struct vhost_features_array __user *user = io->user;
	u64 count = io->arg.u64, n;

	if (count > MOST_WORDS)
		return -E2BIG;
	n = min_t(u64, count, VHOST_FEATURE_WORDS);
	if (copy_to_user(user->features, io->dev->offered,
			 n * sizeof(u64)) ||
	    clear_user(user->features + n, (count - n) * sizeof(u64)))
		return -EFAULT;
	return 0;
}

/* ---- writing ---------------------------------------------------------- */

static int check_offered(const struct vhost_dev *dev, const struct requested *w)
{
	for (u32 i = 0; i < VHOST_FEATURE_WORDS; i++)
		if (w->word[i] & ~dev->offered[i])
			return -EOPNOTSUPP;
	return 0;
}

/* A device with ops->msg() keeps its translations itself. */
static bool needs_iotlb(const struct vhost_dev *dev, u64 features)
{
	return (features & VHOST_BIT(VIRTIO_F_ACCESS_PLATFORM)) &&
	       !dev->ops->msg;
}

/* io->res: an IOTLB, when one is needed and there is none yet. */
static int prepare_features(struct vhost_io *io)
{
	struct vhost_dev *dev = io->dev;
	int ret = check_offered(dev, requested(io));

	if (ret || dev->tlb || !needs_iotlb(dev, requested(io)->word[0]))
		return ret;
	io->res = vhost_iotlb_new(dev->tlb_gen);
	return io->res ? 0 : -ENOMEM;
}

int vhost_features_prepare(struct vhost_io *io)
{
	*requested(io) = (struct requested){ { io->arg.u64 } };
	return prepare_features(io);
}
EXPORT_SYMBOL_GPL(vhost_features_prepare);

int vhost_features_array_prepare(struct vhost_io *io)
{
	struct vhost_features_array __user *user = io->user;
	u64 count = io->arg.u64, n;
	struct requested w = {};
	int rest;

	if (count > MOST_WORDS)
		return -E2BIG;
	n = min_t(u64, count, VHOST_FEATURE_WORDS);
	if (copy_from_user(w.word, user->features, n * sizeof(u64)))
		return -EFAULT;
	rest = check_zeroed_user(user->features + n, (count - n) * sizeof(u64));
	if (rest < 0)
		return rest;
	if (!rest)
		return -EOPNOTSUPP;
	*requested(io) = w;
	return prepare_features(io);
}
EXPORT_SYMBOL_GPL(vhost_features_array_prepare);

/* Does @features change the ring between split and packed. */
static bool changes_format(const struct vhost_vq *vq, u64 features)
{
	return (vq->features[0] ^ features) & VHOST_BIT(VIRTIO_F_RING_PACKED);
}

/* A queue that has a backend must be able to go on with @features. */
static int check_vq(const struct vhost_vq *vq, u64 features)
{
	if (!vq->backend)
		return 0;
	if (changes_format(vq, features))
		return -EBUSY;
	return vhost_vring_accessible(vq, &vq->config.addr, features) ?
	       0 : -EFAULT;
}

int vhost_features_check(struct vhost_io *io)
{
	struct vhost_dev *dev = io->dev;
	struct vhost_log_plan plan = vhost_log_current(dev);
	int ret = 0;

	plan.features = requested(io)->word[0];
	for (u32 i = 0; i < dev->nvqs && !ret; i++)
		ret = check_vq(dev->vqs[i], plan.features);
	if (ret)
		return ret;
	if (!vhost_log_ok(dev, &plan))
		return -EFAULT;
	if (!dev->ops->check_features)
		return 0;
	return dev->ops->check_features(dev, requested(io)->word);
}
EXPORT_SYMBOL_GPL(vhost_features_check);

/*
 * An IOTLB exists while needs_iotlb() is true, and only then. An owner may set
 * features because the guest was reset, and does not invalidate what the guest
 * had mapped before: setting features drops all translations.
 */
static void adopt_iotlb(struct vhost_io *io)
{
	struct vhost_dev *dev = io->dev;

	dev->unmaps++;
	if (!needs_iotlb(dev, dev->features[0])) {
		io->res = dev->tlb;
		WRITE_ONCE(dev->tlb, NULL);
	} else if (!dev->tlb) {
		WRITE_ONCE(dev->tlb, io->res);
		io->res = NULL;
	} else {
		ring_iotlb_invalidate(dev->tlb, 0, U64_MAX);
	}
}

static void vq_set_features(struct vhost_vq *vq, const struct requested *w)
{
	u32 flags = vhost_vq_ring_flags(vq);

	/* A base has a meaning for one ring format only. */
	if (changes_format(vq, w->word[0]))
		vq->config.base_set = false;
	memcpy(vq->features, w->word, sizeof(w->word));
	if (vhost_vq_ring_flags(vq) != flags)
		vhost_vq_changed(vq);
	else
		vhost_vq_refresh_space(vq);
	if (vq->dev->ops->features_changed)
		vq->dev->ops->features_changed(vq);
}

void vhost_features_apply(struct vhost_io *io)
{
	struct vhost_dev *dev = io->dev;

	vhost_dev_assert_vqs_locked(dev);
	scoped_guard(spinlock, &dev->info_lock)
		memcpy(dev->features, requested(io)->word, sizeof(dev->features));
	adopt_iotlb(io);
	for (u32 i = 0; i < dev->nvqs; i++)
		vq_set_features(dev->vqs[i], requested(io));
}
EXPORT_SYMBOL_GPL(vhost_features_apply);

/* Frees the IOTLB that is not in use: the old one, or an unneeded new one. */
void vhost_features_finish(struct vhost_io *io)
{
	struct vhost_dev *dev = io->dev;

	vhost_iotlb_end(dev, io->res);
	if (!dev->tlb)
		vhost_dev_forget_misses(dev);
}
EXPORT_SYMBOL_GPL(vhost_features_finish);

/* ---- backend features ------------------------------------------------- */

void vhost_backend_features_get_apply(struct vhost_io *io)
{
	io->arg.u64 = io->dev->ops->backend_features;
}

int vhost_backend_features_check(struct vhost_io *io)
{
	if (io->arg.u64 & ~io->dev->ops->backend_features)
		return -EOPNOTSUPP;
	return 0;
}

void vhost_backend_features_apply(struct vhost_io *io)
{
	scoped_guard(spinlock, &io->dev->info_lock)
		WRITE_ONCE(io->dev->backend_features, io->arg.u64);
}
