/* Heat maps of matrices between neurons. */
#include "plot/heat_map.h"

#include <math.h>

enum { MAP_APART = 8 }; /* between the numbers of the scale */

void panel_title(picture *p, double x, double width, int line, const char *text)
{
    char fitted[200];
    picture_label(p, x, PANEL_HEAD + PANEL_LINE * line, text_fit(fitted, sizeof fitted, text, width));
}

void name_tics(picture *p, const char *axis, const char *style, char *const *name, size_t n)
{
    fprintf(p->to, "set %stics %s (", axis, style);
    for (size_t i = 0; i < n; i++) {
        fputs(i > 0 ? ", " : "", p->to);
        picture_tic(p, name[i]);
        fprintf(p->to, " %zu", i);
    }
    fprintf(p->to, ") noenhanced\n");
}

double round_step(double most)
{
    double ten = pow(10, floor(log10(most))), x = most / ten;
    return ten * (x >= 4 ? 2 : x >= 2 ? 1 : x >= 1.5 ? 0.5 : 0.4);
}

/* A round step of the scale from -most to most whose numbers have room. */
static double scale_step(double most, double wide)
{
    static const double round[] = {5, 2, 1};
    double step = round_step(most), ten = pow(10, floor(log10(most)));
    for (int k = -1; k < 3; k++) {
        char widest[40];
        step = k < 0 ? step : ten * round[k];
        snprintf(widest, sizeof widest, "%g", -step * floor(most / step));
        if (step <= most && (2 * floor(most / step) + 1) * (text_width(widest) + MAP_APART) <= wide)
            return step;
    }
    return 2 * most; /* 0 alone */
}

double heat_map_side(size_t n)
{
    return fmax(fmax(MAP_SIDE, MAP_ROW * (double)n), n <= 9 ? MAP_NUMBER * (double)n : 0);
}

double heat_map_least_side(size_t n)
{
    return fmax(MAP_LEAST_SIDE, MAP_LEAST_ROW * (double)n);
}

/* Blue, white, red at -1, 0, 1 (ColorBrewer's RdBu). */
static const unsigned char scale[5][3] = {
    {0x21, 0x66, 0xac}, {0x92, 0xc5, 0xde}, {0xf7, 0xf7, 0xf7}, {0xf4, 0xa5, 0x82}, {0xb2, 0x18, 0x2b}};

static unsigned colour_of(double x)
{
    double at = fmin(fmax(2 * (x + 1), 0), 4);
    int low = at < 4 ? (int)at : 3;
    unsigned rgb = 0;
    for (int part = 0; part < 3; part++)
        rgb = rgb << 8 | (unsigned)lrint(scale[low][part] + (at - low) * (scale[low + 1][part] - scale[low][part]));
    return rgb;
}

static int is_shown(const heat_map *map, size_t k)
{
    return !isnan(map->value[k]) && (map->diagonal || k / map->n != k % map->n);
}

/* Beside 1 a correlation is known to some 1e-16: less is not told apart from 0. */
static double largest_value(const heat_map *map)
{
    double most = 0;
    for (size_t k = 0; k < map->n * map->n; k++)
        if (is_shown(map, k))
            most = fmax(most, fabs(map->value[k]));
    return most > 1e-12 ? most : 1;
}

void heat_map_draw(picture *p, const heat_map *map)
{
    FILE *g = p->to;
    size_t n = map->n;
    double most = largest_value(map), wide = map->right - map->left;
    panel_title(p, map->left, wide + 30, 0, map->title);
    panel_title(p, map->left, wide + 30, 1, map->remark);
    picture_margins(p, map->left, map->right, map->top, map->bottom);
    name_tics(p, "x", "out nomirror rotate by 90 right", map->name, n);
    name_tics(p, "y", "out nomirror", map->name, n);
    fprintf(g, "set xrange [-0.5:%zu.5]\nset yrange [%zu.5:-0.5]\n", n - 1, n - 1);
    fprintf(g, "set palette defined (");
    int first = map->positive ? 2 : 0;
    for (int k = first; k < 5; k++)
        fprintf(g, "%s%d '#%02x%02x%02x'", k > first ? ", " : "", k, scale[k][0], scale[k][1], scale[k][2]);
    fprintf(g, ")\nset cbrange [%.6g:%.6g]\nset cbtics out nomirror %.6g\nset format cb '%%g'\n",
            map->positive ? 0 : -most, most, scale_step(most, fmin(wide, MAP_SIDE)));
    fprintf(g, "set colorbox horizontal user origin screen %.5f,%.5f size screen %.5f,%.5f\n", picture_x(p, map->left),
            picture_y(p, PANEL_TOP + 12), picture_x(p, fmin(wide, MAP_SIDE)), 12 / p->height);
    fprintf(
        g,
        "set object 1 rectangle from graph 0, 0 to graph 1, 1 behind fillcolor rgb '#d9d9d9' fillstyle solid noborder\n");
    fprintf(g, "$c << E\n");
    for (size_t k = 0; k < n * n; k++) {
        if (is_shown(map, k))
            fprintf(g, "%zu %zu %.6g\n", k % n, k / n, map->value[k]);
        else
            fprintf(g, "%zu %zu NaN\n", k % n, k / n);
        if (k % n == n - 1)
            fprintf(g, "\n");
    }
    fprintf(g, "E\n$n << E\n");
    int numbers = wide / (double)n >= MAP_NUMBER && (map->bottom - map->top) / (double)n >= PANEL_LINE;
    for (size_t k = 0; k < n * n && numbers; k++)
        if (is_shown(map, k))
            fprintf(g, "%zu %zu %.3f %u\n", k % n, k / n, map->value[k] + 0.0, ink_on(colour_of(map->value[k] / most)));
    fprintf(g, "E\nplot $c using 1:2:3 with image notitle");
    if (numbers)
        fprintf(g, ", $n using 1:2:3:4 with labels textcolor rgb variable notitle");
    fprintf(g, "\nunset colorbox\n");
    picture_clear(p);
}
