"""What `binnet --help` and `binnet help COMMAND` say, in parts: the manual pages and the completions are made of it.
usage: command_help.py BINNET FILE     asks the command once and writes its answers, which read(FILE) takes apart"""
import json
import re
import subprocess
import sys


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


def _names(text):
    return re.findall(r'^  binnet (\S+)', text, re.M)


def ask(binnet):
    text = _run(binnet, '--help')
    return {'': text} | {name: _run(binnet, 'help', name) for name in _names(text)}


def _option(line):
    left, about = re.match(r'  (-.*?)  +(\S.*)$', line).groups()
    names, value = [], ''
    for part in left.split(', '):
        name, _, value = part.partition(' ')
        names.append(name)
    return Option(names, value, about)


def _command(name, text):
    lines = text.splitlines()
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


def read(path):
    """(version, first line, [Command], exit codes)"""
    with open(path, encoding='utf-8') as answers:
        said = json.load(answers)
    text = said['']
    first = text.splitlines()[0]
    version = re.match(r'binnet (\S+):', first).group(1)
    codes = re.search(r'^exit codes: (.*\n(?: +.*\n)*)', text, re.M).group(1)
    codes = re.sub(r'\s+', ' ', codes).strip()
    return version, first.partition(': ')[2], [_command(name, said[name]) for name in _names(text)], codes


if __name__ == '__main__':
    with open(sys.argv[2], 'w', encoding='utf-8') as out:
        json.dump(ask(sys.argv[1]), out)
