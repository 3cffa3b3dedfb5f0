// SPDX-License-Identifier: GPL-2.0
/*
 * What real lspcis printed (unit/lspci/), on its way through a mailer and cut
 * anywhere; and small listings for what a machine of the bench does not show.
 */
#include "unit.h"

#include <linux/pci_regs.h>

#include "lib/capture_lspci.h"
#include "lib/capture_notes.h"
#include "lib/file.h"

#define PORT								\
	"00:01.0 PCI bridge [0604]: Red Hat, Inc. QEMU PCIe Root port [1b36:000c] (prog-if 00 [Normal decode])\n" \
	"\tControl: I/O- Mem+ BusMaster+ SpecCycle- MemWINV-\n"	\
	"\tStatus: Cap+ 66MHz- UDF-\n"					\
	"\tBus: primary=00, secondary=01, subordinate=02, sec-latency=0\n" \
	"\tI/O behind bridge: 0000f000-00000fff [disabled] [16-bit]\n"	\
	"\tMemory behind bridge: fe000000-fe1fffff [size=2M] [32-bit]\n"	\
	"\tPrefetchable memory behind bridge: 00006b8000000000-00006bbfffffffff [size=256G] [64-bit]\n" \
	"\tCapabilities: [54] Express (v2) Root Port (Slot+), IntMsgNum 0\n" \
	"\t\tSltCap:\tAttnBtn- PwrCtrl- MRL- AttnInd- PwrInd- HotPlug+ Surprise-\n" \
	"\t\t\tControl: AttnInd Off, PwrInd Off, Power- Interlock-\n"	\
	"\tCapabilities: [148 v1] Access Control Services\n"		\
	"\t\tACSCap:\tSrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans+\n" \
	"\t\tACSCtl:\tSrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-\n" \
	"\tKernel driver in use: pcieport\n\n"
#define GPU								\
	"01:00.0 3D controller [0302]: NVIDIA Corporation GH100 [H100 SXM5 80GB] [10de:2330] (rev a1)\n" \
	"\tControl: I/O- Mem+ BusMaster+ SpecCycle- MemWINV-\n"	\
	"\tStatus: Cap+ 66MHz- UDF-\n"					\
	"\tInterrupt: pin A routed to IRQ 21\n"				\
	"\tNUMA node: 1\n"						\
	"\tIOMMU group: 17\n"						\
	"\tRegion 0: Memory at fe000000 (32-bit, non-prefetchable) [size=16M]\n" \
	"\tRegion 2: Memory at 6b8000000000 (64-bit, prefetchable) [size=128G]\n" \
	"\tExpansion ROM at fe100000 [disabled] [size=512K]\n"		\
	"\tCapabilities: [40] Express (v2) Endpoint, MSI 00\n"		\
	"\t\tLnkCap:\tPort #0, Speed 32GT/s, Width x16, ASPM L1, Exit Latency L1 <4us\n" \
	"\tCapabilities: [100 v1] Address Translation Service (ATS)\n"	\
	"\t\tATSCap:\tInvalidate Queue Depth: 00\n"			\
	"\t\tATSCtl:\tEnable+, Smallest Translation Unit: 00\n"		\
	"\tCapabilities: [200 v1] Physical Resizable BAR\n"		\
	"\t\tBAR 2: current size: 128GB, supported: 64MB 128GB 8EB\n"	\
	"\tCapabilities: [250 v1] Virtual Resizable BAR\n"		\
	"\t\tBAR 0: current size: 1MB, supported: 1MB 2MB\n"		\
	"\tKernel driver in use: vfio-pci\n"				\
	"\tKernel modules: nouveau, nvidia\n\n"

static struct pfb_capture capture;
static struct pfb_error err;
static char text39[65536], text313[65536], dump[131072];

static int teardown(void **state)
{
	(void)state;
	pfb_capture_free(&capture);
	return 0;
}

static int captured(const char *a, const char *b)
{
	const struct pfb_lspci_input inputs[] = {
		{ "one", a, strlen(a) }, { "two", b ? b : "", b ? strlen(b) : 0 },
	};

	err.text[0] = '\0';
	return pfb_capture_lspci(&capture, inputs, b ? 2 : 1, "gpu-host-7", &err);
}

static void take2(const char *a, const char *b)
{
	if (captured(a, b))
		fail_msg("%s", err.text);
}

static void take(const char *text)
{
	take2(text, NULL);
}

#define refuse2(a, b, ...)							\
	do {									\
		assert_int_equal(captured(a, b), -EINVAL);			\
		pfb_capture_free(&capture);					\
		assert_error(&err, __VA_ARGS__);				\
	} while (0)

#define refuse(text, ...) refuse2(text, NULL, __VA_ARGS__)

/* @text with the first @old in it changed to @new. */
static const char *changed(const char *text, const char *old, const char *new)
{
	static char buf[2][131072];
	static int turn;
	const char *at = strstr(text, old);

	turn = !turn;
	assert_non_null(at);
	assert_true(snprintf(buf[turn], sizeof(buf[turn]), "%.*s%s%s", (int)(at - text), text, new,
			     at + strlen(old)) < (int)sizeof(buf[turn]));
	return buf[turn];
}

/* Every @old; @new may be as long as a line. */
static const char *changed_all(const char *text, const char *old, const char *new)
{
	static char buf[262144];
	size_t used = 0, len = strlen(old);

	while (*text) {
		assert_true(used + strlen(new) + 2 < sizeof(buf));
		if (!strncmp(text, old, len)) {
			strcpy(buf + used, new);
			used += strlen(new);
			text += len;
		} else {
			buf[used++] = *text++;
		}
	}
	buf[used] = '\0';
	return buf;
}

static void load(const char *name, char *buf, size_t size)
{
	char path[512];
	size_t len;
	void *data;

	snprintf(path, sizeof(path), "%s/lspci/%s", UNIT_DIR, name);
	if (pfb_file_read(path, size - 1, &data, &len, &err))
		fail_msg("%s", err.text);
	memcpy(buf, data, len + 1);
	free(data);
}

