// SPDX-License-Identifier: GPL-2.0
#include <expat.h>
#include <stdlib.h>

#include <pci_fixed_bars/cpu.h>

#include "lib/libvirt_xml.h"
#include "lib/qemu_args.h"

#define NAME_MAX_BYTES	32	/* of the elements that are read */
#define TEXT_MAX	8192	/* of an element's text; a kernel's command line has half of that */
#define PROPS_MAX	24	/* of one device */

enum kind { CONTROLLER, HOSTDEV, INTERFACE, SHMEM, IOMMU, OTHER };

/* A child of <devices>. */
struct record {
	enum kind kind;
	u32 line;
	bool pci;		/* it is a PCI device, as far as can be told */
	bool addressed;
	bool emitted;
	u64 index;		/* of a controller: the bus that it makes */
	u64 on;			/* the bus that it is on; 0 is the root bus */
	const char *id;
	const char *bus;
	u32 nr;
	struct pfb_vm_prop props[PROPS_MAX];
};

struct override {
	const char *alias;
	struct pfb_vm_prop prop;
};

struct argument {
	const char *text;
	u32 line;
};

struct xml {
	XML_Parser parser;
	struct pfb_vm_config *config;
	struct pfb_error *err;
	int ret;
	unsigned int depth;
	char stack[PFB_LIBVIRT_DEPTH_MAX][NAME_MAX_BYTES];
	char text[TEXT_MAX];
	size_t text_len;
	char unit[16];		/* of the element whose text is collected */
	char alias[64];		/* of the <qemu:device> that is open */
	bool domain;		/* one was seen */
	struct record *record;	/* the one that is open */
	u32 record_depth;
	struct record *records;
	u32 nr_records;
	u32 room_records;
	struct override *overrides;
	u32 nr_overrides;
	struct argument *arguments;
	u32 nr_arguments;
	u32 hostdevs;
};

/* Expat 2.9 deprecates the only name that it has before. */
static u32 line_of(const struct xml *x)
{
#if XML_MAJOR_VERSION > 2 || XML_MINOR_VERSION >= 9
	return (u32)XML_GetCurrentLineNumber64(x->parser);
#else
	return (u32)XML_GetCurrentLineNumber(x->parser);
#endif
}

static void stop(struct xml *x, int ret, const char *what)
{
	if (x->ret)
		return;
	x->ret = pfb_fail(x->err, ret, "line %u: %s", line_of(x), what);
	XML_StopParser(x->parser, XML_FALSE);
}

static void no_memory(struct xml *x)
{
	if (x->ret)
		return;
	x->ret = pfb_fail(x->err, -ENOMEM, "out of memory");
	XML_StopParser(x->parser, XML_FALSE);
}

static const char *keep(struct xml *x, const char *text)
{
	const char *copy = pfb_vm_config_keep(x->config, text, strlen(text));

	if (!copy)
		no_memory(x);
	return copy ? copy : "";
}

static const char *attribute(const char **attributes, const char *name)
{
	for (; *attributes; attributes += 2)
		if (!strcmp(attributes[0], name))
			return attributes[1];
	return NULL;
}

