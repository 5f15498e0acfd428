/* binnet: the command. The list of subcommands is in commands.h; failures are printed here, once. */
#include "commands/commands.h"
#include "files/output.h"
#include "plot/gnuplot.h"
#include "report/result.h"
#include "report/tables.h"
#include "settings/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ADDRESS(name) &command_##name,
static const command *const commands[] = {LIST_COMMANDS(ADDRESS)};
enum { COMMANDS = sizeof commands / sizeof *commands };

static const command *find_command(const char *name)
{
    for (size_t k = 0; k < COMMANDS; k++)
        if (strcmp(commands[k]->name, name) == 0)
            return commands[k];
    return NULL;
}

static void print_commands(void)
{
    printf("binnet %s: the exact mathematics of small networks of binary neurons\n\nusage:\n", binnet_version());
    for (size_t k = 0; k < COMMANDS; k++)
        printf("  %s\n      %s\n", commands[k]->usage, commands[k]->about);
    printf(
        "\n`binnet help COMMAND` lists the options of a command.\n"
        "exit codes: 0 done, 1 no answer or not the whole (not converged, not unique, interrupted, work limit) or output\n"
        "            failed, 2 usage, 3 bad input, 4 over the memory limit\n");
}

static int run_command(int argc, char **argv, failure *why)
{
    if (argc < 2)
        return fail(why, EXIT_USAGE, "expected a command; see binnet --help");
    if (strcmp(argv[1], "--version") == 0) {
        printf("binnet %s, %s kernels\n", binnet_version(), binnet_kernels());
        report_blas();
        return EXIT_DONE;
    }
    int help_wanted = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0;
    if (help_wanted && argc < 3) {
        print_commands();
        return EXIT_DONE;
    }
    const command *which = find_command(argv[help_wanted ? 2 : 1]);
    if (which == NULL)
        return fail(why, EXIT_USAGE, "unknown command '%s'; see binnet --help", argv[help_wanted ? 2 : 1]);
    if (help_wanted) {
        print_help(which);
        return EXIT_DONE;
    }
    options o;
    int help, code = options_read(&o, which, argc - 1, argv + 1, &help, why);
    if (code == EXIT_DONE && !help && o.plot != NULL && !o.estimate)
        code = picture_possible(&o, why);
    if (code == EXIT_DONE && !help && !o.estimate && o.out != NULL && strcmp(o.out, "-") != 0)
        code = output_check_folder(o.out, why);
    if (code == EXIT_DONE && !help && !o.estimate && o.plot != NULL)
        code = output_check_folder(o.plot, why);
    if (code == EXIT_DONE && !help) {
        code = which->run(&o, why);
        /* what is not the whole (exit code 1) has tables too */
        failure other = {0};
        int committed = tables_commit(&o, code == EXIT_DONE ? why : &other);
        code = code == EXIT_DONE ? committed : code;
    }
    options_free(&o);
    return code;
}

/* What cannot be meant or read is refused with nothing on standard output: what was printed so far is still held. Not so after long
 * work, of which nothing is to be lost. */
static void drop_report(void)
{
    int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere >= 0) {
        dup2(nowhere, STDOUT_FILENO);
        close(nowhere);
    }
}

int main(int argc, char **argv)
{
    static char held[1 << 20];
    failure why = {.call = &output_watch};
    progress_signals();
    setvbuf(stdout, held, _IOFBF, sizeof held);
    int code = run_command(argc, argv, &why);
    if ((code == EXIT_USAGE || code == EXIT_INPUT) && !progress_long())
        drop_report();
    if (code == EXIT_DONE && progress_stopped())
        code = fail(&why, EXIT_STOPPED, "interrupted");
    if (fflush(stdout) != 0 && code == EXIT_DONE)
        code = fail(&why, EXIT_STOPPED, "standard output: %s", strerror(errno));
    if (code != EXIT_DONE)
        fprintf(stderr, "binnet: %s\n", why.text);
    return code;
}
