// SPDX-License-Identifier: GPL-2.0
#include "qtest.h"

#include <inttypes.h>
#include <stdlib.h>

/* Interrupt lines come unasked; nobody here asks for any, so few are borne. */
#define STRAY_LINES_MAX	64

static char width_letter(unsigned int width)
{
	switch (width) {
	case 1:
		return 'b';
	case 2:
		return 'w';
	case 4:
		return 'l';
	default:
		return 'q';
	}
}

/* Send a command, return what follows "OK". */
static int command(struct pfb_line_socket *sock, const char *text, char **reply,
		   struct pfb_error *err)
{
	unsigned int stray;
	char *line;
	int ret;

	ret = pfb_line_socket_send(sock, text, strlen(text), err);
	if (ret)
		return ret;

	for (stray = 0; stray < STRAY_LINES_MAX; stray++) {
		ret = pfb_line_socket_receive(sock, &line, err);
		if (ret)
			return ret;
		if (!strncmp(line, "IRQ ", 4))
			continue;
		if (!strncmp(line, "OK", 2) && (line[2] == ' ' || !line[2])) {
			*reply = line[2] ? line + 3 : line + 2;
			return 0;
		}
		return pfb_fail(err, -EPROTO, "%s: asked '%.*s', expected 'OK', got '%.80s'; is this QEMU's qtest socket?",
				sock->what, (int)strcspn(text, "\n"), text, line);
	}
	return pfb_fail(err, -EPROTO, "%s: nothing but interrupt lines", sock->what);
}

int pfb_qtest_hello(struct pfb_line_socket *sock, struct pfb_error *err)
{
	char *reply;
	int ret;

	ret = command(sock, "endianness\n", &reply, err);
	if (ret)
		return ret;
	if (!strcmp(reply, "big"))
		return pfb_fail(err, -EOPNOTSUPP,
				"%s: a big-endian machine; only little-endian ones are supported",
				sock->what);
	if (strcmp(reply, "little"))
		return pfb_fail(err, -EPROTO, "%s: asked for the byte order, expected 'little', got '%.80s'",
				sock->what, reply);
	return 0;
}

int pfb_qtest_open(struct pfb_line_socket *sock, const char *path,
		   unsigned int op_timeout_ms, u64 deadline_ms, struct pfb_error *err)
{
	int ret;

	ret = pfb_line_socket_open(sock, "qtest socket", path, op_timeout_ms, deadline_ms,
				   err);
	if (ret)
		return ret;
	ret = pfb_qtest_hello(sock, err);
	if (ret)
		pfb_line_socket_close(sock);
	return ret;
}

int pfb_qtest_read(struct pfb_line_socket *sock, u64 address, unsigned int width,
		   u64 *value, struct pfb_error *err)
{
	char text[64], *reply, *end;
	int ret;

	snprintf(text, sizeof(text), "read%c 0x%" PRIx64 "\n", width_letter(width), address);
	ret = command(sock, text, &reply, err);
	if (ret)
		return ret;

	errno = 0;
	*value = strtoull(reply, &end, 0);
	if (end == reply || *end || errno || *reply == '-' ||
	    (width < 8 && *value >> (8 * width)))
		return pfb_fail(err, -EPROTO, "%s: read of %u bytes at 0x%" PRIx64 ": expected a number of that width, got '%.80s'",
				sock->what, width, address, reply);
	return 0;
}

int pfb_qtest_write(struct pfb_line_socket *sock, u64 address, unsigned int width,
		    u64 value, struct pfb_error *err)
{
	char text[64], *reply;

	snprintf(text, sizeof(text), "write%c 0x%" PRIx64 " 0x%" PRIx64 "\n",
		 width_letter(width), address, value);
	return command(sock, text, &reply, err);
}
