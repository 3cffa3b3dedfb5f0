// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include <pci_fixed_bars/error.h>

#include "lib/findings.h"

const char *pfb_severity_name(enum pfb_severity severity)
{
	static const char *const names[] = {
		[PFB_SEVERITY_NOTE] = "note",
		[PFB_SEVERITY_WARNING] = "warning",
		[PFB_SEVERITY_ERROR] = "error",
	};

	return names[severity];
}

const char *pfb_findings_text(const char *fmt, ...)
{
	static char texts[8][PFB_ERROR_TEXT_MAX + 256];
	static unsigned int next;
	char *text = texts[next++ % ARRAY_SIZE(texts)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(texts[0]), fmt, args);
	va_end(args);
	return text;
}

void pfb_findings_vadd(struct pfb_findings *findings, const struct pfb_rule *rule, u32 place,
		       const char *where, const char *expected, const char *actual,
		       const char *fix, const char *fmt, va_list args)
{
	struct pfb_finding *f;

	findings->errors += rule->severity == PFB_SEVERITY_ERROR;
	findings->warnings += rule->severity == PFB_SEVERITY_WARNING;
	if (findings->nr == PFB_FINDINGS_MAX) {
		findings->more++;
		return;
	}
	if (findings->nr == findings->room) {
		u32 room = findings->room ? findings->room * 2 : 16;

		f = reallocarray(findings->findings, room, sizeof(*f));
		if (!f) {
			findings->failed = true;
			return;
		}
		findings->findings = f;
		findings->room = room;
	}
	f = &findings->findings[findings->nr++];
	f->rule = rule;
	f->place = place;
	f->where = strdup(where);
	f->expected = strdup(expected);
	f->actual = strdup(actual);
	f->fix = strdup(fix);
	if (vasprintf(&f->what, fmt, args) < 0)
		f->what = NULL;
	if (!f->where || !f->what || !f->expected || !f->actual || !f->fix)
		findings->failed = true;
}

static int worst_first(const void *a, const void *b)
{
	const struct pfb_finding *x = a, *y = b;

	if (x->rule->severity != y->rule->severity)
		return x->rule->severity > y->rule->severity ? -1 : 1;
	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	return strcmp(x->what, y->what);
}

void pfb_findings_sort(struct pfb_findings *findings)
{
	if (findings->nr && !findings->failed)
		qsort(findings->findings, findings->nr, sizeof(*findings->findings), worst_first);
}

void pfb_findings_free(struct pfb_findings *findings)
{
	u32 i;

	for (i = 0; i < findings->nr; i++) {
		free(findings->findings[i].where);
		free(findings->findings[i].what);
		free(findings->findings[i].expected);
		free(findings->findings[i].actual);
		free(findings->findings[i].fix);
	}
	free(findings->findings);
	memset(findings, 0, sizeof(*findings));
}
