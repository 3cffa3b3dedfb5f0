// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

#include "../../../drivers/pci/fixed_bars/source_of.c"

#define BRIDGES_MAX	8
#define PROPERTY_MAX	12

const void *fuzz_tree;
struct device_node fuzz_nodes[FUZZ_NODES_MAX];

static struct device hosts[BRIDGES_MAX], platform[BRIDGES_MAX];
static struct pci_bus buses[BRIDGES_MAX];
static unsigned int nr_buses, preserved;

static struct input {
	const uint8_t *data;
	size_t left;
} in;

static uint8_t next(void)
{
	if (!in.left)
		return 0;
	in.left--;
	return *in.data++;
}

struct pci_bus *pci_find_next_bus(const struct pci_bus *from)
{
	unsigned int i = from ? (unsigned int)(from - buses) + 1 : 0;

	return i < nr_buses ? &buses[i] : NULL;
}

static int preserve(struct pfb_source_read *read, struct pci_bus *root)
{
	(void)read;
	FUZZ_HOLDS(root >= buses && root < buses + nr_buses);
	preserved++;
	return 0;
}

/*
 * A property that may be there, of any length. Returns what it says: 1 asks, 0 not, -1 wrong.
 */
static int make_flag(void *tree, const char *name, bool may_be_empty)
{
	uint8_t how = next(), value[PROPERTY_MAX] = { 0 };
	unsigned int len, i;

	if (how & 1)
		return 0;
	len = how & 2 ? 4 : how / 4 % (PROPERTY_MAX + 1);
	for (i = 0; i < len; i++)
		value[i] = how & 0x80 ? next() : 0;
	FUZZ_HOLDS(!fdt_property(tree, name, value, (int)len));
	if (!len && may_be_empty)
		return 1;
	return len == 4 ? value[0] || value[1] || value[2] || value[3] : -1;
}

/* In the order in which the source reads: what is wrong first ends it. */
static void note(int *expected, int flag)
{
	if (*expected >= 0)
		*expected = flag < 0 ? -1 : *expected | flag;
}

/*
 * A tree of what the input says: any of the flags, of any length, in each place where they
 * stand. The source says what a second reader, who made the tree, knows.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t tree[8192];
	struct pfb_source_read read = { .preserve = preserve };
	int everywhere = 0, here[BRIDGES_MAX] = { 0 }, flag, ret;
	unsigned int i, expected = 0;
	bool wrong = false;
	char name[32];
	int offset;

	in = (struct input){ data, size };
	nr_buses = next() % (BRIDGES_MAX + 1);
	FUZZ_HOLDS(!fdt_create(tree, sizeof(tree)) && !fdt_finish_reservemap(tree) &&
		   !fdt_begin_node(tree, ""));
	if (next() & 1) {
		FUZZ_HOLDS(!fdt_begin_node(tree, "chosen"));
		note(&everywhere, make_flag(tree, "linux,pci-probe-only", false));
		FUZZ_HOLDS(!fdt_end_node(tree));
	}
	if (next() & 1) {
		FUZZ_HOLDS(!fdt_begin_node(tree, "options") && !fdt_begin_node(tree, "upl-params"));
		note(&everywhere, make_flag(tree, "pci-enum-done", true));
		FUZZ_HOLDS(!fdt_end_node(tree) && !fdt_end_node(tree));
	}
	for (i = 0; i < nr_buses; i++) {
		snprintf(name, sizeof(name), "pcie@%x", 0x1000 + i);
		FUZZ_HOLDS(!fdt_begin_node(tree, name));
		flag = make_flag(tree, "pci-enum-done", true);
		note(&here[i], flag);
		note(&here[i], make_flag(tree, "linux,pci-probe-only", false));
		FUZZ_HOLDS(!fdt_end_node(tree));
	}
	FUZZ_HOLDS(!fdt_end_node(tree) && !fdt_finish(tree));
	fuzz_tree = tree;
	for (i = 0; i < FUZZ_NODES_MAX; i++)
		fuzz_nodes[i].offset = -1;
	for (i = 0; i < nr_buses; i++) {
		/* Some have their node themselves, some above, and some none. */
		uint8_t where = next() % 4;

		snprintf(name, sizeof(name), "/pcie@%x", 0x1000 + i);
		offset = fdt_path_offset(tree, name);
		FUZZ_HOLDS(offset >= 0);
		platform[i] = (struct device){ .of_node = where == 1 ? fuzz_node(offset) : NULL };
		hosts[i] = (struct device){ .parent = &platform[i],
			.of_node = where > 1 ? fuzz_node(offset) : NULL };
		buses[i].bridge = &hosts[i];
		if (!where)
			here[i] = 0;
		wrong |= here[i] < 0;
		expected += everywhere > 0 || here[i] > 0;
	}
	wrong |= everywhere < 0;

	preserved = 0;
	ret = pfb_source_of_read(&read);
	if (wrong) {
		FUZZ_HOLDS(ret == -EINVAL);
	} else {
		FUZZ_HOLDS(ret == (expected ? 0 : -ENOENT));
		FUZZ_HOLDS(preserved == expected);
	}
	FUZZ_HOLDS(*read.message.text && strlen(read.message.text) < sizeof(read.message.text));
	return 0;
}
