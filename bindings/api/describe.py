#!/usr/bin/env python3
"""Describes the public headers for other languages: binnet-api.json.

usage: describe.py INCLUDE_DIRECTORY [OUTPUT [DEPFILE]]

The headers are regular, and this parser knows their form, not C:
  - `/** ... */` documents the declarations that follow it without a blank line between them
  - a field of it is `names   [in]|[out]|[in,out]   text`, the names being parameters
  - the length of an array is said in its field as `type[extent][extent]`, or anywhere in the text as `name[extent]` (also
    `double[n]` right after a name: "stimuli, double[n]"). An extent is an expression of parameters, constants and numbers, `^`
    being a power; a name that is no parameter is asked of an object among the parameters: `axes` of a diagram d is
    binnet_diagram_axes(d). An expression with anything else in it, such as J[i*n + j], is an index, not an extent
  - what a function does not say of a parameter, the function it names in "as binnet_..." does
  - a pointer to a number without a length is one number that is written. Before a length (`double *error, size_t n`) its field
    says "one number", else it counts as an array whose length is not said; the test `api description` refuses that
"""
import json
import os
import re
import sys

NUMBERS = ('double', 'float', 'char', 'uint8_t', 'int8_t', 'int32_t', 'uint32_t', 'int64_t', 'uint64_t', 'size_t')
# Names in extents whose accessor is called otherwise.
ACCESSORS = {'n': 'neurons', 'n_pop': 'populations', 'N': 'neurons'}

TOKEN = re.compile(r'''
    (?P<doc>/\*\*(?!/).*?\*/)
  | (?P<comment>/\*.*?\*/)
  | (?P<define>^[ \t]*\#[ \t]*define[ \t]+(?:[^\n\\]|\\\n|\\.)*)
  | (?P<directive>^[ \t]*\#(?:[^\n\\]|\\\n|\\.)*)
  | (?P<statement>(?:BINNET_API|typedef)\b[^;]*;)
  | (?P<other>extern\ "C"\ \{|\})
  | (?P<blank>\n[ \t]*\n)
''', re.X | re.S | re.M)


class HeaderError(Exception):
    pass


def comment_text(comment):
    """The text of a comment, without its frame; indentation and blank lines stay."""
    lines = re.sub(r'^/\*+|\*/$', '', comment.strip()).split('\n')
    lines = [lines[0].strip()] + [re.sub(r'^\s*\*?( |$)', '', line).rstrip() for line in lines[1:]]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return '\n'.join(lines)


def one_line(text):
    return re.sub(r'\s+', ' ', text).strip()


def constant_value(text):
    """Type and value of a constant, or None for what is not a number."""
    while text.startswith('(') and text.endswith(')'):
        text = text[1:-1].strip()
    if re.fullmatch(r'0x[0-9a-fA-F]+', text):
        text = str(int(text, 16))
    shift = re.fullmatch(r'1 << (\d+)', text)
    if shift:
        text = str(1 << int(shift.group(1)))
    if re.fullmatch(r'-?\d+', text):
        return 'int32_t' if -2**31 <= int(text) < 2**31 else 'int64_t', int(text)
    if text == 'UINT64_MAX':
        return 'uint64_t', 2**64 - 1
    if re.fullmatch(r'-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?', text):
        return 'double', float(text)
    return None


def split_parameters(text):
    depth, parts, part = 0, [], ''
    for c in text:
        depth += (c in '([') - (c in ')]')
        if c == ',' and depth == 0:
            parts.append(part)
            part = ''
        else:
            part += c
    return [one_line(p) for p in parts + [part] if p.strip() and p.strip() != 'void']


def parse_parameter(text):
    m = re.fullmatch(r'(.*?[\s*])(\w+)', text)
    if not m:
        raise HeaderError('parameter without a name: ' + text)
    return {'name': m.group(2), 'type': one_line(re.sub(r'\s*\*\s*', ' *', m.group(1))).replace('* *', '**')}


def parse_function(text):
    m = re.fullmatch(r'(.*?[\s*])(\w+)\s*\((.*)\)', one_line(text), re.S)
    if not m:
        raise HeaderError('cannot read: ' + text)
    return {'name': m.group(2), 'returns': one_line(m.group(1)),
            'parameters': [parse_parameter(p) for p in split_parameters(m.group(3))]}


