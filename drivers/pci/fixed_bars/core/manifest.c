// SPDX-License-Identifier: GPL-2.0
#include <pci_fixed_bars/manifest.h>
#include <pci_fixed_bars/sort.h>
#include <pci_fixed_bars/topology.h>

#define HEADER		sizeof(struct pfb_manifest_header)
#define FUNCTION	sizeof(struct pfb_manifest_function)
#define BAR		sizeof(struct pfb_manifest_bar)
#define ORDER		sizeof(__le32)

#define FIELD(base, type, field)	((base) + offsetof(struct type, field))

/* A manifest whose header was checked: the tables lie within @data. */
struct manifest {
	const u8 *data;
	const u8 *functions;
	const u8 *bars;
	const u8 *order;
	u32 nr_functions;
	u32 nr_bars;
};

/*
 * CRC-32/ISO-HDLC four bits at a time: the table is small enough to be checked
 * against the polynomial by eye, and the manifest is read once per boot.
 */
static u32 crc32_update(u32 crc, const u8 *data, size_t size)
{
	static const u32 table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};

	while (size--) {
		crc ^= *data++;
		crc = crc >> 4 ^ table[crc & 0xf];
		crc = crc >> 4 ^ table[crc & 0xf];
	}
	return crc;
}

static u32 manifest_crc32(const u8 *data, size_t size)
{
	static const u8 zero[4];
	const size_t field = offsetof(struct pfb_manifest_header, crc32);
	u32 crc = 0xffffffff;

	crc = crc32_update(crc, data, field);
	crc = crc32_update(crc, zero, sizeof(zero));
	crc = crc32_update(crc, data + field + sizeof(zero), size - field - sizeof(zero));
	return crc ^ 0xffffffff;
}

static bool all_zero(const u8 *p, size_t size)
{
	while (size--) {
		if (*p++)
			return false;
	}
	return true;
}

static int reserved_fault(const struct manifest *m, const u8 *p, const char *what,
			  struct pfb_error *err)
{
	return pfb_fail(err, -EINVAL,
			"manifest: offset 0x%zx: %s are not zero; the manifest was made for a newer version or is damaged",
			(size_t)(p - m->data), what);
}

static int check_header(const void *data, size_t size, struct manifest *m,
			struct pfb_error *err)
{
	const u8 *h = data;
	u64 expected;
	u32 crc, stated;

	memset(m, 0, sizeof(*m));
	m->data = h;

	if (size > PFB_MANIFEST_SIZE_MAX)
		return pfb_fail(err, -E2BIG, "manifest: it has %zu bytes, at most %d are read",
				size, PFB_MANIFEST_SIZE_MAX);
	if (size < HEADER)
		return pfb_fail(err, -EINVAL,
				"manifest: it has %zu bytes, and its header alone has %zu; write it again, it was cut",
				size, HEADER);
	if (memcmp(h, PFB_MANIFEST_MAGIC, sizeof(((struct pfb_manifest_header *)0)->magic)))
		return pfb_fail(err, -EINVAL,
				"manifest: offset 0x0: no manifest begins like this (expected PFBARS, CR, LF); build one with: pci-fixed-bars manifest build");
	if (pfb_get_le16(FIELD(h, pfb_manifest_header, version)) != PFB_MANIFEST_VERSION)
		return pfb_fail(err, -EPROTONOSUPPORT,
				"manifest: offset 0x8: version %u, and this reads version %d; build it with the tools of this version",
				pfb_get_le16(FIELD(h, pfb_manifest_header, version)),
				PFB_MANIFEST_VERSION);
	if (pfb_get_le16(FIELD(h, pfb_manifest_header, header_size)) != HEADER)
		return pfb_fail(err, -EINVAL,
				"manifest: offset 0xa: header size %u, expected %zu",
				pfb_get_le16(FIELD(h, pfb_manifest_header, header_size)), HEADER);
	if (pfb_get_le32(FIELD(h, pfb_manifest_header, total_size)) != size)
		return pfb_fail(err, -EINVAL,
				"manifest: offset 0xc: it states %u bytes and has %zu; write it again, it was cut or padded",
				pfb_get_le32(FIELD(h, pfb_manifest_header, total_size)), size);