/* Lines that are all zero are not in the file: put them back. */
static void load_dump(void)
{
	static const char zeros[] = " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";
	static char small[16384];
	unsigned int next = 0, offset;
	size_t used = 0;
	char *line, *save = NULL;
	int n;

	load("dump-3.13", small, sizeof(small));
	for (line = strtok_r(small, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (line[0] == '#')
			continue;
		if (sscanf(line, "%x:%n", &offset, &n) == 1 && line[n] == ' ') {
			for (; next < offset; next += 16)
				used += (size_t)sprintf(dump + used, "%02x:%s\n", next, zeros);
			next += 16;
		} else {
			used += (size_t)sprintf(dump + used, "%s", used ? "\n" : "");
			next = 0;
		}
		used += (size_t)sprintf(dump + used, "%s\n", line);
		assert_true(used + 4096 < sizeof(dump));
	}
	strcpy(dump + used, "\n");
}

static int setup_files(void **state)
{
	(void)state;
	load("text-3.9", text39, sizeof(text39));
	load("text-3.13", text313, sizeof(text313));
	load_dump();
	return 0;
}

static u32 at(const char *bdf)
{
	u32 i;

	for (i = 0; i < capture.top.nr_functions; i++)
		if (!strcmp(capture.functions[i].bdf, bdf))
			return i;
	fail_msg("no %s", bdf);
	return 0;
}

#define FN(bdf)	(&capture.top.functions[at(bdf)])
#define CF(bdf)	(&capture.functions[at(bdf)])

/* It is what take() has read before. */
static void same(const struct pfb_capture *a)
{
	u32 i;

	assert_int_equal(a->top.nr_functions, capture.top.nr_functions);
	for (i = 0; i < capture.top.nr_functions; i++) {
		assert_memory_equal(&a->functions[i], &capture.functions[i],
				    sizeof(*a->functions));
		assert_memory_equal(&a->top.functions[i], &capture.top.functions[i],
				    sizeof(*a->top.functions));
	}
	assert_memory_equal(a->top.roots, capture.top.roots,
			    capture.top.nr_roots * sizeof(*a->top.roots));
}

static void same_as(const struct pfb_capture *first, const char *a, const char *b)
{
	take2(a, b);
	same(first);
	pfb_capture_free(&capture);
}

static void test_real(void **state)
{
	struct pfb_capture first;
	struct pfb_function *fn;

	(void)state;
	take2(text313, dump);
	assert_string_equal(capture.origin, "lspci");
	assert_string_equal(capture.machine, "gpu-host-7");
	assert_int_equal(capture.top.nr_roots, 1);
	assert_true(capture.top.roots[0].windows[PFB_WINDOW_PREF].base == 1);
	assert_int_equal(capture.top.nr_functions, 7);

	fn = FN("0000:00:05.0");
	assert_int_equal(fn->type, PFB_PORT_ROOT);
	assert_int_equal(fn->flags, PFB_FN_ACS | PFB_FN_MEMORY | PFB_FN_MASTER | PFB_FN_IO |
			 PFB_FN_HOTPLUG | PFB_FN_PREF64);
	assert_int_equal(fn->acs_cap, 0x5f);
	assert_int_equal(fn->acs_ctrl, 0x1d);
	assert_int_equal(fn->secondary, 0x08);
	assert_int_equal(fn->subordinate, 0x0b);
	assert_true(fn->windows[PFB_WINDOW_PREF].base == 0x400000000000);
	assert_true(fn->windows[PFB_WINDOW_PREF].limit == 0x4000003fffff);
	assert_true(fn->windows[PFB_WINDOW_IO].base == 0x7000);
	assert_string_equal(CF("0000:00:05.0")->driver, "pcieport");
	assert_int_equal(CF("0000:00:05.0")->link.speed, 16000);
	assert_int_equal(CF("0000:00:05.0")->link.width, 32);

	fn = FN("0000:0a:00.0");
	assert_string_equal(CF("0000:0a:00.0")->driver, "igb");
	assert_int_equal(CF("0000:0a:00.0")->iommu_group, 12);
	assert_int_equal(CF("0000:0a:00.0")->numa_node, -1);
	assert_int_equal(fn->parent, at("0000:09:00.0"));
	assert_int_equal(fn->total_vfs, 8);
	assert_true(fn->bars[PFB_BAR_VF0].address == 0x400000200000);
	assert_true(fn->bars[PFB_BAR_VF0].size == 16 << 10);
	assert_int_equal(fn->bars[PFB_BAR_VF0].flags,
			 PFB_BAR_MEM64 | PFB_BAR_PREFETCH | PFB_BAR_ASSIGNED);
	assert_int_equal(CF("0000:0a:00.0")->unsized, 0);

	fn = FN("0000:0a:10.2");
	assert_string_equal(CF("0000:0a:10.2")->pf, "0000:0a:00.0");
	assert_int_equal(fn->vendor, 0x8086);
	assert_int_equal(fn->device, 0x10ca);
	assert_true(fn->flags & PFB_FN_VF);
	assert_true(fn->bars[3].address == 0x400000224000);
	assert_true(fn->bars[3].size == 16 << 10);

	fn = FN("0000:00:1f.2");
	assert_true(fn->flags & PFB_FN_MULTIFUNCTION);
	assert_int_equal(fn->bars[4].flags, PFB_BAR_IO | PFB_BAR_ASSIGNED);
	assert_true(CF("0000:00:1f.2")->acs_read);

	first = capture;
	same_as(&first, dump, text313);
	same_as(&first, text39, dump);
	/* this machine is told as well by text alone, but for 1f.2's one bit in its header */
	take(text39);
	assert_false(FN("0000:00:1f.2")->flags & PFB_FN_MULTIFUNCTION);
	FN("0000:00:1f.2")->flags |= PFB_FN_MULTIFUNCTION;
	same(&first);
	pfb_capture_free(&capture);
	take(text313);
	FN("0000:00:1f.2")->flags |= PFB_FN_MULTIFUNCTION;
	same(&first);
	pfb_capture_free(&first);
}

static void test_dump_alone(void **state)
{
	struct pfb_capture_function *cf;
	struct pfb_function *fn;

	(void)state;
	take(dump);
	fn = FN("0000:0a:10.0");
	cf = CF("0000:0a:10.0");
	/* from its PF: its own read as ffff */
	assert_int_equal(fn->vendor, 0x8086);
	assert_int_equal(fn->device, 0x10ca);
	assert_string_equal(cf->pf, "0000:0a:00.0");
	assert_int_equal(cf->unsized, 0);
	assert_true(cf->acs_read);
	assert_int_equal(cf->iommu_group, -1);
	fn = FN("0000:0a:00.0");
	cf = CF("0000:0a:00.0");
	assert_int_equal(cf->unsized, 0xf | 1 << PFB_BAR_VF0 |
			 1 << (PFB_BAR_VF0 + 3));
	assert_int_equal(fn->bars[0].size, 0);
	assert_int_equal(fn->bars[0].flags, PFB_BAR_ASSIGNED);
	assert_true(fn->bars[PFB_BAR_VF0].address == 0x400000200000);
	assert_int_equal(FN("0000:00:05.0")->acs_ctrl, 0x1d);
}

/* What mailers, terminals and people do, and does not matter. */
static void test_mail(void **state)
{
	struct pfb_capture first;
	char *both;

	(void)state;
	take2(text313, dump);
	first = capture;
	same_as(&first, changed_all(text313, "\n", "\r\n"), dump);
	same_as(&first, text313, changed_all(dump, "\n", "\r\n"));
	same_as(&first, changed_all(text313, "\n", "  \n> "), dump);
	same_as(&first, text313, changed_all(dump, "\n", "\n>> "));
	same_as(&first, changed_all(text313, "\t", "        "), dump);
	assert_true(asprintf(&both, "Hello,\n\nroot@host:~# lspci -vvv -nn; lspci -xxxx\n"
			     "lspci: Unable to load libkmod resources: error -2\n%s\n%s\n-- \nJoe",
			     text39, dump) > 0);
	same_as(&first, both, NULL);
	free(both);
	pfb_capture_free(&first);
}

static void test_wrapped(void **state)
{
	static const char *const wraps[][2] = {
		{ "\tRegion 2: Memory at 6b8000000000 (64-bit, prefetchable)",
		  "\tRegion 2: Memory at 6b8000000000 (64-bit,\nprefetchable)" },
		{ "prefetchable) [size=128G]", "prefetchable)\n[size=128G]" },
		{ "[size=128G]", "[size=12\n8G]" },
		{ "SXM5 80GB]", "SXM5\n80GB]" },
		{ "ReqRedir+ CmpltRedir+", "ReqRedir+\nCmpltRedir+" },
		{ "NUMA node: 1", "NUMA node:\n1" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wraps); i++)
		refuse(changed(PORT GPU, wraps[i][0], wraps[i][1]), "one line ", "wrapped");
	/* behind a blank, what a mailer kept of the line is no line of its own either */
	refuse(changed(PORT GPU, "ReqRedir+ CmpltRedir+", "ReqRedir+\n    CmpltRedir+"), "one line 12",
	       "ACSCap:", "wrapped");
	refuse(changed(dump, "86 80 ", "86 80\n"), "16 bytes");
}

/* A listing that was cut has fewer functions, or is refused; it never says something else. */
static void test_cut(void **state)
{
	const char *all[] = { text313, dump, PORT GPU };
	size_t i, size, len;
	char *copy;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		len = strlen(all[i]);
		copy = malloc(len + 1);
		assert_non_null(copy);
		for (size = len - 1; size > 200; size -= i == 2 ? 1 : 61) {
			bool whole;
			int ret;

			memcpy(copy, all[i], size);
			copy[size] = '\0';
			whole = copy[size - 1] == '\n' && copy[size - 2] == '\n';
			/* a dump's last line says that it is the last */
			if (i == 1)
				whole |= (size > 54 && strstr(copy + size - 54, "ff0: ")) ||
					 (size > 53 && !strncmp(copy + size - 53, "f0: ", 4));
			ret = captured(copy, NULL);
			if (!ret && !whole)
				fail_msg("taken after cut behind \"%s\"", copy + (size > 60 ? size - 60 : 0));
			if (ret)
				assert_int_equal(ret, -EINVAL);
			pfb_capture_free(&capture);
		}
		free(copy);
	}
	/* cut between two functions: told where there is the other half */
	refuse2(text313, changed(dump, "\n\n0a:10.2", "\n\n10000:0a:10.2"), "one line", "0000:0a:10.2",
		"in the text, but not in the dump, which has 6 of 7 functions");
	refuse2(dump, changed(text39, "\n\n0a:10.2", "\n\n10000:0a:10.2"), "one line", "0000:0a:10.2",
		"in the dump, but not in the text, which has 6 of 7 functions");
	refuse(PORT "01:00.0", "nothing but its name");
	refuse(PORT "01:0", "first line");
	refuse("01:00.0 Name\n\tControl: I/O+ Mem+ BusMaster+\n\n", "one line 1", "Status");
	refuse("01:00.0 Name\n\tKernel driver in use: x\n\n", "one line 1", "Control");
	refuse(changed(PORT, "\tBus: primary=00, secondary=01, subordinate=02, sec-latency=0\n", ""),
	       "one line 1: 0000:00:01.0", "root port", "Bus: primary");
	refuse(changed(PORT, "\t\tACSCtl:\tSrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-\n", ""),
	       "ACSCap", "ACSCtl");
}

