/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program of tests for one kind of device, made of parts.
 */
#ifndef RINGSIDE_HOST_PARTS_H
#define RINGSIDE_HOST_PARTS_H

#include <stdbool.h>

struct part {
	const char *name;
	void (*run)(void);
	const char *ours_only;	/* why the kernel's own cannot be compared */
};

/** is_kernels_own() - is the module the host kernel's, there to compare with */
bool is_kernels_own(void);

/**
 * parts_run_on() - all of the program: its parts, or the one that VSOCK_PART,
 * ASYNC_PART, SCSI_PART or VDPA_BLK_PART names
 * @node: of the device
 * @module: nothing may use it any more in the end
 * @seconds: until the watchdog bites
 *
 * Return: what main() returns; 77 without a device.
 */
int parts_run_on(const char *node, const char *module, const struct part *parts,
		 unsigned int n, unsigned int seconds);

/** parts_run() - the same for a vsock device */
int parts_run(const struct part *parts, unsigned int n, unsigned int seconds);

#endif /* RINGSIDE_HOST_PARTS_H */
