/* gnuplot as a process: started, fed, waited for, and its picture looked for. Text that fits where it is put. */
#include "plot/gnuplot.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define NO_GNUPLOT "pictures need gnuplot (on Debian: apt-get install gnuplot-nox)"

static const double usual_points = 11, pixels_of_point = 96.0 / 72;

/* --- text --- */

/* Hundredths of the font's size, from ' ' to '~': DejaVu Sans, which is wider than the other fonts that may be found. */
static const unsigned char advance[95] = {32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36,  32, 34, 64, 64, 64,
                                          64, 64, 64, 64, 64, 64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63,
                                          58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63,  61, 73, 68, 99, 69,
                                          61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35,  63, 63, 28, 28, 58,
                                          28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59, 82, 59, 59,  52, 64, 34, 64, 84};

static double character_width(unsigned char c)
{
    double em = c < ' '     ? 0.32                    /* shown as a blank */
                : c < 127   ? 0.01 * advance[c - ' '] /* */
                : c < 0xc0  ? 0                       /* inside a character of UTF-8 */
                : c >= 0xe3 ? 1.2                     /* Chinese, Japanese, Korean, pictures */
                            : 0.8;
    return em * usual_points * pixels_of_point;
}

double text_width(const char *text)
{
    double width = 0;
    for (; *text != 0; text++)
        width += character_width((unsigned char)*text);
    return width;
}

static int inside_character(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* How many bytes from the beginning, or of the end, are within a width; whole characters. */
static size_t bytes_within(const char *text, double width, int at_end)
{
    size_t all = strlen(text), taken = 0;
    double used = 0;
    for (size_t k = 0; k < all; k++) {
        used += character_width((unsigned char)text[at_end ? all - 1 - k : k]);
        if (used > width)
            break;
        if (at_end ? !inside_character(text[all - 1 - k]) : !inside_character(text[k + 1]))
            taken = k + 1;
    }
    return taken;
}

/* The share `head` of the width for the beginning, the rest for the end, "..." for what is left out. */
static char *text_cut(char *out, size_t size, const char *text, double width, double head)
{
    double room = width - text_width("...");
    size_t all = strlen(text), first = bytes_within(text, head * room, 0),
           last = bytes_within(text, (1 - head) * room, 1);
    if (text_width(text) <= width && all < size) {
        memcpy(out, text, all + 1);
        return out;
    }
    while (first + last + 4 > size && first > 0)
        do
            first--;
        while (first > 0 && inside_character(text[first]));
    snprintf(out, size, "%.*s...%s", (int)first, text, text + all - last);
    return out;
}

char *text_fit(char *out, size_t size, const char *text, double width)
{
    return text_cut(out, size, text, width, 1);
}

static int are_distinct(char *const *name, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(name[i], name[j]) == 0)
                return 0;
    return 1;
}

char **names_fit(char *const *name, size_t n, double width)
{
    enum { LONGEST = 260 }; /* names have 255 bytes at most */
    static const double heads[] = {1, 0, 0.5};
    char **out = malloc(n * (sizeof *out + LONGEST) + 1);
    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++)
        out[i] = (char *)(out + n) + i * LONGEST;
    for (int way = 0; way < 3; way++) {
        for (size_t i = 0; i < n; i++)
            text_cut(out[i], LONGEST, name[i], width, heads[way]);
        if (are_distinct(out, n))
            return out;
    }
    for (size_t i = 0; i < n; i++) {
        char number[32];
        snprintf(number, sizeof number, " (%zu)", i);
        text_cut(out[i], LONGEST - sizeof number, name[i], width - text_width(number), 1);
        strcat(out[i], number);
    }
    return out;
}

double names_width(char *const *name, size_t n)
{
    double widest = 0;
    for (size_t i = 0; i < n; i++)
        widest = fmax(widest, text_width(name[i]));
    return widest;
}

