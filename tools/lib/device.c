// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/device.h"

static int explain_open(int code, struct pfb_error *err)
{
	switch (code) {
	case ENOENT:
		return pfb_fail(err, -ENOENT, PFB_DEVICE
				" is not there: load the module (modprobe pci_fixed_bars), or a newer one if it is loaded");
	case EACCES:
	case EPERM:
		return pfb_fail(err, -EACCES, PFB_DEVICE " is root's: run as root");
	default:
		return pfb_fail(err, -code, PFB_DEVICE ": %s", strerror(code));
	}
}

int pfb_device_open(struct pfb_error *err)
{
	struct pfb_ioc_version version = { .version = PFB_API_VERSION };
	int fd = open(PFB_DEVICE, O_RDWR | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return explain_open(errno, err);
	if (!ioctl(fd, PFB_IOC_VERSION, &version))
		return fd;
	ret = -errno;
	close(fd);
	if (ret == -EPROTONOSUPPORT)
		return pfb_fail(err, ret,
				"the module (%.*s) speaks version %u of the interface, this program needs %u: install both from one release, and load the module again",
				(int)sizeof(version.module), version.module, version.version,
				PFB_API_VERSION);
	return pfb_fail(err, ret, PFB_DEVICE ": handshake: %s", strerror(-ret));
}

int pfb_device_function(const char *bdf, struct pfb_ioc_function *function)
{
	unsigned int segment, bus, device, fn;

	if (sscanf(bdf, "%x:%x:%x.%u", &segment, &bus, &device, &fn) != 4)
		return -EINVAL;
	function->segment = (__u16)segment;
	function->bus = (__u8)bus;
	function->devfn = PFB_DEVFN(device, fn);
	return 0;
}

int pfb_device_ask(int fd, unsigned long request, void *arg, const char *text,
		   struct pfb_error *err)
{
	int code;

	if (!ioctl(fd, request, arg))
		return 0;
	code = errno;
	if (code == EPERM && !(text && text[0]))
		return pfb_fail(err, -code, PFB_DEVICE ": %s: run as root, with CAP_SYS_ADMIN and CAP_SYS_RAWIO",
				strerror(code));
	return pfb_fail(err, -code, "%.*s", PFB_TEXT_MAX, text && text[0] ? text : strerror(code));
}
