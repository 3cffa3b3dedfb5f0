// SPDX-License-Identifier: GPL-2.0
/*
 * Enumeration and programming against a machine that is played here: functions
 * with configuration space, writable bits, and bridges that route by the bus
 * numbers they were given.
 */
#include "unit.h"

#include <linux/pci_regs.h>

#include "lib/enumerate.h"
#include "lib/program.h"

#define MACHINE_MAX	24
#define NOBODY		-1

struct device {
	int above;		/* index of the bridge above, NOBODY on the root bus */
	u8 devfn;
	bool bridge;
	bool was_closed;	/* its prefetchable window; after a reset it is open */
	u8 config[4096];
	u8 writable[4096];
};

struct machine {
	struct device device[MACHINE_MAX];
	int nr;
	bool endless;		/* a bridge sits on whatever bus is asked for */
	unsigned int accesses;
	unsigned int fail_at;	/* the access (counted from 1) that fails, 0 for none */
	bool bad_open;		/* a prefetchable window was open and not planned */
	u64 planned_base;
	u64 planned_limit;
};

static struct device *add_device(struct machine *m, int above, u8 devfn, u32 id, u32 class)
{
	struct device *d = &m->device[m->nr++];

	assert_true(m->nr <= MACHINE_MAX);
	memset(d, 0, sizeof(*d));
	d->above = above;
	d->devfn = devfn;
	pfb_put_le32(d->config + PCI_VENDOR_ID, id);
	pfb_put_le32(d->config + PCI_CLASS_REVISION, class << 8);
	pfb_put_le16(d->writable + PCI_COMMAND, 0x7);
	return d;
}

