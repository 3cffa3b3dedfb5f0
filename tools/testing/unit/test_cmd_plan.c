// SPDX-License-Identifier: GPL-2.0
/* pci-fixed-bars plan as an operator runs it, on the capture of the QEMU RFC's host. */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/capture.h"
#include "lib/file.h"
#include "lib/vm_plan.h"
#include "pci-fixed-bars/command.h"
#include "unit_command.h"
#include "unit_host.h"

#define CAPTURE		UNIT_CAPTURES "/rfc-host.json"
#define GPU		"0000:03:00.0"
#define NIC		"0000:04:00.0"
#define ELSEWHERE	"0000:06:00.0"

#define PLAN(...)	run(pfb_cmd_plan, CAPTURE, ##__VA_ARGS__, NULL)

static char folder[] = "/tmp/unit-plan-XXXXXX";
static char changed[64], file[64], picture[64];

static int setup_all(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(changed, sizeof(changed), "%s/changed.json", folder);
	snprintf(file, sizeof(file), "%s/manifest.bin", folder);
	snprintf(picture, sizeof(picture), "%s/plan.svg", folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(changed);
	unlink(file);
	unlink(picture);
	return 0;
}

static int teardown_all(void **state)
{
	(void)state;
	return rmdir(folder);
}

/* Writes @changed: the capture with one text in the function @bdf replaced. */
static void change(const char *bdf, const char *old, const char *new)
{
	char key[64], *text, *at;
	struct pfb_error err;
	size_t size;
	FILE *f;

	if (pfb_file_read(CAPTURE, PFB_CAPTURE_SIZE_MAX, (void **)&text, &size, &err))
		fail_msg("%s", err.text);
	snprintf(key, sizeof(key), "\"bdf\": \"%s\"", bdf);
	at = strstr(text, key);
	assert_non_null(at);
	at = strstr(at, old);
	assert_non_null(at);
	f = fopen(changed, "w");
	assert_non_null(f);
	fprintf(f, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
	assert_int_equal(fclose(f), 0);
	free(text);
}

static bool exists(const char *path)
{
	struct stat st;

	return !stat(path, &st);
}

static void test_tree(void **state)
{
	(void)state;
	expect(PLAN("--assign", GPU "," NIC), PFB_EXIT_GOOD);
	says("virt, 64-bit window 0x400000000000-0x7fffffffffff (64 TiB)\n");
	says("= host 0000:03:00.0 \"NVIDIA Corporation GH100 [H100 SXM5 80GB]\", clique 0, provider\n");
	says("bar2  0x6b8000000000  128 GiB  fixed\n");
	says("bar4  0x6c8000000000   32 MiB  fixed\n");
	says("  nic0 -> gpu0: direct: upstream port 0000:01:00.0 turns it round\n");
	says("note: IOMMU group 2 of 0000:03:00.0 also has 0000:05:00.0 (nvme): VFIO");
	says_not("MSI-X");
	/* in several words, by path, in short */
	expect(PLAN("-a", "03:00.0", "-a", "0000:00:01.0/00.0/01.0/00.0", "--explain"),
	       PFB_EXIT_GOOD);
	says("nic0 04:00.0");
	says("where 0000:03:00.0 has it on the host");
	says("the root port's own MSI-X table");
	expect(PLAN("-a", GPU, "-a", NIC, "--window64", "0x400000000000:0x400000000000"),
	       PFB_EXIT_GOOD);
	says("bar2  0x6b8000000000  128 GiB  fixed\n");
	expect(PLAN("-a", GPU "," NIC, "-p", NIC), PFB_EXIT_GOOD);
	says("clique 0, provider, client\n");
	says("bar0  0x6c8002000000   32 MiB  fixed\n");
	expect(PLAN("-a", GPU "," NIC, "--machine", "q35"), PFB_EXIT_GOOD);
	says("q35, 64-bit window 0x380000000000-0x77ffffffffff (64 TiB)\n");
}

static void test_stdin(void **state)
{
	int was = dup(STDIN_FILENO), fd = open(CAPTURE, O_RDONLY);

	(void)state;
	assert_true(was >= 0 && fd >= 0);
	assert_true(dup2(fd, STDIN_FILENO) >= 0);
	expect(run(pfb_cmd_plan, "-", "-a", GPU, NULL), PFB_EXIT_GOOD);
	says("gpu0 01:00.0");
	/* it is at its end now: nothing is no capture */
	expect(run(pfb_cmd_plan, "-", "-a", GPU, NULL), PFB_EXIT_IMPOSSIBLE);
	says("standard input: ");
	dup2(was, STDIN_FILENO);
	close(was);
	close(fd);
}

static void test_json(void **state)
{
	struct json_object *top, *function, *bar;

	(void)state;
	expect(PLAN("-a", GPU "," NIC, "--json"), PFB_EXIT_GOOD);
	top = json();
	assert_string_equal(json_text(top, "machine"), "virt");
	assert_string_equal(json_text(top, "captured"), "gpu-host");
	assert_int_equal(json_count(top, "functions"), 6);
	function = json_at(top, "functions", 3);
	assert_string_equal(json_text(function, "name"), "gpu0");
	assert_string_equal(json_text(function, "host"), GPU);
	assert_string_equal(json_text(function, "iommu_group"), "2");
	assert_string_equal(json_text(function, "numa_node"), "0");
	bar = json_at(function, "bars", 1);
	assert_string_equal(json_text(bar, "address"), "0x6b8000000000");
	assert_string_equal(json_text(bar, "fixed"), "true");
	assert_string_equal(json_text(json_at(top, "pairs", 0), "verdict"), "direct");
	json_object_put(top);
}

static void test_files(void **state)
{
	(void)state;
	expect(PLAN("-a", GPU "," NIC, "--manifest", file, "--svg", picture), PFB_EXIT_GOOD);
	says("gpu0 03:00.0");
	assert_true(exists(picture));
	expect(run(pfb_cmd_manifest, "show", file, NULL), PFB_EXIT_GOOD);
	assert_string_equal(out,
		"function 0000:00:01.0/00.0/00.0/00.0 id=10de:2330 clique=0 provider\n"
		"\tbar2 gpa=0x6b8000000000 hpa=0x6b8000000000 size=128G mem64 prefetch\n"
		"\tbar4 gpa=0x6c8000000000 hpa=0x6c8000000000 size=32M mem64 prefetch\n"
		"\n"
		"function 0000:00:01.0/00.0/01.0/00.0 id=15b3:1021 clique=0 client\n");
	/* in place of the tree */
	expect(PLAN("-a", GPU "," NIC, "--svg", "-"), PFB_EXIT_GOOD);
	assert_true(!strncmp(out, "<?xml", 5));
	says_not("64-bit window");
	expect(PLAN("-a", GPU, "--svg", "/nowhere/plan.svg"), PFB_EXIT_IMPOSSIBLE);
	says("/nowhere/plan.svg");
	says_not("gpu0 ");
}

/* What would break P2P is refused, says why, and leaves nothing behind. */
static void test_refused(void **state)
{
	(void)state;
	expect(PLAN("-a", GPU "," NIC "," ELSEWHERE, "--manifest", file, "--svg", picture),
	       PFB_EXIT_FAILED);
	says(ELSEWHERE " (nic1) has no peer among what is assigned: from nic1 to gpu0, no switch is above both");
	says("assign functions below one switch");
	says("  nic0 -> gpu0: direct: ");
	says("  nic1 -> gpu0: none: ");
	assert_false(exists(file) || exists(picture));
	expect(PLAN("-a", GPU "," NIC "," ELSEWHERE, "--allow-indirect"), PFB_EXIT_GOOD);
	says("nic1 05:00.0 15b3:1021 = host " ELSEWHERE);

	/* ACS, as a host's kernel sets it that was told nothing */
	change("0000:02:01.0", "\"control\": \"0x11\"", "\"control\": \"0x1d\"");
	expect(run(pfb_cmd_plan, changed, "-a", GPU "," NIC, NULL), PFB_EXIT_FAILED);
	says("ACS at downstream port 0000:02:01.0 sends it up to the root complex");
	says("(pci=disable_acs_redir=0000:00:01.0/00.0/01.0)");
	/* nobody could look: no pass */
	change("0000:02:01.0", "\"capabilities_read\": true, \"acs\": {\"capability\": \"0x5f\", \"control\": \"0x11\"}",
	       "\"capabilities_read\": false, \"acs\": null");
	expect(run(pfb_cmd_plan, changed, "-a", GPU "," NIC, NULL), PFB_EXIT_FAILED);
	says("nobody could read whether ACS redirects at 0000:02:01.0: capture the host as root");

	/* addresses */
	change(GPU, "\"size\": \"0x2000000000\", \"flags\": [\"mem64\", \"prefetch\", \"assigned\"]",
	       "\"size\": \"0x2000000000\", \"flags\": [\"mem64\", \"prefetch\"]");
	expect(run(pfb_cmd_plan, changed, "-a", GPU "," NIC, NULL), PFB_EXIT_FAILED);
	says("bar2: has no address on the host");
	expect(PLAN("-a", GPU "," NIC, "--window64", "0x400000000000:0x200000000000"),
	       PFB_EXIT_FAILED);
	says("bar2: at 0x6b8000000000-0x6b9fffffffff on the host, outside the guest's 64-bit window 0x400000000000-0x5fffffffffff: state another window with --window64");

	/* what the capture does not say */
	change(GPU, "\"size\": \"0x2000000000\"", "\"size\": null");
	expect(run(pfb_cmd_plan, changed, "-a", GPU "," NIC, NULL), PFB_EXIT_IMPOSSIBLE);
	says("bar2: its size is not in the capture");
	expect(PLAN("-a", "0000:99:00.0"), PFB_EXIT_IMPOSSIBLE);
	says("the capture has no function there");
}

static void test_usage(void **state)
{
	(void)state;
	expect(run(pfb_cmd_plan, NULL), PFB_EXIT_USAGE);
	says("name the capture");
	expect(PLAN(), PFB_EXIT_USAGE);
	says("--assign");
	expect(PLAN("-a", GPU, "word"), PFB_EXIT_USAGE);
	expect(PLAN("-a", GPU ",,"), PFB_EXIT_USAGE);
	says("an empty name");
	expect(PLAN("-a", "gpu"), PFB_EXIT_USAGE);
	says("'gpu' names no function");
	expect(PLAN("-a", GPU "," GPU), PFB_EXIT_USAGE);
	says("named twice");
	expect(PLAN("-a", "0000:01:00.0"), PFB_EXIT_USAGE);
	says("upstream port, which cannot be assigned");
	expect(PLAN("-a", GPU, "-p", NIC), PFB_EXIT_USAGE);
	says("is not assigned");
	expect(PLAN("-a", GPU, "--machine", "pc"), PFB_EXIT_USAGE);
	expect(PLAN("-a", GPU, "--window64", "64T"), PFB_EXIT_USAGE);
	says("expected BASE:SIZE");
	expect(PLAN("-a", GPU, "--window64", "0x400000000000:-1"), PFB_EXIT_USAGE);
	expect(PLAN("-a", GPU, "--window64", "-1:64T"), PFB_EXIT_USAGE);
	expect(PLAN("-a", GPU, "--window64", "0x400000000000:0"), PFB_EXIT_USAGE);
	expect(PLAN("-a", GPU, "--window64", "0xffffffffffffffff:2"), PFB_EXIT_USAGE);
	expect(PLAN("-a", GPU, "--window64", "0x80000000:64T"), PFB_EXIT_USAGE);
	expect(PLAN("-a", GPU, "--json", "--manifest", "-"), PFB_EXIT_USAGE);
	says("only one of");
	expect(PLAN("-a", GPU, "--json", "--explain"), PFB_EXIT_USAGE);
	expect(run(pfb_cmd_plan, "/nowhere", "-a", GPU, NULL), PFB_EXIT_IMPOSSIBLE);
	says("/nowhere");
	change(GPU, "\"type\"", "\"typ\"");
	expect(run(pfb_cmd_plan, changed, "-a", GPU, NULL), PFB_EXIT_IMPOSSIBLE);
	says("changed.json: line ");
	expect(run(pfb_cmd_plan, "--help", NULL), PFB_EXIT_GOOD);
	says("Exit status");
}

/* The planned guest as a host: as who captures that guest will find it. */
static void put_capture(const struct pfb_vm_plan *plan, const char *assigned, char *names)
{
	struct pfb_capture guest = {
		.origin = "sysfs", .machine = "guest", .cpu_vendor = "GenuineIntel",
		.address_bits = 52, .top = plan->top,
	};
	struct json_object *obj;
	FILE *f;
	u32 i;

	guest.functions = calloc(plan->top.nr_functions, sizeof(*guest.functions));
	assert_non_null(guest.functions);
	for (i = 0; i < plan->top.nr_functions; i++) {
		const struct pfb_function *fn = &plan->top.functions[i];
		struct pfb_capture_function *cf = &guest.functions[i];

		snprintf(cf->bdf, sizeof(cf->bdf), "0000:%02x:%02x.%x", fn->bus,
			 PFB_DEV(fn->devfn), PFB_FN(fn->devfn));
		cf->iommu_group = -1;
		cf->numa_node = -1;
		cf->acs_read = true;
	}
	pfb_capture_normalize(&guest);
	/* in the order that the first plan was asked for, which names go by */
	*names = '\0';
	for (; *assigned; assigned += strspn(assigned + 12, " ") + 12)
		for (i = 0; i < plan->top.nr_functions; i++)
			if (plan->functions[i].kind == PFB_VM_ASSIGNED &&
			    !strncmp(plan->capture->functions[plan->functions[i].host].bdf,
				     assigned, 12))
				sprintf(names + strlen(names), "%s%s", *names ? "," : "",
					guest.functions[i].bdf);
	obj = pfb_capture_json(&guest);
	f = fopen(changed, "w");
	assert_non_null(f);
	fputs(json_object_to_json_string(obj), f);
	assert_int_equal(fclose(f), 0);
	json_object_put(obj);
	free(guest.functions);
}

static void same(struct json_object *a, struct json_object *b, const char *const *keys)
{
	struct json_object *x, *y;

	for (; *keys; keys++) {
		bool has = json_object_object_get_ex(a, *keys, &x);

		assert_int_equal(json_object_object_get_ex(b, *keys, &y), has);
		if (has && !json_object_equal(x, y))
			fail_msg("%s: %s, and again %s", *keys, json_object_to_json_string(x),
				 json_object_to_json_string(y));
	}
}

static void again(const struct unit_host *host, const char *names)
{
	static const char *const keys[] = {
		"bdf", "path", "type", "id", "bars", "secondary", "subordinate", "windows", "name",
		"device", "clique", "provider", "client", NULL
	};
	static const char *const top_keys[] = { "machine", "roots", NULL };
	struct json_object *first, *second;
	char guest_names[512];
	struct pfb_vm_plan plan;
	size_t i;

	unit_host_plan(&plan, host, NULL, names);
	first = pfb_vm_plan_json(&plan);
	put_capture(&plan, names, guest_names);
	pfb_vm_plan_free(&plan);
	expect(run(pfb_cmd_plan, changed, "-a", guest_names, "--json", NULL), PFB_EXIT_GOOD);
	second = json();
	same(first, second, top_keys);
	assert_int_equal(json_count(first, "functions"), json_count(second, "functions"));
	for (i = 0; i < json_count(first, "functions"); i++) {
		struct json_object *a = json_at(first, "functions", i);
		struct json_object *b = json_at(second, "functions", i);
		size_t bar;

		/* the reason names the host's function, which is another now */
		for (bar = 0; bar < json_count(a, "bars"); bar++) {
			json_object_object_del(json_at(a, "bars", bar), "why");
			json_object_object_del(json_at(b, "bars", bar), "why");
		}
		same(a, b, keys);
	}
	json_object_put(first);
	json_object_put(second);
}

/* Planning what was planned changes nothing. */
static void test_again(void **state)
{
	static struct unit_host host;
	struct unit_rfc_host rfc;
	char names[16 * 13 + 1] = "";
	u32 i;

	(void)state;
	unit_host_rfc(&host, &rfc);
	unit_host_finish(&host);
	again(&host, "0000:03:00.0 0000:04:00.0");
	again(&host, "0000:05:00.0 0000:03:00.0 0000:04:00.0");
	again(&host, "0000:03:00.0");

	unit_host_dgx(&host);
	for (i = 0; i < host.t.top.nr_functions; i++)
		if (host.t.functions[i].type == PFB_PORT_ENDPOINT)
			sprintf(names + strlen(names), "%s%s", *names ? " " : "", host.cf[i].bdf);
	again(&host, names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_tree, teardown),
		cmocka_unit_test_teardown(test_stdin, teardown),
		cmocka_unit_test_teardown(test_json, teardown),
		cmocka_unit_test_teardown(test_files, teardown),
		cmocka_unit_test_teardown(test_refused, teardown),
		cmocka_unit_test_teardown(test_usage, teardown),
		cmocka_unit_test_teardown(test_again, teardown),
	};

	return cmocka_run_group_tests_name("cmd_plan", tests, setup_all, teardown_all);
}
