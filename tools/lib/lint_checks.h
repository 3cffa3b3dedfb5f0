/* SPDX-License-Identifier: GPL-2.0 */
/* What lint.c and its parts share: lint_machine.c, lint_devices.c, lint_bars.c, lint_host.c. */
#ifndef PFB_LIB_LINT_CHECKS_H
#define PFB_LIB_LINT_CHECKS_H

#include <pci_fixed_bars/topology.h>

#include "lib/lint.h"
#include "lib/vm_devices.h"

#define PFB_GIB	(1ULL << 30)
#define PFB_TIB	(1ULL << 40)

enum pfb_lint_board {
	PFB_LINT_BOARD_OTHER,
	PFB_LINT_BOARD_VIRT,	/* arm64 "virt" */
	PFB_LINT_BOARD_Q35,
	PFB_LINT_BOARD_PC,	/* i440FX */
};

/**
 * struct pfb_lint_machine - what the configuration says of machine and CPU
 * @board: the machine's kind
 * @kvm: it runs under KVM
 * @cpu: the CPU model; the machine's default where none is named
 * @cpu_option: the option that names it, or NULL
 * @bits: address bits of the CPU, 0 when the host decides
 * @cpu_vendor: what an x86 CPU says of who made it; empty when the host decides
 * @ram_low: bytes of RAM below 4 GiB (virt: all of it, from 1 GiB on)
 * @ram_high_end: end (exclusive) of RAM and memory devices above 4 GiB; 0 when there is none
 * @window: the 64-bit window, where QEMU alone decides on it; closed where not known
 * @window_size: its size in bytes, 0 without one
 * @window_option: the option that sets it, or NULL
 * @firmware: firmware enumerates: SeaBIOS, OVMF, EDK2
 * @pre_enum: pci-pre-enum=on
 */
struct pfb_lint_machine {
	enum pfb_lint_board board;
	bool kvm;
	const char *cpu;
	const struct pfb_vm_option *cpu_option;
	unsigned int bits;
	const char *cpu_vendor;
	u64 ram_low;
	u64 ram_high_end;
	struct pfb_window window;
	u64 window_size;
	const struct pfb_vm_option *window_option;
	bool firmware;
	bool pre_enum;
};

/* struct pfb_lint_role.flags */
#define PFB_LINT_PROVIDER	(1U << 0)
#define PFB_LINT_CLIENT		(1U << 1)

/**
 * struct pfb_lint_role - beside a device: what it is there for
 * @flags: PFB_LINT_PROVIDER, PFB_LINT_CLIENT; 0 when not known
 * @declaration: what the manifest says of it, or NULL
 */
struct pfb_lint_role {
	u32 flags;
	const struct pfb_declaration *declaration;
};

/**
 * struct pfb_lint_bar - a BAR that somebody fixed
 * @device: the device
 * @option: where it was said
 * @declared: what was said; size 0 when nobody stated it
 */
struct pfb_lint_bar {
	u32 device;
	const struct pfb_vm_option *option;
	struct pfb_declared_bar declared;
};

/**
 * struct pfb_lint_context - one run
 * @lint: receives findings
 * @request: what is judged
 * @config: its configuration
 * @devices: its PCI devices
 * @roles: beside @devices.list
 * @machine: its machine
 * @bars: the fixed BARs
 * @nr_bars: used entries of @bars
 * @room_bars: allocated entries of @bars
 * @failed: memory ran out
 */
struct pfb_lint_context {
	struct pfb_findings *lint;
	const struct pfb_lint_request *request;
	const struct pfb_vm_config *config;
	struct pfb_vm_devices devices;
	struct pfb_lint_role *roles;
	struct pfb_lint_machine machine;
	struct pfb_lint_bar *bars;
	u32 nr_bars;
	u32 room_bars;
	bool failed;
};

/**
 * pfb_lint_say() - add a finding
 * @c: the run
 * @rule: the rule that fires
 * @option: the option it is about, or NULL
 * @expected: what would be right
 * @actual: what is there
 * @fix: what to do
 * @fmt: printf format: what is wrong
 */
void pfb_lint_say(struct pfb_lint_context *c, enum pfb_lint_rule_index rule,
		  const struct pfb_vm_option *option, const char *expected, const char *actual,
		  const char *fix, const char *fmt, ...) __printf(7, 8);

/**
 * pfb_lint_machine_read() - find out machine, CPU and window
 * @c: the run; receives @machine, and findings on what cannot be read
 */
void pfb_lint_machine_read(struct pfb_lint_context *c);

/**
 * pfb_lint_bars_read() - collect the fixed BARs of devices and manifest
 * @c: the run, with devices and the manifest's roles; receives @bars, and
 *	findings on what cannot be read or contradicts itself
 */
void pfb_lint_bars_read(struct pfb_lint_context *c);

/**
 * pfb_lint_machine_check() - judge window, CPU and the kernel's command line
 * @c: the run, with its machine; a window that is lost is closed afterwards
 */
void pfb_lint_machine_check(struct pfb_lint_context *c);

/**
 * pfb_lint_devices_check() - judge where devices are put
 * @c: the run, with devices and roles
 */
void pfb_lint_devices_check(struct pfb_lint_context *c);

/**
 * pfb_lint_paths_check() - judge P2P between providers and clients
 * @c: the run, with devices and roles
 */
void pfb_lint_paths_check(struct pfb_lint_context *c);

/**
 * pfb_lint_bars_check() - judge the fixed BARs
 * @c: the run, with bars, after pfb_lint_machine_check(); sorts the BARs by address
 */
void pfb_lint_bars_check(struct pfb_lint_context *c);

/**
 * pfb_lint_host_check() - judge what is assigned against the captured host
 * @c: the run, with devices, roles and bars; nothing is judged without a capture
 */
void pfb_lint_host_check(struct pfb_lint_context *c);

#endif /* PFB_LIB_LINT_CHECKS_H */
