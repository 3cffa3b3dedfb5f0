// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "lib/table.h"

void pfb_table_init(struct pfb_table *table, unsigned int columns, unsigned int indent)
{
	memset(table, 0, sizeof(*table));
	table->columns = columns;
	table->indent = indent;
}

void pfb_table_cell(struct pfb_table *table, const char *fmt, ...)
{
	va_list args;
	char *text;
	int len;

	if (table->nr == table->room) {
		size_t room = table->room ? table->room * 2 : 64;
		char **cells = reallocarray(table->cells, room, sizeof(*cells));

		if (!cells) {
			table->failed = true;
			return;
		}
		table->cells = cells;
		table->room = room;
	}
	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0)
		table->failed = true;
	else
		table->cells[table->nr++] = text;
}

int pfb_table_print(struct pfb_table *table)
{
	int width[PFB_TABLE_COLUMNS_MAX] = { 0 };
	unsigned int col, last;
	size_t i;

	for (i = 0; i < table->nr; i++) {
		int len = (int)strlen(table->cells[i]);

		col = i % table->columns;
		if (len > width[col])
			width[col] = len;
	}
	for (i = 0; !table->failed && i + table->columns <= table->nr; i += table->columns) {
		/* no blanks at the end of a line */
		for (last = table->columns; last && !*table->cells[i + last - 1];)
			last--;
		printf("%*s", (int)table->indent, "");
		for (col = 0; col + 1 < last; col++)
			printf("%-*s  ", width[col], table->cells[i + col]);
		printf("%s\n", last ? table->cells[i + last - 1] : "");
	}
	for (i = 0; i < table->nr; i++)
		free(table->cells[i]);
	free(table->cells);
	i = table->failed;
	pfb_table_init(table, table->columns, table->indent);
	return i ? -ENOMEM : 0;
}
