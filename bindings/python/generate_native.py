#!/usr/bin/env python3
"""Writes the C source of the extension module binnet._native from binnet-api.json, by cffi.

usage: generate_native.py API_JSON OUTPUT.c [files]    (files: with libbinnet-files too)
"""
import json
import sys

import cffi

# What the library calls back: implemented in binnet/_context.py and binnet/noise.py.
CALLED_BACK = '''
extern "Python" int32_t binnet_python_hook(void *user, double fraction, double seconds_left);
extern "Python" double binnet_python_cdf(void *user, double x);
extern "Python" double binnet_python_survival(void *user, double x);
extern "Python" double binnet_python_density(void *user, double x);
extern "Python" void binnet_python_characteristic(void *user, double t, double *re, double *im);
'''


def declarations(api):
    """What cffi is told: everything that is described."""
    def parameters(f):
        return ', '.join(p['type'] + ' ' + p['name'] for p in f['parameters']) or 'void'

    out = ['typedef struct %s %s;' % (t['name'], t['name']) for t in api['types']]
    out += ['typedef %s (*%s)(%s);' % (c['returns'], c['name'], parameters(c)) for c in api['callbacks']]
    for c in api['constants']:
        out.append('static const double %s;' % c['name'] if c['type'] == 'double' else '#define %s ...' % c['name'])
    out += ['%s %s(%s);' % (f['returns'], f['name'], parameters(f)) for f in api['functions']]
    return '\n'.join(out)


def main(api_path, output, with_files=''):
    with open(api_path, encoding='utf-8') as f:
        api = json.load(f)
    ffi = cffi.FFI()
    ffi.cdef(declarations(api) + CALLED_BACK)
    source = '#include <binnet/binnet.h>\n'
    if with_files:
        ffi.cdef(declarations(api['files']))
        source += '#include <binnet/files.h>\n'
    ffi.set_source('binnet._native', source)
    ffi.emit_c_code(output)


if __name__ == '__main__':
    if len(sys.argv) not in (3, 4) or sys.argv[3:] not in ([], ['files']):
        sys.exit(__doc__)
    main(*sys.argv[1:])
