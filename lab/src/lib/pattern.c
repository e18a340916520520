// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "lib/pattern.h"
#include "lib/program.h"

/* Eight bytes, as a number (splitmix64). */
static uint64_t word_at(uint32_t seed, uint64_t i)
{
	i = (i + 1) * 0x9e3779b97f4a7c15ull + seed * 0xd1342543de82ef95ull;
	i = (i ^ i >> 30) * 0xbf58476d1ce4e5b9ull;
	return i ^ i >> 27;
}

void pattern_fill(void *to, uint32_t seed, uint64_t offset, size_t n)
{
	char *p = to;

	while (n) {
		uint64_t word = word_at(seed, offset / 8);
		size_t skip = offset % 8, part = n < 8 - skip ? n : 8 - skip;

		memcpy(p, (char *)&word + skip, part);
		p += part;
		offset += part;
		n -= part;
	}
}

void pattern_check(const void *p, uint32_t seed, uint64_t offset, size_t n)
{
	const unsigned char *got = p;
	unsigned char want[4096];

	while (n) {
		size_t part = n < sizeof(want) ? n : sizeof(want);

		pattern_fill(want, seed, offset, part);
		for (size_t i = 0; i < part; i++)
			if (got[i] != want[i])
				die("stream %u: byte %llu is %02x, not %02x", seed,
				    (unsigned long long)offset + i, got[i], want[i]);
		got += part;
		offset += part;
		n -= part;
	}
}
