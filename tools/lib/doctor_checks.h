/* SPDX-License-Identifier: GPL-2.0 */
/* What doctor.c and its parts share: doctor_bars.c, _paths.c, _kernel.c, _drivers.c, _nccl.c. */
#ifndef PFB_LIB_DOCTOR_CHECKS_H
#define PFB_LIB_DOCTOR_CHECKS_H

#include "lib/doctor.h"
#include "lib/kernel_config.h"

#define PFB_VENDOR_AMD		0x1002
#define PFB_VENDOR_NVIDIA	0x10de
#define PFB_VENDOR_MELLANOX	0x15b3

#define PFB_DOCTOR_NAME_MAX	128

/**
 * struct pfb_doctor_context - one examination
 * @findings: receives what is found
 * @request: what is examined
 * @roles: whom it is about
 * @config: the kernel's configuration
 * @apart: some provider and client that are meant for each other have no common switch
 */
struct pfb_doctor_context {
	struct pfb_findings *findings;
	const struct pfb_doctor_request *request;
	const struct pfb_doctor_roles *roles;
	struct pfb_kernel_config config;
	bool apart;
};

/**
 * pfb_doctor_say() - add a finding, once for each place
 * @c: the examination
 * @rule: the rule that fires
 * @where: where it is
 * @expected: what would be right
 * @actual: what is there
 * @fix: what to do
 * @fmt: printf format: what is wrong
 */
void pfb_doctor_say(struct pfb_doctor_context *c, enum pfb_doctor_rule_index rule,
		    const char *where, const char *expected, const char *actual, const char *fix,
		    const char *fmt, ...) __printf(7, 8);

/**
 * pfb_doctor_bdf() - a function's BDF
 * @c: the examination
 * @function: index in the request's @routing
 *
 * Return: it.
 */
const char *pfb_doctor_bdf(const struct pfb_doctor_context *c, u32 function);

/**
 * pfb_doctor_name() - a function's BDF, with driver and ids
 * @c: the examination
 * @function: index in the request's @routing
 * @buf: receives it
 *
 * Return: @buf.
 */
const char *pfb_doctor_name(const struct pfb_doctor_context *c, u32 function,
			    char buf[PFB_DOCTOR_NAME_MAX]);

/**
 * pfb_doctor_exists() - is a file there
 * @c: the examination
 * @fmt: printf format of an absolute path
 *
 * Return: true if it is.
 */
bool pfb_doctor_exists(const struct pfb_doctor_context *c, const char *fmt, ...) __printf(2, 3);

/**
 * pfb_doctor_line() - a file's first line
 * @c: the examination
 * @buf: receives it, empty when it cannot be read
 * @size: bytes in @buf
 * @fmt: printf format of an absolute path
 *
 * Return: 0 or a negative errno.
 */
int pfb_doctor_line(const struct pfb_doctor_context *c, char *buf, size_t size, const char *fmt,
		    ...) __printf(4, 5);

/**
 * pfb_doctor_is_gpu() - is a function a GPU whose memory peers use
 * @guest: the machine
 * @function: its index
 *
 * An emulated VGA is none.
 *
 * Return: true if its class and its vendor or driver say so.
 */
bool pfb_doctor_is_gpu(const struct pfb_guest *guest, u32 function);

/**
 * pfb_doctor_has_rdma() - does a function have an RDMA device
 * @guest: the machine
 * @bdf: the function
 *
 * Return: true if sysfs shows one.
 */
bool pfb_doctor_has_rdma(const struct pfb_guest *guest, const char *bdf);

/**
 * pfb_doctor_bars() - judge where the providers' BARs are, and what was declared
 * @c: the examination
 */
void pfb_doctor_bars(struct pfb_doctor_context *c);

/**
 * pfb_doctor_paths() - judge each way from a client to a provider
 * @c: the examination; receives @apart
 * @err: receives what failed
 *
 * Return: 0, -ENOMEM, or as pfb_route().
 */
int pfb_doctor_paths(struct pfb_doctor_context *c, struct pfb_error *err);

/**
 * pfb_doctor_kernel() - judge the kernel's configuration and command line
 * @c: the examination
 */
void pfb_doctor_kernel(struct pfb_doctor_context *c);

/**
 * pfb_doctor_drivers() - judge the drivers of GPUs and NICs
 * @c: the examination, after pfb_doctor_paths()
 */
void pfb_doctor_drivers(struct pfb_doctor_context *c);

/**
 * pfb_doctor_nccl() - judge what NCCL will make of the machine
 * @c: the examination
 */
void pfb_doctor_nccl(struct pfb_doctor_context *c);

#endif /* PFB_LIB_DOCTOR_CHECKS_H */
