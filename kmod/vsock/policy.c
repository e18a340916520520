// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy of a guest: the host's ports that it may connect to, how many
 * connections, how much is queued for it, and which CID it may have.
 *
 * Set in the threads of administrators, under vsock_guests_lock. The transmit
 * queue looks at ports and connections for each connection request; sendq.c has
 * the bound of what is queued, guests.c the CID.
 */
#include <linux/sizes.h>
#include <linux/slab.h>

#include "../../include/uapi/ringside/vsock.h"
#include "socket.h"

struct vsock_port_set {
	struct rcu_head rcu;
	u32 n;
	struct ringside_vsock_ports range[RINGSIDE_VSOCK_MAX_PORT_RANGES];
};

/* A flood of requests walks the table of sockets no more often than this. */
enum { COUNT_INTERVAL_MS = 10 };

/* ---- connection requests ---------------------------------------------- */

static bool port_permitted(const struct vsock_policy *p, u32 port)
{
	const struct vsock_port_set *set;

	guard(rcu)();
	set = rcu_dereference(p->ports);
	if (!set)
		return true;
	for (u32 i = 0; i < set->n; i++)
		if (port >= set->range[i].first && port <= set->range[i].last)
			return true;
	return false;
}

/*
 * A count that is not new may be too high, for connections have ended since; it
 * is not too low but for those that the host has opened within the interval.
 */
static bool has_room(struct vhost_vsock *v)
{
	struct vsock_policy *p = &v->policy;
	u32 max = READ_ONCE(p->max_connections);

	if (!max)
		return true;
	if (!p->counted || time_after(jiffies, p->counted_at +
				      msecs_to_jiffies(COUNT_INTERVAL_MS))) {
		p->connections = vsock_count_connections(v->cid, v->net);
		p->counted_at = jiffies;
		p->counted = true;
	}
	if (p->connections >= max)
		return false;
	p->connections++;
	return true;
}

bool vsock_policy_permits(struct vhost_vsock *v,
			  const struct virtio_vsock_hdr *hdr)
{
	struct vsock_policy *p = &v->policy;

	lockdep_assert_held(&v->tx.lock);
	if (!port_permitted(p, le32_to_cpu(hdr->dst_port))) {
		WRITE_ONCE(p->rejected_ports, p->rejected_ports + 1);
		return false;
	}
	if (!has_room(v)) {
		WRITE_ONCE(p->rejected_connections, p->rejected_connections + 1);
		return false;
	}
	return true;
}

/* ---- the commands ----------------------------------------------------- */

static struct ringside_vsock_policy *argument(struct vhost_io *io)
{
	static_assert(sizeof(struct ringside_vsock_policy) <= VHOST_ARG_SIZE);
	return (struct ringside_vsock_policy *)io->arg.raw;
}

static bool ports_valid(const struct ringside_vsock_policy *arg)
{
	u32 used = arg->n_ports * sizeof(arg->ports[0]);

	if (arg->n_ports > RINGSIDE_VSOCK_MAX_PORT_RANGES ||
	    (arg->n_ports && !(arg->flags & RINGSIDE_VSOCK_POLICY_PORTS)))
		return false;
	for (u32 i = 0; i < arg->n_ports; i++)
		if (arg->ports[i].first > arg->ports[i].last)
			return false;
	return !memchr_inv((const u8 *)arg->ports + used, 0,
			   sizeof(arg->ports) - used);
}

static bool is_valid(const struct ringside_vsock_policy *arg)
{
	u32 bytes = arg->max_queued_bytes;

	return !(arg->flags & ~(u32)RINGSIDE_VSOCK_POLICY_PORTS) &&
	       !arg->reserved && ports_valid(arg) &&
	       (!arg->pin_cid || vsock_is_guest_cid(arg->pin_cid)) &&
	       (!bytes || (bytes >= SZ_256K && bytes <= SZ_1G));
}

