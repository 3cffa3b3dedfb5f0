// SPDX-License-Identifier: GPL-2.0
/* Where the providers' BARs are, and what the sources declare. */
#include "lib/doctor_checks.h"
#include "lib/path_question.h"

#define FIX_KEEP	"keep the boot configuration: pci=realloc=off, linux,pci-probe-only in the device tree ('pci-fixed-bars dtb'), or _DSM function 5; then boot again"
#define FIX_WINDOW	"have the window written again: pci-fixed-bars enforce"
#define FIX_DECLARE	"declare it with its host-physical address, in a manifest"

/* What a state means for P2P; those that are not here are BAR_UNVERIFIED. */
static const struct {
	enum pfb_bar_state state;
	enum pfb_doctor_rule_index rule;
	const char *fix;
} broken[] = {
	{ PFB_STATE_HPA_MISMATCH, PFB_DOCTOR_BAR_HPA,
	  "let the hypervisor place it at its host-physical address; until then do not use P2P" },
	{ PFB_STATE_MOVED, PFB_DOCTOR_BAR_MOVED, FIX_KEEP },
	{ PFB_STATE_UNASSIGNED, PFB_DOCTOR_BAR_UNASSIGNED,
	  "make the bridge windows above hold it (\"can't assign\" in dmesg names the one that is too small)" },
	{ PFB_STATE_MISSING, PFB_DOCTOR_BAR_MISSING,
	  "correct the path or BAR that is declared, or add the device" },
	{ PFB_STATE_ID_MISMATCH, PFB_DOCTOR_BAR_ID,
	  "correct the path or the id that is declared" },
	{ PFB_STATE_WRONG_SIZE, PFB_DOCTOR_BAR_SIZE,
	  "size the BAR on the host before the guest starts, or correct the declared size" },
};

static const char *address(const struct pfb_doctor_context *c, u64 value)
{
	/* as for status: those whom the kernel shows no physical address see none here */
	if (!c->request->guest->tree_read)
		return PFB_HIDDEN;
	return pfb_findings_text("0x%llx", (unsigned long long)value);
}

/* Where it must be, and a bridge above forwards another range. */
static bool is_out_of_reach(const struct pfb_assessed_bar *b, enum pfb_bar_state state)
{
	return state == PFB_STATE_MOVED && b->facts.cut_off &&
	       b->facts.registered == b->facts.resource &&
	       (!b->declared || b->facts.registered == b->bar.gpa);
}

static const char *expected(const struct pfb_doctor_context *c, const struct pfb_assessed_bar *b,
			    enum pfb_bar_state state)
{
	if (!b->declared)
		return "as the module knows it: 'pci-fixed-bars status'";
	switch (state) {
	case PFB_STATE_WRONG_SIZE:
		return pfb_findings_text("size 0x%llx", (unsigned long long)b->bar.size);
	case PFB_STATE_HPA_MISMATCH:
		return address(c, b->bar.hpa);
	case PFB_STATE_ID_MISMATCH:
		return "the declared vendor and device";
	default:
		return address(c, b->bar.gpa);
	}
}

static const char *actual(const struct pfb_doctor_context *c, const struct pfb_assessed_bar *b,
			  enum pfb_bar_state state)
{
	switch (state) {
	case PFB_STATE_UNASSIGNED:
		return "no address";
	case PFB_STATE_MISSING:
		return b->facts.present ? "no such BAR" : "no function";
	case PFB_STATE_WRONG_SIZE:
		return pfb_findings_text("size 0x%llx", (unsigned long long)b->facts.size);
	case PFB_STATE_ID_MISMATCH:
		return pfb_findings_text("%04x:%04x", b->facts.vendor, b->facts.device);
	case PFB_STATE_MOVED:
		if (is_out_of_reach(b, state))
			return "there, but a bridge above it forwards another range";
		if (b->facts.registered != b->facts.resource && c->request->guest->tree_read)
			return pfb_findings_text("register 0x%llx, resource 0x%llx",
						 (unsigned long long)b->facts.registered,
						 (unsigned long long)b->facts.resource);
		fallthrough;
	default:
		return address(c, b->facts.registered);
	}
}

/* Something that could not be read may have declared it. */
static bool may_be_declared(const struct pfb_doctor_context *c)
{
	u32 i;

	for (i = 0; i < c->request->declared->nr_reports; i++)
		if (c->request->declared->reports[i].status == PFB_STATUS_UNREADABLE)
			return true;
	return false;
}

/* What is declared, and elsewhere or nowhere: whether the module moves it is up to its policy. */
static const char *fix_by_moving(const struct pfb_doctor_context *c, const struct pfb_assessed *e,
				 const char *fix)
{
	const struct pfb_guest *guest = c->request->guest;
	char policy[32], why[PFB_ERROR_TEXT_MAX];

	if (e->function == PFB_NO_FUNCTION || pfb_module_attr(guest, "policy", policy, sizeof(policy)))
		return fix;
	if (pfb_module_refusal(guest, e->function, why, sizeof(why)))
		return pfb_findings_text("the module did not move it: %s", why);
	if (!strcmp(policy, "observe"))
		return pfb_findings_text("%s; or have the module move it: load it with policy=enforce",
					 fix);
	return pfb_findings_text("have the module move it: pci-fixed-bars enforce (--dry-run tells what it would move, and which drivers restart); at the next boot it is where firmware puts it: %s",
				 fix);
}

