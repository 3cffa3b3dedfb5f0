// SPDX-License-Identifier: GPL-2.0
/* Each rule fires on what it is for, and is silent on what was corrected. */
#include "unit.h"

#include "lib/lint.h"
#include "lib/manifest_text.h"
#include "lib/qemu_args.h"

/* Nothing is wrong with these; each case below breaks one of them. */
static const char *const virt_args =
	"qemu-system-aarch64 -M virt,gic-version=3,highmem-mmio-size=64T,pci-pre-enum=on -cpu max"
	" -nodefaults -m 4G -bios QEMU_EFI.fd"
	" -device pcie-root-port,id=rp1,bus=pcie.0,addr=1.0,chassis=1,slot=1"
	" -device x3130-upstream,id=up1,bus=rp1,addr=0.0"
	" -device xio3130-downstream,id=dp0,bus=up1,addr=0.0,chassis=1,slot=10"
	" -device xio3130-downstream,id=dp1,bus=up1,addr=1.0,chassis=1,slot=11"
	" -device xio3130-downstream,id=dp2,bus=up1,addr=2.0,chassis=1,slot=12"
	" -device pcie-root-port,id=rp2,bus=pcie.0,addr=2.0,chassis=2,slot=2"
	" -device vfio-pci,id=gpu0,host=3b:00.0,bus=dp0,addr=0.0,x-nv-gpudirect-clique=0"
	",fixed-bars=bar2@0x6b8000000000,,bar4@0x6c8000000000"
	" -device vfio-pci,id=gpu1,host=3c:00.0,bus=dp1,addr=0.0,x-nv-gpudirect-clique=0"
	",fixed-bar-2=0x700000000000"
	" -device vfio-pci,id=nic0,host=0000:3d:00.0,bus=dp2,addr=0.0"
	" -append 'console=ttyAMA0 quiet'";

static const char *const q35_args =
	"qemu-system-x86_64 -machine q35 -cpu EPYC,phys-bits=48 -nodefaults -m 8G"
	" -global q35-pcihost.pci-hole64-size=64T"
	" -device pcie-root-port,id=rp1,bus=pcie.0,addr=1.0,chassis=1,slot=1,pref64-reserve=32G"
	" -device x3130-upstream,id=up1,bus=rp1,addr=0.0"
	" -device xio3130-downstream,id=dp0,bus=up1,addr=0.0,chassis=1,slot=10"
	" -device xio3130-downstream,id=dp1,bus=up1,addr=1.0,chassis=1,slot=11"
	" -object memory-backend-ram,id=mem0,size=16G,share=on"
	" -device ivshmem-plain,id=gpu0,bus=dp0,addr=0.0,memdev=mem0"
	" -device nvme,id=nic0,bus=dp1,addr=0.0,serial=nic0"
	" -append 'console=ttyS0 pci=realloc=off'";

#define GPU0	"function 0:1.0/0.0/0.0/0.0 clique=1 provider\n"
#define GPU1	"function 0:1.0/0.0/1.0/0.0 clique=1 provider\n"
#define NIC0	"function 0:1.0/0.0/2.0/0.0 clique=1 client\n"

static const char *const virt_manifest =
	GPU0 "bar2 gpa=0x6b8000000000 hpa=gpa size=128G mem64 prefetch\n" GPU1 NIC0;

static const char *const q35_manifest =
	GPU0 "bar2 gpa=0x380000000000 hpa=gpa size=16G mem64 prefetch\n"
	"function 0:1.0/0.0/1.0/0.0 clique=1 client\n";

/* A copy of @text with @find, which is there, replaced. */
static char *replaced(const char *text, const char *find, const char *replace)
{
	const char *at = find ? strstr(text, find) : text;
	char *copy;

	if (!at)
		fail_msg("'%s' is not in: %s", find, text);
	assert_true(asprintf(&copy, "%.*s%s%s", (int)(at - text), text, find ? replace : "",
			     at + (find ? strlen(find) : 0)) >= 0);
	return copy;
}

struct run {
	struct pfb_vm_config config;
	struct pfb_declaration *decls;
	u32 nr_decls;
	struct pfb_findings lint;
};