/* Return: the set, NULL for all ports, or an error. */
static struct vsock_port_set *new_ports(const struct ringside_vsock_policy *arg)
{
	struct vsock_port_set *set;

	if (!(arg->flags & RINGSIDE_VSOCK_POLICY_PORTS))
		return NULL;
	set = kzalloc(sizeof(*set), GFP_KERNEL_ACCOUNT);
	if (!set)
		return ERR_PTR(-ENOMEM);
	set->n = arg->n_ports;
	memcpy(set->range, arg->ports, sizeof(set->range));
	return set;
}

/* A CID that the device has, or is about to have, is the one to pin. */
static int check_pin(const struct vhost_vsock *v, u32 cid)
{
	if (!cid)
		return 0;
	if (v->claimed_cid && v->claimed_cid != cid)
		return -EBUSY;
	return v->cid && v->cid != cid ? -EINVAL : 0;
}

static void apply_locked(struct vhost_vsock *v,
			 const struct ringside_vsock_policy *arg,
			 struct vsock_port_set *set)
{
	struct vsock_policy *p = &v->policy;

	lockdep_assert_held(&vsock_guests_lock);
	set = rcu_replace_pointer(p->ports, set,
				  lockdep_is_held(&vsock_guests_lock));
	kfree_rcu(set, rcu);
	WRITE_ONCE(p->max_connections, arg->max_connections);
	p->pinned_cid = arg->pin_cid;
	vsock_sendq_set_max(&v->sendq, arg->max_queued_bytes);
}

static int set_policy(struct vhost_vsock *self,
		      const struct ringside_vsock_policy *arg,
		      struct vsock_port_set *set)
{
	struct vhost_vsock *v;
	int ret;

	guard(mutex)(&vsock_guests_lock);
	v = vsock_guest_managed(self, arg->guest_cid);
	if (IS_ERR(v))
		return PTR_ERR(v);
	ret = check_pin(v, arg->pin_cid);
	if (!ret)
		apply_locked(v, arg, set);
	return ret;
}

int vsock_policy_set_execute(struct vhost_io *io)
{
	const struct ringside_vsock_policy *arg = argument(io);
	struct vsock_port_set *set;
	int ret;

	if (!is_valid(arg))
		return -EINVAL;
	set = new_ports(arg);
	if (IS_ERR(set))
		return PTR_ERR(set);
	ret = set_policy(vsock_device(io->dev), arg, set);
	if (ret)
		kfree(set);
	return ret;
}

static void read_locked(const struct vhost_vsock *v,
			struct ringside_vsock_policy *arg)
{
	const struct vsock_policy *p = &v->policy;
	const struct vsock_port_set *set = rcu_dereference_protected(
		p->ports, lockdep_is_held(&vsock_guests_lock));

	*arg = (struct ringside_vsock_policy){
		.guest_cid = arg->guest_cid,
		.flags = set ? RINGSIDE_VSOCK_POLICY_PORTS : 0,
		.pin_cid = p->pinned_cid,
		.max_queued_bytes = v->sendq.max_bytes,
		.max_connections = p->max_connections,
		.n_ports = set ? set->n : 0,
		.rejected_ports = READ_ONCE(p->rejected_ports),
		.rejected_connections = READ_ONCE(p->rejected_connections),
	};
	if (set)
		memcpy(arg->ports, set->range, sizeof(arg->ports));
}

int vsock_policy_get_execute(struct vhost_io *io)
{
	struct vhost_vsock *v = vsock_device(io->dev);
	struct ringside_vsock_policy *arg = argument(io);

	guard(mutex)(&vsock_guests_lock);
	if (arg->guest_cid)
		v = vsock_guest_managed(v, arg->guest_cid);
	if (IS_ERR(v))
		return PTR_ERR(v);
	read_locked(v, arg);
	return 0;
}

void vsock_policy_free(struct vsock_policy *p)
{
	kfree(rcu_dereference_protected(p->ports, true));
}