	crc = manifest_crc32(h, size);
	stated = pfb_get_le32(FIELD(h, pfb_manifest_header, crc32));
	if (stated != crc)
		return pfb_fail(err, -EBADMSG,
				"manifest: offset 0x10: CRC-32 0x%08x, and that of the bytes is 0x%08x; write it again, it is damaged",
				stated, crc);
	if (!all_zero(FIELD(h, pfb_manifest_header, reserved),
		      sizeof(((struct pfb_manifest_header *)0)->reserved)))
		return reserved_fault(m, FIELD(h, pfb_manifest_header, reserved),
				      "reserved bytes of the header", err);

	m->nr_functions = pfb_get_le32(FIELD(h, pfb_manifest_header, nr_functions));
	m->nr_bars = pfb_get_le32(FIELD(h, pfb_manifest_header, nr_bars));
	/* Two 32-bit numbers times less than 128: this cannot wrap. */
	expected = HEADER + (u64)m->nr_functions * FUNCTION + (u64)m->nr_bars * (BAR + ORDER);
	if (expected != size)
		return pfb_fail(err, -EINVAL,
				"manifest: offset 0x14: %u functions with %u BARs take %llu bytes, and it has %zu",
				m->nr_functions, m->nr_bars, (unsigned long long)expected, size);

	m->functions = h + HEADER;
	m->bars = m->functions + m->nr_functions * FUNCTION;
	m->order = m->bars + m->nr_bars * BAR;
	return 0;
}

static int read_bar(const struct manifest *m, u32 nr, struct pfb_declared_bar *bar,
		    struct pfb_error *err)
{
	const u8 *p = m->bars + nr * BAR;

	bar->index = *FIELD(p, pfb_manifest_bar, index);
	bar->flags = pfb_get_le32(FIELD(p, pfb_manifest_bar, flags));
	bar->gpa = pfb_get_le64(FIELD(p, pfb_manifest_bar, gpa));
	bar->hpa = pfb_get_le64(FIELD(p, pfb_manifest_bar, hpa));
	bar->size = pfb_get_le64(FIELD(p, pfb_manifest_bar, size));
	if (!all_zero(FIELD(p, pfb_manifest_bar, reserved),
		      sizeof(((struct pfb_manifest_bar *)0)->reserved)))
		return reserved_fault(m, FIELD(p, pfb_manifest_bar, reserved),
				      "reserved bytes of a BAR", err);
	return 0;
}

/* Without the host-physical address: this is in the kernel's log, which not only root reads. */
static int bar_fault(const struct manifest *m, u32 nr, const struct pfb_path *path,
		     const struct pfb_declared_bar *bar, const char *fault,
		     struct pfb_error *err)
{
	char name[PFB_PATH_TEXT_MAX];

	return pfb_fail(err, -EINVAL,
			"manifest: offset 0x%zx: %s of %s (index %u, gpa 0x%llx, size 0x%llx, flags 0x%x) %s",
			(size_t)(m->bars + nr * BAR - m->data), pfb_bar_index_name(bar->index),
			pfb_path_format(path, name, sizeof(name)), bar->index,
			(unsigned long long)bar->gpa, (unsigned long long)bar->size, bar->flags,
			fault);
}

/* Reads function @nr, whose BARs begin at *@bar, and moves *@bar behind them. */
static int read_function(const struct manifest *m, u32 nr, u32 *bar,
			 struct pfb_declaration *decl, struct pfb_error *err)
{
	const u8 *p = m->functions + nr * FUNCTION;
	const size_t offset = (size_t)(p - m->data);
	const u8 *hops = FIELD(p, pfb_manifest_function, hops);
	struct pfb_declared_bar declared;
	const char *fault;
	unsigned int nr_bars, i;
	int ret;

	memset(decl, 0, sizeof(*decl));
	decl->path.segment = pfb_get_le16(FIELD(p, pfb_manifest_function, segment));
	decl->path.bus = *FIELD(p, pfb_manifest_function, bus);
	decl->path.nr_hops = *FIELD(p, pfb_manifest_function, nr_hops);
	decl->vendor = pfb_get_le16(FIELD(p, pfb_manifest_function, vendor));
	decl->device = pfb_get_le16(FIELD(p, pfb_manifest_function, device));
	decl->flags = pfb_get_le32(FIELD(p, pfb_manifest_function, flags));
	decl->clique = pfb_get_le32(FIELD(p, pfb_manifest_function, clique));
	nr_bars = *FIELD(p, pfb_manifest_function, nr_bars);

