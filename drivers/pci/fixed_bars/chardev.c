// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/pci_fixed_bars: ioctls, as include/uapi/linux/pci_fixed_bars.h has them.
 *
 * A request is a line in the table below and a function that gets its struct
 * in kernel memory, of today's size whatever the caller's is, and fills in the
 * answer. Who may, and how much is copied, is settled before it is called.
 */
#include <linux/capability.h>
#include <linux/dma-buf.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "chardev.h"
#include "dmabuf.h"
#include "enforce.h"
#include "export.h"
#include "reach.h"
#include "reach_cache.h"
#include "registry.h"
#include "sources.h"

static_assert(PFB_TEXT_MAX >= PFB_ERROR_TEXT_MAX);
static_assert(sizeof(struct pfb_ioc_version) == 40);
static_assert(sizeof(struct pfb_ioc_bar) == 456);
static_assert(sizeof(struct pfb_ioc_path) == 816);
static_assert(sizeof(struct pfb_ioc_manifest) == 408);
static_assert(sizeof(struct pfb_ioc_verify) == 72);
static_assert(sizeof(struct pfb_ioc_export) == 488);
static_assert(sizeof(struct pfb_ioc_enforce) == 408);
static_assert(PFB_IOC_PATH_HOPS == PFB_ROUTE_HOPS_MAX);
static_assert(sizeof(struct pfb_ioc_range) == sizeof(struct pfb_range));
static_assert(offsetof(struct pfb_ioc_range, length) == offsetof(struct pfb_range, length));

/* A function by its BDF, referenced; or NULL, and why in @text. */
static struct pci_dev *find_function(const struct pfb_ioc_function *id, char *text)
{
	struct pci_dev *pdev = pci_get_domain_bus_and_slot(id->segment, id->bus, id->devfn);

	if (!pdev)
		scnprintf(text, PFB_TEXT_MAX, "there is no function %04x:%02x:%02x.%u",
			  id->segment, id->bus, PCI_SLOT(id->devfn), PCI_FUNC(id->devfn));
	return pdev;
}

static int run_version(void *data, struct file **file)
{
	struct pfb_ioc_version *arg = data;
	u32 wanted = arg->version;

	if (arg->reserved)
		return -EINVAL;
	arg->version = PFB_API_VERSION;
	strscpy(arg->module, THIS_MODULE->version, sizeof(arg->module));
	return wanted > PFB_API_VERSION ? -EPROTONOSUPPORT : 0;
}

static void answer_bar(const struct pfb_bar_report *report, struct pfb_ioc_bar *arg)
{
	arg->state = report->state;
	arg->registered = report->registered;
	arg->resource = report->resource;
	arg->size = report->size;
	arg->clique = report->clique;
	arg->manifest_flags = report->flags;
	if (report->exists)
		arg->flags |= PFB_IOC_BAR_EXISTS;
	if (report->assigned)
		arg->flags |= PFB_IOC_BAR_ASSIGNED;
	if (!report->has_declared)
		return;
	arg->flags |= PFB_IOC_BAR_DECLARED;
	arg->declared = report->declared.gpa;
	if (report->declared.flags & PFB_MANIFEST_BAR_HPA) {
		arg->flags |= PFB_IOC_BAR_HPA;
		arg->hpa = report->declared.hpa;
	}
}

static int run_bar(void *data, struct file **file)
{
	struct pfb_ioc_bar *arg = data;
	struct pfb_bar_report report;
	struct pci_dev *pdev;
	int ret;

	if (arg->flags || arg->reserved)
		return -EINVAL;
	pdev = find_function(&arg->function, arg->text);
	if (!pdev)
		return -ENODEV;
	ret = pfb_registry_bar(pdev, arg->bar, &report);
	pfb_registry_bar_explain(pdev, arg->bar, arg->text, sizeof(arg->text));
	if (!ret)
		answer_bar(&report, arg);
	pci_dev_put(pdev);
	return ret;
}

static void answer_path(const struct pfb_reach *reach, struct pfb_ioc_path *arg)
{
	const struct pfb_route *route = &reach->route;
	u32 i;

	arg->kind = route->kind;
	arg->why = route->why;
	arg->passes = pfb_reach_passes(reach);
	arg->decider = route->decider;
	arg->nr_hops = route->nr_hops;
	for (i = 0; i < route->nr_hops; i++) {
		arg->hops[i].function = reach->hops[i];
		arg->hops[i].action = route->hops[i].action;
		arg->hops[i].why = route->hops[i].why;
	}
	pfb_route_why_list(route->why, arg->text, sizeof(arg->text));
}

