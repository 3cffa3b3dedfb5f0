// SPDX-License-Identifier: GPL-2.0
/*
 * Reads sysfs, and /proc/iomem for what sysfs does not show. Configuration
 * space is read from each function's `config` file: it is where libpci reads
 * it, too, and a library would add nothing but a dependency for the initramfs.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <pci_fixed_bars/cpu.h>

#include "lib/config_space.h"
#include "lib/cpuinfo.h"
#include "lib/file.h"
#include "lib/guest.h"

/* include/linux/ioport.h; sysfs `resource` prints them. */
#define RESOURCE_IO		0x00000100
#define RESOURCE_MEM		0x00000200
#define RESOURCE_PREFETCH	0x00002000
#define RESOURCE_MEM_64		0x00100000
#define RESOURCE_UNSET		0x20000000

/* The largest machine has fewer; what is larger is no sysfs. */
#define PROC_SIZE_MAX		(64U << 20)

/* One function's place, from the text of its symbolic link. */
struct entry {
	char bdf[PFB_BDF_TEXT_MAX];
	char *link;	/* "../../../devices/pci0000:00/0000:00:01.0" */
	char *tail;	/* in @link, from "pciSSSS:BB" on */
};

/* A line of /proc/iomem or /proc/ioports that is named like a function. */
struct claim {
	char bdf[PFB_BDF_TEXT_MAX];
	u64 start;
	u64 end;
};

struct claims {
	struct claim *claim;
	size_t nr;
	size_t room;
};

char *pfb_guest_path(const struct pfb_guest *guest, const char *fmt, ...)
{
	char *below, *path;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vasprintf(&below, fmt, args);
	va_end(args);
	if (len < 0)
		return NULL;
	len = asprintf(&path, "%s%s", guest->sysroot, below);
	free(below);
	return len < 0 ? NULL : path;
}

/* A one-line attribute; the line is empty when it cannot be read. */
static int read_line(const struct pfb_guest *guest, const char *bdf, const char *name,
		     char *buf, size_t size)
{
	char *path = pfb_guest_path(guest, "/sys/bus/pci/devices/%s/%s", bdf, name);
	int ret;

	buf[0] = '\0';
	if (!path)
		return -ENOMEM;
	ret = pfb_file_line(path, buf, size);
	free(path);
	return ret;
}

/* The last part of a symbolic link's text; empty when there is no such link, or it is longer. */
static void read_link_name(const struct pfb_guest *guest, const char *bdf, const char *name,
			   char *buf, size_t size)
{
	char *path = pfb_guest_path(guest, "/sys/bus/pci/devices/%s/%s", bdf, name);
	const char *slash, *name_part;
	char text[PATH_MAX];
	ssize_t len;

	buf[0] = '\0';
	if (!path)
		return;
	len = readlink(path, text, sizeof(text) - 1);
	free(path);
	if (len < 0)
		return;
	text[len] = '\0';
	slash = strrchr(text, '/');
	name_part = slash ? slash + 1 : text;
	if (strlen(name_part) < size)
		strcpy(buf, name_part);
}

static bool parse_bdf(const char *text, size_t len, u16 *segment, u8 *bus, u8 *devfn)
{
	struct pfb_path path;

	/* the kernel writes "0000:00:00.0", never shorter or longer */
	if (len != 12 || pfb_path_parse(text, len, &path, NULL) != (int)len || path.nr_hops != 1)
		return false;
	*segment = path.segment;
	*bus = path.bus;
	*devfn = path.hops[0];
	return true;
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	/*
	 * Parts are hexadecimal of fixed width, and '/' sorts before digits: the
	 * order of the text is depth-first, a bridge before what is behind it.
	 */
	return strcmp(x->tail, y->tail);
}

static void free_entries(struct entry *entries, size_t nr)
{
	while (nr--)
		free(entries[nr].link);
	free(entries);
}