static void judge(struct run *run, const char *args, const char *manifest)
{
	static const char *const client[] = { "nic0" };
	struct pfb_lint_request request = { .clients = client, .nr_clients = 1 };
	struct pfb_error err = { "" };

	memset(run, 0, sizeof(*run));
	if (pfb_qemu_args_parse(&run->config, args, strlen(args), &err))
		fail_msg("%s: %s", err.text, args);
	if (manifest && pfb_manifest_text_parse(manifest, strlen(manifest), &run->decls,
						&run->nr_decls, &err))
		fail_msg("%s: %s", err.text, manifest);
	request.config = &run->config;
	request.manifest = run->decls;
	request.nr_manifest = run->nr_decls;
	if (pfb_lint(&run->lint, &request, &err))
		fail_msg("%s: %s", err.text, args);
}

static void done(struct run *run)
{
	pfb_findings_free(&run->lint);
	pfb_vm_config_free(&run->config);
	free(run->decls);
}

static const struct pfb_finding *fired(const struct run *run, enum pfb_lint_rule_index rule)
{
	u32 i;

	for (i = 0; i < run->lint.nr; i++)
		if (run->lint.findings[i].rule == &pfb_lint_rules[rule])
			return &run->lint.findings[i];
	return NULL;
}

enum base { VIRT, Q35 };

