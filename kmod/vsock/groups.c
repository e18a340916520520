// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups: which guests may talk to each other, and the ioctls that decide it.
 *
 * A membership is a name that a device has. There is no object for a group: two
 * devices of one network namespace with the same name are in it. For each name
 * that two devices share, their pair (pair_share.c) is counted up by one.
 *
 * In the threads of administrators, dev->lock of the file that they use held,
 * which may be another device than the one they change. Everything is under
 * vsock_guests_lock; a device that was found cannot leave meanwhile.
 */
#include <linux/ctype.h>
#include <linux/slab.h>

#include "../../include/uapi/ringside/vsock.h"
#include "pair.h"

struct membership {
	struct list_head of_device;	/* in v->groups */
	struct list_head of_all;	/* in memberships */
	struct vhost_vsock *v;
	char name[RINGSIDE_VSOCK_GROUP_NAME];
};

static LIST_HEAD(memberships);		/* vsock_guests_lock */

/* ---- members ---------------------------------------------------------- */

static bool same_group(const struct membership *a, const struct membership *b)
{
	return a->v->net == b->v->net && !strcmp(a->name, b->name);
}

static struct membership *find_membership(const struct vhost_vsock *v,
					  const char *name)
{
	struct membership *m;

	list_for_each_entry(m, &v->groups, of_device)
		if (!strcmp(m->name, name))
			return m;
	return NULL;
}

/* Undo what share_all() did, up to but without @end; NULL: all of it. */
static void unshare_until(const struct membership *m,
			  const struct membership *end)
{
	struct membership *other;

	list_for_each_entry(other, &memberships, of_all) {
		if (other == end)
			return;
		if (other != m && same_group(other, m))
			vsock_pair_unshare(m->v, other->v);
	}
}

/* Make @m->v a sibling of every other member. */
static int share_all(const struct membership *m)
{
	struct membership *other;
	u32 members = 1;
	int ret = 0;

	list_for_each_entry(other, &memberships, of_all) {
		if (!same_group(other, m))
			continue;
		ret = members++ < RINGSIDE_VSOCK_MAX_MEMBERS ?
			      vsock_pair_share(m->v, other->v) : -ENOSPC;
		if (ret)
			break;
	}
	if (ret)
		unshare_until(m, other);
	return ret;
}

static int join_locked(struct vhost_vsock *v, const char *name)
{
	struct membership *m;
	int ret;

	if (find_membership(v, name))
		return 0;
	if (v->n_groups == RINGSIDE_VSOCK_MAX_GROUPS)
		return -ENOSPC;
	m = kzalloc(sizeof(*m), GFP_KERNEL_ACCOUNT);
	if (!m)
		return -ENOMEM;
	m->v = v;
	strscpy(m->name, name, sizeof(m->name));
	ret = share_all(m);
	if (ret) {
		kfree(m);
		return ret;
	}
	list_add_tail(&m->of_device, &v->groups);
	list_add_tail(&m->of_all, &memberships);
	WRITE_ONCE(v->n_groups, v->n_groups + 1);
	return 0;
}

static void leave_locked(struct membership *m)
{
	WRITE_ONCE(m->v->n_groups, m->v->n_groups - 1);
	unshare_until(m, NULL);
	list_del(&m->of_device);
	list_del(&m->of_all);
	kfree(m);
}

void vsock_groups_leave(struct vhost_vsock *v)
{
	struct membership *m, *next;

	guard(mutex)(&vsock_guests_lock);
	list_for_each_entry_safe(m, next, &v->groups, of_device)
		leave_locked(m);
}

/* ---- arguments -------------------------------------------------------- */

static bool is_name_char(char c)
{
	return (isascii(c) && isalnum(c)) || c == '.' || c == '_' || c == '-';
}

/* Terminated, and nothing behind the end. */
static bool is_name(const char *name)
{
	u32 len = strnlen(name, RINGSIDE_VSOCK_GROUP_NAME);

	for (u32 i = 0; i < len; i++)
		if (!is_name_char(name[i]))
			return false;
	return len && len < RINGSIDE_VSOCK_GROUP_NAME &&
	       !memchr_inv(name + len, 0, RINGSIDE_VSOCK_GROUP_NAME - len);
}

static struct ringside_vsock_group *argument(struct vhost_io *io)
{
	static_assert(sizeof(struct ringside_vsock_group) <= VHOST_ARG_SIZE);
	return (struct ringside_vsock_group *)io->arg.raw;
}

/* ---- the commands ----------------------------------------------------- */

int vsock_group_join_execute(struct vhost_io *io)
{
	struct vhost_vsock *self = vsock_device(io->dev), *v;
	const struct ringside_vsock_group *arg = argument(io);

	if (arg->index || arg->reserved || !is_name(arg->name))
		return -EINVAL;
	guard(mutex)(&vsock_guests_lock);
	v = vsock_guest_managed(self, arg->guest_cid);
	return IS_ERR(v) ? PTR_ERR(v) : join_locked(v, arg->name);
}

int vsock_group_leave_execute(struct vhost_io *io)
{
	struct vhost_vsock *self = vsock_device(io->dev), *v;
	const struct ringside_vsock_group *arg = argument(io);
	struct membership *m;

	if (arg->index || arg->reserved || !is_name(arg->name))
		return -EINVAL;
	guard(mutex)(&vsock_guests_lock);
	v = vsock_guest_managed(self, arg->guest_cid);
	if (IS_ERR(v))
		return PTR_ERR(v);
	m = find_membership(v, arg->name);
	if (!m)
		return -ENOENT;
	leave_locked(m);
	return 0;
}

int vsock_group_get_execute(struct vhost_io *io)
{
	struct vhost_vsock *v = vsock_device(io->dev);
	struct ringside_vsock_group *arg = argument(io);
	struct membership *m;
	u32 skip = arg->index;

	if (arg->reserved)
		return -EINVAL;
	guard(mutex)(&vsock_guests_lock);
	if (arg->guest_cid)
		v = vsock_guest_managed(v, arg->guest_cid);
	if (IS_ERR(v))
		return PTR_ERR(v);
	list_for_each_entry(m, &v->groups, of_device) {
		if (skip--)
			continue;
		memcpy(arg->name, m->name, sizeof(arg->name));
		return 0;
	}
	return -ENOENT;
}
