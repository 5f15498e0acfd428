#!/usr/bin/env python3
"""Writes src/LibBinnet.jl of the Julia package from binnet-api.json: a ccall of every function, by its C name.

usage: generate.py API_JSON OUTPUT.jl
"""
import json
import re
import sys

NUMBERS = {'double': 'Cdouble', 'float': 'Cfloat', 'char': 'Cchar', 'void': 'Cvoid', 'size_t': 'Csize_t'}
for bits in (8, 16, 32, 64):
    NUMBERS['int%d_t' % bits], NUMBERS['uint%d_t' % bits] = 'Int%d' % bits, 'UInt%d' % bits
KEYWORDS = {'end', 'begin', 'function', 'in', 'isa', 'where', 'for', 'global', 'local', 'let', 'do', 'if', 'else', 'module', 'using', 'type', 'abstract', 'try', 'catch',
            'quote', 'return', 'struct', 'mutable', 'const', 'macro', 'import', 'export', 'while', 'true', 'false', 'finally', 'baremodule', 'break', 'continue'}


def base(c):
    return re.sub(r'\b(const)\b|\*', '', c).strip()


def argument_type(c, callbacks):
    """Arrays and one-element Refs are given for pointers to numbers: Ptr takes both an Array and a Ref in ccall."""
    if base(c) in callbacks:
        return 'Ptr{Cvoid}'
    out = NUMBERS.get(base(c), base(c))
    for _ in range(c.count('*')):
        out = 'Ptr{%s}' % out
    return out


def return_type(c):
    if re.fullmatch(r'const char \*', c):
        return 'Cstring'
    return argument_type(c, ())


def safe(name):
    return name + '_' if name in KEYWORDS else name


def main(path, output):
    with open(path, encoding='utf-8') as f:
        api = json.load(f)
    of_files = {f['name'] for f in api['files']['functions']}
    for key in ('types', 'callbacks', 'constants', 'functions'):
        api[key] += api['files'][key]
    callbacks = {c['name'] for c in api['callbacks']}
    out = ['# Made from binnet-api.json by generate.py.', '"Every function of libbinnet by its C name; statuses are returned, nothing is checked."',
           'module LibBinnet', '', 'const library = get(ENV, "BINNET_LIBRARY", "libbinnet.so.0")',
           'const files_library = get(ENV, "BINNET_FILES_LIBRARY", "libbinnet-files.so.0")', '']
    for t in api['types']:
        out.append('mutable struct %s end' % t['name'])
    out.append('')
    for c in api['constants']:
        value = repr(c['value']) if c['type'] == 'double' else '%s(%s)' % (NUMBERS[c['type']], 'typemax(UInt64)' if c['value'] == 2**64 - 1 else c['value'])
        out.append('const %s = %s' % (c['name'], value))
    for f in api['functions']:
        names = ', '.join(safe(p['name']) for p in f['parameters'])
        types = ', '.join(argument_type(p['type'], callbacks) for p in f['parameters'])
        types = '(%s,)' % types if types else '()'
        out += ['', 'function %s(%s)' % (f['name'], names),
                '    ccall((:%s, %slibrary), %s, %s%s)' % (f['name'], 'files_' * (f['name'] in of_files), return_type(f['returns']), types, ', ' + names if names else ''), 'end']
    out += ['', 'end', '']
    with open(output, 'w', encoding='utf-8') as f:
        f.write('\n'.join(out))


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