class Headers:
    def __init__(self):
        self.constants, self.types, self.callbacks, self.functions = [], [], [], []
        self.topics = {}  # of each header: what the comment says that it begins with

    def read(self, path):
        name = os.path.basename(path)
        with open(path, encoding='utf-8') as f:
            source = f.read()
        first = re.match(r'/\*.*?\*/', source, re.S)
        self.topics[name] = comment_text(first.group()) if first else ''
        doc = None        # the /** */ that documents what follows
        members = []      # functions that share it
        heading = ''      # the last /* */ on lines of its own: of constants
        heading_end = -1  # where it ended
        trailing = None   # what a comment on the same line documents
        at = 0
        while True:
            m = TOKEN.search(source, at)
            if not m:
                break
            skipped = source[at:m.start()].strip()
            if skipped:
                raise HeaderError('%s: cannot read: %s' % (name, skipped[:100]))
            kind, text = m.lastgroup, m.group()
            # a comment inside a #define, of one line or going on
            at = m.end()
            if kind == 'blank':
                at = m.end() - 1
                doc, trailing = None, None
                if heading and source[m.end():m.end() + 2] == '/*':
                    heading = ''
            elif kind == 'doc':
                doc, members, trailing = comment_text(text), [], None
            elif kind == 'comment':
                same_line = '\n' not in source[source.rfind('\n', 0, m.start()) + 1:m.start()] and \
                    source[source.rfind('\n', 0, m.start()) + 1:m.start()].strip() != ''
                if same_line and trailing is not None:
                    trailing['doc'] = one_line(comment_text(text))
                else:
                    heading, heading_end = one_line(comment_text(text)), m.end()
            elif kind == 'define':
                trailing = self.read_define(name, text, heading)
                # a comment that the #define's line ends with may go on over lines that TOKEN did not take in
                open_at = text.rfind('/*')
                if open_at >= 0 and '*/' not in text[open_at:]:
                    end = source.index('*/', m.end()) + 2
                    if trailing is not None:
                        trailing['doc'] = one_line(comment_text(source[m.start() + open_at:end]))
                    at = end
            elif kind == 'statement':
                body = one_line(text.rstrip(';'))
                if body.startswith('typedef'):
                    above = heading if source[heading_end:m.start()] == '\n' else ''
                    trailing = self.read_typedef(name, body, doc or above)
                else:
                    function = parse_function(re.sub(r'^BINNET_API\s+', '', body))
                    function.update(header=name, doc=doc or '')
                    if doc is not None:
                        members.append(function['name'])
                        function['group'] = members
                    self.functions.append(function)
                    trailing = None
        if source[at:].strip():
            raise HeaderError('%s: cannot read: %s' % (name, source[at:].strip()[:100]))

    def read_define(self, header, text, heading):
        text = text.replace('\\\n', ' ')
        m = re.match(r'\s*#\s*define\s+(\w+)\s+(.*)', text, re.S)
        if not m or m.group(1) == 'BINNET_API':
            return None
        value, _, comment = m.group(2).partition('/*')
        number = constant_value(value.strip())
        if number is None:
            raise HeaderError('%s: %s is no number' % (header, m.group(1)))
        constant = {'name': m.group(1), 'header': header, 'type': number[0], 'value': number[1],
                    'doc': one_line(comment.replace('*/', '').replace('\n *', '\n')), 'group': heading}
        self.constants.append(constant)
        return constant

    def read_typedef(self, header, body, doc):
        m = re.fullmatch(r'typedef struct (\w+) (\w+)', body)
        if m:
            entry = {'name': m.group(2), 'header': header, 'doc': one_line(doc or '')}
            self.types.append(entry)
            return entry
        m = re.fullmatch(r'typedef (.*?)\(\*(\w+)\)\((.*)\)', body)
        if not m:
            raise HeaderError('%s: cannot read: %s' % (header, body))
        entry = {'name': m.group(2), 'header': header, 'returns': m.group(1).strip(), 'doc': doc or '',
                 'parameters': [parse_parameter(p) for p in split_parameters(m.group(3))]}
        self.callbacks.append(entry)
        return entry


