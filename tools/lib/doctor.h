/* SPDX-License-Identifier: GPL-2.0 */
/* What in a guest would stop GPUDirect. */
#ifndef PFB_LIB_DOCTOR_H
#define PFB_LIB_DOCTOR_H

#include <pci_fixed_bars/error.h>

#include "lib/assess.h"
#include "lib/declared.h"
#include "lib/findings.h"
#include "lib/guest.h"

#define PFB_DOCTOR_RULE(ident, id, severity, why)	PFB_DOCTOR_##ident,
enum pfb_doctor_rule_index {
#include "lib/doctor_rules.def"
	PFB_NR_DOCTOR_RULES
};

#undef PFB_DOCTOR_RULE

/* An error stops GPUDirect, or does not let it be known that nothing does. */
extern const struct pfb_rule pfb_doctor_rules[PFB_NR_DOCTOR_RULES];

/**
 * struct pfb_doctor_request - what is examined
 * @guest: the machine, without VFs
 * @routing: the same with VFs
 * @declared: what its sources say
 * @assessment: the verdicts
 * @providers: functions that were named, by index in @routing; with none: GPUs, and
 *	what is declared to provide BARs
 * @nr_providers: how many
 * @clients: the same of functions that are to reach them; with none: RDMA NICs, and
 *	what is declared a client
 * @nr_clients: how many
 * @allow_declared: a BAR passes whose host-physical address nobody stated
 * @allow_preserved: a BAR passes that nobody declared, where firmware left it
 */
struct pfb_doctor_request {
	const struct pfb_guest *guest;
	const struct pfb_guest *routing;
	const struct pfb_declared *declared;
	const struct pfb_assessment *assessment;
	const u32 *providers;
	u32 nr_providers;
	const u32 *clients;
	u32 nr_clients;
	bool allow_declared;
	bool allow_preserved;
};

/**
 * struct pfb_doctor_roles - whom it is about
 * @providers: indexes in the request's @routing, allocated
 * @nr_providers: how many
 * @clients: the same of clients
 * @nr_clients: how many
 */
struct pfb_doctor_roles {
	u32 *providers;
	u32 nr_providers;
	u32 *clients;
	u32 nr_clients;
};

/**
 * pfb_doctor_roles() - find whom it is about
 * @roles: receives them; pfb_doctor_roles_free() it, after an error too
 * @request: the machine
 *
 * Return: 0 or -ENOMEM.
 */
int pfb_doctor_roles(struct pfb_doctor_roles *roles, const struct pfb_doctor_request *request);

/**
 * pfb_doctor_roles_free() - give back their memory
 * @roles: the roles; may be all zero
 */
void pfb_doctor_roles_free(struct pfb_doctor_roles *roles);

/**
 * pfb_doctor() - examine a guest
 * @findings: receives what is found, in no order yet: what could not be seen may be
 *	added before pfb_findings_sort(); pfb_findings_free() it, after an error too
 * @request: what is examined
 * @roles: whom it is about, at least one provider
 * @err: receives what failed
 *
 * Reads files below the guest's sysroot; writes nothing.
 *
 * Return: 0 whatever was found, -ENOMEM, or as pfb_route() for a function that is
 * too deep.
 */
int pfb_doctor(struct pfb_findings *findings, const struct pfb_doctor_request *request,
	       const struct pfb_doctor_roles *roles, struct pfb_error *err);

#endif /* PFB_LIB_DOCTOR_H */
