/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to the core: the generic netlink family "vhost". Its commands and
 * attributes are in netlink/vhost.yaml, docs/abi.md says what holds for all.
 */
#ifndef RINGSIDE_CORE_NETLINK_H
#define RINGSIDE_CORE_NETLINK_H

#include <net/genetlink.h>

#include "core/devices.h"
#include "core/info.h"

/* A message that is being written. */
struct vhost_nl_out {
	struct sk_buff *skb;
	const struct genl_info *info;	/* of the request or notification */
	struct netlink_callback *cb;	/* NULL: not part of a dump */
	struct vhost_onlooker who;
};

/**
 * vhost_nl_begin() - begin a message about one object
 *
 * Return: what vhost_nl_end() takes; NULL: it does not fit any more.
 */
void *vhost_nl_begin(const struct vhost_nl_out *out);

/**
 * vhost_nl_end() - the message is complete, or is taken back
 * @ret: of what was put into it
 *
 * Return: 0 or -EMSGSIZE.
 */
int vhost_nl_end(const struct vhost_nl_out *out, void *begun, int ret);

/* What a command is about, for the two ways to ask. */
struct vhost_nl_kind {
	int dev_attr;		/* that names the device in a request */
	int index_attr;		/* and the one that names an object of it; 0: the
				 * object is the device */
	/*
	 * Write about the first object of @dev whose number is *@index or above
	 * it, and set *@index to its number. Return: 0; -ENOENT: there is none;
	 * -EMSGSIZE. Context: devices_lock held.
	 */
	int (*put)(const struct vhost_nl_out *out, struct vhost_dev *dev,
		   u32 *index);
};

/** vhost_nl_get() - the doit of a command: reply with the one that is named */
int vhost_nl_get(struct genl_info *info, const struct vhost_nl_kind *kind);

/** vhost_nl_dump() - the dumpit: all, or all of the device that is named */
int vhost_nl_dump(struct sk_buff *skb, struct netlink_callback *cb,
		  const struct vhost_nl_kind *kind);

/* ---- netlink_dev.c, netlink_queue.c: for notifications, too -------------- */

/**
 * vhost_nl_put_dev() - a message about a device
 * @index: 0; others name nothing
 *
 * Return and context: as put() above, or the device is known to stay.
 */
int vhost_nl_put_dev(const struct vhost_nl_out *out, struct vhost_dev *dev,
		     u32 *index);

/** vhost_nl_put_queue() - a message about its queue *@index */
int vhost_nl_put_queue(const struct vhost_nl_out *out, struct vhost_dev *dev,
		       u32 *index);

/* ---- netlink_events.c ---------------------------------------------------- */

/** vhost_nl_register() - the family is there from now on. Return: 0 or -errno. */
int vhost_nl_register(void);
void vhost_nl_unregister(void);

#endif /* RINGSIDE_CORE_NETLINK_H */
