// SPDX-License-Identifier: GPL-2.0
/* Machine, CPU, the 64-bit window and the kernel's command line. */
#include <stdlib.h>

#include <pci_fixed_bars/cpu.h>

#include "lib/kernel_cmdline.h"
#include "lib/lint_checks.h"

/* QEMU's hw/arm/virt.c: where high regions begin at the earliest, what is before the window. */
#define VIRT_RAM_BASE		PFB_GIB
#define VIRT_HIGH_BASE		(256 * PFB_GIB)
#define VIRT_HIGH_BEFORE	(320ULL << 20)
#define VIRT_WINDOW_DEFAULT	(512 * PFB_GIB)
/* QEMU's hw/pci-host/q35.c and hw/i386/pc.c. */
#define Q35_HOLE64_DEFAULT	(32 * PFB_GIB)
#define X86_BITS_DEFAULT	40

static const struct cpu_bits {
	const char *model;
	unsigned int bits;
} arm_cpus[] = {
	/* ID_AA64MMFR0_EL1.PARange of QEMU's models */
	{ "cortex-a15", 40 }, { "cortex-a35", 40 }, { "cortex-a53", 40 }, { "cortex-a55", 40 },
	{ "cortex-a57", 44 }, { "cortex-a72", 44 }, { "cortex-a76", 40 }, { "cortex-a710", 40 },
	{ "neoverse-n1", 48 }, { "neoverse-n2", 48 }, { "neoverse-v1", 48 }, { "a64fx", 40 },
	{ "max", 52 },
};

static const struct x86_maker {
	const char *model;	/* how its name begins */
	const char *vendor;
} x86_makers[] = {
	{ "EPYC", PFB_CPU_AMD }, { "Opteron", PFB_CPU_AMD }, { "phenom", PFB_CPU_AMD },
	{ "athlon", PFB_CPU_AMD }, { "Dhyana", PFB_CPU_HYGON },
};

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static enum pfb_lint_board board_of(const struct pfb_vm_config *config, const char *type)
{
	bool riscv = strstr(config->program, "riscv") || strstr(config->program, "loongarch");
	bool x86 = strstr(config->program, "x86_64") || strstr(config->program, "i386");

	if (!type)
		return x86 ? PFB_LINT_BOARD_PC : PFB_LINT_BOARD_OTHER;
	if ((!strcmp(type, "virt") || begins(type, "virt-")) && !riscv)
		return PFB_LINT_BOARD_VIRT;
	if (!strcmp(type, "q35") || begins(type, "pc-q35"))
		return PFB_LINT_BOARD_Q35;
	if (!strcmp(type, "pc") || begins(type, "pc-"))
		return PFB_LINT_BOARD_PC;
	return PFB_LINT_BOARD_OTHER;
}

static bool is_x86(const struct pfb_lint_machine *m)
{
	return m->board == PFB_LINT_BOARD_Q35 || m->board == PFB_LINT_BOARD_PC;
}

static const char *cpu_vendor(const struct pfb_vm_config *config,
			      const struct pfb_lint_machine *m)
{
	const char *stated = pfb_vm_config_get(config, "cpu", "vendor", NULL);
	size_t i;

	if (!is_x86(m))
		return "";
	if (stated)
		return stated;
	for (i = 0; i < ARRAY_SIZE(x86_makers); i++)
		if (begins(m->cpu, x86_makers[i].model))
			return x86_makers[i].vendor;
	/* TCG's own models say AMD; under KVM these say what the host is. */
	return !m->kvm && (!strcmp(m->cpu, "qemu64") || !strcmp(m->cpu, "max")) ? PFB_CPU_AMD : "";
}

