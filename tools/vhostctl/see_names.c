// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words for numbers: states, counters, feature bits. Those of feature bits are the
 * names of virtio and vhost headers without what they have in common.
 */
#include <string.h>

#include "see.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct see_counter see_counters[COUNTERS] = {
	[VHOST_A_STATS_KICKS] = { "kicks", "Events of the kick eventfd" },
	[VHOST_A_STATS_RUNS] = { "runs", "Runs of the handler" },
	[VHOST_A_STATS_REQUEUES] = { "requeues", "Runs ended because their budget was used up" },
	[VHOST_A_STATS_CHAINS] = { "chains", "Chains taken" },
	[VHOST_A_STATS_UNPOPPED] = { "unpopped", "Chains given back unused" },
	[VHOST_A_STATS_DONE] = { "done", "Chains completed" },
	[VHOST_A_STATS_BYTES_READ] = { "bytes_read", "Bytes in readable parts of chains taken" },
	[VHOST_A_STATS_BYTES_UNPOPPED] = { "bytes_unpopped", "Of bytes_read, in chains given back unused" },
	[VHOST_A_STATS_BYTES_WRITTEN] = { "bytes_written", "Bytes written into chains, as completed" },
	[VHOST_A_STATS_CALLS] = { "calls", "Notifications sent to the driver" },
	[VHOST_A_STATS_SUPPRESSED] = { "suppressed", "Notifications that the driver did not want" },
	[VHOST_A_STATS_MISSES] = { "misses", "IOTLB misses sent to the owner" },
	[VHOST_A_STATS_VANISHED] = { "vanished", "Chains whose memory was gone when they completed" },
	[VHOST_A_STATS_LATE] = { "late", "Chains completed after their queue had stopped" },
	[VHOST_A_STATS_ABANDONED] = { "abandoned", "Chains in flight when their queue stopped" },
	[VHOST_A_STATS_BAD_REQUESTS] = { "bad_requests", "Malformed requests" },
	[VHOST_A_STATS_DROPPED] = { "dropped", "Packets or requests lost, not by the driver's fault" },
};

static const char *word(const char *const *words, size_t n, uint32_t number)
{
	return number < n && words[number] ? words[number] : "unknown";
}

const char *see_dev_state(uint32_t state)
{
	static const char *const words[] = {
		[VHOST_DEV_STATE_UNOWNED] = "unowned",
		[VHOST_DEV_STATE_OWNED] = "owned",
		[VHOST_DEV_STATE_RUNNING] = "running",
		[VHOST_DEV_STATE_BROKEN] = "broken",
		[VHOST_DEV_STATE_REVOKED] = "revoked",
		[VHOST_DEV_STATE_CLOSING] = "closing",
	};

	return word(words, COUNT(words), state);
}

const char *see_queue_state(uint32_t state)
{
	static const char *const words[] = {
		[VHOST_QUEUE_STATE_STOPPED] = "stopped",
		[VHOST_QUEUE_STATE_STARTING] = "starting",
		[VHOST_QUEUE_STATE_RUNNING] = "running",
		[VHOST_QUEUE_STATE_BROKEN] = "broken",
		[VHOST_QUEUE_STATE_EXTERNAL] = "external",
	};

	return word(words, COUNT(words), state);
}

const char *see_format(uint32_t format)
{
	static const char *const words[] = {
		[VHOST_RING_FORMAT_SPLIT] = "split",
		[VHOST_RING_FORMAT_PACKED] = "packed",
	};

	return word(words, COUNT(words), format);
}

/* ---- features --------------------------------------------------------- */

struct bit {
	const char *kind;	/* of device; NULL: all */
	unsigned int bit;
	const char *name;
};

/* The first that fits counts. */
static const struct bit bits[] = {
	{ "net", 0, "CSUM" },
	{ "net", 1, "GUEST_CSUM" },
	{ "net", 2, "CTRL_GUEST_OFFLOADS" },
	{ "net", 3, "MTU" },
	{ "net", 5, "MAC" },
	{ "net", 7, "GUEST_TSO4" },
	{ "net", 8, "GUEST_TSO6" },
	{ "net", 9, "GUEST_ECN" },
	{ "net", 10, "GUEST_UFO" },
	{ "net", 11, "HOST_TSO4" },
	{ "net", 12, "HOST_TSO6" },
	{ "net", 13, "HOST_ECN" },
	{ "net", 14, "HOST_UFO" },
	{ "net", 15, "MRG_RXBUF" },
	{ "net", 16, "STATUS" },
	{ "net", 17, "CTRL_VQ" },
	{ "net", 21, "GUEST_ANNOUNCE" },
	{ "net", 22, "MQ" },
	{ "net", 23, "CTRL_MAC_ADDR" },
	{ "net", 27, "VIRTIO_NET_HDR" },
	{ "net", 65, "GUEST_UDP_TUNNEL_GSO" },
	{ "net", 66, "GUEST_UDP_TUNNEL_GSO_CSUM" },
	{ "net", 67, "HOST_UDP_TUNNEL_GSO" },
	{ "net", 68, "HOST_UDP_TUNNEL_GSO_CSUM" },
	{ "scsi", 0, "INOUT" },
	{ "scsi", 1, "HOTPLUG" },
	{ "scsi", 2, "CHANGE" },
	{ "scsi", 3, "T10_PI" },
	{ "vsock", 0, "STREAM" },
	{ "vsock", 1, "SEQPACKET" },
	{ "vsock", 2, "NO_IMPLIED_STREAM" },
	{ NULL, 24, "NOTIFY_ON_EMPTY" },
	{ NULL, 26, "LOG_ALL" },
	{ NULL, 27, "ANY_LAYOUT" },
	{ NULL, 28, "INDIRECT_DESC" },
	{ NULL, 29, "EVENT_IDX" },
	{ NULL, 32, "VERSION_1" },
	{ NULL, 33, "ACCESS_PLATFORM" },
	{ NULL, 34, "RING_PACKED" },
	{ NULL, 35, "IN_ORDER" },
	{ NULL, 36, "ORDER_PLATFORM" },
	{ NULL, 37, "SR_IOV" },
	{ NULL, 38, "NOTIFICATION_DATA" },
	{ NULL, 39, "NOTIF_CONFIG_DATA" },
	{ NULL, 40, "RING_RESET" },
	{ NULL, 41, "ADMIN_VQ" },
};

static const char *plain(unsigned int bit, char buf[16])
{
	snprintf(buf, 16, "bit %u", bit);
	return buf;
}

const char *see_feature(const char *kind, unsigned int bit, char buf[16])
{
	for (size_t i = 0; i < COUNT(bits); i++)
		if (bits[i].bit == bit &&
		    (!bits[i].kind || !strcmp(bits[i].kind, kind)))
			return bits[i].name;
	return plain(bit, buf);
}

const char *see_backend_feature(unsigned int bit, char buf[16])
{
	static const char *const words[] = {
		[1] = "IOTLB_MSG_V2", [2] = "IOTLB_BATCH", [3] = "IOTLB_ASID",
		[4] = "SUSPEND", [5] = "RESUME",
		[6] = "ENABLE_AFTER_DRIVER_OK", [7] = "DESC_ASID",
		[8] = "IOTLB_PERSIST",
	};

	return bit < COUNT(words) && words[bit] ? words[bit] : plain(bit, buf);
}