static void add_bar(struct device *d, unsigned int reg, u64 size, u32 flags)
{
	u64 mask = -size;

	pfb_put_le32(d->config + reg, flags);
	pfb_put_le32(d->writable + reg, (u32)mask & ~0xfU);
	if ((flags & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64)
		pfb_put_le32(d->writable + reg + 4, (u32)(mask >> 32));
}

/* An Express capability of a port type, as the only one. */
static void add_express(struct device *d, unsigned int type, u32 slot)
{
	d->config[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
	d->config[PCI_CAPABILITY_LIST] = 0x40;
	d->config[0x40] = PCI_CAP_ID_EXP;
	pfb_put_le16(d->config + 0x40 + PCI_EXP_FLAGS,
		     (u16)(2 | type << 4 | (slot ? PCI_EXP_FLAGS_SLOT : 0)));
	pfb_put_le32(d->config + 0x40 + PCI_EXP_SLTCAP, slot);
}

static struct device *add_bridge(struct machine *m, int above, u8 devfn, unsigned int type)
{
	struct device *d = add_device(m, above, devfn, 0x000c1b36, 0x060400);

	d->bridge = true;
	d->config[PCI_HEADER_TYPE] = PCI_HEADER_TYPE_BRIDGE;
	pfb_put_le32(d->writable + PCI_PRIMARY_BUS, 0x00ffffff);
	d->config[PCI_IO_BASE] = d->config[PCI_IO_LIMIT] = PCI_IO_RANGE_TYPE_32;
	pfb_put_le16(d->writable + PCI_IO_BASE, 0xf0f0);
	pfb_put_le32(d->writable + PCI_IO_BASE_UPPER16, 0xffffffff);
	pfb_put_le32(d->writable + PCI_MEMORY_BASE, 0xfff0fff0);
	pfb_put_le32(d->config + PCI_PREF_MEMORY_BASE, 0x00010001);
	pfb_put_le32(d->writable + PCI_PREF_MEMORY_BASE, 0xfff0fff0);
	pfb_put_le32(d->writable + PCI_PREF_BASE_UPPER32, 0xffffffff);
	pfb_put_le32(d->writable + PCI_PREF_LIMIT_UPPER32, 0xffffffff);
	add_express(d, type, 0);
	return d;
}

/* Which bus a device is on now; NOBODY while it cannot be reached. */
static int bus_of(const struct machine *m, const struct device *d)
{
	int bus;

	if (d->above == NOBODY)
		return 0;
	bus = bus_of(m, &m->device[d->above]);
	if (bus == NOBODY || !m->device[d->above].config[PCI_SECONDARY_BUS])
		return NOBODY;
	return m->device[d->above].config[PCI_SECONDARY_BUS];
}

/* Every bridge on the way must forward the bus number. */
static bool reaches(const struct machine *m, const struct device *d, u8 bus)
{
	const struct device *up;
	int above;

	for (above = d->above; above != NOBODY; above = up->above) {
		up = &m->device[above];
		if (bus < up->config[PCI_SECONDARY_BUS] || bus > up->config[PCI_SUBORDINATE_BUS])
			return false;
	}
	return true;
}

static struct device *find(struct machine *m, u8 bus, u8 devfn)
{
	struct device *found = NULL;
	int i;

	if (m->endless)
		return devfn ? NULL : &m->device[0];
	for (i = 0; i < m->nr; i++) {
		struct device *d = &m->device[i];

		if (d->devfn != devfn || bus_of(m, d) != bus || !reaches(m, d, bus))
			continue;
		/* Two bridges that claim one bus number. */
		assert_null(found);
		found = d;
	}
	return found;
}

static int fails(struct machine *m, struct pfb_error *err)
{
	m->accesses++;
	if (m->fail_at && m->accesses == m->fail_at)
		return pfb_fail(err, -ETIMEDOUT, "no answer");
	/* A loop without end is what some of these tests look for. */
	assert_true(m->accesses < 1000000);
	return 0;
}

static int play_read(void *ctx, u8 bus, u8 devfn, u16 reg, unsigned int width, u32 *value,
		     struct pfb_error *err)
{
	struct machine *m = ctx;
	struct device *d;
	unsigned int i;

	if (fails(m, err))
		return -ETIMEDOUT;
	assert_true(reg + width <= 4096 && !(reg % width));
	d = find(m, bus, devfn);
	for (*value = 0, i = 0; i < width; i++)
		*value |= (u32)(d ? d->config[reg + i] : 0xff) << 8 * i;
	return 0;
}

/* A window may be closed, or what was planned, and nothing else on the way. */
static void watch_window(struct machine *m, struct device *d)
{
	u64 base = (u64)pfb_get_le32(d->config + PCI_PREF_BASE_UPPER32) << 32 |
		   (pfb_get_le16(d->config + PCI_PREF_MEMORY_BASE) & 0xfff0U) << 16;
	u64 limit = (u64)pfb_get_le32(d->config + PCI_PREF_LIMIT_UPPER32) << 32 |
		    (pfb_get_le16(d->config + PCI_PREF_MEMORY_LIMIT) & 0xfff0U) << 16 | 0xfffff;

	if (!m->planned_limit)
		return;
	if (base > limit)
		d->was_closed = true;
	else if (d->was_closed && (base < m->planned_base || limit > m->planned_limit))
		m->bad_open = true;
}

static int play_write(void *ctx, u8 bus, u8 devfn, u16 reg, unsigned int width, u32 value,
		      struct pfb_error *err)
{
	struct machine *m = ctx;
	struct device *d;
	unsigned int i;

	if (fails(m, err))
		return -ETIMEDOUT;
	assert_true(reg + width <= 4096 && !(reg % width));
	d = find(m, bus, devfn);
	for (i = 0; d && i < width; i++) {
		u8 byte = (u8)(value >> 8 * i);

		d->config[reg + i] = (d->config[reg + i] & ~d->writable[reg + i]) |
				     (byte & d->writable[reg + i]);
	}
	/* While a BAR is sized it holds what is no address. */
	if (d && reg >= PCI_BASE_ADDRESS_0 && reg < PCI_PRIMARY_BUS)
		assert_int_equal(d->config[PCI_COMMAND] & 3, 0);
	if (d && d->bridge && reg >= PCI_PREF_MEMORY_BASE && reg < PCI_IO_BASE_UPPER16)
		watch_window(m, d);
	return 0;
}

static const struct pfb_config_space playing = {
	.read = play_read,
	.write = play_write,
	.last_bus = 0xff,
};

static struct pfb_config_space space_of(struct machine *m)
{
	struct pfb_config_space cs = playing;

	cs.ctx = m;
	return cs;
}

static struct pfb_root root;

static struct pfb_topology fresh(u8 last_bus)
{
	root = (struct pfb_root) { .last_bus = last_bus };
	return (struct pfb_topology) { .roots = &root, .nr_roots = 1, .max_roots = 1 };
}

/* The demo's: a GPU and an NVMe below one switch, an NVMe apart. */
static struct machine *demo(void)
{
	struct machine *m = calloc(1, sizeof(*m));
	struct device *d;

	assert_non_null(m);
	add_device(m, NOBODY, 0, 0x00081b36, 0x060000);			/* 0 */
	d = add_bridge(m, NOBODY, PFB_DEVFN(1, 0), PCI_EXP_TYPE_ROOT_PORT);	/* 1 */
	add_bar(d, PCI_BASE_ADDRESS_0, 0x1000, 0);
	pfb_put_le32(d->config + 0x100, PCI_EXT_CAP_ID_ACS | 1 << 16);
	pfb_put_le16(d->config + 0x100 + PCI_ACS_CAP, 0x5f);
	pfb_put_le16(d->config + 0x100 + PCI_ACS_CTRL, 0x1d);
	add_bridge(m, 1, 0, PCI_EXP_TYPE_UPSTREAM);				/* 2 */
	add_bridge(m, 2, PFB_DEVFN(0, 0), PCI_EXP_TYPE_DOWNSTREAM);		/* 3 */
	d = add_bridge(m, 2, PFB_DEVFN(1, 0), PCI_EXP_TYPE_DOWNSTREAM);	/* 4 */
	add_express(d, PCI_EXP_TYPE_DOWNSTREAM, PCI_EXP_SLTCAP_HPC);
	d = add_device(m, 3, 0, 0x11101af4, 0x050000);				/* 5 */
	add_bar(d, PCI_BASE_ADDRESS_0, 256, 0);
	add_bar(d, PCI_BASE_ADDRESS_2, 0x10000000, 0xc);
	add_bar(d, PCI_BASE_ADDRESS_4, 64ULL << 30, 0xc);
	d = add_device(m, 4, 0, 0x00101b36, 0x010802);				/* 6 */
	add_bar(d, PCI_BASE_ADDRESS_0, 0x4000, 0x4);
	add_bar(d, PCI_BASE_ADDRESS_5, 0x20, 0x1);
	pfb_put_le32(d->writable + PCI_BASE_ADDRESS_5, 0xffe0);
	pfb_put_le32(d->writable + PCI_ROM_ADDRESS, 0xfffe0001);
	add_express(d, PCI_EXP_TYPE_ENDPOINT, 0);
	pfb_put_le32(d->config + 0x100, PCI_EXT_CAP_ID_ATS | 1 << 16 | 0x200 << 20);
	pfb_put_le16(d->config + 0x100 + PCI_ATS_CTRL, PCI_ATS_CTRL_ENABLE);
	pfb_put_le32(d->config + 0x200, PCI_EXT_CAP_ID_SRIOV | 1 << 16);
	pfb_put_le16(d->config + 0x200 + PCI_SRIOV_TOTAL_VF, 8);
	add_bar(d, 0x200 + PCI_SRIOV_BAR, 0x4000, 0x4);
	add_bridge(m, NOBODY, PFB_DEVFN(2, 0), PCI_EXP_TYPE_ROOT_PORT);	/* 7 */
	d = add_device(m, 7, 0, 0x00101b36, 0x010802);				/* 8 */
	d->config[PCI_HEADER_TYPE] = 0x80;
	add_device(m, 7, 3, 0x00101b36, 0x010802);				/* 9: function 3 */
	return m;
}

static void test_enumerate(void **state)
{
	/* Depth-first, and where each stands in the machine. */
	static const struct {
		u8 bus, devfn, secondary, subordinate;
		enum pfb_port_type type;
		u32 parent;
	} expected[] = {
		{ 0, 0x00, 0, 0, PFB_PORT_ENDPOINT, PFB_NO_FUNCTION },
		{ 0, 0x08, 1, 4, PFB_PORT_ROOT, PFB_NO_FUNCTION },
		{ 1, 0x00, 2, 4, PFB_PORT_UPSTREAM, 1 },
		{ 2, 0x00, 3, 3, PFB_PORT_DOWNSTREAM, 2 },
		{ 3, 0x00, 0, 0, PFB_PORT_ENDPOINT, 3 },
		{ 2, 0x08, 4, 4, PFB_PORT_DOWNSTREAM, 2 },
		{ 4, 0x00, 0, 0, PFB_PORT_ENDPOINT, 5 },
		{ 0, 0x10, 5, 5, PFB_PORT_ROOT, PFB_NO_FUNCTION },
		{ 5, 0x00, 0, 0, PFB_PORT_ENDPOINT, 7 },
		{ 5, 0x03, 0, 0, PFB_PORT_ENDPOINT, 7 },
	};
	struct machine *m = demo(), *before = demo();
	struct pfb_config_space cs = space_of(m);
	struct pfb_topology top = fresh(0xff);
	const struct pfb_function *fn;
	struct pfb_error err;
	u32 i;

	(void)state;
	m->device[5].config[PCI_COMMAND] = PCI_COMMAND_MEMORY;
	assert_int_equal(pfb_enumerate(&cs, &top, 0, &err), 0);
	assert_int_equal(top.nr_functions, ARRAY_SIZE(expected));
	for (i = 0; i < top.nr_functions; i++) {
		fn = &top.functions[i];
		assert_int_equal(fn->bus, expected[i].bus);
		assert_int_equal(fn->devfn, expected[i].devfn);
		assert_int_equal(fn->secondary, expected[i].secondary);
		assert_int_equal(fn->subordinate, expected[i].subordinate);
		assert_int_equal(fn->type, expected[i].type);
		assert_int_equal(fn->parent, expected[i].parent);
	}
	assert_int_equal(pfb_topology_check(&top, &err), 0);

	fn = &top.functions[1];
	assert_int_equal(fn->flags, PFB_FN_ACS | PFB_FN_IO32 | PFB_FN_PREF64);
	assert_int_equal(fn->acs_cap, 0x5f);
	assert_int_equal(fn->acs_ctrl, 0x1d);
	assert_int_equal(fn->bars[0].size, 0x1000);
	assert_true(fn->windows[PFB_WINDOW_PREF].base > fn->windows[PFB_WINDOW_PREF].limit);

	fn = &top.functions[4];
	assert_int_equal(fn->vendor, 0x1af4);
	assert_int_equal(fn->device, 0x1110);
	assert_int_equal(fn->class, 0x050000);
	assert_int_equal(fn->bars[0].size, 256);
	assert_int_equal(fn->bars[0].flags, 0);
	assert_int_equal(fn->bars[2].size, 0x10000000);
	assert_int_equal(fn->bars[2].flags, PFB_BAR_MEM64 | PFB_BAR_PREFETCH);
	assert_int_equal(fn->bars[3].size, 0);
	assert_true(fn->bars[4].size == 64ULL << 30);

	fn = &top.functions[5];
	assert_true(fn->flags & PFB_FN_HOTPLUG);
	fn = &top.functions[6];
	assert_int_equal(fn->bars[0].flags, PFB_BAR_MEM64);
	assert_int_equal(fn->bars[5].size, 0x20);
	assert_int_equal(fn->bars[5].flags, PFB_BAR_IO);
	assert_int_equal(fn->bars[PFB_BAR_ROM].size, 0x20000);
	assert_int_equal(fn->bars[PFB_BAR_ROM].flags, PFB_BAR_DISABLED);
	assert_int_equal(fn->flags, PFB_FN_ATS | PFB_FN_ATS_ENABLED);
	assert_int_equal(fn->total_vfs, 8);
	assert_int_equal(fn->bars[PFB_BAR_VF0].size, 0x4000);

	/* The machine is as it was. */
	assert_memory_equal(m->device, before->device, sizeof(m->device));
	pfb_enumerate_free(&top);
	free(before);
	free(m);
}

/* As QEMU writes it for bus-reserve=2,io-reserve=8K,mem-reserve=2M,pref64-reserve=64G. */
static void add_reserve(struct device *d, u32 buses, u64 io, u32 mem, u32 pref32, u64 pref64)
{
	d->config[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
	d->config[0x80] = PCI_CAP_ID_VNDR;
	d->config[0x81] = d->config[PCI_CAPABILITY_LIST];
	d->config[PCI_CAPABILITY_LIST] = 0x80;
	d->config[0x82] = 32;
	d->config[0x83] = 1;
	pfb_put_le32(d->config + 0x84, buses);
	pfb_put_le64(d->config + 0x88, io);
	pfb_put_le32(d->config + 0x90, mem);
	pfb_put_le32(d->config + 0x94, pref32);
	pfb_put_le64(d->config + 0x98, pref64);
}

static void enumerate_fails(struct machine *m, u8 last_bus, int code, const char *word)
{
	struct pfb_config_space cs = space_of(m);
	struct pfb_topology top = fresh(last_bus);
	struct pfb_error err;

	cs.last_bus = last_bus;
	assert_int_equal(pfb_enumerate(&cs, &top, 0, &err), code);
	assert_error(&err, word);
	pfb_enumerate_free(&top);
	free(m);
}

static void test_reserves(void **state)
{
	struct machine *m = demo(), *before = calloc(1, sizeof(*before));
	struct pfb_config_space cs = space_of(m);
	struct pfb_topology top = fresh(0xff);
	const struct pfb_function *fn;
	struct pfb_error err;
	struct device *d;

	(void)state;
	/* 10 and 11: empty ports; 7, whose slot is taken, asks for the same. */
	d = add_bridge(m, NOBODY, PFB_DEVFN(3, 0), PCI_EXP_TYPE_ROOT_PORT);
	add_reserve(d, 2, 0x2000, 2 << 20, 0xffffffff, 64ULL << 30);
	d = add_bridge(m, NOBODY, PFB_DEVFN(4, 0), PCI_EXP_TYPE_ROOT_PORT);
	add_reserve(d, 0xffffffff, ~0ULL, 0xffffffff, 8 << 20, ~0ULL);
	add_reserve(&m->device[7], 2, 0x2000, 2 << 20, 0xffffffff, 64ULL << 30);
	/* 12: no vendor's capability that is known. */
	d = add_bridge(m, NOBODY, PFB_DEVFN(5, 0), PCI_EXP_TYPE_ROOT_PORT);
	add_reserve(d, 2, 0x2000, 2 << 20, 0xffffffff, 64ULL << 30);
	d->config[0x83] = 2;
	/* 13: another vendor's. */
	d = add_bridge(m, NOBODY, PFB_DEVFN(6, 0), PCI_EXP_TYPE_ROOT_PORT);
	add_reserve(d, 2, 0x2000, 2 << 20, 0xffffffff, 64ULL << 30);
	pfb_put_le32(d->config + PCI_VENDOR_ID, 0x00011af4);
	*before = *m;

	assert_int_equal(pfb_enumerate(&cs, &top, 0, &err), 0);
	assert_int_equal(top.nr_functions, 14);
	fn = &top.functions[10];
	assert_int_equal(fn->reserve_buses, 2);
	assert_int_equal(fn->reserve[PFB_WINDOW_IO], 0x2000);
	assert_int_equal(fn->reserve[PFB_WINDOW_MEM], 2 << 20);
	assert_true(fn->reserve[PFB_WINDOW_PREF] == 64ULL << 30);
	fn = &top.functions[11];
	assert_int_equal(fn->reserve_buses, 0);
	assert_int_equal(fn->reserve[PFB_WINDOW_IO], 0);
	assert_int_equal(fn->reserve[PFB_WINDOW_MEM], 0);
	assert_int_equal(fn->reserve[PFB_WINDOW_PREF], 8 << 20);
	for (fn = top.functions; fn < top.functions + top.nr_functions; fn++)
		if (fn != &top.functions[10] && fn != &top.functions[11])
			assert_true(!fn->reserve_buses && !fn->reserve[PFB_WINDOW_IO] &&
				    !fn->reserve[PFB_WINDOW_MEM] && !fn->reserve[PFB_WINDOW_PREF]);
	assert_memory_equal(m->device, before->device, sizeof(m->device));
	pfb_enumerate_free(&top);
	free(before);

	/* More than there are, and a capability that would leave configuration space. */
	pfb_put_le32(m->device[10].config + 0x84, 256);
	enumerate_fails(m, 0xff, -ENOSPC, "bus-reserve");
	m = demo();
	d = add_bridge(m, NOBODY, PFB_DEVFN(3, 0), PCI_EXP_TYPE_ROOT_PORT);
	d->config[PCI_CAPABILITY_LIST] = 0xf0;
	d->config[0xf0] = PCI_CAP_ID_VNDR;
	d->config[0xf2] = 32;
	d->config[0xf3] = 1;
	pfb_put_le32(d->config + 0xf4, 7);
	cs = space_of(m);
	top = fresh(0xff);
	assert_int_equal(pfb_enumerate(&cs, &top, 0, &err), 0);
	assert_int_equal(top.functions[10].reserve_buses, 0);
	pfb_enumerate_free(&top);
	free(m);
}

/* A plan by hand: the GPU's BAR 2 where the demo has it, nothing else. */
static void plan_demo(struct machine *m, struct pfb_topology *top)
{
	static const struct pfb_window pref = { 0x6b8000000000, 0x6b800fffffff };
	static const struct pfb_window mem = { 0x10100000, 0x102fffff };
	static const struct pfb_window io = { 0x1000, 0x1fff };
	struct pfb_function *fn = top->functions;

	fn[1].windows[PFB_WINDOW_PREF] = pref;
	fn[2].windows[PFB_WINDOW_PREF] = pref;
	fn[3].windows[PFB_WINDOW_PREF] = pref;
	fn[1].windows[PFB_WINDOW_MEM] = mem;
	fn[2].windows[PFB_WINDOW_MEM] = mem;
	fn[5].windows[PFB_WINDOW_MEM] = (struct pfb_window) { 0x10200000, 0x102fffff };
	fn[5].windows[PFB_WINDOW_IO] = io;
	fn[4].bars[2].address = 0x6b8000000000;
	fn[4].bars[2].flags |= PFB_BAR_ASSIGNED;
	fn[6].bars[0].address = 0x10200000;
	fn[6].bars[0].flags |= PFB_BAR_ASSIGNED;
	fn[6].bars[5].address = 0x1040;
	fn[6].bars[5].flags |= PFB_BAR_ASSIGNED;
	fn[6].bars[PFB_BAR_ROM].address = 0x10220000;
	fn[6].bars[PFB_BAR_ROM].flags |= PFB_BAR_ASSIGNED;
	fn[6].bars[PFB_BAR_VF0].address = 0x10240000;
	fn[6].bars[PFB_BAR_VF0].flags |= PFB_BAR_ASSIGNED;
	m->planned_base = pref.base;
	m->planned_limit = pref.limit;
}

static void test_program(void **state)
{
	struct machine *m = demo();
	struct pfb_config_space cs = space_of(m);
	struct pfb_topology top = fresh(0xff);
	struct pfb_error err;
	const struct device *d;

	(void)state;
	assert_int_equal(pfb_enumerate(&cs, &top, 0, &err), 0);
	plan_demo(m, &top);
	/* Left open by whoever was here before: it may shrink, and only in order. */
	pfb_put_le32(m->device[1].config + PCI_PREF_BASE_UPPER32, 0x6b80);
	pfb_put_le32(m->device[1].config + PCI_PREF_LIMIT_UPPER32, 0x6b80);
	pfb_put_le32(m->device[1].config + PCI_PREF_MEMORY_BASE, 0x0ff10001);
	assert_int_equal(pfb_program(&cs, &top, 0, PFB_PROGRAM_ALL, &err), 0);
	assert_int_equal(pfb_program_verify(&cs, &top, 0, PFB_PROGRAM_ALL, &err), 0);
	assert_false(m->bad_open);

	d = &m->device[1];
	assert_int_equal(pfb_get_le32(d->config + PCI_PRIMARY_BUS), 0x00040100);
	assert_int_equal(pfb_get_le32(d->config + PCI_MEMORY_BASE), 0x10201010);
	assert_int_equal(pfb_get_le32(d->config + PCI_PREF_MEMORY_BASE), 0x0ff10001);
	assert_int_equal(pfb_get_le32(d->config + PCI_PREF_BASE_UPPER32), 0x6b80);
	assert_int_equal(pfb_get_le32(d->config + PCI_PREF_LIMIT_UPPER32), 0x6b80);
	assert_int_equal(pfb_get_le16(d->config + PCI_COMMAND),
			 PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	d = &m->device[5];
	assert_int_equal(pfb_get_le32(d->config + PCI_BASE_ADDRESS_2), 0xc);
	assert_int_equal(pfb_get_le32(d->config + PCI_BASE_ADDRESS_3), 0x6b80);
	assert_int_equal(pfb_get_le16(d->config + PCI_COMMAND), PCI_COMMAND_MEMORY);
	d = &m->device[6];
	assert_int_equal(pfb_get_le32(d->config + PCI_BASE_ADDRESS_5), 0x1041);
	/* given an address, and not switched on */
	assert_int_equal(pfb_get_le32(d->config + PCI_ROM_ADDRESS), 0x10220000);
	assert_int_equal(pfb_get_le32(d->config + 0x200 + PCI_SRIOV_BAR), 0x10240004);
	assert_int_equal(pfb_get_le16(d->config + PCI_COMMAND),
			 PCI_COMMAND_MEMORY | PCI_COMMAND_IO);
	/* a bridge with nothing open behind it: closed, not absent */
	d = &m->device[7];
	assert_int_equal(pfb_get_le32(d->config + PCI_MEMORY_BASE), 0x0000fff0);
	assert_int_equal(pfb_get_le16(d->config + PCI_COMMAND), PCI_COMMAND_MASTER);
	pfb_enumerate_free(&top);
	free(m);
}

/* Of a whole plan: bus numbers, the prefetchable window, what is assigned, no decode. */
static void test_program_prefetchable(void **state)
{
	struct machine *m = demo(), *before = demo();
	struct pfb_config_space cs = space_of(m);
	struct pfb_topology top = fresh(0xff);
	struct pfb_error err;
	const struct device *d;
	int i;

	(void)state;
	assert_int_equal(pfb_enumerate(&cs, &top, 0, &err), 0);
	plan_demo(m, &top);
	assert_int_equal(pfb_program(&cs, &top, 0, PFB_PROGRAM_PREFETCHABLE, &err), 0);
	assert_int_equal(pfb_program_verify(&cs, &top, 0, PFB_PROGRAM_PREFETCHABLE, &err), 0);
	assert_false(m->bad_open);

	for (i = 0; i < m->nr; i++) {
		d = &m->device[i];
		assert_int_equal(pfb_get_le16(d->config + PCI_COMMAND), 0);
		if (!d->bridge)
			continue;
		assert_memory_equal(d->config + PCI_IO_BASE,
				    before->device[i].config + PCI_IO_BASE, 2);
		assert_memory_equal(d->config + PCI_MEMORY_BASE,
				    before->device[i].config + PCI_MEMORY_BASE, 4);
		assert_memory_equal(d->config + PCI_IO_BASE_UPPER16,
				    before->device[i].config + PCI_IO_BASE_UPPER16, 4);
	}
	d = &m->device[1];
	assert_int_equal(pfb_get_le32(d->config + PCI_PRIMARY_BUS), 0x00040100);
	assert_int_equal(pfb_get_le32(d->config + PCI_PREF_BASE_UPPER32), 0x6b80);
	/* No prefetchable BAR behind it: closed. */
	assert_int_equal(pfb_get_le32(m->device[7].config + PCI_PREF_MEMORY_BASE), 0x0001fff1);
	assert_int_equal(pfb_get_le32(m->device[5].config + PCI_BASE_ADDRESS_3), 0x6b80);
	pfb_enumerate_free(&top);
	free(before);
	free(m);
}

/* Two host bridges: each is found and programmed by itself, in one topology. */
static void test_two_roots(void **state)
{
	static struct pfb_root roots[2] = { { .last_bus = 0x7f }, { .segment = 1, .last_bus = 0xff } };
	struct machine *first = demo(), *second = demo(), *before = demo();
	struct pfb_config_space cs = space_of(first), other = space_of(second);
	struct pfb_topology top = { .roots = roots, .nr_roots = 2, .max_roots = 2 };
	struct pfb_error err;
	u32 half, i;

	(void)state;
	other.segment = 1;
	second->device[5].config[PCI_DEVICE_ID] = 0x99;
	before->device[5].config[PCI_DEVICE_ID] = 0x99;
	assert_int_equal(pfb_enumerate(&cs, &top, 0, &err), 0);
	half = top.nr_functions;
	assert_int_equal(pfb_enumerate(&other, &top, 1, &err), 0);
	assert_int_equal(top.nr_functions, 2 * half);
	for (i = 0; i < half; i++) {
		const struct pfb_function *fn = &top.functions[i], *twin = fn + half;

		assert_int_equal(fn->root, 0);
		assert_int_equal(twin->root, 1);
		assert_int_equal(twin->bus, fn->bus);
		if (fn->parent != PFB_NO_FUNCTION)
			assert_int_equal(twin->parent, fn->parent + half);
	}
	assert_int_equal(top.functions[half + 4].device & 0xff, 0x99);

	plan_demo(first, &top);
	assert_int_equal(pfb_program(&cs, &top, 0, PFB_PROGRAM_ALL, &err), 0);
	assert_int_equal(pfb_program_verify(&cs, &top, 0, PFB_PROGRAM_ALL, &err), 0);
	assert_memory_equal(second->device, before->device, sizeof(second->device));
	/* Of the second nothing has been written yet. */
	assert_int_equal(pfb_program_verify(&other, &top, 1, PFB_PROGRAM_ALL, &err), -EIO);
	assert_error(&err, "0001:");
	assert_int_equal(pfb_program(&other, &top, 1, PFB_PROGRAM_ALL, &err), 0);
	assert_int_equal(pfb_program_verify(&other, &top, 1, PFB_PROGRAM_ALL, &err), 0);
	pfb_enumerate_free(&top);
	free(before);
	free(second);
	free(first);
}

/* A machine that was programmed before: found the same, programmed the same. */
static void test_again(void **state)
{
	struct machine *m = demo();
	struct pfb_config_space cs = space_of(m);
	struct pfb_topology first = fresh(0xff), second = first;
	struct pfb_error err;
	u32 i;

	(void)state;
	assert_int_equal(pfb_enumerate(&cs, &first, 0, &err), 0);
	plan_demo(m, &first);
	/* numbers that no scan gives, so that those left behind would stand out */
	for (i = 7; i < first.nr_functions; i++) {
		if (first.functions[i].parent == PFB_NO_FUNCTION)
			first.functions[i].secondary = first.functions[i].subordinate = 2;
		else
			first.functions[i].bus = 2;
	}
	first.functions[2].secondary = 0x10;
	first.functions[3].bus = first.functions[5].bus = 0x10;
	first.functions[3].secondary = first.functions[3].subordinate = 0x11;
	first.functions[4].bus = 0x11;
	first.functions[5].secondary = first.functions[5].subordinate = 0x12;
	first.functions[6].bus = 0x12;
	first.functions[2].subordinate = first.functions[1].subordinate = 0x12;
	first.functions[1].secondary = 3;
	first.functions[2].bus = 3;
	assert_int_equal(pfb_program(&cs, &first, 0, PFB_PROGRAM_ALL, &err), 0);
	assert_int_equal(pfb_program_verify(&cs, &first, 0, PFB_PROGRAM_ALL, &err), 0);

	m->planned_limit = 0;
	assert_int_equal(pfb_enumerate(&cs, &second, 0, &err), 0);
	assert_int_equal(second.nr_functions, first.nr_functions);
	assert_int_equal(second.functions[9].bus, 5);
	assert_true(second.functions[4].bars[2].address == 0x6b8000000000);
	plan_demo(m, &second);
	assert_int_equal(pfb_program(&cs, &second, 0, PFB_PROGRAM_ALL, &err), 0);
	assert_int_equal(pfb_program_verify(&cs, &second, 0, PFB_PROGRAM_ALL, &err), 0);
	pfb_enumerate_free(&second);
	pfb_enumerate_free(&first);
	free(m);
}

/* Each register that was written is compared: flip one bit of each. */
static void test_verify(void **state)
{
	static const struct {
		int device;
		u16 reg;
		u8 bit;
	} flips[] = {
		{ 1, PCI_PRIMARY_BUS, 0x1 }, { 1, PCI_SECONDARY_BUS, 0x80 },
		{ 1, PCI_SUBORDINATE_BUS, 0x10 }, { 1, PCI_IO_BASE, 0x10 },
		{ 1, PCI_IO_LIMIT, 0x10 }, { 4, PCI_IO_BASE_UPPER16, 1 },
		{ 1, PCI_MEMORY_BASE, 0x10 }, { 1, PCI_MEMORY_LIMIT + 1, 0x10 },
		{ 1, PCI_PREF_MEMORY_BASE, 0x10 }, { 1, PCI_PREF_MEMORY_LIMIT, 0x10 },
		{ 1, PCI_PREF_BASE_UPPER32, 1 }, { 1, PCI_PREF_LIMIT_UPPER32 + 3, 0x80 },
		{ 1, PCI_COMMAND, PCI_COMMAND_MASTER }, { 5, PCI_COMMAND, PCI_COMMAND_MEMORY },
		{ 5, PCI_BASE_ADDRESS_2 + 3, 0x10 }, { 5, PCI_BASE_ADDRESS_3, 1 },
		{ 6, PCI_BASE_ADDRESS_5, 0x20 }, { 6, PCI_ROM_ADDRESS + 2, 2 },
		{ 6, 0x200 + PCI_SRIOV_BAR + 1, 0x40 }, { 5, PCI_DEVICE_ID, 1 },
		{ 7, PCI_MEMORY_LIMIT + 1, 0x80 },
	};
	struct machine *m = demo();
	struct pfb_config_space cs = space_of(m);
	struct pfb_topology top = fresh(0xff);
	struct pfb_error err;
	size_t i;
	int ret;

	(void)state;
	assert_int_equal(pfb_enumerate(&cs, &top, 0, &err), 0);
	plan_demo(m, &top);
	assert_int_equal(pfb_program(&cs, &top, 0, PFB_PROGRAM_ALL, &err), 0);
	for (i = 0; i < ARRAY_SIZE(flips); i++) {
		u8 *byte = &m->device[flips[i].device].config[flips[i].reg];

		*byte ^= flips[i].bit;
		ret = pfb_program_verify(&cs, &top, 0, PFB_PROGRAM_ALL, &err);
		if (ret != -EIO)
			fail_msg("flip %zu (device %d register 0x%x): %d", i, flips[i].device,
				 flips[i].reg, ret);
		assert_error(&err, "read back");
		*byte ^= flips[i].bit;
	}
	assert_int_equal(pfb_program_verify(&cs, &top, 0, PFB_PROGRAM_ALL, &err), 0);
	pfb_enumerate_free(&top);
	free(m);
}

/* Whatever access fails, it is reported, and nothing leaks. */
static void test_failing_access(void **state)
{
	struct pfb_error err;
	unsigned int total, at;

	(void)state;
	for (total = 1, at = 0; at < total; at++) {
		struct machine *m = demo();
		struct pfb_config_space cs = space_of(m);
		struct pfb_topology top = fresh(0xff);
		int ret;

		m->fail_at = at;
		ret = pfb_enumerate(&cs, &top, 0, &err);
		if (!ret) {
			plan_demo(m, &top);
			ret = pfb_program(&cs, &top, 0, PFB_PROGRAM_ALL, &err);
		}
		if (!ret)
			ret = pfb_program_verify(&cs, &top, 0, PFB_PROGRAM_ALL, &err);
		assert_int_equal(ret, at ? -ETIMEDOUT : 0);
		if (!at)
			total = m->accesses;
		pfb_enumerate_free(&top);
		free(m);
	}
	assert_true(total > 500);
}

static void test_too_few_buses(void **state)
{
	(void)state;
	enumerate_fails(demo(), 3, -ENOSPC, "bus number");
}

static void test_endless_bridges(void **state)
{
	struct machine *m = calloc(1, sizeof(*m));

	(void)state;
	assert_non_null(m);
	m->endless = true;
	add_bridge(m, NOBODY, 0, PCI_EXP_TYPE_DOWNSTREAM);
	enumerate_fails(m, 0xff, -ENAMETOOLONG, "nested");
}

static void test_broken_devices(void **state)
{
	struct machine *m;

	(void)state;
	m = demo();
	m->device[5].writable[PCI_BASE_ADDRESS_0 + 2] = 0x0f;	/* a hole in the mask */
	enumerate_fails(m, 0xff, -EPROTO, "0000:03:00.0 bar0");

	m = demo();
	m->device[8].config[PCI_HEADER_TYPE] = PCI_HEADER_TYPE_CARDBUS;
	enumerate_fails(m, 0xff, -EPROTO, "header type");

	m = demo();
	m->device[1].config[0x41] = 0x44;			/* 0x40 and 0x44 for ever */
	m->device[1].config[0x40] = 0x05;
	m->device[1].config[0x44] = 0x05;
	m->device[1].config[0x45] = 0x40;
	enumerate_fails(m, 0xff, -EPROTO, "loops");

	m = demo();
	m->device[1].config[PCI_CAPABILITY_LIST] = 0x10;	/* into the header */
	enumerate_fails(m, 0xff, -EPROTO, "below 0x40");

	m = demo();
	pfb_put_le32(m->device[6].config + 0x200, 0x7777 | 1 << 16 | 0x100 << 20);
	enumerate_fails(m, 0xff, -EPROTO, "loops");

	m = demo();
	pfb_put_le32(m->device[6].config + 0x100, 0x7777 | 1 << 16 | 0x50 << 20);
	enumerate_fails(m, 0xff, -EPROTO, "below 0x100");

	m = demo();
	add_express(&m->device[1], PCI_EXP_TYPE_ENDPOINT, 0);
	enumerate_fails(m, 0xff, -EPROTO, "no port");

	m = demo();
	add_bar(&m->device[8], PCI_BASE_ADDRESS_5, 0x1000, 0x4);	/* 64-bit in the last */
	enumerate_fails(m, 0xff, -EPROTO, "bar5");

	m = demo();
	pfb_put_le16(m->device[6].config + 0x200 + PCI_SRIOV_CTRL, PCI_SRIOV_CTRL_VFE);
	enumerate_fails(m, 0xff, -EPROTO, "VFs are enabled");
}

/* A bridge that has fewer windows says so by registers that stay 0. */
static void test_fewer_windows(void **state)
{
	struct machine *m = demo();
	struct pfb_config_space cs = space_of(m);
	struct pfb_topology top = fresh(0xff);
	struct device *d = &m->device[7];
	struct pfb_error err;

	(void)state;
	pfb_put_le16(d->writable + PCI_IO_BASE, 0);
	pfb_put_le16(d->config + PCI_IO_BASE, 0);
	pfb_put_le32(d->writable + PCI_PREF_MEMORY_BASE, 0);
	pfb_put_le32(d->config + PCI_PREF_MEMORY_BASE, 0);
	assert_int_equal(pfb_enumerate(&cs, &top, 0, &err), 0);
	assert_int_equal(top.functions[7].flags, PFB_FN_NO_IO_WINDOW | PFB_FN_NO_PREF_WINDOW);
	assert_int_equal(pfb_program(&cs, &top, 0, PFB_PROGRAM_ALL, &err), 0);
	assert_int_equal(pfb_program_verify(&cs, &top, 0, PFB_PROGRAM_ALL, &err), 0);

	/* A plan that uses what is not there is refused, not cut. */
	top.functions[7].windows[PFB_WINDOW_PREF] = (struct pfb_window) { 0x100000, 0x1fffff };
	assert_int_equal(pfb_program(&cs, &top, 0, PFB_PROGRAM_ALL, &err), -EINVAL);
	assert_error(&err, "prefetchable window");
	pfb_enumerate_free(&top);
	free(m);
}

static void test_bad_plans(void **state)
{
	struct machine *m = demo();
	struct pfb_config_space cs = space_of(m);
	struct pfb_topology top = fresh(0xff);
	struct pfb_error err;

	(void)state;
	assert_int_equal(pfb_enumerate(&cs, &top, 0, &err), 0);
	top.functions[1].windows[PFB_WINDOW_MEM] = (struct pfb_window) { 0x100800, 0x1fffff };
	assert_int_equal(pfb_program(&cs, &top, 0, PFB_PROGRAM_ALL, &err), -EINVAL);
	top.functions[1].windows[PFB_WINDOW_MEM] = (struct pfb_window) { 1ULL << 32, (1ULL << 32) + 0xfffff };
	assert_int_equal(pfb_program(&cs, &top, 0, PFB_PROGRAM_ALL, &err), -EINVAL);
	top.functions[1].windows[PFB_WINDOW_MEM] = (struct pfb_window) { 1, 0 };
	top.functions[4].bars[0].address = 1ULL << 32;		/* a 32-bit BAR */
	top.functions[4].bars[0].flags |= PFB_BAR_ASSIGNED;
	assert_int_equal(pfb_program(&cs, &top, 0, PFB_PROGRAM_ALL, &err), -EINVAL);
	assert_error(&err, "bar0", "0x100000000");
	top.functions[4].bars[0].address = 0x80;		/* of 256 bytes */
	assert_int_equal(pfb_program(&cs, &top, 0, PFB_PROGRAM_ALL, &err), -EINVAL);
	pfb_enumerate_free(&top);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enumerate),
		cmocka_unit_test(test_reserves),
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_program_prefetchable),
		cmocka_unit_test(test_two_roots),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_verify),
		cmocka_unit_test(test_failing_access),
		cmocka_unit_test(test_too_few_buses),
		cmocka_unit_test(test_endless_bridges),
		cmocka_unit_test(test_broken_devices),
		cmocka_unit_test(test_fewer_windows),
		cmocka_unit_test(test_bad_plans),
	};

	return cmocka_run_group_tests_name("enumerate", tests, NULL, NULL);
}