/* Where "pciSSSS:BB" begins, the last one: a VMD has one below another. */
static char *find_tail(char *link)
{
	char *tail = NULL, *p;

	for (p = strstr(link, "/pci"); p; p = strstr(p + 1, "/pci")) {
		unsigned int segment, bus;
		int used = 0;

		if (sscanf(p, "/pci%4x:%2x%n", &segment, &bus, &used) == 2 && p[used] == '/')
			tail = p + 1;
	}
	return tail;
}

static bool is_vf(const struct pfb_guest *guest, const char *bdf)
{
	char pf[PFB_BDF_TEXT_MAX];

	read_link_name(guest, bdf, "physfn", pf, sizeof(pf));
	return pf[0];
}

static int list_entries(struct pfb_guest *guest, bool vfs, struct entry **list,
			size_t *nr_list, struct pfb_error *err)
{
	char *dir_path = pfb_guest_path(guest, "/sys/bus/pci/devices");
	struct entry *entries = NULL;
	size_t nr = 0, room = 0;
	struct dirent *de;
	DIR *dir;
	int ret;

	if (!dir_path)
		return pfb_fail(err, -ENOMEM, "out of memory");
	dir = opendir(dir_path);
	if (!dir) {
		ret = errno == ENOENT ?
			pfb_fail(err, -ENODEV, "%s is not there: this machine has no PCI, or /sys is not mounted",
				 dir_path) :
			pfb_fail(err, -errno, "%s: %s", dir_path, strerror(errno));
		free(dir_path);
		return ret;
	}

	while ((de = readdir(dir))) {
		char text[PATH_MAX];
		u16 segment;
		u8 bus, devfn;
		ssize_t len;

		if (de->d_name[0] == '.')
			continue;
		/* Linux numbers the segments behind a VMD from 10000 on. */
		if (!parse_bdf(de->d_name, strlen(de->d_name), &segment, &bus, &devfn)) {
			guest->skipped++;
			continue;
		}
		if (!vfs && is_vf(guest, de->d_name))
			continue;
		len = readlinkat(dirfd(dir), de->d_name, text, sizeof(text) - 1);
		if (len < 0) {
			/* removed since readdir() */
			if (errno == ENOENT)
				continue;
			ret = pfb_fail(err, -errno, "%s/%s: %s", dir_path, de->d_name,
				       strerror(errno));
			goto err_free;
		}
		text[len] = '\0';

		if (nr == room) {
			size_t more = room ? room * 2 : 64;
			struct entry *bigger = reallocarray(entries, more, sizeof(*bigger));

			if (!bigger) {
				ret = pfb_fail(err, -ENOMEM, "out of memory");
				goto err_free;
			}
			entries = bigger;
			room = more;
		}
		entries[nr].link = strdup(text);
		if (!entries[nr].link) {
			ret = pfb_fail(err, -ENOMEM, "out of memory");
			goto err_free;
		}
		strcpy(entries[nr].bdf, de->d_name);
		entries[nr].tail = find_tail(entries[nr].link);
		nr++;
		if (!entries[nr - 1].tail) {
			ret = pfb_fail(err, -EINVAL, "%s/%s: link '%s' names no host bridge",
				       dir_path, de->d_name, text);
			goto err_free;
		}
	}
	closedir(dir);
	free(dir_path);
	if (!nr) {
		free(entries);
		return pfb_fail(err, -ENODEV, "%s/sys/bus/pci/devices is empty: this machine has no PCI functions",
				guest->sysroot);
	}
	qsort(entries, nr, sizeof(*entries), compare_entries);
	*list = entries;
	*nr_list = nr;
	return 0;

err_free:
	closedir(dir);
	free(dir_path);
	free_entries(entries, nr);
	return ret;
}

/* A device-tree property of 32-bit cells. Return: their number, 0 without it. */
static unsigned int read_cells(const char *node, const char *name, u32 *cells, unsigned int max)
{
	unsigned int nr = 0, i;
	void *data;
	size_t size;
	char *path;

	if (asprintf(&path, "%s/%s", node, name) < 0)
		return 0;
	if (!pfb_file_read(path, max * 4, &data, &size, NULL)) {
		const u8 *b = data;

		if (size % 4 == 0)
			nr = (unsigned int)(size / 4);
		for (i = 0; i < nr; i++)
			cells[i] = (u32)b[4 * i] << 24 | (u32)b[4 * i + 1] << 16 |
				   (u32)b[4 * i + 2] << 8 | b[4 * i + 3];
		free(data);
	}
	free(path);
	return nr;
}

