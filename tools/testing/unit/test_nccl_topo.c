// SPDX-License-Identifier: GPL-2.0
/*
 * The topology file, as expat and as NCCL read it. NCCL's reader takes less than
 * XML, and wants more: nccl_reads() holds the text against what
 * src/graph/xml.cc and topo.cc of NCCL 2.30 do.
 */
#include "unit.h"

#include <expat.h>
#include <linux/pci_regs.h>

#include "lib/capture.h"
#include "pci-fixed-bars/command.h"
#include "unit_command.h"
#include "unit_guest.h"
#include "unit_host.h"

#define GPU_BAR2	0x6b8000000000ULL

static struct unit_guest machine;
static char capture[128];

/* NCCL's own limit: xml.h */
#define ATTRS_MAX	16

struct element {
	char name[16];
	char attrs[ATTRS_MAX][2][64];
	unsigned int nr;
	enum { OPEN, CLOSE, SINGLE } type;
};

static const char *attr(const struct element *e, const char *key)
{
	unsigned int i;

	for (i = 0; i < e->nr; i++)
		if (!strcmp(e->attrs[i][0], key))
			return e->attrs[i][1];
	return NULL;
}

/* One element as xmlGetNode() takes it: one blank before an attribute, none before '/' and '>'. */
static const char *next_element(const char *p, struct element *e)
{
	size_t n;

	memset(e, 0, sizeof(*e));
	while (*p == ' ' || *p == '\n')
		p++;
	if (!*p)
		return NULL;
	assert_int_equal(*p, '<');
	p++;
	if (*p == '/') {
		e->type = CLOSE;
		p++;
	}
	n = strspn(p, "abcdefghijklmnopqrstuvwxyz");
	assert_in_range(n, 1, sizeof(e->name) - 1);
	memcpy(e->name, p, n);
	for (p += n; *p == ' '; p++) {
		assert_true(e->nr < ATTRS_MAX);
		p++;
		n = strcspn(p, "= \t\n>/");
		assert_in_range(n, 1, sizeof(e->attrs[0][0]) - 1);
		memcpy(e->attrs[e->nr][0], p, n);
		assert_memory_equal(p + n, "=\"", 2);
		p += n + 2;
		n = strcspn(p, "\"");
		assert_in_range(n, 0, sizeof(e->attrs[0][1]) - 1);
		memcpy(e->attrs[e->nr++][1], p, n);
		p += n;
		assert_int_equal(*p, '"');
	}
	if (*p == '/') {
		assert_int_equal(e->type, OPEN);
		e->type = SINGLE;
		p++;
	}
	assert_int_equal(*p, '>');
	return p + 1;
}

static void check_pci(const struct element *e)
{
	static const char *const speeds[] = {	/* kvDictPciGen; others become 8 GT/s */
		"2.5 GT/s PCIe", "5.0 GT/s PCIe", "8.0 GT/s PCIe", "16.0 GT/s PCIe",
		"32.0 GT/s PCIe", "64.0 GT/s PCIe",
	};
	unsigned int seg, bus, dev, fn;
	bool known = false;
	size_t i;

	assert_non_null(attr(e, "busid"));
	assert_int_equal(strlen(attr(e, "busid")), 12);
	assert_int_equal(sscanf(attr(e, "busid"), "%4x:%2x:%2x.%1x", &seg, &bus, &dev, &fn), 4);
	assert_non_null(attr(e, "class"));
	assert_memory_equal(attr(e, "class"), "0x", 2);
	assert_int_equal(strlen(attr(e, "class")), 8);
	for (i = 0; i < ARRAY_SIZE(speeds); i++)
		known |= attr(e, "link_speed") && !strcmp(attr(e, "link_speed"), speeds[i]);
	assert_true(known);
	assert_in_range(strtoul(attr(e, "link_width"), NULL, 0), 1, 32);
}

/* The elements by their handlers: system holds cpu, cpu holds pci, pci holds pci. */
static unsigned int nccl_reads(const char *text)
{
	char open[16][16];
	struct element e;
	unsigned int depth = 0, nr = 0;

	while ((text = next_element(text, &e))) {
		if (e.type == CLOSE) {
			assert_true(depth > 0);
			assert_string_equal(open[--depth], e.name);
			continue;
		}
		nr++;
		if (!strcmp(e.name, "system")) {
			assert_int_equal(depth, 0);
			assert_string_equal(attr(&e, "version"), "1");
		} else if (!strcmp(e.name, "cpu")) {
			assert_string_equal(open[depth - 1], "system");
			assert_non_null(attr(&e, "numaid"));
		} else {
			assert_string_equal(e.name, "pci");
			assert_true(!strcmp(open[depth - 1], "cpu") ||
				    !strcmp(open[depth - 1], "pci"));
			check_pci(&e);
		}
		if (e.type == OPEN)
			strcpy(open[depth++], e.name);
	}
	assert_int_equal(depth, 0);
	return nr;
}