static void test_text(void **state)
{
	struct pfb_capture_function *cf;
	struct pfb_function *fn;

	(void)state;
	/* 16 EB is no size that there is */
	take(changed(GPU PORT, "8EB", "8EB 16EB"));
	fn = &capture.top.functions[0];
	assert_int_equal(fn->type, PFB_PORT_ROOT);
	assert_int_equal(fn->class, 0x060400);
	assert_int_equal(fn->flags, PFB_FN_ACS | PFB_FN_MEMORY | PFB_FN_MASTER | PFB_FN_HOTPLUG |
			 PFB_FN_PREF64);
	assert_int_equal(fn->acs_cap, 0x5f);
	assert_int_equal(fn->acs_ctrl, 0x1d);
	assert_true(fn->windows[PFB_WINDOW_IO].base == 1 && !fn->windows[PFB_WINDOW_IO].limit);
	assert_true(fn->windows[PFB_WINDOW_MEM].base == 0xfe000000);
	assert_true(fn->windows[PFB_WINDOW_PREF].limit == 0x6bbfffffffff);
	assert_true(capture.functions[0].acs_read);

	fn = &capture.top.functions[1];
	cf = &capture.functions[1];
	assert_int_equal(fn->parent, 0);
	assert_string_equal(cf->name, "NVIDIA Corporation GH100 [H100 SXM5 80GB]");
	assert_int_equal(fn->vendor, 0x10de);
	assert_int_equal(fn->device, 0x2330);
	assert_int_equal(fn->class, 0x030200);
	assert_int_equal(cf->numa_node, 1);
	assert_int_equal(cf->iommu_group, 17);
	assert_string_equal(cf->driver, "vfio-pci");
	assert_int_equal(fn->flags, PFB_FN_MEMORY | PFB_FN_MASTER | PFB_FN_ATS | PFB_FN_ATS_ENABLED);
	assert_true(fn->bars[0].size == 16 << 20);
	assert_int_equal(fn->bars[0].flags, PFB_BAR_ASSIGNED);
	assert_true(fn->bars[2].address == 0x6b8000000000);
	assert_true(fn->bars[2].size == 128ULL << 30);
	assert_int_equal(fn->bars[2].flags, PFB_BAR_MEM64 | PFB_BAR_PREFETCH | PFB_BAR_ASSIGNED);
	assert_true(fn->bars[PFB_BAR_ROM].size == 512 << 10);
	assert_int_equal(fn->bars[PFB_BAR_ROM].flags, PFB_BAR_DISABLED | PFB_BAR_ASSIGNED);
	assert_int_equal(cf->link.speed, 32000);
	assert_int_equal(cf->link.width, 16);
	assert_true(cf->rebar_sizes[2] == (1ULL << 6 | 1ULL << 17 | 1ULL << 43));
	assert_true(!cf->rebar_sizes[0]);
	assert_true(cf->acs_read);

	/* without pci.ids nothing has a name */
	pfb_capture_free(&capture);
	take(changed(GPU PORT, "NVIDIA Corporation GH100 [H100 SXM5 80GB] [10", "Device [10"));
	assert_string_equal(capture.functions[1].name, "");
	pfb_capture_free(&capture);
	take(changed(GPU PORT, "GH100 [H100 SXM5 80GB] [10", "Device [10"));
	assert_string_equal(capture.functions[1].name, "NVIDIA Corporation Device");
}

