// SPDX-License-Identifier: GPL-2.0
/*
 * Written byte by byte, as the ACPI specification's chapter 20 encodes it: an
 * image needs no ASL compiler, and a host bridge of any name is covered. What it
 * comes to is, for each host bridge:
 *
 *	If (CondRefOf (P)) {
 *		If (LNot (CondRefOf (P._DSM))) {
 *			Method (P._DSM, 4, Serialized) {
 *				If (LEqual (Arg0, UUID)) {
 *					If (LEqual (Arg2, Zero)) { Return (Buffer () { 0x21 }) }
 *					If (LEqual (Arg2, 5)) { Return (Zero) }
 *				}
 *				Return (Buffer () { 0 })
 *			}
 *		}
 *	}
 *
 * and where the VM's own _DSM was renamed, it is asked first: function 0's answer
 * is made to offer function 5, and all else is its answer.
 */
#include "lib/policy_ssdt.h"

#include <stdlib.h>

#include "lib/acpi_table.h"

/* One method with all that is around it, its seven names of the longest path included. */
#define METHOD_MAX	1024

struct bytes {
	u8 data[METHOD_MAX];
	size_t nr;
};

static void put(struct bytes *to, const void *data, size_t nr)
{
	memcpy(to->data + to->nr, data, nr);
	to->nr += nr;
}

#define PUT(to, ...)	put(to, (const u8[]){ __VA_ARGS__ }, sizeof((const u8[]){ __VA_ARGS__ }))

/* Opcode, package length (which counts itself), body; two bytes hold up to 4095. */
static void put_package(struct bytes *to, u8 opcode, const struct bytes *body)
{
	size_t length = body->nr + 1;

	PUT(to, opcode);
	if (length <= 0x3f) {
		PUT(to, (u8)length);
	} else {
		length++;
		PUT(to, (u8)(0x40 | (length & 0x0f)), (u8)(length >> 4));
	}
	put(to, body->data, body->nr);
}

/* "\_SB_.PCI0" and one more segment, or NULL. */
static void put_name(struct bytes *to, const char *path, const char *seg)
{
	size_t nr = strlen(path) / 5 + (seg ? 1 : 0);
	const char *at;

	PUT(to, '\\');
	if (nr == 2)
		PUT(to, 0x2e);
	else if (nr > 2)
		PUT(to, 0x2f, (u8)nr);
	for (at = path + 1; ; at += 5) {
		put(to, at, 4);
		if (!at[4])
			break;
	}
	if (seg)
		put(to, seg, 4);
}

static void put_args(struct bytes *to)
{
	PUT(to, 0x68, 0x69, 0x6a, 0x6b);
}

/* If (LEqual (Arg2, function)) { body } */
static void put_function(struct bytes *to, u8 function, const struct bytes *body)
{
	struct bytes inner = { .nr = 0 };

	PUT(&inner, 0x93, 0x6a, 0x0a, function);
	put(&inner, body->data, body->nr);
	put_package(to, 0xa0, &inner);
}

/* What is offered beside the VM's own functions: If it answers with a Buffer, that one's bits too. */
static void put_offer(struct bytes *to, const char *path, bool renamed)
{
	struct bytes body = { .nr = 0 }, ask = { .nr = 0 };

	if (renamed) {
		/* Store (P.XDSM (Arg0, Arg1, Arg2, Arg3), Local0) */
		PUT(&body, 0x70);
		put_name(&body, path, "XDSM");
		put_args(&body);
		PUT(&body, 0x60);
		/*
		 * If (LEqual (ObjectType (Local0), 3)) {
		 *	Or (DerefOf (Index (Local0, 0)), 0x21, Index (Local0, 0))
		 *	Return (Local0) }
		 */
		PUT(&ask, 0x93, 0x8e, 0x60, 0x0a, 0x03);
		PUT(&ask, 0x7d, 0x83, 0x88, 0x60, 0x00, 0x00, 0x0a, 0x21, 0x88, 0x60, 0x00, 0x00);
		PUT(&ask, 0xa4, 0x60);
		put_package(&body, 0xa0, &ask);
	}
	/* Return (Buffer (1) { 0x21 }) */
	PUT(&body, 0xa4, 0x11, 0x04, 0x0a, 0x01, 0x21);
	put_function(to, 0, &body);
}

