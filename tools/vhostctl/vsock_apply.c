// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsock apply: make groups and policies of guests what a file says. Each change is
 * printed. Guests that the file does not name are left alone; those that do not run
 * are printed and passed over.
 *
 * A guest's policy comes first, then the groups that it leaves, then those that it
 * joins: it may never do more than before or after.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vhostctl.h"

struct apply {
	int fd;
	bool check;		/* change nothing */
	bool changes;		/* there were some, or would be */
	const char *domain;	/* only the one of this XML; NULL: all */
};

/* ---- one guest -------------------------------------------------------- */

static bool has_group(const struct vsock_entry *e, const char *name)
{
	for (int i = 0; i < e->n_groups; i++)
		if (!strcmp(e->group[i], name))
			return true;
	return false;
}

static bool same_policy(const struct ringside_vsock_policy *a,
			const struct ringside_vsock_policy *b)
{
	return a->flags == b->flags && a->pin_cid == b->pin_cid &&
	       a->max_queued_bytes == b->max_queued_bytes &&
	       a->max_connections == b->max_connections &&
	       a->n_ports == b->n_ports &&
	       !memcmp(a->ports, b->ports, sizeof(a->ports));
}

static enum status apply_policy(struct apply *a, const struct vsock_entry *e)
{
	struct ringside_vsock_policy now;
	int err = vsock_policy_get(a->fd, e->cid, &now);

	if (!err && same_policy(&now, &e->policy))
		return DONE;
	if (!err && !a->check)
		err = vsock_policy_set(a->fd, e->cid, &e->policy);
	if (err)
		return vsock_policy_say_failed(a->fd, e->cid, &e->policy, err);
	printf("guest %u: policy", e->cid);
	vsock_policy_print(stdout, &e->policy);
	printf("\n");
	a->changes = true;
	return DONE;
}

static enum status change_group(struct apply *a, const struct vsock_entry *e,
				unsigned long nr, const char *name)
{
	int err = a->check ? 0 : vsock_group(a->fd, nr, e->cid, name);

	if (err)
		return vsock_say_failed(a->fd, e->cid, name, err);
	printf("guest %u: %s %s\n", e->cid,
	       nr == RINGSIDE_VSOCK_JOIN_GROUP ? "join" : "leave", name);
	a->changes = true;
	return DONE;
}

/* What it has of groups now, as an entry. Return: 0 or an errno. */
static int read_groups(int fd, struct vsock_entry *now)
{
	int err = 0;

	while (!err && now->n_groups < RINGSIDE_VSOCK_MAX_GROUPS) {
		err = vsock_group_name(fd, now->cid, now->n_groups,
				       now->group[now->n_groups]);
		now->n_groups += !err;
	}
	return err == ENOENT ? 0 : err;
}

static enum status apply_groups(struct apply *a, const struct vsock_entry *e,
				const struct vsock_entry *now)
{
	enum status status = DONE;

	for (int i = 0; status == DONE && i < now->n_groups; i++)
		if (!has_group(e, now->group[i]))
			status = change_group(a, e, RINGSIDE_VSOCK_LEAVE_GROUP,
					      now->group[i]);
	for (int i = 0; status == DONE && i < e->n_groups; i++)
		if (!has_group(now, e->group[i]))
			status = change_group(a, e, RINGSIDE_VSOCK_JOIN_GROUP,
					      e->group[i]);
	return status;
}

static enum status apply_entry(struct apply *a, struct vsock_entry *e)
{
	struct vsock_entry now = { .cid = e->cid };
	enum status status;
	int err = read_groups(a->fd, &now);

	if (err == ENODEV) {
		printf("guest %u: does not run\n", e->cid);
		return DONE;
	}
	if (err)
		return vsock_say_failed(a->fd, e->cid, "", err);
	if (e->pin)
		e->policy.pin_cid = e->cid;
	status = apply_policy(a, e);
	return status == DONE ? apply_groups(a, e, &now) : status;
}

/* ---- which guests ----------------------------------------------------- */

/* Give an entry its CID. Return: is there such a guest. */
static bool find_guest(struct vsock_entry *e)
{
	if (*e->uuid)
		e->cid = libvirt_find(e->uuid);
	if (!e->cid)
		printf("guest %s: does not run, or has no vsock device\n", e->uuid);
	return e->cid;
}

static enum status apply_all(struct apply *a, struct vsock_file *f)
{
	enum status status = DONE;

	for (size_t i = 0; status == DONE && i < f->n; i++)
		if (find_guest(&f->entry[i]))
			status = apply_entry(a, &f->entry[i]);
	return status;
}

/* Only the lines that are for this domain, by its UUID or its CID; none is fine. */
static void keep_domain(struct vsock_file *f, const struct libvirt_domain *d)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		struct vsock_entry e = f->entry[i];

		if (*e.uuid ? strcasecmp(e.uuid, d->uuid) : e.cid != d->cid)
			continue;
		e.cid = d->cid;
		/* its CID is known, and may not be in libvirt's files yet */
		*e.uuid = 0;
		f->entry[n++] = e;
	}
	f->n = n;
}

static enum status apply_file(struct apply *a, struct vsock_file *f)
{
	struct libvirt_domain d;
	enum status status;

	if (a->domain) {
		status = libvirt_read_domain(a->domain, &d);
		if (status != DONE)
			return status;
		keep_domain(f, &d);
		if (!f->n)
			return DONE;
		if (!d.cid)
			return say_failed("domain %s: it has no vsock device with a CID",
					  d.uuid);
	}
	a->fd = vsock_open();
	if (a->fd < 0)
		return FAILED;
	status = apply_all(a, f);
	close(a->fd);
	return status == DONE && a->check && a->changes ? CHANGES : status;
}

enum status vsock_apply(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "check", no_argument, NULL, 'c' },
		{ "domain", required_argument, NULL, 'd' }, {}
	};
	struct apply a = {};
	struct vsock_file f;
	enum status status;
	int o;

	while ((o = getopt_long(argc, argv, "+:cd:", options, NULL)) != -1) {
		if (o == 'c')
			a.check = true;
		else if (o == 'd')
			a.domain = optarg;
		else
			return say_bad_option(self, o, argv);
	}
	if (optind != argc - 1)
		return say_usage(self, optind == argc ? "a file is missing" :
							"one file is expected");
	status = vsock_file_read(&f, argv[optind]);
	if (status != DONE)
		return status;
	status = apply_file(&a, &f);
	vsock_file_free(&f);
	return status;
}
