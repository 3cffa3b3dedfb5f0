/* SPDX-License-Identifier: GPL-2.0 */
/* QEMU's machine protocol (QMP), as far as pausing and resuming goes. */
#ifndef PFB_TOOLS_QMP_H
#define PFB_TOOLS_QMP_H

#include "line_socket.h"

/* QEMU's longest run state name has 15 letters ("internal-error", ...). */
#define PFB_QMP_STATUS_MAX	32

/**
 * pfb_qmp_open() - connect to a QMP socket and leave negotiation mode
 * @sock: receives the connection
 * @path: the socket: what follows ``-qmp unix:``
 * @op_timeout_ms: longest wait for one operation
 * @deadline_ms: absolute end of all waiting, see pfb_now_ms()
 * @err: receives what went wrong
 *
 * Return: 0, -EPROTO when the peer doesn't talk QMP or refuses, or what the
 * socket said.
 */
int pfb_qmp_open(struct pfb_line_socket *sock, const char *path,
		 unsigned int op_timeout_ms, u64 deadline_ms, struct pfb_error *err);

/**
 * pfb_qmp_hello() - read a connected peer's greeting, leave negotiation mode
 * @sock: the connection
 * @err: receives what went wrong
 *
 * Return: as pfb_qmp_open().
 */
int pfb_qmp_hello(struct pfb_line_socket *sock, struct pfb_error *err);

/**
 * pfb_qmp_status() - ask for the machine's run state
 * @sock: the connection
 * @status: receives QEMU's word for it: "prelaunch", "paused", "running", ...
 * @err: receives what went wrong
 *
 * Return: 0, -EPROTO, or what the socket said.
 */
int pfb_qmp_status(struct pfb_line_socket *sock, char status[PFB_QMP_STATUS_MAX],
		   struct pfb_error *err);

/**
 * pfb_qmp_continue() - let the machine's CPUs run, and see that they do
 * @sock: the connection
 * @err: receives what went wrong
 *
 * Return: 0, -EPROTO, -EIO when QEMU accepted but the machine does not run, or
 * what the socket said.
 */
int pfb_qmp_continue(struct pfb_line_socket *sock, struct pfb_error *err);

#endif /* PFB_TOOLS_QMP_H */