	if (!decl->path.nr_hops || decl->path.nr_hops > PFB_MANIFEST_HOPS_MAX)
		return pfb_fail(err, -EINVAL,
				"manifest: offset 0x%zx: function %u has a path of %u hops, expected 1 to %d",
				offset, nr, decl->path.nr_hops, PFB_MANIFEST_HOPS_MAX);
	memcpy(decl->path.hops, hops, decl->path.nr_hops);
	if (!all_zero(hops + decl->path.nr_hops, PFB_MANIFEST_HOPS_MAX - decl->path.nr_hops))
		return reserved_fault(m, hops, "unused hops of a path", err);
	if (decl->flags & ~(PFB_MANIFEST_FN_PROVIDER | PFB_MANIFEST_FN_CLIENT))
		return pfb_fail(err, -EINVAL,
				"manifest: offset 0x%zx: function %u has flags 0x%x, of which this version knows 0x%x",
				offset, nr, decl->flags,
				PFB_MANIFEST_FN_PROVIDER | PFB_MANIFEST_FN_CLIENT);
	if (!all_zero(FIELD(p, pfb_manifest_function, reserved),
		      sizeof(((struct pfb_manifest_function *)0)->reserved)))
		return reserved_fault(m, FIELD(p, pfb_manifest_function, reserved),
				      "reserved bytes of a function", err);
	if (nr_bars > PFB_NR_BARS || nr_bars > m->nr_bars - *bar)
		return pfb_fail(err, -EINVAL,
				"manifest: offset 0x%zx: function %u has %u BARs; a function has at most %d, and %u are left in the manifest",
				offset, nr, nr_bars, PFB_NR_BARS, m->nr_bars - *bar);

	for (i = 0; i < nr_bars; i++, (*bar)++) {
		ret = read_bar(m, *bar, &declared, err);
		if (ret)
			return ret;
		if (i && declared.index < decl->bars[i - 1].index)
			fault = "comes after a BAR of higher index; order them by index";
		else
			fault = pfb_declaration_add_bar(decl, &declared);
		if (fault)
			return bar_fault(m, *bar, &decl->path, &declared, fault, err);
	}
	return 0;
}

static int check_functions(const struct manifest *m, struct pfb_declaration *decl,
			   struct pfb_error *err)
{
	char name[PFB_PATH_TEXT_MAX];
	struct pfb_path before;
	u32 nr, bar = 0;
	const char *fault;
	int ret, order;

	memset(decl, 0, sizeof(*decl));
	for (nr = 0; nr < m->nr_functions; nr++) {
		before = decl->path;
		ret = read_function(m, nr, &bar, decl, err);
		if (ret)
			return ret;
		order = nr ? pfb_path_compare(&before, &decl->path) : -1;
		if (order < 0)
			continue;
		if (order)
			fault = "must come before the function before it; order them by path";
		else
			fault = "stands in it twice; state all its BARs in one place";
		return pfb_fail(err, -EINVAL, "manifest: offset 0x%zx: %s %s",
				HEADER + nr * FUNCTION,
				pfb_path_format(&decl->path, name, sizeof(name)), fault);
	}
	if (bar != m->nr_bars)
		return pfb_fail(err, -EINVAL,
				"manifest: offset 0x18: the header states %u BARs, and the functions have %u",
				m->nr_bars, bar);
	return 0;
}

/* By address: memory first, then I/O. */
static int compare_bars(const struct pfb_declared_bar *a, const struct pfb_declared_bar *b)
{
	u32 a_io = a->flags & PFB_MANIFEST_BAR_IO;
	u32 b_io = b->flags & PFB_MANIFEST_BAR_IO;

	if (a_io != b_io)
		return a_io ? 1 : -1;
	if (a->gpa != b->gpa)
		return a->gpa < b->gpa ? -1 : 1;
	return 0;
}