static void widen(struct pfb_window *window, u64 base, u64 size)
{
	u64 limit;

	if (!size || check_add_overflow(base, size - 1, &limit))
		return;
	/* One window of each kind has room; the largest says most. */
	if (window->limit < window->base || limit - base > window->limit - window->base) {
		window->base = base;
		window->limit = limit;
	}
}

static void add_memory(struct pfb_guest_root *root, struct pfb_root *top_root, u64 cpu, u64 bus,
		       u64 size)
{
	struct pfb_guest_range *range;

	widen(&top_root->windows[bus >> 32 ? PFB_WINDOW_PREF : PFB_WINDOW_MEM], bus, size);
	if (root->nr_ranges == PFB_RANGES_MAX)
		return;
	range = &root->ranges[root->nr_ranges++];
	range->cpu = cpu;
	range->bus = bus;
	range->size = size;
}

static void read_dt_ranges(struct pfb_guest_root *root, struct pfb_root *top_root)
{
	u32 cells[7 * PFB_RANGES_MAX];
	u32 parent_cells = 2;
	unsigned int nr, stride, i;
	u32 bus_range[2];
	char *parent;

	if (asprintf(&parent, "%s/..", root->dt_node) >= 0) {
		if (read_cells(parent, "#address-cells", &parent_cells, 1) != 1 ||
		    parent_cells < 1 || parent_cells > 2)
			parent_cells = 2;
		free(parent);
	}
	stride = 3 + parent_cells + 2;
	nr = read_cells(root->dt_node, "ranges", cells, ARRAY_SIZE(cells));
	for (i = 0; i + stride <= nr; i += stride) {
		const u32 *c = cells + i;
		u64 bus = (u64)c[1] << 32 | c[2];
		u64 cpu = parent_cells == 2 ? (u64)c[3] << 32 | c[4] : c[3];
		u64 size = (u64)c[stride - 2] << 32 | c[stride - 1];

		if ((c[0] >> 24 & 3) == 1)
			widen(&top_root->windows[PFB_WINDOW_IO], bus, size);
		else
			add_memory(root, top_root, cpu, bus, size);
	}
	if (read_cells(root->dt_node, "bus-range", bus_range, 2) == 2 &&
	    bus_range[0] == top_root->bus && bus_range[1] >= bus_range[0] && bus_range[1] <= 0xff)
		top_root->last_bus = (u8)bus_range[1];
}

/* The kernel looks in these places, too (drivers/pci/of.c, pcibios_get_phb_of_node()). */
static char *find_dt_node(const struct pfb_guest *guest, const struct entry *e)
{
	static const char * const places[] = { "of_node", "../of_node" };
	size_t i, head = (size_t)(e->tail - e->link);
	size_t name = strcspn(e->tail, "/");

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		char *path = pfb_guest_path(guest, "/sys/bus/pci/devices/%.*s/%s",
					    (int)(head + name), e->link, places[i]);
		char *ranges;
		bool found;

		if (!path || asprintf(&ranges, "%s/ranges", path) < 0) {
			free(path);
			return NULL;
		}
		found = !access(ranges, F_OK);
		free(ranges);
		if (found)
			return path;
		free(path);
	}
	return NULL;
}

const struct pfb_guest_range *pfb_guest_range_of(const struct pfb_guest_root *root, u64 first,
						 u64 last)
{
	const struct pfb_guest_range *range = root->ranges;

	for (; range < root->ranges + root->nr_ranges; range++)
		if (first >= range->bus && last - range->bus < range->size)
			return range;
	return NULL;
}