static const char *fix_state(const struct pfb_doctor_context *c, const struct pfb_assessed *e,
			     const struct pfb_assessed_bar *b, enum pfb_bar_state state,
			     const char *fix)
{
	if (is_out_of_reach(b, state))
		return FIX_WINDOW;
	if (b->declared && (state == PFB_STATE_MOVED || state == PFB_STATE_UNASSIGNED))
		return fix_by_moving(c, e, fix);
	return fix;
}

static void judge(struct pfb_doctor_context *c, const struct pfb_assessed *e, unsigned int index,
		  const char *name)
{
	const struct pfb_assessed_bar *b = &e->bars[index];
	enum pfb_bar_state state = pfb_assessed_state(b);
	const char *bar = pfb_bar_index_name(index);
	const char *where = pfb_findings_text("%s %s", name, bar);
	size_t i;

	if (pfb_assessed_differs(b)) {
		pfb_doctor_say(c, PFB_DOCTOR_BAR_DISAGREE, where,
			       pfb_findings_text("%s, as this program sees it",
						 pfb_state_name(b->state)),
			       pfb_findings_text("the module says %s", pfb_state_name(b->module_state)),
			       "echo 1 > /sys/kernel/pci_fixed_bars/verify, and run this again",
			       "the module's verdict of %s of %s differs", bar, name);
		return;
	}
	if (pfb_state_passes(state, c->request->allow_declared, c->request->allow_preserved))
		return;
	for (i = 0; i < ARRAY_SIZE(broken); i++) {
		if (broken[i].state != state)
			continue;
		pfb_doctor_say(c, broken[i].rule, where, expected(c, b, state),
			       actual(c, b, state),
			       fix_state(c, e, b, state, broken[i].fix), "%s of %s is %s", bar,
			       name, pfb_state_name(state));
		return;
	}
	if (state == PFB_STATE_UNTRACKED && may_be_declared(c))
		return;
	pfb_doctor_say(c, PFB_DOCTOR_BAR_UNVERIFIED, where, "verified", pfb_state_name(state),
		       state == PFB_STATE_DECLARED ?
		       "state its host-physical address (hpa=) in the manifest, or accept it with --allow-declared" :
		       state == PFB_STATE_PRESERVED ?
		       FIX_DECLARE ", or accept it with --allow-preserved" : FIX_DECLARE,
		       "%s of %s is %s", bar, name, pfb_state_name(state));
}

static void judge_entry(struct pfb_doctor_context *c, const struct pfb_assessed *e, int chosen,
			const char *name)
{
	unsigned int i;

	if (e->conflict.text[0]) {
		pfb_doctor_say(c, PFB_DOCTOR_SOURCES_CONFLICT, name, "sources that agree",
			       c->request->guest->tree_read ? e->conflict.text : PFB_HIDDEN,
			       "correct one of the sources, and boot again",
			       "what is declared of %s contradicts itself", name);
		return;
	}
	for (i = 0; i < PFB_NR_BARS; i++) {
		const struct pfb_assessed_bar *b = &e->bars[i];

		if (b->declared || (b->exists && (int)i == chosen) ||
		    (b->in_module && b->module_state != PFB_STATE_UNTRACKED &&
		     b->module_state != PFB_STATE_PRESERVED))
			judge(c, e, i, name);
	}
}

static void judge_sources(struct pfb_doctor_context *c)
{
	u32 i;

	for (i = 0; i < c->request->declared->nr_reports; i++) {
		const struct pfb_source_report *report = &c->request->declared->reports[i];
		struct pfb_module_source seen;
		const char *what = report->text.text;

		if (report->status != PFB_STATUS_BROKEN) {
			/* the module reads what this program cannot, or read it at another time */
			if (!pfb_assessed_module_source(c->request->assessment, c->request->guest,
							report, &seen) ||
			    strcmp(seen.status, "broken"))
				continue;
			what = seen.message;
		}
		pfb_doctor_say(c, PFB_DOCTOR_SOURCE_BROKEN, report->label, "well-formed",
			       c->request->guest->tree_read && *what ? what : PFB_HIDDEN,
			       "write it anew ('pci-fixed-bars manifest build'), on the host or in the image",
			       "the source %s cannot be used", report->label);
	}
}

void pfb_doctor_bars(struct pfb_doctor_context *c)
{
	const struct pfb_assessment *as = c->request->assessment;
	u32 i;

	judge_sources(c);
	for (i = 0; i < c->roles->nr_providers; i++) {
		u32 function = c->roles->providers[i];
		struct pfb_path_question q = {
			.guest = c->request->guest, .assessment = as,
			.routing = c->request->routing,
		};
		const struct pfb_assessed *e = pfb_path_question_assessed(&q, function);
		char name[PFB_DOCTOR_NAME_MAX];
		int chosen;

		pfb_doctor_name(c, function, name);
		q.query.provider = function;
		chosen = pfb_path_question_choose_bar(&q);
		if (chosen < 0)
			pfb_doctor_say(c, PFB_DOCTOR_BAR_NONE, name, "a memory BAR", "none",
				       "name another function with --provider; a BAR that the kernel has thrown away is in dmesg",
				       "%s has no memory BAR", name);
		if (chosen >= 0 && c->request->routing->functions[function].pf[0])
			chosen += PFB_BAR_VF0;
		if (e)
			judge_entry(c, e, chosen, name);
	}
	/* what was declared, and is not there at all */
	for (i = c->request->guest->top.nr_functions; i < as->nr; i++) {
		const struct pfb_assessed *e = &as->entries[i];
		char path[PFB_PATH_TEXT_MAX];

		pfb_path_format(&e->path, path, sizeof(path));
		judge_entry(c, e, -1, path);
	}
}
