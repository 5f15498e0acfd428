"""Every function of the C libraries, checked: `lowlevel.law_mean(mean, n, law)` calls binnet_law_mean.

The functions are made from binnet-api.json, the description of the C headers that the package was built from, when they are first
asked for; help() of each shows its documentation there. `lowlevel.functions()` lists them. Arguments are those of C, in the same
order, but for

  - ctx, which is taken from a pool and has the options of `binnet.options`
  - texts, which are str (UTF-8), bytes or paths
  - numbers and objects that the call writes: they are returned, as a tuple when there are several
  - arrays, which are C-contiguous numpy arrays of the very type, or None for NULL: type, order and size are checked before the call

Objects are those of the package or the pointers that calls here return, which free themselves. A status code is raised as an
exception of binnet.errors; BINNET_E_UNDEFINED is a warning where all arrays and numbers were written, some entries of which are NaN,
and an UndefinedError where the call left one of them as it was.
Constants have their C names: lowlevel.BINNET_TIE_KEEP. `lib` and `ffi` are those of cffi, unchecked.
"""
from __future__ import annotations

import struct
import sys
import warnings

from . import _context
from ._native import ffi, lib
from .errors import UndefinedWarning, error_of

_api = None
_functions: dict = {}


def description() -> dict:
    """binnet-api.json, which the package was built from."""
    global _api
    if _api is None:
        import json
        import os
        with open(os.path.join(os.path.dirname(__file__), 'binnet-api.json'), encoding='utf-8') as f:
            api = json.load(f)
        if hasattr(lib, 'binnet_import_new'):  # built with libbinnet-files
            for key in ('constants', 'types', 'functions'):
                api[key] += api['files'][key]
        _functions.update({f['name']: f for f in api['functions']})
        _api = api
    return _api


def functions() -> list:
    """Names of all functions here."""
    return [f['name'][len('binnet_'):] for f in description()['functions']]


class unchecked:
    """An array whose length the description does not tell, where the caller has checked it."""

    def __init__(self, array):
        self.array = array


# --- what the made functions stand on

_DTYPES = {'double': 'float64', 'int32_t': 'int32', 'int64_t': 'int64', 'uint64_t': 'uint64', 'uint32_t': 'uint32',
           'size_t': 'uint64' if sys.maxsize > 2**32 else 'uint32', 'uint8_t': 'uint8', 'char': 'uint8'}


def _array(name, array, element, size, write):
    """Pointer to an array's numbers; size < 0: not known."""
    if array is None:
        return ffi.NULL
    if size < 0:
        if not isinstance(array, unchecked):
            raise TypeError('%s: its length cannot be checked; pass lowlevel.unchecked(array)' % name)
        array = array.array
        size = array.size
    dtype = getattr(array, 'dtype', None)
    if dtype is None or dtype.char == 'O' or dtype.name != _DTYPES[element] or not dtype.isnative:
        raise TypeError('%s must be a numpy array of %s, not of %s' % (name, _DTYPES[element], dtype or type(array).__name__))
    if not array.flags.c_contiguous or not array.flags.aligned:
        raise ValueError('%s must be C-contiguous and aligned' % name)
    if array.size != size:
        raise ValueError('%s must have %d entries, not %d' % (name, size, array.size))
    return ffi.from_buffer(element + '[]', array, write)


def _object(x):
    if x is None:
        return ffi.NULL
    return getattr(x, '_ptr', x)


def _objects(name, kind, objects, size):
    if size >= 0 and len(objects) != size:
        raise ValueError('%s must have %d entries, not %d' % (name, size, len(objects)))
    return ffi.new('%s *[]' % kind, [_object(x) for x in objects])


def _text(name, text):
    """char[] with a 0 behind it."""
    if text is None:
        return ffi.NULL
    if not isinstance(text, (str, bytes)):
        import os
        text = os.fspath(text)
    if isinstance(text, str):
        text = text.encode('utf-8', 'surrogateescape')
    if b'\0' in text:
        raise ValueError('%s: it has a character 0' % name)
    return ffi.new('char[]', text)


def _text_or_none(text):
    return ffi.string(text).decode('utf-8', 'surrogateescape') if text else None


