/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A memory cgroup of one's own, for tests of who pays and of what happens when
 * there is nothing left to pay with.
 */
#ifndef RINGSIDE_HOST_CGROUP_H
#define RINGSIDE_HOST_CGROUP_H

/**
 * cgroup_run() - run @test in a child with a cgroup of its own, at most 60 s
 *
 * Skips @name where there is no memory controller.
 */
void cgroup_run(void (*test)(void), const char *name);

/** cgroup_kib() - what the child's cgroup uses */
long cgroup_kib(void);

/** cgroup_limit() - allow @kib in all; 0: no limit */
void cgroup_limit(long kib);

#endif /* RINGSIDE_HOST_CGROUP_H */
