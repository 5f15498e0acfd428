"""What `binnet --help` and `binnet help COMMAND` say, in parts: the manual pages and the completions are made of it."""
import re
import subprocess


class Option:
    """One line of a list of options: names ('-o', '--output'), what follows them ('' for none), and what it does."""

    def __init__(self, names, value, about):
        self.names, self.value, self.about = names, value, about


class Command:
    """name, usage (without 'usage: '), about, groups: [(title, [Option])]."""

    def __init__(self, name, usage, about, groups):
        self.name, self.usage, self.about, self.groups = name, usage, about, groups

    def options(self):
        return [o for _, options in self.groups for o in options]


def _run(binnet, *arguments):
    return subprocess.run([binnet, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def _option(line):
    left, about = re.match(r'  (-.*?)  +(\S.*)$', line).groups()
    names, value = [], ''
    for part in left.split(', '):
        name, _, value = part.partition(' ')
        names.append(name)
    return Option(names, value, about)


def _command(binnet, name):
    lines = _run(binnet, 'help', name).splitlines()
    usage = lines[0].removeprefix('usage: ')
    groups, at = [], 1
    about = []
    while lines[at] and not lines[at].endswith(':'):
        about.append(lines[at])
        at += 1
    for line in lines[at:]:
        if line.startswith('  -'):
            groups[-1][1].append(_option(line))
        elif line.startswith(' ') and groups and groups[-1][1]:
            groups[-1][1][-1].about += ' ' + line.strip()
        elif line.endswith(':'):
            groups.append((line[:-1], []))
        elif line:
            about.append(line)
    return Command(name, usage, ' '.join(about), groups)


def read(binnet):
    """(version, first line, [(command, usage line)], [Command], exit codes)"""
    text = _run(binnet, '--help')
    first = text.splitlines()[0]
    version = re.match(r'binnet (\S+):', first).group(1)
    names = re.findall(r'^  binnet (\S+)', text, re.M)
    codes = re.search(r'^exit codes: (.*\n(?: +.*\n)*)', text, re.M).group(1)
    codes = re.sub(r'\s+', ' ', codes).strip()
    return version, first.partition(': ')[2], [_command(binnet, n) for n in names], codes
