// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink; see nl.h. Each dump has a socket of its own, so that the rest of
 * an interrupted one disturbs nobody.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <ringside/vhost_netlink.h>
#include <string.h>

#include "nl.h"

/* ---- attributes ------------------------------------------------------- */

static void take(const struct nlattr *a, const struct nlattr **attr, int max)
{
	if (mnl_attr_get_type(a) <= max)
		attr[mnl_attr_get_type(a)] = a;
}

void nl_parse(const struct nlmsghdr *h, const struct nlattr **attr, int max)
{
	const struct nlattr *a;

	memset(attr, 0, sizeof(*attr) * (max + 1));
	mnl_attr_for_each(a, h, sizeof(struct genlmsghdr))
		take(a, attr, max);
}

void nl_parse_nest(const struct nlattr *nest, const struct nlattr **attr, int max)
{
	const struct nlattr *a;

	memset(attr, 0, sizeof(*attr) * (max + 1));
	if (!nest)
		return;
	mnl_attr_for_each_nested(a, nest)
		take(a, attr, max);
}

uint64_t nl_number(const struct nlattr *attr)
{
	if (attr && mnl_attr_get_payload_len(attr) == sizeof(uint64_t))
		return mnl_attr_get_u64(attr);
	if (attr && mnl_attr_get_payload_len(attr) == sizeof(uint32_t))
		return mnl_attr_get_u32(attr);
	return 0;
}

int64_t nl_optional(const struct nlattr *attr)
{
	return attr ? (int64_t)nl_number(attr) : -1;
}

void nl_string(const struct nlattr *attr, char *to, size_t size)
{
	size_t len = attr ? mnl_attr_get_payload_len(attr) : 0;
	const char *from = attr ? mnl_attr_get_payload(attr) : "";
	size_t n = 0;

	for (; n < len && n < size - 1 && from[n]; n++)
		to[n] = from[n] < ' ' || from[n] > '~' ? '?' : from[n];
	to[n] = 0;
}

/* ---- dumps ------------------------------------------------------------ */

static struct nlmsghdr *request(void *buf, uint16_t type, uint16_t flags,
				uint8_t command)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *g;

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = 1;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->cmd = command;
	g->version = VHOST_FAMILY_VERSION;
	return h;
}

/*
 * @seq, @port: of the request that is replied to, 0 for notifications.
 * Return: 0 or an errno.
 */
static int receive(struct mnl_socket *s, unsigned int seq, unsigned int port,
		   nl_each each, void *ctx)
{
	char buf[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	int more = MNL_CB_OK;

	while (more > MNL_CB_STOP) {
		ssize_t got = mnl_socket_recvfrom(s, buf, sizeof(buf));

		if (got < 0)
			return errno;
		more = mnl_cb_run(buf, got, seq, port, each, ctx);
	}
	return more < 0 ? errno : 0;
}

static int ask(struct mnl_socket *s, const struct nlmsghdr *h, nl_each each,
	       void *ctx)
{
	if (mnl_socket_sendto(s, h, h->nlmsg_len) < 0)
		return errno;
	return receive(s, h->nlmsg_seq, mnl_socket_get_portid(s), each, ctx);
}

struct family {
	uint16_t id;
	uint32_t group;
};

/* There is one group. */
static int take_family(const struct nlmsghdr *h, void *ctx)
{
	const struct nlattr *attr[CTRL_ATTR_MCAST_GROUPS + 1];
	const struct nlattr *group[CTRL_ATTR_MCAST_GRP_ID + 1], *nest;
	struct family *f = ctx;

	nl_parse(h, attr, CTRL_ATTR_MCAST_GROUPS);
	if (attr[CTRL_ATTR_FAMILY_ID])
		f->id = mnl_attr_get_u16(attr[CTRL_ATTR_FAMILY_ID]);
	if (!attr[CTRL_ATTR_MCAST_GROUPS])
		return MNL_CB_OK;
	mnl_attr_for_each_nested(nest, attr[CTRL_ATTR_MCAST_GROUPS]) {
		nl_parse_nest(nest, group, CTRL_ATTR_MCAST_GRP_ID);
		f->group = nl_number(group[CTRL_ATTR_MCAST_GRP_ID]);
	}
	return MNL_CB_OK;
}

static int find_family(struct mnl_socket *s, struct family *f)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO))) = {};
	struct nlmsghdr *h = request(buf, GENL_ID_CTRL, NLM_F_ACK,
				     CTRL_CMD_GETFAMILY);

	mnl_attr_put_strz(h, CTRL_ATTR_FAMILY_NAME, VHOST_FAMILY_NAME);
	return ask(s, h, take_family, f);
}

static int dump(struct mnl_socket *s, uint8_t command, nl_each each, void *ctx)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO))) = {};
	struct family f = {};
	int err = find_family(s, &f);

	if (err)
		return err;
	return ask(s, request(buf, f.id, NLM_F_DUMP, command), each, ctx);
}

static int listen_on(struct mnl_socket *s, nl_each each,
		     int (*begin)(void *ctx), void *ctx)
{
	struct family f = {};
	int err = find_family(s, &f);

	if (err)
		return err;
	if (mnl_socket_setsockopt(s, NETLINK_ADD_MEMBERSHIP, &f.group,
				  sizeof(f.group)) < 0)
		return errno;
	err = begin(ctx);
	return err ? err : receive(s, 0, 0, each, ctx);
}

int nl_dump(uint8_t command, nl_each each, void *ctx)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	int err;

	if (!s)
		return errno;
	err = mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0 ?
		      errno : dump(s, command, each, ctx);
	mnl_socket_close(s);
	return err;
}

int nl_listen(nl_each each, int (*begin)(void *ctx), void *ctx)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	int err;

	if (!s)
		return errno;
	err = mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0 ?
		      errno : listen_on(s, each, begin, ctx);
	mnl_socket_close(s);
	return err;
}

uint8_t nl_command(const struct nlmsghdr *h)
{
	const struct genlmsghdr *g = mnl_nlmsg_get_payload(h);

	return g->cmd;
}
