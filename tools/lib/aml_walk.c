// SPDX-License-Identifier: GPL-2.0
/*
 * Terms as the ACPI specification's chapter 20 encodes them. What has a package
 * length is stepped over by it; for the rest a table says which arguments an
 * opcode has. Every step is within a package that is within its parent, and
 * moves forward, so that the time is linear in the table's size.
 */
#include "lib/aml_walk.h"

#include "lib/acpi_table.h"

/* Deeper than compilers nest; hostile tables nest as deep as the stack lets them. */
#define DEPTH_MAX	64

#define EXT		0x5b
#define OP(byte)	(byte)
#define XOP(byte)	(0x100 | (byte))

struct scope {
	unsigned int nr;
	u8 segs[PFB_AML_SEGS_MAX][4];
};

struct walk {
	const u8 *table;
	pfb_aml_visit_fn visit;
	void *ctx;
	struct pfb_error *err;
};

/* Where the walk is, and where the package ends that it is in. */
struct cursor {
	size_t at;
	size_t end;
};

/*
 * Arguments: t a term that has a value, s what can be stored to, n a name,
 * b w d a constant of 1, 2, 4 bytes, l the list of terms that fills the package.
 */
static const struct shape {
	u16 op;
	bool package;
	const char *args;
} shapes[] = {
	{ OP(0x00), false, "" },	/* Zero */
	{ OP(0x01), false, "" },	/* One */
	{ OP(0xff), false, "" },	/* Ones */
	{ OP(0x0a), false, "b" },
	{ OP(0x0b), false, "w" },
	{ OP(0x0c), false, "d" },
	{ OP(0x0e), false, "dd" },
	{ OP(0x11), true, "" },		/* Buffer */
	{ OP(0x12), true, "" },		/* Package */
	{ OP(0x13), true, "" },		/* VarPackage */
	{ OP(0x60), false, "" },	/* Local0 to Local7 */
	{ OP(0x61), false, "" }, { OP(0x62), false, "" }, { OP(0x63), false, "" },
	{ OP(0x64), false, "" }, { OP(0x65), false, "" }, { OP(0x66), false, "" },
	{ OP(0x67), false, "" },
	{ OP(0x70), false, "ts" },	/* Store */
	{ OP(0x71), false, "s" },	/* RefOf */
	{ OP(0x72), false, "tts" },	/* Add */
	{ OP(0x73), false, "tts" },	/* Concatenate */
	{ OP(0x74), false, "tts" },	/* Subtract */
	{ OP(0x75), false, "s" },	/* Increment */
	{ OP(0x76), false, "s" },	/* Decrement */
	{ OP(0x77), false, "tts" },	/* Multiply */
	{ OP(0x78), false, "ttss" },	/* Divide */
	{ OP(0x79), false, "tts" },	/* ShiftLeft */
	{ OP(0x7a), false, "tts" },	/* ShiftRight */
	{ OP(0x7b), false, "tts" },	/* And */
	{ OP(0x7c), false, "tts" },	/* NAnd */
	{ OP(0x7d), false, "tts" },	/* Or */
	{ OP(0x7e), false, "tts" },	/* NOr */
	{ OP(0x7f), false, "tts" },	/* XOr */
	{ OP(0x80), false, "ts" },	/* Not */
	{ OP(0x81), false, "ts" },	/* FindSetLeftBit */
	{ OP(0x82), false, "ts" },	/* FindSetRightBit */
	{ OP(0x83), false, "t" },	/* DerefOf */
	{ OP(0x84), false, "tts" },	/* ConcatenateResTemplate */
	{ OP(0x85), false, "tts" },	/* Mod */
	{ OP(0x86), false, "st" },	/* Notify */
	{ OP(0x87), false, "s" },	/* SizeOf */
	{ OP(0x88), false, "tts" },	/* Index */
	{ OP(0x89), false, "tbtbtt" },	/* Match */
	{ OP(0x8a), false, "ttn" },	/* CreateDWordField */
	{ OP(0x8b), false, "ttn" },	/* CreateWordField */
	{ OP(0x8c), false, "ttn" },	/* CreateByteField */
	{ OP(0x8d), false, "ttn" },	/* CreateBitField */
	{ OP(0x8e), false, "s" },	/* ObjectType */
	{ OP(0x8f), false, "ttn" },	/* CreateQWordField */
	{ OP(0x90), false, "tt" },	/* LAnd */
	{ OP(0x91), false, "tt" },	/* LOr */
	{ OP(0x92), false, "t" },	/* LNot */
	{ OP(0x93), false, "tt" },	/* LEqual */
	{ OP(0x94), false, "tt" },	/* LGreater */
	{ OP(0x95), false, "tt" },	/* LLess */
	{ OP(0x96), false, "ts" },	/* ToBuffer */
	{ OP(0x97), false, "ts" },	/* ToDecimalString */
	{ OP(0x98), false, "ts" },	/* ToHexString */
	{ OP(0x99), false, "ts" },	/* ToInteger */
	{ OP(0x9c), false, "tts" },	/* ToString */
	{ OP(0x9d), false, "ts" },	/* CopyObject */
	{ OP(0x9e), false, "ttts" },	/* Mid */
	{ OP(0x06), false, "nn" },	/* Alias */
	{ OP(0x15), false, "nbb" },	/* External */
	{ OP(0x10), true, "nl" },	/* Scope */
	{ OP(0xa0), true, "tl" },	/* If */
	{ OP(0xa1), true, "l" },	/* Else */
	{ OP(0xa2), true, "tl" },	/* While */
	{ OP(0xa3), false, "" },	/* Noop */
	{ XOP(0x01), false, "nb" },	/* Mutex */
	{ XOP(0x02), false, "n" },	/* Event */
	{ XOP(0x12), false, "ss" },	/* CondRefOf */
	{ XOP(0x13), false, "tttn" },	/* CreateField */
	{ XOP(0x28), false, "ts" },	/* FromBCD */
	{ XOP(0x29), false, "ts" },	/* ToBCD */
	{ XOP(0x30), false, "" },	/* Revision */
	{ XOP(0x31), false, "" },	/* Debug */
	{ XOP(0x33), false, "" },	/* Timer */
	{ XOP(0x80), false, "nbtt" },	/* OperationRegion */
	{ XOP(0x81), true, "" },	/* Field */
	{ XOP(0x82), true, "nl" },	/* Device */
	{ XOP(0x83), true, "nbdbl" },	/* Processor */
	{ XOP(0x84), true, "nbwl" },	/* PowerResource */
	{ XOP(0x85), true, "nl" },	/* ThermalZone */
	{ XOP(0x86), true, "" },	/* IndexField */
	{ XOP(0x87), true, "" },	/* BankField */
	{ XOP(0x88), false, "nttt" },	/* DataTableRegion */
};

