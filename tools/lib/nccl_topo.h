/* SPDX-License-Identifier: GPL-2.0 */
/* A topology file for NCCL that states the host's tree and link speeds. */
#ifndef PFB_LIB_NCCL_TOPO_H
#define PFB_LIB_NCCL_TOPO_H

#include <pci_fixed_bars/error.h>

#include "lib/capture.h"
#include "lib/guest.h"
#include "lib/link.h"

/* struct ncclXml holds no more nodes: NCCL's src/graph/topo.h, NCCL_TOPO_XML_MAX_NODES */
#define PFB_NCCL_NODES_MAX	256

/**
 * struct pfb_nccl_function - a function that NCCL is told of
 * @guest: its index in the guest
 * @host: its index in the host's capture, %PFB_NO_FUNCTION: to be found by the
 *	address of a BAR that only it has, or by ids that only it has
 * @link: what its link does, where somebody stated it; else zero
 */
struct pfb_nccl_function {
	u32 guest;
	u32 host;
	struct pfb_link link;
};

/**
 * struct pfb_nccl_request - what is written
 * @guest: the guest
 * @host: its host, or NULL: then the guest's own tree is written
 * @functions: GPUs and NICs
 * @nr_functions: how many
 * @link: what every link does for which nothing else is stated; zero when nobody
 *	said so
 */
struct pfb_nccl_request {
	const struct pfb_guest *guest;
	const struct pfb_capture *host;
	struct pfb_nccl_function *functions;
	u32 nr_functions;
	struct pfb_link link;
};

/**
 * pfb_nccl_topo() - write the file
 * @request: what is written; the functions' @host is filled in
 * @xml: receives malloc()ed text that the caller frees
 * @err: receives what is missing
 *
 * Nothing is made up: a link whose speed nobody stated is an error, and so is a
 * function that cannot be told from others on the host.
 *
 * Return: 0, -ENODATA when something that must be stated is not, -EEXIST for two
 * functions that are one on the host, -E2BIG for more nodes than NCCL takes, or
 * -ENOMEM.
 */
int pfb_nccl_topo(const struct pfb_nccl_request *request, char **xml, struct pfb_error *err);

#endif /* PFB_LIB_NCCL_TOPO_H */
