"""Completions of the command for a shell, made of what it says of itself.
usage: make_completions.py HELP bash|zsh|fish FILE     HELP: written by command_help.py"""
import sys

import command_help

FILES = ('FILE', 'PREFIX')  # what an option or a command takes from the folder


def quoted(s):
    return "'" + s.replace("'", "'\\''") + "'"


def bash(commands):
    cases = []
    for c in commands:
        words = ' '.join(n for o in c.options() for n in o.names)
        values = '|'.join(n for o in c.options() if o.value and not o.value.startswith(FILES) for n in o.names)
        cases.append(f'    {c.name})\n        words={quoted(words)}\n        valued={quoted("|" + values + "|")}\n        ;;')
    names = ' '.join(c.name for c in commands)
    return f'''# bash completion of binnet
_binnet() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} words= valued=
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W '{names} help --help --version' -- "$word"))
        return
    fi
    if [ "${{COMP_WORDS[1]}}" = help ]; then
        COMPREPLY=($(compgen -W '{names}' -- "$word"))
        return
    fi
    case ${{COMP_WORDS[1]}} in
{chr(10).join(cases)}
    esac
    case $valued in
    *"|$before|"*) return ;; # a value of its own kind
    esac
    case $word in
    -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
    *) compopt -o filenames 2>/dev/null && COMPREPLY=($(compgen -f -- "$word")) ;;
    esac
}}
complete -F _binnet binnet
'''


def zsh(commands):
    def about(s):
        return s.replace('\\', '\\\\').replace('[', '\\[').replace(']', '\\]').replace(':', '\\:')

    lists = []
    for c in commands:
        specs = []
        for o in c.options():
            takes = ''
            if o.value:
                takes = ':' + about(o.value) + (':_files' if o.value.startswith(FILES) else ': ')
            for n in o.names:
                specs.append('            ' + quoted('*' + n + '[' + about(o.about) + ']' + takes))
        lists.append(f"    {c.name})\n        _arguments -s \\\n" + ' \\\n'.join(specs) + " \\\n            '*:file:_files'\n        ;;")
    names = '\n'.join('        ' + quoted(c.name + ':' + c.about) for c in commands)
    return f'''#compdef binnet
# zsh completion of binnet
local -a commands
if (( CURRENT == 2 )) || [[ $words[2] = help ]]; then
    commands=(
{names}
    )
    _describe command commands
    return
fi
local command=$words[2]
shift words
(( CURRENT-- ))
case $command in
{chr(10).join(lists)}
esac
'''


def fish(commands):
    names = ' '.join(c.name for c in commands)
    out = ['# fish completion of binnet',
           f"complete -c binnet -n 'not __fish_seen_subcommand_from {names} help' -f -a help -d 'the options of a command'",
           f"complete -c binnet -n '__fish_seen_subcommand_from help' -f -a '{names}'"]
    for c in commands:
        out.append(f"complete -c binnet -n 'not __fish_seen_subcommand_from {names} help' -f -a {c.name} -d {quoted(c.about)}")
        for o in c.options():
            letters = ''.join(f' -s {n[1:]}' if len(n) == 2 else f' -l {n[2:]}' for n in o.names)
            takes = ' -r' if o.value.startswith(FILES) else ' -x' if o.value else ''
            out.append(f"complete -c binnet -n '__fish_seen_subcommand_from {c.name}'{letters}{takes} -d {quoted(o.about)}")
    return '\n'.join(out) + '\n'


def main():
    answers, shell, target = sys.argv[1:]
    commands = command_help.read(answers)[2]
    with open(target, 'w', encoding='utf-8') as out:
        out.write({'bash': bash, 'zsh': zsh, 'fish': fish}[shell](commands))


main()
