/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traffic in both directions at once through a running device, every byte of
 * it checked: as a guest's driver would do it on one side, by raw socket on
 * the other. One thread; it sleeps in poll(), with notifications enabled, when
 * there is nothing to do, so a lost notification makes it stand still, and
 * that is a failure.
 */
#ifndef RINGSIDE_HOST_TRAFFIC_H
#define RINGSIDE_HOST_TRAFFIC_H

#include "device.h"
#include "frame.h"
#include "netdev.h"

struct traffic_plan {
	uint32_t tx, rx;		/* frames each way */
	uint32_t min_len, max_len;
	uint32_t rx_buf;	/* mergeable: most bytes of one buffer */
	uint32_t lazy;		/* seed of the drivers' manners, 0: plain */
	uint32_t ms;		/* give up after so long without progress */
	bool leave[QUEUES];	/* do not touch this queue */
	bool lossy;		/* frames may get lost, but nothing else */
	bool stale;		/* old ones may come late: other links held
				 * them */
};

/* What is in one slot of a queue's memory. */
struct slot {
	uint32_t len;		/* RX: bytes it has room for */
	bool taken;
};

struct direction {
	struct queue *q;
	struct slot *slot;
	uint32_t slots, stride, next;
	uint64_t gpa;
	uint32_t sent;		/* number of the last frame sent */
	uint32_t last;		/* and of the last that came */
	uint32_t seen;		/* lossy: or was taken for lost */
	uint32_t salt;
};

struct traffic {
	struct device *d;
	struct link *link;
	struct traffic_plan plan;
	struct direction dir[QUEUES];
	uint64_t random;

	/* a received frame that is not complete */
	uint8_t *frame;
	uint32_t frame_len, buffers_left;

	/* hears of every part of a buffer that the device has written */
	void (*wrote)(void *ctx, uint64_t gpa, uint32_t len);
	void *ctx;

	const char *error;	/* the first thing that was wrong */
	char error_text[120];
};

/**
 * traffic_open() - prepare; the queues have nothing in flight
 * @plan: what it does not say (0) is: 60 to 1514 bytes, 5 s
 */
void traffic_open(struct traffic *t, struct device *d, struct link *link,
		  const struct traffic_plan *plan);
void traffic_close(struct traffic *t);

/**
 * traffic_step() - do what can be done now
 *
 * Return: whether there was anything. Errors are in t->error.
 */
bool traffic_step(struct traffic *t);

/** traffic_done() - everything sent was seen, and TX has all chains back */
bool traffic_done(const struct traffic *t);

/** traffic_run() - until it is done; NULL or what went wrong */
const char *traffic_run(struct traffic *t);

/** traffic_more() - so many frames more, from where it is */
const char *traffic_more(struct traffic *t, uint32_t tx, uint32_t rx);

/** traffic_for() - as long as that, without end; NULL or what went wrong */
const char *traffic_for(struct traffic *t, uint32_t ms);

/** traffic_reopen() - a queue was made anew; what was in flight is lost */
void traffic_reopen(struct traffic *t, int queue);

/** traffic_switch() - to another link; what it holds is thrown away */
void traffic_switch(struct traffic *t, struct link *link);

/** traffic_once() - open, run, close */
const char *traffic_once(struct device *d, struct link *link,
			 const struct traffic_plan *plan);

#endif /* RINGSIDE_HOST_TRAFFIC_H */
