// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include "lib/capture.h"

/*
 * Line numbers count: each function stands on a line of its own, the first on
 * line 10.
 */
#define HEAD									\
	"{\n"									\
	"\"format\": \"pci-fixed-bars capture\",\n"				\
	"\"version\": 1, \"origin\": \"sysfs\",\n"				\
	"\"machine\": \"gpu-host-7\", \"release\": \"6.8.0\",\n"		\
	"\"cpu_vendor\": \"AuthenticAMD\", \"address_bits\": 52,\n"		\
	"\"roots\": [\n"							\
	"{\"bus\": \"0000:20\", \"last_bus\": \"3f\", \"windows\": {\"io\": null,\n" \
	"  \"mem\": [\"0xb0000000\", \"0xbfffffff\"], \"pref\": [\"0x28000000000\", \"0x2ffffffffff\"]}}],\n" \
	"\"functions\": [\n"
#define PORT									\
	"{\"bdf\": \"0000:20:01.0\", \"parent\": null, \"id\": \"1022:14ab\", \"class\": \"0x060400\"," \
	" \"type\": \"root port\", \"name\": \"Root Port\", \"driver\": \"pcieport\", \"numa_node\": 1," \
	" \"iommu_group\": 7, \"flags\": [\"memory-decode\", \"bus-master\", \"pref64\"]," \
	" \"capabilities_read\": true, \"acs\": {\"capability\": \"0x5f\", \"control\": \"0x1d\"}," \
	" \"ats\": null, \"buses\": [\"21\", \"22\"], \"windows\": {\"io\": null," \
	" \"mem\": [\"0xb0000000\", \"0xb01fffff\"], \"pref\": [\"0x28000000000\", \"0x28fffffffff\"]}," \
	" \"bars\": []}"
#define NIC									\
	"{\"bdf\": \"0000:21:00.0\", \"parent\": \"0000:20:01.0\", \"id\": \"15b3:1021\"," \
	" \"class\": \"0x020000\", \"type\": \"endpoint\", \"name\": null, \"driver\": \"mlx5_core\"," \
	" \"numa_node\": 1, \"iommu_group\": 8, \"link\": {\"speed\": 32000, \"width\": 16}, \"flags\": [\"memory-decode\", \"bus-master\"]," \
	" \"capabilities_read\": true, \"acs\": null, \"ats\": \"off\", \"total_vfs\": 8, \"bars\": [" \
	" {\"bar\": \"bar0\", \"address\": \"0x28000000000\", \"size\": \"0x2000000\"," \
	"  \"flags\": [\"mem64\", \"prefetch\", \"assigned\"], \"resizable\": [\"0x2000000\", \"0x4000000\"]}," \
	" {\"bar\": \"rom\", \"address\": \"0xb0000000\", \"size\": \"0x100000\", \"flags\": [\"disabled\"]}," \
	" {\"bar\": \"vfbar0\", \"address\": \"0x28004000000\", \"size\": null, \"flags\": [\"mem64\"]}]}"
#define VF									\
	"{\"bdf\": \"0000:21:00.1\", \"parent\": \"0000:20:01.0\", \"pf\": \"0000:21:00.0\"," \
	" \"id\": \"15b3:101e\", \"class\": \"0x020000\", \"type\": \"endpoint\"," \
	" \"capabilities_read\": false, \"bars\": []}"
#define TAIL	"\n]}\n"

static struct pfb_capture capture;
static struct pfb_error err;

static int teardown(void **state)
{
	(void)state;
	pfb_capture_free(&capture);
	return 0;
}

static void take(const char *text)
{
	if (pfb_capture_read(&capture, text, strlen(text), &err))
		fail_msg("%s", err.text);
}

#define refuse(text, ...)							\
	do {									\
		assert_int_equal(pfb_capture_read(&capture, text, strlen(text), &err), -EINVAL); \
		pfb_capture_free(&capture);					\
		assert_error(&err, __VA_ARGS__);				\
	} while (0)

/* @text with the first @old in it changed to @new. */
static const char *changed(const char *text, const char *old, const char *new)
{
	static char buf[8192];
	const char *at = strstr(text, old);

	assert_non_null(at);
	assert_true(snprintf(buf, sizeof(buf), "%.*s%s%s", (int)(at - text), text, new,
			     at + strlen(old)) < (int)sizeof(buf));
	return buf;
}