static void no_link(const char *old, const char *new)
{
	pfb_capture_free(&capture);
	take(changed(GPU PORT, old, new));
	assert_int_equal(capture.functions[1].link.speed, 0);
	assert_int_equal(capture.functions[1].link.width, 0);
}

/* `lspci -xxx`, which ends at 256 bytes. */
static void short_dump(char *out)
{
	const char *line, *end;

	for (line = dump; *line; line = end) {
		end = strchr(line, '\n') + 1;
		if (end - line > 4 && line[3] == ':' && line[0] >= '1' && line[0] <= 'f')
			continue;
		out = mempcpy(out, line, (size_t)(end - line));
	}
	*out = '\0';
}

static void test_links(void **state)
{
	static char bytes256[sizeof(dump)];

	(void)state;
	short_dump(bytes256);
	take(bytes256);
	assert_false(CF("0000:00:05.0")->acs_read);
	assert_int_equal(CF("0000:00:05.0")->link.speed, 16000);
	assert_int_equal(CF("0000:00:05.0")->link.width, 32);
	assert_int_equal(CF("0000:09:00.0")->link.speed, 0);
	pfb_capture_free(&capture);
	take(changed(GPU PORT, "32GT/s", "2.5GT/s"));
	assert_int_equal(capture.functions[1].link.speed, 2500);
	no_link("Speed 32GT/s, Width x16", "Speed unknown, Width x0");
	no_link("32GT/s", "33GT/s");
	no_link("32GT/s", "18446744073709551GT/s");
	no_link("32GT/s", "2.55GT/s");
	no_link("x16", "x0");
	no_link("x16", "x4294967312");
	no_link("Port #0", "Port");
}

#define ENDPOINT(bdf, more)							\
	bdf " Class [0200]: Device [15b3:1021]\n"				\
	"\tControl: I/O- Mem+ BusMaster-\n\tStatus: Cap-\n" more "\n"

static void test_bars(void **state)
{
	struct pfb_function *fn;

	(void)state;
	/* as 3.14 and as 3.6 write them */
	take(ENDPOINT("00:02.0", "\tRegion 0: Memory at <unassigned> (64-bit, prefetchable) [disabled] [size=16T]\n"
		      "\tRegion 2: Memory at <ignored> (32-bit, non-prefetchable)\n"
		      "\tRegion 3: Memory at febf1000 (32-bit, non-prefetchable) [virtual] [enhanced] [size=4K]\n"
		      "\tRegion 4: [virtual] I/O ports at 0170 [size=8]\n"
		      "\tRegion 5: I/O ports at d000 [disabled] [size=16]\n"
		      "\t[virtual] Expansion ROM at 000c0000 [disabled] [size=128K]\n"));
	fn = &capture.top.functions[0];
	assert_true(fn->bars[0].size == 16ULL << 40 && !fn->bars[0].address);
	assert_int_equal(fn->bars[0].flags, PFB_BAR_MEM64 | PFB_BAR_PREFETCH);
	assert_int_equal(capture.functions[0].unsized, 1 << 2);
	assert_true(fn->bars[3].size == 4096 && !fn->bars[3].address);
	assert_true(fn->bars[4].size == 8 && !fn->bars[4].address);
	assert_int_equal(fn->bars[4].flags, PFB_BAR_IO | PFB_BAR_ASSIGNED);
	assert_true(fn->bars[5].size == 16 && fn->bars[5].address == 0xd000);
	assert_true(fn->bars[PFB_BAR_ROM].size == 128 << 10);
	assert_int_equal(fn->bars[PFB_BAR_ROM].flags, PFB_BAR_DISABLED | PFB_BAR_ASSIGNED);
	pfb_capture_free(&capture);

	refuse(ENDPOINT("00:02.0", "\tRegion 6: I/O ports at d000 [size=16]\n"), "one line 4", "Region");
	refuse(ENDPOINT("00:02.0", "\tRegion 0: I/O ports at d000 [size=16]\n\tRegion 0: I/O ports at d000 [size=16]\n"),
	       "one line 5", "bar0 is stated twice");
	refuse(ENDPOINT("00:02.0", "\tRegion 0: Memory at d000 (32-bit, non-prefetchable) [size=3K]\n"),
	       "one line 1: 0000:00:02.0", "bar0", "power of two");
	refuse(ENDPOINT("00:02.0", "\tRegion 0: Memory at d000 (32-bit, non-prefetchable) [size=18446744073709551615T]\n"),
	       "one line 4");
	refuse(ENDPOINT("00:02.0", "\tRegion 0: Memory at 10000000000000000 (64-bit, prefetchable) [size=4K]\n"),
	       "one line 4");
	/* near 2^64 */
	refuse(ENDPOINT("00:02.0", "\tRegion 0: Memory at fffffffffffff000 (64-bit, prefetchable) [size=8K]\n"),
	       "bar0", "multiple of its size");
	take(ENDPOINT("00:02.0", "\tRegion 0: Memory at ffffffffffffe000 (64-bit, prefetchable) [size=8K]\n"));
	pfb_capture_free(&capture);
	refuse(ENDPOINT("00:02.0", "\tRegion 0: Memory at 100000000 (64-bit, prefetchable) [size=4K]\n"
			"\tRegion 1: Memory at d000 (32-bit, prefetchable) [size=4K]\n"),
	       "bar0", "64-bit");
}

#define DUMP(bar0, rom)								\
	"00:02.0 Name\n"							\
	"00: b3 15 21 10 02 00 00 00 00 00 00 02 00 00 00 00\n"		\
	"10: " bar0 " 00 00 00 00 00 00 00 00 00 00 00 00\n"			\
	"20: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"		\
	"30: " rom " 00 00 00 00 00 00 00 00 00 00 00 00\n"

