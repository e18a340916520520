// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes of a stream depend on its seed and on the offset alone: a byte that is lost, doubled, changed, or comes
 * from another connection, is seen where it happens.
 */
#include <string.h>

#include "vpeer.h"

/* Eight bytes, as a number (splitmix64). */
static uint64_t word_at(uint32_t seed, uint64_t i)
{
	i = (i + 1) * 0x9e3779b97f4a7c15ull + seed * 0xd1342543de82ef95ull;
	i = (i ^ i >> 30) * 0xbf58476d1ce4e5b9ull;
	return i ^ i >> 27;
}

const void *pattern(uint32_t seed, uint64_t offset, size_t n)
{
	static uint64_t words[BLOCK / 8 + 2];
	size_t count = (offset % 8 + n + 7) / 8;

	for (size_t i = 0; i < count; i++)
		words[i] = word_at(seed, offset / 8 + i);
	return (const char *)words + offset % 8;
}

void pattern_check(const void *p, uint32_t seed, uint64_t offset, size_t n)
{
	const unsigned char *want = pattern(seed, offset, n), *got = p;

	if (!memcmp(got, want, n))
		return;
	while (*got == *want)
		got++, want++;
	die("stream %u: byte %llu is %02x, not %02x", seed,
	    (unsigned long long)(offset + (got - (const unsigned char *)p)), *got, *want);
}
