/* gnuplot as a process: started, fed, waited for, and its picture looked for. */
#include "gnuplot.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

void picture_text(picture *p, const char *text)
{
    fputc('"', p->to);
    for (; *text != 0; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', p->to);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, p->to);
    }
    fputc('"', p->to);
}

double picture_x(const picture *p, double pixels)
{
    return pixels / p->width;
}

double picture_y(const picture *p, double pixels)
{
    return 1 - pixels / p->height;
}

void picture_label(picture *p, double x, double y, const char *text)
{
    fprintf(p->to, "set label %d ", ++p->labels);
    picture_text(p, text);
    fprintf(p->to, " at screen %.5f,%.5f left noenhanced front\n", picture_x(p, x), picture_y(p, y));
}

void picture_box(picture *p, double x, double y, double width, double height, const char *style)
{
    fprintf(p->to, "set object %d rectangle from screen %.5f,%.5f to screen %.5f,%.5f %s\n", ++p->objects,
            picture_x(p, x), picture_y(p, y + height), picture_x(p, x + width), picture_y(p, y), style);
}

void picture_margins(picture *p, double left, double right, double top, double bottom)
{
    fprintf(p->to,
            "set lmargin at screen %.5f\nset rmargin at screen %.5f\nset tmargin at screen %.5f\n"
            "set bmargin at screen %.5f\n",
            picture_x(p, left), picture_x(p, right), picture_y(p, top), picture_y(p, bottom));
}

void picture_axis_label(picture *p, char axis, const char *text)
{
    fprintf(p->to, "set %clabel ", axis);
    picture_text(p, text);
    fprintf(p->to, " noenhanced\n");
}

/* The font is not known here: those of DejaVu Sans, which is wide, at 11 points. */
double text_width(const char *text)
{
    double width = 0;
    for (; *text != 0; text++)
        width += strchr(" ,.:;'il()[]|/-", *text) != NULL ? 5
                 : *text >= 'a' && *text <= 'z'           ? 8.4
                 : (*text & 0xc0) == 0x80                 ? 0
                                                          : 9.6;
    return width;
}

int picture_open(picture *p, const char *path, double width, double height, failure *why)
{
    *p = (picture){.path = path, .width = width, .height = height};
    int code = output_reserve(&p->place, path, why);
    if (code != EXIT_DONE)
        return code;
    signal(SIGPIPE, SIG_IGN);
    fflush(stdout);
    /* A picture that gnuplot cannot write goes to its standard output: not to the terminal. */
    p->to = popen("gnuplot - >/dev/null", "w");
    if (p->to == NULL) {
        output_discard(p->place);
        return fail(why, EXIT_STOPPED, "%s: gnuplot could not be started", path);
    }
    const char *ending = strrchr(path, '.');
    if (strcmp(ending, ".svg") == 0)
        fprintf(p->to, "set terminal svg size %.0f, %.0f font 'Helvetica,12' background '#ffffff'\n", width, height);
    else if (strcmp(ending, ".pdf") == 0)
        fprintf(p->to, "set terminal pdfcairo size %.2fin, %.2fin font 'Helvetica,10'\n", width / 96, height / 96);
    else
        fprintf(p->to, "set terminal pngcairo size %.0f, %.0f font 'Helvetica,11'\n", width, height);
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
            return fail(why, EXIT_STOPPED, "%s: pictures need gnuplot (on Debian: apt-get install gnuplot-nox)", p->path);
        return fail(why, EXIT_STOPPED, "%s: gnuplot made no picture (status %d)", p->path, status);
    }
    int code = output_commit(p->place, why);
    if (code != EXIT_DONE)
        return code;
    if (!quiet)
        printf("written        %s\n", p->path);
    return EXIT_DONE;
}