static const struct rule_case {
	enum pfb_lint_rule_index rule;
	enum base base;
	const char *find;	/* in the arguments, or NULL */
	const char *replace;
	const char *find_manifest;	/* in the manifest, or NULL: there is none */
	const char *replace_manifest;
	const char *what;	/* is said of it */
} cases[] = {
	{ PFB_LINT_BUS_MISSING, VIRT, "id=nic0,host=0000:3d:00.0,bus=dp2",
	  "id=nic0,bus=dp3", NULL, NULL, "nic0 is put on bus 'dp3'" },
	{ PFB_LINT_BUS_MISSING, VIRT, "-device pcie-root-port,id=rp1",
	  "-device nvme,bus=dp2 -device pcie-root-port,id=rp1", NULL, NULL, "nvme is put on bus 'dp2'" },
	{ PFB_LINT_ID_DUPLICATE, VIRT, "id=dp1,bus=up1", "id=dp0,bus=up1", NULL, NULL,
	  "two devices have the id 'dp0'" },
	{ PFB_LINT_ADDRESS_DUPLICATE, VIRT, "id=dp1,bus=up1,addr=1.0", "id=dp1,bus=up1,addr=0x0",
	  NULL, NULL, "dp1 and dp0 are at the same address on up1" },
	{ PFB_LINT_ADDRESS_INVALID, VIRT, "bus=dp2,addr=0.0", "bus=dp2,addr=1.0", NULL, NULL,
	  "nic0 cannot be at addr=1.0 on dp2" },
	{ PFB_LINT_ADDRESS_INVALID, VIRT, "bus=pcie.0,addr=1.0", "bus=pcie.0,addr=20.0", NULL, NULL,
	  "rp1 cannot be at addr=20.0 on the root bus" },
	{ PFB_LINT_ADDRESS_INVALID, VIRT, "bus=pcie.0,addr=1.0", "bus=pcie.0,addr=1.8", NULL, NULL,
	  "rp1 cannot be at addr=1.8" },
	{ PFB_LINT_SLOT_DUPLICATE, VIRT, "chassis=1,slot=11", "chassis=1,slot=10", NULL, NULL,
	  "the ports dp1 and dp0" },
	{ PFB_LINT_SLOT_DUPLICATE, VIRT, "chassis=1,slot=1 ", "chassis=2,slot=2 ", NULL, NULL,
	  "the ports rp2 and rp1" },
	{ PFB_LINT_ADDRESS_IMPLICIT, VIRT, "bus=pcie.0,addr=1.0", "bus=pcie.0", NULL, NULL,
	  "the address of what is above it, rp1" },
	{ PFB_LINT_P2P_NO_SWITCH, VIRT, "bus=dp2,addr=0.0", "bus=rp2,addr=0.0", NULL, NULL,
	  "gpu0 and nic0 share no switch" },
	{ PFB_LINT_P2P_NO_SWITCH, Q35, "-device nvme,id=nic0,bus=dp1",
	  "-device pcie-root-port,id=rp2,addr=2.0,slot=2 -device nvme,id=nic0,bus=rp2",
	  "0:1.0/0.0/1.0/0.0", "0:2.0/0.0", "and the manifest puts them into one clique" },
	{ PFB_LINT_P2P_ROOT_PORT, Q35, "-device nvme,id=nic0,bus=dp1,addr=0.0",
	  "-device nvme,id=nic0,bus=rp1,addr=0.1", "0:1.0/0.0/1.0/0.0", "0:1.0/0.1",
	  "turns at root port rp1" },
	{ PFB_LINT_CLIQUE_MISSING, VIRT, "host=3c:00.0,bus=dp1,addr=0.0,x-nv-gpudirect-clique=0",
	  "host=3c:00.0,bus=dp1,addr=0.0", NULL, NULL, "gpu1 shares a switch with gpu0" },
	{ PFB_LINT_CLIQUE_INVALID, VIRT, "bus=dp1,addr=0.0,x-nv-gpudirect-clique=0",
	  "bus=dp1,addr=0.0,x-nv-gpudirect-clique=16", NULL, NULL, "x-nv-gpudirect-clique=16 of gpu1" },
	{ PFB_LINT_CLIQUE_INCONSISTENT, VIRT, "bus=dp1,addr=0.0,x-nv-gpudirect-clique=0",
	  "bus=dp1,addr=0.0,x-nv-gpudirect-clique=1", NULL, NULL, "share a switch, and are stated" },
	{ PFB_LINT_CLIQUE_INCONSISTENT, VIRT, NULL, NULL, GPU1,
	  "function 0:1.0/0.0/1.0/0.0 clique=2 provider\n", "of another for the manifest" },
	{ PFB_LINT_CLIQUE_NO_SWITCH, VIRT, "host=3c:00.0,bus=dp1", "host=3c:00.0,bus=rp2", NULL, NULL,
	  "share no switch" },
	{ PFB_LINT_IOMMU_TRANSLATES, VIRT, "highmem-mmio-size", "iommu=smmuv3,highmem-mmio-size",
	  NULL, NULL, "arm-smmuv3 translates" },
	{ PFB_LINT_IOMMU_TRANSLATES, Q35, " -append", " -device intel-iommu,intremap=on -append",
	  "bar2", "bar2", "intel-iommu translates" },
	{ PFB_LINT_WINDOW_LOST, VIRT, "-cpu max", "-cpu cortex-a57", NULL, NULL,
	  "0x400000000000 to 0x7fffffffffff does not fit the CPU cortex-a57" },
	{ PFB_LINT_WINDOW_LOST, VIRT, "highmem-mmio-size=64T,pci-pre-enum=on -cpu max",
	  "pcie-mmio-window=0x400000000000:0x400000000000,pci-pre-enum=on", NULL, NULL,
	  "does not fit the CPU cortex-a15" },
	{ PFB_LINT_WINDOW_OFF, VIRT, "highmem-mmio-size=64T", "highmem=off", NULL, NULL,
	  "highmem=off leaves" },
	{ PFB_LINT_WINDOW_OFF, VIRT, "highmem-mmio-size=64T", "highmem_mmio=off", NULL, NULL,
	  "highmem-mmio=off leaves" },
	{ PFB_LINT_WINDOW_INVALID, VIRT, "size=64T", "size=48T", NULL, NULL, "highmem-mmio-size=48T" },
	{ PFB_LINT_WINDOW_INVALID, VIRT, "size=64T", "size=256G", NULL, NULL, "highmem-mmio-size=256G" },
	{ PFB_LINT_WINDOW_INVALID, VIRT, "highmem-mmio-size=64T",
	  "pcie-mmio-window=0x400000000000", NULL, NULL, "pcie-mmio-window" },
	{ PFB_LINT_WINDOW_TOO_SMALL, Q35, "pci-hole64-size=64T", "pci-hole64-size=8G", "bar2", "bar2",
	  "do not fit in the 64-bit window" },
	{ PFB_LINT_PHYS_BITS_LOW, Q35, "phys-bits=48", "phys-bits=46", "bar2", "bar2",
	  "the 64-bit window does not fit the CPU EPYC" },
	{ PFB_LINT_PHYS_BITS_LOW, Q35, "pci-hole64-size=64T", "pci-hole64-size=32G",
	  "gpa=0x380000000000", "gpa=0x1000000000000", "bar2 of gpu0 is above" },
	{ PFB_LINT_ADDRESS_BITS_UNKNOWN, Q35, "-cpu EPYC,phys-bits=48", "-accel kvm -cpu host", "bar2",
	  "bar2", "was not held against the CPU host" },
	{ PFB_LINT_PREF64_RESERVE, Q35, ",pref64-reserve=32G", "", "bar2", "bar2",
	  "root port rp1 has no prefetchable reserve for gpu0" },
	{ PFB_LINT_PREF64_RESERVE, Q35, "reserve=32G", "reserve=8G", "bar2", "bar2", "rp1" },
	{ PFB_LINT_FIXED_SYNTAX, VIRT, "bar2@0x6b8000000000", "bar6@0x6b8000000000", NULL, NULL,
	  "fixed-bars= of gpu0" },
	{ PFB_LINT_FIXED_SYNTAX, VIRT, "fixed-bar-2", "fixed-bar-6", NULL, NULL,
	  "fixed-bar-6=0x700000000000 of gpu1 cannot be read" },
	{ PFB_LINT_COMMA_UNESCAPED, VIRT, ",,bar4", ",bar4", NULL, NULL,
	  "'bar4@0x6c8000000000' of gpu0" },
	{ PFB_LINT_BAR_MISALIGNED, VIRT, "0x700000000000", "0x700000000008", NULL, NULL,
	  "bar2 of gpu1 is not aligned" },
	{ PFB_LINT_BAR_MISALIGNED, Q35, "size=16G", "size=64T", "gpa=0x380000000000 hpa=gpa size=16G",
	  "gpa=0x380000000000 hpa=gpa", "bar2 of gpu0 is not aligned" },
	{ PFB_LINT_BAR_OVERLAP, VIRT, "fixed-bar-2=0x700000000000", "fixed-bar-2=0x6b9000000000",
	  "bar2", "bar2", "bar2 of gpu0 and bar2 of gpu1 overlap" },
	{ PFB_LINT_BAR_OUTSIDE_WINDOW, VIRT, "highmem-mmio-size=64T,", "", NULL, NULL,
	  "bar2 of gpu0 is outside" },
	{ PFB_LINT_BAR_OUTSIDE_WINDOW, VIRT, "0x6b8000000000", "0x50000000000", NULL, NULL,
	  "bar2 of gpu0 is outside" },
	{ PFB_LINT_BAR_IN_RAM, VIRT, "0x6b8000000000", "0x80000000", NULL, NULL,
	  "bar2 of gpu0 is where the VM has RAM" },
	{ PFB_LINT_BAR_IN_RAM, Q35, NULL, NULL, "gpa=0x380000000000 hpa=gpa size=16G",
	  "gpa=0x100000000 hpa=gpa", "bar2 of gpu0 is where" },
	{ PFB_LINT_BAR_RESERVED, Q35, NULL, NULL, "gpa=0x380000000000", "gpa=0xfc00000000",
	  "HyperTransport" },
	{ PFB_LINT_BAR_RESERVED, Q35, "-cpu EPYC", "-cpu Dhyana", "gpa=0x380000000000",
	  "gpa=0xfc00000000", "AMD's and Hygon's CPUs" },
	{ PFB_LINT_BAR_RESERVED, Q35, "-cpu EPYC", "-cpu host,vendor=HygonGenuine",
	  "gpa=0x380000000000", "gpa=0xfc00000000", "AMD's and Hygon's CPUs" },
	{ PFB_LINT_BAR_RESERVED, Q35, "size=16G", "size=1M", "gpa=0x380000000000 hpa=gpa size=16G",
	  "gpa=0xfee00000 hpa=gpa size=1M", "interrupt messages" },
	{ PFB_LINT_BAR_CONFLICT, VIRT, "0x6b8000000000", "0x6a0000000000", "bar2", "bar2",
	  "bar2 of gpu0 is said to be at two addresses" },
	{ PFB_LINT_HPA_DIFFERS, VIRT, NULL, NULL, "hpa=gpa", "hpa=0x6b0000000000",
	  "bar2 of gpu0 is not at its host-physical address" },
	{ PFB_LINT_PRE_ENUM_OFF, VIRT, ",pci-pre-enum=on", "", NULL, NULL, "gpu0 has fixed BARs" },
	{ PFB_LINT_PRE_ENUM_OFF, VIRT, "pci-pre-enum=on", "pci-pre-enum=off", NULL, NULL, "gpu0" },
	{ PFB_LINT_MANIFEST_PATH, VIRT, NULL, NULL, "function 0:1.0/0.0/2.0/0.0",
	  "function 0:1.0/0.0/3.0/0.0", "0000:00:01.0/00.0/03.0/00.0, and nothing is there" },
	{ PFB_LINT_PCI_REALLOC, VIRT, "quiet", "pci=noaer,realloc", NULL, NULL, "pci=realloc" },
	{ PFB_LINT_PCI_REALLOC, Q35, "realloc=off", "realloc=on", "bar2", "bar2", "pci=realloc" },
	{ PFB_LINT_PCI_REALLOC_AUTO, Q35, "pci=realloc=off", "xpci=realloc=off", "bar2", "bar2",
	  "does not keep it from moving BARs" },
	{ PFB_LINT_PCI_RENUMBER, VIRT, "quiet", "pci=assign-busses", NULL, NULL, "pci=assign-busses" },
	{ PFB_LINT_NOT_READ, VIRT, "-nodefaults", "-nodefaults -readconfig more.cfg", NULL, NULL,
	  "more.cfg: -readconfig" },
	{ PFB_LINT_NOT_READ, VIRT, "-m 4G", "-m $RAM", NULL, NULL, "$RAM: only the shell" },
};

