// SPDX-License-Identifier: GPL-2.0-only
/*
 * Address spaces: which IOVAs are mapped to what, given to the parent, and undone
 * without a rest.
 *
 * A run is what is contiguous in IOVAs and in what they are mapped to: one entry
 * of an IOTLB. Memory of a run is pinned, in VA mode its file is open, until the
 * parent cannot use it any more. A parent that takes whole tables goes on
 * with the last one it was given: runs that were unmapped since, in a batch
 * that the owner may never end, wait in a stack (gone.c).
 *
 * All under dev.lock.
 */
#include <linux/module.h>

#include "vdpa/vdpa.h"

unsigned int vdpa_max_iotlb_entries = 2048;
module_param_named(max_iotlb_entries, vdpa_max_iotlb_entries, uint, 0644);
MODULE_PARM_DESC(max_iotlb_entries,
		 "Most runs of memory mapped in an address space (default 2048)");

static struct vdpa_space *space_of(struct vdpa_user *u, u32 asid)
{
	lockdep_assert_held(&u->dev.lock);
	return &u->space[asid];
}

static unsigned int most_entries(void)
{
	return READ_ONCE(vdpa_max_iotlb_entries);
}

void vdpa_space_init(struct vdpa_space *s)
{
	/* Limits are ours; 0 would not stand for none with all kernels. */
	vhost_iotlb_init(&s->live, UINT_MAX, 0);
	s->gone = (struct vdpa_gone){};
}

/* What a run refers to, at its very end. */
static void drop_run(struct vdpa_user *u, const struct vhost_iotlb_map *map)
{
	if (u->vdpa->use_va)
		vdpa_run_drop_file(map);
	else
		vdpa_run_drop_pages(u, map);
}

static void drop_gone(struct vdpa_user *u, struct vdpa_space *s)
{
	struct vhost_iotlb_map map = {};

	while (vdpa_gone_pop(&s->gone, &map)) {
		drop_run(u, &map);
		cond_resched();
	}
}

/* ---- mapping ---------------------------------------------------------- */

bool vdpa_space_is_free(struct vdpa_user *u, u32 asid, u64 iova, u64 last)
{
	return !vhost_iotlb_itree_first(&space_of(u, asid)->live, iova, last);
}

static int insert(struct vdpa_space *s, u64 iova, u64 size, u64 addr, u32 perm,
		  void *opaque)
{
	if (s->live.nmaps >= most_entries())
		return -ENOSPC;
	return vhost_iotlb_add_range_ctx(&s->live, iova, iova + (size - 1),
					 addr, perm, opaque);
}

/* The run just inserted: the last of the list, or looked for if it is not. */
static struct vhost_iotlb_map *newest(struct vdpa_space *s, u64 iova)
{
	struct vhost_iotlb_map *map;

	map = list_last_entry(&s->live.list, struct vhost_iotlb_map, link);
	return map->start == iova ? map :
		vhost_iotlb_itree_first(&s->live, iova, iova);
}

int vdpa_space_add(struct vdpa_user *u, u32 asid, u64 iova, u64 size, u64 addr,
		   u32 perm, void *opaque)
{
	struct vdpa_space *s = space_of(u, asid);
	struct vhost_iotlb_map *map;
	int ret = insert(s, iova, size, addr, perm, opaque);

	if (ret)
		return ret;
	s->used = true;
	s->stale = true;
	if (!u->mapper->map)
		return 0;
	map = newest(s, iova);
	ret = u->mapper->map(u, asid, map);
	if (ret)
		vhost_iotlb_map_free(&s->live, map);
	return ret;
}

int vdpa_space_sync(struct vdpa_user *u, u32 asid)
{
	struct vdpa_space *s = space_of(u, asid);
	int ret;

	if (!u->mapper->sync || !s->stale)
		return 0;
	ret = u->mapper->sync(u, asid);
	if (ret)
		return ret;	/* it may know the old table still */
	s->stale = false;
	drop_gone(u, s);
	return 0;
}

/* ---- unmapping -------------------------------------------------------- */

void vdpa_space_undo(struct vdpa_user *u, u32 asid, u64 start, u64 last)
{
	struct vdpa_space *s = space_of(u, asid);
	struct vhost_iotlb_map *map;

	while ((map = vhost_iotlb_itree_first(&s->live, start, last))) {
		if (u->mapper->unmap)
			u->mapper->unmap(u, asid, map->start, map->size);
		drop_run(u, map);
		vhost_iotlb_map_free(&s->live, map);
		cond_resched();
	}
}

/* The parent takes tables: the run waits for the next one. */
static void retire(struct vdpa_user *u, u32 asid, struct vhost_iotlb_map *map)
{
	struct vdpa_space *s = space_of(u, asid);
	struct vhost_iotlb_map run = *map;

	s->stale = true;
	vhost_iotlb_map_free(&s->live, map);
	if (!vdpa_gone_push(&s->gone, &run))
		return;
	/* No memory to remember it: the parent hears of it now. */
	if (!vdpa_space_sync(u, asid))
		drop_run(u, &run);
	else	/* better lost than written to by a device */
		dev_warn_ratelimited(&u->vdpa->dev, "memory stays pinned\n");
}