static unsigned int cpu_bits(const struct pfb_vm_config *config, const struct pfb_lint_machine *m)
{
	const char *stated = pfb_vm_config_get(config, "cpu", "phys-bits", NULL);
	const char *host = pfb_vm_config_get(config, "cpu", "host-phys-bits", NULL);
	bool as_host = !strcmp(m->cpu, "host") || (!strcmp(m->cpu, "max") && m->kvm);
	size_t i;
	u64 bits;

	if (m->board == PFB_LINT_BOARD_VIRT) {
		for (i = 0; i < ARRAY_SIZE(arm_cpus) && !m->kvm; i++)
			if (!strcmp(m->cpu, arm_cpus[i].model))
				return arm_cpus[i].bits;
		return 0;
	}
	if (!is_x86(m) || pfb_vm_is_on(host, as_host && !stated))
		return 0;
	if (pfb_vm_size(stated, 1, &bits) && bits && bits <= 64)
		return (unsigned int)bits;
	return as_host ? 0 : X86_BITS_DEFAULT;
}

static u64 round_up(u64 value, u64 to)
{
	u64 sum;

	/* powers of two only; what would wrap is past every CPU's addresses */
	return check_add_overflow(value, to - 1, &sum) ? ~0ULL : sum & ~(to - 1);
}

static void read_ram(struct pfb_lint_context *c)
{
	struct pfb_lint_machine *m = &c->machine;
	u64 ram = 128ULL << 20, most, low;

	pfb_vm_size(pfb_vm_config_get(c->config, "memory", "size", NULL), 1ULL << 20, &ram);
	most = ram;
	pfb_vm_size(pfb_vm_config_get(c->config, "memory", "maxmem", NULL), 1ULL << 20, &most);
	if (most < ram)
		most = ram;
	if (m->board == PFB_LINT_BOARD_VIRT) {
		m->ram_low = ram;
		if (check_add_overflow(VIRT_RAM_BASE, round_up(most, PFB_GIB), &m->ram_high_end))
			m->ram_high_end = ~0ULL;
		return;
	}
	low = ram >= 0xb0000000 ? 0x80000000 : ram;
	m->ram_low = low;
	if (most > low && check_add_overflow(4 * PFB_GIB, round_up(most - low, PFB_GIB),
					     &m->ram_high_end))
		m->ram_high_end = ~0ULL;
}

/* "BASE:SIZE" of the RFC's pcie-mmio-window. */
static bool read_window(const char *text, u64 *base, u64 *size)
{
	char number[32];
	const char *colon = strchr(text, ':');

	if (!colon || (size_t)(colon - text) >= sizeof(number))
		return false;
	memcpy(number, text, (size_t)(colon - text));
	number[colon - text] = '\0';
	return pfb_vm_size(number, 1, base) && pfb_vm_size(colon + 1, 1, size) && *size;
}

static void read_window_of_virt(struct pfb_lint_context *c)
{
	static const char *const switches[] = { "highmem", "highmem-mmio" };
	struct pfb_lint_machine *m = &c->machine;
	const char *stated = pfb_vm_config_get(c->config, "machine", "pcie-mmio-window",
					       &m->window_option);
	u64 base, size = VIRT_WINDOW_DEFAULT;
	const char *size_text;
	size_t i;

	if (stated) {
		if (!read_window(stated, &base, &size) ||
		    check_add_overflow(base, size - 1, &m->window.limit)) {
			pfb_lint_say(c, PFB_LINT_WINDOW_INVALID, m->window_option,
				     "BASE:SIZE, such as 0x400000000000:0x400000000000", stated,
				     "state both, in bytes, so that the end fits in 64 bits",
				     "pcie-mmio-window=%s cannot be read", stated);
			m->window.limit = 0;
			return;
		}
		m->window.base = base;
		m->window_size = size;
		return;
	}
	for (i = 0; i < ARRAY_SIZE(switches); i++) {
		stated = pfb_vm_config_get(c->config, "machine", switches[i], &m->window_option);
		if (pfb_vm_is_on(stated, true))
			continue;
		pfb_lint_say(c, PFB_LINT_WINDOW_OFF, m->window_option, "a 64-bit window",
			     pfb_findings_text("%s=%s", switches[i], stated), "remove it",
			     "%s=%s leaves the machine without a 64-bit window", switches[i], stated);
		return;
	}
	size_text = pfb_vm_config_get(c->config, "machine", "highmem-mmio-size", &m->window_option);
	if (size_text && (!pfb_vm_size(size_text, 1, &size) || size < VIRT_WINDOW_DEFAULT ||
			  size & (size - 1))) {
		pfb_lint_say(c, PFB_LINT_WINDOW_INVALID, m->window_option,
			     "a power of two of at least 512G", size_text,
			     "round it up to the next power of two",
			     "highmem-mmio-size=%s is no size that QEMU takes", size_text);
		return;
	}
	m->window_size = size;
	base = m->ram_high_end > VIRT_HIGH_BASE ? m->ram_high_end : VIRT_HIGH_BASE;
	base = round_up(base > ~0ULL - VIRT_HIGH_BEFORE ? ~0ULL : base + VIRT_HIGH_BEFORE, size);
	m->window.base = base;
	if (check_add_overflow(base, size - 1, &m->window.limit))
		m->window.limit = ~0ULL;
}