/* The element's name without the prefix of its namespace. */
static const char *local(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

static bool is_in(const struct xml *x, const char *parent)
{
	return x->depth > 1 && !strcmp(x->stack[x->depth - 2], parent);
}

static void record_prop(struct xml *x, struct record *r, const char *key, const char *value)
{
	if (!value)
		return;
	if (r->nr == PROPS_MAX) {
		stop(x, -E2BIG, "a device has more properties than any has");
		return;
	}
	r->props[r->nr++] = (struct pfb_vm_prop){ keep(x, key), keep(x, value) };
}

/* An option outside of <devices>, with up to three properties. */
static void option(struct xml *x, const char *name, const char *key1, const char *value1,
		   const char *key2, const char *value2, const char *key3, const char *value3)
{
	const char *const pairs[] = { key1, value1, key2, value2, key3, value3 };
	struct pfb_error err = { "" };
	unsigned int i;
	int ret;

	ret = pfb_vm_config_add(x->config, name, 0, line_of(x), &err);
	for (i = 0; i < ARRAY_SIZE(pairs) && !ret; i += 2)
		if (pairs[i] && pairs[i + 1])
			ret = pfb_vm_config_prop(x->config, pairs[i], strlen(pairs[i]), pairs[i + 1],
						 strlen(pairs[i + 1]), &err);
	if (ret)
		stop(x, ret, err.text);
}

static void option1(struct xml *x, const char *name, const char *key, const char *value)
{
	option(x, name, key, value, NULL, NULL, NULL, NULL);
}

/* libvirt's "scaled integer" in bytes, as a number that QEMU's readers take. */
static const char *scaled(const char *text, const char *unit, u64 otherwise, char *buf, size_t size)
{
	static const struct {
		const char *name;
		u64 bytes;
	} units[] = {
		{ "b", 1 }, { "bytes", 1 }, { "KB", 1000 }, { "k", 1ULL << 10 }, { "KiB", 1ULL << 10 },
		{ "MB", 1000000 }, { "M", 1ULL << 20 }, { "MiB", 1ULL << 20 },
		{ "GB", 1000000000 }, { "G", 1ULL << 30 }, { "GiB", 1ULL << 30 },
		{ "TB", 1000000000000 }, { "T", 1ULL << 40 }, { "TiB", 1ULL << 40 },
		{ "PiB", 1ULL << 50 }, { "EiB", 1ULL << 60 },
	};
	u64 bytes;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(unit, units[i].name))
			otherwise = units[i].bytes;
	if (!pfb_vm_size(text, otherwise, &bytes))
		return NULL;
	snprintf(buf, size, "%lluB", (unsigned long long)bytes);
	return buf;
}

static struct record *begin_record(struct xml *x, enum kind kind)
{
	if (x->nr_records == x->room_records) {
		u32 room = x->room_records ? x->room_records * 2 : 64;
		struct record *bigger;

		if (x->nr_records >= PFB_VM_OPTIONS_MAX) {
			stop(x, -E2BIG, "more devices than any VM has");
			return NULL;
		}
		bigger = reallocarray(x->records, room, sizeof(*bigger));
		if (!bigger) {
			no_memory(x);
			return NULL;
		}
		x->records = bigger;
		x->room_records = room;
	}
	x->record = &x->records[x->nr_records++];
	*x->record = (struct record){ .kind = kind, .line = line_of(x), .id = "", .bus = "" };
	x->record_depth = x->depth;
	return x->record;
}

static const char *controller_driver(const char *model)
{
	static const struct {
		const char *model;
		const char *driver;
	} models[] = {
		{ "pcie-root-port", "pcie-root-port" },
		{ "pcie-switch-upstream-port", "x3130-upstream" },
		{ "pcie-switch-downstream-port", "xio3130-downstream" },
		{ "pcie-expander-bus", "pxb-pcie" },
		{ "pci-expander-bus", "pxb" },
		{ "pcie-to-pci-bridge", "pcie-pci-bridge" },
		{ "dmi-to-pci-bridge", "i82801b11-bridge" },
		{ "pci-bridge", "pci-bridge" },
	};
	size_t i;

	for (i = 0; model && i < ARRAY_SIZE(models); i++)
		if (!strcmp(model, models[i].model))
			return models[i].driver;
	return NULL;
}

static void begin_controller(struct xml *x, const char **attributes)
{
	const char *type = attribute(attributes, "type");
	const char *index = attribute(attributes, "index");
	const char *driver = controller_driver(attribute(attributes, "model"));
	struct record *r;
	char id[40];

	if (!type || strcmp(type, "pci") || !driver) {
		begin_record(x, OTHER);
		if (x->record)
			record_prop(x, x->record, "driver", "controller");
		return;
	}
	r = begin_record(x, CONTROLLER);
	if (!r)
		return;
	r->pci = true;
	snprintf(id, sizeof(id), "pci.%.20s", index ? index : "?");
	r->id = keep(x, id);
	if (!pfb_vm_size(index, 1, &r->index) || !r->index || r->index > 255) {
		stop(x, -EINVAL, "expected index='1' to index='255' of this controller, found something else");
		return;
	}
	record_prop(x, r, "driver", driver);
	record_prop(x, r, "chassis", index);
}

