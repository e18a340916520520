/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vdpa program: devices of the vdpa bus through their nodes
 * /dev/vhost-vdpa-N, on parents of ringside_test_parent.ko, and on the kernel's
 * simulators where there are some.
 */
#ifndef RINGSIDE_HOST_VDPA_TESTS_H
#define RINGSIDE_HOST_VDPA_TESTS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "kmod/parent/abi.h"
#include "lib/device.h"
#include "lib/event.h"
#include "lib/iotlb.h"
#include "lib/report.h"
#include "lib/vdpa_node.h"

#define PARENTS "/dev/vhost-test-parent"
#define PAGE 4096ull
#define V2 VHOST_IOTLB_MSG_V2

enum { BATCH_BEGIN = 5, BATCH_END = 6 };
enum {
	B_MSG_V2 = 1, B_BATCH, B_ASID, B_SUSPEND, B_RESUME, B_ENABLE_LATER,
	B_DESC_ASID, B_PERSIST,
};
/* ---- parents (parent.c) --------------------------------------------------- */

/* flags of PARENT_NEW that most tests take */
enum { USUAL = PARENT_SUSPEND };

/** parent_new() - on the bus, bound to vhost_vdpa: its id */
uint32_t parent_new(uint32_t flags, uint32_t queues, uint32_t groups,
		    uint32_t spaces);
void parent_end(uint32_t id);
/** parent_try_end() - the same, in whatever state: 0 or the errno */
int parent_try_end(uint32_t id);
struct parent_record parent_read(uint32_t id);
/** parent_do() - 0 or the errno */
int parent_do(uint32_t id, enum parent_what what, int64_t value);
/** parent_dma() - one access of up to PARENT_DMA_BYTES: 0 or the errno */
int parent_dma(uint32_t id, uint32_t asid, uint64_t iova, bool write,
	       void *data, uint32_t len);
/** parent_sees() - does it read a byte of this value there */
bool parent_sees(uint32_t id, uint32_t asid, uint64_t iova, uint8_t value);

/* ---- nodes (node.c) ------------------------------------------------------- */

/** node_try() - open it: the descriptor, or -errno */
int node_try(uint32_t id);
int node_open(uint32_t id);
/** node_owned() - and SET_OWNER, all backend features that are offered */
int node_owned(uint32_t id);

uint32_t get_u32(int fd, unsigned long nr);
uint64_t get_u64(int fd, unsigned long nr);
uint8_t status_of(int fd);
int set_status(int fd, uint8_t status);
int set_features(int fd, uint64_t features);
int set_state(int fd, unsigned long nr, uint32_t index, uint32_t num);
/** get_state() - num, or -errno */
int64_t get_state(int fd, unsigned long nr, uint32_t index);
int set_file(int fd, unsigned long nr, uint32_t index, int file);
int set_addr(int fd, uint32_t index, uint64_t at);

/** node_run() - features, one queue, DRIVER_OK; ends the test on an error */
void node_run(int fd);

/* ---- memory (node.c) ------------------------------------------------------ */

/** map(), unmap() - messages of the second layout: 0 or the errno */
int map(int fd, uint32_t asid, uint64_t iova, uint64_t size, const void *at,
	uint8_t perm);
int unmap(int fd, uint32_t asid, uint64_t iova, uint64_t size);
int batch(int fd, uint32_t asid, uint8_t what);
/** fresh_memory() - private, page by page filled with the page's number */
uint8_t *fresh_memory(size_t bytes);
/** pinned_kib() - as /proc/self/status says */
long pinned_kib(void);
/** max_entries() - set the module's parameter; returns what it was */
uint32_t max_entries(uint32_t n);

/**
 * in_child() - run @fn in another process
 *
 * Return: what @fn returned, or 1000 + the signal that ended it.
 */
int in_child(int (*fn)(int fd), int fd);


/* ---- parts ---------------------------------------------------------------- */

void test_info(void);			/* info.c */
void test_bare(void);
void test_groups(void);
void test_config(void);			/* config.c */
void test_config_call(void);
void test_status(void);			/* status.c */
void test_features(void);
void test_suspend(void);
void test_vrings(void);			/* vring.c */
void test_bases(void);
void test_notifications(void);
void test_messages(void);		/* maps.c */
void test_cuts(void);
void test_batches(void);
void test_map_failures(void);
void test_entries(void);
void test_va(void);
void test_foreign(void);
void test_pinned(void);			/* memlock.c */
void test_memlock(void);
void test_doorbells(void);		/* doorbell.c */
void test_open(void);			/* ends.c */
void test_open_race(void);
void test_removal(void);
void test_held(void);
void test_log(void);			/* log.c */
void test_random(void);			/* random.c */
void test_sim(void);			/* sim.c */
void test_vduse(void);

#endif /* RINGSIDE_HOST_VDPA_TESTS_H */
