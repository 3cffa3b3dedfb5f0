// SPDX-License-Identifier: GPL-2.0
/*
 * The file that NCCL_TOPO_FILE names, for NCCL's own reader (src/graph/xml.cc,
 * NCCL 2.19 to 2.30): no XML declaration, which it cannot read; one blank
 * between attributes; no tabs; values below 255 bytes.
 *
 * <system version="1"> holds <cpu>s, these hold <pci>s, which nest. NCCL adds
 * <gpu> and <nic> below a <pci> itself: their attributes (rank, sm, guid) are
 * CUDA's and the network plugin's to know. It adds a cpu's vendor, family and
 * model, too (ncclTopoGetXmlFromCpu()), in a numbering of its own.
 *
 * A tree is what ncclTopoGetXmlFromSys() would make of sysfs: from a function
 * up in steps of two bridges, so that a switch is its upstream port, and the
 * link of a node the lesser of its own and the port's above.
 */
#include <stdlib.h>

#include "lib/cpuinfo.h"
#include "lib/file.h"
#include "lib/nccl_topo.h"

#define NODE_CPU	0xffffffffU
#define AFFINITY_MAX	240

/* a <pci> or a <cpu> */
struct node {
	u32 parent;	/* index among nodes; NODE_CPU: this is a cpu */
	u32 origin;	/* its function in the host; without a host: in the guest */
	int numa;
	char busid[PFB_BDF_TEXT_MAX];
	u32 class;
	struct pfb_link link;
};

struct tree {
	const struct pfb_nccl_request *request;
	const struct pfb_topology *top;	/* the host's, or the guest's own */
	struct node nodes[PFB_NCCL_NODES_MAX];
	u32 nr;
	u32 nr_switches;
	struct pfb_error *err;
};

static const char *origin_bdf(const struct tree *t, u32 origin)
{
	return t->request->host ? t->request->host->functions[origin].bdf :
				  t->request->guest->functions[origin].bdf;
}

/* The guest's own ports are emulated: what they say of their links is nobody's statement. */
static struct pfb_link own_link(const struct tree *t, u32 origin)
{
	if (t->request->host)
		return t->request->host->functions[origin].link;
	return (struct pfb_link){ 0 };
}

static int take_link(struct tree *t, struct node *node, const struct pfb_link *stated)
{
	u32 above = t->top->functions[node->origin].parent;

	node->link = own_link(t, node->origin);
	if (above != PFB_NO_FUNCTION)
		node->link = pfb_link_min(node->link, own_link(t, above));
	if (!node->link.speed)
		node->link.speed = t->request->link.speed;
	if (!node->link.width)
		node->link.width = t->request->link.width;
	if (stated && stated->speed)
		node->link.speed = stated->speed;
	if (stated && stated->width)
		node->link.width = stated->width;
	if (node->link.speed && node->link.width)
		return 0;
	return pfb_fail(t->err, -ENODATA, "nobody states %s of the link at %s%s: expected --link=SPEEDxWIDTH, or a capture of the host that has it ('pci-fixed-bars capture' as root, of this version)",
			node->link.speed ? "the width" : "the speed",
			t->request->host ? "the host's " : "", origin_bdf(t, node->origin));
}

/* Return: a node, NULL when there are too many, which the error says. */
static struct node *add(struct tree *t)
{
	if (t->nr < PFB_NCCL_NODES_MAX)
		return &t->nodes[t->nr++];
	pfb_fail(t->err, -E2BIG, "NCCL reads at most %u nodes, and this machine has more: name fewer functions",
		 PFB_NCCL_NODES_MAX);
	return NULL;
}

static int find_cpu(struct tree *t, int numa, u32 *index)
{
	struct node *node;

	for (*index = 0; *index < t->nr; (*index)++)
		if (t->nodes[*index].parent == NODE_CPU && t->nodes[*index].numa == numa)
			return 0;
	node = add(t);
	if (!node)
		return -E2BIG;
	node->parent = NODE_CPU;
	node->origin = PFB_NO_FUNCTION;
	node->numa = numa;
	return 0;
}

