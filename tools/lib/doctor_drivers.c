// SPDX-License-Identifier: GPL-2.0
/*
 * What the drivers of GPUs and NICs need for P2P, and how they are set.
 *
 * Sources: NVIDIA's open-gpu-kernel-modules 595.45.04 for /proc/driver/nvidia
 * (kernel-open/nvidia/nv-procfs.c), the NVreg_* options (nv-reg.h) and the
 * topology check (nv-pci.c, nv_grdma_pci_topology_supported()), and for
 * nvidia-peermem; NCCL's src/transport/net_ib/gdr.cc for where peermem modules
 * show themselves; Linux for amdgpu and mlx5.
 */
#include <stdlib.h>

#include "lib/doctor_checks.h"
#include "lib/file.h"
#include "lib/kernel_release.h"

#define NVIDIA_PARAMS	"/proc/driver/nvidia/params"
#define NVIDIA_VERSION	"/proc/driver/nvidia/version"
#define PARAMS_SIZE_MAX	65536

/* "Name: value" lines, as nv_procfs_read_params() prints them. */
static bool nvidia_param(const char *params, const char *name, unsigned int *value)
{
	size_t len = strlen(name);
	const char *line;

	for (line = params; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, len) && sscanf(line + len, ": %u", value) == 1)
			return true;
	}
	return false;
}

static void check_nvidia_params(struct pfb_doctor_context *c)
{
	char *path = pfb_guest_path(c->request->guest, NVIDIA_PARAMS);
	unsigned int value;
	void *params;
	size_t size;

	if (!path || pfb_file_read(path, PARAMS_SIZE_MAX, &params, &size, NULL)) {
		pfb_doctor_say(c, PFB_DOCTOR_NOT_SEEN, NVIDIA_PARAMS, "the driver's parameters",
			       "it cannot be read",
			       "run where /proc/driver/nvidia is visible, not in a container that hides it",
			       NVIDIA_PARAMS " cannot be read: how NVIDIA's driver is set is not known");
		free(path);
		return;
	}
	free(path);
	/* 0: the driver's own check, 1: allow, 2: deny; drivers before it have no such parameter */
	if (nvidia_param(params, "GrdmaPciTopoCheckOverride", &value)) {
		if (value == 2)
			pfb_doctor_say(c, PFB_DOCTOR_NVIDIA_DENIES, NVIDIA_PARAMS,
				       "GrdmaPciTopoCheckOverride: 0 or 1",
				       "GrdmaPciTopoCheckOverride: 2",
				       "remove NVreg_GrdmaPciTopoCheckOverride=2 from /etc/modprobe.d and the kernel's command line, and load the driver anew",
				       "NVIDIA's driver is told to refuse every RDMA peer");
		else if (!value && c->apart)
			pfb_doctor_say(c, PFB_DOCTOR_NVIDIA_TOPO, NVIDIA_PARAMS,
				       "a switch above GPU and NIC",
				       "GrdmaPciTopoCheckOverride: 0, the driver decides",
				       "put both below one switch; NVreg_GrdmaPciTopoCheckOverride=1 only silences the check",
				       "NVIDIA's driver may refuse a NIC that has no switch in common with the GPU");
	}
	if (nvidia_param(params, "EnableStreamMemOPs", &value) && !value)
		pfb_doctor_say(c, PFB_DOCTOR_NVIDIA_MEMOPS, NVIDIA_PARAMS, "EnableStreamMemOPs: 1",
			       "EnableStreamMemOPs: 0",
			       "nothing, unless a program asks for them: then NVreg_EnableStreamMemOPs=1",
			       "CUDA stream memory operations are off");
	free(params);
}

static bool has_peermem(const struct pfb_doctor_context *c)
{
	return pfb_doctor_exists(c, "/sys/module/nvidia_peermem") ||
	       pfb_doctor_exists(c, "/sys/kernel/mm/memory_peers/nv_mem") ||
	       pfb_doctor_exists(c, "/sys/kernel/mm/memory_peers/nv_mem_nc");
}