enum {
	OP_NAME = 0x08,
	OP_STRING = 0x0d,
	OP_SCOPE = 0x10,
	OP_METHOD = 0x14,
	OP_DUAL = 0x2e,
	OP_MULTI = 0x2f,
	OP_DEVICE = XOP(0x82),
};

static int unsound(const struct walk *walk, const struct cursor *c, const char *what)
{
	return pfb_fail(walk->err, -EINVAL, "AML at offset 0x%zx: %s", c->at, what);
}

static int take(const struct walk *walk, struct cursor *c, size_t nr)
{
	if (nr > c->end - c->at)
		return unsound(walk, c, "the package that this is in ends before it does");
	c->at += nr;
	return 0;
}

static bool is_name_start(u8 byte)
{
	return byte == '\\' || byte == '^' || byte == '_' || (byte >= 'A' && byte <= 'Z') ||
	       byte == OP_DUAL || byte == OP_MULTI;
}

static bool is_seg(const u8 *seg)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		if (seg[i] != '_' && (seg[i] < 'A' || seg[i] > 'Z') &&
		    (!i || seg[i] < '0' || seg[i] > '9'))
			return false;
	}
	return true;
}

/*
 * A NameString. @full receives the path, declared in @scope; its last segment
 * is at @last, 0 for a name that has none (such as "\").
 */
