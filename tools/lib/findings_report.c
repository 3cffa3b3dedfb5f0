// SPDX-License-Identifier: GPL-2.0
#include "lib/findings_report.h"
#include "lib/json_fields.h"
#include "lib/table.h"

int pfb_rules_print(const struct pfb_rule *rules, u32 nr, bool json)
{
	struct json_object *top = json ? json_object_new_array() : NULL;
	struct pfb_table table;
	u32 i;

	pfb_table_init(&table, 3, 0);
	for (i = 0; i < nr; i++) {
		const struct pfb_rule *rule = &rules[i];
		const char *severity = pfb_severity_name(rule->severity);

		if (json) {
			struct json_object *obj = json_object_new_object();

			pfb_json_text(obj, "rule", rule->id);
			pfb_json_text(obj, "severity", severity);
			pfb_json_text(obj, "why", rule->why);
			json_object_array_add(top, obj);
		} else {
			pfb_table_cell(&table, "%s", rule->id);
			pfb_table_cell(&table, "%s", severity);
			pfb_table_cell(&table, "%s", rule->why);
		}
	}
	return json ? pfb_json_print(top) : pfb_table_print(&table);
}

void pfb_findings_print(const struct pfb_findings *findings)
{
	u32 i;

	for (i = 0; i < findings->nr; i++) {
		const struct pfb_finding *f = &findings->findings[i];

		printf("%s %s: %s\n", pfb_severity_name(f->rule->severity), f->rule->id, f->what);
		printf("    where     %s\n", f->where);
		printf("    why       %s\n", f->rule->why);
		printf("    expected  %s\n", f->expected);
		printf("    actual    %s\n", f->actual);
		printf("    fix       %s\n\n", f->fix);
	}
	if (findings->more)
		printf("and %u more\n", findings->more);
	printf("%u error%s, %u warning%s\n", findings->errors, findings->errors == 1 ? "" : "s",
	       findings->warnings, findings->warnings == 1 ? "" : "s");
}

struct json_object *pfb_findings_json(struct json_object *top,
				      const struct pfb_findings *findings)
{
	struct json_object *array = json_object_new_array();
	u32 i;

	pfb_json_bool(top, "good", !findings->errors);
	pfb_json_number(top, "errors", findings->errors);
	pfb_json_number(top, "warnings", findings->warnings);
	pfb_json_number(top, "not_shown", findings->more);
	for (i = 0; i < findings->nr; i++) {
		const struct pfb_finding *f = &findings->findings[i];
		struct json_object *obj = json_object_new_object();

		pfb_json_text(obj, "rule", f->rule->id);
		pfb_json_text(obj, "severity", pfb_severity_name(f->rule->severity));
		pfb_json_text(obj, "where", f->where);
		pfb_json_text(obj, "what", f->what);
		pfb_json_text(obj, "why", f->rule->why);
		pfb_json_text(obj, "expected", f->expected);
		pfb_json_text(obj, "actual", f->actual);
		pfb_json_text(obj, "fix", f->fix);
		json_object_array_add(array, obj);
	}
	json_object_object_add(top, "findings", array);
	return array;
}