static void check_nvidia_rdma(struct pfb_doctor_context *c, bool mlx5)
{
	char version[256];
	bool open, dmabuf;

	if (has_peermem(c))
		return;
	if (pfb_doctor_line(c, version, sizeof(version), NVIDIA_VERSION)) {
		pfb_doctor_say(c, PFB_DOCTOR_NOT_SEEN, NVIDIA_VERSION, "the driver's version",
			       "it cannot be read",
			       "run where /proc/driver/nvidia is visible, not in a container that hides it",
			       NVIDIA_VERSION " cannot be read: whether the driver exports dma-bufs is not known");
		return;
	}
	/* src/nvidia/Makefile names it so; the other flavour says "NVIDIA UNIX x86_64 Kernel Module" */
	open = strstr(version, "Open Kernel Module");
	/*
	 * What exporting takes: the open driver from 515.43.04 on, say NVIDIA's developers
	 * in NCCL's pull request 682. RDMA imports dma-bufs from Linux 5.12 on
	 * (drivers/infiniband/core/umem_dmabuf.c).
	 */
	dmabuf = open && pfb_kernel_at_least(c->request->guest->release, 5, 12);
	if (!dmabuf) {
		pfb_doctor_say(c, PFB_DOCTOR_NVIDIA_NO_WAY, "/sys/module/nvidia_peermem",
			       "nvidia-peermem, or the open driver on Linux 5.12 or newer",
			       open ? "no nvidia-peermem, and an older kernel" :
			       "no nvidia-peermem, and the closed driver",
			       "modprobe nvidia-peermem (it takes an RDMA stack with peer memory, such as DOCA-OFED's); or install the open driver (nvidia-open)",
			       "an RDMA NIC has no way to NVIDIA's memory");
		return;
	}
	pfb_doctor_say(c, PFB_DOCTOR_NVIDIA_DMABUF, "/sys/module/nvidia_peermem", "nvidia-peermem",
		       "it is not loaded; the open driver exports dma-bufs",
		       "nothing for NCCL and other programs that use dma-buf; for older ones modprobe nvidia-peermem",
		       "GPU memory can be registered as a dma-buf only");
	/* drivers/infiniband/hw/mlx5/mr.c, mlx5_ib_reg_user_mr_dmabuf() */
	if (mlx5 && pfb_kernel_config_get(&c->config, "INFINIBAND_ON_DEMAND_PAGING", NULL) ==
	    PFB_KERNEL_OPTION_OFF)
		pfb_doctor_say(c, PFB_DOCTOR_DMABUF_ODP, c->config.path,
			       "CONFIG_INFINIBAND_ON_DEMAND_PAGING=y", "not set",
			       "boot a kernel with it, or modprobe nvidia-peermem",
			       "mlx5 will refuse GPU memory as a dma-buf");
}

static u64 vram(const struct pfb_doctor_context *c, const char *bdf, const char *name)
{
	char text[32];

	pfb_doctor_line(c, text, sizeof(text), "/sys/bus/pci/devices/%s/%s", bdf, name);
	return strtoull(text, NULL, 10);
}

static void check_amdgpu(struct pfb_doctor_context *c, const char *bdf, const char *name)
{
	/* amdgpu_vram_mgr.c; kfd takes P2P for possible only with all of it visible */
	u64 total = vram(c, bdf, "mem_info_vram_total");
	u64 visible = vram(c, bdf, "mem_info_vis_vram_total");
	char text[16];

	if (total && visible < total)
		pfb_doctor_say(c, PFB_DOCTOR_AMDGPU_SMALL_BAR, name,
			       pfb_findings_text("%llu MiB visible", (unsigned long long)total >> 20),
			       pfb_findings_text("%llu MiB", (unsigned long long)visible >> 20),
			       "resize the BAR on the host before the guest starts (sysfs resourceN_resize), and give the guest a window for it",
			       "%s shows a part of its memory only", name);
	/* amdgpu_drv.c: the parameter is there only with CONFIG_HSA_AMD_P2P */
	if (pfb_doctor_line(c, text, sizeof(text), "/sys/module/amdgpu/parameters/pcie_p2p"))
		pfb_doctor_say(c, PFB_DOCTOR_AMDGPU_NO_KFD, "/sys/module/amdgpu/parameters/pcie_p2p",
			       "a parameter pcie_p2p", "none",
			       "boot a kernel with CONFIG_HSA_AMD_P2P, or install AMD's amdgpu-dkms",
			       "amdgpu was built without P2P for ROCm");
	else if (text[0] == 'N' || text[0] == '0')
		pfb_doctor_say(c, PFB_DOCTOR_AMDGPU_OFF, "/sys/module/amdgpu/parameters/pcie_p2p",
			       "Y", text, "remove amdgpu.pcie_p2p=0 from /etc/modprobe.d and the kernel's command line, and boot again",
			       "amdgpu is told not to use P2P");
}

