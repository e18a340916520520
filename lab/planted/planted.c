// SPDX-License-Identifier: GPL-2.0
/*
 * planted: a module that is wrong on purpose, in the way that the parameter "bug" names, so that the lab can prove
 * that its debug kernel notices. Without a bug it does nothing. Never part of Ringside's own build.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static char *bug = "none";
module_param(bug, charp, 0);
MODULE_PARM_DESC(bug, "none, uaf, oob, leak, lock, sleep, shift or warn");

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);
static DEFINE_SPINLOCK(spin);
static volatile int sink;
static int forty = 40;
module_param(forty, int, 0);
MODULE_PARM_DESC(forty, "a number that the compiler does not know");

static void use_after_free(void)
{
	char *p = kmalloc(100, GFP_KERNEL);

	if (!p)
		return;
	OPTIMIZER_HIDE_VAR(p);
	kfree(p);
	sink = p[10];
}

static void out_of_bounds(void)
{
	char *p = kmalloc(100, GFP_KERNEL);

	if (!p)
		return;
	OPTIMIZER_HIDE_VAR(p);
	p[100] = 1;
	kfree(p);
}

static void leak(void)
{
	for (int i = 0; i < 4; i++) {
		char *p = kmalloc(1000, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(p);
	}
}

static void lock_both_ways(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static void sleep_in_spinlock(void)
{
	spin_lock(&spin);
	msleep(1);
	spin_unlock(&spin);
}

static void shift_too_far(void)
{
	sink = 1 << forty;
}

static void warn(void)
{
	WARN_ON(forty == 40);
}

static const struct {
	const char *name;
	void (*run)(void);
} bugs[] = {
	{ "uaf", use_after_free }, { "oob", out_of_bounds }, { "leak", leak }, { "lock", lock_both_ways },
	{ "sleep", sleep_in_spinlock }, { "shift", shift_too_far }, { "warn", warn },
};

static int __init planted_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(bugs); i++)
		if (!strcmp(bugs[i].name, bug))
			bugs[i].run();
	return 0;
}

static void __exit planted_exit(void)
{
}

module_init(planted_init);
module_exit(planted_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Ringside lab: bugs on purpose");