static void test_bars_both(void **state)
{
	struct pfb_function *fn;

	(void)state;
	/* 3.6 takes the kind of a BAR that only the kernel knows from its address */
	take2(DUMP("0c 00 00 00", "00 00 00 00"),
	      ENDPOINT("00:02.0", "\tRegion 0: [virtual] Memory at 6b8000000000 (32-bit, non-prefetchable) [size=8G]\n"));
	fn = &capture.top.functions[0];
	assert_true(!fn->bars[0].address && fn->bars[0].size == 8ULL << 30);
	assert_int_equal(fn->bars[0].flags, PFB_BAR_MEM64 | PFB_BAR_PREFETCH | PFB_BAR_ASSIGNED);
	pfb_capture_free(&capture);
	/* what the kernel says nothing of: a BAR that fits nowhere, a ROM that it gave up */
	take2(DUMP("0c 00 00 00", "00 00 10 fe"), ENDPOINT("00:02.0", ""));
	fn = &capture.top.functions[0];
	assert_int_equal(capture.functions[0].unsized, 1 << 0);
	assert_int_equal(fn->bars[0].flags, PFB_BAR_MEM64 | PFB_BAR_PREFETCH);
	pfb_capture_free(&capture);
	take(DUMP("0c 00 00 00", "00 00 10 fe"));
	assert_int_equal(capture.functions[0].unsized, 1 << 0 | 1 << PFB_BAR_ROM);
	pfb_capture_free(&capture);
	take(ENDPOINT("00:02.0", "") ENDPOINT("00:02.1", "") ENDPOINT("00:03.0", ""));
	assert_true(capture.top.functions[0].flags & PFB_FN_MULTIFUNCTION);
	assert_true(capture.top.functions[1].flags & PFB_FN_MULTIFUNCTION);
	assert_false(capture.top.functions[2].flags & PFB_FN_MULTIFUNCTION);
}

#define BRIDGE(windows)								\
	"00:01.0 Class [0604]: Device [1b36:000c]\n\tControl: I/O+ Mem+ BusMaster+\n\tStatus: Cap-\n" \
	"\tBus: primary=00, secondary=01, subordinate=01, sec-latency=0\n" windows "\n"

static void test_windows(void **state)
{
	struct pfb_function *fn;

	(void)state;
	/* 3.6, with -vvv and with -vv */
	take(BRIDGE("\tI/O behind bridge: 0000f000-00000fff [empty]\n"
		    "\tMemory behind bridge: fff00000-000fffff [empty]\n"
		    "\tPrefetchable memory behind bridge: 0000000080000000-00000000800fffff [size=1M]\n"));
	fn = &capture.top.functions[0];
	assert_int_equal(fn->type, PFB_PORT_PCI_BRIDGE);
	assert_true(fn->windows[PFB_WINDOW_IO].base == 1 && !fn->windows[PFB_WINDOW_IO].limit);
	assert_true(fn->windows[PFB_WINDOW_MEM].base == 1 && !fn->windows[PFB_WINDOW_MEM].limit);
	assert_true(fn->windows[PFB_WINDOW_PREF].limit == 0x800fffff);
	assert_int_equal(fn->flags, PFB_FN_IO | PFB_FN_MEMORY | PFB_FN_MASTER | PFB_FN_PREF64);
	pfb_capture_free(&capture);
	take(BRIDGE("\tI/O behind bridge: None\n\tMemory behind bridge: None\n"
		    "\tPrefetchable memory behind bridge: None\n"));
	assert_int_equal(capture.top.functions[0].flags, PFB_FN_IO | PFB_FN_MEMORY | PFB_FN_MASTER);
	pfb_capture_free(&capture);
	/* 3.13: what there is none of is not printed, and the kernel does not tell 64 bits */
	take(BRIDGE("\tI/O behind bridge: 00001000-00001fff [size=4K] [32-bit]\n"
		    "\tMemory behind bridge: 00000000-000fffff [disabled] [32-bit]\n"
		    "\tPrefetchable memory behind bridge: 400000600000-4000007fffff [size=2M] [32-bit]\n"));
	fn = &capture.top.functions[0];
	assert_int_equal(fn->flags, PFB_FN_IO | PFB_FN_MEMORY | PFB_FN_MASTER | PFB_FN_PREF64 |
			 PFB_FN_IO32);
	/* as its registers read */
	assert_true(!fn->windows[PFB_WINDOW_MEM].base && fn->windows[PFB_WINDOW_MEM].limit == 0xfffff);
	pfb_capture_free(&capture);
	take(BRIDGE("\tMemory behind bridge: [disabled] [32-bit]\n"));
	assert_int_equal(capture.top.functions[0].flags, PFB_FN_IO | PFB_FN_MEMORY | PFB_FN_MASTER |
			 PFB_FN_NO_IO_WINDOW | PFB_FN_NO_PREF_WINDOW);
	pfb_capture_free(&capture);
	refuse(BRIDGE("\tMemory behind bridge: fe000000-\n"), "one line 5", "behind bridge");
	refuse(BRIDGE("\tMemory behind bridge: fe000000-1fe0fffff\n"), "below 4 GiB");
}

