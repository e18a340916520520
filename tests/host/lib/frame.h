/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ethernet frames whose every byte is known: number, length, direction, and a
 * pattern made of them.
 */
#ifndef RINGSIDE_HOST_FRAME_H
#define RINGSIDE_HOST_FRAME_H

#include <stdint.h>

enum {
	FRAME_TYPE = 0x88b5,	/* for local experiments (IEEE 802) */
	FRAME_MIN = 60,
	FRAME_MAX = 1514,
	FRAME_BIG = 9014,	/* with an MTU of 9000 */
};

/** frame_make() - @salt tells directions and tests apart */
void frame_make(uint8_t *frame, uint32_t len, uint32_t seq, uint32_t salt);

/** frame_is_ours() - and not something the kernel sends by itself */
int frame_is_ours(const uint8_t *frame, uint32_t len);

/**
 * frame_check() - is each byte right
 *
 * Return: NULL, or what is wrong; *@seq is its number.
 */
const char *frame_check(const uint8_t *frame, uint32_t len, uint32_t salt,
			uint32_t *seq);

#endif /* RINGSIDE_HOST_FRAME_H */