static int run_path(void *data, struct file **file)
{
	struct pci_dev *provider, *client;
	struct pfb_ioc_path *arg = data;
	struct pfb_reach *reach;
	int ret = -ENODEV;

	if (arg->reserved || arg->bar >= PFB_NR_BARS)
		return -EINVAL;
	memset(arg->hops, 0, sizeof(arg->hops));
	arg->text[0] = '\0';
	provider = find_function(&arg->provider, arg->text);
	if (!provider)
		return ret;
	client = find_function(&arg->client, arg->text);
	if (!client)
		goto out_provider;
	ret = -ENOMEM;
	reach = kmalloc(sizeof(*reach), GFP_KERNEL);
	if (!reach)
		goto out_client;
	ret = pfb_reach_anew(provider, arg->bar, &client->dev, reach);
	if (!ret)
		answer_path(reach, arg);
	kfree(reach);
out_client:
	pci_dev_put(client);
out_provider:
	pci_dev_put(provider);
	return ret;
}

static int run_manifest(void *data, struct file **file)
{
	struct pfb_ioc_manifest *arg = data;
	struct pfb_error message = {};
	void *manifest = NULL;
	int ret;

	if (arg->flags || arg->reserved || (!arg->size && arg->data))
		return -EINVAL;
	if (arg->size > PFB_MANIFEST_SIZE_MAX) {
		scnprintf(arg->text, sizeof(arg->text), "a manifest has at most %u bytes, not %u",
			  PFB_MANIFEST_SIZE_MAX, arg->size);
		return -E2BIG;
	}
	if (arg->size) {
		manifest = vmemdup_user(u64_to_user_ptr(arg->data), arg->size);
		if (IS_ERR(manifest))
			return PTR_ERR(manifest);
	}
	ret = pfb_sources_load(manifest, arg->size, &arg->nr_functions, &message);
	kvfree(manifest);
	strscpy(arg->text, message.text, sizeof(arg->text));
	/* Cliques are no verdicts of BARs, and nobody hears of one that changed. */
	pfb_export_recheck();
	return ret;
}

static int run_verify(void *data, struct file **file)
{
	struct pfb_ioc_verify *arg = data;
	enum pfb_bar_state state;

	BUILD_BUG_ON(ARRAY_SIZE(arg->bars) < PFB_NR_STATES);
	if (arg->flags)
		return -EINVAL;
	pfb_registry_verify_all();
	pfb_export_recheck();
	arg->nr_states = PFB_NR_STATES;
	memset(arg->bars, 0, sizeof(arg->bars));
	for (state = 0; state < PFB_NR_STATES; state++)
		arg->bars[state] = pfb_registry_count(state);
	return 0;
}

/* Counts the lines that say that something was refused, and takes the first for the answer. */
static void answer_refused(const char *report, struct pfb_ioc_enforce *arg)
{
	static const char word[] = "refused: ";
	const char *at;

	for (at = skip_spaces(report); *at; at = skip_spaces(at + strcspn(at, "\n"))) {
		if (!str_has_prefix(at, word))
			continue;
		at += strlen(word);
		if (!arg->nr_refused++)
			scnprintf(arg->text, sizeof(arg->text), "%.*s", (int)strcspn(at, "\n"), at);
	}
}

static int run_enforce(void *data, struct file **file)
{
	struct pfb_ioc_enforce *arg = data;
	u32 room = min_t(u32, arg->size, PFB_ENFORCE_REPORT_MAX);
	char *report;
	int ret;

	if (arg->flags & ~PFB_ENFORCE_DRY_RUN || arg->reserved || !arg->size != !arg->report)
		return -EINVAL;
	arg->nr_refused = 0;
	arg->text[0] = '\0';
	report = kvzalloc(PFB_ENFORCE_REPORT_MAX, GFP_KERNEL);
	if (!report)
		return -ENOMEM;
	ret = pfb_enforce(arg->flags & PFB_ENFORCE_DRY_RUN, report);
	arg->size = strlen(report);
	answer_refused(report, arg);
	if (copy_to_user(u64_to_user_ptr(arg->report), report, min(room, arg->size)))
		ret = -EFAULT;
	kvfree(report);
	return ret;
}

static int may_export(char *text)
{
	int ret = security_locked_down(LOCKDOWN_PCI_ACCESS);

	if (ret)
		scnprintf(text, PFB_TEXT_MAX,
			  "the kernel is locked down: BARs are not exported to user space; boot without lockdown= (and without Secure Boot where that turns it on)");
	return ret;
}

static int export_bar(struct pfb_ioc_export *arg, const struct pfb_range *ranges,
		      struct file **file)
{
	struct pfb_export *export;
	struct pfb_error err = {};
	struct pci_dev *pdev;
	int fd, ret = 0;

