// SPDX-License-Identifier: GPL-2.0
/* Each way from a client to a provider's BAR. */
#include <stdlib.h>

#include "lib/doctor_checks.h"
#include "lib/path_question.h"

/* What of a route is said by which rule; BAR verdicts are doctor_bars.c's. */
static const struct {
	u32 why;
	enum pfb_doctor_rule_index rule;
	const char *expected;
	const char *actual;
} faults[] = {
	{ PFB_WHY_RESERVED, PFB_DOCTOR_BAR_RESERVED, "an address outside of what the CPU reserves",
	  "a BAR in the CPU's reserved range" },
	{ PFB_WHY_NO_COMMON, PFB_DOCTOR_NO_SWITCH, "a switch above both", "none" },
	{ PFB_WHY_ACS_REDIRECT, PFB_DOCTOR_ACS_REDIRECT, "P2P request and completion redirect off",
	  "redirect on" },
	{ PFB_WHY_ACS_EGRESS, PFB_DOCTOR_ACS_EGRESS, "P2P egress control off", "on" },
	{ PFB_WHY_TRANSLATION_BLOCKED, PFB_DOCTOR_ACS_BLOCKS, "translation blocking off", "on" },
	{ PFB_WHY_IOMMU, PFB_DOCTOR_IOMMU, "no IOMMU, or one that passes addresses unchanged",
	  NULL },
	{ PFB_WHY_CLIQUE, PFB_DOCTOR_CLIQUE, "one clique", NULL },
	{ PFB_WHY_WINDOW, PFB_DOCTOR_WINDOW, "a window that covers the BAR", "one that does not" },
	{ PFB_WHY_MEMORY_OFF, PFB_DOCTOR_MEMORY_OFF, "memory decode on", "off" },
	{ PFB_WHY_MASTER_OFF, PFB_DOCTOR_MASTER_OFF, "bus mastering on", "off" },
	{ PFB_WHY_DMA_MASK, PFB_DOCTOR_DMA_MASK, "a DMA mask that covers the BAR", NULL },
};

/**
 * struct party - a provider or client
 * @function: its index in the request's @routing
 * @good: ways to it, or from it, that are direct
 * @meant: it was named, or the manifest says what it is for
 */
struct party {
	u32 function;
	u32 good;
	bool meant;
};

static int ask(struct pfb_doctor_context *c, struct pfb_path_question *q, u32 provider, u32 client)
{
	int bar;

	*q = (struct pfb_path_question){
		.guest = c->request->guest, .assessment = c->request->assessment,
		.routing = c->request->routing, .bar_aside = true, .ats = -1,
	};
	q->query.provider = provider;
	q->query.client = client;
	bar = pfb_path_question_choose_bar(q);
	if (bar < 0 || provider == client)
		return -ENODEV;
	q->query.bar = (unsigned int)bar;
	return pfb_path_question_ask(q);
}

static bool is_direct(const struct pfb_path_question *q)
{
	return q->route.kind == PFB_ROUTE_DIRECT || q->route.kind == PFB_ROUTE_DIRECT_TRANSLATED;
}

/* The place where a reason was found; where it turns, or would have to, when it is nobody's. */
static u32 place_of(const struct pfb_path_question *q, u32 why)
{
	u32 i;

	for (i = 0; i < q->route.nr_hops; i++)
		if (q->route.hops[i].why & why)
			return q->route.hops[i].function;
	return q->route.decider == PFB_NO_FUNCTION ? q->query.client : q->route.decider;
}

static const char *actual_of(const struct pfb_path_question *q, u32 why)
{
	const struct pfb_guest_function *client = &q->routing->functions[q->query.client];

	switch (why) {
	case PFB_WHY_IOMMU:
		return client->iommu == PFB_IOMMU_UNKNOWN ?
		       "an IOMMU group whose type cannot be read, taken for translating" :
		       pfb_findings_text("IOMMU group %d, type %s", client->iommu_group,
					 client->iommu_type);
	case PFB_WHY_CLIQUE:
		return q->query.client_clique == PFB_CLIQUE_NONE ||
		       q->query.provider_clique == PFB_CLIQUE_NONE ? "not one clique" :
		       pfb_findings_text("cliques %u and %u", q->query.provider_clique,
					 q->query.client_clique);
	case PFB_WHY_DMA_MASK:
		return q->mask_bits ? pfb_findings_text("%u bits", q->mask_bits) :
				      "not known, taken for 32 bits";
	default:
		return "";
	}
}