static void read_window_of_q35(struct pfb_lint_context *c)
{
	struct pfb_lint_machine *m = &c->machine;
	const char *text;

	text = pfb_vm_config_global(c->config, m->board == PFB_LINT_BOARD_Q35 ?
				    "q35-pcihost" : "i440FX-pcihost", "pci-hole64-size",
				    &m->window_option);
	m->window_size = m->board == PFB_LINT_BOARD_Q35 ? Q35_HOLE64_DEFAULT : 2 * PFB_GIB;
	if (text && !pfb_vm_size(text, 1, &m->window_size))
		pfb_lint_say(c, PFB_LINT_WINDOW_INVALID, m->window_option, "a size such as 64T", text,
			     "state a size", "pci-hole64-size=%s cannot be read", text);
}

static bool has_firmware(const struct pfb_vm_config *config, const struct pfb_lint_machine *m)
{
	u32 i;

	if (is_x86(m) || pfb_vm_config_get(config, "bios", "value", NULL))
		return true;
	for (i = 0; i < config->nr; i++) {
		const char *interface;

		if (strcmp(config->options[i].name, "drive"))
			continue;
		interface = pfb_vm_option_get(config, &config->options[i], "if");
		if (interface && !strcmp(interface, "pflash"))
			return true;
	}
	return pfb_vm_config_get(config, "machine", "pflash0", NULL);
}

void pfb_lint_machine_read(struct pfb_lint_context *c)
{
	const struct pfb_vm_config *config = c->config;
	struct pfb_lint_machine *m = &c->machine;
	const char *accel = pfb_vm_config_get(config, "accel", "accel", NULL);

	if (!accel)
		accel = pfb_vm_config_get(config, "machine", "accel", NULL);
	m->kvm = accel ? begins(accel, "kvm") : !!strstr(config->program, "kvm");
	m->board = board_of(config, pfb_vm_config_get(config, "machine", "type", NULL));
	m->cpu = pfb_vm_config_get(config, "cpu", "model", &m->cpu_option);
	if (!m->cpu)
		m->cpu = m->board == PFB_LINT_BOARD_VIRT ? "cortex-a15" :
			 is_x86(m) ? "qemu64" : "";
	m->bits = cpu_bits(config, m);
	m->cpu_vendor = cpu_vendor(config, m);
	m->firmware = has_firmware(config, m);
	m->pre_enum = pfb_vm_is_on(pfb_vm_config_get(config, "machine", "pci-pre-enum", NULL), false);
	m->window = (struct pfb_window){ 1, 0 };
	if (m->board == PFB_LINT_BOARD_OTHER)
		return;
	read_ram(c);
	if (m->board == PFB_LINT_BOARD_VIRT)
		read_window_of_virt(c);
	else
		read_window_of_q35(c);
}

