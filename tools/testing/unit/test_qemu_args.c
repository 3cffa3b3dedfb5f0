// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include "lib/qemu_args.h"

static struct pfb_vm_config config;

static int parse(const char *text, size_t len, struct pfb_error *err)
{
	char *exact = malloc(len ? len : 1);
	int ret;

	/* without a NUL behind it, so that reading past the end shows */
	assert_non_null(exact);
	memcpy(exact, text, len);
	err->text[0] = '\0';
	memset(&config, 0, sizeof(config));
	ret = pfb_qemu_args_parse(&config, exact, len, err);
	free(exact);
	return ret;
}

static void good(const char *text, size_t len)
{
	struct pfb_error err;

	if (parse(text, len, &err))
		fail_msg("%s: %.*s", err.text, (int)len, text);
}

static const char *get(u32 index, const char *key)
{
	assert_true(index < config.nr);
	return pfb_vm_option_get(&config, &config.options[index], key);
}

/* One VM, written in each way. */
static void the_vm(void)
{
	assert_string_equal(config.program, "qemu-system-aarch64");
	assert_int_equal(config.nr, 4);
	assert_string_equal(config.options[0].name, "machine");
	assert_string_equal(get(0, "type"), "virt");
	assert_string_equal(get(0, "highmem-mmio-size"), "64T");
	assert_string_equal(get(0, "its"), "on");
	assert_string_equal(config.options[1].name, "device");
	assert_string_equal(get(1, "driver"), "vfio-pci");
	assert_string_equal(get(1, "fixed-bars"), "bar2@0x10,bar4@0x20");
	assert_string_equal(get(1, "x"), "y z");
	assert_string_equal(config.options[2].name, "append");
	assert_string_equal(get(2, "value"), "console=ttyAMA0 pci=realloc=off");
	assert_string_equal(config.options[3].name, "global");
	assert_string_equal(get(3, "driver"), "q35-pcihost");
	assert_string_equal(get(3, "property"), "pci-hole64-size");
	assert_string_equal(get(3, "value"), "1.5");
	pfb_vm_config_free(&config);
}

static void test_forms(void **state)
{
	static const char one_line[] =
		"exec taskset -c 1 /usr/bin/qemu-system-aarch64 -M virt,highmem-mmio-size=64T,its"
		" -device \"vfio-pci,fixed-bars=bar2@0x10,,bar4@0x20,x=y z\" -S -nographic"
		" -append 'console=ttyAMA0 pci=realloc=off' -global q35-pcihost.pci-hole64-size=1.5"
		" >/dev/null 2>&1 &";
	static const char script[] =
		"#!/bin/sh\n"
		"set -e; ulimit -l unlimited\n"
		"qemu-system-aarch64 -M virt,highmem-mmio-size=64T,its \\\n"
		"\t-device vfio-pci,fixed-bars=bar2@0x10,,bar4@0x20,x=y\\ z \\\n"
		"\t# between\n";
	static const char lines[] =
		"# arguments\n"
		"qemu-system-aarch64\n"
		"-M virt,highmem-mmio-size=64T,its\n"
		"-device\r\n"
		"vfio-pci,fixed-bars=bar2@0x10,,bar4@0x20,x=y z\r\n"
		"-S\n"
		"-append console=ttyAMA0 pci=realloc=off\n"
		"\n"
		"-global q35-pcihost.pci-hole64-size=1.5\n";
	static const char quoted_lines[] =
		"qemu-system-aarch64\n"
		"-M virt,highmem-mmio-size=64T,its\n"
		"-device 'vfio-pci,fixed-bars=bar2@0x10,,bar4@0x20,x=y z'\n"
		"-append 'console=ttyAMA0 pci=realloc=off'\n"
		"-global driver=q35-pcihost,property=pci-hole64-size,value=1.5\n";
	static const char cmdline[] =
		"/usr/bin/qemu-system-aarch64\0-machine\0virt,highmem-mmio-size=64T,its\0"
		"-device\0{\"driver\":\"vfio-pci\",\"fixed-bars\":\"bar2@0x10,bar4@0x20\",\"x\":\"y z\"}\0"
		"-name\0guest=-x\0"
		"-append\0console=ttyAMA0 pci=realloc=off\0"
		"-global\0q35-pcihost.pci-hole64-size=1.5";

	(void)state;
	good(one_line, strlen(one_line));
	assert_int_equal(config.options[1].line, 1);
	assert_int_equal(config.options[1].argument, 3);
	the_vm();
	good(lines, strlen(lines));
	assert_int_equal(config.options[1].line, 4);
	the_vm();
	good(quoted_lines, strlen(quoted_lines));
	assert_int_equal(config.options[1].line, 3);
	the_vm();
	good(cmdline, sizeof(cmdline));
	assert_int_equal(config.options[1].line, 0);
	assert_int_equal(config.options[1].argument, 3);
	the_vm();

	good(script, strlen(script));
	assert_int_equal(config.nr, 2);
	assert_int_equal(config.options[0].line, 3);
	assert_int_equal(config.options[1].line, 4);
	assert_string_equal(get(1, "x"), "y z");
	pfb_vm_config_free(&config);
}