static const char whole[] = HEAD PORT ",\n" NIC ",\n" VF TAIL;

static void test_read(void **state)
{
	struct pfb_capture_function *cf;
	struct pfb_function *fn;

	(void)state;
	take(whole);
	assert_string_equal(capture.origin, "sysfs");
	assert_string_equal(capture.machine, "gpu-host-7");
	assert_string_equal(capture.release, "6.8.0");
	assert_string_equal(capture.cpu_vendor, "AuthenticAMD");
	assert_int_equal(capture.address_bits, 52);
	assert_int_equal(capture.top.nr_roots, 1);
	assert_int_equal(capture.top.roots[0].last_bus, 0x3f);
	assert_true(capture.top.roots[0].windows[PFB_WINDOW_IO].base == 1);
	assert_true(capture.top.roots[0].windows[PFB_WINDOW_PREF].limit == 0x2ffffffffff);
	assert_int_equal(capture.top.nr_functions, 3);

	fn = &capture.top.functions[0];
	assert_int_equal(fn->type, PFB_PORT_ROOT);
	assert_int_equal(fn->flags, PFB_FN_ACS | PFB_FN_MEMORY | PFB_FN_MASTER | PFB_FN_PREF64);
	assert_int_equal(fn->acs_cap, 0x5f);
	assert_int_equal(fn->acs_ctrl, 0x1d);
	assert_int_equal(fn->secondary, 0x21);
	assert_int_equal(fn->subordinate, 0x22);
	assert_true(fn->windows[PFB_WINDOW_PREF].base == 0x28000000000);

	fn = &capture.top.functions[1];
	cf = &capture.functions[1];
	assert_int_equal(fn->parent, 0);
	assert_int_equal(fn->vendor, 0x15b3);
	assert_int_equal(fn->device, 0x1021);
	assert_int_equal(fn->class, 0x020000);
	assert_int_equal(fn->flags & (PFB_FN_ATS | PFB_FN_ATS_ENABLED), PFB_FN_ATS);
	assert_int_equal(fn->total_vfs, 8);
	assert_true(fn->bars[0].size == 32 << 20);
	assert_int_equal(fn->bars[0].flags, PFB_BAR_MEM64 | PFB_BAR_PREFETCH | PFB_BAR_ASSIGNED);
	assert_true(cf->rebar_sizes[0] == (1 << 5 | 1 << 6));
	assert_int_equal(fn->bars[PFB_BAR_ROM].flags, PFB_BAR_DISABLED);
	assert_int_equal(cf->unsized, 1 << PFB_BAR_VF0);
	assert_true(fn->bars[PFB_BAR_VF0].address == 0x28004000000);
	assert_true(!fn->bars[PFB_BAR_VF0].size);
	assert_string_equal(cf->driver, "mlx5_core");
	assert_string_equal(cf->name, "");
	assert_int_equal(cf->iommu_group, 8);
	assert_int_equal(cf->link.speed, 32000);
	assert_int_equal(cf->link.width, 16);
	assert_int_equal(cf->numa_node, 1);
	assert_true(cf->acs_read);

	cf = &capture.functions[2];
	assert_int_equal(capture.top.functions[2].flags, PFB_FN_VF);
	assert_string_equal(cf->pf, "0000:21:00.0");
	assert_int_equal(cf->iommu_group, -1);
	assert_int_equal(cf->numa_node, -1);
	assert_false(cf->acs_read);
}

/* What is written reads as the same, to the last byte. */
static void test_round_trip(void **state)
{
	struct pfb_capture again;
	struct json_object *obj, *obj_again;
	const char *text;
	u32 i;

	(void)state;
	take(whole);
	obj = pfb_capture_json(&capture);
	text = json_object_to_json_string(obj);
	if (pfb_capture_read(&again, text, strlen(text), &err))
		fail_msg("%s", err.text);
	assert_int_equal(again.top.nr_functions, 3);
	for (i = 0; i < 3; i++) {
		assert_memory_equal(&again.top.functions[i], &capture.top.functions[i],
				    sizeof(again.top.functions[i]));
		assert_memory_equal(&again.functions[i], &capture.functions[i],
				    sizeof(again.functions[i]));
	}
	assert_memory_equal(again.top.roots, capture.top.roots, sizeof(*again.top.roots));
	obj_again = pfb_capture_json(&again);
	assert_string_equal(text, json_object_to_json_string(obj_again));
	json_object_put(obj_again);
	json_object_put(obj);
	pfb_capture_free(&again);
}

