// SPDX-License-Identifier: GPL-2.0-only
/*
 * abi [PART...]: what each command returns and does; all of it, or the parts
 * that are named.
 */
#include <string.h>

#include "abi/abi.h"

bool same(uint64_t is, uint64_t want, const char *what)
{
	return report_ok(is == want, "%s: %#llx%s%#.0llx", what,
			 (unsigned long long)is, is == want ? "" : ", not ",
			 (unsigned long long)(is == want ? 0 : want));
}

bool stage_open(struct device *d, struct link *l, enum stage stage,
		uint64_t features)
{
	int err = 0;

	*l = (struct link){ .backend = -1, .peer = -1 };
	device_open(d);
	if (stage == OWNED)
		err = cmd(d->fd, VHOST_SET_OWNER, NULL);
	if (stage == MEMORY)
		err = device_begin(d, features);
	if (stage >= READY)
		err = device_ready(d, features, 64);
	if (!err && stage == RUNNING) {
		link_tap(l, features & F_NET_HDR ? 0 : header_bytes(features));
		err = device_set_backend(d, l->backend);
	}
	if (err)
		report_note("stage %d: %s", stage, errno_name(err));
	return !err;
}

void stage_close(struct device *d, struct link *l)
{
	if (l->backend >= 0)
		link_close(l);
	device_close(d);
}

static const struct {
	const char *name;
	void (*run)(void);
} parts[] = {
	{ "commands", abi_commands },
	{ "tables", abi_tables },
	{ "unconfigured", abi_unconfigured },
	{ "features", abi_features },
	{ "settings", abi_settings },
	{ "bases", abi_bases },
	{ "log", abi_log },
	{ "iotlb", abi_iotlb },
	{ "permissions", abi_permissions },
	{ "pending", abi_pending },
	{ "moves", abi_moves },
	{ "renegotiation", abi_renegotiation },
	{ "polling", abi_polling },
	{ "workers", abi_workers },
};

static bool chosen(const char *name, char **only)
{
	if (!*only)
		return true;
	for (; *only; only++)
		if (!strcmp(name, *only))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	(void)argc;
	report_begin(200);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (chosen(parts[i].name, argv + 1))
			parts[i].run();
	return report_end();
}
