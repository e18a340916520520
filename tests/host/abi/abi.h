/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The abi program: every command of /dev/vhost-net, with what it returns and
 * what it does. Facts are Linux 7.3's; where Ringside differs on purpose
 * (docs/abi.md), both are written down.
 */
#ifndef RINGSIDE_HOST_ABI_H
#define RINGSIDE_HOST_ABI_H

#include "lib/report.h"
#include "lib/traffic.h"

/** ringside() - is this Ringside: it offers what Linux's vhost never had */
static inline bool ringside(const struct device *d)
{
	return d->offered & F_PACKED;
}

/** same() - report a number that must be this one */
bool same(uint64_t is, uint64_t want, const char *what);

/* How far a device is. */
enum stage {
	OPEN,		/* no owner */
	OWNED,
	MEMORY,		/* owned, with features and memory table */
	READY,		/* rings and eventfds are set up */
	RUNNING,	/* with a tap */
};

/** stage_open() - a device at this stage; false when it cannot be had */
bool stage_open(struct device *d, struct link *l, enum stage stage,
		uint64_t features);
void stage_close(struct device *d, struct link *l);

/* frames.c: frames of one buffer, in the transmit queue */
void frame_add(struct device *d);	/* published, not kicked for */
bool frame_used(struct device *d, uint32_t ms);
/** frames_pass() - one after the other; how many of @n came back */
uint32_t frames_pass(struct device *d, uint32_t n);

void abi_commands(void);	/* the big table of errors */
void abi_tables(void);		/* memory tables */
void abi_unconfigured(void);	/* queues without configuration */
void abi_features(void);	/* bits, arrays, backend features */
void abi_settings(void);	/* what is set can be read back */
void abi_bases(void);		/* GET_VRING_BASE, stop and start */
void abi_log(void);		/* dirty pages */
void abi_iotlb(void);		/* messages */
void abi_permissions(void);	/* IOTLB that gives less than asked */
void abi_pending(void);		/* IOTLB misses that wait at a change */
void abi_moves(void);		/* rings that move while they run */
void abi_renegotiation(void);	/* SET_FEATURES once more */
void abi_polling(void);		/* busy polling beside another queue */
void abi_workers(void);		/* worker threads */

#endif /* RINGSIDE_HOST_ABI_H */