static void test_no_json(void **state)
{
	char *text = strdup(whole);
	size_t size;

	(void)state;
	assert_non_null(text);
	/* cut anywhere */
	for (size = 0; size < sizeof(whole) - 3; size++) {
		int ret = pfb_capture_read(&capture, text, size, &err);

		assert_int_equal(ret, -EINVAL);
		pfb_capture_free(&capture);
		assert_error(&err, "line ");
	}
	free(text);
	refuse("", "the file ends in the middle");
	refuse("{\n\"format\": nonsense}", "line 2, column 12", "no JSON");
	refuse("[]", "no JSON object");
	refuse("{}", "\"format\" is missing");
	refuse("[[[[[[[[[[[[]]]]]]]]]]]]", "line 1", "deep");
	refuse(changed(whole, "\n]}\n", "\n]}\n{}"), "line 14", "no JSON");
	take(changed(whole, "\n]}\n", "\n]}\r\n\t \n\n"));
}

static void test_head(void **state)
{
	(void)state;
	refuse(changed(whole, "s capture", "s plan"), "format is \"pci-fixed-bars plan\"");
	refuse(changed(whole, "\"version\": 1", "\"version\": 2"), "version is 2, expected 1");
	refuse(changed(whole, "sysfs", "windows"), "origin is \"windows\"");
	refuse(changed(whole, "\"machine\"", "\"mashine\""), "key \"mashine\" is not known");
	refuse(changed(whole, "gpu-host-7", "a\\u001b[2J"), "machine has byte 0x1b");
	refuse(changed(whole, ": 52", ": 65"), "\"address_bits\" is 65, expected 0 to 64");
	refuse(changed(whole, "\"3f\"", "\"3\""), "line 7, roots[0]", "last_bus is \"3\"");
	refuse(changed(whole, "0000:20\"", "0:20\""), "line 7, roots[0]", "bus is \"0:20\"");
	refuse(changed(whole, "\"0xbfffffff\"", "\"0xaf\""), "window \"mem\" is from 0xb0000000 to 0xaf");
}

static void test_function(void **state)
{
	(void)state;
	refuse(changed(whole, "0000:21:00.0", "0000:21:20.0"), "line 11, functions[1]",
	       "bdf is \"0000:21:20.0\"");
	refuse(changed(whole, "15b3:1021", "15b3"), "line 11, functions[1] (0000:21:00.0)",
	       "id is \"15b3\"");
	refuse(changed(whole, "0x060400", "0x1060400"), "line 10", "up to 0xffffff");
	refuse(changed(whole, "root port", "port"), "type is \"port\"", "\"downstream port\"");
	refuse(changed(whole, "\"bus-master\"", "\"master\""), "flag \"master\" is not known");
	refuse(changed(whole, "\"iommu_group\": 7", "\"iommu_group\": -1"),
	       "\"iommu_group\" is -1, expected 0 to");
	refuse(changed(whole, "32000", "3200"), "\"speed\" is 3200, expected MT/s");
	refuse(changed(whole, "32000", "\"32\""), "\"speed\" is a string");
	refuse(changed(whole, "\"width\": 16", "\"width\": 33"), "\"width\" is 33, expected 0 to 32");
	refuse(changed(whole, "\"width\": 16", "\"lanes\": 16"), "key \"lanes\" is not known");
	refuse(changed(whole, "\"control\": \"0x1d\"", "\"control\": \"0x80\""), "up to 0x7f");
	refuse(changed(whole, "\"ats\": \"off\"", "\"ats\": \"yes\""), "ats is \"yes\"");
	refuse(changed(whole, "\"off\", ", "\"off\", \"buses\": [], "),
	       "an endpoint has no \"buses\"");
	refuse(changed(whole, "[\"21\", \"22\"]", "[\"21\"]"), "\"buses\" has 1 entries");
	refuse(changed(whole, "\"capabilities_read\": false, ", ""), "line 12",
	       "\"capabilities_read\" is missing");
	refuse(changed(whole, VF, "7"), "line 12, functions[2]: is no object");
}

