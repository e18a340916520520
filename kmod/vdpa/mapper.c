// SPDX-License-Identifier: GPL-2.0-only
/*
 * How translations get to the parent. There are three kinds of parents: some
 * take each run, some whole tables, and some leave it to the IOMMU of
 * the machine, which we then program for the device that does the DMA.
 *
 * Under dev.lock.
 */
#include <linux/iommu.h>

#include "vdpa/vdpa.h"

/* ---- run by run ------------------------------------------------------- */

static int run_map(struct vdpa_user *u, u32 asid,
		   const struct vhost_iotlb_map *map)
{
	return u->vdpa->config->dma_map(u->vdpa, asid, map->start, map->size,
					map->addr, map->perm, map->opaque);
}

static void run_unmap(struct vdpa_user *u, u32 asid, u64 iova, u64 size)
{
	u->vdpa->config->dma_unmap(u->vdpa, asid, iova, size);
}

static const struct vdpa_mapper by_run = {
	.map = run_map,
	.unmap = run_unmap,
};

/* ---- whole tables ----------------------------------------------------- */

static int table_sync(struct vdpa_user *u, u32 asid)
{
	return u->vdpa->config->set_map(u->vdpa, asid, &u->space[asid].live);
}

static const struct vdpa_mapper by_table = {
	.sync = table_sync,
};

/* ---- the machine's IOMMU ---------------------------------------------- */

static int iommu_prot(u32 perm)
{
	return (perm & VHOST_MAP_RO ? IOMMU_READ : 0) |
	       (perm & VHOST_MAP_WO ? IOMMU_WRITE : 0) | IOMMU_CACHE;
}

static int domain_map(struct vdpa_user *u, u32 asid,
		      const struct vhost_iotlb_map *map)
{
	return iommu_map(u->domain, map->start, map->addr, map->size,
			 iommu_prot(map->perm), GFP_KERNEL_ACCOUNT);
}

static void domain_unmap(struct vdpa_user *u, u32 asid, u64 iova, u64 size)
{
	iommu_unmap(u->domain, iova, size);
}

static const struct vdpa_mapper by_domain = {
	.map = domain_map,
	.unmap = domain_unmap,
};

static int open_domain(struct vdpa_user *u)
{
	struct device *dma = compat_vdpa_dma_dev(u->vdpa);
	struct iommu_domain *domain;
	int ret;

	if (!dma)
		return -EINVAL;
	/* The guest's caches are coherent with the device's writes, or else. */
	if (!device_iommu_capable(dma, IOMMU_CAP_CACHE_COHERENCY))
		return -EOPNOTSUPP;
	domain = iommu_paging_domain_alloc(dma);
	if (IS_ERR(domain))
		return PTR_ERR(domain);
	ret = iommu_attach_device(domain, dma);
	if (ret) {
		iommu_domain_free(domain);
		return ret;
	}
	u->domain = domain;
	return 0;
}

static void close_domain(struct vdpa_user *u)
{
	iommu_detach_device(u->domain, compat_vdpa_dma_dev(u->vdpa));
	iommu_domain_free(u->domain);
	u->domain = NULL;
}

#ifdef CONFIG_IOMMU_API
static bool domain_range(const struct iommu_domain *domain,
			 struct vdpa_iova_range *range)
{
	if (!domain || !domain->geometry.force_aperture)
		return false;
	range->first = domain->geometry.aperture_start;
	range->last = domain->geometry.aperture_end;
	return true;
}
#else
static bool domain_range(const struct iommu_domain *domain,
			 struct vdpa_iova_range *range)
{
	return false;
}
#endif

/* ---- which ------------------------------------------------------------ */

static bool has_own_iommu(const struct vdpa_device *vdpa)
{
	return vdpa->config->dma_map || vdpa->config->set_map;
}

/* A domain is one address space. */
int vdpa_mapper_check(const struct vdpa_device *vdpa)
{
	if (has_own_iommu(vdpa) || (vdpa->ngroups <= 1 && vdpa->nas <= 1))
		return 0;
	return -EOPNOTSUPP;
}

static void find_range(struct vdpa_user *u)
{
	const struct vdpa_config_ops *ops = u->vdpa->config;

	if (ops->get_iova_range)
		u->range = ops->get_iova_range(u->vdpa);
	else if (!domain_range(u->domain, &u->range))
		u->range = (struct vdpa_iova_range){ 0, U64_MAX };
}

int vdpa_mapper_open(struct vdpa_user *u)
{
	const struct vdpa_config_ops *ops = u->vdpa->config;
	int ret = 0;

	lockdep_assert_held(&u->dev.lock);
	if (ops->dma_map) {
		u->mapper = &by_run;
	} else if (ops->set_map) {
		u->mapper = &by_table;
	} else {
		ret = open_domain(u);
		u->mapper = &by_domain;
	}
	if (!ret)
		find_range(u);
	return ret;
}

void vdpa_mapper_close(struct vdpa_user *u)
{
	if (u->domain)
		close_domain(u);
}

void vdpa_mapper_reset(struct vdpa_user *u, u32 asid)
{
	lockdep_assert_held(&u->dev.lock);
	if (u->vdpa->config->reset_map)
		u->vdpa->config->reset_map(u->vdpa, asid);
}