static u64 cpu_to_bus(const struct pfb_guest_root *root, u64 cpu)
{
	unsigned int i;

	for (i = 0; i < root->nr_ranges; i++) {
		const struct pfb_guest_range *r = &root->ranges[i];

		if (cpu >= r->cpu && cpu - r->cpu < r->size)
			return cpu - r->cpu + r->bus;
	}
	/* Without a device tree host bridges that translate are not described anywhere. */
	return cpu;
}

static void read_resources(const struct pfb_guest *guest, u32 index,
			   const struct pfb_config_bars *bars)
{
	struct pfb_guest_function *gf = &guest->functions[index];
	struct pfb_function *fn = &guest->top.functions[index];
	const struct pfb_guest_root *root = &guest->roots[fn->root];
	unsigned int i, max = pfb_topology_is_bridge(fn) ? PFB_BAR_VF0 : PFB_NR_BARS;
	char *path = pfb_guest_path(guest, "/sys/bus/pci/devices/%s/resource", gf->bdf);
	char *line, *save = NULL;
	void *text;
	size_t size;
	int ret;

	for (i = 0; i < PFB_NR_BARS; i++) {
		fn->bars[i].address = bars->address[i];
		/* a ROM that is not there reads as one that is disabled */
		gf->seen[i] = !gf->pf[0] && i != PFB_BAR_ROM &&
			      (bars->address[i] || bars->flags[i]);
		/* the kernel's flags, where it has a resource, come below */
		if (gf->seen[i])
			fn->bars[i].flags = bars->flags[i];
	}
	if (!path)
		return;
	ret = pfb_file_read(path, 65536, &text, &size, NULL);
	free(path);
	if (ret)
		return;

	for (i = 0, line = strtok_r(text, "\n", &save); line && i < max;
	     i++, line = strtok_r(NULL, "\n", &save)) {
		struct pfb_bar *bar = &fn->bars[i];
		u64 start, end, flags;

		if (sscanf(line, "%" SCNx64 " %" SCNx64 " %" SCNx64, &start, &end, &flags) != 3)
			break;
		if (!(flags & (RESOURCE_IO | RESOURCE_MEM)) || end < start || end - start == ~0ULL)
			continue;

		bar->size = end - start + 1;
		/* A VF BAR's resource spans all VFs. */
		if (i >= PFB_BAR_VF0) {
			if (!fn->total_vfs) {
				bar->size = 0;
				continue;
			}
			bar->size /= fn->total_vfs;
		}
		bar->flags = bars->flags[i] & PFB_BAR_DISABLED;
		if (flags & RESOURCE_IO)
			bar->flags |= PFB_BAR_IO;
		if (flags & RESOURCE_MEM_64)
			bar->flags |= PFB_BAR_MEM64;
		if (flags & RESOURCE_PREFETCH)
			bar->flags |= PFB_BAR_PREFETCH;
		if (!(flags & RESOURCE_UNSET) && start)
			bar->flags |= PFB_BAR_ASSIGNED;

		gf->resource[i] = cpu_to_bus(root, start);
		/*
		 * A VF has no registers of its own. I/O ports are the kernel's own
		 * numbers where the CPU has no ports, and nothing shows the bus's.
		 */
		if (gf->pf[0])
			bar->address = gf->resource[i];
		else if (flags & RESOURCE_IO)
			gf->resource[i] = bar->flags & PFB_BAR_ASSIGNED ? bar->address : 0;
	}
	free(text);
}

/*
 * Whose DMA mask says nothing: nobody has set it, or whoever has lets somebody
 * else drive the function.
 */
static bool mask_is_drivers(const char *driver)
{
	static const char * const not_theirs[] = {
		"", "pci-stub", "pci_fixed_bars", "uio_pci_generic", "vfio-pci",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(not_theirs); i++)
		if (!strcmp(driver, not_theirs[i]))
			return false;
	return true;
}

/* -1 for text that is no number: the kernel's own "none". */
static int parse_number(const char *text)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	return end == text || *end || errno || number < 0 || number > INT_MAX ? -1 : (int)number;
}

