/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dumps of the generic netlink family "vhost", through libmnl.
 */
#ifndef RINGSIDE_VHOSTCTL_NL_H
#define RINGSIDE_VHOSTCTL_NL_H

#include <libmnl/libmnl.h>

#include "vhostctl.h"

/* One message of a dump; its attributes are behind a generic header. */
typedef int (*nl_each)(const struct nlmsghdr *h, void *ctx);

/*
 * Dump with this command. A dump that was interrupted, because something came or
 * went, ends with EINTR: forget what came, and begin anew.
 * Return: 0; an errno, ENOENT when the kernel has no such family.
 */
int nl_dump(uint8_t command, nl_each each, void *ctx);

/*
 * Notifications, as they come, for ever. @begin: called when the first may come.
 * Return: an errno; ENOBUFS: some were lost, begin anew.
 */
int nl_listen(nl_each each, int (*begin)(void *ctx), void *ctx);

/* The command of a message. */
uint8_t nl_command(const struct nlmsghdr *h);

/* The attributes of a message or a nest by number: @max + 1 entries. */
void nl_parse(const struct nlmsghdr *h, const struct nlattr **attr, int max);
void nl_parse_nest(const struct nlattr *nest, const struct nlattr **attr,
		   int max);

/* NULL: 0, or nothing. */
uint64_t nl_number(const struct nlattr *attr);
int64_t nl_optional(const struct nlattr *attr);	/* NULL: -1 */
/*
 * At most @size bytes with the zero; what a terminal or a UTF-8 reader might
 * stumble over becomes '?', since others choose names of processes.
 */
void nl_string(const struct nlattr *attr, char *to, size_t size);

#endif /* RINGSIDE_VHOSTCTL_NL_H */
