// SPDX-License-Identifier: GPL-2.0
/*
 * A plan as a picture:
 *
 *	host bridge -- root port -- switch -- port -- [function] <--+
 *	                                 \-- port -- [function] ---+
 *
 * Ports stand in columns by depth. All functions stand in the last column, so
 * that what runs between them, to the right of it, crosses nothing. Cliques have
 * a colour and are named: the colour alone tells nobody who cannot see it.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "lib/topology_report.h"
#include "lib/vm_plan.h"

/* Pixels. */
#define MARGIN		24
#define GAP_X		36
#define GAP_Y		16
#define LINE		16	/* from one line of text to the next */
#define PAD		10	/* between text and the box around it */
#define CHAR		7.3	/* of a 12 px monospaced font; 0.6 em, and some more */
#define BAND		6	/* clique's colour at the left of a box */
#define PORT_CHARS	18	/* "xio3130-downstream" */
#define BRIDGE_CHARS	19
#define BRIDGE_LINES	5
#define ARC_MIN		44
#define ARC_MAX		260
#define LEGEND_LINES	6

#define NAME_MAX_CHARS	48
#define ADDRESS_CHARS	6	/* before an address: "vfbar" and a digit, or less */
#define SIZE_CHARS	22	/* before a size */
#define FIXED_CHARS	31	/* before what says that it is the host's address */

/* Masataka Okabe's and Kei Ito's palette, which those see apart who are colour-blind. */
static const char *const colours[] = {
	"#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999",
};

#define COLOUR_DIRECT		"#00704f"
#define COLOUR_TRANSLATED	"#b35900"

/**
 * struct box - where a function is drawn
 * @x: left edge
 * @y: upper edge
 * @w: width
 * @h: height
 * @depth: bridges above
 * @arcs: ends of pairs at its right edge
 * @drawn: how many of @arcs have their place
 */
struct box {
	int x;
	int y;
	int w;
	int h;
	int depth;
	u32 arcs;
	u32 drawn;
};

static int centre(const struct box *box)
{
	return box->y + box->h / 2;
}

/* Of captures, which anybody may have written. */
static void text(FILE *out, const char *words)
{
	pfb_text_put_xml(out, words, true);
}

static void line(FILE *out, int x, int y, const char *class, const char *fmt, ...)
	__printf(5, 6);