# --- what the documentation says of the parameters

FIELD = re.compile(r'^(?P<names>\w+(?:,\s*\w+)*)(?:\s+\[(?P<direction>in|out|in,\s*out)\]|\s{2,}|$)\s*(?P<text>.*)$')
# what ends the fields: Returns, Accuracy, ... and plain paragraphs
AFTER = re.compile(r'^(Returns|Accuracy|Cost|Threads|Since)\b')


def doc_fields(doc, names):
    """Text and direction of each parameter that has a field in a documentation text."""
    fields, current, indent = {}, [], 0
    # "state [out] uint64_t[k]     p [out] double[k] or NULL": two fields in one line
    doc = re.sub(r'(?<=\S)(?: {2,}|(?<=\]), )(?=(\w+)\s+\[(?:in|out|in,\s*out)\])',
                 lambda m: '\n' if re.match(r'\w+', doc[m.end():]).group() in names else m.group(), doc)
    for line in doc.split('\n'):
        m = FIELD.match(line)
        found = [n.strip() for n in m.group('names').split(',')] if m else []
        if found and all(n in names for n in found) and (m.group('direction') or m.group('text') or line == m.group('names')):
            for n in found:
                fields[n] = {'text': m.group('text'), 'direction': (m.group('direction') or '').replace(' ', '')}
            current = found
        elif not line.strip() or AFTER.match(line) or not line.startswith(' '):
            current = []
        else:
            for n in current:
                fields[n]['text'] += ' ' + line.strip()
    return fields


BRACKETS = r'((?:\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)?\])+)'


def bracket_list(text):
    """The expressions in "[a][b[c]]"."""
    out, depth, part = [], 0, ''
    for c in text:
        if c == '[':
            depth += 1
            if depth == 1:
                part = ''
                continue
        if c == ']':
            depth -= 1
            if depth == 0:
                out.append(part.strip())
                continue
        part += c
    return out


class Extents:
    """Makes extents of the headers' notation for one function."""

    def __init__(self, function, accessors, constants):
        self.parameters = {p['name']: p for p in function['parameters']}
        self.accessors, self.constants = accessors, constants

    def resolve_name(self, name):
        p = self.parameters.get(name)
        if p is not None and ('*' not in p['type'] or p['type'] in ('const int64_t *', 'size_t *')):
            return name
        if name in self.constants:
            return name
        for p in self.parameters.values():
            m = re.fullmatch(r'const (binnet_\w+) \*', p['type'])
            if m:
                accessor = '%s_%s' % (m.group(1), ACCESSORS.get(name, name))
                if accessor in self.accessors:
                    return '%s(%s)' % (accessor, p['name'])
        return None

    def resolve(self, expression):
        """The expression with its names resolved; None when one cannot be."""
        if not re.fullmatch(r'[\w\s+*^()\[\]-]+', expression) or expression.strip() == '':
            return None
        bad = []

        def name(m):
            r = self.resolve_name(m.group())
            if r is None:
                bad.append(m.group())
            return r or m.group()
        out = re.sub(r'[A-Za-z_]\w*', name, expression)
        return None if bad else one_line(out)

    def shape(self, brackets):
        out = [self.resolve(e) for e in bracket_list(brackets)]
        return None if None in out else out


def array_shape(name, field, doc, extents):
    """(extents, the notation they are from); extents None when the notation says something that cannot be resolved."""
    kinds = '|'.join(NUMBERS)
    candidates = []
    if field is not None:
        candidates += re.findall(r'^(?:%s)?%s' % (kinds, BRACKETS), field['text'])
        candidates += re.findall(r'\b(?:%s)%s' % (kinds, BRACKETS), field['text'])
    # anywhere: name[extent], or "..., double[extent]" right after the name
    candidates += [c for c in re.findall(r'(?<![\w.])%s%s' % (name, BRACKETS), doc) if not re.fullmatch(r'(\[\d+\])+', c)]
    candidates += re.findall(r'(?<![\w.])%s(?:\[\w\])?,? (?:[\w, ]*, )?(?:%s)%s' % (name, kinds, BRACKETS), doc)
    for c in candidates:
        shape = extents.shape(c)
        if shape is not None:
            return shape, c
    # an extent that no parameter tells, such as the axes that regions were made with; an index is a short name, but for n
    told = [c for c in candidates if re.fullmatch(r'(\[(\w{2,}|n)\])+', c)] or [c for c in candidates[:1] if field is not None]
    return None, told[0] if told else ''


