/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lines in a double-logarithmic diagram, as SVG.
 */
#ifndef BENCH_PLOT_H
#define BENCH_PLOT_H

#include <stdbool.h>

#define PLOT_POINTS_MAX		32
#define PLOT_LINES_MAX		4

/**
 * struct plot_line - one line
 * @name: what it shows
 * @dashed: it is no measurement
 * @y: its points, above 0
 */
struct plot_line {
	const char *name;
	bool dashed;
	double y[PLOT_POINTS_MAX];
};

/**
 * struct plot - a diagram; its texts must need no escaping in XML
 * @title: what it is about
 * @x_title: what is to the right
 * @y_title: what is upwards
 * @nr_points: points of each line
 * @x: where they are, ascending, above 0
 * @nr_lines: how many lines
 * @lines: the lines
 */
struct plot {
	const char *title;
	const char *x_title;
	const char *y_title;
	unsigned int nr_points;
	double x[PLOT_POINTS_MAX];
	unsigned int nr_lines;
	struct plot_line lines[PLOT_LINES_MAX];
};

/**
 * plot_write() - draw a diagram
 * @plot: the diagram
 * @path: the file
 *
 * Return: false, with errno, when the file cannot be written.
 */
bool plot_write(const struct plot *plot, const char *path);

#endif /* BENCH_PLOT_H */
