#!/usr/bin/env python3
"""Is binnet-api.json what the headers and the library say?

usage: api_description.py API_JSON BINNET_MAP INCLUDE_DIRECTORY CC...

Every symbol of the version script is described and documented, and nothing else is; each function, typedef and constant that is
declared again from the description agrees with the header for the compiler.
"""
import copy
import json
import os
import re
import subprocess
import sys

bad = 0


def fail(text):
    global bad
    bad += 1
    print('FAIL: ' + text)


def declaration(f, parameters=None):
    text = ', '.join(re.sub(r'(\*?) ?$', r'\1', p['type']) + ('' if p['type'].endswith('*') else ' ') + p['name']
                     for p in (parameters or f['parameters'])) or 'void'
    return '%s%s%s(%s);' % (f['returns'], '' if f['returns'].endswith('*') else ' ', f['name'], text)


def again(api):
    """C that declares everything a second time."""
    out = ['#include <binnet/binnet.h>']
    for t in api['types']:
        out.append('typedef struct %s %s;' % (t['name'], t['name']))
    for c in api['callbacks']:
        text = ', '.join(p['type'] + ' ' + p['name'] for p in c['parameters'])
        out.append('typedef %s (*%s)(%s);' % (c['returns'], c['name'], text))
    for c in api['constants']:
        value = c['value']
        if c['type'] == 'double':
            out.append('_Static_assert(%s == %r, "%s");' % (c['name'], value, c['name']))
        else:
            out.append('_Static_assert(%s == %d%s, "%s");' % (c['name'], value, 'u' if value > 2**63 else '', c['name']))
    out += [declaration(f) for f in api['functions']]
    return '\n'.join(out) + '\n'


def compiles(source, include, cc):
    run = subprocess.run(cc + ['-std=c11', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', '-I', include, '-x', 'c', '-'],
                         input=source, universal_newlines=True, stderr=subprocess.PIPE)
    return run.returncode == 0, run.stderr


def main(path, map_path, include, cc):
    with open(path, encoding='utf-8') as f:
        api = json.load(f)
    check(api, map_path, include, cc)
    files = dict(api['files'], types=api['types'] + api['files']['types'], callbacks=api['callbacks'])
    files_map = os.path.join(os.path.dirname(map_path), '..', 'files', 'binnet-files.map')
    check(files, files_map, include, cc, '#include <binnet/files.h>\n')
    check_itself(api, include, cc)
    print('%d and %d functions, %d constants, %d types, %d callbacks; %d faults' %
          (len(api['functions']), len(files['functions']), len(api['constants']), len(api['types']), len(api['callbacks']), bad))
    return bad == 0


def check(api, map_path, include, cc, more=''):
    with open(map_path, encoding='utf-8') as f:
        symbols = set(re.findall(r'^\s+(\w+);', re.sub(r'/\*.*?\*/', '', f.read(), flags=re.S), re.M))
    described = {f['name'] for f in api['functions']}
    if not symbols or len(described) != len(api['functions']):
        fail('no symbols, or a function twice')
    for name in sorted(symbols - described):
        fail(name + ' is exported and not described')
    for name in sorted(described - symbols):
        fail(name + ' is described and not exported')
    for f in api['functions']:
        if len(f['doc']) < 20 or not f['brief'] or not f['since']:
            fail(f['name'] + ' has no documentation, or does not say since when')
        for p in f['parameters']:
            # an array is read or written: how much of it?
            if p['kind'] in ('array', 'objects') and p['shape'] is None and not p.get('notation'):
                fail('%s: the length of %s is not said: in its field as %s[length], or in the text as %s[length]'
                     % (f['name'], p['name'], p.get('element', p['type']), p['name']))
    for t in api['types'] + api['callbacks']:
        if not t['doc']:
            fail(t['name'] + ' has no documentation')

    ok, errors = compiles(more + again(api), include, cc)
    if not ok:
        fail('what is declared from the description is not what the headers declare:\n' + errors)


def check_itself(api, include, cc):
    """Does it see a difference?"""
    for change in range(3):
        wrong = copy.deepcopy(api)
        if change == 0:
            next(f for f in wrong['functions'] if f['name'] == 'binnet_law_mean')['parameters'][2]['type'] = 'int32_t'
        elif change == 1:
            wrong['constants'][0]['value'] += 1
        else:
            wrong['functions'][-1]['returns'] = 'double'
        if compiles(again(wrong), include, cc)[0]:
            fail('this check is blind to change %d' % change)


if __name__ == '__main__':
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    sys.exit(0 if main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]) else 1)
