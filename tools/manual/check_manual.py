"""Every command has its page, without a complaint of groff's, and every option of it is there; the completions know both.
usage: check_manual.py FOLDER pages|''     FOLDER: command_help.json, pages and completions"""
import json
import os
import re
import shutil
import subprocess
import sys

folder, pages = sys.argv[1:]
with open(os.path.join(folder, 'command_help.json'), encoding='utf-8') as answers:
    said = json.load(answers)
bad = checks = 0


def fail(*words):
    global bad
    bad += 1
    print('FAIL:', *words)


def words_of(name):
    """The long options that stand in a file; fish writes --name as -l name, roff - as \\-."""
    with open(os.path.join(folder, name), encoding='utf-8') as file:
        text = re.sub(r'-l ([a-z])', r'--\1', file.read()).replace('\\-', '-')
    return set(re.findall(r'--[a-z-]+', text))


def complete(*words):
    """What bash offers for the last word."""
    script = '. "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _binnet; echo "${COMPREPLY[*]}"'
    return subprocess.run(['bash', '-c', script, '_', os.path.join(folder, 'binnet'), *words], stdout=subprocess.PIPE,
                          text=True).stdout.strip()


commands = re.findall(r'^  binnet (\S+)', said[''], re.M)
completions = {name: words_of(name) for name in ('binnet', '_binnet', 'binnet.fish')}
for command in commands:
    options = re.findall(r'^  (?:-., )?(--[a-z-]*)', said[command], re.M)
    checks += len(options)
    if not options:
        fail(command, 'has no options')
    page = f'binnet-{command}.1'
    for name, words in [*completions.items()] + [(page, words_of(page))] * bool(pages):
        missing = set(options) - words
        if missing:
            fail(command, ':', name, 'has no', *sorted(missing))
if pages and shutil.which('groff'):
    for page in ['binnet.1'] + [f'binnet-{command}.1' for command in commands]:
        complaint = subprocess.run(['groff', '-K', 'utf8', '-t', '-mandoc', '-ww', '-Tutf8', '-Z', os.path.join(folder, page)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True).stderr
        if complaint:
            fail(page, complaint)
if shutil.which('bash'):
    for words, wanted in (['stat'], 'stationary'), (['stationary', '--upd'], '--update'), (['stationary', '--update', 's'], ''):
        if complete('binnet', *words) != wanted:
            fail('bash:', *words, 'gives', repr(complete('binnet', *words)))
print(f'{checks} options, {bad} problems')
sys.exit(bad > 0 or checks <= 100)