static void test_bases(void **state)
{
	const char *args[] = { virt_args, q35_args };
	const char *manifests[] = { virt_manifest, q35_manifest };
	struct run run;
	size_t i, with;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(args); i++) {
		for (with = 0; with < 2; with++) {
			judge(&run, args[i], with ? manifests[i] : NULL);
			if (run.lint.nr)
				fail_msg("%s fires on what is good: %s", run.lint.findings[0].rule->id,
					 run.lint.findings[0].what);
			done(&run);
		}
	}
}

static void test_rules(void **state)
{
	bool seen[PFB_NR_LINT_RULES] = { false };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct rule_case *t = &cases[i];
		const struct pfb_rule *rule = &pfb_lint_rules[t->rule];
		bool has_manifest = t->find_manifest || !t->find;
		char *args = replaced(t->base == VIRT ? virt_args : q35_args, t->find, t->replace);
		char *manifest = !has_manifest ? NULL :
				 replaced(t->base == VIRT ? virt_manifest : q35_manifest,
					  t->find_manifest, t->replace_manifest);
		const struct pfb_finding *f;
		struct run run;

		judge(&run, args, manifest);
		f = fired(&run, t->rule);
		if (!f)
			fail_msg("case %zu: %s does not fire (%u findings, the first: %s) on %s", i,
				 rule->id, run.lint.nr,
				 run.lint.nr ? run.lint.findings[0].what : "none", args);
		if (!strstr(f->what, t->what))
			fail_msg("case %zu: %s says '%s', expected '%s'", i, rule->id, f->what, t->what);
		assert_true(*f->expected && *f->actual && *f->fix);
		assert_true((rule->severity == PFB_SEVERITY_ERROR) <= (run.lint.errors > 0));
		seen[t->rule] = true;
		done(&run);
		free(args);
		free(manifest);
	}
	/* test_roles() and test_host() have those that take another request */
	seen[PFB_LINT_P2P_ROLES_UNKNOWN] = true;
	seen[PFB_LINT_HOST_MISSING] = true;
	seen[PFB_LINT_HOST_PATH] = true;
	seen[PFB_LINT_HOST_PATH_TRANSLATED] = true;
	seen[PFB_LINT_BAR_SIZE_DIFFERS] = true;
	for (i = 0; i < PFB_NR_LINT_RULES; i++)
		if (!seen[i])
			fail_msg("no case makes %s fire", pfb_lint_rules[i].id);
}

