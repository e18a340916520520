// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies of guests, as words: pin, pin=CID, ports=LIST, connections=N,
 * queued=BYTES. What is not named is not limited. And the command vsock policy.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vhostctl.h"

/* ---- numbers ---------------------------------------------------------- */

/* A decimal number at *@at, which moves behind it. False: none, or too big. */
static bool read_number(const char **at, uint32_t *n)
{
	unsigned long long value;
	char *end;

	if (**at < '0' || **at > '9')
		return false;
	errno = 0;
	value = strtoull(*at, &end, 10);
	if (errno || value > UINT32_MAX)
		return false;
	*at = end;
	*n = value;
	return true;
}

static bool is_number(const char *word, uint32_t *n)
{
	return read_number(&word, n) && !*word;
}

/* 4096, 256K, 1M, 1G. */
static bool is_size(const char *word, uint32_t *bytes)
{
	static const char units[] = "KMG";
	const char *unit;
	uint32_t n;

	if (!read_number(&word, &n))
		return false;
	unit = *word ? strchr(units, *word) : NULL;
	if (unit) {
		int shift = 10 * (unit - units + 1);

		if (n > UINT32_MAX >> shift)
			return false;
		n <<= shift;
		word++;
	}
	*bytes = n;
	return !*word;
}

static bool is_range(const char **at, struct ringside_vsock_ports *range)
{
	if (!read_number(at, &range->first))
		return false;
	range->last = range->first;
	if (**at != '-')
		return true;
	++*at;
	return read_number(at, &range->last) && range->first <= range->last;
}

/* ---- words ------------------------------------------------------------ */

/* all, none, or numbers and ranges divided by commas. */
static bool set_ports(struct ringside_vsock_policy *p, const char *word)
{
	memset(p->ports, 0, sizeof(p->ports));
	p->n_ports = 0;
	p->flags &= ~RINGSIDE_VSOCK_POLICY_PORTS;
	if (!strcmp(word, "all"))
		return true;
	p->flags |= RINGSIDE_VSOCK_POLICY_PORTS;
	if (!strcmp(word, "none"))
		return true;
	for (;;) {
		if (p->n_ports == RINGSIDE_VSOCK_MAX_PORT_RANGES ||
		    !is_range(&word, &p->ports[p->n_ports]))
			return false;
		p->n_ports++;
		if (!*word)
			return true;
		if (*word++ != ',')
			return false;
	}
}

bool vsock_policy_word(struct ringside_vsock_policy *p, uint32_t cid,
		       const char *word)
{
	if (!strcmp(word, "pin")) {
		p->pin_cid = cid;
		return cid;
	}
	if (!strncmp(word, "pin=", 4))
		return vsock_is_cid(word + 4, &p->pin_cid);
	if (!strncmp(word, "ports=", 6))
		return set_ports(p, word + 6);
	if (!strncmp(word, "connections=", 12))
		return is_number(word + 12, &p->max_connections);
	if (!strncmp(word, "queued=", 7))
		return is_size(word + 7, &p->max_queued_bytes);
	return false;
}

static void print_ports(FILE *f, const struct ringside_vsock_policy *p)
{
	if (!(p->flags & RINGSIDE_VSOCK_POLICY_PORTS))
		return;
	fprintf(f, " ports=%s", p->n_ports ? "" : "none");
	for (uint32_t i = 0; i < p->n_ports; i++) {
		const struct ringside_vsock_ports *r = &p->ports[i];

		fprintf(f, "%s%u", i ? "," : "", r->first);
		if (r->last != r->first)
			fprintf(f, "-%u", r->last);
	}
}

void vsock_policy_print(FILE *f, const struct ringside_vsock_policy *p)
{
	if (p->pin_cid)
		fprintf(f, " pin=%u", p->pin_cid);
	print_ports(f, p);
	if (p->max_connections)
		fprintf(f, " connections=%u", p->max_connections);
	if (p->max_queued_bytes)
		fprintf(f, " queued=%u", p->max_queued_bytes);
	if (!p->pin_cid && !p->flags && !p->max_connections &&
	    !p->max_queued_bytes)
		fprintf(f, " none");
}

/* ---- the device ------------------------------------------------------- */

int vsock_policy_get(int fd, uint32_t cid, struct ringside_vsock_policy *p)
{
	*p = (struct ringside_vsock_policy){ .guest_cid = cid };
	return ioctl(fd, RINGSIDE_VSOCK_GET_POLICY, p) ? errno : 0;
}

int vsock_policy_set(int fd, uint32_t cid, const struct ringside_vsock_policy *p)
{
	struct ringside_vsock_policy arg = *p;

	arg.guest_cid = cid;
	return ioctl(fd, RINGSIDE_VSOCK_SET_POLICY, &arg) ? errno : 0;
}

/* The kernel's own bounds of the values; which of them it was. */
static enum status say_invalid(const char *who,
			       const struct ringside_vsock_policy *p)
{
	if (p->max_queued_bytes &&
	    (p->max_queued_bytes < 256 << 10 || p->max_queued_bytes > 1 << 30))
		return say_failed("%s: queued=%u: that is 256K to 1G", who,
				  p->max_queued_bytes);
	return say_failed("%s: cannot be pinned to CID %u, for it has another one",
			  who, p->pin_cid);
}

enum status vsock_policy_say_failed(int fd, uint32_t cid,
				    const struct ringside_vsock_policy *p,
				    int err)
{
	char who[32] = "the new device";

	if (cid)
		snprintf(who, sizeof(who), "guest %u", cid);
	if (err == EINVAL)
		return say_invalid(who, p);
	if (err == ENODEV || err == EPERM)
		return vsock_say_failed(fd, cid, "", err);
	if (err == EBUSY)
		return say_failed("%s: it is being given another CID, try again",
				  who);
	return say_failed("%s: policy: %s", who, strerror(err));
}

/* ---- the command ------------------------------------------------------ */

static enum status show(int fd, uint32_t cid)
{
	struct ringside_vsock_policy p;
	int err = vsock_policy_get(fd, cid, &p);

	if (err)
		return vsock_policy_say_failed(fd, cid, &p, err);
	printf("guest %u:", cid);
	vsock_policy_print(stdout, &p);
	printf("\nrejected connections: %llu by port, %llu by number\n",
	       (unsigned long long)p.rejected_ports,
	       (unsigned long long)p.rejected_connections);
	return DONE;
}

static enum status change(int fd, uint32_t cid,
			  const struct ringside_vsock_policy *p)
{
	int err = vsock_policy_set(fd, cid, p);

	return err ? vsock_policy_say_failed(fd, cid, p, err) : DONE;
}

enum status vsock_policy(const struct command *self, int argc, char **argv)
{
	struct ringside_vsock_policy p = {};
	enum status status;
	uint32_t cid;
	int fd;

	if (argc < 2)
		return say_usage(self, "a guest is missing");
	if (!vsock_is_cid(argv[1], &cid))
		return say_usage(self, "'%s': no CID of a guest: that is 3 to %u",
				 argv[1], UINT32_MAX - 1);
	for (int i = 2; i < argc; i++)
		if ((i > 2 || strcmp(argv[i], "none")) &&
		    !vsock_policy_word(&p, cid, argv[i]))
			return say_usage(self, "'%s': no setting of a policy",
					 argv[i]);
	fd = vsock_open();
	if (fd < 0)
		return FAILED;
	status = argc == 2 ? show(fd, cid) : change(fd, cid, &p);
	close(fd);
	return status;
}
