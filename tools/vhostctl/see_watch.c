// SPDX-License-Identifier: GPL-2.0-only
/*
 * watch: what happens to devices and queues, as it happens, until it is killed. A line
 * for each; in JSON an object in one line.
 *
 * Notifications about a queue have the number of its device only, so the kinds of
 * those there are are known from the beginning.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "nl.h"
#include "see.h"

struct watch {
	struct see known;
	bool json;
};

/* ---- devices ---------------------------------------------------------- */

static const char *word_of(uint8_t command, const struct see_dev *d)
{
	if (command == VHOST_NL_CMD_DEV_ADD_NTF)
		return "opened";
	if (command == VHOST_NL_CMD_DEV_DEL_NTF)
		return "closed";
	return see_dev_state(d->state);
}

static void print_dev(const struct watch *w, const char *word,
		      const struct see_dev *d)
{
	struct json j = { .compact = true };

	if (!w->json) {
		printf("%s %s", d->name, word);
		if (d->pid >= 0)
			printf(", owner %lld %s", (long long)d->pid, d->comm);
		printf("\n");
		return;
	}
	json_open(&j, NULL, '{');
	json_string(&j, "device", d->name);
	json_null(&j, "queue");
	json_string(&j, "event", word);
	json_optional(&j, "pid", d->pid);
	json_string(&j, "owner", d->comm);
	json_close(&j, '}');
}

static bool dev_happened(struct watch *w, const struct nlmsghdr *h)
{
	struct see_dev new = {}, *d;

	see_parse_dev(h, &new);
	d = see_find(&w->known, new.id);
	if (!d)
		d = see_add(&w->known);
	if (!d)
		return false;
	*d = new;
	print_dev(w, word_of(nl_command(h), d), d);
	return true;
}

/* ---- queues ----------------------------------------------------------- */

static bool is_broken(const struct see_queue *q)
{
	return q->state == VHOST_QUEUE_STATE_BROKEN && *q->failure.cause;
}

static void json_queue(const char *name, const struct see_queue *q)
{
	struct json j = { .compact = true };

	json_open(&j, NULL, '{');
	json_string(&j, "device", name);
	json_number(&j, "queue", q->index);
	json_string(&j, "name", q->name);
	json_string(&j, "event", see_queue_state(q->state));
	if (is_broken(q))
		json_string(&j, "cause", q->failure.cause);
	json_close(&j, '}');
}

static void print_queue(const char *name, const struct see_queue *q)
{
	printf("%s %s[%u] %s", name, q->name, q->index,
	       see_queue_state(q->state));
	if (is_broken(q))
		printf(": %s, index %u, value %#" PRIx64, q->failure.cause,
		       q->failure_index, q->failure.count);
	printf("\n");
}

static bool queue_happened(struct watch *w, const struct nlmsghdr *h)
{
	struct see_queue q = {};
	uint32_t id;
	bool ok = see_parse_queue(h, &q, &id);
	const struct see_dev *d = see_find(&w->known, id);

	if (w->json)
		json_queue(d ? d->name : "?", &q);
	else
		print_queue(d ? d->name : "?", &q);
	free(q.breaks);
	return ok;
}

/* ---- the command ------------------------------------------------------ */

static int happened(const struct nlmsghdr *h, void *ctx)
{
	bool ok = nl_command(h) == VHOST_NL_CMD_QUEUE_CHANGE_NTF ?
			  queue_happened(ctx, h) : dev_happened(ctx, h);

	/* whoever reads a pipe wants it now, and may have gone */
	if (fflush(stdout))
		return MNL_CB_ERROR;
	return ok ? MNL_CB_OK : MNL_CB_ERROR;
}

/* Those that are there, once nothing that happens is missed any more. */
static int begin(void *ctx)
{
	struct watch *w = ctx;
	int err;

	do {
		see_free(&w->known);
		err = see_read_devs(&w->known);
	} while (err == EINTR);
	return err;
}

enum status see_watch(const struct command *self, int argc, char **argv)
{
	struct watch w = {};
	enum status status = see_words(self, argc, argv, &w.json, 0, 0);
	int err;

	if (status != DONE)
		return status;
	do {
		err = nl_listen(happened, begin, &w);
		if (err == ENOBUFS)
			say_failed("too much happened at a time; some of it is missing here");
	} while (err == ENOBUFS);
	see_free(&w.known);
	return see_say_why(err);
}