/* What fixes a case must fix it: beside the bases, other ways out. */
static void test_silent(void **state)
{
	static const struct {
		enum pfb_lint_rule_index rule;
		enum base base;
		const char *find;
		const char *replace;
	} silent[] = {
		{ PFB_LINT_WINDOW_LOST, VIRT, "-cpu max", "-cpu neoverse-n1" },
		{ PFB_LINT_WINDOW_LOST, VIRT, "-cpu max", "-enable-kvm -cpu cortex-a57" },
		{ PFB_LINT_WINDOW_LOST, VIRT, "size=64T,pci-pre-enum=on -cpu max",
		  "size=8T -cpu cortex-a57" },
		{ PFB_LINT_BAR_OUTSIDE_WINDOW, VIRT, "highmem-mmio-size=64T",
		  "pcie-mmio-window=0x6b8000000000:0x100000000000" },
		{ PFB_LINT_IOMMU_TRANSLATES, VIRT, " -append 'console=ttyAMA0",
		  " -device arm-smmuv3 -append 'iommu.passthrough=1" },
		{ PFB_LINT_IOMMU_TRANSLATES, VIRT, " -append", " -device arm-smmuv3,ats=on -append" },
		{ PFB_LINT_PHYS_BITS_LOW, Q35, "phys-bits=48", "host-phys-bits=on" },
		{ PFB_LINT_PREF64_RESERVE, VIRT, "-bios QEMU_EFI.fd", "" },
		{ PFB_LINT_CLIQUE_MISSING, VIRT, "bus=dp1,addr=0.0,x-nv-gpudirect-clique=0",
		  "bus=rp2,addr=0.0" },
		{ PFB_LINT_P2P_ROOT_PORT, VIRT, "bus=dp2,addr=0.0", "bus=dp0,addr=0.1" },
		{ PFB_LINT_ADDRESS_DUPLICATE, VIRT, "bus=dp2,addr=0.0", "bus=dp0,addr=0.1" },
		{ PFB_LINT_ADDRESS_INVALID, VIRT, "bus=pcie.0,addr=1.0", "bus=pcie.0,addr=0x1f.7" },
	};
	struct run run;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(silent); i++) {
		char *args = replaced(silent[i].base == VIRT ? virt_args : q35_args, silent[i].find,
				      silent[i].replace);

		judge(&run, args, NULL);
		if (fired(&run, silent[i].rule))
			fail_msg("case %zu: %s fires: %s", i, pfb_lint_rules[silent[i].rule].id,
				 fired(&run, silent[i].rule)->what);
		done(&run);
		free(args);
	}
}