static void test_bars(void **state)
{
	(void)state;
	refuse(changed(whole, "\"bar0\"", "\"bar9\""), "bar is \"bar9\"");
	refuse(changed(whole, "\"rom\"", "\"bar0\""), "line 11, functions[1] (0000:21:00.0) bar0",
	       "stated twice");
	refuse(changed(whole, "\"size\": \"0x2000000\",", ""), "\"size\" is missing");
	refuse(changed(whole, "\"0x2000000\"", "\"0x0\""), "size is 0");
	refuse(changed(whole, "\"0x2000000\"", "\"0x2000001\""), "line 11", "power of two");
	refuse(changed(whole, "\"0x2000000\"", "\"0x20000000000000000\""), "hexadecimal number");
	refuse(changed(whole, "\"0x2000000\"", "33554432"), "size is an integer, expected a string");
	refuse(changed(whole, "[\"0x2000000\",", "[\"0x80000\","), "resizable to 0x80000");
	/* near 2^64 */
	refuse(changed(whole, "\"0x28000000000\", \"size\": \"0x2000000\"",
		       "\"0xfffffffffe000000\", \"size\": \"0x4000000\""),
	       "line 11, functions[1] (0000:21:00.0)", "multiple of its size");
}

static void test_tree(void **state)
{
	(void)state;
	refuse(HEAD NIC ",\n" PORT TAIL, "line 10", "its parent 0000:20:01.0 is not among");
	/* A loop cannot be stated: whatever is above stands before. */
	refuse(changed(whole, "\"parent\": null", "\"parent\": \"0000:21:00.0\""), "line 10",
	       "depth-first order");
	refuse(changed(whole, "\"parent\": null", "\"parent\": \"0000:20:01.0\""), "line 10",
	       "depth-first order");
	refuse(HEAD PORT ",\n" NIC ",\n" NIC TAIL, "line 12, functions[2] (0000:21:00.0)",
	       "is functions[1], too");
	refuse(changed(whole, "\"pf\": \"0000:21:00.0\"", "\"pf\": \"0000:21:00.2\""), "line 12",
	       "its PF 0000:21:00.2 is no function of this capture");
	refuse(changed(whole, "\"pf\": \"0000:21:00.0\"", "\"pf\": \"0000:21:00.1\""), "line 12",
	       "is a VF itself");
	refuse(changed(whole, "\"bus\": \"0000:20\"", "\"bus\": \"0000:21\""), "line 10",
	       "\"roots\" has no bus 0000:20");
	refuse(changed(whole, "[\"21\", \"22\"]", "[\"22\", \"21\"]"), "line 10",
	       "secondary bus 22, subordinate 21");
	refuse(changed(whole, "[\"21\", \"22\"]", "[\"21\", \"40\"]"), "line 10", "include 40");
	refuse(changed(whole, "[\"21\", \"22\"]", "[\"22\", \"22\"]"), "line 11",
	       "expected on bus 22");
	refuse(changed(whole, "\"type\": \"endpoint\"", "\"type\": \"downstream port\", \"buses\": [\"22\",\"22\"], \"windows\": {}"),
	       "line 11", "downstream port cannot be below root port");
}

/* What would take json-c gigabytes is refused before it is asked. */
static void test_huge(void **state)
{
	size_t i, size = 8 << 20;
	char *text = malloc(size);

	(void)state;
	assert_non_null(text);
	memset(text, ',', size);
	assert_int_equal(pfb_capture_read(&capture, text, size, &err), -E2BIG);
	assert_error(&err, "values");
	for (i = 0; i < size; i++)
		text[i] = i & 1 ? '}' : '{';
	assert_int_equal(pfb_capture_read(&capture, text, size, &err), -E2BIG);
	free(text);
	assert_int_equal(pfb_capture_read(&capture, "", PFB_CAPTURE_SIZE_MAX + 1, &err), -E2BIG);
	assert_error(&err, "64 MiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_read, teardown),
		cmocka_unit_test_teardown(test_round_trip, teardown),
		cmocka_unit_test_teardown(test_no_json, teardown),
		cmocka_unit_test_teardown(test_head, teardown),
		cmocka_unit_test_teardown(test_function, teardown),
		cmocka_unit_test_teardown(test_bars, teardown),
		cmocka_unit_test_teardown(test_tree, teardown),
		cmocka_unit_test_teardown(test_huge, teardown),
	};

	return cmocka_run_group_tests_name("capture_json", tests, NULL, NULL);
}