static void read_iommu(const struct pfb_guest *guest, struct pfb_guest_function *gf)
{
	char group[32];

	gf->iommu_group = -1;
	read_link_name(guest, gf->bdf, "iommu_group", group, sizeof(group));
	if (!group[0])
		return;
	gf->iommu_group = parse_number(group);
	gf->iommu = PFB_IOMMU_UNKNOWN;
	if (read_line(guest, gf->bdf, "iommu_group/type", gf->iommu_type, sizeof(gf->iommu_type)) ||
	    !gf->iommu_type[0])
		return;
	gf->iommu = strcmp(gf->iommu_type, "identity") ? PFB_IOMMU_TRANSLATES : PFB_IOMMU_IDENTITY;
}

static int read_function(struct pfb_guest *guest, const struct entry *e, u32 index,
			 struct pfb_error *err)
{
	struct pfb_guest_function *gf = &guest->functions[index];
	struct pfb_function *fn = &guest->top.functions[index];
	struct pfb_config_bars bars;
	char line[64];
	char *path;
	void *config;
	size_t size;
	int ret;

	memcpy(gf->bdf, e->bdf, sizeof(gf->bdf));
	path = pfb_guest_path(guest, "/sys/bus/pci/devices/%s/config", gf->bdf);
	if (!path)
		return pfb_fail(err, -ENOMEM, "out of memory");
	ret = pfb_file_read(path, PFB_CONFIG_SPACE_MAX, &config, &size, err);
	if (!ret && size < PFB_CONFIG_SPACE_MIN)
		ret = pfb_fail(err, -EIO, "%s: %zu bytes, expected at least %u", path, size,
			       PFB_CONFIG_SPACE_MIN);
	free(path);
	if (ret)
		return ret;
	gf->caps_read = pfb_config_space_decode(config, size, fn, &bars);
	free(config);
	/* Users get less, and root what the kernel itself can read. */
	if (!gf->caps_read && size == PFB_CONFIG_SPACE_PCI)
		gf->caps_read = gf->no_ext_space = true;

	read_link_name(guest, gf->bdf, "physfn", gf->pf, sizeof(gf->pf));
	if (gf->pf[0]) {
		/* A VF's ids read as ffff; the kernel knows them from the PF. */
		if (!read_line(guest, gf->bdf, "vendor", line, sizeof(line)))
			fn->vendor = (u16)strtoul(line, NULL, 16);
		if (!read_line(guest, gf->bdf, "device", line, sizeof(line)))
			fn->device = (u16)strtoul(line, NULL, 16);
		/* It is here, so its PF has VF enable and VF memory space enable set. */
		fn->flags |= PFB_FN_MEMORY | PFB_FN_VF;
	}
	if (!gf->caps_read)
		guest->config_cut++;

	read_link_name(guest, gf->bdf, "driver", gf->driver, sizeof(gf->driver));
	if (mask_is_drivers(gf->driver) &&
	    !read_line(guest, gf->bdf, "dma_mask_bits", line, sizeof(line)))
		gf->dma_mask_bits = (unsigned int)strtoul(line, NULL, 10);
	read_iommu(guest, gf);
	read_line(guest, gf->bdf, "numa_node", line, sizeof(line));
	gf->numa_node = parse_number(line);
	read_resources(guest, index, &bars);
	return 0;
}

static int add_root(struct pfb_guest *guest, const struct entry *e, u16 segment, u8 bus,
		    struct pfb_error *err)
{
	struct pfb_topology *top = &guest->top;
	struct pfb_guest_root *root;
	unsigned int i;

	if (top->nr_roots == top->max_roots) {
		u32 more = top->max_roots ? top->max_roots * 2 : 4;
		struct pfb_root *roots = reallocarray(top->roots, more, sizeof(*roots));
		struct pfb_guest_root *beside;

		if (!roots)
			return pfb_fail(err, -ENOMEM, "out of memory");
		top->roots = roots;
		beside = reallocarray(guest->roots, more, sizeof(*beside));
		if (!beside)
			return pfb_fail(err, -ENOMEM, "out of memory");
		guest->roots = beside;
		top->max_roots = more;
	}
	root = &guest->roots[top->nr_roots];
	memset(root, 0, sizeof(*root));
	memset(&top->roots[top->nr_roots], 0, sizeof(*top->roots));
	for (i = 0; i < PFB_NR_WINDOWS; i++)
		top->roots[top->nr_roots].windows[i].base = 1;
	top->roots[top->nr_roots].segment = segment;
	top->roots[top->nr_roots].bus = bus;
	top->roots[top->nr_roots].last_bus = 0xff;
	/* Nothing shows where the buses of an ACPI host bridge end; the next one's begin. */
	if (top->nr_roots && top->roots[top->nr_roots - 1].segment == segment)
		top->roots[top->nr_roots - 1].last_bus = bus - 1;
	top->nr_roots++;
	root->dt_node = find_dt_node(guest, e);
	return 0;
}