static void test_roles(void **state)
{
	static const char args[] =
		"-M virt -cpu max -nodefaults -device pcie-root-port,id=rp1,addr=1.0,slot=1"
		" -device pcie-root-port,id=rp2,addr=2.0,slot=2"
		" -device vfio-pci,id=a,host=0000:3b:00.0,bus=rp1 -device vfio-pci,id=b,host=3c:00.0,bus=rp2";
	static const char *const by_id[] = { "a" }, *const by_host[] = { "0000:3c:00.0" };
	static const char *const nobody[] = { "c" };
	struct pfb_lint_request request = { 0 };
	struct pfb_error err = { "" };
	struct run run = { 0 };

	(void)state;
	assert_int_equal(pfb_qemu_args_parse(&run.config, args, strlen(args), &err), 0);
	request.config = &run.config;

	/* nobody said who is what: nothing is looked for, and that is said */
	assert_int_equal(pfb_lint(&run.lint, &request, &err), 0);
	assert_non_null(fired(&run, PFB_LINT_P2P_ROLES_UNKNOWN));
	assert_null(fired(&run, PFB_LINT_P2P_NO_SWITCH));
	assert_int_equal(run.lint.errors, 0);
	pfb_findings_free(&run.lint);

	request.providers = by_id;
	request.nr_providers = 1;
	request.clients = by_host;
	request.nr_clients = 1;
	assert_int_equal(pfb_lint(&run.lint, &request, &err), 0);
	assert_null(fired(&run, PFB_LINT_P2P_ROLES_UNKNOWN));
	assert_non_null(fired(&run, PFB_LINT_P2P_NO_SWITCH));
	assert_int_equal(run.lint.errors, 1);
	pfb_findings_free(&run.lint);

	request.clients = nobody;
	assert_int_equal(pfb_lint(&run.lint, &request, &err), -EINVAL);
	assert_error(&err, "'c'", "expected the id");
	done(&run);
}

