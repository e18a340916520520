/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel says of devices, queues and workers, and the forms in which the
 * tool prints it.
 */
#ifndef RINGSIDE_VHOSTCTL_SEE_H
#define RINGSIDE_VHOSTCTL_SEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <ringside/vhost_netlink.h>

#include "vhostctl.h"

/* ---- see.c: all of it, as it was at about one time -------------------- */

enum { COUNTERS = VHOST_A_STATS_BREAKS };	/* by attribute; [0] is none */

struct see_break {
	char cause[64];
	uint64_t count;
};

struct see_queue {
	uint32_t index;
	char name[16];
	uint32_t state, format, size, in_flight, busyloop_us;
	int64_t avail, used;		/* -1: nowhere */
	int64_t worker, worker_tid;	/* -1: none, not known */
	bool kick, call;
	struct see_break failure;	/* cause "": none; count: its value */
	uint32_t failure_index;
	uint64_t counter[COUNTERS];
	struct see_break *breaks;
	size_t n_breaks;
};

struct see_worker {
	uint32_t id;
	int64_t tid;			/* -1: not known */
	char name[16];
	uint64_t cpu_ns;
	bool killed;
	uint32_t *queue;
	size_t n_queues;
};

struct see_dev {
	uint32_t id;
	char kind[16];
	char name[32];			/* net3 */
	uint32_t state;
	int64_t pid;			/* -1: no owner */
	char comm[16];
	uint64_t netns, features[2], backend_features;
	uint32_t regions;
	bool iotlb, log;
	struct see_queue *queue;
	size_t n_queues;
	struct see_worker *worker;
	size_t n_workers;
};

struct see {
	struct see_dev *dev;
	size_t n;
};

/* It says what was wrong. Free it after success only. */
enum status see_read(struct see *all);
void see_free(struct see *all);
/*
 * Keep only the device of this name: net3, vhost-net3 or 3. False: there is none,
 * and it said so.
 */
bool see_only(struct see *all, const char *name);

/* Why it could not be read. Returns FAILED. */
enum status see_say_why(int err);

/* Parts of it, for notifications. */
struct nlmsghdr;
int see_read_devs(struct see *all);	/* an errno; no queues, no workers */
void see_parse_dev(const struct nlmsghdr *h, struct see_dev *d);
/* Return: false without memory. @dev: becomes the device's number. */
bool see_parse_queue(const struct nlmsghdr *h, struct see_queue *q,
		     uint32_t *dev);
struct see_dev *see_add(struct see *all);	/* or NULL */
struct see_dev *see_find(struct see *all, uint32_t id);	/* or NULL */

/* ---- see_names.c ------------------------------------------------------ */

struct see_counter {
	const char *key, *help;
};

/* By attribute, from 1 on. */
extern const struct see_counter see_counters[COUNTERS];

const char *see_dev_state(uint32_t state);
const char *see_queue_state(uint32_t state);
const char *see_format(uint32_t format);
/*
 * The name of virtio feature bit @bit of this kind of device, or of a backend
 * feature bit; where it has none, "bit 7" in @buf.
 */
const char *see_feature(const char *kind, unsigned int bit, char buf[16]);
const char *see_backend_feature(unsigned int bit, char buf[16]);

/* ---- json.c ----------------------------------------------------------- */

/* Values one after the other; commas, lines and indents come by themselves. */
struct json {
	bool compact;		/* all in one line */
	unsigned int depth;
	bool first;		/* nothing is in the innermost one yet */
};

/* @key NULL: inside an array, or outermost. @bracket: { or [ */
void json_open(struct json *j, const char *key, char bracket);
void json_close(struct json *j, char bracket);
void json_string(struct json *j, const char *key, const char *value);
void json_number(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
/* -1 is null. */
void json_optional(struct json *j, const char *key, int64_t value);

/* ---- the commands ----------------------------------------------------- */

/* see_list.c, see_show.c, see_stats.c, see_prometheus.c, see_watch.c, see_top.c */
enum status see_list(const struct command *self, int argc, char **argv);
enum status see_show(const struct command *self, int argc, char **argv);
enum status see_stats(const struct command *self, int argc, char **argv);
enum status see_prometheus(const struct command *self, int argc, char **argv);
enum status see_watch(const struct command *self, int argc, char **argv);
enum status see_top(const struct command *self, int argc, char **argv);

/*
 * The words of such a command: [-j], and names of devices, @min to @max of them.
 * @json: NULL where there is no such option. DONE, or it said what was wrong.
 */
enum status see_words(const struct command *self, int argc, char **argv,
		      bool *json, int min, int max);

#endif /* RINGSIDE_VHOSTCTL_SEE_H */
