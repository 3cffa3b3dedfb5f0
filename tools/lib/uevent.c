// SPDX-License-Identifier: GPL-2.0
#include "lib/uevent.h"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

/* Multicast group of the kernel's own uevents; 2 is udevd's. */
#define GROUP_KERNEL	1
/* What comes while this is not scheduled must not be lost: a load judges every BAR. */
#define BUFFER		(4 << 20)

static const char *value_of(const char *string, const char *key)
{
	size_t len = strlen(key);

	return !strncmp(string, key, len) ? string + len : NULL;
}

bool pfb_uevent_parse(const char *message, size_t len, struct pfb_uevent *event)
{
	const char *at, *value;

	memset(event, 0, sizeof(*event));
	if (!len || message[len - 1])
		return false;
	for (at = message; at < message + len; at += strlen(at) + 1) {
		value = value_of(at, "PCI_SLOT_NAME=");
		if (value)
			event->function = value;
		value = value_of(at, "PFB_BAR=");
		if (value)
			event->bar = value;
		value = value_of(at, "PFB_STATE=");
		if (value)
			event->state = value;
		value = value_of(at, "PFB_OLD_STATE=");
		if (value)
			event->old_state = value;
	}
	return event->function && event->bar && event->state && event->old_state;
}

int pfb_uevent_open(struct pfb_error *err)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = GROUP_KERNEL };
	int buffer = BUFFER, fd, ret;

	fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	if (fd < 0)
		return pfb_fail(err, -errno, "cannot listen to the kernel's uevents: %s",
				strerror(errno));
	/* Root may have more than the system's limit; others as much as that. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		ret = pfb_fail(err, -errno, "cannot listen to the kernel's uevents: %s",
			       strerror(errno));
		close(fd);
		return ret;
	}
	return fd;
}
