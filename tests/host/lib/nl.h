/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Generic netlink, as much as tests of the family "vhost" need: requests byte
 * by byte, replies as they come.
 */
#ifndef RINGSIDE_HOST_NL_H
#define RINGSIDE_HOST_NL_H

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ringside/vhost_netlink.h>

struct nl {
	int fd;
	uint16_t family;
	uint32_t group;		/* of notifications */
	uint32_t seq;
};

/** nl_open() - false where the kernel has no such family */
bool nl_open(struct nl *nl);
void nl_close(struct nl *nl);

/* ---- requests --------------------------------------------------------- */

struct nl_request {
	struct nlmsghdr h;
	struct genlmsghdr g;
	uint8_t attrs[4096];
};

/** nl_begin() - @flags besides NLM_F_REQUEST */
struct nl_request nl_begin(const struct nl *nl, uint8_t cmd, uint16_t flags);
void nl_add(struct nl_request *r, uint16_t type, const void *data, size_t len);
void nl_add_u32(struct nl_request *r, uint16_t type, uint32_t value);

/** nl_send() - return: 0 or the errno of the system call */
int nl_send(struct nl *nl, struct nl_request *r);

/* ---- replies ---------------------------------------------------------- */

/* Attributes of one message, or inside one attribute. */
struct nl_attrs {
	const uint8_t *data;
	size_t len;
};

/** nl_first() - the first attribute of this type, or NULL */
const struct nlattr *nl_first(struct nl_attrs a, uint16_t type);
/** nl_next() - the next one behind @last */
const struct nlattr *nl_next(struct nl_attrs a, const struct nlattr *last,
			     uint16_t type);
struct nl_attrs nl_inside(const struct nlattr *attr);
/** nl_number() - of a u32 or uint; @otherwise when there is none */
uint64_t nl_number(struct nl_attrs a, uint16_t type, uint64_t otherwise);
/** nl_string() - "" when there is none */
const char *nl_string(struct nl_attrs a, uint16_t type);
/** nl_sound() - do the attributes fill the message exactly, one by one */
bool nl_sound(struct nl_attrs a);

struct nl_reply {
	void (*each)(void *ctx, struct nl_attrs attrs);	/* or NULL */
	void *ctx;
	uint32_t objects;	/* so many messages came */
	bool interrupted;	/* NLM_F_DUMP_INTR somewhere */
	bool unsound;		/* attributes that do not add up */
	bool over;
	int err;		/* what the kernel said, when it is over */
};

/** nl_receive() - one datagram of replies; sets over at the end of all */
void nl_receive(struct nl *nl, struct nl_reply *reply);

/** nl_ask() - send, and receive to the end; return: the errno */
int nl_ask(struct nl *nl, struct nl_request *r, struct nl_reply *reply);

/* ---- the commands ----------------------------------------------------- */

/* One object, copied, as the caller's memory is: 8 KiB. */
struct nl_object {
	uint8_t data[8192];
	struct nl_attrs attrs;
};

int nl_get_dev(struct nl *nl, uint32_t id, struct nl_object *o);
int nl_get_queue(struct nl *nl, uint32_t dev, uint32_t index,
		 struct nl_object *o);
int nl_get_worker(struct nl *nl, uint32_t dev, uint32_t id,
		  struct nl_object *o);

/** nl_only_dev_of() - the number of the one device that a process owns */
uint32_t nl_only_dev_of(struct nl *nl, uint32_t pid);

/* ---- notifications ---------------------------------------------------- */

/** nl_join() - have the socket get them, and nothing else; return: the errno */
int nl_join(struct nl *nl);

/**
 * nl_event() - the next one
 * @o: what it is about, as a reply has it
 *
 * Return: its command; 0: none came within @ms.
 */
uint8_t nl_event(struct nl *nl, int ms, struct nl_object *o);

#endif /* RINGSIDE_HOST_NL_H */