static void check(unsigned int nodes)
{
	XML_Parser parser = XML_ParserCreate(NULL);

	if (XML_Parse(parser, out, (int)strlen(out), 1) != XML_STATUS_OK)
		fail_msg("%s:\n%s", XML_ErrorString(XML_GetErrorCode(parser)), out);
	XML_ParserFree(parser);
	assert_null(strchr(out, '\t'));
	assert_int_equal(nccl_reads(out), nodes);
}

/*
 * The RFC's host, with the guest's stand-ins as GPUs: two of the same kind, of
 * which one has its bar2 where the guest's has it.
 */
static void make_host(struct unit_host *host, struct unit_rfc_host *rfc)
{
	u32 i, gpus[2];

	unit_host_rfc(host, rfc);
	gpus[0] = rfc->gpu;
	gpus[1] = rfc->spare;
	for (i = 0; i < 2; i++) {
		struct pfb_function *fn = &host->t.top.functions[gpus[i]];

		fn->vendor = 0x1af4;
		fn->device = 0x1110;
		fn->bars[2] = (struct pfb_bar) {
			.size = 4ULL << 30, .flags = PFB_BAR_MEM64 | PFB_BAR_PREFETCH,
		};
	}
	unit_host_finish(host);
	host->capture.top = host->t.top;
}

static void put_capture(const struct unit_host *host)
{
	struct json_object *obj = pfb_capture_json(&host->capture);

	unit_guest_text(&machine, "/host.json", json_object_to_json_string(obj));
	json_object_put(obj);
}

/* The RFC's guest; its host, whose GPU has bar2 at the same address. */
static int setup(void **state)
{
	static struct unit_host host;
	struct unit_rfc_host rfc;
	u32 i;

	(void)state;
	unit_guest_create(&machine);
	unit_guest_add_rfc(&machine, GPU_BAR2);
	unit_guest_finish(&machine, "GenuineIntel");
	unit_guest_text(&machine, "/sys/bus/pci/devices/0000:03:00.0/numa_node", "1\n");
	unit_guest_text(&machine, "/sys/bus/pci/devices/0000:04:00.0/numa_node", "1\n");
	unit_guest_text(&machine, "/sys/bus/pci/devices/0000:05:00.0/numa_node", "1\n");
	unit_guest_text(&machine, "/sys/devices/system/node/node1/cpumap", "ff,00000000\n");

	make_host(&host, &rfc);
	for (i = 0; i < host.t.top.nr_functions; i++)
		host.cf[i].link = (struct pfb_link){ 32000, 16 };
	host.cf[rfc.nic].link = (struct pfb_link){ 16000, 8 };
	/* what the root port and the upstream port do together is the lesser of both */
	host.cf[rfc.upstream].link = (struct pfb_link){ 64000, 16 };
	put_capture(&host);
	snprintf(capture, sizeof(capture), "%s/host.json", machine.root);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unit_guest_remove(&machine);
	return 0;
}