/* QEMU in a variable, commands before and after. */
static void test_script(void **state)
{
	static const char script[] =
		"MEM=4G\n"
		"echo -device x\n"
		"\"$QEMU\" -M virt -m \"${MEM}\" \\\r\n"
		"  -device nvme,id='a'\"b\"c\n"
		"echo -device y\n";

	(void)state;
	good(script, strlen(script));
	assert_string_equal(config.program, "");
	assert_string_equal(get(0, "driver"), "x");
	pfb_vm_config_free(&config);

	good(strstr(script, "\"$Q"), strlen(strstr(script, "\"$Q")));
	assert_int_equal(config.nr, 4);
	assert_string_equal(get(1, "size"), "${MEM}");
	assert_string_equal(get(2, "id"), "abc");
	assert_string_equal(config.options[3].name, "unread");
	assert_string_equal(get(3, "value"), "$QEMU");
	pfb_vm_config_free(&config);
}

static void test_props(void **state)
{
	static const char args[] =
		"-M q35 -cpu EPYC,+x2apic,-svm,phys_bits=48 -enable-kvm -m size=4G,maxmem=8G"
		" -device igb,addr=1,addr=2,,3,flag,, -nodefaults -device {} -bios a,b";

	(void)state;
	good(args, strlen(args));
	assert_int_equal(config.nr, 8);
	assert_string_equal(get(1, "model"), "EPYC");
	assert_string_equal(get(1, "x2apic"), "on");
	assert_string_equal(get(1, "svm"), "off");
	assert_string_equal(get(1, "phys-bits"), "48");
	assert_string_equal(get(2, "accel"), "kvm");
	assert_string_equal(get(3, "maxmem"), "8G");
	assert_string_equal(get(4, "addr"), "2,3");
	assert_string_equal(get(4, "flag,"), "on");
	assert_null(get(4, "none"));
	assert_string_equal(get(7, "value"), "a,b");
	assert_string_equal(pfb_vm_config_get(&config, "machine", "type", NULL), "q35");
	assert_null(pfb_vm_config_get(&config, "machine", "accel", NULL));
	pfb_vm_config_free(&config);
}

/* Some call QEMU kvm; after -accel it is no program, and what stands before it counts. */
static void test_kvm(void **state)
{
	static const char arguments[] = "-machine\nvirt\n-accel\nkvm\n-device\nnvme\n";
	static const char program[] = "sudo -E /usr/bin/kvm -machine q35 -accel kvm -device nvme";

	(void)state;
	good(arguments, sizeof(arguments) - 1);
	assert_string_equal(config.program, "");
	assert_int_equal(config.nr, 3);
	assert_string_equal(pfb_vm_config_get(&config, "machine", "type", NULL), "virt");
	assert_string_equal(pfb_vm_config_get(&config, "accel", "accel", NULL), "kvm");
	pfb_vm_config_free(&config);

	good(program, sizeof(program) - 1);
	assert_string_equal(config.program, "kvm");
	assert_int_equal(config.nr, 3);
	pfb_vm_config_free(&config);
}