/*
 * A switch of the host is nowhere in the guest, and its BDF may be another
 * function's here: it gets one that no function has. NCCL takes its attributes
 * from the file then, as it finds no such device in sysfs.
 */
static void name_switch(struct tree *t, struct node *node, u32 origin)
{
	if (t->request->host)
		snprintf(node->busid, sizeof(node->busid), "ffff:%02x:%02x.0",
			 0xff - t->nr_switches / 32, t->nr_switches % 32);
	else
		snprintf(node->busid, sizeof(node->busid), "%s", origin_bdf(t, origin));
	t->nr_switches++;
}

/* The node above @origin: a switch, or the cpu of the function that it is done for. */
static int find_above(struct tree *t, u32 origin, int numa, u32 *index)
{
	u32 port = t->top->functions[origin].parent, above;
	struct node *node;
	u32 parent;
	int ret;

	above = port == PFB_NO_FUNCTION ? port : t->top->functions[port].parent;
	if (above == PFB_NO_FUNCTION)
		return find_cpu(t, numa, index);
	for (*index = 0; *index < t->nr; (*index)++)
		if (t->nodes[*index].parent != NODE_CPU && t->nodes[*index].origin == above)
			return 0;
	ret = find_above(t, above, numa, &parent);
	if (ret)
		return ret;
	node = add(t);
	if (!node)
		return -E2BIG;
	*index = t->nr - 1;
	node->parent = parent;
	node->origin = above;
	node->class = t->top->functions[above].class;
	name_switch(t, node, above);
	return take_link(t, node, NULL);
}

/* Only 64-bit memory can be where the host has it. */
static bool has_address(const struct pfb_function *fn, u64 address, u64 size)
{
	unsigned int i;

	for (i = 0; i < PFB_BAR_ROM; i++)
		if (fn->bars[i].address == address && fn->bars[i].size == size &&
		    !(fn->bars[i].flags & PFB_BAR_IO))
			return true;
	return false;
}

/* Which of the host's functions it is, by an address, else by ids: -1 for none, -2 for many. */
static long find_host(const struct pfb_nccl_request *request, const struct pfb_function *fn)
{
	const struct pfb_topology *host = &request->host->top;
	long by_address = -1, by_id = -1;
	unsigned int b;
	u32 i;

	for (i = 0; i < host->nr_functions; i++) {
		const struct pfb_function *other = &host->functions[i];

		if (other->vendor != fn->vendor || other->device != fn->device)
			continue;
		by_id = by_id == -1 ? (long)i : -2;
		for (b = 0; b < PFB_BAR_ROM; b++)
			if (fn->bars[b].size && fn->bars[b].address >> 32 &&
			    has_address(other, fn->bars[b].address, fn->bars[b].size)) {
				by_address = (long)i;
				break;
			}
	}
	return by_address >= 0 ? by_address : by_id;
}

static int match(struct tree *t, struct pfb_nccl_function *f)
{
	const struct pfb_nccl_request *request = t->request;
	const struct pfb_guest_function *gf = &request->guest->functions[f->guest];
	const struct pfb_nccl_function *other;
	long found;

	if (f->host == PFB_NO_FUNCTION) {
		found = find_host(request, &request->guest->top.functions[f->guest]);
		if (found < 0)
			return pfb_fail(t->err, -ENODATA, "%s of the guest is %s on the host: say which with --same=%s=BDF",
					gf->bdf, found == -1 ? "no function that is" :
					"one of several functions of its kind", gf->bdf);
		f->host = (u32)found;
	}
	for (other = request->functions; other < f; other++)
		if (other->host == f->host)
			return pfb_fail(t->err, -EEXIST, "%s and %s of the guest would both be %s of the host: say which is with --same=GUEST=HOST",
					request->guest->functions[other->guest].bdf, gf->bdf,
					request->host->functions[f->host].bdf);
	return 0;
}

