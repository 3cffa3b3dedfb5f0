// SPDX-License-Identifier: GPL-2.0
/* What NCCL will make of the machine: link speeds, its topology file, its settings. */
#include <stdlib.h>

#include "lib/doctor_checks.h"
#include "lib/file.h"
#include "lib/link.h"
#include "lib/nccl_conf.h"

#define TOPO_SIZE_MAX	(1U << 20)
#define FIX_TOPO	"'pci-fixed-bars doctor --nccl-topo FILE' with the host's capture or --link, and NCCL_TOPO_FILE=FILE in " PFB_NCCL_CONF

static void say_off(struct pfb_doctor_context *c, const char *setting, const char *value)
{
	pfb_doctor_say(c, PFB_DOCTOR_NCCL_OFF, pfb_findings_text(PFB_NCCL_CONF ": %s", setting),
		       "not set", pfb_findings_text("%s=%s", setting, value), "remove the line",
		       PFB_NCCL_CONF " has %s=%s", setting, value);
}

/*
 * Settings that keep NCCL from GPUDirect RDMA or from P2P (src/graph/paths.cc,
 * ncclGetLevel(), ncclTopoCheckGdr(); a level of LOC, 0 in old files, is less
 * than any GPU is from a NIC).
 */
static void check_settings(struct pfb_doctor_context *c)
{
	static const struct {
		const char *name;
		const char *off[2];
	} settings[] = {
		{ "NCCL_NET_GDR_LEVEL", { "LOC", "0" } },
		{ "NCCL_P2P_DISABLE", { "1", NULL } },
		{ "NCCL_P2P_LEVEL", { "LOC", "0" } },
		{ "NCCL_IB_DISABLE", { "1", NULL } },
	};
	char value[64];
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		if (!pfb_nccl_conf_get(c->request->guest, settings[i].name, value, sizeof(value)))
			continue;
		for (n = 0; n < 2; n++)
			if (settings[i].off[n] && !strcmp(value, settings[i].off[n]))
				say_off(c, settings[i].name, value);
	}
}

/* What stands in a topology file NCCL takes; what does not, it reads from sysfs. */
static void check_named(struct pfb_doctor_context *c, const char *text, const char *file,
			const u32 *list, u32 nr)
{
	char name[PFB_DOCTOR_NAME_MAX];
	u32 i;

	for (i = 0; i < nr; i++) {
		const char *bdf = pfb_doctor_bdf(c, list[i]);

		if (strstr(text, pfb_findings_text("busid=\"%s\"", bdf)))
			continue;
		pfb_doctor_name(c, list[i], name);
		pfb_doctor_say(c, PFB_DOCTOR_NCCL_TOPO_OTHER, name,
			       pfb_findings_text("<pci busid=\"%s\" ...> in %s", bdf, file), "none",
			       "write the file anew: " FIX_TOPO,
			       "NCCL's topology file %s does not name %s", file, name);
	}
}

/* Return: NCCL has a topology file, so that sysfs does not matter. */
static bool check_topo_file(struct pfb_doctor_context *c)
{
	bool set;
	char file[256], *path;
	void *text;
	size_t size;
	int ret;

	set = pfb_nccl_conf_get(c->request->guest, "NCCL_TOPO_FILE", file, sizeof(file));
	if (!set)
		snprintf(file, sizeof(file), PFB_NCCL_TOPO_DEFAULT);
	path = pfb_guest_path(c->request->guest, "%s", file);
	if (!path)
		return false;
	ret = pfb_file_read(path, TOPO_SIZE_MAX, &text, &size, NULL);
	free(path);
	if (!ret) {
		check_named(c, text, file, c->roles->providers, c->roles->nr_providers);
		check_named(c, text, file, c->roles->clients, c->roles->nr_clients);
		free(text);
		return true;
	}
	if (set)
		pfb_doctor_say(c, PFB_DOCTOR_NCCL_TOPO_MISSING, PFB_NCCL_CONF,
			       pfb_findings_text("a file %s", file), strerror(-ret),
			       "write it: " FIX_TOPO, "NCCL_TOPO_FILE names %s, which cannot be read",
			       file);
	return false;
}

/*
 * NCCL takes the lesser of a function's and the port's above
 * (src/graph/xml.cc, ncclTopoGetXmlFromSys()). No port that carries a GPU's
 * traffic is of PCI Express 1: one that says so is emulated.
 */
static void check_port(struct pfb_doctor_context *c, u32 function)
{
	const struct pfb_guest *routing = c->request->routing;
	u32 port = routing->top.functions[function].parent;
	char name[PFB_DOCTOR_NAME_MAX];
	struct pfb_link link, above;

	for (; port != PFB_NO_FUNCTION; function = port,
	     port = routing->top.functions[port].parent) {
		pfb_link_read(routing, pfb_doctor_bdf(c, port), &above);
		pfb_link_read(routing, pfb_doctor_bdf(c, function), &link);
		if (!above.speed || (above.speed > 2500 &&
				     (!link.speed || above.speed >= link.speed)))
			continue;
		pfb_doctor_name(c, port, name);
		pfb_doctor_say(c, PFB_DOCTOR_NCCL_LINK, name,
			       link.speed > above.speed ?
			       pfb_findings_text("%s, as %s has", pfb_link_speed_text(link.speed),
						 pfb_doctor_bdf(c, function)) :
			       "what the host's link does",
			       pfb_findings_text("%s x%u", pfb_link_speed_text(above.speed),
						 above.width), FIX_TOPO,
			       "%s says %s x%u, and NCCL believes it", name,
			       pfb_link_speed_text(above.speed), above.width);
	}
}

void pfb_doctor_nccl(struct pfb_doctor_context *c)
{
	u32 i;

	check_settings(c);
	if (check_topo_file(c))
		return;
	for (i = 0; i < c->roles->nr_providers; i++)
		check_port(c, c->roles->providers[i]);
	for (i = 0; i < c->roles->nr_clients; i++)
		check_port(c, c->roles->clients[i]);
}
