"""Manual pages, in scdoc's language, of the command and of each subcommand.
usage: make_pages.py HELP PAGE.scd...     HELP: written by command_help.py; PAGE: binnet or binnet-COMMAND"""
import os
import re
import sys

import command_help


def text(s):
    """s with nothing in it that scdoc would take for its own."""
    return re.sub(r'([\\*_#<>\[\]~`])', r'\\\1', s)


def options(groups):
    out = []
    for title, members in groups:
        out.append('# ' + text(title.upper()) + '\n')
        for o in members:
            names = ', '.join('*' + text(n) + '*' for n in o.names)
            out.append(names + (' ' + text(o.value) if o.value else '') + '\n\t' + text(o.about) + '\n')
    return out


def exit_status(codes):
    out = ['# EXIT STATUS\n']
    for part in re.split(r', (?=\d )', codes):
        number, _, what = part.partition(' ')
        out.append('*' + number + '*\n\t' + text(what) + '\n')
    return out


def synopsis(usage):
    return '*binnet* ' + text(usage.removeprefix('binnet ')) + '\n'


def overview(version, about, commands, codes):
    out = ['binnet(1) "binnet ' + version + '"\n', '# NAME\n', 'binnet - ' + text(about) + '\n', '# SYNOPSIS\n',
           '*binnet* COMMAND [options]\n', '*binnet* help COMMAND\n', '*binnet* --version\n', '# DESCRIPTION\n',
           'Networks are read from files (JSON, CSV, Matrix Market, .npy), analysed exactly, and written as tables and '
           'pictures. A state of the network is a 0/1 string with the first neuron leftmost.\n', '# COMMANDS\n']
    for c in commands:
        out.append('*binnet-' + text(c.name) + '*(1)\n\t' + text(c.about) + '\n')
    out += exit_status(codes)
    out += ['# SEE ALSO\n', 'The manual in /usr/share/doc/binnet, and binnet.h for the library.']
    return out


def page(version, command, codes):
    about = re.split(r'[.;] ', command.about, maxsplit=1)[0].rstrip('.')
    out = ['binnet-' + command.name + '(1) "binnet ' + version + '"\n', '# NAME\n',
           'binnet-' + text(command.name) + ' - ' + text(about) + '\n', '# SYNOPSIS\n', synopsis(command.usage),
           '# DESCRIPTION\n', text(command.about[:1].upper() + command.about[1:]) + '\n']
    return out + options(command.groups) + exit_status(codes) + ['# SEE ALSO\n', '*binnet*(1)']


def main():
    answers, *targets = sys.argv[1:]
    version, about, commands, codes = command_help.read(answers)
    found = {'binnet-' + c.name: c for c in commands}
    for target in targets:
        name = os.path.basename(target).removesuffix('.scd')
        lines = overview(version, about, commands, codes) if name == 'binnet' else page(version, found[name], codes)
        with open(target, 'w', encoding='utf-8') as out:
            out.write('\n'.join(lines) + '\n')


main()
