/* SPDX-License-Identifier: GPL-2.0 */
/* Captured hosts for unit tests: GPUs and NICs below switches, with addresses. */
#ifndef UNIT_HOST_H
#define UNIT_HOST_H

#include <pci_fixed_bars/plan.h>

#include "lib/capture.h"
#include "lib/vm_plan.h"
#include "unit_topology.h"

#define UNIT_CLASS_NIC		0x020000
#define UNIT_CLASS_GPU		0x030200
#define UNIT_CLASS_AUDIO	0x040300

#define UNIT_FIXED_MAX		64

/**
 * struct unit_host - a host whose capture is made by hand
 * @t: its topology
 * @cf: beside it
 * @capture: the capture; its memory is in @t and @cf
 * @fixed: where BARs are; all others are planned around them
 * @nr_fixed: used entries of @fixed
 */
struct unit_host {
	struct unit_topology t;
	struct pfb_capture_function cf[UNIT_MAX_FUNCTIONS];
	struct pfb_capture capture;
	struct pfb_plan_fixed fixed[UNIT_FIXED_MAX];
	u32 nr_fixed;
};

/**
 * unit_host_init() - start with one host bridge, 0000:00
 * @host: the host
 */
void unit_host_init(struct unit_host *host);

/**
 * unit_host_switch() - add a root port with a switch
 * @host: the host
 * @dev: the root port's device number
 *
 * Return: the switch's upstream port.
 */
u32 unit_host_switch(struct unit_host *host, u8 dev);

/**
 * unit_host_below() - add a downstream port with an endpoint
 * @host: the host
 * @upstream: the switch's upstream port
 * @dev: the downstream port's device number
 * @class: class code of the endpoint
 *
 * Return: the endpoint; the port is the function before it.
 */
u32 unit_host_below(struct unit_host *host, u32 upstream, u8 dev, u32 class);

/**
 * unit_host_gpu() - make an endpoint a GPU with three BARs
 * @host: the host
 * @index: the endpoint
 * @bar2: address of its bar2, 128 GiB
 * @bar4: address of its bar4, 32 MiB
 *
 * Its bar0 is 16 MiB, 32-bit and not prefetchable.
 */
void unit_host_gpu(struct unit_host *host, u32 index, u64 bar2, u64 bar4);

/**
 * unit_host_nic() - make an endpoint a NIC with one BAR, 32 MiB, 64-bit prefetchable
 * @host: the host
 * @index: the endpoint
 */
void unit_host_nic(struct unit_host *host, u32 index);

/**
 * unit_host_finish() - number and place everything, as the host's firmware has
 * @host: the host
 */
void unit_host_finish(struct unit_host *host);

/**
 * struct unit_rfc_host - the RFC's example, by index
 * @upstream: the switch
 * @gpu: 0000:03:00.0, bar2 at 0x6b8000000000, bar4 at 0x6c8000000000
 * @nic: 0000:04:00.0, below the same switch
 * @spare: 0000:05:00.0, a NIC below the same switch
 * @other: 0000:06:00.0, a NIC below another root port
 */
struct unit_rfc_host {
	u32 upstream;
	u32 gpu;
	u32 nic;
	u32 spare;
	u32 other;
};

/**
 * unit_host_rfc() - make the RFC's host, all but unit_host_finish()
 * @host: the host
 * @rfc: receives the indexes
 */
void unit_host_rfc(struct unit_host *host, struct unit_rfc_host *rfc);

/**
 * unit_host_dgx() - make a machine of two host bridges, four switches, eight GPUs, eight NICs
 * @host: the host, finished
 *
 * Each switch has two GPUs and two NICs, in this order. GPU n has its bar2 at
 * 0x600000000000 + n * 0x8000000000.
 */
void unit_host_dgx(struct unit_host *host);

/**
 * unit_host_plan() - plan a VM of a host, as the command does
 * @plan: receives it
 * @host: the host, finished
 * @more: what else is asked for, or %NULL; the machine is virt unless it says so
 * @names: functions to assign, a blank between two
 *
 * The test fails where there is no plan.
 */
void unit_host_plan(struct pfb_vm_plan *plan, const struct unit_host *host,
		    const struct pfb_vm_request *more, const char *names);

#endif /* UNIT_HOST_H */