static int build(struct pfb_guest *guest, const struct entry *entries, size_t nr,
		 struct pfb_error *err)
{
	struct pfb_topology *top = &guest->top;
	size_t i;
	u32 r;
	int ret;

	top->functions = calloc(nr, sizeof(*top->functions));
	guest->functions = calloc(nr, sizeof(*guest->functions));
	if (!top->functions || !guest->functions)
		return pfb_fail(err, -ENOMEM, "out of memory");
	top->max_functions = (u32)nr;

	/* Roots first: a function's addresses are read through its host bridge's ranges. */
	for (i = 0; i < nr; i++) {
		struct pfb_function *fn = &top->functions[i];
		unsigned int segment = 0, bus = 0;
		u16 own_segment;

		if (sscanf(entries[i].tail, "pci%4x:%2x", &segment, &bus) != 2)
			return pfb_fail(err, -EINVAL, "%s: '%s' names no host bridge",
					entries[i].bdf, entries[i].tail);
		if (!top->nr_roots || top->roots[top->nr_roots - 1].segment != segment ||
		    top->roots[top->nr_roots - 1].bus != bus) {
			ret = add_root(guest, &entries[i], (u16)segment, (u8)bus, err);
			if (ret)
				return ret;
		}
		fn->root = top->nr_roots - 1;
		parse_bdf(entries[i].bdf, strlen(entries[i].bdf), &own_segment, &fn->bus,
			  &fn->devfn);
	}
	for (r = 0; r < top->nr_roots; r++)
		if (guest->roots[r].dt_node)
			read_dt_ranges(&guest->roots[r], &top->roots[r]);

	for (i = 0; i < nr; i++) {
		struct pfb_function *fn = &top->functions[i];
		const char *tail = entries[i].tail;
		size_t parent_len = (size_t)(strrchr(tail, '/') - tail);
		u32 above = (u32)i;

		/* depth-first: the bridge above is the nearest entry that ends there */
		fn->parent = PFB_NO_FUNCTION;
		while (above--) {
			const char *t = entries[above].tail;

			if (!strncmp(t, tail, parent_len) && !t[parent_len]) {
				fn->parent = above;
				break;
			}
			if (top->functions[above].parent == PFB_NO_FUNCTION)
				break;
			/* straight to the bridge above that one's siblings */
			above = top->functions[above].parent + 1;
		}
		if (fn->parent == PFB_NO_FUNCTION && memchr(tail, '/', parent_len))
			return pfb_fail(err, -EAGAIN, "%s: the bridge above it, '%.*s', is gone: PCI changes right now, try again",
					entries[i].bdf, (int)parent_len, tail);
		ret = read_function(guest, &entries[i], (u32)i, err);
		if (ret)
			return ret;
		top->nr_functions = (u32)i + 1;
	}
	return 0;
}

