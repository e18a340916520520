// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ethernet frames with known contents; see frame.h.
 */
#include <string.h>

#include "frame.h"

struct head {
	uint8_t to[6], from[6];
	uint8_t type[2];
	uint32_t salt, seq, len;
} __attribute__((packed));

static uint8_t pattern(uint32_t seq, uint32_t salt, uint32_t i)
{
	return seq * 37 + salt * 11 + i * 3 + (i >> 8);
}

void frame_make(uint8_t *frame, uint32_t len, uint32_t seq, uint32_t salt)
{
	struct head h = {
		.to = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		.from = { 0x02, 0, 0, 0, 0, (uint8_t)salt },
		.type = { FRAME_TYPE >> 8, FRAME_TYPE & 0xff },
		.salt = salt,
		.seq = seq,
		.len = len,
	};

	memcpy(frame, &h, sizeof(h));
	for (uint32_t i = sizeof(h); i < len; i++)
		frame[i] = pattern(seq, salt, i);
}

int frame_is_ours(const uint8_t *frame, uint32_t len)
{
	return len >= 14 && frame[12] == FRAME_TYPE >> 8 &&
	       frame[13] == (FRAME_TYPE & 0xff);
}

const char *frame_check(const uint8_t *frame, uint32_t len, uint32_t salt,
			uint32_t *seq)
{
	struct head h;

	if (len < sizeof(h))
		return "frame too short";
	memcpy(&h, frame, sizeof(h));
	*seq = h.seq;
	if (h.salt != salt)
		return "not a frame of this test";
	if (h.len != len)
		return "length";
	for (uint32_t i = sizeof(h); i < len; i++)
		if (frame[i] != pattern(h.seq, salt, i))
			return "contents";
	return NULL;
}
