// SPDX-License-Identifier: GPL-2.0
/* A plan as people see it: the tree, and the picture. */
#include "unit.h"

#include <expat.h>
#include <stdlib.h>

#include "lib/vm_plan.h"
#include "unit_host.h"

#define RECTS_MAX	128

static struct unit_host host;
static struct unit_rfc_host rfc;
static struct pfb_vm_plan plan;
static char *printed;

static int setup(void **state)
{
	(void)state;
	unit_host_rfc(&host, &rfc);
	unit_host_finish(&host);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pfb_vm_plan_free(&plan);
	free(printed);
	printed = NULL;
	return 0;
}

static void print_tree(bool explain)
{
	size_t size;
	FILE *f;

	free(printed);
	f = open_memstream(&printed, &size);
	assert_non_null(f);
	pfb_vm_tree(f, &plan, explain);
	fclose(f);
}

static void plan_it(const struct pfb_vm_request *more, const char *names)
{
	pfb_vm_plan_free(&plan);
	unit_host_plan(&plan, &host, more, names);
}

static void test_tree(void **state)
{
	struct pfb_vm_request indirect = { .allow_indirect = true };

	(void)state;
	strcpy(host.cf[rfc.gpu].name, "GH100");
	plan_it(&indirect, "0000:03:00.0 0000:04:00.0 0000:06:00.0");
	/* what is beside the tree has tests of its own */
	plan.nr_notes = 0;
	print_tree(false);
	assert_string_equal(printed,
		"virt, 64-bit window 0x400000000000-0x7fffffffffff (64 TiB)\n"
		"|- rp0 00:01.0 pcie-root-port\n"
		"|  `- up0 01:00.0 x3130-upstream = host 0000:01:00.0\n"
		"|     |- dp0 02:00.0 xio3130-downstream\n"
		"|     |  `- gpu0 03:00.0 10de:2330 = host 0000:03:00.0 \"GH100\", clique 0, provider\n"
		"|     |          bar0  0x10000000       16 MiB\n"
		"|     |          bar2  0x6b8000000000  128 GiB  fixed\n"
		"|     |          bar4  0x6c8000000000   32 MiB  fixed\n"
		"|     `- dp1 02:01.0 xio3130-downstream\n"
		"|        `- nic0 04:00.0 15b3:1021 = host 0000:04:00.0, clique 0, client\n"
		"|                bar0  0x6c8002000000   32 MiB\n"
		"`- rp1 00:02.0 pcie-root-port\n"
		"   `- nic1 05:00.0 15b3:1021 = host 0000:06:00.0, clique 1, client\n"
		"           bar0  0x400000000000   32 MiB\n"
		"\n"
		"On the host, what a client sends to a provider:\n"
		"  nic0 -> gpu0: direct: upstream port 0000:01:00.0 turns it round\n"
		"  nic1 -> gpu0: none: no switch is above both: it leaves at root port 0000:00:02.0 for the root complex; assign functions below one switch\n");

	/* every BAR with its reason, a port's, too */
	plan_it(NULL, "0000:03:00.0");
	plan.nr_notes = 0;
	print_tree(true);
	assert_string_equal(printed,
		"virt, 64-bit window 0x400000000000-0x7fffffffffff (64 TiB)\n"
		"`- rp0 00:01.0 pcie-root-port\n"
		"   |    bar0  0x11000000        4 KiB\n"
		"   |          the root port's own MSI-X table: packed below 4 GiB\n"
		"   `- gpu0 01:00.0 10de:2330 = host 0000:03:00.0 \"GH100\", clique 0, provider\n"
		"           bar0  0x10000000       16 MiB\n"
		"                 32-bit: packed below 4 GiB, where the guest's addresses are its own; not for peers\n"
		"           bar2  0x6b8000000000  128 GiB  fixed\n"
		"                 where 0000:03:00.0 has it on the host: what a peer writes there turns at the host's switch\n"
		"           bar4  0x6c8000000000   32 MiB  fixed\n"
		"                 where 0000:03:00.0 has it on the host: what a peer writes there turns at the host's switch\n");
}

