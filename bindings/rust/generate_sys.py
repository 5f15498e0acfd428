#!/usr/bin/env python3
"""Writes the declarations of crate binnet-sys from binnet-api.json: everything that is public, by its C name.

usage: generate_sys.py API_JSON OUTPUT.rs [files]

files: those of libbinnet-files too
"""
import json
import re
import sys

NUMBERS = {'double': 'f64', 'float': 'f32', 'char': 'c_char', 'void': 'c_void', 'size_t': 'usize', 'int': 'c_int'}
for bits in (8, 16, 32, 64):
    NUMBERS['int%d_t' % bits], NUMBERS['uint%d_t' % bits] = 'i%d' % bits, 'u%d' % bits
KEYWORDS = {'type', 'ref', 'in', 'move', 'match', 'fn', 'use', 'where', 'loop', 'mod', 'self', 'box', 'yield', 'dyn', 'final', 'abstract', 'override', 'priv',
            'macro', 'become', 'do', 'try', 'typeof', 'unsized', 'virtual', 'as', 'impl', 'let', 'mut', 'pub', 'trait', 'super', 'true', 'false', 'async', 'await'}


def rust_type(c):
    """const double * -> *const f64"""
    m = re.fullmatch(r'(const )?(\w+)((?: \*| ?\*\*|\*| const| \*const)*)', c.strip())
    if not m:
        sys.exit('generate_sys.py: cannot read type ' + c)
    out = NUMBERS.get(m.group(2), m.group(2))
    constant = m.group(1) is not None
    for star in re.findall(r'\*(?: ?const)?', m.group(3)):
        out = ('*const ' if constant else '*mut ') + out
        constant = 'const' in star
    return out


def parameters(f):
    return ', '.join('%s%s: %s' % (p['name'], '_' if p['name'] in KEYWORDS else '', rust_type(p['type'])) for p in f['parameters'])


def returned(f):
    return '' if f['returns'] == 'void' else ' -> ' + rust_type(f['returns'])


def documented(text, indent=''):
    return ['%s/// %s' % (indent, line) if line else indent + '///' for line in ['```text'] + text.split('\n') + ['```']] if text else []


def main(path, output, files=None):
    with open(path, encoding='utf-8') as f:
        api = json.load(f)
    for key in ('types', 'callbacks', 'constants', 'functions') if files else ():
        api[key] += api['files'][key]
    out = ['// Made from binnet-api.json by generate_sys.py.', 'use std::os::raw::{c_char, c_int, c_void};', '']
    for t in api['types']:
        out += ['/// ' + t['doc'], '#[repr(C)]', 'pub struct %s {' % t['name'], '    _private: [u8; 0],', '}']
    for c in api['callbacks']:
        out += documented(c['doc']) + ['pub type %s = Option<unsafe extern "C" fn(%s)%s>;' % (c['name'], parameters(c), returned(c))]
    for c in api['constants']:
        value = repr(c['value'])
        out += ['/// ' + c['doc']] * bool(c['doc']) + ['pub const %s: %s = %s;' % (c['name'], NUMBERS[c['type']], value)]
    out += ['', 'extern "C" {']
    for f in api['functions']:
        out += documented(f['doc'], '    ') + ['    pub fn %s(%s)%s;' % (f['name'], parameters(f), returned(f))]
    out += ['}', '']
    with open(output, 'w', encoding='utf-8') as f:
        f.write('\n'.join(out).replace('use std::os::raw::{c_char, c_int, c_void};', '#[allow(unused_imports)]\nuse std::os::raw::{c_char, c_int, c_void};'))


if __name__ == '__main__':
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])