static int add_function(struct tree *t, struct pfb_nccl_function *f)
{
	const struct pfb_guest *guest = t->request->guest;
	struct node *node;
	u32 parent, origin;
	int ret = 0;

	if (t->request->host)
		ret = match(t, f);
	if (ret)
		return ret;
	origin = t->request->host ? f->host : f->guest;
	/* affinity is the guest's: the host's CPUs are not here */
	ret = find_above(t, origin, guest->functions[f->guest].numa_node, &parent);
	if (ret)
		return ret;
	node = add(t);
	if (!node)
		return -E2BIG;
	node->parent = parent;
	node->origin = origin;
	node->class = guest->top.functions[f->guest].class;
	snprintf(node->busid, sizeof(node->busid), "%s", guest->functions[f->guest].bdf);
	return take_link(t, node, &f->link);
}

/* As sysfs has it; nothing but digits and commas goes into the file. */
static void read_affinity(const struct pfb_guest *guest, int numa, char *buf)
{
	char *path = pfb_guest_path(guest, "/sys/devices/system/node/node%d/cpumap", numa);

	buf[0] = '\0';
	if (path && numa >= 0)
		pfb_file_line(path, buf, AFFINITY_MAX);
	free(path);
	buf[strspn(buf, "0123456789abcdef,")] = '\0';
}

static const char *arch_of(const struct pfb_guest *guest)
{
	char text[64];

	if (pfb_cpuinfo_fact(guest, "vendor_id", text, sizeof(text)))
		return "x86_64";
	return pfb_cpuinfo_fact(guest, "CPU implementer", text, sizeof(text)) ? "arm64" : NULL;
}

static void print_cpu(FILE *out, const struct tree *t, const struct node *node)
{
	const char *arch = arch_of(t->request->guest);
	char affinity[AFFINITY_MAX];

	read_affinity(t->request->guest, node->numa, affinity);
	fprintf(out, "  <cpu numaid=\"%d\"", node->numa);
	if (affinity[0])
		fprintf(out, " affinity=\"%s\"", affinity);
	if (arch)
		fprintf(out, " arch=\"%s\"", arch);
	fputs(">\n", out);
}

static bool has_children(const struct tree *t, u32 index)
{
	u32 i;

	for (i = 0; i < t->nr; i++)
		if (t->nodes[i].parent == index)
			return true;
	return false;
}

static void print_below(FILE *out, const struct tree *t, u32 parent, int depth)
{
	u32 i;

	for (i = 0; i < t->nr; i++) {
		const struct node *node = &t->nodes[i];

		if (node->parent != parent)
			continue;
		if (parent == NODE_CPU) {
			print_cpu(out, t, node);
			print_below(out, t, i, depth + 2);
			fputs("  </cpu>\n", out);
			continue;
		}
		fprintf(out, "%*s<pci busid=\"%s\" class=\"0x%06x\" link_speed=\"%s\" link_width=\"%u\"",
			depth, "", node->busid, node->class, pfb_link_speed_text(node->link.speed),
			node->link.width);
		if (!has_children(t, i)) {
			fputs("/>\n", out);
			continue;
		}
		fputs(">\n", out);
		print_below(out, t, i, depth + 2);
		fprintf(out, "%*s</pci>\n", depth, "");
	}
}

int pfb_nccl_topo(const struct pfb_nccl_request *request, char **xml, struct pfb_error *err)
{
	struct tree *t = calloc(1, sizeof(*t));
	size_t size;
	FILE *out;
	int ret = 0;
	u32 i;

	if (!t)
		return pfb_fail(err, -ENOMEM, "out of memory");
	t->request = request;
	t->top = request->host ? &request->host->top : &request->guest->top;
	t->err = err;
	for (i = 0; i < request->nr_functions && !ret; i++)
		ret = add_function(t, &request->functions[i]);
	if (ret)
		goto out;
	out = open_memstream(xml, &size);
	if (!out) {
		ret = pfb_fail(err, -ENOMEM, "out of memory");
		goto out;
	}
	fputs("<system version=\"1\">\n", out);
	print_below(out, t, NODE_CPU, 2);
	fputs("</system>\n", out);
	if (fclose(out)) {
		free(*xml);
		ret = pfb_fail(err, -ENOMEM, "out of memory");
	}
out:
	free(t);
	return ret;
}