static int compare_claims(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int diff = strcmp(x->bdf, y->bdf);

	if (diff)
		return diff;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

/* Reads /proc/iomem, and the windows of host bridges that no device tree describes. */
static void parse_iomem(struct pfb_guest *guest, char *text, struct claims *claims)
{
	struct pfb_topology *top = &guest->top;
	size_t ecam_depth = SIZE_MAX;
	char *line, *save = NULL;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		size_t depth = strspn(line, " ");
		unsigned int segment, bus;
		int used = 0, bus_used = 0;
		u64 start, end;
		char *name;
		u32 r;

		if (sscanf(line, " %" SCNx64 "-%" SCNx64 " : %n", &start, &end, &used) != 2 ||
		    !used)
			continue;
		name = line + used;
		if (end)
			guest->tree_read = true;
		if (depth <= ecam_depth)
			ecam_depth = strncmp(name, "PCI ECAM", 8) ? SIZE_MAX : depth;

		if (sscanf(name, "PCI Bus %4x:%2x%n", &segment, &bus, &bus_used) == 2 &&
		    !name[bus_used]) {
			for (r = 0; r < top->nr_roots && ecam_depth == SIZE_MAX; r++) {
				struct pfb_root *root = &top->roots[r];

				if (root->segment == segment && root->bus == bus && end >= start &&
				    !guest->roots[r].dt_node)
					add_memory(&guest->roots[r], root, start, start,
						   end - start + 1);
			}
			continue;
		}
		if (strlen(name) >= PFB_BDF_TEXT_MAX)
			continue;
		if (claims->nr == claims->room) {
			size_t more = claims->room ? claims->room * 2 : 256;
			struct claim *bigger = reallocarray(claims->claim, more, sizeof(*bigger));

			/* Without them every BAR would count as unclaimed: say unknown instead. */
			if (!bigger) {
				guest->tree_read = false;
				return;
			}
			claims->claim = bigger;
			claims->room = more;
		}
		strcpy(claims->claim[claims->nr].bdf, name);
		claims->claim[claims->nr].start = start;
		claims->claim[claims->nr].end = end;
		claims->nr++;
	}
}

/* The resource tree: a BAR whose resource is outside it has no address that counts. */
static void read_tree(struct pfb_guest *guest)
{
	struct claims claims = { 0 };
	char *path = pfb_guest_path(guest, "/proc/iomem");
	void *text;
	size_t size;
	u32 f;

	if (path && !pfb_file_read(path, PROC_SIZE_MAX, &text, &size, NULL)) {
		parse_iomem(guest, text, &claims);
		free(text);
	}
	free(path);
	if (!guest->tree_read)
		goto out;
	if (claims.nr)
		qsort(claims.claim, claims.nr, sizeof(*claims.claim), compare_claims);

	for (f = 0; f < guest->top.nr_functions; f++) {
		struct pfb_function *fn = &guest->top.functions[f];
		struct pfb_guest_function *gf = &guest->functions[f];
		unsigned int i;

		for (i = 0; i < PFB_NR_BARS; i++) {
			struct pfb_bar *bar = &fn->bars[i];
			u64 size = bar->size * (i >= PFB_BAR_VF0 ? fn->total_vfs : 1);
			const struct pfb_guest_range *range;
			struct claim want;

			if (!bar->size)
				continue;
			/* Ports are in /proc/ioports, in numbers that are not the bus's. */
			if (bar->flags & PFB_BAR_IO) {
				gf->in_tree[i] = bar->flags & PFB_BAR_ASSIGNED;
				continue;
			}
			memcpy(want.bdf, gf->bdf, sizeof(want.bdf));
			want.start = gf->resource[i];
			range = pfb_guest_range_of(&guest->roots[fn->root], want.start, want.start);
			if (range)
				want.start = want.start - range->bus + range->cpu;
			want.end = want.start + size - 1;
			gf->in_tree[i] = claims.nr && bsearch(&want, claims.claim, claims.nr,
							      sizeof(want), compare_claims);
			if (!gf->in_tree[i])
				bar->flags &= ~PFB_BAR_ASSIGNED;
		}
	}
out:
	free(claims.claim);
}

int pfb_guest_read(struct pfb_guest *guest, const char *sysroot, bool vfs,
		   struct pfb_error *err)
{
	char *module, *release;
	struct entry *entries;
	size_t nr;
	int ret;

	memset(guest, 0, sizeof(*guest));
	guest->sysroot = strdup(sysroot);
	if (!guest->sysroot)
		return pfb_fail(err, -ENOMEM, "out of memory");