/* Without root there are no capabilities: not none, but unknown. */
static void test_not_root(void **state)
{
	struct pfb_capture_notes notes;
	const char *first, *second;
	char *text;

	(void)state;
	take(changed(GPU, "\tCapabilities: [40] Express (v2) Endpoint, MSI 00\n"
		     "\t\tLnkCap:\tPort #0, Speed 32GT/s, Width x16, ASPM L1, Exit Latency L1 <4us\n"
		     "\tCapabilities: [100 v1] Address Translation Service (ATS)\n"
		     "\t\tATSCap:\tInvalidate Queue Depth: 00\n"
		     "\t\tATSCtl:\tEnable+, Smallest Translation Unit: 00\n"
		     "\tCapabilities: [200 v1] Physical Resizable BAR\n"
		     "\t\tBAR 2: current size: 128GB, supported: 64MB 128GB 8EB\n"
		     "\tCapabilities: [250 v1] Virtual Resizable BAR\n"
		     "\t\tBAR 0: current size: 1MB, supported: 1MB 2MB\n",
		     "\tCapabilities: <access denied>\n"));
	assert_false(capture.functions[0].acs_read);
	pfb_capture_notes(&capture, &notes);
	assert_int_equal(notes.nr, 2);
	assert_non_null(strstr(notes.text[0], "0000:01:00.0: capabilities could not be read"));
	assert_non_null(strstr(notes.text[1], "--cpuinfo"));
	pfb_capture_free(&capture);
	/* 64 bytes are what users get; of extended space lspci is silent where it gets none */
	take("00:05.0 Class 0604: Device 1b36:000c\n"
	     "00: 36 1b 0c 00 07 05 10 00 00 00 04 06 00 00 01 00\n"
	     "10: 00 30 a0 fe 00 00 00 00 00 08 0b 00 70 80 00 00\n"
	     "20: 20 fe 50 fe 01 00 31 00 00 40 00 00 00 40 00 00\n"
	     "30: 00 00 00 00 54 00 00 00 00 00 00 00 0a 01 02 00\n");
	assert_false(capture.functions[0].acs_read);
	assert_int_equal(capture.top.functions[0].type, PFB_PORT_PCI_BRIDGE);
	pfb_capture_free(&capture);
	take(changed(GPU, "\tCapabilities: [100 v1] Address Translation Service (ATS)\n"
		     "\t\tATSCap:\tInvalidate Queue Depth: 00\n"
		     "\t\tATSCtl:\tEnable+, Smallest Translation Unit: 00\n"
		     "\tCapabilities: [200 v1] Physical Resizable BAR\n"
		     "\t\tBAR 2: current size: 128GB, supported: 64MB 128GB 8EB\n"
		     "\tCapabilities: [250 v1] Virtual Resizable BAR\n"
		     "\t\tBAR 0: current size: 1MB, supported: 1MB 2MB\n", ""));
	assert_false(capture.functions[0].acs_read);
	pfb_capture_free(&capture);
	/* the text of root's lspci beside a user's dump */
	first = strstr(text313, "\n\n00:");
	second = strstr(first + 2, "\n\n");
	assert_true(asprintf(&text, "%.*s", (int)(second + 2 - first), first) > 0);
	take2(text, "00:05.0 Class 0604: Device 1b36:000c\n"
	      "00: 36 1b 0c 00 07 05 10 00 00 00 04 06 00 00 01 00\n"
	      "10: 00 30 a0 fe 00 00 00 00 00 08 0b 00 70 80 00 00\n"
	      "20: 20 fe 50 fe 01 00 31 00 00 40 00 00 00 40 00 00\n"
	      "30: 00 00 00 00 54 00 00 00 00 00 00 00 0a 01 02 00\n");
	assert_true(CF("0000:00:05.0")->acs_read);
	assert_int_equal(FN("0000:00:05.0")->type, PFB_PORT_ROOT);
	assert_int_equal(FN("0000:00:05.0")->acs_ctrl, 0x1d);
	free(text);
}

static void test_wrong_command(void **state)
{
	(void)state;
	refuse("", "no PCI function", "lspci -vvv -nn");
	refuse("Slot:\t00:01.0\nClass:\tPCI bridge\n", "no PCI function");
	refuse("00:01.0 PCI bridge: Red Hat, Inc. QEMU PCIe Root port\n", "one line 1: 0000:00:01.0",
	       "nothing but its name");
	refuse("00:01.0 PCI bridge [0604]: Red Hat, Inc. QEMU PCIe Root port [1b36:000c]\n"
	       "\tFlags: bus master, fast devsel, latency 0, IRQ 21\n\n", "one line 2", "lspci -vvv -nn");
	refuse("00:01.0 PCI bridge: Red Hat, Inc. QEMU PCIe Root port\n"
	       "\tControl: I/O- Mem+ BusMaster+\n\tStatus: Cap-\n\n", "one line 1", "-nn");
	refuse("\tControl: I/O- Mem+ BusMaster+\n", "one line 1", "belongs to no function");
	refuse("00: 36 1b 0c 00 07 05 10 00 00 00 04 06 00 00 01 00\n", "one line 1",
	       "belongs to no function");
}

