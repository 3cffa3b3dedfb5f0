// SPDX-License-Identifier: GPL-2.0
/* A plan for people: the guest as a tree, who reaches whom, and what to know beside it. */
#include <string.h>

#include "lib/topology_report.h"
#include "lib/vm_plan.h"

#define WRAP		96	/* columns of a note */

static bool is_last(const struct pfb_topology *top, u32 index)
{
	u32 parent = top->functions[index].parent;
	u32 i;

	for (i = index + 1; i < top->nr_functions; i++)
		if (top->functions[i].parent == parent)
			return false;
	return true;
}

/* What is drawn before a line of a function: a bar for each branch that goes on below it. */
static void indent(FILE *out, const struct pfb_topology *top, u32 index, bool its_name)
{
	u32 above = top->functions[index].parent;
	bool last = is_last(top, index);

	if (above != PFB_NO_FUNCTION)
		indent(out, top, above, false);
	if (its_name)
		fputs(last ? "`- " : "|- ", out);
	else
		fputs(last ? "   " : "|  ", out);
}

static bool has_children(const struct pfb_topology *top, u32 index)
{
	return index + 1 < top->nr_functions && top->functions[index + 1].parent == index;
}

static void print_bars(FILE *out, const struct pfb_vm_plan *plan, u32 index, bool explain)
{
	const struct pfb_function *fn = &plan->top.functions[index];
	const struct pfb_vm_function *vf = &plan->functions[index];
	const char *below = has_children(&plan->top, index) ? "|    " : "     ";
	char address[24], size[32];
	unsigned int i;

	for (i = 0; i < PFB_NR_BARS; i++) {
		const struct pfb_bar *bar = &fn->bars[i];

		if (!bar->size)
			continue;
		snprintf(address, sizeof(address), "0x%llx", (unsigned long long)bar->address);
		indent(out, &plan->top, index, false);
		fprintf(out, "%s%-5s %-14s %8s%s\n", below, pfb_bar_index_name(i),
			bar->flags & PFB_BAR_ASSIGNED ? address : "no address",
			pfb_report_size(bar->size, size, sizeof(size)),
			vf->fixed & (1U << i) ? "  fixed" : "");
		if (!explain)
			continue;
		indent(out, &plan->top, index, false);
		fprintf(out, "%s      %s\n", below, vf->why[i]);
	}
}

static void print_function(FILE *out, const struct pfb_vm_plan *plan, u32 index, bool explain)
{
	const struct pfb_function *fn = &plan->top.functions[index];
	const struct pfb_vm_function *vf = &plan->functions[index];

	indent(out, &plan->top, index, true);
	fprintf(out, "%s %02x:%02x.%x ", vf->id, fn->bus, PFB_DEV(fn->devfn), PFB_FN(fn->devfn));
	if (vf->kind == PFB_VM_ASSIGNED)
		fprintf(out, "%04x:%04x", fn->vendor, fn->device);
	else
		fputs(pfb_vm_device(vf->kind), out);
	if (vf->host != PFB_NO_FUNCTION) {
		const struct pfb_capture_function *cf = &plan->capture->functions[vf->host];

		fprintf(out, " %s host %s", vf->kind > PFB_VM_ASSIGNED ? "for" : "=", cf->bdf);
		if (vf->kind == PFB_VM_ASSIGNED && cf->name[0])
			fprintf(out, " \"%s\"", cf->name);
	}
	if (vf->clique != PFB_CLIQUE_NONE)
		fprintf(out, ", clique %u", vf->clique);
	fprintf(out, "%s%s\n", vf->provider ? ", provider" : "", vf->client ? ", client" : "");
	/* A port has a BAR for its interrupts, of which only --explain is to tell. */
	if (vf->kind >= PFB_VM_ASSIGNED || explain)
		print_bars(out, plan, index, explain);
}

static bool alike(const struct pfb_vm_pair *a, const struct pfb_vm_pair *b)
{
	return a->verdict == b->verdict && !strcmp(a->reason, b->reason);
}

/* Eight GPUs that a client does not reach for one reason are one line. */
static void print_client(FILE *out, const struct pfb_vm_plan *plan, u32 first, u32 end)
{
	u32 i, j;

	for (i = first; i < end; i++) {
		const struct pfb_vm_pair *pair = &plan->pairs[i];

		for (j = first; j < i && !alike(&plan->pairs[j], pair); j++)
			;
		if (j < i)
			continue;
		fprintf(out, "  %s -> ", plan->functions[pair->client].id);
		for (; j < end; j++)
			if (alike(&plan->pairs[j], pair))
				fprintf(out, "%s%s", j == i ? "" : ",",
					plan->functions[plan->pairs[j].provider].id);
		fprintf(out, ": %s: %s\n", pfb_vm_pair_name(pair->verdict), pair->reason);
	}
}

void pfb_vm_tree_pairs(FILE *out, const struct pfb_vm_plan *plan)
{
	u32 first, end;

	/* a client's pairs stand together */
	for (first = 0; first < plan->nr_pairs; first = end) {
		for (end = first + 1; end < plan->nr_pairs; end++)
			if (plan->pairs[end].client != plan->pairs[first].client)
				break;
		print_client(out, plan, first, end);
	}
}

/* A sentence over several lines, broken at blanks. */
static void print_note(FILE *out, const char *text)
{
	int column = fprintf(out, "note:");

	while (*text) {
		int len = (int)strcspn(text, " ");

		if (column + 1 + len > WRAP)
			column = fprintf(out, "\n     ") - 1;
		column += fprintf(out, " %.*s", len, text);
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

void pfb_vm_tree(FILE *out, const struct pfb_vm_plan *plan, bool explain)
{
	const struct pfb_window *high = &plan->top.roots[0].windows[PFB_WINDOW_PREF];
	char size[32];
	u32 i;

	fprintf(out, "%s, 64-bit window 0x%llx-0x%llx (%s)\n", plan->machine,
		(unsigned long long)high->base, (unsigned long long)high->limit,
		pfb_report_size(high->limit - high->base + 1, size, sizeof(size)));
	for (i = 0; i < plan->top.nr_functions; i++)
		print_function(out, plan, i, explain);
	if (plan->nr_pairs) {
		fputs("\nOn the host, what a client sends to a provider:\n", out);
		pfb_vm_tree_pairs(out, plan);
	}
	if (plan->nr_notes)
		fputc('\n', out);
	for (i = 0; i < plan->nr_notes; i++)
		print_note(out, plan->notes[i].text);
}