def _power(a, b):
    return a**b if b <= 63 else 2**63


def _own(out, free):
    return ffi.gc(out[0], free) if out[0] else None


def made_anyway(function, kind, code, *arguments):
    """An object that a function of the library makes with `code` too: (object, None), or (object, the exception of that code)."""
    out = ffi.new(kind + ' **')
    context = _context.acquire()
    try:
        got = function(context.ptr, out, *map(_object, arguments))
        made = _own(out, getattr(lib, kind + '_free'))
        if got and (got != code or made is None):
            _failed(context, got, arguments)
        _check_callbacks(arguments)
        return made, error_of(got, context.message()) if got else None
    finally:
        _context.release(context)


def _check_callbacks(arguments):
    """Raises what the caller's functions raised in the call."""
    for x in arguments:
        for holder in getattr(x, '_holders', ()):
            pending, holder.pending = holder.pending, None
            if pending is not None:
                raise pending


def _failed(context, code, arguments):
    message = context.message()
    pending, context.pending = context.pending, None
    if pending is not None:
        raise pending
    _check_callbacks(arguments)
    raise error_of(code, message)


# What numbers and the ends of arrays hold before a call that may leave them as they were: a NaN that no arithmetic makes, and the
# least number. Other elements are never all that a call writes.
_MARKS = {'double': struct.pack('=Q', 0x7ff8_6269_6e6e_6574), 'int32_t': struct.pack('=i', -2**31)}


def _ends(p, element, count):
    """Memory of the first and the last element."""
    size = ffi.sizeof(element)
    return ffi.buffer(p + 0, size), ffi.buffer(p + (count - 1), size)


def _mark(p, element):
    """Marks both ends of what a call will write, a number or an array: None when there is nothing to write."""
    count = 0 if not p else len(p) if ffi.typeof(p).kind == 'array' else 1
    if not count:
        return None
    ends = _ends(p, element, count)
    before = [bytes(end) for end in ends]
    for end in ends:
        end[:] = _MARKS[element]
    return ends, _MARKS[element], before


def _is_marked(mark):
    ends, value, _ = mark
    return all(bytes(end) == value for end in ends)


def _all_written(marks):
    return not any(mark and _is_marked(mark) for mark in marks)


def _take_back(marks):
    """What a call left as it was is as it was."""
    for mark in marks:
        if mark and _is_marked(mark):
            ends, _, before = mark
            for end, value in zip(ends, before):
                end[:] = value


def _undefined(context):
    warnings.warn(context.message() if context is not None else 'some entries are not defined', UndefinedWarning, stacklevel=4)


def _extent(text):
    import re
    text = re.sub(r'\bbinnet_\w+\((\w+)\)', r'lib.\g<0>', text)
    text = re.sub(r'(lib\.binnet_\w+)\((\w+)\)', r'\1(_object(\2))', text)
    text = re.sub(r'\bBINNET_\w+', r'lib.\g<0>', text)
    term = r'(lib\.\w+\(_object\(\w+\)\)|lib\.\w+|\w+|\([^()]*\))'
    return re.sub(term + r'\s*\^\s*' + term, r'_power(\1, \2)', text)


def _size(p):
    return '-1' if p['shape'] is None else ' * '.join('(%s)' % _extent(s) for s in p['shape'])


def _keyword(name):
    import keyword
    return name + '_' if keyword.iskeyword(name) else name


def _is_status(f):
    return f['returns'] == 'int32_t' and any(p['kind'] == 'ctx' or p['direction'] != 'in' for p in f['parameters'])


