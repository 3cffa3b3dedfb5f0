// SPDX-License-Identifier: GPL-2.0
/* What is assigned, against a capture of the host that has it. */
#include "lib/lint_checks.h"
#include "lib/vm_reach.h"

#define MEND_HOST	"mend it on the host, or assign functions that reach each other there: 'pci-fixed-bars plan' finds out which"

/* A function of the host, or %PFB_NO_FUNCTION for what is not assigned or not in the capture. */
static u32 captured(const struct pfb_lint_context *c, u32 device)
{
	const struct pfb_vm_device *d = &c->devices.list[device];
	const char *host = pfb_vm_option_get(c->config, d->option, "host");
	struct pfb_path path;

	if (!d->assigned || !host ||
	    pfb_path_parse(host, strlen(host), &path, NULL) != (int)strlen(host))
		return PFB_NO_FUNCTION;
	return pfb_topology_find(&c->request->host->top, &path);
}

static void check_there(struct pfb_lint_context *c, u32 device)
{
	const struct pfb_vm_device *d = &c->devices.list[device];
	const char *host = pfb_vm_option_get(c->config, d->option, "host");

	if (!d->assigned || !host || captured(c, device) != PFB_NO_FUNCTION)
		return;
	pfb_lint_say(c, PFB_LINT_HOST_MISSING, d->option, "a function of the captured host", host,
		     "correct host=, or capture the host that the VM runs on",
		     "%s is a function that the capture does not have", pfb_vm_devices_name(d));
}

/* A BAR that somebody fixed: is it the host's, and is it as large. */
static void check_bar(struct pfb_lint_context *c, const struct pfb_lint_bar *bar)
{
	const struct pfb_declared_bar *d = &bar->declared;
	u32 function = captured(c, bar->device);
	const char *name = pfb_vm_devices_name(&c->devices.list[bar->device]);
	const struct pfb_bar *host;

	if (function == PFB_NO_FUNCTION || d->index >= PFB_NR_BARS)
		return;
	host = &c->request->host->top.functions[function].bars[d->index];
	if (!(host->flags & PFB_BAR_ASSIGNED) || host->address != d->gpa)
		pfb_lint_say(c, PFB_LINT_HPA_DIFFERS, bar->option,
			     host->flags & PFB_BAR_ASSIGNED ?
			     pfb_findings_text("0x%llx, the host's", (unsigned long long)host->address) :
			     "a BAR that has an address on the host",
			     pfb_findings_text("0x%llx", (unsigned long long)d->gpa),
			     "fix the BAR at the host's address",
			     "%s of %s is not where the captured host has it",
			     pfb_bar_index_name(d->index), name);
	if (d->size && host->size && d->size != host->size)
		pfb_lint_say(c, PFB_LINT_BAR_SIZE_DIFFERS, bar->option,
			     pfb_findings_text("0x%llx bytes, the host's", (unsigned long long)host->size),
			     pfb_findings_text("0x%llx", (unsigned long long)d->size),
			     "state the host's size, or resize the BAR on the host before the VM starts",
			     "%s of %s has another size than on the captured host",
			     pfb_bar_index_name(d->index), name);
}

static u16 fixable_bars(const struct pfb_function *fn)
{
	unsigned int i;
	u16 bars = 0;

	for (i = 0; i < PFB_BAR_ROM; i++)
		if (pfb_vm_bar_fixable(&fn->bars[i], i))
			bars |= (u16)(1U << i);
	return bars;
}

/* Ask the host's switches about one pair. */
static void check_pair(struct pfb_lint_context *c, u32 provider, u32 client)
{
	const struct pfb_capture *capture = c->request->host;
	const char *names[2] = {
		capture->functions[captured(c, client)].bdf,
		capture->functions[captured(c, provider)].bdf,
	};
	struct pfb_vm_request request = { .assigned = names, .nr_assigned = 2 };
	const struct pfb_vm_device *to = &c->devices.list[provider];
	const char *client_name = pfb_vm_devices_name(&c->devices.list[client]);
	const struct pfb_function *a, *b;
	struct pfb_vm_reach reach;
	struct pfb_vm_host host;
	struct pfb_error err = { "" };

	if (pfb_vm_host_take(&host, capture, &request, &err)) {
		pfb_lint_say(c, PFB_LINT_NOT_READ, to->option, "a capture that tells", err.text,
			     "capture the live host as root",
			     "whether %s reaches %s on the host cannot be told", client_name,
			     pfb_vm_devices_name(to));
		goto out;
	}
	a = &host.top.functions[host.assigned[0]];
	b = &host.top.functions[host.assigned[1]];
	pfb_vm_reach(&host, host.assigned[0], host.assigned[1], fixable_bars(b),
		     a->parent == b->parent && a->devfn >> 3 == b->devfn >> 3, &reach);
	if (reach.verdict == PFB_VM_PAIR_NONE)
		pfb_lint_say(c, PFB_LINT_HOST_PATH, to->option, "a switch of the host that routes it",
			     reach.reason, MEND_HOST, "%s does not reach %s on the host", client_name,
			     pfb_vm_devices_name(to));
	else if (reach.verdict == PFB_VM_PAIR_TRANSLATED)
		pfb_lint_say(c, PFB_LINT_HOST_PATH_TRANSLATED, to->option,
			     "a switch of the host that routes every request", reach.reason,
			     "have the client's driver use ATS, or turn ACS redirect off at that port of the host",
			     "%s reaches %s on the host with translated requests only", client_name,
			     pfb_vm_devices_name(to));
out:
	pfb_vm_host_free(&host);
}

void pfb_lint_host_check(struct pfb_lint_context *c)
{
	u32 i, j;

	if (!c->request->host)
		return;
	for (i = 0; i < c->devices.nr; i++)
		check_there(c, i);
	for (i = 0; i < c->nr_bars; i++)
		check_bar(c, &c->bars[i]);
	for (i = 0; i < c->devices.nr; i++) {
		if (!(c->roles[i].flags & PFB_LINT_PROVIDER) || captured(c, i) == PFB_NO_FUNCTION)
			continue;
		for (j = 0; j < c->devices.nr; j++)
			if (i != j && (c->roles[j].flags & PFB_LINT_CLIENT) &&
			    captured(c, j) != PFB_NO_FUNCTION && captured(c, i) != captured(c, j))
				check_pair(c, i, j);
	}
}