static void line(FILE *out, int x, int y, const char *class, const char *fmt, ...)
{
	char words[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	fprintf(out, "<text x=\"%d\" y=\"%d\"%s%s%s>", x, y, *class ? " class=\"" : "", class,
		*class ? "\"" : "");
	text(out, words);
	fputs("</text>\n", out);
}

static const struct pfb_capture_function *host_of(const struct pfb_vm_plan *plan, u32 index)
{
	u32 host = plan->functions[index].host;

	return host == PFB_NO_FUNCTION ? NULL : &plan->capture->functions[host];
}

static int count_bars(const struct pfb_function *fn)
{
	unsigned int i;
	int nr = 0;

	for (i = 0; i < PFB_NR_BARS; i++)
		nr += fn->bars[i].size != 0;
	return nr;
}

/* How far to the right an arc's control points are. */
static int bend(const struct box *from, const struct box *to)
{
	int to_right = ARC_MIN + abs(centre(to) - centre(from)) / 3;

	return to_right < ARC_MAX ? to_right : ARC_MAX;
}

static bool is_drawn(const struct pfb_vm_pair *pair)
{
	return pair->verdict != PFB_VM_PAIR_NONE;
}

/* Of the first and the last of what is behind a bridge; of a root bus for %PFB_NO_FUNCTION. */
static int middle_of_children(const struct pfb_topology *top, const struct box *boxes, u32 parent)
{
	int upper = -1, lower = 0;
	u32 i;

	for (i = parent == PFB_NO_FUNCTION ? 0 : parent + 1; i < top->nr_functions; i++) {
		if (top->functions[i].parent != parent)
			continue;
		lower = centre(&boxes[i]);
		upper = upper < 0 ? lower : upper;
	}
	return (upper + lower) / 2;
}

/**
 * struct picture - where everything is
 * @bridge: the host bridge
 * @boxes: beside struct pfb_vm_plan.top.functions
 * @width: of the whole
 * @bottom: where the legend begins
 */
struct picture {
	struct box bridge;
	struct box *boxes;
	int width;
	int bottom;
};

static void set_sizes(const struct pfb_vm_plan *plan, struct picture *pic)
{
	const struct pfb_topology *top = &plan->top;
	int port_w = (int)(PORT_CHARS * CHAR) + 2 * PAD;
	int depth = 0, x, last;
	u32 i;

	pic->bridge = (struct box) {
		.x = MARGIN, .w = (int)(BRIDGE_CHARS * CHAR) + 2 * PAD,
		.h = BRIDGE_LINES * LINE + PAD,
	};
	x = pic->bridge.x + pic->bridge.w + GAP_X;
	for (i = 0; i < top->nr_functions; i++) {
		struct box *box = &pic->boxes[i];
		u32 parent = top->functions[i].parent;

		box->depth = parent == PFB_NO_FUNCTION ? 0 : pic->boxes[parent].depth + 1;
		box->x = x + box->depth * (port_w + GAP_X);
		box->w = port_w;
		box->h = (host_of(plan, i) ? 3 : 2) * LINE + PAD;
		if (plan->functions[i].kind != PFB_VM_ASSIGNED && box->depth > depth)
			depth = box->depth;
	}
	last = x + (depth + 1) * (port_w + GAP_X);
	for (i = 0; i < top->nr_functions; i++) {
		struct box *box = &pic->boxes[i];

		if (plan->functions[i].kind != PFB_VM_ASSIGNED)
			continue;
		box->x = last;
		box->w = (int)(NAME_MAX_CHARS * CHAR) + BAND + 2 * PAD;
		box->h = (3 + count_bars(&top->functions[i])) * LINE + PAD;
		pic->width = box->x + box->w + MARGIN;
	}
}

/* Functions from top to bottom as they come, each port beside the middle of what is behind it. */
static void lay_out(const struct pfb_vm_plan *plan, struct picture *pic)
{
	const struct pfb_topology *top = &plan->top;
	int y = MARGIN, right = 0;
	u32 i;

	set_sizes(plan, pic);
	for (i = 0; i < top->nr_functions; i++) {
		if (plan->functions[i].kind != PFB_VM_ASSIGNED)
			continue;
		pic->boxes[i].y = y;
		y += pic->boxes[i].h + GAP_Y;
	}
	/* what is behind a port stands after it */
	for (i = top->nr_functions; i--;)
		if (plan->functions[i].kind != PFB_VM_ASSIGNED)
			pic->boxes[i].y = middle_of_children(top, pic->boxes, i) -
					  pic->boxes[i].h / 2;
	pic->bridge.y = middle_of_children(top, pic->boxes, PFB_NO_FUNCTION) - pic->bridge.h / 2;
	if (pic->bridge.y < MARGIN)
		pic->bridge.y = MARGIN;
	pic->bottom = pic->bridge.y + pic->bridge.h + GAP_Y;
	if (pic->bottom < y)
		pic->bottom = y;

	for (i = 0; i < plan->nr_pairs; i++) {
		struct box *client = &pic->boxes[plan->pairs[i].client];
		struct box *provider = &pic->boxes[plan->pairs[i].provider];

		if (!is_drawn(&plan->pairs[i]))
			continue;
		client->arcs++;
		provider->arcs++;
		if (bend(client, provider) > right)
			right = bend(client, provider);
	}
	pic->width += right;
}

static void draw_bridge(FILE *out, const struct pfb_vm_plan *plan, const struct box *box)
{
	const struct pfb_window *high = &plan->top.roots[0].windows[PFB_WINDOW_PREF];
	int x = box->x + PAD, y = box->y + LINE;
	char size[32];

	fprintf(out, "<rect class=\"port\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/>\n",
		box->x, box->y, box->w, box->h);
	line(out, x, y, "b", "host bridge 0000:00");
	line(out, x, y + LINE, "", "%s", plan->machine);
	line(out, x, y + 2 * LINE, "", "window %s",
	     pfb_report_size(high->limit - high->base + 1, size, sizeof(size)));
	line(out, x, y + 3 * LINE, "", "0x%llx", (unsigned long long)high->base);
	line(out, x, y + 4 * LINE, "", "-0x%llx", (unsigned long long)high->limit);
}

static void draw_port(FILE *out, const struct pfb_vm_plan *plan, u32 index, const struct box *box)
{
	const struct pfb_capture_function *host = host_of(plan, index);
	const struct pfb_function *fn = &plan->top.functions[index];
	int x = box->x + PAD, y = box->y + LINE;

	fprintf(out, "<rect class=\"port\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/>\n",
		box->x, box->y, box->w, box->h);
	line(out, x, y, "b", "%s %02x:%02x.%x", plan->functions[index].id, fn->bus,
	     PFB_DEV(fn->devfn), PFB_FN(fn->devfn));
	line(out, x, y + LINE, "", "%s", pfb_vm_device(plan->functions[index].kind));
	if (host)
		line(out, x, y + 2 * LINE, "g", "host %s", host->bdf);
}

static void draw_function(FILE *out, const struct pfb_vm_plan *plan, u32 index,
			  const struct box *box)
{
	const struct pfb_capture_function *host = host_of(plan, index);
	const struct pfb_function *fn = &plan->top.functions[index];
	const struct pfb_vm_function *vf = &plan->functions[index];
	const char *colour = vf->clique == PFB_CLIQUE_NONE ? "#ffffff" :
			     colours[vf->clique % ARRAY_SIZE(colours)];
	int x = box->x + BAND + PAD, y = box->y + LINE;
	char clique[24] = "", size[32];
	unsigned int i;

	/* What is assigned has one. */
	if (!host)
		return;
	fprintf(out, "<rect class=\"fn\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\" fill-opacity=\"0.12\"/>\n",
		box->x, box->y, box->w, box->h, colour);
	fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n",
		box->x, box->y, BAND, box->h, colour);
	if (vf->clique != PFB_CLIQUE_NONE)
		snprintf(clique, sizeof(clique), ", clique %u", vf->clique);
	line(out, x, y, "b", "%s %02x:%02x.%x%s%s%s", vf->id, fn->bus, PFB_DEV(fn->devfn),
	     PFB_FN(fn->devfn), clique, vf->provider ? ", provider" : "",
	     vf->client ? ", client" : "");
	y += LINE;
	line(out, x, y, "", "%04x:%04x = host %s", fn->vendor, fn->device, host->bdf);
	y += LINE;
	line(out, x, y, "g", "%.*s%s", NAME_MAX_CHARS, host->name,
	     strlen(host->name) > NAME_MAX_CHARS ? ".." : "");
	for (i = 0; i < PFB_NR_BARS; i++) {
		const struct pfb_bar *bar = &fn->bars[i];
		bool fixed = vf->fixed & (1U << i);

		if (!bar->size)
			continue;
		y += LINE;
		/* each in a column of its own: blanks in a row count as one in SVG */
		line(out, x, y, fixed ? "b" : "", "%s", pfb_bar_index_name(i));
		if (bar->flags & PFB_BAR_ASSIGNED)
			line(out, x + (int)(ADDRESS_CHARS * CHAR), y, fixed ? "b" : "", "0x%llx",
			     (unsigned long long)bar->address);
		else
			line(out, x + (int)(ADDRESS_CHARS * CHAR), y, "", "no address");
		line(out, x + (int)(SIZE_CHARS * CHAR), y, "", "%s",
		     pfb_report_size(bar->size, size, sizeof(size)));
		if (fixed)
			line(out, x + (int)(FIXED_CHARS * CHAR), y, "b", "= host");
	}
}

