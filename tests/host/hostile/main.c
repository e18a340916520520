// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostile: what an evil guest writes into its rings, against a real device.
 *
 * With Ringside the queue is broken, its owner hears of it once, and the other
 * queue goes on; Linux's own device has to survive. Both have to work again
 * when the ring is made anew, and to close cleanly.
 */
#include "hostile/tests.h"

int main(void)
{
	report_begin(500);
	hostile_one_by_one();
	hostile_storms();
	return report_end();
}
