// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

int unit_declare(void *ctx, const struct pfb_declaration *decl, struct pfb_error *err)
{
	struct unit_collector *c = ctx;

	if (c->refuse_at >= 0 && (unsigned int)c->refuse_at == c->nr)
		return pfb_fail(err, -EPERM, "refused by the test");
	if (c->nr < UNIT_MAX_DECLARATIONS)
		c->decls[c->nr] = *decl;
	c->nr++;
	return 0;
}

void unit_assert_error(const struct pfb_error *err, const char *const *words)
{
	const char *p;

	assert_true(strlen(err->text) > 0);
	assert_true(strlen(err->text) < sizeof(err->text));
	for (p = err->text; *p; p++) {
		if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
			fail_msg("byte 0x%02x in the error: %s", (unsigned char)*p, err->text);
	}
	for (; *words; words++) {
		if (!strstr(err->text, *words))
			fail_msg("no '%s' in the error: %s", *words, err->text);
	}
}