static int take_name(const struct walk *walk, struct cursor *c, const struct scope *scope,
		     struct scope *full, size_t *last)
{
	unsigned int segs = 1, i;

	*full = *scope;
	*last = 0;
	if (c->at < c->end && walk->table[c->at] == '\\') {
		full->nr = 0;
		c->at++;
	}
	while (c->at < c->end && walk->table[c->at] == '^') {
		if (!full->nr)
			return unsound(walk, c, "a name leads above the root");
		full->nr--;
		c->at++;
	}
	if (c->at == c->end)
		return unsound(walk, c, "expected a name");
	switch (walk->table[c->at]) {
	case 0x00:
		segs = 0;
		c->at++;
		break;
	case OP_DUAL:
		segs = 2;
		c->at++;
		break;
	case OP_MULTI:
		if (c->end - c->at < 2)
			return unsound(walk, c, "a name is cut");
		segs = walk->table[c->at + 1];
		c->at += 2;
		break;
	}
	for (i = 0; i < segs; i++) {
		size_t at = c->at;
		int ret = take(walk, c, 4);

		if (ret)
			return ret;
		if (!is_seg(walk->table + at)) {
			c->at = at;
			return unsound(walk, c, "expected a name");
		}
		if (full->nr == PFB_AML_SEGS_MAX)
			return unsound(walk, c, "a name is nested too deep");
		memcpy(full->segs[full->nr++], walk->table + at, 4);
		*last = at;
	}
	return 0;
}

/* PkgLength counts itself. @inner receives the package; @c moves behind it. */
static int take_package(const struct walk *walk, struct cursor *c, struct cursor *inner)
{
	size_t start = c->at, length;
	unsigned int more, i;
	u8 lead;
	int ret;

	ret = take(walk, c, 1);
	if (ret)
		return ret;
	lead = walk->table[start];
	more = lead >> 6;
	ret = take(walk, c, more);
	if (ret)
		return ret;
	length = more ? lead & 0x0f : lead & 0x3f;
	for (i = 0; i < more; i++)
		length |= (size_t)walk->table[start + 1 + i] << (4 + 8 * i);
	inner->at = c->at;
	if (length < inner->at - start || length > c->end - start) {
		c->at = start;
		return unsound(walk, c, "a package is longer than what it is in, or empty");
	}
	inner->end = start + length;
	c->at = inner->end;
	return 0;
}

static int visit(const struct walk *walk, const struct scope *full,
		 struct pfb_aml_object *object)
{
	char path[PFB_AML_PATH_MAX], *to = path;
	unsigned int i;

	*to++ = '\\';
	for (i = 0; i < full->nr; i++) {
		if (i)
			*to++ = '.';
		memcpy(to, full->segs[i], 4);
		to += 4;
	}
	*to = '\0';
	object->path = path;
	return walk->visit(walk->ctx, object, walk->err);
}

static int take_term(const struct walk *walk, struct cursor *c, const struct scope *scope,
		     unsigned int depth);

/*
 * How many arguments a called method takes is not in the bytes. Taken for none,
 * its arguments are left over where a statement should be, and are none.
 */
static bool is_statement(u8 byte)
{
	return !is_name_start(byte) && byte > 0x01 && byte != 0xff &&
	       (byte < 0x0a || byte > 0x0e) && (byte < 0x11 || byte > 0x13) &&
	       (byte < 0x60 || byte > 0x6e);
}

static int take_list(const struct walk *walk, struct cursor *c, const struct scope *scope,
		     unsigned int depth)
{
	while (c->at < c->end) {
		int ret;

		if (!is_statement(walk->table[c->at]))
			return pfb_fail(walk->err, -EOPNOTSUPP,
					"AML at offset 0x%zx: a method is called while the table loads; this is not understood",
					c->at);
		ret = take_term(walk, c, scope, depth);
		if (ret)
			return ret;
	}
	return 0;
}