static void check_window_fits(struct pfb_lint_context *c)
{
	struct pfb_lint_machine *m = &c->machine;
	const struct pfb_vm_option *at = m->cpu_option ? m->cpu_option : m->window_option;
	u64 end, base;

	if (!m->window_size)
		return;
	if (!m->bits) {
		/* A default window fits every CPU that runs a VM. */
		if (m->window_size > PFB_TIB)
			pfb_lint_say(c, PFB_LINT_ADDRESS_BITS_UNKNOWN, at,
				     "address bits for the whole window", "the host's",
				     is_x86(m) ? "compare with 'address sizes' in the host's /proc/cpuinfo" :
				     "compare with what the host's kernel says: 'kvm: IPA Size Limit'",
				     "the 64-bit window of 0x%llx bytes was not held against the CPU %s",
				     (unsigned long long)m->window_size,
				     *m->cpu ? m->cpu : "model");
		return;
	}
	if (m->bits >= 64)
		return;
	if (m->board == PFB_LINT_BOARD_VIRT) {
		if (m->window.limit < m->window.base || !(m->window.limit >> m->bits))
			return;
		pfb_lint_say(c, PFB_LINT_WINDOW_LOST, at,
			     pfb_findings_text("address bits for 0x%llx", (unsigned long long)m->window.limit),
			     pfb_findings_text("%s has %u, up to 0x%llx", m->cpu, m->bits,
					       (1ULL << m->bits) - 1),
			     "-cpu max or -cpu host, or a smaller highmem-mmio-size=",
			     "the 64-bit window 0x%llx to 0x%llx does not fit the CPU %s, and is lost",
			     (unsigned long long)m->window.base, (unsigned long long)m->window.limit,
			     m->cpu);
		m->window = (struct pfb_window){ 1, 0 };
		m->window_size = 0;
		return;
	}
	/*
	 * What QEMU adds up: RAM, and the window behind it; on AMD's CPUs past their
	 * reserved range. Hygon's have that, too, and QEMU does not step over it.
	 */
	base = m->ram_high_end ? m->ram_high_end : 4 * PFB_GIB;
	if (!strcmp(m->cpu_vendor, PFB_CPU_AMD) &&
	    (check_add_overflow(base, m->window_size, &end) || end > PFB_CPU_HT_BASE))
		base = base > ~0ULL - PFB_TIB ? ~0ULL : base + PFB_TIB - 4 * PFB_GIB;
	if (!check_add_overflow(base, m->window_size - 1, &end) && !(end >> m->bits))
		return;
	pfb_lint_say(c, PFB_LINT_PHYS_BITS_LOW, at,
		     pfb_findings_text("address bits for RAM and a window of 0x%llx bytes",
				       (unsigned long long)m->window_size),
		     pfb_findings_text("%s has %u, up to 0x%llx", m->cpu, m->bits, (1ULL << m->bits) - 1),
		     "-cpu ...,phys-bits=N or host-phys-bits=on (libvirt: <maxphysaddr mode='passthrough'/>), or a smaller pci-hole64-size=",
		     "the 64-bit window does not fit the CPU %s", m->cpu);
}

static void check_cmdline(struct pfb_lint_context *c)
{
	const struct pfb_vm_option *option = NULL;
	const char *cmdline = pfb_vm_config_get(c->config, "append", "value", &option);
	enum pfb_cmdline_realloc realloc;

	if (!cmdline)
		return;
	realloc = pfb_cmdline_realloc(cmdline, NULL);
	if (realloc == PFB_CMDLINE_REALLOC_ON)
		pfb_lint_say(c, PFB_LINT_PCI_REALLOC, option, "pci=realloc=off", "pci=realloc",
			     "replace it with pci=realloc=off",
			     "the kernel's command line has pci=realloc");
	else if (c->machine.board == PFB_LINT_BOARD_Q35 && realloc == PFB_CMDLINE_REALLOC_UNSAID)
		pfb_lint_say(c, PFB_LINT_PCI_REALLOC_AUTO, option, "pci=realloc=off",
			     "no pci=realloc=", "add pci=realloc=off",
			     "the kernel's command line does not keep it from moving BARs");
	if (pfb_cmdline_pci(cmdline, "assign-busses"))
		pfb_lint_say(c, PFB_LINT_PCI_RENUMBER, option, "no pci=assign-busses",
			     "pci=assign-busses", "remove it",
			     "the kernel's command line has pci=assign-busses");
}

void pfb_lint_machine_check(struct pfb_lint_context *c)
{
	check_window_fits(c);
	check_cmdline(c);
}
