/*
 * The legend of a diagram over two stimuli: colours of the numbers of fixed points, hatchings of the lists of cycles, dots of
 * broken symmetries.
 */
#include "plot/diagram_plane.h"

#include <inttypes.h>
#include <math.h>

enum { MOST_SWATCHES = 9, LONGEST_LIST = 240 };

/* White around black: seen on every colour and every hatching. */
const plane_ring plane_dot[2] = {{"#ffffff", 0.6}, {"#000000", 0.32}};

/* Light to dark, told apart by colour-blind readers and in grey print: ColorBrewer's YlGnBu. */
static const int scale[][3] = {{255, 255, 217}, {237, 248, 177}, {199, 233, 180}, {127, 205, 187}, {65, 182, 196},
                               {29, 145, 192},  {34, 94, 168},   {37, 52, 148},   {8, 29, 88}};
enum { STEPS = sizeof scale / sizeof *scale };

/* 0xrrggbb of the k-th of n degrees; no fixed point is white. */
unsigned plane_colour(const canvas *c, size_t k)
{
    size_t first = c->degree[0] == 0, n = c->degrees - first;
    if (k < first)
        return 0xffffff;
    double place = 0.1 + 0.82 * (double)(k - first) / (double)(n > 4 ? n - 1 : 3), at = place * (STEPS - 1);
    int low = (int)at;
    unsigned rgb = 0;
    for (int part = 0; part < 3; part++)
        rgb = rgb << 8 | (unsigned)lrint(scale[low][part] + (at - low) * (scale[low + 1][part] - scale[low][part]));
    return rgb;
}

static double legend_degrees(canvas *c, double x, double y)
{
    char style[160], text[40];
    picture_label(&c->p, x, y, "fixed points");
    y += 16;
    if (c->degrees <= MOST_SWATCHES) {
        for (size_t k = c->degrees; k-- > 0; y += 22) {
            snprintf(style, sizeof style, "fillcolor rgb '#%06x' fillstyle solid %s", plane_colour(c, k), PLANE_FRAME);
            picture_box(&c->p, x, y, 30, 18, style);
            snprintf(text, sizeof text, "%.6g", c->degree[k]);
            picture_label(&c->p, x + 40, y + 9, text);
        }
        return y + 16;
    }
    /* a bar; the numbers beside it where there is room */
    double each = 220.0 / (double)c->degrees, last = -100;
    for (size_t k = 0; k < c->degrees; k++) {
        double from = y + 220 - each * (double)(k + 1);
        snprintf(style, sizeof style, "fillcolor rgb '#%06x' fillstyle solid noborder", plane_colour(c, k));
        picture_box(&c->p, x, from, 30, each + 0.3, style);
        if (k == 0 || k == c->degrees - 1 || (y + 220 - from - last > 18 && from - y > 18)) {
            last = y + 220 - from;
            snprintf(text, sizeof text, c->degree[k] < 1e6 ? "%.0f" : "%.3g", c->degree[k]);
            picture_label(&c->p, x + 40, from + each / 2, text);
        }
    }
    snprintf(style, sizeof style, "fillstyle empty %s", PLANE_FRAME);
    picture_box(&c->p, x, y, 30, 220, style);
    return y + 220 + 22;
}

/* A swatch's lines: those of the plane, cut to it. */
static void hatch_swatch(canvas *c, double x, double y, double width, double height, int hatching)
{
    const char *style = hatching & DASHED ? PLANE_DASHES : "";
    for (double at = 4.5; at < height && hatching & LEVEL; at += 9)
        picture_stroke(&c->p, x, y + at, x + width, y + at, style);
    for (double at = 6; at < width && hatching & UPRIGHT; at += 9)
        picture_stroke(&c->p, x + at, y, x + at, y + height, style);
    for (double at = 6; at < width + height && hatching & RISING; at += 12)
        picture_stroke(&c->p, x + fmax(0, at - height), y + fmin(at, height), x + fmin(at, width),
                       y + fmax(0, at - width), style);
    for (double at = 6; at < width + height && hatching & FALLING; at += 12)
        picture_stroke(&c->p, x + fmax(0, at - height), y + fmax(0, height - at), x + fmin(at, width),
                       y + fmin(height, height - at + width), style);
}

