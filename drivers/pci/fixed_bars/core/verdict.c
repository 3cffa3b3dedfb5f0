// SPDX-License-Identifier: GPL-2.0
/*
 * The verdict of a BAR: what was declared against what is there.
 */
#include <pci_fixed_bars/verdict.h>

/* How to keep the kernel from moving BARs before this module is there. */
#define FIX_KEEP	"keep the boot configuration: pci=realloc=off on the kernel command line (x86), linux,pci-probe-only in the device tree or _DSM function 5 returning 0 (arm64)"

static bool is_at(const struct pfb_bar_facts *facts, u64 address)
{
	return facts->registered == address && facts->resource == address;
}

static bool id_matches(u16 declared, u16 found)
{
	return declared == PFB_ANY_ID || declared == found;
}

static enum pfb_bar_state verdict_declared(const struct pfb_bar_facts *facts)
{
	const struct pfb_declared_bar *declared = facts->declared;

	if (!facts->present)
		return PFB_STATE_MISSING;
	if (!id_matches(facts->decl_vendor, facts->vendor) ||
	    !id_matches(facts->decl_device, facts->device))
		return PFB_STATE_ID_MISMATCH;
	if (!facts->exists)
		return PFB_STATE_MISSING;
	if (declared->size && declared->size != facts->size)
		return PFB_STATE_WRONG_SIZE;
	if (!facts->assigned)
		return PFB_STATE_UNASSIGNED;
	if (!is_at(facts, declared->gpa) || facts->cut_off)
		return PFB_STATE_MOVED;
	if (!(declared->flags & PFB_MANIFEST_BAR_HPA))
		return PFB_STATE_DECLARED;
	if (declared->hpa != declared->gpa)
		return PFB_STATE_HPA_MISMATCH;
	/* Two identical functions could have been swapped: the HPA may be the other's. */
	return facts->uncertain ? PFB_STATE_DECLARED : PFB_STATE_VERIFIED;
}

enum pfb_bar_state pfb_verdict(const struct pfb_bar_facts *facts)
{
	if (facts->declared)
		return verdict_declared(facts);
	if (!facts->has_baseline)
		return PFB_STATE_UNTRACKED;
	if (!facts->present || !facts->exists)
		return PFB_STATE_MISSING;
	if (!facts->assigned)
		return PFB_STATE_UNASSIGNED;
	if (!is_at(facts, facts->baseline) || facts->cut_off)
		return PFB_STATE_MOVED;
	return facts->preserve ? PFB_STATE_PRESERVED : PFB_STATE_UNTRACKED;
}

static void explain_moved(const struct pfb_bar_facts *facts, char *buf, size_t size)
{
	unsigned long long expected;
	const char *stated;

	expected = facts->declared ? facts->declared->gpa : facts->baseline;
	stated = facts->declared ? "declared" : "left by firmware";

	if (is_at(facts, expected)) {
		/* Where it must be, and out of reach all the same. */
		snprintf(buf, size,
			 "at 0x%llx as %s, but a bridge above it forwards another range than the kernel thinks, so that accesses do not arrive: find what wrote the bridge's window (an old state that error recovery restored, setpci), and have it written again: pci-fixed-bars enforce",
			 expected, stated);
		return;
	}
	if (facts->registered == facts->resource) {
		snprintf(buf, size, "expected at 0x%llx as %s, is at 0x%llx: " FIX_KEEP,
			 expected, stated, (unsigned long long)facts->registered);
		return;
	}
	/*
	 * The kernel and the function disagree: somebody restored or wrote
	 * config space behind the kernel's back, and accesses go elsewhere.
	 */
	snprintf(buf, size,
		 "expected at 0x%llx as %s, register holds 0x%llx, the kernel's resource says 0x%llx: find what wrote the register (a reset, a restored state, setpci), and have it written again (pci-fixed-bars enforce), or boot again",
		 expected, stated, (unsigned long long)facts->registered,
		 (unsigned long long)facts->resource);
}

static void explain_missing(const struct pfb_bar_facts *facts, char *buf, size_t size)
{
	unsigned long long address;

	address = facts->declared ? facts->declared->gpa : facts->baseline;
	if (!facts->present)
		snprintf(buf, size,
			 "expected a function with this BAR at 0x%llx, none answers at this path: plug the device in, or correct the path that was declared; after a reset or an error: pci-fixed-bars enforce",
			 address);
	else
		snprintf(buf, size,
			 "expected at 0x%llx, function %04x:%04x has no such BAR: correct the BAR's index in what was declared",
			 address, facts->vendor, facts->device);
}

