/* SPDX-License-Identifier: GPL-2.0 */
/* Text in aligned columns. */
#ifndef PFB_LIB_TABLE_H
#define PFB_LIB_TABLE_H

#include <pci_fixed_bars/types.h>

#define PFB_TABLE_COLUMNS_MAX	12

/**
 * struct pfb_table - rows that are printed when all widths are known
 * @cells: row by row, @columns each
 * @nr: used entries of @cells
 * @room: allocated entries of @cells
 * @columns: columns of every row
 * @indent: blanks before each row
 * @failed: memory ran out; pfb_table_print() reports it
 */
struct pfb_table {
	char **cells;
	size_t nr;
	size_t room;
	unsigned int columns;
	unsigned int indent;
	bool failed;
};

/**
 * pfb_table_init() - an empty table
 * @table: the table
 * @columns: columns of every row, 1 to %PFB_TABLE_COLUMNS_MAX
 * @indent: blanks before each row
 */
void pfb_table_init(struct pfb_table *table, unsigned int columns, unsigned int indent);

/**
 * pfb_table_cell() - add the next cell, from left to right, row by row
 * @table: the table
 * @fmt: printf format
 */
void pfb_table_cell(struct pfb_table *table, const char *fmt, ...) __printf(2, 3);

/**
 * pfb_table_print() - print to standard output, and empty the table
 * @table: the table; its last row must be complete
 *
 * Return: 0, or -ENOMEM when a cell could not be stored (nothing is printed).
 */
int pfb_table_print(struct pfb_table *table);

#endif /* PFB_LIB_TABLE_H */