static int take_method(const struct walk *walk, struct cursor *c, const struct scope *scope)
{
	struct pfb_aml_object object = { .kind = PFB_AML_METHOD };
	struct cursor inner;
	struct scope full;
	int ret;

	ret = take_package(walk, c, &inner);
	if (!ret)
		ret = take_name(walk, &inner, scope, &full, &object.name);
	if (ret)
		return ret;
	if (inner.at == inner.end || !object.name)
		return unsound(walk, &inner, "a method is cut");
	object.args = walk->table[inner.at] & 7;
	return visit(walk, &full, &object);
}

static int take_named_value(const struct walk *walk, struct cursor *c, const struct scope *scope,
			    unsigned int depth)
{
	struct pfb_aml_object object = { .kind = PFB_AML_NAME };
	struct scope full;
	int ret;

	ret = take_name(walk, c, scope, &full, &object.name);
	if (ret)
		return ret;
	object.value = c->at;
	ret = take_term(walk, c, scope, depth);
	if (ret)
		return ret;
	object.end = c->at;
	return visit(walk, &full, &object);
}

static int take_string(const struct walk *walk, struct cursor *c)
{
	const u8 *nul = memchr(walk->table + c->at, 0, c->end - c->at);

	if (!nul)
		return unsound(walk, c, "a string has no end");
	c->at = (size_t)(nul - walk->table) + 1;
	return 0;
}

static const struct shape *find_shape(u16 op)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		if (shapes[i].op == op)
			return &shapes[i];
	}
	return NULL;
}

static int take_args(const struct walk *walk, struct cursor *c, const struct scope *scope,
		     const struct shape *shape, unsigned int depth)
{
	struct pfb_aml_object object = { .kind = PFB_AML_DEVICE };
	struct scope full = *scope;
	const char *arg;
	int ret = 0;

	for (arg = shape->args; *arg && !ret; arg++) {
		switch (*arg) {
		case 'n':
			ret = take_name(walk, c, scope, &full, &object.name);
			if (!ret && shape->op == OP_DEVICE)
				ret = visit(walk, &full, &object);
			break;
		case 'b':
			ret = take(walk, c, 1);
			break;
		case 'w':
			ret = take(walk, c, 2);
			break;
		case 'd':
			ret = take(walk, c, 4);
			break;
		case 'l':
			ret = take_list(walk, c, &full, depth);
			break;
		default:
			ret = take_term(walk, c, scope, depth);
			break;
		}
	}
	return ret;
}

static int take_term(const struct walk *walk, struct cursor *c, const struct scope *scope,
		     unsigned int depth)
{
	size_t start = c->at, last;
	const struct shape *shape;
	struct cursor inner;
	struct scope full;
	u16 op;
	int ret;

	if (depth == DEPTH_MAX)
		return unsound(walk, c, "it is nested too deep");
	if (c->at == c->end)
		return unsound(walk, c, "expected a term, and the package ends");
	if (is_name_start(walk->table[c->at]))
		return take_name(walk, c, scope, &full, &last);
	op = walk->table[c->at++];
	if (op == EXT) {
		if (c->at == c->end)
			return unsound(walk, c, "an opcode is cut");
		op = XOP(walk->table[c->at++]);
	}
	switch (op) {
	case OP_NAME:
		return take_named_value(walk, c, scope, depth + 1);
	case OP_STRING:
		return take_string(walk, c);
	case OP_METHOD:
		return take_method(walk, c, scope);
	}
	shape = find_shape(op);
	if (!shape)
		return pfb_fail(walk->err, -EOPNOTSUPP,
				"AML at offset 0x%zx: opcode 0x%x is not understood here", start, op);
	if (!shape->package)
		return take_args(walk, c, scope, shape, depth + 1);
	ret = take_package(walk, c, &inner);
	return ret ? ret : take_args(walk, &inner, scope, shape, depth + 1);
}

int pfb_aml_walk(const u8 *table, size_t size, pfb_aml_visit_fn visit_fn, void *ctx,
		 struct pfb_error *err)
{
	const struct walk walk = { table, visit_fn, ctx, err };
	struct cursor c = { PFB_ACPI_HEADER, size };
	static const struct scope root;

	return take_list(&walk, &c, &root, 0);
}
