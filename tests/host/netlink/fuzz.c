// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests whose commands, flags and attributes are anything: each ends with an
 * error or with replies that add up, and afterwards everything works as before.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netlink/tests.h"

enum { ROUNDS = 20000, MOST_ATTRS = 6, MOST_BYTES = 40 };

static uint64_t random_state;

static uint32_t any(uint32_t below)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (random_state >> 33) % below;
}

/* Often what is right, so that the rest of the request is looked at. */
static void add_attr(struct nl_request *r, uint32_t id)
{
	uint8_t bytes[MOST_BYTES];
	uint32_t len = any(3) ? 4 : any(MOST_BYTES);
	uint16_t type = any(4) ? 1 + any(3) : any(1 << 16);

	for (uint32_t i = 0; i < len; i++)
		bytes[i] = any(256);
	if (len == 4 && any(4))
		memcpy(bytes, &id, 4);
	if (len == 4 && !any(3))
		memset(bytes, 0, 4);
	nl_add(r, type, bytes, len);
}

/* A length that lies, of an attribute or of the message. */
static void spoil(struct nl_request *r)
{
	uint8_t *at = (uint8_t *)r + NLMSG_LENGTH(GENL_HDRLEN);

	if (any(2))
		*(uint16_t *)(void *)at = any(1 << 16);
	else
		r->h.nlmsg_len -= any(r->h.nlmsg_len - NLMSG_LENGTH(0));
}

static struct nl_request make(struct nl *nl, uint32_t id)
{
	static const uint16_t flags[] = {
		0, NLM_F_ACK, NLM_F_DUMP, NLM_F_DUMP | NLM_F_ACK, NLM_F_ROOT,
		NLM_F_MATCH, 0xffff & ~NLM_F_REQUEST,
	};
	struct nl_request r = nl_begin(nl, any(8) ? 1 + any(3) : any(256),
				       flags[any(sizeof(flags) / sizeof(*flags))] |
					       NLM_F_ACK);

	r.g.version = any(4) ? 1 : any(256);
	r.g.reserved = any(8) ? 0 : any(1 << 16);
	for (uint32_t n = any(MOST_ATTRS); n; n--)
		add_attr(&r, id);
	if (!any(4))
		spoil(&r);
	return r;
}

static void count(void *ctx, struct nl_attrs attrs)
{
	(void)attrs;
	++*(uint32_t *)ctx;
}

/*
 * Replies come as long as the last one asked for is not over. A message that is
 * too short to be one is not replied to: a request behind it always is.
 */
static void drain(struct nl *nl, struct nl_reply *reply)
{
	struct nl_request r = nl_begin(nl, VHOST_NL_CMD_DEV_GET, NLM_F_ACK);
	struct nl_reply last = {};
	int err;

	nl_add_u32(&r, VHOST_A_DEV_ID, ~0u);
	do {
		last = (struct nl_reply){};
		err = nl_ask(nl, &r, &last);
		reply->unsound |= last.unsound;
	} while (err != ENODEV);
}

void netlink_fuzz(void)
{
	uint64_t rounds = env_number("NETLINK_ROUNDS", ROUNDS);
	uint32_t objects = 0, errors = 0, unsound = 0;
	struct nl_object o;
	struct subject s;

	random_state = env_number("RANDOM_SEED", now_ms());
	report_note("RANDOM_SEED=%llu", (unsigned long long)random_state);
	subject_open(&s, F_V1 | F_PACKED, 64);
	subject_start(&s);
	for (uint64_t i = 0; i < rounds; i++) {
		struct nl nl = s.nl;
		struct nl_request r = make(&nl, s.id);
		struct nl_reply reply = { .each = count, .ctx = &objects };

		errors += !!nl_send(&nl, &r);
		s.nl.seq = nl.seq;
		drain(&s.nl, &reply);
		unsound += reply.unsound;
	}
	report_ok(!unsound, "%llu requests of any bytes; %u were not sent",
		  (unsigned long long)rounds, errors);
	went(nl_get_dev(&s.nl, s.id, &o), 0, "then the device");
	went(nl_get_queue(&s.nl, s.id, TX, &o), 0, "and its queue");
	subject_close(&s);
}