static void test_errors(void **state)
{
	static const struct {
		const char *text;
		size_t len;	/* 0: up to the NUL */
		int ret;
		const char *what;
	} bad[] = {
		{ "", 0, -EINVAL, "found neither" },
		{ "hello world", 0, -EINVAL, "found neither" },
		{ "\0\0\0", 3, -EINVAL, "found neither" },
		{ "-M virt -device", 0, -EINVAL, "argument 3: -device wants a value" },
		{ "-M virt -device 'nvme", 0, -EINVAL, "line 1: a single quote is not closed" },
		{ "-M virt \\\n -device \"nvme", 0, -EINVAL, "line 2: a double quote is not closed" },
		{ "-M virt -device '{\"driver\":'", 0, -EINVAL, "line 1: -device: expected a JSON object" },
		{ "-M virt -device {\"a\":[[[[[[[[[[[[[[[[[[[[", 0, -EINVAL, "expected a JSON object" },
		{ "-M virt", PFB_VM_CONFIG_SIZE_MAX + 1, -E2BIG, "at most" },
	};
	struct pfb_error err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		int ret;

		err.text[0] = '\0';
		/* the last one is refused before a byte of it is read */
		if (bad[i].ret == -E2BIG)
			ret = pfb_qemu_args_parse(&config, bad[i].text, bad[i].len, &err);
		else
			ret = parse(bad[i].text, bad[i].len ? bad[i].len : strlen(bad[i].text), &err);
		if (ret != bad[i].ret || !strstr(err.text, bad[i].what))
			fail_msg("case %zu: %d \"%s\", expected %d \"%s\"", i, ret, err.text,
				 bad[i].ret, bad[i].what);
		pfb_vm_config_free(&config);
	}
}

static void test_too_many(void **state)
{
	size_t i, nr = PFB_VM_OPTIONS_MAX + 1;
	char *text = malloc(3 + nr * 8 + 1), *at = text;
	struct pfb_error err;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < nr; i++)
		at += sprintf(at, "-M a\n");
	assert_int_equal(parse(text, (size_t)(at - text), &err), -E2BIG);
	assert_error(&err, "4096 options");
	pfb_vm_config_free(&config);
	free(text);
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		bool good;
		u64 size;
	} sizes[] = {
		{ "0", true, 0 }, { "17", true, 17 << 20 }, { "17B", true, 17 }, { "1k", true, 1024 },
		{ "64T", true, 64ULL << 40 }, { "0x10", true, 16 << 20 }, { "0x10G", true, 16ULL << 30 },
		{ "15E", true, 15ULL << 60 }, { "16E", false, 0 }, { "18446744073709551616", false, 0 },
		{ "", false, 0 }, { "-1", false, 0 }, { "1.5G", false, 0 }, { "1GB", false, 0 },
		{ "0x", false, 0 }, { "G", false, 0 }, { " 1", false, 0 },
	};
	size_t i;
	u64 size;

	(void)state;
	assert_false(pfb_vm_size(NULL, 1, &size));
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		bool ok = pfb_vm_size(sizes[i].text, 1 << 20, &size);

		if (ok != sizes[i].good || (ok && size != sizes[i].size))
			fail_msg("'%s' reads as %d 0x%llx", sizes[i].text, ok, (unsigned long long)size);
	}
	assert_true(pfb_vm_is_on("On", false));
	assert_false(pfb_vm_is_on("no", true));
	assert_true(pfb_vm_is_on("auto", true));
	assert_false(pfb_vm_is_on(NULL, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_script),
		cmocka_unit_test(test_props),
		cmocka_unit_test(test_kvm),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests_name("qemu_args", tests, NULL, NULL);
}
