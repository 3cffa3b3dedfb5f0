/* SPDX-License-Identifier: GPL-2.0 */
/*
 * QEMU's qtest protocol, as far as memory accesses go: text lines over a
 * socket, handled by QEMU's main loop, so that they work on a machine that
 * was started with -S and whose CPUs have not run yet.
 */
#ifndef PFB_TOOLS_QTEST_H
#define PFB_TOOLS_QTEST_H

#include "line_socket.h"

/**
 * pfb_qtest_open() - connect to QEMU's qtest socket
 * @sock: receives the connection
 * @path: the socket: what follows ``-qtest unix:``
 * @op_timeout_ms: longest wait for one operation
 * @deadline_ms: absolute end of all waiting, see pfb_now_ms()
 * @err: receives what went wrong
 *
 * Asks the peer for its byte order, which also tells that it is a qtest server
 * and that it answers.
 *
 * Return: 0, -EPROTO when the peer doesn't talk qtest, -EOPNOTSUPP for a
 * big-endian machine, or what the socket said.
 */
int pfb_qtest_open(struct pfb_line_socket *sock, const char *path,
		   unsigned int op_timeout_ms, u64 deadline_ms, struct pfb_error *err);

/**
 * pfb_qtest_hello() - see that a connected peer is a little-endian qtest server
 * @sock: the connection
 * @err: receives what went wrong
 *
 * Return: as pfb_qtest_open().
 */
int pfb_qtest_hello(struct pfb_line_socket *sock, struct pfb_error *err);

/**
 * pfb_qtest_read() - read guest-physical memory or a device register
 * @sock: the connection
 * @address: guest-physical address
 * @width: 1, 2, 4 or 8 bytes, one access
 * @value: receives the value
 * @err: receives what went wrong
 *
 * Return: 0, -EPROTO for a reply that makes no sense, or what the socket said.
 */
int pfb_qtest_read(struct pfb_line_socket *sock, u64 address, unsigned int width,
		   u64 *value, struct pfb_error *err);

/**
 * pfb_qtest_write() - write guest-physical memory or a device register
 * @sock: the connection
 * @address: guest-physical address
 * @width: 1, 2, 4 or 8 bytes, one access
 * @value: the value
 * @err: receives what went wrong
 *
 * Return: 0, -EPROTO for a reply that makes no sense, or what the socket said.
 */
int pfb_qtest_write(struct pfb_line_socket *sock, u64 address, unsigned int width,
		    u64 value, struct pfb_error *err);

#endif /* PFB_TOOLS_QTEST_H */
