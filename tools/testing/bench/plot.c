// SPDX-License-Identifier: GPL-2.0
#include "plot.h"

#include <math.h>
#include <stdio.h>

#define WIDTH	720.0
#define HEIGHT	460.0
#define LEFT	80.0
#define RIGHT	20.0
#define TOP	46.0
#define BOTTOM	56.0

/* Powers of two to the right, powers of ten upwards. */
struct scale {
	double x_min, x_max;
	double y_min, y_max;
};

static const char *const colours[PLOT_LINES_MAX] = { "#1f5fa8", "#c2571a", "#777777", "#2e7d32" };

static struct scale find_scale(const struct plot *plot)
{
	struct scale s = { .y_min = INFINITY, .y_max = -INFINITY };
	unsigned int i, j;

	s.x_min = log2(plot->x[0]);
	s.x_max = log2(plot->x[plot->nr_points - 1]);
	for (i = 0; i < plot->nr_lines; i++)
		for (j = 0; j < plot->nr_points; j++) {
			double y = log10(plot->lines[i].y[j]);

			s.y_min = fmin(s.y_min, floor(y));
			s.y_max = fmax(s.y_max, ceil(y));
		}
	return s;
}

static double at_x(const struct scale *s, double x)
{
	return LEFT + (x - s->x_min) / (s->x_max - s->x_min) * (WIDTH - LEFT - RIGHT);
}

static double at_y(const struct scale *s, double y)
{
	return HEIGHT - BOTTOM - (y - s->y_min) / (s->y_max - s->y_min) * (HEIGHT - TOP - BOTTOM);
}

static void draw_grid(FILE *f, const struct plot *plot, const struct scale *s)
{
	double v;

	for (v = ceil(s->x_min); v <= s->x_max; v++)
		fprintf(f, "<path class='g' d='M%.1f %.1fV%.1f'/><text x='%.1f' y='%.1f' text-anchor='middle'>%.0f</text>\n",
			at_x(s, v), TOP, HEIGHT - BOTTOM, at_x(s, v), HEIGHT - BOTTOM + 18, exp2(v));
	for (v = s->y_min; v <= s->y_max; v++)
		fprintf(f, "<path class='g' d='M%.1f %.1fH%.1f'/><text x='%.1f' y='%.1f' text-anchor='end'>%g</text>\n",
			LEFT, at_y(s, v), WIDTH - RIGHT, LEFT - 8, at_y(s, v) + 4, pow(10, v));
	fprintf(f, "<text x='%.1f' y='26' text-anchor='middle' font-size='16'>%s</text>\n",
		WIDTH / 2, plot->title);
	fprintf(f, "<text x='%.1f' y='%.1f' text-anchor='middle'>%s</text>\n",
		(LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, plot->x_title);
	fprintf(f, "<text transform='translate(20 %.1f) rotate(-90)' text-anchor='middle'>%s</text>\n",
		HEIGHT / 2, plot->y_title);
}

static void draw_line(FILE *f, const struct plot *plot, const struct scale *s, unsigned int n)
{
	const struct plot_line *line = &plot->lines[n];
	double key = TOP + 18 + 20 * n;
	const char *dash = line->dashed ? " stroke-dasharray='6 4'" : "";
	unsigned int i;

	fprintf(f, "<path fill='none' stroke='%s' stroke-width='2'%s d='", colours[n], dash);
	for (i = 0; i < plot->nr_points; i++)
		fprintf(f, "%c%.1f %.1f", i ? 'L' : 'M', at_x(s, log2(plot->x[i])),
			at_y(s, log10(line->y[i])));
	fprintf(f, "'/>\n");
	for (i = 0; i < plot->nr_points && !line->dashed; i++)
		fprintf(f, "<circle cx='%.1f' cy='%.1f' r='3.5' fill='%s'/>\n",
			at_x(s, log2(plot->x[i])), at_y(s, log10(line->y[i])), colours[n]);
	fprintf(f, "<path stroke='%s' stroke-width='2'%s d='M%.1f %.1fh28'/><text x='%.1f' y='%.1f'>%s</text>\n",
		colours[n], dash, LEFT + 16, key, LEFT + 52, key + 4, line->name);
}

bool plot_write(const struct plot *plot, const char *path)
{
	struct scale scale = find_scale(plot);
	FILE *f = fopen(path, "w");
	unsigned int i;
	bool good;

	if (!f)
		return false;
	fprintf(f, "<svg xmlns='http://www.w3.org/2000/svg' width='%.0f' height='%.0f' font-family='sans-serif' font-size='12'>\n",
		WIDTH, HEIGHT);
	fprintf(f, "<style>.g{stroke:#dddddd}</style><rect width='100%%' height='100%%' fill='white'/>\n");
	draw_grid(f, plot, &scale);
	for (i = 0; i < plot->nr_lines; i++)
		draw_line(f, plot, &scale, i);
	fprintf(f, "</svg>\n");
	good = !ferror(f);
	return !fclose(f) && good;
}