/* Eight for one reason are one line, and notes are lines that a terminal holds. */
static void test_many(void **state)
{
	const char *line, *end;

	(void)state;
	unit_host_dgx(&host);
	plan_it(NULL, "0000:03:00.0 0000:04:00.0 0000:05:00.0 0000:09:00.0 0000:0b:00.0");
	print_tree(false);
	assert_non_null(strstr(printed, "  nic0 -> gpu0,gpu1: direct: "));
	assert_non_null(strstr(printed, "  nic1 -> gpu0,gpu1: none: "));
	assert_null(strstr(printed, " -> gpu1: none: "));
	line = strstr(printed, "  nic1 -> ");
	line = strstr(line + 1, "  nic1 -> ");
	assert_true(!strncmp(line, "  nic1 -> gpu2: direct: ", 24));
	assert_null(strstr(line + 1, "  nic1 -> "));
	line = strstr(printed, "\nnote: ");
	assert_non_null(line);
	for (line++; *line; line = end + 1) {
		end = strchr(line, '\n');
		assert_true(end - line <= 96);
		assert_true(!strncmp(line, "note: ", 6) || !strncmp(line, "      ", 6));
	}
}

/* What is in the picture. */
static struct {
	unsigned int depth;
	bool inside;
	unsigned int direct;
	unsigned int translated;
	int width;
	int height;
	int rects[RECTS_MAX][4];
	unsigned int nr_rects;
	char text[65536];
	size_t used;
} svg;

static const char *attribute(const char **attributes, const char *name)
{
	for (; *attributes; attributes += 2)
		if (!strcmp(attributes[0], name))
			return attributes[1];
	return "";
}

static void start(void *data, const char *name, const char **attributes)
{
	const char *class = attribute(attributes, "class");

	(void)data;
	if (!svg.depth++) {
		assert_string_equal(name, "svg");
		assert_string_equal(attribute(attributes, "xmlns"), "http://www.w3.org/2000/svg");
		svg.width = atoi(attribute(attributes, "width"));
		svg.height = atoi(attribute(attributes, "height"));
	}
	svg.inside = !strcmp(name, "text") || !strcmp(name, "title");
	svg.direct += !strcmp(class, "direct");
	svg.translated += !strcmp(class, "translated");
	if (!strcmp(name, "rect") && (!strcmp(class, "port") || !strcmp(class, "fn"))) {
		int *rect = svg.rects[svg.nr_rects++];

		assert_true(svg.nr_rects < RECTS_MAX);
		rect[0] = atoi(attribute(attributes, "x"));
		rect[1] = atoi(attribute(attributes, "y"));
		rect[2] = rect[0] + atoi(attribute(attributes, "width"));
		rect[3] = rect[1] + atoi(attribute(attributes, "height"));
	}
}

static void end(void *data, const char *name)
{
	(void)data;
	(void)name;
	svg.depth--;
	/* so that one text does not run into the next */
	if (svg.inside)
		svg.text[svg.used++] = '\n';
	svg.inside = false;
}

static void characters(void *data, const char *text, int len)
{
	(void)data;
	if (!svg.inside)
		return;
	assert_true(svg.used + (size_t)len + 2 < sizeof(svg.text));
	memcpy(svg.text + svg.used, text, (size_t)len);
	svg.used += (size_t)len;
}