static void begin_device(struct xml *x, const char *name, const char **attributes)
{
	const char *type = attribute(attributes, "type");
	struct record *r;
	char id[24];

	if (!strcmp(name, "controller")) {
		begin_controller(x, attributes);
	} else if ((!strcmp(name, "hostdev") || !strcmp(name, "interface")) && type &&
		   !strcmp(type, name[0] == 'h' ? "pci" : "hostdev")) {
		r = begin_record(x, name[0] == 'h' ? HOSTDEV : INTERFACE);
		if (!r)
			return;
		r->pci = true;
		snprintf(id, sizeof(id), "hostdev%u", x->hostdevs++);
		r->id = keep(x, id);
		record_prop(x, r, "driver", "vfio-pci");
		if (r->kind == INTERFACE)
			record_prop(x, r, "pfb-role", "client");
	} else if (!strcmp(name, "iommu")) {
		const char *model = attribute(attributes, "model");

		r = begin_record(x, IOMMU);
		if (r && model)
			record_prop(x, r, "driver", !strcmp(model, "smmuv3") ? "arm-smmuv3" :
				    !strcmp(model, "virtio") ? "virtio-iommu-pci" :
				    !strcmp(model, "amd") ? "amd-iommu" : "intel-iommu");
	} else if (!strcmp(name, "shmem")) {
		r = begin_record(x, SHMEM);
		if (r)
			record_prop(x, r, "memdev", attribute(attributes, "name"));
	} else if (begin_record(x, OTHER)) {
		record_prop(x, x->record, "driver", name);
	}
}

static bool number(const char **attributes, const char *name, u64 *value)
{
	const char *text = attribute(attributes, name);

	*value = 0;
	return !text || pfb_vm_size(text, 1, value);
}

static void take_address(struct xml *x, const char **attributes)
{
	const char *type = attribute(attributes, "type");
	struct record *r = x->record;
	u64 domain, bus, slot, function;
	bool good, host = is_in(x, "source");
	char text[40];

	if (!host && (x->depth != x->record_depth + 1 || !type || strcmp(type, "pci")))
		return;
	if (host && r->kind != HOSTDEV && r->kind != INTERFACE)
		return;
	good = number(attributes, "domain", &domain);
	good = number(attributes, "bus", &bus) && good;
	good = number(attributes, "slot", &slot) && good;
	good = number(attributes, "function", &function) && good;
	if (!good || domain > 0xffff || bus > 0xff || slot > 0xff || function > 0xff) {
		stop(x, -EINVAL, "expected a PCI address such as <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>, found something else");
		return;
	}
	if (host) {
		snprintf(text, sizeof(text), "%04x:%02x:%02x.%x", (unsigned int)domain,
			 (unsigned int)bus, (unsigned int)slot, (unsigned int)function);
		record_prop(x, r, "host", text);
		return;
	}
	snprintf(text, sizeof(text), bus ? "pci.%u" : "pcie.0", (unsigned int)bus);
	r->bus = keep(x, text);
	r->on = bus;
	r->pci = true;
	r->addressed = true;
	snprintf(text, sizeof(text), "%x.%x", (unsigned int)slot, (unsigned int)function);
	record_prop(x, r, "addr", text);
}

static void in_record(struct xml *x, const char *name, const char **attributes)
{
	struct record *r = x->record;
	const char *text;

	if (!strcmp(name, "address")) {
		take_address(x, attributes);
	} else if (!strcmp(name, "alias") && x->depth == x->record_depth + 1) {
		text = attribute(attributes, "name");
		/* A controller stays what addresses call it. */
		if (text && r->kind != CONTROLLER)
			r->id = keep(x, text);
	} else if (!strcmp(name, "target") && r->kind == CONTROLLER) {
		text = attribute(attributes, "chassis");
		record_prop(x, r, "chassis", text ? text : attribute(attributes, "chassisNr"));
	} else if (!strcmp(name, "model") && r->kind == SHMEM) {
		record_prop(x, r, "driver", attribute(attributes, "type"));
		r->pci = true;
	} else if (!strcmp(name, "driver") && r->kind == IOMMU) {
		record_prop(x, r, "device-iotlb", attribute(attributes, "iotlb"));
		record_prop(x, r, "ats", attribute(attributes, "ats"));
	}
}

