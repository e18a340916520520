// SPDX-License-Identifier: GPL-2.0-only
/* Memory for buffers, and the memory table through which the device finds it. */
#include "test.h"

#include <linux/slab.h>
#include <linux/vmalloc.h>

enum { ARENA_BYTES = ARENA_PAGES * PAGE_SIZE };

static bool map_pages(struct arena *a)
{
	for (u32 i = 0; i < ARENA_PAGES; i++) {
		struct page *page = virt_to_page(a->base + i * PAGE_SIZE);

		a->alias[i] = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
		if (!a->alias[i])
			return false;
	}
	return true;
}

static struct ring_region region_of_page(const struct arena *a, u32 i)
{
	return (struct ring_region){
		.guest = a->phys + i * PAGE_SIZE,
		.size = PAGE_SIZE,
		.user = (uintptr_t)a->alias[i],
	};
}

/* All memory that the kernel has an address for, but the arena. */
static u32 add_surroundings(const struct arena *a, struct ring_region *region)
{
	u64 behind = a->phys + ARENA_BYTES;

	region[0] = (struct ring_region){
		.guest = 0,
		.size = a->phys,
		.user = (uintptr_t)__va(0),
	};
	region[1] = (struct ring_region){
		.guest = behind,
		.size = (uintptr_t)high_memory - (uintptr_t)__va(behind),
		.user = (uintptr_t)__va(behind),
	};
	return 2;
}

static bool build_table(struct arena *a, enum arena_surroundings around)
{
	u32 n = ARENA_PAGES;
	struct ring_region *region;
	enum ring_cause cause;

	region = kcalloc(ARENA_PAGES + 2, sizeof(*region), GFP_KERNEL);
	if (!region)
		return false;
	for (u32 i = 0; i < ARENA_PAGES; i++)
		region[i] = region_of_page(a, i);
	if (around == ARENA_IN_MEMORY)
		n += add_surroundings(a, &region[n]);

	a->tab_memory = kmalloc(ring_memtab_bytes(n), GFP_KERNEL);
	cause = a->tab_memory ? ring_memtab_build(&a->tab, a->tab_memory,
						  region, n, 1) : RING_BAD_MEMORY;
	kfree(region);
	if (cause != RING_OK)
		pr_err("no memory table: %s\n", ring_cause_name(cause));
	return cause == RING_OK;
}

struct arena *arena_create(enum arena_surroundings around)
{
	struct arena *a = kzalloc(sizeof(*a), GFP_KERNEL);

	if (!a)
		return NULL;
	a->base = alloc_pages_exact(ARENA_BYTES, GFP_KERNEL | __GFP_ZERO);
	if (!a->base) {
		kfree(a);
		return NULL;
	}
	a->phys = virt_to_phys(a->base);
	if (!map_pages(a) || !build_table(a, around)) {
		arena_destroy(a);
		return NULL;
	}
	return a;
}

void arena_destroy(struct arena *a)
{
	if (!a)
		return;
	for (u32 i = 0; i < ARENA_PAGES; i++)
		vunmap(a->alias[i]);
	free_pages_exact(a->base, ARENA_BYTES);
	kfree(a->tab_memory);
	kfree(a);
}

bool arena_holds(const struct arena *a, uintptr_t base, size_t len)
{
	for (u32 i = 0; i < ARENA_PAGES; i++) {
		uintptr_t off = base - (uintptr_t)a->alias[i];

		if (off < PAGE_SIZE)
			return len && len <= PAGE_SIZE - off;
	}
	return false;
}

u64 arena_device_page(const struct arena *a, u64 phys)
{
	u64 page = phys & PAGE_MASK;

	if (page - a->phys < ARENA_BYTES)
		return (uintptr_t)a->alias[(page - a->phys) >> PAGE_SHIFT];
	return (uintptr_t)phys_to_virt(page);
}
