/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers: one function sets up all of a timer since 6.13. For test modules.
 */
#ifndef RINGSIDE_COMPAT_HRTIMER_H
#define RINGSIDE_COMPAT_HRTIMER_H

#include <linux/hrtimer.h>

#ifndef HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*fn)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
}
#endif

#endif /* RINGSIDE_COMPAT_HRTIMER_H */