static void take_cpu(struct xml *x, const char **attributes)
{
	const char *mode = attribute(attributes, "mode");

	if (!mode || !strcmp(mode, "custom"))
		return;
	option1(x, "cpu", "model", !strcmp(mode, "host-passthrough") ? "host" :
		!strcmp(mode, "maximum") ? "max" : mode);
}

static void take_maxphysaddr(struct xml *x, const char **attributes)
{
	const char *mode = attribute(attributes, "mode");

	if (mode && !strcmp(mode, "passthrough"))
		option1(x, "cpu", "host-phys-bits", "on");
	else
		option1(x, "cpu", "phys-bits", attribute(attributes, "bits"));
}

static void take_type(struct xml *x, const char **attributes)
{
	const char *arch = attribute(attributes, "arch");
	char program[64];

	option1(x, "machine", "type", attribute(attributes, "machine"));
	if (!arch)
		return;
	snprintf(program, sizeof(program), "qemu-system-%.40s", arch);
	x->config->program = keep(x, program);
}

static void take_override(struct xml *x, const char **attributes)
{
	const char *name = attribute(attributes, "name"), *value = attribute(attributes, "value");
	struct override *bigger;

	if (!name || !value)
		return;
	if (x->nr_overrides == PFB_VM_OPTIONS_MAX) {
		stop(x, -E2BIG, "more properties than any VM overrides");
		return;
	}
	bigger = reallocarray(x->overrides, x->nr_overrides + 1, sizeof(*bigger));
	if (!bigger) {
		no_memory(x);
		return;
	}
	x->overrides = bigger;
	bigger[x->nr_overrides++] = (struct override){
		keep(x, x->alias), { keep(x, name), keep(x, value) },
	};
}

static void take_argument(struct xml *x, const char **attributes)
{
	const char *value = attribute(attributes, "value");
	struct argument *bigger;

	if (!value)
		return;
	if (x->nr_arguments == 2 * PFB_VM_OPTIONS_MAX) {
		stop(x, -E2BIG, "more arguments than any VM has");
		return;
	}
	bigger = reallocarray(x->arguments, x->nr_arguments + 1, sizeof(*bigger));
	if (!bigger) {
		no_memory(x);
		return;
	}
	x->arguments = bigger;
	bigger[x->nr_arguments++] = (struct argument){ keep(x, value), line_of(x) };
}

static void XMLCALL on_start(void *ctx, const char *full, const char **attributes)
{
	const char *name = local(full), *text;
	struct xml *x = ctx;

	if (x->ret)
		return;
	if (x->depth == PFB_LIBVIRT_DEPTH_MAX) {
		stop(x, -EINVAL, "elements are nested deeper than in any domain");
		return;
	}
	snprintf(x->stack[x->depth++], NAME_MAX_BYTES, "%s", name);
	x->text_len = 0;
	text = attribute(attributes, "unit");
	snprintf(x->unit, sizeof(x->unit), "%s", text ? text : "");

	if (!strcmp(name, "domain") || (!strcmp(name, "devices") && x->depth == 1))
		x->domain = true;
	if (x->record) {
		in_record(x, name, attributes);
	} else if (is_in(x, "devices")) {
		begin_device(x, name, attributes);
	} else if (!strcmp(name, "domain")) {
		text = attribute(attributes, "type");
		if (text)
			option1(x, "accel", "accel", strcmp(text, "kvm") ? "tcg" : "kvm");
	} else if (!strcmp(name, "type") && is_in(x, "os")) {
		take_type(x, attributes);
	} else if (!strcmp(name, "os") && attribute(attributes, "firmware")) {
		option1(x, "bios", "value", attribute(attributes, "firmware"));
	} else if (!strcmp(name, "cpu") && is_in(x, "domain")) {
		take_cpu(x, attributes);
	} else if (!strcmp(name, "maxphysaddr")) {
		take_maxphysaddr(x, attributes);
	} else if (!strcmp(name, "entry") && is_in(x, "sysinfo")) {
		option(x, "fw_cfg", "name", attribute(attributes, "name"), "file",
		       attribute(attributes, "file"), NULL, NULL);
	} else if (!strcmp(name, "device") && is_in(x, "override")) {
		text = attribute(attributes, "alias");
		snprintf(x->alias, sizeof(x->alias), "%s", text ? text : "");
	} else if (!strcmp(name, "property") && is_in(x, "frontend")) {
		take_override(x, attributes);
	} else if (!strcmp(name, "arg") && is_in(x, "commandline")) {
		take_argument(x, attributes);
	}
}