def describe_parameters(functions, types, callbacks, constants):
    by_name = {f['name']: f for f in functions}
    objects = {t['name'] for t in types}
    callback_names = {c['name'] for c in callbacks}
    accessors = {f['name'] for f in functions
                 if len(f['parameters']) == 1 and f['returns'] in ('size_t', 'uint64_t')}
    constant_names = {c['name'] for c in constants}

    def said_of(f, name, seen):
        """Field and shape of a parameter, from the function's own text or from one that it names."""
        if f['name'] in seen:
            return None
        seen.add(f['name'])
        names = {p['name'] for p in f['parameters']}
        field = f['_fields'].get(name)
        target = by_name[said_of.asked]
        shape, notation = array_shape(name, field, f['doc'], Extents(target, accessors, constant_names))
        if field is not None and shape is None and not notation and re.search(r'\bas above\b', field['text']):
            k = functions.index(f)
            for g in reversed(functions[max(0, k - 4):k]):
                found = said_of(g, name, seen) if g['header'] == f['header'] and name in {p['name'] for p in g['parameters']} else None
                if found is not None and (found[1] is not None or found[2]):
                    return field, found[1], found[2], f
        if field is not None or shape is not None or notation:
            return field, shape, notation, f
        for other in re.findall(r'\bbinnet_\w+', f['doc']):
            g = by_name.get(other)
            if g is not None and name in {p['name'] for p in g['parameters']}:
                found = said_of(g, name, seen)
                if found is not None:
                    return found
        # "as above", "the same": the function before it in the header
        if re.search(r'\b(above|the same)\b', f['doc'], re.I):
            k = functions.index(f)
            for g in reversed(functions[max(0, k - 4):k]):
                if g['header'] == f['header'] and name in {p['name'] for p in g['parameters']}:
                    found = said_of(g, name, seen)
                    if found is not None:
                        return found
        return None

    for f in functions:
        f['_fields'] = doc_fields(f['doc'], {p['name'] for p in f['parameters']})
    for f in functions:
        said_of.asked = f['name']
        every_null = re.search(r'\b(each( output)?|outputs|either) may be NULL\b', one_line(f['doc']), re.I) is not None
        for p in f['parameters']:
            t = p['type']
            base = t.replace('const ', '').replace('*', '').replace('const', '').strip()
            pointers = t.count('*')
            found = said_of(f, p['name'], set())
            field, shape, notation, source = found if found else (None, None, '', f)
            p['direction'] = 'in'
            p['doc'] = one_line(field['text']) if field else ''
            nullable = bool(field and re.search(r'\bNULL\b', field['text'])) or \
                re.search(r'(?<![\w.])%s%s or NULL' % (p['name'], BRACKETS), source['doc']) is not None
            if base == 'binnet_ctx' and pointers == 1:
                p['kind'] = 'ctx'
            elif base in objects and pointers == 2 and not t.startswith('const'):
                p.update(kind='object', direction='out', object=base)
            elif base in objects and pointers == 2:
                p.update(kind='objects', object=base, shape=shape)
            elif base in objects:
                p.update(kind='object', object=base)
                if nullable:
                    p['nullable'] = True
            elif base in callback_names:
                p.update(kind='callback', callback=base, nullable=nullable)
            elif base == 'void' and pointers in (1, 2):
                p['kind'] = 'user'
            elif base == 'char' and pointers == 1 and t.startswith('const') and shape is None and not notation:
                p['kind'] = 'text'
            elif base == 'char' and pointers == 2 and t.startswith('const'):
                p.update(kind='texts', shape=shape, nullable=nullable)
            elif pointers == 0:
                p['kind'] = 'value'
            elif pointers == 1 and base in NUMBERS:
                constant = t.startswith('const')
                p['direction'] = 'in' if constant else 'out'
                if field and field['direction'] == 'in,out':
                    p['direction'] = 'inout'
                if shape is None and not constant and not notation:
                    p['kind'] = 'number'
                    nullable = nullable or every_null
                else:
                    p.update(kind='array', shape=shape)
                    if shape is None:
                        p['notation'] = notation
                    if not constant and every_null:
                        nullable = True
                p['element'] = base
                p['nullable'] = nullable
            else:
                raise HeaderError('%s: parameter %s has type %s' % (f['name'], p['name'], t))
        doubt_numbers(f)
        since = re.search(r'Since\s+(\d+\.\d+)', f['doc'])
        f['since'] = since.group(1) if since else ''
    for f in functions:
        del f['_fields']
        f['brief'] = one_line(re.split(r'(?<=[.:;])\s', one_line(f['doc'].split('\n\n')[0]) + ' ')[0]).rstrip(':;')


