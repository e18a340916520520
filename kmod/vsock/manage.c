// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which guests a caller of the administrators' ioctls may manage: CAP_NET_ADMIN
 * in the user namespace that owns the guest's network namespace.
 */
#include <linux/capability.h>
#include <linux/nsproxy.h>
#include <net/net_namespace.h>

#include "vsock.h"

static struct net *callers_net(void)
{
	return COMPAT_VSOCK_NET ? current->nsproxy->net_ns : NULL;
}

static bool may_manage(struct net *net)
{
	return net ? ns_capable(net->user_ns, CAP_NET_ADMIN) :
		     capable(CAP_NET_ADMIN);
}

/*
 * Rights in the caller's network namespace are not enough: any user can make one,
 * and see all guests of global namespaces from there.
 */
struct vhost_vsock *vsock_guest_managed(struct vhost_vsock *self, u64 cid)
{
	struct vhost_vsock *v = self;

	lockdep_assert_held(&vsock_guests_lock);
	if (cid && !may_manage(callers_net()))
		return ERR_PTR(-EPERM);
	if (cid) {
		guard(rcu)();
		v = vsock_guest_find(cid, callers_net());
	}
	if (!v)
		return ERR_PTR(-ENODEV);
	return may_manage(v->net) ? v : ERR_PTR(-EPERM);
}

int vsock_next_guest_execute(struct vhost_io *io)
{
	struct vhost_vsock *self = vsock_device(io->dev);
	struct net *net = callers_net();
	u64 cid = io->arg.u64;

	if (!may_manage(net))
		return -EPERM;
	guard(mutex)(&vsock_guests_lock);
	do {
		cid = vsock_guest_next(cid, net);
	} while (cid && IS_ERR(vsock_guest_managed(self, cid)));
	io->arg.u64 = cid;
	return cid ? 0 : -ENOENT;
}
