// SPDX-License-Identifier: GPL-2.0-only
/*
 * Feature bits: what is offered, in one word and in an array.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "abi/abi.h"

/* What Linux 6.12's vhost_net offers; each newer one offers more. */
#define LEAST 0x1033d008000ull
/* Offered nowhere: in the first word, and above. */
#define NEVER (1ull << 63)

/* What Ringside offers on every kernel. */
#define OURS (F_RESET | F_ORDER | F_PACKED)

static int get_array(const struct device *d, uint64_t *buf, uint64_t count)
{
	buf[0] = count;
	return cmd(d->fd, VHOST_GET_FEATURES_ARRAY, buf);
}

static int set_array(const struct device *d, uint64_t count, uint64_t w0,
		     uint64_t w1, uint64_t w2)
{
	uint64_t buf[5] = { count, w0, w1, w2 };

	return cmd(d->fd, VHOST_SET_FEATURES_ARRAY, buf);
}

static void reading(const struct device *d)
{
	uint64_t buf[8];

	for (uint64_t count = 0; count <= 5; count++) {
		memset(buf, 0xee, sizeof(buf));
		went(get_array(d, buf, count), 0, "GET_FEATURES_ARRAY");
		if (count)
			same(buf[1], d->offered, "the first word");
		for (uint64_t i = 3; i <= count; i++)
			same(buf[i], 0, "a word beyond");
		same(buf[count + 1], 0xeeeeeeeeeeeeeeee, "behind the array");
		same(buf[0], count, "the count stays");
	}
	went(cmd(d->fd, VHOST_GET_FEATURES_ARRAY, (void *)16), EFAULT,
	     "GET_FEATURES_ARRAY, bad pointer");
	went(cmd(d->fd, VHOST_SET_FEATURES_ARRAY, (void *)16), EFAULT,
	     "SET_FEATURES_ARRAY, bad pointer");
}

static void writing(const struct device *d)
{
	uint64_t word[3] = { 2 };

	cmd(d->fd, VHOST_GET_FEATURES_ARRAY, word);
	went(set_array(d, 0, 0, 0, 0), 0, "SET_FEATURES_ARRAY of 0 words");
	went(set_array(d, 1, F_V1, 0, 0), 0, "of 1 word");
	went(set_array(d, 2, F_V1, 0, 0), 0, "of 2 words");
	went(set_array(d, 2, F_V1, word[2], 0), 0, "of all in the second");
	went(set_array(d, 3, F_V1, 0, 0), 0, "of 3 words, the last 0");
	went(set_array(d, 1, NEVER, 0, 0), EOPNOTSUPP, "bit 63");
	went(set_array(d, 2, F_V1, NEVER, 0), EOPNOTSUPP, "bit 127");
	went(set_array(d, 3, F_V1, 0, 1), EOPNOTSUPP, "bit 128");
	if (ringside(d))
		went(set_array(d, 1ull << 60, 0, 0, 0), E2BIG, "2^60 words");
}

void abi_features(void)
{
	struct device d;
	struct link l;
	uint64_t buf[3], backend = 0;

	stage_open(&d, &l, OPEN, 0);
	report_note("offered: %#llx", (unsigned long long)d.offered);
	same(d.offered & LEAST, LEAST, "features offered");
	same(d.offered & NEVER, 0, "and one that is not");
	if (ringside(&d))
		same(d.offered & OURS, OURS, "features of Ringside");
	went(cmd(d.fd, VHOST_GET_BACKEND_FEATURES, &backend), 0,
	     "GET_BACKEND_FEATURES");
	same(backend, 1ull << VHOST_BACKEND_F_IOTLB_MSG_V2, "backend features");
	for (int bit = 0; bit < 64; bit++) {
		uint64_t one = 1ull << bit;
		int err = cmd(d.fd, VHOST_SET_FEATURES, &one);

		if (err != (one & d.offered ? 0 : EOPNOTSUPP))
			report_ok(false, "bit %d alone: %s", bit,
				  errno_name(err));
	}
	/* Before there is an owner, what nobody knows is EPERM. */
	if (cmd(d.fd, VHOST_SET_OWNER, NULL))
		report_die("VHOST_SET_OWNER");
	if (get_array(&d, buf, 1) == ENOTTY) {
		report_skip("older than 7.3", "feature arrays");
	} else {
		reading(&d);
		writing(&d);
	}
	stage_close(&d, &l);
}
