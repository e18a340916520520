// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink without a library; see nl.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "report.h"
#include "nl.h"

/* As long as a part of a dump is then: short, so that there are several. */
enum { DATAGRAM = 4096, LIMIT_SECONDS = 20 };

/* ---- attributes ------------------------------------------------------- */

static size_t padded(size_t len)
{
	return (len + NLA_ALIGNTO - 1) & ~(size_t)(NLA_ALIGNTO - 1);
}

/* The attribute at @data, or NULL when no whole one is there. */
static const struct nlattr *whole(const uint8_t *data, size_t len)
{
	const struct nlattr *a = (const void *)data;

	if (len < sizeof(*a) || a->nla_len < sizeof(*a) || a->nla_len > len)
		return NULL;
	return a;
}

static struct nl_attrs behind(struct nl_attrs a, const struct nlattr *attr)
{
	size_t skip = (size_t)((const uint8_t *)attr - a.data) +
		      padded(attr->nla_len);

	skip = skip < a.len ? skip : a.len;
	return (struct nl_attrs){ a.data + skip, a.len - skip };
}

const struct nlattr *nl_first(struct nl_attrs a, uint16_t type)
{
	const struct nlattr *attr;

	for (; (attr = whole(a.data, a.len)); a = behind(a, attr))
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
	return NULL;
}

const struct nlattr *nl_next(struct nl_attrs a, const struct nlattr *last,
			     uint16_t type)
{
	return nl_first(behind(a, last), type);
}

struct nl_attrs nl_inside(const struct nlattr *attr)
{
	if (!attr)
		return (struct nl_attrs){ NULL, 0 };
	return (struct nl_attrs){ (const uint8_t *)(attr + 1),
				  attr->nla_len - sizeof(*attr) };
}

uint64_t nl_number(struct nl_attrs a, uint16_t type, uint64_t otherwise)
{
	struct nl_attrs in = nl_inside(nl_first(a, type));
	uint64_t big;
	uint32_t small;

	if (in.len == sizeof(big)) {
		memcpy(&big, in.data, sizeof(big));
		return big;
	}
	if (in.len != sizeof(small))
		return otherwise;
	memcpy(&small, in.data, sizeof(small));
	return small;
}

const char *nl_string(struct nl_attrs a, uint16_t type)
{
	struct nl_attrs in = nl_inside(nl_first(a, type));

	return in.len && !in.data[in.len - 1] ? (const char *)in.data : "";
}

bool nl_sound(struct nl_attrs a)
{
	const struct nlattr *attr;

	while ((attr = whole(a.data, a.len)))
		a = behind(a, attr);
	return !a.len;
}

/* ---- requests --------------------------------------------------------- */

struct nl_request nl_begin(const struct nl *nl, uint8_t cmd, uint16_t flags)
{
	return (struct nl_request){
		.h = { .nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN),
		       .nlmsg_type = nl->family,
		       .nlmsg_flags = NLM_F_REQUEST | flags },
		.g = { .cmd = cmd, .version = VHOST_FAMILY_VERSION },
	};
}

void nl_add(struct nl_request *r, uint16_t type, const void *data, size_t len)
{
	struct nlattr *a = (void *)((char *)r + r->h.nlmsg_len);

	if (r->h.nlmsg_len + sizeof(*a) + padded(len) > sizeof(*r))
		report_die("the request is full");
	*a = (struct nlattr){ .nla_len = sizeof(*a) + len, .nla_type = type };
	memcpy(a + 1, data, len);
	r->h.nlmsg_len += sizeof(*a) + padded(len);
}

void nl_add_u32(struct nl_request *r, uint16_t type, uint32_t value)
{
	nl_add(r, type, &value, sizeof(value));
}

int nl_send(struct nl *nl, struct nl_request *r)
{
	r->h.nlmsg_seq = ++nl->seq;
	return send(nl->fd, r, r->h.nlmsg_len, 0) < 0 ? errno : 0;
}

/* ---- replies ---------------------------------------------------------- */

static int error_of(const struct nlmsghdr *h)
{
	int err;

	memcpy(&err, NLMSG_DATA(h), sizeof(err));
	return -err;
}

static void take(const struct nlmsghdr *h, struct nl_reply *reply)
{
	struct nl_attrs attrs = {
		(const uint8_t *)h + NLMSG_LENGTH(GENL_HDRLEN),
		h->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN),
	};

	reply->interrupted |= h->nlmsg_flags & NLM_F_DUMP_INTR;
	if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE) {
		reply->over = true;
		reply->err = error_of(h);
		return;
	}
	reply->objects++;
	reply->unsound |= !nl_sound(attrs);
	if (reply->each)
		reply->each(reply->ctx, attrs);
	if (!(h->nlmsg_flags & NLM_F_MULTI))
		reply->over = true;
}

void nl_receive(struct nl *nl, struct nl_reply *reply)
{
	static _Thread_local uint8_t data[DATAGRAM]
		__attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t got = recv(nl->fd, data, sizeof(data), MSG_TRUNC);
	struct nlmsghdr *h = (void *)data;
	int left = got;

	if (got < 0)
		report_die("recv");
	if (got > (ssize_t)sizeof(data))
		report_die("a datagram of %zd bytes", got);
	for (; NLMSG_OK(h, (unsigned int)left); h = NLMSG_NEXT(h, left))
		if (h->nlmsg_seq == nl->seq)
			take(h, reply);
}

int nl_ask(struct nl *nl, struct nl_request *r, struct nl_reply *reply)
{
	int err = nl_send(nl, r);

	if (err)
		return err;
	while (!reply->over)
		nl_receive(nl, reply);
	return reply->err;
}