static void XMLCALL on_text(void *ctx, const char *text, int len)
{
	struct xml *x = ctx;

	if (x->ret)
		return;
	if ((size_t)len >= sizeof(x->text) - x->text_len) {
		stop(x, -E2BIG, "an element's text is longer than any that a domain has");
		return;
	}
	memcpy(x->text + x->text_len, text, (size_t)len);
	x->text_len += (size_t)len;
}

/* Without the white space around it. */
static const char *trimmed(struct xml *x)
{
	char *text = x->text;

	while (x->text_len && strchr(" \t\r\n", x->text[x->text_len - 1]) && x->text[x->text_len - 1])
		x->text_len--;
	x->text[x->text_len] = '\0';
	while (*text && strchr(" \t\r\n", *text))
		text++;
	return text;
}

static void take_text(struct xml *x, const char *name)
{
	const char *text = trimmed(x);
	struct record *r = x->record;
	char buf[32];

	if (r) {
		if (!strcmp(name, "busNr") && r->kind == CONTROLLER)
			record_prop(x, r, "bus_nr", text);
		else if (!strcmp(name, "size") && r->kind == SHMEM)
			record_prop(x, r, "size", scaled(text, x->unit, 1, buf, sizeof(buf)));
		else if (!strcmp(name, "pcihole64"))
			option(x, "global", "driver", "q35-pcihost", "property", "pci-hole64-size",
			       "value", scaled(text, x->unit, 1024, buf, sizeof(buf)));
		return;
	}
	if (is_in(x, "domain") && !strcmp(name, "memory"))
		option1(x, "memory", "size", scaled(text, x->unit, 1024, buf, sizeof(buf)));
	else if (is_in(x, "domain") && !strcmp(name, "maxMemory"))
		option1(x, "memory", "maxmem", scaled(text, x->unit, 1024, buf, sizeof(buf)));
	else if (is_in(x, "cpu") && !strcmp(name, "model"))
		option1(x, "cpu", "model", text);
	else if (is_in(x, "cpu") && !strcmp(name, "vendor"))
		option1(x, "cpu", "vendor", !strcmp(text, "AMD") ? PFB_CPU_AMD :
			!strcmp(text, "Hygon") ? PFB_CPU_HYGON :
			!strcmp(text, "Intel") ? "GenuineIntel" : text);
	else if (is_in(x, "os") && !strcmp(name, "loader"))
		option1(x, "bios", "value", text);
	else if (is_in(x, "os") && !strcmp(name, "kernel"))
		option1(x, "kernel", "value", text);
	else if (is_in(x, "os") && !strcmp(name, "cmdline"))
		option1(x, "append", "value", text);
}

static void XMLCALL on_end(void *ctx, const char *full)
{
	struct xml *x = ctx;

	if (x->ret)
		return;
	take_text(x, local(full));
	x->text_len = 0;
	if (x->record && x->depth == x->record_depth)
		x->record = NULL;
	x->depth--;
}

static void XMLCALL on_doctype(void *ctx, const char *name, const char *sysid, const char *pubid,
			       int internal)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)internal;
	stop(ctx, -EINVAL, "a DOCTYPE: expected a domain as 'virsh dumpxml' prints it, which has none");
}

static int emit_option(struct xml *x, const char *name, const struct record *r)
{
	const struct pfb_vm_prop fixed[] = { { "id", r->id }, { "bus", r->bus } };
	u32 i;
	int ret;

	ret = pfb_vm_config_add(x->config, name, 0, r->line, x->err);
	for (i = 0; i < r->nr && !ret; i++)
		ret = pfb_vm_config_prop(x->config, r->props[i].key, strlen(r->props[i].key),
					 r->props[i].value, strlen(r->props[i].value), x->err);
	for (i = 0; i < ARRAY_SIZE(fixed) && !ret; i++)
		if (*fixed[i].value)
			ret = pfb_vm_config_prop(x->config, fixed[i].key, strlen(fixed[i].key),
						 fixed[i].value, strlen(fixed[i].value), x->err);
	for (i = 0; i < x->nr_overrides && !ret; i++) {
		const struct pfb_vm_prop *prop = &x->overrides[i].prop;

		if (*r->id && !strcmp(x->overrides[i].alias, r->id))
			ret = pfb_vm_config_prop(x->config, prop->key, strlen(prop->key),
						 prop->value, strlen(prop->value), x->err);
	}
	return ret;
}

