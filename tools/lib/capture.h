/* SPDX-License-Identifier: GPL-2.0 */
/* A machine's PCI topology as it was captured: what planning for a VM needs to know of its host. */
#ifndef PFB_LIB_CAPTURE_H
#define PFB_LIB_CAPTURE_H

#include <json-c/json.h>

#include <pci_fixed_bars/error.h>
#include <pci_fixed_bars/topology.h>

#include "lib/config_space.h"
#include "lib/guest.h"
#include "lib/link.h"

#define PFB_CAPTURE_FORMAT		"pci-fixed-bars capture"
#define PFB_CAPTURE_VERSION		1
#define PFB_CAPTURE_SIZE_MAX		(64U << 20)	/* bytes of a capture or dump that is read */
#define PFB_CAPTURE_FUNCTIONS_MAX	65536U		/* as many as one segment can have */

/**
 * struct pfb_capture_function - what a capture states beside the topology
 * @bdf: segment:bus:device.function
 * @pf: of a VF: its PF, else empty
 * @driver: bound driver, empty when none or not known
 * @name: what lspci calls it, empty when not known
 * @iommu_group: its group, -1 when none or not known
 * @numa_node: its node, -1 when none or not known
 * @link: what its end of its link can do; zero where that is not known
 * @rebar_sizes: by BAR 0-5: sizes that a resizable BAR supports, bit n is
 *	2^(n + 20) bytes; 0 when it is not resizable, or that is not known
 * @acs_read: its ACS capability could be read, so that no %PFB_FN_ACS means
 *	"none"; the same goes for ATS, SR-IOV and resizable BARs
 * @unsized: by bit of the PCI resource index: a BAR that exists, with address
 *	and flags in the topology, but whose size is not known and stands as 0 there.
 *	`lspci -xxxx` has no sizes, and `lspci -vvv` none of VF BARs without VFs
 */
struct pfb_capture_function {
	char bdf[PFB_BDF_TEXT_MAX];
	char pf[PFB_BDF_TEXT_MAX];
	char driver[64];
	char name[128];
	int iommu_group;
	int numa_node;
	struct pfb_link link;
	u64 rebar_sizes[PFB_CONFIG_REBARS];
	bool acs_read;
	u16 unsized;
};

/**
 * struct pfb_capture - a captured machine
 * @origin: "sysfs" or "lspci"
 * @machine: host name or what the operator called it; may be empty
 * @release: kernel release; may be empty
 * @cpu_vendor: such as "GenuineIntel", "AuthenticAMD"; empty when not known
 * @address_bits: physical address bits of the CPU, 0 when not known
 * @top: its functions, VFs among them. A root bus's windows are closed (limit
 *	below base) when they are not known, as they never are from lspci
 * @functions: beside @top.functions, same index
 * @skipped: functions that were left out, in segments above ffff, which no path
 *	can name; a file does not say
 */
struct pfb_capture {
	const char *origin;
	char machine[64];
	char release[96];
	char cpu_vendor[32];
	unsigned int address_bits;
	struct pfb_topology top;
	struct pfb_capture_function *functions;
	u32 skipped;
};

/**
 * pfb_capture_sysfs() - capture the machine that this runs on
 * @capture: receives it; pfb_capture_free() it, after an error too
 * @sysroot: put before every path, "" for the machine itself
 * @err: receives what failed
 *
 * Return: 0, or as pfb_guest_read().
 */
int pfb_capture_sysfs(struct pfb_capture *capture, const char *sysroot, struct pfb_error *err);

/**
 * pfb_capture_cpu() - take the CPU's vendor and address bits
 * @capture: receives what is stated
 * @cpuinfo: what /proc/cpuinfo shows there, with a NUL at its end
 */
void pfb_capture_cpu(struct pfb_capture *capture, const char *cpuinfo);

/**
 * pfb_capture_read() - read a capture file
 * @capture: receives it; pfb_capture_free() it, after an error too
 * @json: the file's text; need not end in a NUL
 * @size: bytes in @json
 * @err: receives what is wrong, with the line that it is on
 *
 * The text is hostile: it is read with bounded memory, and what it says is held
 * against the rules of a topology (pfb_topology_check()). Keys that are not
 * known are refused, so that a misspelt one isn't lost in silence.
 *
 * Return: 0, -EINVAL, -E2BIG for more than %PFB_CAPTURE_SIZE_MAX bytes or
 * %PFB_CAPTURE_FUNCTIONS_MAX functions, or -ENOMEM.
 */
int pfb_capture_read(struct pfb_capture *capture, const char *json, size_t size,
		     struct pfb_error *err);

/**
 * pfb_capture_load() - read a capture from a file
 * @capture: receives it; pfb_capture_free() it, after an error too
 * @path: the file; "-" is standard input
 * @err: receives what is wrong, and with which file
 *
 * Return: as pfb_file_read() and pfb_capture_read().
 */
int pfb_capture_load(struct pfb_capture *capture, const char *path, struct pfb_error *err);

/**
 * pfb_capture_json() - a capture as the JSON that pfb_capture_read() takes
 * @capture: the capture
 *
 * Return: the object, which the caller puts.
 */
struct json_object *pfb_capture_json(const struct pfb_capture *capture);

/**
 * pfb_capture_alloc() - room for functions
 * @capture: receives it, all else is zero
 * @origin: a constant string, "sysfs" or "lspci"
 * @nr_functions: most functions that it will have
 * @nr_roots: most root buses
 * @err: receives what failed
 *
 * Groups and nodes are -1, the windows of root buses closed.
 *
 * Return: 0, -E2BIG or -ENOMEM.
 */
int pfb_capture_alloc(struct pfb_capture *capture, const char *origin, u32 nr_functions,
		      u32 nr_roots, struct pfb_error *err);

/**
 * pfb_capture_normalize() - one way to state the same
 * @capture: a capture that was just made from what a machine shows
 *
 * Registers write "closed" and "none" in many ways, and names come from anybody.
 * Windows that are closed become base 1 and limit 0, BARs that do not exist
 * zero, characters that no terminal should get '?'.
 */
void pfb_capture_normalize(struct pfb_capture *capture);

/**
 * pfb_capture_free() - give back what a capture holds
 * @capture: the capture; may be all zero
 */
void pfb_capture_free(struct pfb_capture *capture);

#endif /* PFB_LIB_CAPTURE_H */