/* More findings than are kept are counted. Of what may be no PCI device, none is made. */
static void test_many(void **state)
{
	char *args = NULL;
	struct run run;
	size_t len, i;
	FILE *out;

	(void)state;
	out = open_memstream(&args, &len);
	assert_non_null(out);
	fputs("-M virt -device edu,id=nic0,bus=pcie.0,addr=1.0 -device scsi-hd,bus=scsi0.0", out);
	for (i = 0; i < 1500; i++)
		fputs(" -device edu,bus=none", out);
	fclose(out);
	judge(&run, args, NULL);
	assert_int_equal(run.lint.nr, PFB_FINDINGS_MAX);
	assert_int_equal(run.lint.errors, 1500);
	assert_int_equal(run.lint.more, 500);
	done(&run);
	free(args);
}

/*
 * Against the RFC's host: gpu 0000:03:00.0 and nic 0000:04:00.0 below one switch,
 * 0000:06:00.0 below another root port.
 */
static void judge_on_host(struct run *run, struct pfb_capture *host, const char *args,
			  const char *manifest)
{
	static const char *const client[] = { "nic0" };
	struct pfb_lint_request request = { .clients = client, .nr_clients = 1, .host = host };
	struct pfb_error err = { "" };

	memset(run, 0, sizeof(*run));
	if (pfb_qemu_args_parse(&run->config, args, strlen(args), &err) ||
	    pfb_manifest_text_parse(manifest, strlen(manifest), &run->decls, &run->nr_decls, &err))
		fail_msg("%s: %s", err.text, args);
	request.config = &run->config;
	request.manifest = run->decls;
	request.nr_manifest = run->nr_decls;
	if (pfb_lint(&run->lint, &request, &err))
		fail_msg("%s: %s", err.text, args);
}

#define HOST_DOWNSTREAM(capture, gpu)	(&(capture)->top.functions[(capture)->top.functions[gpu].parent])