static void explain_id(const struct pfb_bar_facts *facts, char *buf, size_t size)
{
	char vendor[5] = "any", device[5] = "any";

	if (facts->decl_vendor != PFB_ANY_ID)
		snprintf(vendor, sizeof(vendor), "%04x", facts->decl_vendor);
	if (facts->decl_device != PFB_ANY_ID)
		snprintf(device, sizeof(device), "%04x", facts->decl_device);
	snprintf(buf, size,
		 "expected vendor:device %s:%s at this path, found %04x:%04x: correct the path or the id in what was declared",
		 vendor, device, facts->vendor, facts->device);
}

const char *pfb_verdict_explain(const struct pfb_bar_facts *facts,
				enum pfb_bar_state state, char *buf, size_t size)
{
	const struct pfb_declared_bar *declared = facts->declared;

	if (!size)
		return buf;
	buf[0] = '\0';

	switch (state) {
	case PFB_STATE_UNTRACKED:
		snprintf(buf, size,
			 "nobody stated where it must be: declare it, in a manifest or with fixed_bars=");
		break;
	case PFB_STATE_VERIFIED:
		snprintf(buf, size,
			 "at 0x%llx as declared, and the host-physical address is the same",
			 (unsigned long long)facts->registered);
		break;
	case PFB_STATE_DECLARED:
		if (facts->uncertain)
			snprintf(buf, size,
				 "at 0x%llx as declared, but an identical function fits the declaration as well: declare it by path, with its host-physical address, in a manifest",
				 (unsigned long long)facts->registered);
		else
			snprintf(buf, size,
				 "at 0x%llx as declared, but nobody stated its host-physical address: state it in a manifest (hpa)",
				 (unsigned long long)facts->registered);
		break;
	case PFB_STATE_PRESERVED:
		snprintf(buf, size,
			 "at 0x%llx, where firmware left it and asked to keep it, but nobody declared it: declare it in a manifest, with its host-physical address",
			 (unsigned long long)facts->registered);
		break;
	case PFB_STATE_MOVED:
		explain_moved(facts, buf, size);
		break;
	case PFB_STATE_HPA_MISMATCH:
		if (declared)
			snprintf(buf, size,
				 "at 0x%llx as declared, but its host-physical address is 0x%llx: let the hypervisor place it at its host-physical address, for peers behind the same switch do not translate",
				 (unsigned long long)declared->gpa,
				 (unsigned long long)declared->hpa);
		break;
	case PFB_STATE_UNASSIGNED:
		snprintf(buf, size,
			 "expected at 0x%llx, has no address: make the bridge windows above it hold it (see \"can't assign\" in dmesg), and " FIX_KEEP,
			 (unsigned long long)(declared ? declared->gpa : facts->baseline));
		break;
	case PFB_STATE_WRONG_SIZE:
		if (declared)
			snprintf(buf, size,
				 "expected size 0x%llx as declared, is 0x%llx: correct the declared size, or size the BAR on the host before the guest starts",
				 (unsigned long long)declared->size,
				 (unsigned long long)facts->size);
		break;
	case PFB_STATE_MISSING:
		explain_missing(facts, buf, size);
		break;
	case PFB_STATE_ID_MISMATCH:
		explain_id(facts, buf, size);
		break;
	case PFB_NR_STATES:
		break;
	}
	return buf;
}

const char *pfb_verdict_log_text(const struct pfb_bar_facts *facts,
				 enum pfb_bar_state state, char *buf, size_t size)
{
	if (state != PFB_STATE_HPA_MISMATCH)
		return pfb_verdict_explain(facts, state, buf, size);
	snprintf(buf, size,
		 "at 0x%llx as declared, but its host-physical address is another (bar*_hpa in its fixed_bars/ has it): let the hypervisor place it at its host-physical address, for peers behind the same switch do not translate",
		 (unsigned long long)facts->registered);
	return buf;
}

const char *pfb_state_name(enum pfb_bar_state state)
{
	static const char * const names[PFB_NR_STATES] = {
		[PFB_STATE_UNTRACKED] = "untracked",
		[PFB_STATE_VERIFIED] = "verified",
		[PFB_STATE_DECLARED] = "declared",
		[PFB_STATE_PRESERVED] = "preserved",
		[PFB_STATE_MOVED] = "moved",
		[PFB_STATE_HPA_MISMATCH] = "hpa-mismatch",
		[PFB_STATE_UNASSIGNED] = "unassigned",
		[PFB_STATE_WRONG_SIZE] = "wrong-size",
		[PFB_STATE_MISSING] = "missing",
		[PFB_STATE_ID_MISMATCH] = "id-mismatch",
	};

	return (unsigned int)state < PFB_NR_STATES ? names[state] : "unknown";
}

bool pfb_state_passes(enum pfb_bar_state state, bool allow_declared, bool allow_preserved)
{
	switch (state) {
	case PFB_STATE_VERIFIED:
		return true;
	case PFB_STATE_DECLARED:
		return allow_declared;
	case PFB_STATE_PRESERVED:
		return allow_preserved;
	default:
		return false;
	}
}
