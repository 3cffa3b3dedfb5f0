// SPDX-License-Identifier: GPL-2.0
/*
 * The module parameter fixed_bars=: a list by hand.
 *
 * A typo in it must not keep the module from loading, so the text is only
 * kept when it is set, and parsed with the other sources.
 */
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include <pci_fixed_bars/bar_spec.h>

#include "sources.h"

static char *fixed_bars;

/* One more than the parser takes: it then says that the list is too long. */
static int fixed_bars_set(const char *val, const struct kernel_param *kp)
{
	char *text = kstrndup(val, PFB_BAR_SPEC_MAX + 1, GFP_KERNEL);

	if (!text)
		return -ENOMEM;
	kfree(fixed_bars);
	fixed_bars = text;
	return 0;
}

static int fixed_bars_get(char *buf, const struct kernel_param *kp)
{
	/* Of pages of 64 KiB, printf takes no such precision. */
	int most = min_t(size_t, PAGE_SIZE - 2, PFB_BAR_SPEC_MAX + 1);

	return sysfs_emit(buf, "%.*s\n", most, fixed_bars ?: "");
}

static void fixed_bars_free(void *arg)
{
	kfree(fixed_bars);
	fixed_bars = NULL;
}

static const struct kernel_param_ops fixed_bars_ops = {
	.set = fixed_bars_set,
	.get = fixed_bars_get,
	.free = fixed_bars_free,
};

module_param_cb(fixed_bars, &fixed_bars_ops, NULL, 0400);
MODULE_PARM_DESC(fixed_bars,
		 "where BARs must be: <path or BDF>=barN@<addr>[,barM@<addr>]*[;...]; also rom@ and vfbarN@");

/**
 * pfb_source_param_read() - parse the parameter fixed_bars=
 * @read: receives the declarations
 *
 * Context: may sleep.
 * Return: 0, -ENOENT when it was not given, or what is wrong with it.
 */
int pfb_source_param_read(struct pfb_source_read *read)
{
	size_t len = fixed_bars ? strlen(fixed_bars) : 0;
	int ret;

	if (!len)
		return pfb_fail(&read->message, -ENOENT, "fixed_bars= was not given");

	ret = pfb_bar_spec_parse(fixed_bars, len, read->declare, read->ctx, &read->message);
	if (!ret)
		pfb_source_say(read, "a list of %zu characters", len);
	return ret;
}