static bool overlap(const struct pfb_declared_bar *low, const struct pfb_declared_bar *high)
{
	if ((low->flags ^ high->flags) & PFB_MANIFEST_BAR_IO)
		return false;
	return high->gpa == low->gpa || high->gpa - low->gpa < low->size;
}

/*
 * As many numbers as there are BARs, each in range, the BARs behind them strictly
 * ascending and apart: so each BAR is there once, and none overlaps another.
 */
static int check_order(const struct manifest *m, struct pfb_error *err)
{
	struct pfb_declared_bar before = {};
	struct pfb_declared_bar bar = {};
	u32 i, nr, nr_before = 0;
	size_t offset;

	for (i = 0; i < m->nr_bars; i++) {
		offset = (size_t)(m->order - m->data) + i * ORDER;
		nr = pfb_get_le32(m->order + i * ORDER);
		if (nr >= m->nr_bars)
			return pfb_fail(err, -EINVAL,
					"manifest: offset 0x%zx: the order table names BAR %u, and the last is %u",
					offset, nr, m->nr_bars - 1);
		read_bar(m, nr, &bar, NULL);
		if (i && (nr == nr_before || compare_bars(&before, &bar) > 0))
			return pfb_fail(err, -EINVAL,
					"manifest: offset 0x%zx: the order table has BAR %u (gpa 0x%llx) after BAR %u (gpa 0x%llx); expected each once, by ascending gpa, memory before I/O",
					offset, nr, (unsigned long long)bar.gpa, nr_before,
					(unsigned long long)before.gpa);
		if (i && overlap(&before, &bar))
			return pfb_fail(err, -EINVAL,
					"manifest: offset 0x%zx: the BAR at 0x%llx overlaps the one at offset 0x%zx, 0x%llx with size 0x%llx; no two BARs can share an address",
					(size_t)(m->bars - m->data) + nr * BAR,
					(unsigned long long)bar.gpa,
					(size_t)(m->bars - m->data) + nr_before * BAR,
					(unsigned long long)before.gpa,
					(unsigned long long)before.size);
		before = bar;
		nr_before = nr;
	}
	return 0;
}

int pfb_manifest_parse(const void *data, size_t size, enum pfb_source source,
		       pfb_declare_fn declare, void *ctx, struct pfb_error *err)
{
	struct pfb_declaration decl;
	struct manifest m;
	u32 nr, bar = 0;
	int ret;

	ret = check_header(data, size, &m, err);
	if (!ret)
		ret = check_functions(&m, &decl, err);
	if (!ret)
		ret = check_order(&m, err);
	for (nr = 0; !ret && nr < m.nr_functions; nr++) {
		ret = read_function(&m, nr, &bar, &decl, err);
		decl.source = source;
		if (!ret)
			ret = declare(ctx, &decl, err);
	}
	return ret;
}

static size_t count_bars(const struct pfb_declaration *decls, size_t nr)
{
	size_t bars = 0;

	while (nr--)
		bars += decls[nr].nr_bars;
	return bars;
}

size_t pfb_manifest_size(const struct pfb_declaration *decls, size_t nr)
{
	return HEADER + nr * FUNCTION + count_bars(decls, nr) * (BAR + ORDER);
}

static void write_function(u8 *p, const struct pfb_declaration *decl)
{
	pfb_put_le16(FIELD(p, pfb_manifest_function, segment), decl->path.segment);
	*FIELD(p, pfb_manifest_function, bus) = decl->path.bus;
	*FIELD(p, pfb_manifest_function, nr_hops) = decl->path.nr_hops;
	memcpy(FIELD(p, pfb_manifest_function, hops), decl->path.hops, decl->path.nr_hops);
	pfb_put_le16(FIELD(p, pfb_manifest_function, vendor), decl->vendor);
	pfb_put_le16(FIELD(p, pfb_manifest_function, device), decl->device);
	pfb_put_le32(FIELD(p, pfb_manifest_function, flags), decl->flags);
	pfb_put_le32(FIELD(p, pfb_manifest_function, clique), decl->clique);
	*FIELD(p, pfb_manifest_function, nr_bars) = decl->nr_bars;
}

