// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsock exec: a device that is in its groups before it has a guest, for a
 * program that takes its descriptor (QEMU: vhostfd=).
 *
 * The program replaces this one, so that the device goes with it. Everything
 * is checked before the device is opened.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vhostctl.h"

static const char place[] = "{}";

static bool any_place(char **words)
{
	for (; *words; words++)
		if (strstr(*words, place))
			return true;
	return false;
}

/* @word with the number in each place: itself, or new memory; NULL: none. */
static char *fill_in(char *word, const char *number)
{
	size_t size = strlen(word) + 1;
	char *from, *at, *new;

	if (!strstr(word, place))
		return word;
	for (at = word; (at = strstr(at, place)); at += strlen(place))
		size += strlen(number);
	new = malloc(size);
	if (!new)
		return NULL;
	*new = 0;
	for (from = word; (at = strstr(from, place)); from = at + strlen(place)) {
		strncat(new, from, at - from);
		strcat(new, number);
	}
	return strcat(new, from);
}

static enum status run_program(int fd, char **words)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", fd);
	for (char **w = words + 1; *w; w++) {
		*w = fill_in(*w, number);
		if (!*w)
			return say_failed("%s", strerror(ENOMEM));
	}
	if (fcntl(fd, F_SETFD, 0))
		return say_failed("descriptor %d: %s", fd, strerror(errno));
	execvp(words[0], words);
	return say_failed("%s: %s", words[0], strerror(errno));
}

static enum status join_and_run(char **groups, int n,
				const struct ringside_vsock_policy *policy,
				char **words)
{
	int err, fd = vsock_open();

	if (fd < 0)
		return FAILED;
	err = policy ? vsock_policy_set(fd, 0, policy) : 0;
	if (err)
		return vsock_policy_say_failed(fd, 0, policy, err);
	for (int i = 0; i < n; i++) {
		err = vsock_group(fd, RINGSIDE_VSOCK_JOIN_GROUP, 0, groups[i]);
		if (err)
			return vsock_say_failed(fd, 0, groups[i], err);
	}
	return run_program(fd, words);
}

enum status vsock_exec(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "group", required_argument, NULL, 'g' },
		{ "policy", required_argument, NULL, 'p' }, {}
	};
	struct ringside_vsock_policy policy = {};
	char *groups[RINGSIDE_VSOCK_MAX_GROUPS];
	bool any_policy = false;
	int n = 0, o;

	while ((o = getopt_long(argc, argv, "+:g:p:", options, NULL)) != -1) {
		if (o == 'p') {
			if (!vsock_policy_word(&policy, 0, optarg))
				return say_usage(self, "'%s': no setting of a policy",
						 optarg);
			any_policy = true;
			continue;
		}
		if (o != 'g')
			return say_bad_option(self, o, argv);
		if (n == RINGSIDE_VSOCK_MAX_GROUPS)
			return say_usage(self, "%s: there are %d groups already, more are not possible",
					 optarg, n);
		groups[n++] = optarg;
	}
	if (!n)
		return say_usage(self, "a group is missing");
	if (!vsock_are_groups(self, groups, n))
		return USAGE;
	if (optind == argc)
		return say_usage(self, "a program is missing");
	if (!any_place(argv + optind + 1))
		return say_usage(self, "%s: no argument has {} for the number of the device",
				 argv[optind]);
	return join_and_run(groups, n, any_policy ? &policy : NULL,
			    argv + optind);
}