	ret = list_entries(guest, vfs, &entries, &nr, err);
	if (ret)
		return ret;
	ret = build(guest, entries, nr, err);
	free_entries(entries, nr);
	if (ret)
		return ret;
	read_tree(guest);
	pfb_cpuinfo_fact(guest, "vendor_id", guest->cpu_vendor, sizeof(guest->cpu_vendor));
	release = pfb_guest_path(guest, "/proc/sys/kernel/osrelease");
	if (release)
		pfb_file_line(release, guest->release, sizeof(guest->release));
	free(release);
	module = pfb_guest_path(guest, "/sys/module/pci_fixed_bars");
	guest->module_loaded = module && !access(module, F_OK);
	free(module);
	return pfb_topology_check(&guest->top, err);
}

void pfb_guest_free(struct pfb_guest *guest)
{
	u32 r;

	for (r = 0; r < guest->top.nr_roots; r++)
		free(guest->roots[r].dt_node);
	free(guest->roots);
	free(guest->functions);
	free(guest->top.roots);
	free(guest->top.functions);
	free(guest->sysroot);
	memset(guest, 0, sizeof(*guest));
}

/* The PCI function that a file below /sys belongs to: the last one in its true path. */
static u32 find_by_file(const struct pfb_guest *guest, const char *file)
{
	u32 found = PFB_NO_FUNCTION;
	const char *part = file, *end;

	for (; *part; part = *end ? end + 1 : end) {
		struct pfb_path path = { .nr_hops = 1 };

		end = strchrnul(part, '/');
		if (parse_bdf(part, (size_t)(end - part), &path.segment, &path.bus,
			      &path.hops[0])) {
			u32 index = pfb_topology_find(&guest->top, &path);

			if (index != PFB_NO_FUNCTION)
				found = index;
		}
	}
	return found;
}

static int resolve_file(const struct pfb_guest *guest, const char *name, u32 *index,
			struct pfb_error *err)
{
	char *path, *real;
	struct stat st;

	path = pfb_guest_path(guest, "%s", name);
	if (!path)
		return pfb_fail(err, -ENOMEM, "out of memory");
	if (stat(path, &st)) {
		free(path);
		return pfb_fail(err, -ENODEV, "%s: %s", name, strerror(errno));
	}
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
		free(path);
		path = pfb_guest_path(guest, "/sys/dev/%s/%u:%u",
				      S_ISCHR(st.st_mode) ? "char" : "block",
				      major(st.st_rdev), minor(st.st_rdev));
		if (!path)
			return pfb_fail(err, -ENOMEM, "out of memory");
	}
	real = realpath(path, NULL);
	free(path);
	if (!real)
		return pfb_fail(err, -ENODEV, "%s: %s", name, strerror(errno));
	if (!strstr(real, "/sys/devices/")) {
		free(real);
		return pfb_fail(err, -EINVAL, "%s is no device: give a BDF, a path, or a file of a device below /sys or /dev",
				name);
	}
	*index = find_by_file(guest, real);
	free(real);
	return 0;
}

int pfb_guest_find(const struct pfb_guest *guest, const char *name, u32 *index,
		   struct pfb_error *err)
{
	struct pfb_path path;
	struct pfb_error why;
	size_t len = strlen(name);
	int used;

	if (name[0] == '/')
		return resolve_file(guest, name, index, err);

	used = pfb_path_parse(name, len, &path, &why);
	if (used < 0)
		return pfb_fail(err, -EINVAL, "'%s' names no function: %s", name, why.text);
	if ((size_t)used != len)
		return pfb_fail(err, -EINVAL, "'%s' names no function: nothing may follow '%.*s'",
				name, used, name);
	*index = pfb_topology_find(&guest->top, &path);
	if (*index == PFB_NO_FUNCTION)
		return pfb_fail(err, -ENODEV, "%s: no PCI function is there; 'lspci -t' shows what is",
				name);
	return 0;
}

bool pfb_guest_reserved(const struct pfb_guest *guest, u64 base, u64 size)
{
	return size && pfb_cpu_reserves(guest->cpu_vendor, base, base + (size - 1));
}