static const char cycles_head[] = "cycles: period (how many)";

/* "2 (1), 3 (4)": what the legend says of a group. */
static char *group_text(char text[200], const canvas *c, size_t k)
{
    char whole[400];
    uint64_t periods = 0, period;
    double cycles;
    size_t used = 0;
    whole[0] = 0;
    binnet_regions_label(c->r->regions, c->group[k].region, NULL, NULL, NULL, &periods, NULL, NULL);
    for (uint64_t m = 0; m < periods && used + 60 < sizeof whole; m++) {
        binnet_regions_period(c->r->regions, c->group[k].region, m, &period, &cycles, NULL);
        used += (size_t)snprintf(whole + used, sizeof whole - used, "%s%" PRIu64 " (%.9g)", m > 0 ? ", " : "", period,
                                 cycles);
    }
    if (k == PLANE_HATCHES - 1 && c->groups > PLANE_HATCHES)
        snprintf(whole, sizeof whole, "others: %zu different lists", c->groups - k);
    return text_fit(text, 200, whole, LONGEST_LIST);
}

static double legend_hatches(canvas *c, double x, double y)
{
    char style[160], text[200];
    if (c->groups == 0)
        return y;
    picture_label(&c->p, x, y, cycles_head);
    y += 16;
    for (size_t k = 0; k < c->groups && k < PLANE_HATCHES; k++, y += 24) {
        snprintf(style, sizeof style, "fillstyle empty %s", PLANE_FRAME);
        picture_box(&c->p, x, y, 30, 20, style);
        hatch_swatch(c, x, y, 30, 20, c->group[k].hatching);
        picture_label(&c->p, x + 40, y + 10, group_text(text, c, k));
    }
    return y + 16;
}

static void legend_broken(canvas *c, double x, double y)
{
    char style[160];
    if (c->broken == 0)
        return;
    picture_label(&c->p, x, y, "symmetry broken in");
    y += 16;
    snprintf(style, sizeof style, "fillstyle empty %s", PLANE_FRAME);
    picture_box(&c->p, x, y, 30, 18, style);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 2; j++)
            fprintf(c->p.to,
                    "set label %d \"\" at screen %.5f,%.5f point pointtype 7 pointsize %.2f linecolor rgb '%s' front\n",
                    ++c->p.labels, picture_x(&c->p, x + 6 + 9 * i),
                    picture_y(&c->p, y + 5 + 8 * j + (i % 2 ? 3 : 0) - 1), plane_dot[1].size, plane_dot[1].colour);
    picture_label(&c->p, x + 40, y + 9,
                  c->broken == BINNET_BROKEN_FIXED   ? "a fixed point"
                  : c->broken == BINNET_BROKEN_CYCLE ? "a cycle"
                                                     : "a fixed point or cycle");
}

double plane_legend_width(const canvas *c)
{
    char text[200];
    double widest = text_width("fixed points");
    if (c->groups > 0)
        widest = fmax(widest, text_width(cycles_head));
    for (size_t k = 0; k < c->groups && k < PLANE_HATCHES; k++)
        widest = fmax(widest, 40 + text_width(group_text(text, c, k)));
    if (c->broken)
        widest = fmax(widest, 40 + text_width(c->broken == 3 ? "a fixed point or cycle" : "a fixed point"));
    return widest + PLANE_EDGE;
}

double plane_legend_height(const canvas *c)
{
    double degrees = c->degrees <= MOST_SWATCHES ? 32 + 22 * (double)c->degrees : 258;
    double hatches = c->groups > 0 ? 32 + 24 * (double)(c->groups < PLANE_HATCHES ? c->groups : PLANE_HATCHES) : 0;
    return degrees + hatches + (c->broken ? 40 : 0);
}

void plane_legend(canvas *c, double x, double y)
{
    y = legend_degrees(c, x, y);
    y = legend_hatches(c, x, y);
    legend_broken(c, x, y);
}