/* Draws the plan, and takes the picture apart with a parser that no mistake gets past. */
static void draw(void)
{
	XML_Parser parser = XML_ParserCreate(NULL);
	struct pfb_error err = { "" };
	size_t size;
	FILE *f;
	u32 i, j;

	free(printed);
	f = open_memstream(&printed, &size);
	assert_non_null(f);
	assert_int_equal(pfb_vm_svg(f, &plan, &err), 0);
	fclose(f);

	memset(&svg, 0, sizeof(svg));
	XML_SetElementHandler(parser, start, end);
	XML_SetCharacterDataHandler(parser, characters);
	if (XML_Parse(parser, printed, (int)size, 1) != XML_STATUS_OK)
		fail_msg("%s:\n%s", XML_ErrorString(XML_GetErrorCode(parser)), printed);
	XML_ParserFree(parser);
	/* the legend has one of each */
	svg.direct--;
	svg.translated--;

	/* everything is on the canvas, and nothing on anything else */
	assert_int_equal(svg.nr_rects, plan.top.nr_functions + 1);
	for (i = 0; i < svg.nr_rects; i++) {
		const int *a = svg.rects[i];

		assert_true(a[0] >= 0 && a[1] >= 0 && a[2] <= svg.width && a[3] <= svg.height);
		for (j = 0; j < i; j++) {
			const int *b = svg.rects[j];

			assert_false(a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]);
		}
	}
}

static void shows(const char *text)
{
	if (!strstr(svg.text, text))
		fail_msg("\"%s\" is not in:\n%s", text, svg.text);
}

static void test_svg(void **state)
{
	struct pfb_vm_request indirect = { .allow_indirect = true };

	(void)state;
	strcpy(host.capture.machine, "a<b\x1b\xc3\xa9");
	strcpy(host.cf[rfc.gpu].name, "<script>&\"'</svg>");
	plan_it(&indirect, "0000:03:00.0 0000:04:00.0 0000:06:00.0");
	draw();
	assert_int_equal(svg.direct, 1);
	assert_int_equal(svg.translated, 0);
	/* XML cannot have the first, and fonts need not have the others */
	shows("virt guest planned from host a<b???\n");
	shows("\n<script>&\"'</svg>\n");
	shows("\ngpu0 03:00.0, clique 0, provider\n10de:2330 = host 0000:03:00.0\n");
	shows("\nbar2\n0x6b8000000000\n128 GiB\n= host\n");
	shows("\nbar0\n0x10000000\n16 MiB\nbar2\n");
	shows("\nup0 01:00.0\nx3130-upstream\nhost 0000:01:00.0\n");
	shows("\nnic1 05:00.0, clique 1, client\n15b3:1021 = host 0000:06:00.0\n");
	shows("\nnic0 to gpu0: direct, upstream port 0000:01:00.0 turns it round\n");
	shows("\n0x400000000000\n-0x7fffffffffff\n");

	host.t.functions[rfc.nic - 1].flags |= PFB_FN_ACS;
	host.t.functions[rfc.nic - 1].acs_ctrl = PFB_ACS_RR | PFB_ACS_DT;
	host.t.functions[rfc.nic].flags |= PFB_FN_ATS | PFB_FN_ATS_ENABLED;
	plan_it(NULL, "0000:03:00.0 0000:04:00.0");
	draw();
	assert_int_equal(svg.direct, 0);
	assert_int_equal(svg.translated, 1);
	/* a name that would not fit */
	memset(host.cf[rfc.gpu].name, 'x', 100);
	draw();
	shows("\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..\n");
}

/* Many, and what has nothing but itself: nothing lies on anything else. */
static void test_svg_layout(void **state)
{
	char names[16 * 13 + 1] = "";
	u32 i;

	(void)state;
	unit_host_dgx(&host);
	for (i = 0; i < host.t.top.nr_functions; i++)
		if (host.t.functions[i].type == PFB_PORT_ENDPOINT)
			sprintf(names + strlen(names), "%s%s", *names ? " " : "", host.cf[i].bdf);
	plan_it(NULL, names);
	draw();
	assert_int_equal(svg.direct, 4 * 6);
	shows("\nnic7 ");
	plan_it(NULL, "0000:05:00.0");
	host.capture.machine[0] = '\0';
	draw();
	shows("planned from host (no name)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_tree, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_svg, setup, teardown),
		cmocka_unit_test_setup_teardown(test_svg_layout, setup, teardown),
	};

	return cmocka_run_group_tests_name("vm_report", tests, NULL, NULL);
}
