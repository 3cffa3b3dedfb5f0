// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <unistd.h>

#include "lib/doctor_checks.h"
#include "lib/file.h"

#define CLASS_NETWORK		0x02
#define CLASS_DISPLAY		0x03
#define CLASS_ACCELERATOR	0x12

const struct pfb_rule pfb_doctor_rules[PFB_NR_DOCTOR_RULES] = {
#define PFB_DOCTOR_RULE(ident, name, sev, text)	\
	[PFB_DOCTOR_##ident] = { .id = name, .severity = PFB_SEVERITY_##sev, .why = text },
#include "lib/doctor_rules.def"
#undef PFB_DOCTOR_RULE
};

void pfb_doctor_say(struct pfb_doctor_context *c, enum pfb_doctor_rule_index rule,
		    const char *where, const char *expected, const char *actual, const char *fix,
		    const char *fmt, ...)
{
	struct pfb_findings *findings = c->findings;
	va_list args;
	u32 i;

	/* One port is in the way of many pairs: that is one fault with one fix. */
	for (i = 0; i < findings->nr; i++)
		if (findings->findings[i].rule == &pfb_doctor_rules[rule] &&
		    !strcmp(findings->findings[i].where, where))
			return;
	va_start(args, fmt);
	pfb_findings_vadd(findings, &pfb_doctor_rules[rule], 0, where, expected, actual, fix, fmt,
			  args);
	va_end(args);
}

const char *pfb_doctor_bdf(const struct pfb_doctor_context *c, u32 function)
{
	return c->request->routing->functions[function].bdf;
}

const char *pfb_doctor_name(const struct pfb_doctor_context *c, u32 function,
			    char buf[PFB_DOCTOR_NAME_MAX])
{
	const struct pfb_function *fn = &c->request->routing->top.functions[function];
	const struct pfb_guest_function *gf = &c->request->routing->functions[function];
	const char *kind = gf->driver[0] ? gf->driver : "no driver";

	if (pfb_topology_is_bridge(fn))
		kind = pfb_port_type_name(fn->type);
	snprintf(buf, PFB_DOCTOR_NAME_MAX, "%s (%s, %04x:%04x)", gf->bdf, kind, fn->vendor,
		 fn->device);
	return buf;
}

static char *path_of(const struct pfb_doctor_context *c, const char *fmt, va_list args)
	__printf(2, 0);

static char *path_of(const struct pfb_doctor_context *c, const char *fmt, va_list args)
{
	char *below, *path;

	if (vasprintf(&below, fmt, args) < 0)
		return NULL;
	path = pfb_guest_path(c->request->guest, "%s", below);
	free(below);
	return path;
}

bool pfb_doctor_exists(const struct pfb_doctor_context *c, const char *fmt, ...)
{
	va_list args;
	char *path;
	bool found;

	va_start(args, fmt);
	path = path_of(c, fmt, args);
	va_end(args);
	found = path && !access(path, F_OK);
	free(path);
	return found;
}

int pfb_doctor_line(const struct pfb_doctor_context *c, char *buf, size_t size, const char *fmt,
		    ...)
{
	va_list args;
	char *path;
	int ret;

	buf[0] = '\0';
	va_start(args, fmt);
	path = path_of(c, fmt, args);
	va_end(args);
	if (!path)
		return -ENOMEM;
	ret = pfb_file_line(path, buf, size);
	free(path);
	return ret;
}

bool pfb_doctor_is_gpu(const struct pfb_guest *guest, u32 function)
{
	static const char *const drivers[] = { "amdgpu", "nvidia" };
	const struct pfb_function *fn = &guest->top.functions[function];
	u32 base = fn->class >> 16;
	size_t i;

	if (base != CLASS_DISPLAY && base != CLASS_ACCELERATOR)
		return false;
	if (fn->vendor == PFB_VENDOR_NVIDIA || fn->vendor == PFB_VENDOR_AMD)
		return true;
	for (i = 0; i < ARRAY_SIZE(drivers); i++)
		if (!strcmp(guest->functions[function].driver, drivers[i]))
			return true;
	return false;
}

bool pfb_doctor_has_rdma(const struct pfb_guest *guest, const char *bdf)
{
	char *path = pfb_guest_path(guest, "/sys/bus/pci/devices/%s/infiniband", bdf);
	bool found = path && !access(path, F_OK);

	free(path);
	return found;
}

/* Every network function of Mellanox' can do RDMA; of others only the RDMA device tells. */
static bool is_nic(const struct pfb_guest *guest, u32 function)
{
	const struct pfb_function *fn = &guest->top.functions[function];

	if (fn->class >> 16 == CLASS_NETWORK && fn->vendor == PFB_VENDOR_MELLANOX)
		return true;
	return pfb_doctor_has_rdma(guest, guest->functions[function].bdf);
}

static bool declares_memory(const struct pfb_assessed *e)
{
	unsigned int i;

	for (i = 0; i < PFB_NR_BARS; i++)
		if (e->bars[i].declared && !(e->bars[i].bar.flags & PFB_MANIFEST_BAR_IO))
			return true;
	return false;
}

/* Both lists ascend in depth-first order; VFs are in one of them only. */
static u32 in_routing(const struct pfb_doctor_request *request, u32 function)
{
	const char *bdf = request->guest->functions[function].bdf;
	u32 i;

	for (i = 0; i < request->routing->top.nr_functions; i++)
		if (!strcmp(request->routing->functions[i].bdf, bdf))
			return i;
	return PFB_NO_FUNCTION;
}

static void take(u32 *list, u32 *nr, u32 function)
{
	if (function != PFB_NO_FUNCTION)
		list[(*nr)++] = function;
}

int pfb_doctor_roles(struct pfb_doctor_roles *roles, const struct pfb_doctor_request *request)
{
	const struct pfb_guest *guest = request->guest;
	u32 room = guest->top.nr_functions, i;

	memset(roles, 0, sizeof(*roles));
	roles->providers = calloc((size_t)room + request->nr_providers + 1, sizeof(u32));
	roles->clients = calloc((size_t)room + request->nr_clients + 1, sizeof(u32));
	if (!roles->providers || !roles->clients)
		return -ENOMEM;
	for (i = 0; i < request->nr_providers; i++)
		take(roles->providers, &roles->nr_providers, request->providers[i]);
	for (i = 0; i < request->nr_clients; i++)
		take(roles->clients, &roles->nr_clients, request->clients[i]);
	for (i = 0; i < room; i++) {
		const struct pfb_assessed *e = &request->assessment->entries[i];

		if (pfb_topology_is_bridge(&guest->top.functions[i]))
			continue;
		/* what is meant to reach others need not be reached itself */
		if (!request->nr_providers &&
		    (pfb_doctor_is_gpu(guest, i) || e->flags & PFB_MANIFEST_FN_PROVIDER ||
		     (declares_memory(e) && !(e->flags & PFB_MANIFEST_FN_CLIENT))))
			take(roles->providers, &roles->nr_providers, in_routing(request, i));
		if (!request->nr_clients &&
		    (is_nic(guest, i) || e->flags & PFB_MANIFEST_FN_CLIENT))
			take(roles->clients, &roles->nr_clients, in_routing(request, i));
	}
	return 0;
}

void pfb_doctor_roles_free(struct pfb_doctor_roles *roles)
{
	free(roles->providers);
	free(roles->clients);
	memset(roles, 0, sizeof(*roles));
}

int pfb_doctor(struct pfb_findings *findings, const struct pfb_doctor_request *request,
	       const struct pfb_doctor_roles *roles, struct pfb_error *err)
{
	struct pfb_doctor_context c = {
		.findings = findings, .request = request, .roles = roles,
	};
	int ret;

	pfb_kernel_config_read(&c.config, request->guest);
	pfb_doctor_bars(&c);
	/* without a provider only what is declared can be judged: there is no way to look at */
	ret = roles->nr_providers ? pfb_doctor_paths(&c, err) : 0;
	if (!ret && roles->nr_providers) {
		pfb_doctor_kernel(&c);
		pfb_doctor_drivers(&c);
		pfb_doctor_nccl(&c);
	}
	if (!ret && findings->failed)
		ret = pfb_fail(err, -ENOMEM, "out of memory");
	pfb_kernel_config_free(&c.config);
	return ret;
}