/* WCAG's relative luminance: black and white have the same contrast with 0.179. */
unsigned ink_on(unsigned rgb)
{
    static const double share[3] = {0.2126, 0.7152, 0.0722};
    double light = 0;
    for (int part = 0; part < 3; part++) {
        double c = (double)(rgb >> (16 - 8 * part) & 255) / 255;
        light += share[part] * (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return light > 0.179 ? 0x000000 : 0xffffff;
}

/* --- the parts of a picture --- */

static void quote(picture *p, const char *text, char doubled)
{
    fputc('"', p->to);
    for (; *text != 0; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', p->to);
        if (*text == doubled)
            fputc(*text, p->to);
        fputc((unsigned char)*text < ' ' || *text == 127 ? ' ' : *text, p->to);
    }
    fputc('"', p->to);
}

void picture_text(picture *p, const char *text)
{
    quote(p, text, 0);
}

void picture_tic(picture *p, const char *text)
{
    quote(p, text, '%');
}

double picture_x(const picture *p, double units)
{
    return units / p->width;
}

double picture_y(const picture *p, double units)
{
    return 1 - units / p->height;
}

void picture_label(picture *p, double x, double y, const char *text)
{
    fprintf(p->to, "set label %d ", ++p->labels);
    picture_text(p, text);
    fprintf(p->to, " at screen %.5f,%.5f left noenhanced front\n", picture_x(p, x), picture_y(p, y));
}

void picture_heading(picture *p, double x, int line, const char *text)
{
    char fitted[600];
    picture_label(p, x, 20 + 22 * line, text_fit(fitted, sizeof fitted, text, p->width - x - 10));
}

const char *picture_title(const options *o, const char *own)
{
    return o->title != NULL ? o->title : own;
}

void picture_box(picture *p, double x, double y, double width, double height, const char *style)
{
    fprintf(p->to, "set object %d rectangle from screen %.5f,%.5f to screen %.5f,%.5f %s\n", ++p->objects,
            picture_x(p, x), picture_y(p, y + height), picture_x(p, x + width), picture_y(p, y), style);
}

void picture_stroke(picture *p, double x0, double y0, double x1, double y1, const char *style)
{
    fprintf(p->to, "set arrow from screen %.5f,%.5f to screen %.5f,%.5f nohead front %s\n", picture_x(p, x0),
            picture_y(p, y0), picture_x(p, x1), picture_y(p, y1), style);
}

void picture_margins(picture *p, double left, double right, double top, double bottom)
{
    fprintf(p->to,
            "set lmargin at screen %.5f\nset rmargin at screen %.5f\nset tmargin at screen %.5f\n"
            "set bmargin at screen %.5f\n",
            picture_x(p, left), picture_x(p, right), picture_y(p, top), picture_y(p, bottom));
}

void picture_axis_label(picture *p, char axis, const char *text, double length)
{
    char fitted[400];
    fprintf(p->to, "set %clabel ", axis);
    picture_text(p, text_fit(fitted, sizeof fitted, text, length));
    fprintf(p->to, " noenhanced\n");
}

void picture_clear(picture *p)
{
    fprintf(p->to, "unset label\nunset object\nunset arrow\n");
}

/* --- the process --- */

static double points(const options *o)
{
    return o->font_size > 0 ? o->font_size : usual_points;
}

int picture_size(const options *o, double *width, double *height, double least_width, double least_height, failure *why)
{
    double unit = points(o) / usual_points;
    if (o->plot_width == 0)
        return EXIT_DONE;
    *width = (double)o->plot_width / unit;
    *height = (double)o->plot_height / unit;
    if (*width < least_width || *height < least_height)
        return fail(
            why, EXIT_USAGE,
            "--size: %dx%d has no room for this picture; it takes %.0fx%.0f, or less with a smaller --font-size",
            o->plot_width, o->plot_height, ceil(least_width * unit), ceil(least_height * unit));
    return EXIT_DONE;
}

int picture_possible(const options *o, failure *why)
{
    output *place;
    if (system("command -v gnuplot >/dev/null 2>&1") != 0)
        return fail(why, EXIT_STOPPED, "%s: " NO_GNUPLOT, o->plot);
    TRY(output_reserve(&place, o->plot, why));
    output_discard(place);
    return EXIT_DONE;
}

int picture_open(picture *p, const options *o, double width, double height, failure *why)
{
    *p = (picture){.path = o->plot, .width = width, .height = height};
    TRY(output_reserve(&p->place, p->path, why));
    signal(SIGPIPE, SIG_IGN);
    fflush(stdout);
    /* -d: not the user's settings */
    /* in a session of its own: Ctrl-C is for this program, and gnuplot would go on at its prompt */
    p->to =
        popen("command -v setsid >/dev/null 2>&1 && exec setsid gnuplot -d - >/dev/null; exec gnuplot -d - >/dev/null",
              "w");
    if (p->to == NULL) {
        output_discard(p->place);
        return fail(why, EXIT_STOPPED, "%s: gnuplot could not be started", p->path);
    }
    double size = points(o), unit = size / usual_points;
    double wide = o->plot_width > 0 ? o->plot_width : width * unit,
           high = o->plot_width > 0 ? o->plot_height : height * unit;
    const char *ending = strrchr(p->path, '.');
    if (strcmp(ending, ".svg") == 0)
        fprintf(p->to, "set terminal svg size %.0f, %.0f font 'Helvetica,%.4g' background '#ffffff'\n", wide, high,
                size * pixels_of_point);
    else if (strcmp(ending, ".pdf") == 0)
        fprintf(p->to, "set terminal pdfcairo size %.4fin, %.4fin font 'Helvetica,%.4g'\n", wide / 96, high / 96, size);
    else
        fprintf(p->to, "set terminal pngcairo size %.0f, %.0f font 'Helvetica,%.4g'\n", wide, high, size);
    fprintf(p->to, "set output ");
    picture_text(p, output_name(p->place));
    fprintf(p->to, "\nset border linecolor rgb '#444444'\n");
    return EXIT_DONE;
}

int picture_close(picture *p, int quiet, failure *why)
{
    fprintf(p->to, "set output\n");
    int status = pclose(p->to);
    struct stat about;
    if (status != 0 || stat(output_name(p->place), &about) != 0 || (S_ISREG(about.st_mode) && about.st_size == 0)) {
        output_discard(p->place);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
            return fail(why, EXIT_STOPPED, "%s: " NO_GNUPLOT, p->path);
        return fail(why, EXIT_STOPPED, "%s: gnuplot made no picture (status %d)", p->path, status);
    }
    TRY(output_commit(p->place, why));
    if (!quiet)
        printf("written        %s\n", p->path);
    return EXIT_DONE;
}