static void put_method(struct bytes *to, const char *path, bool renamed)
{
	/* ToUUID ("e5c937d0-3553-4d7a-9117-ea4d19c3434d") */
	static const u8 uuid[16] = {
		0xd0, 0x37, 0xc9, 0xe5, 0x53, 0x35, 0x7a, 0x4d,
		0x91, 0x17, 0xea, 0x4d, 0x19, 0xc3, 0x43, 0x4d,
	};
	struct bytes method = { .nr = 0 }, ours = { .nr = 0 }, keep = { .nr = 0 };

	put_name(&method, path, "_DSM");
	PUT(&method, 0x0c);			/* 4 arguments, Serialized */
	PUT(&ours, 0x93, 0x68, 0x11, 0x13, 0x0a, 0x10);
	put(&ours, uuid, sizeof(uuid));
	put_offer(&ours, path, renamed);
	PUT(&keep, 0xa4, 0x00);			/* Return (Zero) */
	put_function(&ours, 5, &keep);
	put_package(&method, 0xa0, &ours);
	PUT(&method, 0xa4);
	if (renamed) {
		put_name(&method, path, "XDSM");
		put_args(&method);
	} else {
		PUT(&method, 0x11, 0x04, 0x0a, 0x01, 0x00);
	}
	put_package(to, 0x14, &method);
}

static void put_bridge(struct bytes *to, const char *path, bool renamed)
{
	struct bytes outer = { .nr = 0 }, inner = { .nr = 0 };

	PUT(&inner, 0x92, 0x5b, 0x12);		/* LNot (CondRefOf (P._DSM)) */
	put_name(&inner, path, "_DSM");
	PUT(&inner, 0x00);
	put_method(&inner, path, renamed);
	PUT(&outer, 0x5b, 0x12);		/* CondRefOf (P) */
	put_name(&outer, path, NULL);
	PUT(&outer, 0x00);
	put_package(&outer, 0xa0, &inner);
	put_package(to, 0xa0, &outer);
}

static int append(u8 **table, size_t *size, const char *path, bool renamed, struct pfb_error *err)
{
	struct bytes bridge = { .nr = 0 };
	u8 *bigger;

	put_bridge(&bridge, path, renamed);
	bigger = realloc(*table, *size + bridge.nr);
	if (!bigger)
		return pfb_fail(err, -ENOMEM, "out of memory");
	memcpy(bigger + *size, bridge.data, bridge.nr);
	*table = bigger;
	*size += bridge.nr;
	return 0;
}

static bool listed(const struct pfb_policy_bridges *bridges, const char *path)
{
	u32 i;

	for (i = 0; i < bridges->nr; i++) {
		if (!strcmp(bridges->path[i], path))
			return true;
	}
	return false;
}

int pfb_policy_ssdt(const struct pfb_policy_bridges *bridges, u8 **table, size_t *size,
		    struct pfb_error *err)
{
	unsigned int bus;
	int ret = 0;
	u32 i;

	*size = PFB_ACPI_HEADER;
	*table = calloc(1, *size);
	if (!*table)
		return pfb_fail(err, -ENOMEM, "out of memory");
	for (i = 0; !ret && i < bridges->nr; i++)
		ret = append(table, size, bridges->path[i], bridges->dsm[i], err);
	for (bus = 0; !ret && bus <= 0x100; bus++) {
		char path[PFB_AML_PATH_MAX];

		snprintf(path, sizeof(path), "\\_SB_.PC%02X", bus);
		if (bus == 0x100)
			strcpy(path, "\\_SB_.PCI0");
		if (!listed(bridges, path))
			ret = append(table, size, path, false, err);
	}
	if (ret) {
		free(*table);
		*table = NULL;
		return ret;
	}
	memcpy(*table, "SSDT", 4);
	pfb_put_le32(*table + PFB_ACPI_LENGTH, (u32)*size);
	(*table)[PFB_ACPI_REVISION] = 2;
	memcpy(*table + PFB_ACPI_OEM_ID, PFB_POLICY_OEM_ID, 6);
	memcpy(*table + PFB_ACPI_OEM_TABLE_ID, PFB_POLICY_TABLE_ID, 8);
	pfb_put_le32(*table + PFB_ACPI_OEM_REVISION, 1);
	memcpy(*table + PFB_ACPI_CREATOR_ID, "PFB ", 4);
	pfb_put_le32(*table + PFB_ACPI_CREATOR_REV, 1);
	pfb_acpi_table_seal(*table, *size);
	return 0;
}
