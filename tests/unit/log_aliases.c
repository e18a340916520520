// SPDX-License-Identifier: GPL-2.0-only
/* The same memory at two guest addresses: which of them is dirty. */
#include "log_help.h"

enum { ALIASES = 40 };

/* The first pages of the payload appear again behind guest memory. */
static void alias(struct fx *f, struct ring_memtab *tab, void *memory)
{
	const struct ring_region region[] = {
		{ FX_GPA, f->guest_bytes, (uintptr_t)f->arena.base },
		{ FX_GPA + f->guest_bytes, ALIASES * PAGE, (uintptr_t)f->payload },
	};

	assert_int_equal(ring_memtab_build(tab, memory, region, 2, ++f->gen),
			 RING_OK);
	f->space.mem = tab;
	f->log.pages += ALIASES;
}

static bool alias_dirty(const struct fx *f, u32 page)
{
	u32 bit = f->guest_bytes / PAGE + page;

	return f->log_at[bit / 8] >> bit % 8 & 1;
}

static void written_by_user_address_dirties_every_alias(void **state)
{
	struct ring_memtab tab;
	struct ring_seg seg;
	void *memory = malloc(ring_memtab_bytes(2));
	struct fx f;

	(void)state;
	begin(&f);
	alias(&f, &tab, memory);
	seg = (struct ring_seg){ (uintptr_t)f.payload + 3 * PAGE + 9, PAGE };
	assert_int_equal(ring_log_written(&f.ring, &f.space, &seg, NULL, 1,
					  PAGE), RING_GOT);
	flush(&f);
	for (u32 i = 0; i < ALIASES; i++) {
		bool wrote = i == 3 || i == 4;

		assert_int_equal(fx_page_dirty(&f, f.payload + i * PAGE), wrote);
		assert_int_equal(alias_dirty(&f, i), wrote);
	}
	free(memory);
	fx_exit(&f);
}

static void written_by_guest_address_dirties_that_one(void **state)
{
	struct ring_memtab tab;
	void *memory = malloc(ring_memtab_bytes(2));
	struct fx f;

	(void)state;
	begin(&f);
	alias(&f, &tab, memory);
	log_pages(&f, 3, 1);
	flush(&f);
	assert_true(fx_page_dirty(&f, f.payload + 3 * PAGE));
	for (u32 i = 0; i < ALIASES; i++)
		assert_false(alias_dirty(&f, i));
	free(memory);
	fx_exit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_by_user_address_dirties_every_alias),
		cmocka_unit_test(written_by_guest_address_dirties_that_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
