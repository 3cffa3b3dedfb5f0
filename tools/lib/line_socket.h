/* SPDX-License-Identifier: GPL-2.0 */
/* Line-wise talk over a UNIX socket, with every wait bounded. */
#ifndef PFB_TOOLS_LINE_SOCKET_H
#define PFB_TOOLS_LINE_SOCKET_H

#include <pci_fixed_bars/error.h>
#include <pci_fixed_bars/types.h>

/* Longer than any reply to what these tools ask; what is longer is refused. */
#define PFB_LINE_MAX	65536

/**
 * struct pfb_line_socket - one connection
 * @fd: the socket, or -1
 * @what: whom it talks to, in error texts: "QEMU's qtest socket ..."
 * @op_timeout_ms: longest wait for one line to be sent or received
 * @deadline_ms: CLOCK_MONOTONIC milliseconds after which nothing is waited for
 *	any more, whatever @op_timeout_ms says
 * @used: bytes in @buf
 * @taken: bytes of @buf that were handed out as the last line
 * @buf: received bytes, one more for a NUL
 */
struct pfb_line_socket {
	int fd;
	char what[160];
	unsigned int op_timeout_ms;
	u64 deadline_ms;
	size_t used;
	size_t taken;
	char buf[PFB_LINE_MAX + 1];
};

/**
 * pfb_now_ms() - the clock that deadlines are stated in
 *
 * Return: CLOCK_MONOTONIC in milliseconds.
 */
u64 pfb_now_ms(void);

/**
 * pfb_line_socket_open() - connect to a UNIX stream socket
 * @sock: receives the connection
 * @peer: whom the socket belongs to, for error texts
 * @path: the socket in the file system
 * @op_timeout_ms: longest wait for one operation
 * @deadline_ms: absolute end of all waiting, see pfb_now_ms()
 * @err: receives what went wrong
 *
 * A socket that is not there yet is tried again until the timeout, so that
 * QEMU may be started in the background right before.
 *
 * Return: 0, -ENAMETOOLONG, -ETIMEDOUT, or what connect() said.
 */
int pfb_line_socket_open(struct pfb_line_socket *sock, const char *peer, const char *path,
			 unsigned int op_timeout_ms, u64 deadline_ms,
			 struct pfb_error *err);

/**
 * pfb_line_socket_adopt() - talk over a socket that is connected already
 * @sock: receives the connection
 * @peer: whom the socket belongs to, for error texts
 * @fd: the connected socket; closed by pfb_line_socket_close()
 * @op_timeout_ms: longest wait for one operation
 * @deadline_ms: absolute end of all waiting, see pfb_now_ms()
 */
void pfb_line_socket_adopt(struct pfb_line_socket *sock, const char *peer, int fd,
			   unsigned int op_timeout_ms, u64 deadline_ms);

/**
 * pfb_line_socket_close() - end the connection
 * @sock: the connection; may be closed already
 */
void pfb_line_socket_close(struct pfb_line_socket *sock);

/**
 * pfb_line_socket_send() - send bytes, all or none reported
 * @sock: the connection
 * @text: what to send, line end included
 * @len: bytes in @text
 * @err: receives what went wrong
 *
 * Return: 0, -ETIMEDOUT, -EPIPE when the peer is gone, or another errno.
 */
int pfb_line_socket_send(struct pfb_line_socket *sock, const char *text, size_t len,
			 struct pfb_error *err);

/**
 * pfb_line_socket_receive() - receive one line
 * @sock: the connection
 * @line: receives the line without its end, valid until the next call
 * @err: receives what went wrong
 *
 * Return: 0, -ETIMEDOUT, -EPIPE when the peer closed, -EMSGSIZE for a line
 * over %PFB_LINE_MAX, -EPROTO for a NUL in a line, or another errno.
 */
int pfb_line_socket_receive(struct pfb_line_socket *sock, char **line,
			    struct pfb_error *err);

#endif /* PFB_TOOLS_LINE_SOCKET_H */