def doubt_numbers(f):
    """"A length follows its array": a number that is written, before a length that no input has, is an array whose length is not
    said, and so are numbers of its type before it; unless its field says "one number"."""
    parameters = f['parameters']
    if f['name'].endswith('_estimate'):
        return
    for k in range(1, len(parameters)):
        length = parameters[k]
        if length['type'] != 'size_t' or length['kind'] != 'value':
            continue
        if any(length['name'] in re.findall(r'\w+', e) for p in parameters if p['direction'] == 'in' for e in p.get('shape') or []):
            continue
        for p in reversed(parameters[:k]):
            if p['kind'] != 'number' or p['element'] != parameters[k - 1].get('element') or 'one number' in p['doc']:
                break
            p.update(kind='array', shape=None, notation='')


def read_headers(directory, order):
    headers = Headers()
    for name in order:
        headers.read(os.path.join(directory, name))
    return headers


def describe(include):
    directory = os.path.join(include, 'binnet')
    with open(os.path.join(directory, 'binnet.h'), encoding='utf-8') as f:
        order = re.findall(r'^#include "(\w+\.h)"', f.read(), re.M)
    headers = read_headers(directory, order)
    describe_parameters(headers.functions, headers.types, headers.callbacks, headers.constants)
    version = {c['name']: c['value'] for c in headers.constants}
    version = '.'.join(str(version['BINNET_VERSION_' + part]) for part in ('MAJOR', 'MINOR', 'PATCH'))
    return {
        'library': 'binnet',
        'version': version,
        'headers': order,
        'topics': headers.topics,
        'constants': headers.constants,
        'types': headers.types,
        'callbacks': headers.callbacks,
        'functions': headers.functions,
        'files': describe_files(directory, order, version),
    }


def describe_files(directory, order, version):
    """libbinnet-files in the same manner, under a key of its own: a program may have the one library without the other."""
    headers = read_headers(directory, order + ['files.h'])
    describe_parameters(headers.functions, headers.types, headers.callbacks, headers.constants)
    return {
        'library': 'binnet-files',
        'version': version,
        'headers': ['files.h'],
        'topics': {'files.h': headers.topics['files.h']},
        **{key: [entry for entry in getattr(headers, key) if entry['header'] == 'files.h']
           for key in ('constants', 'types', 'callbacks', 'functions')},
    }


def main(arguments):
    if not 2 <= len(arguments) <= 4:
        sys.exit(__doc__)
    try:
        description = describe(arguments[1])
    except (HeaderError, OSError) as error:
        sys.exit('describe.py: %s' % error)
    text = json.dumps(description, indent=1, ensure_ascii=False) + '\n'
    if len(arguments) == 4:
        read = [os.path.join(arguments[1], 'binnet', name) for name in description['headers'] + ['binnet.h', 'files.h']]
        with open(arguments[3], 'w', encoding='utf-8') as f:
            f.write('%s: %s\n' % (arguments[2], ' '.join(name.replace(' ', '\\ ') for name in read)))
    if len(arguments) > 2:
        with open(arguments[2], 'w', encoding='utf-8') as f:
            f.write(text)
    else:
        sys.stdout.write(text)


if __name__ == '__main__':
    main(sys.argv)