static void draw_link(FILE *out, const struct box *from, const struct box *to)
{
	fprintf(out, "<path class=\"link\" d=\"M%d %d H%d V%d H%d\"/>\n", from->x + from->w,
		centre(from), from->x + from->w + GAP_X / 2, centre(to), to->x);
}

/* Ends of arcs share out the right edge of a box. */
static int next_end(struct box *box)
{
	return box->y + (int)(++box->drawn * (u32)box->h / (box->arcs + 1));
}

static void draw_pair(FILE *out, const struct pfb_vm_plan *plan, const struct pfb_vm_pair *pair,
		      struct box *boxes)
{
	struct box *client = &boxes[pair->client], *provider = &boxes[pair->provider];
	const char *class = pair->verdict == PFB_VM_PAIR_DIRECT ? "direct" : "translated";
	int x = client->x + client->w, from = next_end(client), to = next_end(provider);
	int control = x + bend(client, provider);

	fprintf(out, "<path class=\"%s\" d=\"M%d %d C%d %d %d %d %d %d\"><title>", class, x, from,
		control, from, control, to, x + 2, to);
	text(out, plan->functions[pair->client].id);
	fputs(" to ", out);
	text(out, plan->functions[pair->provider].id);
	fputs(": ", out);
	text(out, pfb_vm_pair_name(pair->verdict));
	fputs(", ", out);
	text(out, pair->reason);
	fputs("</title></path>\n", out);
}