def _source(f):
    """Python source of the function for a description, and its global names."""
    arguments, before, actual, results, objects, read, marks = [], [], [], [], [], [], []
    use_context = any(p['kind'] == 'ctx' and p['direction'] == 'in' for p in f['parameters']) and \
        not f['name'].startswith('binnet_ctx_')
    for p in f['parameters']:
        name, kind = _keyword(p['name']), p['kind']
        raw = 'p_' + name
        if kind == 'ctx' and use_context:
            actual.append('context.ptr')
        elif kind == 'number' and p['direction'] != 'in':
            before.append("%s = ffi.new('%s *'%s)" % (raw, p['element'], ', ' + name if p['direction'] == 'inout' else ''))
            if p['direction'] == 'inout':
                arguments.append(name)
            elif p['element'] in _MARKS:
                marks.append("_mark(%s, '%s')" % (raw, p['element']))
            actual.append(raw)
            results.append(raw + '[0]')
        elif kind == 'object' and p['direction'] == 'out':
            before.append("%s = ffi.new('%s **')" % (raw, p['object']))
            actual.append(raw)
            results.append('_own(%s, lib.%s_free)' % (raw, p['object']))
            objects.append(raw)
        else:
            arguments.append(name)
            if kind in ('object', 'ctx'):
                read.append(name)
                before.append('%s = _object(%s)' % (raw, name))
                actual.append(raw)
            elif kind == 'array':
                before.append("%s = _array('%s', %s, '%s', %s, %s)" %
                              (raw, name, name, p['element'], _size(p), p['direction'] != 'in'))
                if p['direction'] == 'out' and p['element'] in _MARKS:
                    marks.append("_mark(%s, '%s')" % (raw, p['element']))
                actual.append(raw)
            elif kind == 'objects':
                before.append("%s = _objects('%s', '%s', %s, %s)" % (raw, name, p['object'], name, _size(p)))
                actual.append(raw)
            elif kind == 'text':
                before.append("%s = _text('%s', %s)" % (raw, name, name))
                actual.append(raw)
            elif kind == 'texts':
                before.append("q_%s = [_text('%s', x) for x in %s]" % (name, name, name))
                before.append("%s = _objects('%s', 'const char', q_%s, %s)" % (raw, name, name, _size(p)))
                actual.append(raw)
            else:
                actual.append('ffi.NULL if %s is None else %s' % (name, name) if kind in ('callback', 'user') else name)
    # numbers that are written and extents that mention them: in the order of dependence, arrays last
    before.sort(key=lambda line: '_array(' in line or '_objects(' in line)
    before.sort(key=lambda line: 'row_ptr[n]' in line)
    call = 'lib.%s(%s)' % (f['name'], ', '.join(actual))
    given = '(%s,)' % ', '.join(arguments) if arguments else '()'
    value = results[0] if len(results) == 1 else '(%s)' % ', '.join(results) if results else 'None'
    lines = list(before)
    if _is_status(f):
        undefined = ' and '.join(['code == lib.BINNET_E_UNDEFINED'] + [o + '[0]' for o in objects[:1]] +
                                 ['_all_written(marks)'] * bool(marks))
        if use_context:
            if marks:
                lines.append('marks = [%s]' % ', '.join(marks))
            lines += ['context = _context.acquire()', 'try:',
                      '    code = ' + call,
                      '    if code:',
                      '        if %s:' % undefined,
                      '            _undefined(context)',
                      '        else:'] + \
                     ['            _take_back(marks)'] * bool(marks) + \
                     ['            _failed(context, code, %s)' % given]
            if read:
                lines.append('    _check_callbacks((%s,))' % ', '.join(read))
            lines += ['finally:', '    _context.release(context)']
        else:
            lines += ['code = ' + call, 'if code:', '    raise error_of(code)']
        lines.append('return ' + value)
    elif f['returns'] == 'const char *':
        lines.append('return %s if raw else _text_or_none(%s)' % (call, call))
        arguments.append('raw=False')
    else:
        lines.append('return ' + call)
    return 'def %s(%s):\n' % (f['name'][len('binnet_'):], ', '.join(arguments)) + ''.join('    %s\n' % line for line in lines)


def __getattr__(name):
    if name.startswith('BINNET_'):
        return getattr(lib, name)
    if name.startswith('__'):
        raise AttributeError(name)
    description()
    f = _functions.get('binnet_' + name)
    if f is None:
        raise AttributeError('libbinnet has no function binnet_%s' % name)
    scope = globals().copy()
    exec(compile(_source(f), '<binnet.lowlevel.%s>' % name, 'exec'), scope)
    function = scope[name]
    function.__doc__ = f['doc']
    function.__module__ = __name__
    globals()[name] = function
    return function


def __dir__():
    return sorted(list(globals()) + functions() + [c['name'] for c in description()['constants']])