static const char *fix_of(const struct pfb_path_question *q, u32 why, const char *place,
			  char *buf, size_t size)
{
	const struct pfb_guest_function *client = &q->routing->functions[q->query.client];

	switch (why) {
	case PFB_WHY_RESERVED:
		return "place the BAR elsewhere on the host, and so in the guest";
	case PFB_WHY_NO_COMMON:
		return "put both below one switch in the VM's definition (in QEMU x3130-upstream and xio3130-downstream), as they are on the host; without a switch on the host there is no P2P to be had";
	case PFB_WHY_ACS_REDIRECT:
		if (pfb_route_acs_param(&q->routing->top, &q->route, buf, size) > 0) {
			snprintf(buf + strlen(buf), size - strlen(buf),
				 " on the kernel's command line; until the next boot: setpci -s %s ECAP000d+6.w=0:c",
				 place);
			return buf;
		}
		fallthrough;
	case PFB_WHY_ACS_EGRESS:
	case PFB_WHY_TRANSLATION_BLOCKED:
		snprintf(buf, size, "setpci -s %s ECAP000d+6.w=0:%s", place,
			 why == PFB_WHY_ACS_EGRESS ? "20" :
			 why == PFB_WHY_ACS_REDIRECT ? "c" : "2");
		return buf;
	case PFB_WHY_IOMMU:
		snprintf(buf, size, "iommu.passthrough=1 on the kernel's command line; or leave the client's bus out of the IOMMU in the VM's definition; or, with its driver unbound: echo identity > /sys/kernel/iommu_groups/%d/type",
			 client->iommu_group);
		return buf;
	case PFB_WHY_CLIQUE:
		return "use a client of the provider's clique; if the host's ACS does let them reach each other, say so in the manifest";
	case PFB_WHY_WINDOW:
		snprintf(buf, size, "compare the windows (lspci -vv -s %s) with the BAR; boot again, and do not write bridge windows by hand",
			 place);
		return buf;
	case PFB_WHY_MEMORY_OFF:
		snprintf(buf, size, "bind the function's driver, which turns it on; or: setpci -s %s COMMAND=2:2",
			 place);
		return buf;
	case PFB_WHY_MASTER_OFF:
		snprintf(buf, size, "bind the function's driver, which turns it on; or: setpci -s %s COMMAND=4:4",
			 place);
		return buf;
	default:
		return "place the BAR lower on the host, and so in the guest, or take a client with more address bits";
	}
}

/* One fault of a way. Some are others' to tell. */
static void report(struct pfb_doctor_context *c, const struct pfb_path_question *q, size_t fault)
{
	const struct pfb_guest_function *client = &q->routing->functions[q->query.client];
	char provider_name[PFB_DOCTOR_NAME_MAX], client_name[PFB_DOCTOR_NAME_MAX];
	char name[PFB_DOCTOR_NAME_MAX], fix[PFB_ERROR_TEXT_MAX];
	u32 why = faults[fault].why, place = place_of(q, why);
	bool driverless;

	pfb_doctor_name(c, q->query.provider, provider_name);
	pfb_doctor_name(c, q->query.client, client_name);
	/* the ports of two root ports are in nobody's way once both are below one switch */
	if (q->route.why & PFB_WHY_NO_COMMON && why == PFB_WHY_ACS_REDIRECT)
		return;
	driverless = !client->driver[0] && !client->pf[0];
	if (driverless && (why == PFB_WHY_DMA_MASK ||
			   (why == PFB_WHY_MASTER_OFF && place == q->query.client))) {
		pfb_doctor_say(c, PFB_DOCTOR_NIC_DRIVER, client_name, "a driver", "none",
			       "load the NIC's driver (lspci -k names it)",
			       "%s has no driver", client_name);
		return;
	}
	/* a GPU without its driver is doctor_drivers.c's */
	if (why == PFB_WHY_MEMORY_OFF && place == q->query.provider &&
	    !q->routing->functions[place].driver[0] && pfb_doctor_is_gpu(q->routing, place))
		return;
	if (why == PFB_WHY_NO_COMMON || why == PFB_WHY_CLIQUE) {
		/* this is between two, not at one place */
		snprintf(name, sizeof(name), "%s and %s", client->bdf,
			 q->routing->functions[q->query.provider].bdf);
	} else {
		pfb_doctor_name(c, place, name);
	}
	pfb_doctor_say(c, faults[fault].rule, name, faults[fault].expected,
		       faults[fault].actual ? faults[fault].actual : actual_of(q, why),
		       fix_of(q, why, q->routing->functions[place].bdf, fix, sizeof(fix)),
		       "%s does not reach %s of %s: %s at %s", client_name,
		       pfb_bar_index_name(q->query.bar), provider_name, pfb_route_why_name(why),
		       name);
}