/* Where both say it, they must say the same. */
static void test_contradiction(void **state)
{
	static const struct {
		const char *old, *new, *what;
	} changes[] = {
		{ "[8086:10c9]", "[8086:10c8]", "[vendor:device]: 0x808610c8" },
		{ "secondary=08", "secondary=07", "secondary bus: 0x7" },
		{ "subordinate=0b", "subordinate=0c", "subordinate bus: 0xc" },
		{ "Bus: primary=00, secondary=08, subordinate=0b, sec-latency=0", "Buses", "root port" },
		{ "fe200000-fe5fffff", "fe300000-fe5fffff", "32-bit memory window: 0xfe300000" },
		{ "400000000000-4000003fffff", "400000000000-4000004fffff",
		  "prefetchable window: 0x4000004fffff" },
		{ "Memory at fea03000 (32-bit, non-", "Memory at fea03000 (32-bit, ", "bar0 flags: 0x4" },
		{ "Memory at fea03000", "Memory at fea05000", "bar0 address: 0xfea05000" },
		{ "ACSCtl:\tSrcValid+", "ACSCtl:\tSrcValid-", "ACS control: 0x1c" },
		{ "ACSCap:\tSrcValid+", "ACSCap:\tSrcValid-", "ACS capability: 0x5e" },
		{ "HotPlug+", "HotPlug-", "ACS, ATS and hotplug" },
		{ "Root Port", "Upstream Port", "port type" },
		{ "Total VFs: 8", "Total VFs: 7", "TotalVFs: 0x7" },
		{ "Speed 16GT/s, Width x32", "Speed 8GT/s, Width x32", "link speed in MT/s: 0x1f40" },
		{ "Speed 16GT/s, Width x32", "Speed 16GT/s, Width x16", "link width: 0x10" },
		{ "Region 0: Memory at 0000400000200000", "Region 0: Memory at 0000400000300000",
		  "vfbar0 address: 0x400000300000" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(changes); i++) {
		refuse2(changed(text313, changes[i].old, changes[i].new), dump, changes[i].what,
			"one line");
		refuse2(dump, changed(text39, changes[i].old, changes[i].new), changes[i].what,
			"two line");
	}
	refuse2(PORT, "00:01.0 Class [0604]: Device [1b36:000d]\n", "1b36:000c in one line 1",
		"1b36:000d in two line 1");
	/* a fuzzer's: two functions' lines in one (a capture of it did not read back as written) */
	refuse(changed(GPU, "\tInterrupt: pin A routed to IRQ 21\n",
		       "\tMemory behind bridge: fe000000-fe1fffff [size=2M] [32-bit]\n"),
	       "one line 1", "two functions' text");
	/* not what is allowed to change meanwhile, or is in numbers of its own */
	take2(changed(text313, "Control: I/O+ Mem+ BusMaster+", "Control: I/O+ Mem- BusMaster-"), dump);
	pfb_capture_free(&capture);
	take2(changed(text313, "I/O ports at d040", "I/O ports at 2d040"), dump);
	pfb_capture_free(&capture);
	take2("00:02.0 Name\n\tControl: I/O- Mem+ BusMaster-\n\tStatus: Cap-\n"
	      "\tExpansion ROM at fe200000 [disabled] [size=512K]\n\n",
	      DUMP("00 00 00 00", "00 00 10 fe"));
	assert_true(capture.top.functions[0].bars[PFB_BAR_ROM].address == 0xfe100000);
	assert_int_equal(capture.top.functions[0].bars[PFB_BAR_ROM].flags,
			 PFB_BAR_DISABLED | PFB_BAR_ASSIGNED);
}

static void test_twice(void **state)
{
	(void)state;
	refuse(PORT GPU GPU, "0000:01:00.0", "one line 16", "one line 37", "one listing");
	refuse2(PORT GPU, PORT, "0000:00:01.0", "one line 1", "two line 1");
	refuse2(dump, dump, "0000:00:05.0", "one line 1", "two line 1");
	refuse(changed(dump, "\n10: ", "\n00: "), "one line 3", "offset 0x0", "expected 0x10");
	refuse(changed(dump, "\n20: ", "\n30: "), "one line 4", "offset 0x30", "expected 0x20");
}

static void test_buses(void **state)
{
	char *text;

	(void)state;
	refuse(changed(PORT GPU, "secondary=01, subordinate=02", "secondary=00, subordinate=02"),
	       "one line 1: 0000:00:01.0", "secondary bus 00");
	refuse(changed(PORT GPU, "secondary=01, subordinate=02", "secondary=02, subordinate=01"),
	       "one line 1: 0000:00:01.0", "expected 00 < secondary <= subordinate");
	/* behind a bridge that is missing */
	refuse(changed(changed(PORT GPU, "01:00.0 3D", "02:00.0 3D"), "subordinate=02", "subordinate=03"),
	       "one line 16: 0000:02:00.0", "bus 02 is within 01-03 of bridge 00:01.0");
	text = strdup(changed(PORT, "00:01.0", "00:02.0"));
	refuse2(PORT GPU, text, "two line 1: 0000:00:02.0", "secondary bus 01 is that of 0000:00:01.0");
	free(text);
	/* a range that its bridge does not own */
	text = strdup(changed(changed(PORT, "00:01.0", "01:01.0"), "secondary=01, subordinate=02",
			      "secondary=02, subordinate=03"));
	refuse2(PORT GPU, text, "two line 1: 0000:01:01.0", "root port");
	free(text);
	text = strdup(changed(changed(changed(PORT, "00:01.0", "01:01.0"), "Root Port", "Upstream Port"),
			      "secondary=01, subordinate=02", "secondary=02, subordinate=03"));
	refuse2(PORT GPU, text, "two line 1: 0000:01:01.0", "include 03, which bus 01 does not own");
	free(text);
	refuse("00:20.0 Name\n", "one line 1", "device up to 1f");
	refuse("00:01.8 Name\n", "one line 1", "function up to 7");
}

static void test_segments(void **state)
{
	(void)state;
	take(ENDPOINT("0001:40:00.0", "") ENDPOINT("40:00.0", "") ENDPOINT("0000:80:00.0", "")
	     ENDPOINT("10000:e1:00.0", "\tnonsense\n"));
	assert_int_equal(capture.top.nr_roots, 3);
	assert_int_equal(capture.top.nr_functions, 3);
	assert_int_equal(capture.skipped, 1);
	assert_int_equal(capture.top.roots[0].last_bus, 0x7f);
	assert_int_equal(capture.top.roots[1].bus, 0x80);
	assert_int_equal(capture.top.roots[1].last_bus, 0xff);
	assert_int_equal(capture.top.roots[2].segment, 1);
	assert_string_equal(capture.functions[2].bdf, "0001:40:00.0");
}

#define PF(enable, nr, offset, stride)						\
	"\tCapabilities: [40] Express (v2) Endpoint, MSI 00\n"			\
	"\tCapabilities: [160 v1] Single Root I/O Virtualization (SR-IOV)\n"	\
	"\t\tIOVCtl:\tEnable" enable " Migration-\n"				\
	"\t\tInitial VFs: 8, Total VFs: 8, Number of VFs: " nr ", Function Dependency Link: 00\n" \
	"\t\tVF offset: " offset ", stride: " stride ", Device ID: 101e\n"	\
	"\t\tRegion 0: Memory at 0000000100000000 (64-bit, prefetchable)\n"
#define VF_BAR	"\tRegion 0: Memory at 100000000 (64-bit, prefetchable) [virtual] [size=1M]\n"

static void test_vfs(void **state)
{
	(void)state;
	/* on the bus number after its PF's, behind a port and on a root bus */
	take(PORT ENDPOINT("01:00.0", PF("+", "2", "255", "1")) ENDPOINT("01:1f.7", VF_BAR)
	     ENDPOINT("02:00.0", VF_BAR));
	assert_int_equal(capture.top.nr_roots, 1);
	assert_string_equal(capture.functions[3].bdf, "0000:02:00.0");
	assert_string_equal(capture.functions[3].pf, "0000:01:00.0");
	assert_int_equal(capture.top.functions[3].parent, 0);
	assert_true(capture.top.functions[3].bars[0].address == 0x100000000);
	assert_true(capture.top.functions[1].bars[PFB_BAR_VF0].size == 1 << 20);
	pfb_capture_free(&capture);
	take(ENDPOINT("00:00.0", PF("+", "2", "256", "0")) ENDPOINT("01:00.0", VF_BAR));
	assert_int_equal(capture.top.nr_roots, 1);
	assert_string_equal(capture.functions[1].pf, "0000:00:00.0");
	pfb_capture_free(&capture);
	/* off: whatever stands there is none */
	take(ENDPOINT("00:00.0", PF("-", "1", "256", "1")) ENDPOINT("01:00.0", ""));
	assert_int_equal(capture.top.nr_roots, 2);
	assert_string_equal(capture.functions[1].pf, "");
	assert_int_equal(capture.functions[0].unsized, 1 << PFB_BAR_VF0);
	pfb_capture_free(&capture);

	refuse(ENDPOINT("00:00.0", PF("+", "1", "0", "1")), "VF number 1 is 0000:00:00.0", "itself");
	refuse(PORT ENDPOINT("00:00.0", PF("+", "1", "8", "1")), "0000:00:01.0", "a bridge");
	refuse(ENDPOINT("00:00.0", PF("+", "1", "16", "1")) ENDPOINT("00:01.0", PF("+", "1", "8", "1"))
	       ENDPOINT("00:02.0", ""), "another one's VF already");
	refuse(ENDPOINT("00:00.0", PF("+", "1", "8", "1")) ENDPOINT("00:01.0", PF("+", "1", "8", "1"))
	       ENDPOINT("00:02.0", ""), "its PF is a VF itself");
	refuse(ENDPOINT("00:00.0", PF("+", "2", "8", "8")) ENDPOINT("00:01.0", VF_BAR)
	       ENDPOINT("00:02.0", "\tRegion 0: Memory at 100100000 (64-bit, prefetchable) [virtual] [size=2M]\n"),
	       "0000:00:02.0", "bar0 is of 0x200000 bytes", "0x100000");
	/* numbers that lead nowhere */
	take(ENDPOINT("00:00.0", PF("+", "65535", "65535", "65535")) ENDPOINT("00:02.0", ""));
}

/* A VF without its PF is told by its ids, and stays one in a file. */
static void test_lone_vf(void **state)
{
	struct pfb_capture_notes notes;
	struct pfb_capture again;
	struct json_object *obj;
	const char *json;
	char *text;

	(void)state;
	text = strdup(changed(text313, "\n\n0a:00.0", "\n\n10000:0a:00.0"));
	assert_non_null(text);
	take2(text, changed(dump, "\n\n0a:00.0", "\n\n10000:0a:00.0"));
	free(text);
	assert_true(FN("0000:0a:10.0")->flags & PFB_FN_VF);
	assert_string_equal(CF("0000:0a:10.0")->pf, "");
	assert_int_equal(FN("0000:0a:10.0")->device, 0x10ca);
	assert_true(FN("0000:0a:10.0")->bars[0].address == 0x400000200000);
	pfb_capture_notes(&capture, &notes);
	assert_non_null(strstr(notes.text[0], "0000:0a:10.0 and 1 more: is a VF, and its PF is not known"));
	obj = pfb_capture_json(&capture);
	json = json_object_to_json_string(obj);
	if (pfb_capture_read(&again, json, strlen(json), &err))
		fail_msg("%s", err.text);
	same(&again);
	pfb_capture_free(&again);
	json_object_put(obj);
}

/* Off the bus: all ones. It is still there, and nothing is known of it. */
static void test_dead(void **state)
{
	static char text[8192];
	size_t used;
	unsigned int i;

	(void)state;
	used = (size_t)sprintf(text, "00:02.0 Class [0302]: Device [10de:2330] (rev ff) (prog-if ff)\n"
			       "\t!!! Unknown header type 7f\n\tKernel driver in use: nvidia\n");
	for (i = 0; i < 256; i += 16)
		used += (size_t)sprintf(text + used, "%02x: ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff\n", i);
	take(text);
	assert_int_equal(capture.top.functions[0].type, PFB_PORT_ENDPOINT);
	assert_int_equal(capture.top.functions[0].device, 0x2330);
	assert_false(capture.functions[0].acs_read);
}

static void test_hostile(void **state)
{
	struct pfb_lspci_input input = { "big", "x", PFB_LSPCI_SIZE_MAX + 1U };
	char *text;
	u32 i;

	(void)state;
	assert_int_equal(pfb_capture_lspci(&capture, &input, 1, NULL, &err), -E2BIG);
	assert_error(&err, "big", "64 MiB");
	text = malloc((PFB_LSPCI_BLOCKS_MAX + 2) * 10);
	assert_non_null(text);
	for (i = 0; i <= PFB_LSPCI_BLOCKS_MAX; i++)
		memcpy(text + 10 * i, "00:00.0 x\n", 10);
	input.text = text;
	input.size = 10 * i;
	assert_int_equal(pfb_capture_lspci(&capture, &input, 1, NULL, &err), -E2BIG);
	assert_error(&err, "big line 131073", "131072");
	free(text);
	pfb_capture_free(&capture);
	refuse("00:02.0 \033[2J\n\t\033]0;x\nzz\033[2J\n", "one line 3", "zz?[2J");
	take(ENDPOINT("00:02.0", "\tKernel driver in use: \033[2Jx\n"));
	assert_string_equal(capture.functions[0].driver, "?[2Jx");
}

static void test_notes(void **state)
{
	struct pfb_capture_notes notes;

	(void)state;
	take(changed(PORT GPU, "fe000000 (32", "fd000000 (32"));
	pfb_capture_cpu(&capture, "vendor_id\t: GenuineIntel\naddress sizes\t: 46 bits physical, 57 bits virtual\n");
	pfb_capture_notes(&capture, &notes);
	assert_int_equal(notes.nr, 1);
	assert_non_null(strstr(notes.text[0], "0000:01:00.0 bar0: lies outside the windows"));
	pfb_capture_free(&capture);
	take(changed(dump, "00:05.0", "10000:00:05.0"));
	pfb_capture_notes(&capture, &notes);
	assert_int_equal(notes.nr, 5);
	assert_non_null(strstr(notes.text[0], "0000:00:1f.2 bar4 and 5 more: the size is not known"));
	assert_non_null(strstr(notes.text[1], "no function has an IOMMU group"));
	assert_non_null(strstr(notes.text[2], "0000:0a:00.0 vfbar0 and 1 more: the size of the VFs' BARs"));
	assert_non_null(strstr(notes.text[3], "vendor and address bits"));
	assert_non_null(strstr(notes.text[4], "1 functions in segments above ffff"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_real, teardown),
		cmocka_unit_test_teardown(test_dump_alone, teardown),
		cmocka_unit_test_teardown(test_mail, teardown),
		cmocka_unit_test_teardown(test_wrapped, teardown),
		cmocka_unit_test_teardown(test_cut, teardown),
		cmocka_unit_test_teardown(test_text, teardown),
		cmocka_unit_test_teardown(test_links, teardown),
		cmocka_unit_test_teardown(test_bars, teardown),
		cmocka_unit_test_teardown(test_bars_both, teardown),
		cmocka_unit_test_teardown(test_windows, teardown),
		cmocka_unit_test_teardown(test_not_root, teardown),
		cmocka_unit_test_teardown(test_wrong_command, teardown),
		cmocka_unit_test_teardown(test_contradiction, teardown),
		cmocka_unit_test_teardown(test_twice, teardown),
		cmocka_unit_test_teardown(test_buses, teardown),
		cmocka_unit_test_teardown(test_segments, teardown),
		cmocka_unit_test_teardown(test_vfs, teardown),
		cmocka_unit_test_teardown(test_lone_vf, teardown),
		cmocka_unit_test_teardown(test_dead, teardown),
		cmocka_unit_test_teardown(test_hostile, teardown),
		cmocka_unit_test_teardown(test_notes, teardown),
	};

	return cmocka_run_group_tests_name("capture_lspci", tests, setup_files, NULL);
}
