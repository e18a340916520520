/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Streams of bytes that depend on the stream's seed and on the offset alone: a byte that is lost, doubled, moved,
 * changed, or comes from another stream, is seen where it happens.
 */
#ifndef RINGSIDE_LAB_PATTERN_H
#define RINGSIDE_LAB_PATTERN_H

#include <stddef.h>
#include <stdint.h>

/* Write the @n bytes of the stream @seed from @offset on. */
void pattern_fill(void *to, uint32_t seed, uint64_t offset, size_t n);

/* End the program with a message if the @n bytes at @p are others than those of the stream @seed from @offset on. */
void pattern_check(const void *p, uint32_t seed, uint64_t offset, size_t n);

#endif /* RINGSIDE_LAB_PATTERN_H */
