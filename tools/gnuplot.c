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

int picture_open(picture *p, const char *path, double width, double height, failure *why)
{
    *p = (picture){.path = path};
    remove(path); /* so that an old picture is not taken for the new one */
    signal(SIGPIPE, SIG_IGN);
    fflush(stdout); /* gnuplot writes to the same place */
    p->to = popen("gnuplot -", "w");
    if (p->to == NULL)
        return fail(why, EXIT_STOPPED, "%s: gnuplot could not be started", path);
    const char *ending = strrchr(path, '.');
    if (strcmp(ending, ".svg") == 0)
        fprintf(p->to, "set terminal svg size %.0f, %.0f font 'Helvetica,12' background '#ffffff'\n", width, height);
    else if (strcmp(ending, ".pdf") == 0)
        fprintf(p->to, "set terminal pdfcairo size %.2fin, %.2fin font 'Helvetica,10'\n", width / 96, height / 96);
    else
        fprintf(p->to, "set terminal pngcairo size %.0f, %.0f font 'Helvetica,11'\n", width, height);
    fprintf(p->to, "set output ");
    picture_text(p, path);
    fprintf(p->to, "\nset border linecolor rgb '#444444'\n");
    return EXIT_DONE;
}

int picture_close(picture *p, int quiet, failure *why)
{
    fprintf(p->to, "set output\n");
    int status = pclose(p->to);
    struct stat about;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return fail(why, EXIT_STOPPED, "%s: pictures need gnuplot (on Debian: apt-get install gnuplot-nox)", p->path);
    if (status != 0 || stat(p->path, &about) != 0 || about.st_size == 0)
        return fail(why, EXIT_STOPPED, "%s: gnuplot made no picture (status %d)", p->path, status);
    if (!quiet)
        printf("written        %s\n", p->path);
    return EXIT_DONE;
}
