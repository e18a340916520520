/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vDPA and irq bypass in older kernels; for kmod/vdpa and parents.
 */
#ifndef RINGSIDE_COMPAT_VDPA_H
#define RINGSIDE_COMPAT_VDPA_H

#include <linux/irqbypass.h>
#include <linux/vdpa.h>

/* A producer was matched by a bare pointer, set before it was registered. */
#ifndef HAVE_IRQ_BYPASS_EVENTFD
static inline int
compat_irq_bypass_register_producer(struct irq_bypass_producer *producer,
				    struct eventfd_ctx *eventfd, int irq)
{
	producer->token = eventfd;
	producer->irq = irq;
	return irq_bypass_register_producer(producer);
}
#define irq_bypass_register_producer compat_irq_bypass_register_producer
#endif

/* The device that does the DMA was a member of its own. */
#ifdef HAVE_VDPA_MAP
static inline struct device *compat_vdpa_dma_dev(struct vdpa_device *vdpa)
{
	return vdpa_get_map(vdpa).dma_dev;
}

static inline void compat_vdpa_set_dma_dev(struct vdpa_device *vdpa,
					   struct device *dev)
{
	vdpa->vmap.dma_dev = dev;
}
#else
static inline struct device *compat_vdpa_dma_dev(struct vdpa_device *vdpa)
{
	return vdpa_get_dma_dev(vdpa);
}

static inline void compat_vdpa_set_dma_dev(struct vdpa_device *vdpa,
					   struct device *dev)
{
	vdpa->dma_dev = dev;
}

/* Parents had no map ops: @map is NULL. */
#undef vdpa_alloc_device
#define vdpa_alloc_device(dev_struct, member, parent, config, map, ngroups, \
			  nas, name, use_va) \
	container_of(__vdpa_alloc_device(parent, config, ngroups, nas, \
					 sizeof(dev_struct) + \
					 BUILD_BUG_ON_ZERO(offsetof(dev_struct, \
								    member)), \
					 name, use_va), \
		     dev_struct, member)
#endif

#endif /* RINGSIDE_COMPAT_VDPA_H */