static void write_bar(u8 *p, const struct pfb_declared_bar *bar)
{
	*FIELD(p, pfb_manifest_bar, index) = bar->index;
	pfb_put_le32(FIELD(p, pfb_manifest_bar, flags), bar->flags);
	pfb_put_le64(FIELD(p, pfb_manifest_bar, gpa), bar->gpa);
	pfb_put_le64(FIELD(p, pfb_manifest_bar, hpa), bar->hpa);
	pfb_put_le64(FIELD(p, pfb_manifest_bar, size), bar->size);
}

static int compare_numbers(const void *ctx, u32 a, u32 b)
{
	const struct manifest *m = ctx;
	struct pfb_declared_bar bar_a, bar_b;

	read_bar(m, a, &bar_a, NULL);
	read_bar(m, b, &bar_b, NULL);
	return compare_bars(&bar_a, &bar_b);
}

static int declare_nothing(void *ctx, const struct pfb_declaration *decl, struct pfb_error *err)
{
	(void)ctx;
	(void)decl;
	(void)err;
	return 0;
}

/* What could not be written into the format at all; the rest is found by reading back. */
static int check_declarations(const struct pfb_declaration *decls, size_t nr,
			      struct pfb_error *err)
{
	char name[PFB_PATH_TEXT_MAX];
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!decls[i].path.nr_hops || decls[i].path.nr_hops > PFB_MANIFEST_HOPS_MAX ||
		    decls[i].nr_bars > PFB_NR_BARS)
			return pfb_fail(err, -EINVAL,
					"manifest: declaration %zu has %u hops and %u BARs; at most %d and %d can be",
					i, decls[i].path.nr_hops, decls[i].nr_bars,
					PFB_MANIFEST_HOPS_MAX, PFB_NR_BARS);
		if (decls[i].uncertain)
			return pfb_fail(err, -EINVAL,
					"manifest: %s was matched by order among identical functions, which a manifest cannot say; state its path by hand",
					pfb_path_format(&decls[i].path, name, sizeof(name)));
	}
	return 0;
}

int pfb_manifest_write(const struct pfb_declaration *decls, size_t nr,
		       void *buf, size_t size, struct pfb_error *err)
{
	struct manifest m = { .data = buf };
	u8 *h = buf;
	u8 *functions, *bars, *order;
	size_t total, i, bar;
	int ret;

	ret = check_declarations(decls, nr, err);
	if (ret)
		return ret;
	total = pfb_manifest_size(decls, nr);
	if (total > PFB_MANIFEST_SIZE_MAX)
		return pfb_fail(err, -E2BIG,
				"manifest: it would have %zu bytes, at most %d are read",
				total, PFB_MANIFEST_SIZE_MAX);
	if (size < total)
		return pfb_fail(err, -ENOSPC, "manifest: it needs %zu bytes, the buffer has %zu",
				total, size);

	memset(h, 0, total);
	functions = h + HEADER;
	bars = functions + nr * FUNCTION;
	m.bars = bars;
	m.nr_bars = (u32)count_bars(decls, nr);
	order = bars + m.nr_bars * BAR;

	memcpy(h, PFB_MANIFEST_MAGIC, sizeof(((struct pfb_manifest_header *)0)->magic));
	pfb_put_le16(FIELD(h, pfb_manifest_header, version), PFB_MANIFEST_VERSION);
	pfb_put_le16(FIELD(h, pfb_manifest_header, header_size), HEADER);
	pfb_put_le32(FIELD(h, pfb_manifest_header, total_size), (u32)total);
	pfb_put_le32(FIELD(h, pfb_manifest_header, nr_functions), (u32)nr);
	pfb_put_le32(FIELD(h, pfb_manifest_header, nr_bars), m.nr_bars);

	for (i = 0; i < nr; i++) {
		write_function(functions + i * FUNCTION, &decls[i]);
		for (bar = 0; bar < decls[i].nr_bars; bar++, bars += BAR)
			write_bar(bars, &decls[i].bars[bar]);
	}
	for (i = 0; i < m.nr_bars; i++)
		pfb_put_le32(order + i * ORDER, (u32)i);
	pfb_sort_le32(order, m.nr_bars, compare_numbers, &m);
	pfb_put_le32(FIELD(h, pfb_manifest_header, crc32), manifest_crc32(h, total));

	return pfb_manifest_parse(h, total, PFB_SOURCE_IOCTL, declare_nothing, NULL, err);
}