/* ---- the family ------------------------------------------------------- */

/* There is one group. */
static void take_family(void *ctx, struct nl_attrs attrs)
{
	struct nl_attrs in = nl_inside(nl_first(attrs, CTRL_ATTR_FAMILY_ID));
	struct nl *nl = ctx;

	nl->family = 0;
	if (in.len >= sizeof(nl->family))
		memcpy(&nl->family, in.data, sizeof(nl->family));
	in = nl_inside(nl_first(attrs, CTRL_ATTR_MCAST_GROUPS));
	in = nl_inside(nl_first(in, 1));
	nl->group = nl_number(in, CTRL_ATTR_MCAST_GRP_ID, 0);
}

bool nl_open(struct nl *nl)
{
	struct timeval limit = { .tv_sec = LIMIT_SECONDS };
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	struct nl_request r;
	struct nl_reply reply = { .each = take_family, .ctx = nl };

	*nl = (struct nl){
		.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			     NETLINK_GENERIC),
		.family = GENL_ID_CTRL,
	};
	if (nl->fd < 0 || bind(nl->fd, (void *)&any, sizeof(any)))
		report_die("netlink socket");
	setsockopt(nl->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	r = nl_begin(nl, CTRL_CMD_GETFAMILY, 0);
	nl_add(&r, CTRL_ATTR_FAMILY_NAME, VHOST_FAMILY_NAME,
	       sizeof(VHOST_FAMILY_NAME));
	return !nl_ask(nl, &r, &reply) && nl->family;
}

void nl_close(struct nl *nl)
{
	close(nl->fd);
}

/* ---- the commands ----------------------------------------------------- */

static void copy_object(void *ctx, struct nl_attrs attrs)
{
	struct nl_object *o = ctx;

	if (attrs.len > sizeof(o->data))
		report_die("a message of %zu bytes", attrs.len);
	memcpy(o->data, attrs.data, attrs.len);
	o->attrs = (struct nl_attrs){ o->data, attrs.len };
}

static int get(struct nl *nl, struct nl_request *r, struct nl_object *o)
{
	struct nl_reply reply = { .each = copy_object, .ctx = o };
	int err;

	o->attrs = (struct nl_attrs){ o->data, 0 };
	err = nl_ask(nl, r, &reply);
	if (reply.unsound)
		report_ok(false, "attributes add up");
	return err;
}

int nl_get_dev(struct nl *nl, uint32_t id, struct nl_object *o)
{
	struct nl_request r = nl_begin(nl, VHOST_NL_CMD_DEV_GET, 0);

	nl_add_u32(&r, VHOST_A_DEV_ID, id);
	return get(nl, &r, o);
}

int nl_get_queue(struct nl *nl, uint32_t dev, uint32_t index,
		 struct nl_object *o)
{
	struct nl_request r = nl_begin(nl, VHOST_NL_CMD_QUEUE_GET, 0);

	nl_add_u32(&r, VHOST_A_QUEUE_DEV_ID, dev);
	nl_add_u32(&r, VHOST_A_QUEUE_INDEX, index);
	return get(nl, &r, o);
}

int nl_get_worker(struct nl *nl, uint32_t dev, uint32_t id,
		  struct nl_object *o)
{
	struct nl_request r = nl_begin(nl, VHOST_NL_CMD_WORKER_GET, 0);

	nl_add_u32(&r, VHOST_A_WORKER_DEV_ID, dev);
	nl_add_u32(&r, VHOST_A_WORKER_ID, id);
	return get(nl, &r, o);
}

struct search {
	uint32_t pid, id, found;
};

static void match(void *ctx, struct nl_attrs attrs)
{
	struct search *s = ctx;

	if (nl_number(attrs, VHOST_A_DEV_OWNER_PID, 0) != s->pid)
		return;
	s->id = nl_number(attrs, VHOST_A_DEV_ID, ~0u);
	s->found++;
}

uint32_t nl_only_dev_of(struct nl *nl, uint32_t pid)
{
	struct nl_request r = nl_begin(nl, VHOST_NL_CMD_DEV_GET, NLM_F_DUMP);
	struct search s = { .pid = pid };
	struct nl_reply reply = { .each = match, .ctx = &s };

	nl_ask(nl, &r, &reply);
	if (s.found != 1)
		report_die("%u devices of process %u", s.found, pid);
	return s.id;
}

/* ---- notifications ---------------------------------------------------- */

int nl_join(struct nl *nl)
{
	return setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
			  &nl->group, sizeof(nl->group)) ? errno : 0;
}

uint8_t nl_event(struct nl *nl, int ms, struct nl_object *o)
{
	static uint8_t data[DATAGRAM] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct pollfd p = { .fd = nl->fd, .events = POLLIN };
	struct nlmsghdr *h = (void *)data;
	struct genlmsghdr *g = NLMSG_DATA(h);
	ssize_t got;

	if (poll(&p, 1, ms) != 1)
		return 0;
	got = recv(nl->fd, data, sizeof(data), 0);
	if (got < (ssize_t)NLMSG_LENGTH(GENL_HDRLEN) ||
	    h->nlmsg_type != nl->family || h->nlmsg_len != got)
		report_die("a notification of %zd bytes", got);
	copy_object(o, (struct nl_attrs){ data + NLMSG_LENGTH(GENL_HDRLEN),
					  got - NLMSG_LENGTH(GENL_HDRLEN) });
	return g->cmd;
}