/* Whose BARs the manifest or a person names may be anybody's: an FPGA's, a stand-in's. */
static void check_provider(struct pfb_doctor_context *c, u32 function, bool *nvidia)
{
	const struct pfb_guest_function *gf = &c->request->routing->functions[function];
	const struct pfb_function *fn = &c->request->routing->top.functions[function];
	char name[PFB_DOCTOR_NAME_MAX];
	const char *own;

	pfb_doctor_name(c, function, name);
	if (!strcmp(gf->driver, "nvidia")) {
		*nvidia = true;
		return;
	}
	if (!strcmp(gf->driver, "amdgpu")) {
		check_amdgpu(c, gf->bdf, name);
		return;
	}
	/* to pci_fixed_bars a function was bound on purpose: it provides the BAR itself */
	if (!pfb_doctor_is_gpu(c->request->routing, function) ||
	    !strcmp(gf->driver, "pci_fixed_bars"))
		return;
	own = fn->vendor == PFB_VENDOR_NVIDIA ? "nvidia" : "amdgpu";
	if (!gf->driver[0] || !strcmp(gf->driver, "nouveau") ||
	    !strcmp(gf->driver, "vfio-pci") || !strcmp(gf->driver, "pci-stub"))
		pfb_doctor_say(c, PFB_DOCTOR_GPU_DRIVER, name, own,
			       gf->driver[0] ? gf->driver : "none",
			       pfb_findings_text("load the driver: modprobe %s", own),
			       "%s is not driven by %s", name, own);
	else
		pfb_doctor_say(c, PFB_DOCTOR_GPU_DRIVER_UNKNOWN, name, own, gf->driver,
			       "see the driver's documentation",
			       "what %s needs for P2P is not known", gf->driver);
}

static void check_nic(struct pfb_doctor_context *c, u32 function, bool *rdma, bool *mlx5)
{
	const struct pfb_guest_function *gf = &c->request->routing->functions[function];
	const struct pfb_function *fn = &c->request->routing->top.functions[function];
	char name[PFB_DOCTOR_NAME_MAX];

	*mlx5 |= !strcmp(gf->driver, "mlx5_core");
	if (pfb_doctor_has_rdma(c->request->guest, gf->bdf)) {
		*rdma = true;
		return;
	}
	/* a disk that GPUs read from needs none, and without a driver that is what to say */
	if (fn->class >> 16 != 0x02 || !gf->driver[0])
		return;
	pfb_doctor_name(c, function, name);
	pfb_doctor_say(c, PFB_DOCTOR_NIC_NO_RDMA, name, "an RDMA device (infiniband/ in its sysfs folder)",
		       "none",
		       !strcmp(gf->driver, "mlx5_core") ? "modprobe mlx5_ib" :
		       !strcmp(gf->driver, "bnxt_en") ? "modprobe bnxt_re" :
		       !strcmp(gf->driver, "ice") ? "modprobe irdma" :
		       "load the RDMA driver that belongs to the network driver",
		       "%s has no RDMA device", name);
}

void pfb_doctor_drivers(struct pfb_doctor_context *c)
{
	bool nvidia = false, rdma = false, mlx5 = false;
	u32 i;

	for (i = 0; i < c->roles->nr_providers; i++)
		check_provider(c, c->roles->providers[i], &nvidia);
	for (i = 0; i < c->roles->nr_clients; i++)
		check_nic(c, c->roles->clients[i], &rdma, &mlx5);
	if (rdma && !pfb_doctor_exists(c, "/sys/class/infiniband_verbs"))
		pfb_doctor_say(c, PFB_DOCTOR_NO_VERBS, "/sys/class/infiniband_verbs", "ib_uverbs",
			       "it is not loaded", "modprobe ib_uverbs",
			       "no program can use the RDMA NIC");
	if (!nvidia)
		return;
	check_nvidia_params(c);
	if (rdma || mlx5)
		check_nvidia_rdma(c, mlx5);
}