static void judge(struct pfb_doctor_context *c, struct pfb_path_question *q,
		  const struct party *provider, const struct party *client)
{
	bool chosen = c->request->nr_providers && c->request->nr_clients;
	char name[PFB_DOCTOR_NAME_MAX];
	size_t i;

	pfb_doctor_name(c, client->function, name);
	if (q->route.kind == PFB_ROUTE_DIRECT_TRANSLATED)
		pfb_doctor_say(c, PFB_DOCTOR_TRANSLATED, name, "direct", "direct-translated",
			       "see that the driver uses ATS; or turn off what redirects the rest ('pci-fixed-bars path' names it)",
			       "%s reaches %s with ATS-translated requests only", name,
			       pfb_doctor_bdf(c, provider->function));
	if (is_direct(q))
		return;
	/* Where each has a peer of its own, one of another switch is nobody's loss. */
	if (!chosen && q->route.why & (PFB_WHY_NO_COMMON | PFB_WHY_CLIQUE) && provider->good) {
		if (client->good)
			return;
		if (!client->meant) {
			pfb_doctor_say(c, PFB_DOCTOR_NIC_APART, name, "a GPU below the same switch",
				       "none", "put it below a GPU's switch, if the host has it there; else use it for what is not GPUDirect",
				       "%s reaches no GPU directly", name);
			return;
		}
	}
	if (q->route.why & PFB_WHY_NO_COMMON)
		c->apart = true;
	for (i = 0; i < ARRAY_SIZE(faults); i++)
		if (q->route.why & faults[i].why)
			report(c, q, i);
}

static struct party *make_parties(const struct pfb_doctor_context *c, const u32 *list, u32 nr,
				  u32 nr_named, u32 flag)
{
	struct party *parties = calloc((size_t)nr + 1, sizeof(*parties));
	struct pfb_path_question q = {
		.guest = c->request->guest, .assessment = c->request->assessment,
		.routing = c->request->routing,
	};
	u32 i;

	for (i = 0; parties && i < nr; i++) {
		const struct pfb_assessed *e = pfb_path_question_assessed(&q, list[i]);

		parties[i].function = list[i];
		parties[i].meant = nr_named || (e && e->flags & flag);
	}
	return parties;
}

static int each_pair(struct pfb_doctor_context *c, struct party *providers, struct party *clients,
		     bool count)
{
	struct pfb_path_question q;
	u32 p, k;
	int ret;

	for (p = 0; p < c->roles->nr_providers; p++) {
		for (k = 0; k < c->roles->nr_clients; k++) {
			ret = ask(c, &q, providers[p].function, clients[k].function);
			if (ret == -ENODEV)
				continue;
			if (ret)
				return ret;
			/* that it cannot be read is said elsewhere; nothing else is known */
			if (pfb_path_question_unreadable(&q) != PFB_NO_FUNCTION)
				continue;
			if (!count) {
				judge(c, &q, &providers[p], &clients[k]);
			} else if (is_direct(&q)) {
				providers[p].good++;
				clients[k].good++;
			}
		}
	}
	return 0;
}

/* Nothing reaches itself over a switch. */
static bool has_peers(const struct pfb_doctor_roles *roles)
{
	u32 p, k;

	for (p = 0; p < roles->nr_providers; p++)
		for (k = 0; k < roles->nr_clients; k++)
			if (roles->providers[p] != roles->clients[k])
				return true;
	return false;
}

int pfb_doctor_paths(struct pfb_doctor_context *c, struct pfb_error *err)
{
	const struct pfb_doctor_roles *roles = c->roles;
	struct party *providers, *clients;
	int ret;

	providers = make_parties(c, roles->providers, roles->nr_providers,
				 c->request->nr_providers, PFB_MANIFEST_FN_PROVIDER);
	clients = make_parties(c, roles->clients, roles->nr_clients, c->request->nr_clients,
			       PFB_MANIFEST_FN_CLIENT);
	if (!providers || !clients) {
		ret = pfb_fail(err, -ENOMEM, "out of memory");
		goto out;
	}
	if (!has_peers(roles))
		pfb_doctor_say(c, PFB_DOCTOR_NO_CLIENT, "the guest as a whole",
			       "an RDMA NIC, or a function that the manifest flags as client",
			       roles->nr_clients ? "none but the GPU itself" : "none",
			       "add the NIC to the VM; flag another function with 'client' in the manifest, or name it with --client",
			       "no function was found that is to reach the GPU");
	ret = each_pair(c, providers, clients, true);
	if (!ret)
		ret = each_pair(c, providers, clients, false);
	if (ret)
		pfb_fail(err, ret, "a path cannot be followed: %s", ret == -ENAMETOOLONG ?
			 "a function lies deeper than 16 bridges" : strerror(-ret));
out:
	free(providers);
	free(clients);
	return ret;
}
