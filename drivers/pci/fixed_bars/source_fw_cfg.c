// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU's fw_cfg: the hypervisor's own fixed-BAR blob, and our manifest.
 *
 * Read through the kernel's qemu_fw_cfg driver, in sysfs: it exports nothing
 * to other modules, and two drivers must not share the device. It reads a
 * file from its beginning for each page of it, so blobs better stay small.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kmod.h>
#include <linux/kstrtox.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <pci_fixed_bars/fixed_bars.h>
#include <pci_fixed_bars/manifest.h>

#include "scan.h"
#include "sources.h"

#define FW_CFG_DIR		"/sys/firmware/qemu_fw_cfg/"
#define FW_CFG_FIXED_BARS	"etc/fixed-bars"
#define FW_CFG_MANIFEST		"opt/org.pci-fixed-bars/manifest"

/*
 * Reads a file whole. Not with kernel_read_file(): fw_cfg's raw files state no
 * size, which it takes for an empty one.
 *
 * Returns its size, -EFBIG for more than PFB_MANIFEST_SIZE_MAX bytes, -ENODATA
 * for none, or another negative errno; @data is to be freed after success.
 */
static ssize_t read_path(const char *path, void **data)
{
	const size_t room = PFB_MANIFEST_SIZE_MAX + 1;
	struct file *file;
	ssize_t ret = 0;
	loff_t pos = 0;
	void *buf;

	file = filp_open(path, O_RDONLY | O_LARGEFILE, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	buf = kvmalloc(room, GFP_KERNEL);
	if (!buf) {
		ret = -ENOMEM;
		goto out_close;
	}
	while (pos < room) {
		ret = kernel_read(file, buf + pos, room - pos, &pos);
		if (ret <= 0)
			break;
	}
	if (ret >= 0)
		ret = pos == room ? -EFBIG : pos ?: -ENODATA;
	if (ret < 0)
		kvfree(buf);
	else
		*data = buf;
out_close:
	filp_close(file, NULL);
	return ret;
}

static bool path_exists(const char *path)
{
	struct file *file = filp_open(path, O_RDONLY, 0);

	if (IS_ERR(file))
		return PTR_ERR(file) != -ENOENT;
	filp_close(file, NULL);
	return true;
}

/* Why a file is not there: each has another remedy, and some are no fault. */
static int explain_absent(struct pfb_source_read *read, const char *name)
{
	if (path_exists(FW_CFG_DIR "rev"))
		return pfb_fail(&read->message, -ENOENT, "fw_cfg has no file %s", name);
	if (path_exists("/sys/kernel/uevent_seqnum"))
		return pfb_fail(&read->message, -ENOENT,
				"there is no fw_cfg: no QEMU, or its driver qemu_fw_cfg is not loaded");
	return pfb_fail(&read->message, -EIO,
			"fw_cfg file %s cannot be read, because sysfs is not mounted on /sys: mount it before this module is loaded",
			name);
}

/*
 * What is too large is refused by the size that fw_cfg states: reading it to
 * see would take time that grows with its square, on each byte an exit to the
 * hypervisor. A size that cannot be read decides nothing.
 */
static bool is_too_large(const char *path)
{
	unsigned int size = 0;
	char text[16] = "";
	struct file *file;
	loff_t pos = 0;

	file = filp_open(path, O_RDONLY, 0);
	if (IS_ERR(file))
		return false;
	if (kernel_read(file, text, sizeof(text) - 1, &pos) <= 0 ||
	    kstrtouint(strim(text), 10, &size))
		size = 0;
	filp_close(file, NULL);
	return size > PFB_MANIFEST_SIZE_MAX;
}

static ssize_t read_entry(const char *name, void **data)
{
	ssize_t size = -ENOMEM;
	char *raw, *stated;

	raw = kasprintf(GFP_KERNEL, FW_CFG_DIR "by_name/%s/raw", name);
	stated = kasprintf(GFP_KERNEL, FW_CFG_DIR "by_name/%s/size", name);
	if (raw && stated)
		size = is_too_large(stated) ? -EFBIG : read_path(raw, data);
	kfree(stated);
	kfree(raw);
	return size;
}

static ssize_t read_file(struct pfb_source_read *read, const char *name, void **data)
{
	ssize_t size = read_entry(name, data);

	switch (size) {
	case -ENOENT:
		return explain_absent(read, name);
	case -EFBIG:
		return pfb_fail(&read->message, -EFBIG,
				"fw_cfg file %s is larger than the %d bytes that are read: correct what the hypervisor was given",
				name, PFB_MANIFEST_SIZE_MAX);
	case -ENODATA:
		return pfb_fail(&read->message, -ENODATA,
				"fw_cfg file %s is empty, 0 bytes: give the hypervisor the right file, or none",
				name);
	default:
		if (size < 0)
			pfb_fail(&read->message, size,
				 "fw_cfg file %s cannot be read (error %zd): look for qemu_fw_cfg in dmesg",
				 name, size);
		return size;
	}
}

/**
 * pfb_source_fw_cfg_prepare() - see to it that fw_cfg can be read
 *
 * The driver is a module in most distributions; where there is no fw_cfg,
 * loading it does nothing.
 *
 * Context: may sleep, and runs modprobe: no lock may be held that it needs.
 */
void pfb_source_fw_cfg_prepare(void)
{
	if (!path_exists(FW_CFG_DIR "rev"))
		request_module("qemu_fw_cfg");
}

/* The blob's entries are in the order of the functions, so it is read beside them. */
static int match_fixed_bars(struct pfb_source_read *read, const void *data, size_t size)
{
	struct pfb_topology top;
	struct pfb_error why;
	void *scratch;
	int ret;

	ret = pfb_scan_topology(&top, &why);
	if (ret)
		return pfb_fail(&read->message, ret,
				"etc/fixed-bars cannot be matched with functions: %s", why.text);
	scratch = kvmalloc(pfb_fixed_bars_scratch_size(size, &top), GFP_KERNEL);
	if (scratch)
		ret = pfb_fixed_bars_parse(data, size, &top, scratch, read->declare, read->ctx,
					   &read->message);
	else
		ret = pfb_fail(&read->message, -ENOMEM, "no memory to match %zu bytes", size);
	kvfree(scratch);
	pfb_scan_free(&top);
	return ret;
}

/**
 * pfb_source_fw_cfg_fixed_bars_read() - read QEMU's fixed-BAR blob
 * @read: receives the declarations
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove().
 * Return: 0, -ENOENT when there is none, or what is wrong with it.
 */
int pfb_source_fw_cfg_fixed_bars_read(struct pfb_source_read *read)
{
	enum pfb_fixed_bars_layout layout;
	ssize_t size;
	void *data;
	int ret;

	size = read_file(read, FW_CFG_FIXED_BARS, &data);
	if (size < 0)
		return size;

	ret = pfb_fixed_bars_check(data, size, &layout, &read->message);
	if (!ret)
		ret = match_fixed_bars(read, data, size);
	if (!ret)
		pfb_source_say(read, "%zd bytes, layout %s", size,
			       pfb_fixed_bars_layout_name(layout));
	kvfree(data);
	return ret;
}

/**
 * pfb_source_fw_cfg_manifest_read() - read the manifest that the hypervisor gave
 * @read: receives the declarations
 *
 * Context: may sleep. The caller holds pci_lock_rescan_remove().
 * Return: 0, -ENOENT when there is none, or what is wrong with it.
 */
int pfb_source_fw_cfg_manifest_read(struct pfb_source_read *read)
{
	ssize_t size;
	void *data;
	int ret;

	size = read_file(read, FW_CFG_MANIFEST, &data);
	if (size < 0)
		return size;

	ret = pfb_manifest_parse(data, size, read->source, read->declare, read->ctx,
				 &read->message);
	if (!ret)
		pfb_source_say(read, "a manifest of %zd bytes", size);
	kvfree(data);
	return ret;
}
