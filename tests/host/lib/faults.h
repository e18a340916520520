/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that a thread does not get, and copies of its memory that fail: the
 * kernel's fault injection, where it was built with that. The n-th such place
 * that the thread comes to fails, so a test walks through all of them.
 */
#ifndef RINGSIDE_HOST_FAULTS_H
#define RINGSIDE_HOST_FAULTS_H

#include <stdbool.h>
#include <sys/types.h>

/** faults_begin() - false: this kernel has none */
bool faults_begin(void);

/** fault_inject() - the @n-th place from now on fails in thread @tid; one at a time */
void fault_inject(pid_t tid, unsigned int n);

/** fault_stop() - nothing fails any more; has something failed */
bool fault_stop(void);

#endif /* RINGSIDE_HOST_FAULTS_H */