static void test_host(void **state)
{
	static const char args[] =
		"-M virt,highmem-mmio-size=64T -cpu max -nodefaults"
		" -device pcie-root-port,id=rp1,bus=pcie.0,addr=1.0,chassis=1,slot=1"
		" -device x3130-upstream,id=up1,bus=rp1,addr=0.0"
		" -device xio3130-downstream,id=dp0,bus=up1,addr=0.0,chassis=1,slot=10"
		" -device xio3130-downstream,id=dp1,bus=up1,addr=1.0,chassis=1,slot=11"
		" -device vfio-pci,id=gpu0,host=03:00.0,bus=dp0,addr=0.0"
		" -device vfio-pci,id=nic0,host=0000:04:00.0,bus=dp1,addr=0.0";
	static const char good[] =
		GPU0 "bar2 gpa=0x6b8000000000 hpa=gpa size=128G mem64 prefetch\n";
	static const struct {
		const char *find;
		const char *replace;
		const char *manifest;
		enum pfb_lint_rule_index rule;
		const char *actual;
	} faults[] = {
		{ "host=03:00.0", "host=07:00.0", good, PFB_LINT_HOST_MISSING, "07:00.0" },
		{ "host=03:00.0", "host=03:00.0",
		  GPU0 "bar2 gpa=0x680000000000 hpa=gpa size=128G mem64 prefetch\n",
		  PFB_LINT_HPA_DIFFERS, "0x680000000000" },
		{ "host=03:00.0", "host=03:00.0",
		  GPU0 "bar1 gpa=0x6b8000000000 hpa=gpa size=128G mem64 prefetch\n",
		  PFB_LINT_HPA_DIFFERS, "0x6b8000000000" },
		{ "host=03:00.0", "host=03:00.0",
		  GPU0 "bar2 gpa=0x6b8000000000 hpa=gpa size=64G mem64 prefetch\n",
		  PFB_LINT_BAR_SIZE_DIFFERS, "0x1000000000" },
		{ "host=0000:04:00.0", "host=0000:06:00.0", good, PFB_LINT_HOST_PATH,
		  "no switch is above both" },
	};
	struct pfb_capture host;
	struct pfb_error err;
	struct pfb_path gpu_path;
	struct run run;
	u32 gpu;
	size_t i;

	(void)state;
	if (pfb_capture_load(&host, UNIT_CAPTURES "/rfc-host.json", &err))
		fail_msg("%s", err.text);
	judge_on_host(&run, &host, args, good);
	for (i = 0; i < run.lint.nr; i++)
		if (run.lint.findings[i].rule->severity != PFB_SEVERITY_NOTE)
			fail_msg("%s: %s", run.lint.findings[i].rule->id, run.lint.findings[i].what);
	done(&run);

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		char *changed = replaced(args, faults[i].find, faults[i].replace);

		judge_on_host(&run, &host, changed, faults[i].manifest);
		if (!fired(&run, faults[i].rule) ||
		    !strstr(fired(&run, faults[i].rule)->actual, faults[i].actual))
			fail_msg("case %zu: %s does not fire with '%s'", i,
				 pfb_lint_rules[faults[i].rule].id, faults[i].actual);
		done(&run);
		free(changed);
	}

	/* ACS of the switch: redirect; then for all but translated requests; then not read */
	assert_true(pfb_path_parse("03:00.0", 7, &gpu_path, &err) == 7);
	gpu = pfb_topology_find(&host.top, &gpu_path);
	HOST_DOWNSTREAM(&host, gpu)->acs_ctrl |= PFB_ACS_RR;
	judge_on_host(&run, &host, args, good);
	assert_non_null(fired(&run, PFB_LINT_HOST_PATH));
	assert_non_null(strstr(fired(&run, PFB_LINT_HOST_PATH)->actual, "ACS at downstream port"));
	done(&run);

	HOST_DOWNSTREAM(&host, gpu)->acs_ctrl |= PFB_ACS_DT;
	assert_true(pfb_path_parse("04:00.0", 7, &gpu_path, &err) == 7);
	host.top.functions[pfb_topology_find(&host.top, &gpu_path)].flags |=
		PFB_FN_ATS | PFB_FN_ATS_ENABLED;
	judge_on_host(&run, &host, args, good);
	assert_non_null(fired(&run, PFB_LINT_HOST_PATH_TRANSLATED));
	assert_null(fired(&run, PFB_LINT_HOST_PATH));
	done(&run);

	host.functions[host.top.functions[gpu].parent].acs_read = false;
	judge_on_host(&run, &host, args, good);
	assert_non_null(strstr(fired(&run, PFB_LINT_HOST_PATH)->actual, "nobody could read"));
	done(&run);
	pfb_capture_free(&host);
}

static void test_where(void **state)
{
	static const char args[] = "qemu-system-x86_64 \\\n -M q35 \\\n -device 'nvme,id=n\x1b,bus=x'\n";
	struct pfb_vm_config config = { 0 };
	struct pfb_error err;
	char where[128], small[8];

	(void)state;
	assert_int_equal(pfb_qemu_args_parse(&config, args, strlen(args), &err), 0);
	assert_string_equal(pfb_lint_where(&config, &config.options[1], where, sizeof(where)),
			    "line 3, argument 3, -device nvme,id=n?");
	assert_string_equal(pfb_lint_where(&config, &config.options[1], small, sizeof(small)),
			    "line 3,");
	assert_string_equal(pfb_lint_where(&config, NULL, where, sizeof(where)),
			    "the command line as a whole");
	pfb_vm_config_free(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bases),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_where),
	};

	return cmocka_run_group_tests_name("lint", tests, NULL, NULL);
}