static int emit_record(struct xml *x, struct record *r)
{
	struct record memory = *r;
	u32 i;
	int ret;

	r->emitted = true;
	/* What has no PCI address and may not be a PCI device concerns nobody here. */
	if (!r->pci && r->kind != IOMMU)
		return 0;
	ret = emit_option(x, "device", r);
	if (ret || r->kind != SHMEM)
		return ret;
	memory.bus = "";
	memory.id = "";
	for (i = 0; i < r->nr; i++)
		if (!strcmp(r->props[i].key, "memdev"))
			memory.id = r->props[i].value;
	return emit_option(x, "object", &memory);
}

/* Controllers first, each after the one that it is on. A round makes a bus, or is the last. */
static int emit_records(struct xml *x)
{
	bool there[256] = { true }, more = true;
	u32 i, round;
	int ret;

	for (round = 0; more && round < ARRAY_SIZE(there); round++) {
		more = false;
		for (i = 0; i < x->nr_records; i++) {
			struct record *r = &x->records[i];

			if (r->kind != CONTROLLER || r->emitted || !there[r->on])
				continue;
			ret = emit_record(x, r);
			if (ret)
				return ret;
			there[r->index] = true;
			more = true;
		}
	}
	for (i = 0; i < x->nr_records; i++) {
		ret = x->records[i].emitted ? 0 : emit_record(x, &x->records[i]);
		if (ret)
			return ret;
	}
	return 0;
}

static int emit_arguments(struct xml *x)
{
	u32 i;

	for (i = 0; i < x->nr_arguments; i++) {
		bool takes = false;
		int ret;

		if (x->arguments[i].text[0] != '-')
			continue;
		ret = pfb_qemu_args_option(x->config, x->arguments[i].text,
					   i + 1 < x->nr_arguments ? x->arguments[i + 1].text : NULL,
					   0, x->arguments[i].line, &takes, x->err);
		if (ret)
			return ret;
		i += takes;
	}
	return 0;
}

int pfb_libvirt_xml_parse(struct pfb_vm_config *config, const char *text, size_t len,
			  struct pfb_error *err)
{
	struct xml *x;
	int ret;

	config->format = "domain XML";
	config->program = "";
	if (len > PFB_VM_CONFIG_SIZE_MAX)
		return pfb_fail(err, -E2BIG, "%zu bytes: at most %u are read", len,
				PFB_VM_CONFIG_SIZE_MAX);
	x = calloc(1, sizeof(*x));
	if (!x)
		return pfb_fail(err, -ENOMEM, "out of memory");
	x->config = config;
	x->err = err;
	x->parser = XML_ParserCreate(NULL);
	if (!x->parser) {
		free(x);
		return pfb_fail(err, -ENOMEM, "out of memory");
	}
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, on_start, on_end);
	XML_SetCharacterDataHandler(x->parser, on_text);
	XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
	if (XML_Parse(x->parser, text, (int)len, 1) != XML_STATUS_OK && !x->ret)
		stop(x, XML_GetErrorCode(x->parser) == XML_ERROR_NO_MEMORY ? -ENOMEM : -EINVAL,
		     XML_ErrorString(XML_GetErrorCode(x->parser)));
	ret = x->ret;
	if (!ret && !x->domain)
		ret = pfb_fail(err, -EINVAL, "expected <domain>, as 'virsh dumpxml' prints it, found <%s>",
			       x->stack[0]);
	/* libvirt starts every machine without QEMU's default devices. */
	if (!ret)
		ret = pfb_vm_config_add(config, "nodefaults", 0, 0, err);
	if (!ret)
		ret = emit_records(x);
	if (!ret)
		ret = emit_arguments(x);
	XML_ParserFree(x->parser);
	free(x->records);
	free(x->overrides);
	free(x->arguments);
	free(x);
	return ret;
}