static void unmap(struct vdpa_user *u, u32 asid, struct vhost_iotlb_map *map)
{
	u->mapper->unmap(u, asid, map->start, map->size);
	drop_run(u, map);
	vhost_iotlb_map_free(&space_of(u, asid)->live, map);
}

/* An owner that never ends its batch does not pile up runs without end. */
static void unmap_all(struct vdpa_user *u, u32 asid, u64 start, u64 last)
{
	struct vdpa_space *s = space_of(u, asid);
	struct vhost_iotlb_map *map;

	while ((map = vhost_iotlb_itree_first(&s->live, start, last))) {
		if (u->mapper->unmap)
			unmap(u, asid, map);
		else
			retire(u, asid, map);
		if (s->gone.n >= most_entries())
			vdpa_space_sync(u, asid);
		cond_resched();
	}
}

/* ---- cutting a run ---------------------------------------------------- */

/* Replace a run by two, in our table. @at is inside of it. */
static int cut_entry(struct vdpa_user *u, struct vdpa_space *s,
		     struct vhost_iotlb_map *map, u64 at)
{
	u64 bytes = at - map->start;
	void *opaque = NULL;
	int ret;

	if (u->vdpa->use_va) {
		opaque = vdpa_run_split_file(map, bytes);
		if (!opaque)
			return -ENOMEM;
	}
	ret = insert(s, at, map->last - at + 1, map->addr + bytes, map->perm,
		     opaque);
	if (ret)
		goto err_opaque;
	ret = vhost_iotlb_add_range_ctx(&s->live, map->start, at - 1, map->addr,
					map->perm, map->opaque);
	if (ret)
		goto err_insert;
	vhost_iotlb_map_free(&s->live, map);
	return 0;

err_insert:
	for (struct vhost_iotlb_map *m = vhost_iotlb_itree_first(&s->live, at, at);
	     m; m = vhost_iotlb_itree_next(m, at, at)) {
		if (m->start == at) {
			vhost_iotlb_map_free(&s->live, m);
			break;
		}
	}
err_opaque:
	if (opaque)
		vdpa_run_drop_file(&(struct vhost_iotlb_map){ .opaque = opaque });
	return ret;
}

/* Give a run that is in our table to a parent that lost it. */
static int map_again(struct vdpa_user *u, u32 asid, u64 start)
{
	struct vdpa_space *s = space_of(u, asid);
	struct vhost_iotlb_map *map;
	int ret;

	map = vhost_iotlb_itree_first(&s->live, start, start);
	ret = u->mapper->map(u, asid, map);
	if (ret) {
		drop_run(u, map);
		vhost_iotlb_map_free(&s->live, map);
	}
	return ret;
}

/*
 * Make @at the beginning of a run, if it is inside of one. Parents that map run
 * by run unmap them whole: for a moment they have neither half.
 */
static int cut(struct vdpa_user *u, u32 asid, u64 at)
{
	struct vdpa_space *s = space_of(u, asid);
	struct vhost_iotlb_map *map = vhost_iotlb_itree_first(&s->live, at, at);
	u64 start, size;
	int ret, ret2;

	if (!map || map->start == at)
		return 0;
	start = map->start;
	size = map->size;
	ret = cut_entry(u, s, map, at);
	if (ret || !u->mapper->unmap)
		return ret;
	u->mapper->unmap(u, asid, start, size);
	ret = map_again(u, asid, start);
	ret2 = map_again(u, asid, at);
	return ret ? ret : ret2;
}

int vdpa_space_remove(struct vdpa_user *u, u32 asid, u64 start, u64 last)
{
	int ret = cut(u, asid, start);

	if (!ret && last != U64_MAX)
		ret = cut(u, asid, last + 1);
	if (ret)
		return ret;
	unmap_all(u, asid, start, last);
	return 0;
}

/*
 * The parent does not take an empty table. If it could be reset it runs no queue
 * and touches nothing. If it could not, its memory is lost rather than written
 * to by a device when it belongs to somebody else.
 */
static void give_up(struct vdpa_user *u, struct vdpa_space *s, int err)
{
	struct vhost_iotlb_map lost = {};

	dev_warn_ratelimited(&u->vdpa->dev,
			     "set_map of an empty table failed: %d%s\n", err,
			     u->was_reset ? "" : ", memory stays pinned");
	while (!u->was_reset && !u->vdpa->use_va && vdpa_gone_pop(&s->gone, &lost))
		cond_resched();
}

void vdpa_space_clear(struct vdpa_user *u, u32 asid)
{
	struct vdpa_space *s = space_of(u, asid);
	int ret;

	s->batch = false;
	if (!s->used)
		return;
	unmap_all(u, asid, 0, U64_MAX);
	ret = vdpa_space_sync(u, asid);
	if (ret)
		give_up(u, s, ret);
	drop_gone(u, s);
	vdpa_mapper_reset(u, asid);
	s->used = false;
	s->stale = false;
}