#define TOPO(...)	\
	run(pfb_cmd_doctor, "--sysroot", machine.root, "--provider", "03:00.0",	\
		 "--client", "04:00.0", "--nccl-topo", "-", ##__VA_ARGS__, NULL)

/* The guest's own tree, with the speeds that somebody states. */
static void test_own_tree(void **state)
{
	(void)state;
	expect(TOPO("--link", "32x16", "--link", "0000:04:00.0=16x8"), PFB_EXIT_GOOD);
	check(5);
	assert_string_equal(out,
			    "<system version=\"1\">\n"
			    "  <cpu numaid=\"1\" affinity=\"ff,00000000\" arch=\"x86_64\">\n"
			    "    <pci busid=\"0000:01:00.0\" class=\"0x000000\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\">\n"
			    "      <pci busid=\"0000:03:00.0\" class=\"0x000000\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\"/>\n"
			    "      <pci busid=\"0000:04:00.0\" class=\"0x000000\" link_speed=\"16.0 GT/s PCIe\" link_width=\"8\"/>\n"
			    "    </pci>\n"
			    "  </cpu>\n"
			    "</system>\n");
	/* another root port is another tree */
	expect(TOPO("--link", "32x16", "--client", "05:00.0"), PFB_EXIT_GOOD);
	check(6);
	says("    <pci busid=\"0000:05:00.0\"");
}

/* The host's tree: its links, and a switch where the guest may have none. */
static void test_host_tree(void **state)
{
	(void)state;
	/* the GPU is found by its address among two; which NIC it is nobody can tell */
	expect(TOPO("--host", capture), PFB_EXIT_IMPOSSIBLE);
	says("0000:04:00.0 of the guest is no function that is on the host: say which with --same=0000:04:00.0=BDF");
	expect(TOPO("--host", capture, "--same", "0000:04:00.0=0000:04:00.0"), PFB_EXIT_GOOD);
	check(5);
	says("    <pci busid=\"ffff:ff:00.0\" class=\"0x000000\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\">");
	says("      <pci busid=\"0000:03:00.0\" class=\"0x000000\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\"/>");
	says("      <pci busid=\"0000:04:00.0\" class=\"0x000000\" link_speed=\"16.0 GT/s PCIe\" link_width=\"8\"/>");
	/* the guest's other NIC is the host's that is below another root port */
	expect(TOPO("--host", capture, "--same", "0000:04:00.0=0000:06:00.0"), PFB_EXIT_GOOD);
	check(5);
	says("    <pci busid=\"0000:04:00.0\"");
	expect(TOPO("--host", capture, "--same", "0000:04:00.0=0000:03:00.0"),
	       PFB_EXIT_IMPOSSIBLE);
	says("0000:03:00.0 and 0000:04:00.0 of the guest would both be 0000:03:00.0 of the host");
}

/* Nothing is made up. */
static void test_unknown(void **state)
{
	static struct unit_host host;
	struct unit_rfc_host rfc;

	(void)state;
	make_host(&host, &rfc);
	put_capture(&host);
	expect(TOPO("--host", capture, "--same", "0000:04:00.0=0000:04:00.0"),
	       PFB_EXIT_IMPOSSIBLE);
	says("nobody states the speed of the link at the host's");
	expect(TOPO("--host", capture, "--same", "0000:04:00.0=0000:04:00.0", "--link", "32x16"),
	       PFB_EXIT_GOOD);
	check(5);
	expect(TOPO("--link", "0000:04:00.0=32x16"), PFB_EXIT_IMPOSSIBLE);
	says("nobody states the speed of the link at 0000:01:00.0");
}

static void test_usage(void **state)
{
	static const char *const links[] = {
		"", "32", "x16", "3x16", "32x0", "32x33", "32x16x", "2.4x1", "0000:09:00.0=32x16", "=32x16",
		"999999x16", "32x99999999999999999999", "-32x16", "32x-1",
	};
	size_t i;

	(void)state;
	expect(TOPO(), PFB_EXIT_USAGE);
	says("--host=CAPTURE or --link=SPEEDxWIDTH");
	for (i = 0; i < ARRAY_SIZE(links); i++)
		expect(TOPO("--link", links[i]), PFB_EXIT_USAGE);
	expect(TOPO("--link", "2.5x1"), PFB_EXIT_GOOD);
	says("link_speed=\"2.5 GT/s PCIe\" link_width=\"1\"");
	expect(TOPO("--link", "32x16", "--same", "0000:04:00.0=0000:04:00.0"), PFB_EXIT_USAGE);
	expect(TOPO("--host", capture, "--same", "0000:04:00.0"), PFB_EXIT_USAGE);
	expect(TOPO("--host", capture, "--same", "0000:04:00.0=0000:99:00.0"), PFB_EXIT_USAGE);
	expect(TOPO("--host", "/nowhere"), PFB_EXIT_IMPOSSIBLE);
	unit_guest_text(&machine, "/host.json", "{}");
	expect(TOPO("--host", capture), PFB_EXIT_IMPOSSIBLE);
	expect(run(pfb_cmd_doctor, "--sysroot", machine.root, "--link", "32x16", NULL),
	       PFB_EXIT_USAGE);
}

/* NCCL reads 256 nodes: what is more is refused, and not cut. */
static void test_many(void **state)
{
	struct unit_guest_fn fn = {
		.vendor = 0x15b3, .device = 0x1021, .command = PCI_COMMAND_MASTER,
	};
	char link[64];
	unsigned int i;

	(void)state;
	for (i = 8; i < 8 + 31 * 8; i++) {
		snprintf(link, sizeof(link), "pci0000:00/0000:00:%02x.%x", i / 8, i % 8);
		if (i / 8 <= 2)
			continue;
		fn.link = link;
		unit_guest_add(&machine, &fn);
		snprintf(link, sizeof(link), "/sys/bus/pci/devices/0000:00:%02x.%x/infiniband/x", i / 8,
			 i % 8);
		unit_guest_text(&machine, link, "");
	}
	expect(run(pfb_cmd_doctor, "--sysroot", machine.root, "--provider", "03:00.0",
		   "--nccl-topo", "-", "--link", "32x16", NULL), PFB_EXIT_GOOD);
	check(2 + 2 + 29 * 8 + 1);
	for (i = 0; i < 32; i++) {
		snprintf(link, sizeof(link), "pci0001:%02x/0001:%02x:00.0", i, i);
		fn.link = link;
		unit_guest_add(&machine, &fn);
		snprintf(link, sizeof(link), "/sys/bus/pci/devices/0001:%02x:00.0/infiniband/x", i);
		unit_guest_text(&machine, link, "");
	}
	expect(run(pfb_cmd_doctor, "--sysroot", machine.root, "--provider", "03:00.0",
		   "--nccl-topo", "-", "--link", "32x16", NULL), PFB_EXIT_IMPOSSIBLE);
	says("at most 256 nodes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_own_tree, setup, teardown),
		cmocka_unit_test_setup_teardown(test_host_tree, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_usage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
	};

	return cmocka_run_group_tests_name("nccl_topo", tests, NULL, NULL);
}