	pdev = find_function(&arg->provider, arg->text);
	if (!pdev)
		return -ENODEV;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		ret = fd;
		goto out;
	}
	export = pfb_export_make(pdev, arg->bar, ranges, arg->nr_ranges, &err);
	if (IS_ERR(export)) {
		put_unused_fd(fd);
		strscpy(arg->text, err.text, sizeof(arg->text));
		ret = PTR_ERR(export);
		goto out;
	}
	arg->fd = fd;
	arg->size = export->size;
	strscpy(arg->owner, export->owner, sizeof(arg->owner));
	*file = export->dmabuf->file;
out:
	pci_dev_put(pdev);
	return ret;
}

static int run_export(void *data, struct file **file)
{
	struct pfb_ioc_export *arg = data;
	struct pfb_range *ranges = NULL;
	int ret;

	arg->fd = -1;
	arg->text[0] = '\0';
	if (arg->flags || arg->reserved || arg->nr_ranges > PFB_EXPORT_RANGES_MAX ||
	    !arg->nr_ranges != !arg->ranges)
		return -EINVAL;
	ret = may_export(arg->text);
	if (ret)
		return ret;
	if (arg->nr_ranges) {
		ranges = vmemdup_user(u64_to_user_ptr(arg->ranges),
				      array_size(arg->nr_ranges, sizeof(*ranges)));
		if (IS_ERR(ranges))
			return PTR_ERR(ranges);
	}
	ret = export_bar(arg, ranges, file);
	kvfree(ranges);
	return ret;
}

/**
 * struct request - one ioctl
 * @cmd: its number as of today
 * @min_size: bytes of its struct when it was first there
 * @capability: what it takes, or -1
 * @run: does it: gets the struct with what the caller gave, fills in the
 *	answer. A file that it leaves is installed as the struct's fd once the
 *	caller has the answer
 */
struct request {
	unsigned int cmd;
	unsigned int min_size;
	int capability;
	int (*run)(void *data, struct file **file);
};

static const struct request requests[] = {
	{ PFB_IOC_VERSION, 40, -1, run_version },
	{ PFB_IOC_BAR, 456, CAP_SYS_ADMIN, run_bar },
	{ PFB_IOC_PATH, 816, CAP_SYS_ADMIN, run_path },
	{ PFB_IOC_MANIFEST, 408, CAP_SYS_ADMIN, run_manifest },
	{ PFB_IOC_VERIFY, 72, CAP_SYS_ADMIN, run_verify },
	{ PFB_IOC_EXPORT, 488, CAP_SYS_RAWIO, run_export },
	{ PFB_IOC_ENFORCE, 408, CAP_SYS_ADMIN, run_enforce },
};

/* By its number alone: the size in cmd is the caller's, and may be another. */
static const struct request *find_request(unsigned int cmd)
{
	const unsigned int size_bits = _IOC_SIZEMASK << _IOC_SIZESHIFT;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(requests); i++)
		if (!((requests[i].cmd ^ cmd) & ~size_bits))
			return &requests[i];
	return NULL;
}

/* A file is there for the caller only when its answer is. */
static int give(const struct request *request, void __user *user, void *data, size_t size,
		int ret, struct file *file)
{
	struct pfb_ioc_export *export = data;

	if (copy_to_user(user, data, size))
		ret = -EFAULT;
	if (!file)
		return ret;
	if (ret) {
		put_unused_fd(export->fd);
		fput(file);
	} else {
		fd_install(export->fd, file);
	}
	return ret;
}

static long pfb_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	const struct request *request = find_request(cmd);
	void __user *user = (void __user *)arg;
	struct file *file = NULL;
	size_t size, user_size;
	void *data;
	int ret;

	if (!request)
		return -ENOTTY;
	size = _IOC_SIZE(request->cmd);
	user_size = _IOC_SIZE(cmd);
	if (user_size < request->min_size)
		return -EINVAL;
	if (request->capability >= 0 && !capable(request->capability))
		return -EPERM;

	data = kzalloc(size, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	ret = copy_struct_from_user(data, size, user, user_size);
	if (!ret) {
		ret = request->run(data, &file);
		ret = give(request, user, data, min(size, user_size), ret, file);
	}
	kfree(data);
	return ret;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.unlocked_ioctl = pfb_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "pci_fixed_bars",
	.fops = &fops,
	.mode = 0600,
};

int pfb_chardev_init(void)
{
	return misc_register(&device);
}

void pfb_chardev_exit(void)
{
	misc_deregister(&device);
}