static void draw_legend(FILE *out, int y)
{
	int x = MARGIN + 60;

	fprintf(out, "<path class=\"direct\" d=\"M%d %d H%d\"/>\n", MARGIN, y - 4, x - 12);
	line(out, x, y, "", "direct: the host's switch routes what is sent to the provider's BARs");
	y += LINE;
	fprintf(out, "<path class=\"translated\" d=\"M%d %d H%d\"/>\n", MARGIN, y - 4, x - 12);
	line(out, x, y, "", "direct-translated: it routes ATS-translated requests only");
	y += LINE;
	line(out, x, y, "", "no arrow: it goes up to the root complex, or nowhere");
	y += LINE;
	line(out, x, y, "", "= host: the BAR is at the host's address, GPA == HPA");
	y += LINE;
	line(out, x, y, "", "colour: clique, as the manifest states it");
}

static void draw_head(FILE *out, const struct pfb_vm_plan *plan, int width, int height)
{
	fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n"
		"<title>", width, height, width, height);
	text(out, plan->machine);
	fputs(" guest planned from host ", out);
	text(out, plan->capture->machine[0] ? plan->capture->machine : "(no name)");
	fputs("</title>\n"
	      "<style>\n"
	      "text { font: 12px \"DejaVu Sans Mono\", monospace; fill: #1a1a1a; }\n"
	      ".b { font-weight: bold; }\n"
	      ".g { fill: #5a5a5a; }\n"
	      ".port { fill: #f4f4f4; stroke: #6b6b6b; }\n"
	      ".fn { stroke: #6b6b6b; }\n"
	      ".link { fill: none; stroke: #6b6b6b; }\n"
	      ".direct { fill: none; stroke: " COLOUR_DIRECT "; stroke-width: 1.6; marker-end: url(#direct); }\n"
	      ".translated { fill: none; stroke: " COLOUR_TRANSLATED "; stroke-width: 1.6; stroke-dasharray: 6 4; marker-end: url(#translated); }\n"
	      "</style>\n"
	      "<defs>\n"
	      "<marker id=\"direct\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0 L10 5 L0 10 z\" fill=\"" COLOUR_DIRECT "\"/></marker>\n"
	      "<marker id=\"translated\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0 L10 5 L0 10 z\" fill=\"" COLOUR_TRANSLATED "\"/></marker>\n"
	      "</defs>\n"
	      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n", out);
}

int pfb_vm_svg(FILE *out, const struct pfb_vm_plan *plan, struct pfb_error *err)
{
	struct picture pic = { .boxes = calloc(plan->top.nr_functions, sizeof(*pic.boxes)) };
	u32 i;

	if (!pic.boxes)
		return pfb_fail(err, -ENOMEM, "out of memory");
	lay_out(plan, &pic);
	draw_head(out, plan, pic.width, pic.bottom + LEGEND_LINES * LINE + MARGIN);
	for (i = 0; i < plan->top.nr_functions; i++) {
		u32 parent = plan->top.functions[i].parent;

		draw_link(out, parent == PFB_NO_FUNCTION ? &pic.bridge : &pic.boxes[parent],
			  &pic.boxes[i]);
	}
	draw_bridge(out, plan, &pic.bridge);
	for (i = 0; i < plan->top.nr_functions; i++) {
		if (plan->functions[i].kind == PFB_VM_ASSIGNED)
			draw_function(out, plan, i, &pic.boxes[i]);
		else
			draw_port(out, plan, i, &pic.boxes[i]);
	}
	for (i = 0; i < plan->nr_pairs; i++)
		if (is_drawn(&plan->pairs[i]))
			draw_pair(out, plan, &plan->pairs[i], pic.boxes);
	draw_legend(out, pic.bottom + LINE);
	fputs("</svg>\n", out);
	free(pic.boxes);
	return 0;
}
