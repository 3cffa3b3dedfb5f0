// SPDX-License-Identifier: GPL-2.0
#include "fuzz.h"

int fuzz_declare(void *ctx, const struct pfb_declaration *decl, struct pfb_error *err)
{
	struct fuzz_collector *c = ctx;
	struct pfb_declaration again = {};
	unsigned int i;

	(void)err;
	FUZZ_HOLDS(decl->source < PFB_NR_SOURCES);
	FUZZ_HOLDS(decl->path.nr_hops > 0 && decl->path.nr_hops <= PFB_PATH_HOPS_MAX);
	FUZZ_HOLDS(decl->nr_bars <= PFB_NR_BARS);
	for (i = 0; i < decl->nr_bars; i++)
		FUZZ_HOLDS(!pfb_declaration_add_bar(&again, &decl->bars[i]));
	FUZZ_HOLDS(!memcmp(again.bars, decl->bars, decl->nr_bars * sizeof(decl->bars[0])));

	FUZZ_HOLDS(c->nr < FUZZ_MAX_DECLARATIONS);
	c->decls[c->nr++] = *decl;
	return 0;
}

void fuzz_check_error(int ret, const struct pfb_error *err)
{
	size_t len = strnlen(err->text, sizeof(err->text));
	size_t i;

	FUZZ_HOLDS(ret <= 0);
	FUZZ_HOLDS(len < sizeof(err->text));
	FUZZ_HOLDS(!ret == !len);
	for (i = 0; i < len; i++)
		FUZZ_HOLDS(err->text[i] >= 0x20 && err->text[i] < 0x7f);
}

void fuzz_check_result(int ret, const struct pfb_error *err, const struct fuzz_collector *c)
{
	fuzz_check_error(ret, err);
	FUZZ_HOLDS(!ret || !c->nr);
}

bool fuzz_same(const struct pfb_declaration *a, const struct pfb_declaration *b)
{
	unsigned int i;

	if (!pfb_path_equal(&a->path, &b->path) || a->flags != b->flags ||
	    a->clique != b->clique || a->vendor != b->vendor || a->device != b->device ||
	    a->uncertain != b->uncertain || a->nr_bars != b->nr_bars)
		return false;
	for (i = 0; i < a->nr_bars; i++) {
		if (a->bars[i].index != b->bars[i].index || a->bars[i].flags != b->bars[i].flags ||
		    a->bars[i].gpa != b->bars[i].gpa || a->bars[i].hpa != b->bars[i].hpa ||
		    a->bars[i].size != b->bars[i].size)
			return false;
	}
	return true;
}
