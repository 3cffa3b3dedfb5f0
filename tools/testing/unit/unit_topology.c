// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "unit_topology.h"

void unit_topology_init(struct unit_topology *t)
{
	memset(t, 0, sizeof(*t));
	t->top.roots = t->roots;
	t->top.max_roots = UNIT_MAX_ROOTS;
	t->top.functions = t->functions;
	t->top.max_functions = UNIT_MAX_FUNCTIONS;
}

u32 unit_add_root(struct unit_topology *t, u8 bus, u8 last_bus)
{
	struct pfb_root *root = &t->roots[t->top.nr_roots];

	assert_true(t->top.nr_roots < UNIT_MAX_ROOTS);
	root->bus = bus;
	root->last_bus = last_bus;
	root->windows[PFB_WINDOW_IO] = (struct pfb_window){ UNIT_IO_BASE, UNIT_IO_LIMIT };
	root->windows[PFB_WINDOW_MEM] = (struct pfb_window){ UNIT_MEM_BASE, UNIT_MEM_LIMIT };
	root->windows[PFB_WINDOW_PREF] = (struct pfb_window){ UNIT_PREF_BASE, UNIT_PREF_LIMIT };
	return t->top.nr_roots++;
}

u32 unit_add(struct unit_topology *t, u32 parent, enum pfb_port_type type, u8 dev, u8 fn)
{
	struct pfb_function *f = &t->functions[t->top.nr_functions];

	assert_true(t->top.nr_functions < UNIT_MAX_FUNCTIONS);
	assert_true(t->top.nr_roots > 0);
	f->parent = parent;
	f->root = t->top.nr_roots - 1;
	f->type = type;
	f->devfn = PFB_DEVFN(dev, fn);
	f->vendor = 0x1af4;
	f->device = 0x1000 + type;
	f->flags = PFB_FN_MEMORY | PFB_FN_MASTER;
	if (type != PFB_PORT_ENDPOINT)
		f->flags |= PFB_FN_PREF64;
	return t->top.nr_functions++;
}

void unit_bar(struct unit_topology *t, u32 function, unsigned int bar, u64 size, u32 flags)
{
	t->functions[function].bars[bar] = (struct pfb_bar){ .size = size, .flags = flags };
}

void unit_add_rfc(struct unit_topology *t, struct unit_rfc *rfc)
{
	unit_topology_init(t);
	unit_add_root(t, 0, 255);
	rfc->root_port = unit_add(t, PFB_NO_FUNCTION, PFB_PORT_ROOT, 1, 0);
	unit_bar(t, rfc->root_port, 0, 0x1000, 0);
	rfc->upstream = unit_add(t, rfc->root_port, PFB_PORT_UPSTREAM, 0, 0);
	rfc->down_gpu = unit_add(t, rfc->upstream, PFB_PORT_DOWNSTREAM, 0, 0);
	rfc->gpu = unit_add(t, rfc->down_gpu, PFB_PORT_ENDPOINT, 0, 0);
	unit_bar(t, rfc->gpu, 0, 0x100, 0);
	unit_bar(t, rfc->gpu, 2, UNIT_RFC_GPU_SIZE, PFB_BAR_MEM64 | PFB_BAR_PREFETCH);
	rfc->down_nic = unit_add(t, rfc->upstream, PFB_PORT_DOWNSTREAM, 1, 0);
	rfc->nic = unit_add(t, rfc->down_nic, PFB_PORT_ENDPOINT, 0, 0);
	unit_bar(t, rfc->nic, 0, 0x4000, PFB_BAR_MEM64);
	rfc->other_port = unit_add(t, PFB_NO_FUNCTION, PFB_PORT_ROOT, 2, 0);
	unit_bar(t, rfc->other_port, 0, 0x1000, 0);
	rfc->other_nic = unit_add(t, rfc->other_port, PFB_PORT_ENDPOINT, 0, 0);
	unit_bar(t, rfc->other_nic, 0, 0x4000, PFB_BAR_MEM64);
	rfc->empty_port = unit_add(t, PFB_NO_FUNCTION, PFB_PORT_ROOT, 3, 0);
	unit_bar(t, rfc->empty_port, 0, 0x1000, 0);
}
