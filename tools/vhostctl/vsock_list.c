// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsock list: guests and their groups. All are read before the first is
 * printed; one that goes meanwhile is left out. A form of output is a function.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vhostctl.h"

struct guest {
	uint32_t cid;
	int n_groups;
	char group[RINGSIDE_VSOCK_MAX_GROUPS][RINGSIDE_VSOCK_GROUP_NAME];
};

struct guests {
	struct guest *guest;
	size_t n;
};

/* ---- forms ------------------------------------------------------------ */

static void print_table(const struct guests *all)
{
	printf("%-10s  %s\n", "CID", "GROUPS");
	for (size_t i = 0; i < all->n; i++) {
		const struct guest *g = &all->guest[i];

		printf("%-10u ", g->cid);
		for (int k = 0; k < g->n_groups; k++)
			printf(" %s", g->group[k]);
		printf("%s\n", g->n_groups ? "" : " -");
	}
}

/* No character of a group's name needs an escape. */
static void print_json(const struct guests *all)
{
	printf("[");
	for (size_t i = 0; i < all->n; i++) {
		const struct guest *g = &all->guest[i];

		printf("%s\n  {\"cid\": %u, \"groups\": [", i ? "," : "",
		       g->cid);
		for (int k = 0; k < g->n_groups; k++)
			printf("%s\"%s\"", k ? ", " : "", g->group[k]);
		printf("]}");
	}
	printf("%s]\n", all->n ? "\n" : "");
}

/* ---- reading ---------------------------------------------------------- */

/* Return: 0 or an errno. */
static int read_groups(int fd, struct guest *g)
{
	int err = 0;

	while (!err && g->n_groups < RINGSIDE_VSOCK_MAX_GROUPS) {
		err = vsock_group_name(fd, g->cid, g->n_groups,
				       g->group[g->n_groups]);
		g->n_groups += !err;
	}
	return err == ENOENT ? 0 : err;
}

static int read_guest(int fd, uint32_t cid, struct guests *all)
{
	struct guest *more = reallocarray(all->guest, all->n + 1,
					  sizeof(*more));
	int err;

	if (!more)
		return ENOMEM;
	all->guest = more;
	more[all->n] = (struct guest){ .cid = cid };
	err = read_groups(fd, &more[all->n]);
	all->n += !err;
	return err == ENODEV ? 0 : err;
}

static int read_all(int fd, struct guests *all)
{
	uint64_t cid = 0;
	int err = 0;

	while (!err && !ioctl(fd, RINGSIDE_VSOCK_NEXT_GUEST, &cid))
		err = read_guest(fd, cid, all);
	if (err)
		return err;
	return errno == ENOENT ? 0 : errno;
}

/* ---- the command ------------------------------------------------------ */

static enum status list(void (*print)(const struct guests *all))
{
	struct guests all = {};
	int err, fd = vsock_open();

	if (fd < 0)
		return FAILED;
	err = read_all(fd, &all);
	close(fd);
	if (!err)
		print(&all);
	free(all.guest);
	if (err == EPERM)
		return say_failed("the guests of this host: not permitted: that needs CAP_NET_ADMIN");
	if (err)
		return say_failed("the guests of this host: %s", strerror(err));
	return DONE;
}

enum status vsock_list(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' }, {}
	};
	void (*print)(const struct guests *all) = print_table;
	int o;

	while ((o = getopt_long(argc, argv, "+:j", options, NULL)) != -1) {
		if (o != 'j')
			return say_bad_option(self, o, argv);
		print = print_json;
	}
	if (optind < argc)
		return say_usage(self, "'%s': nothing more is expected",
				 argv[optind]);
	return list(print);
}
