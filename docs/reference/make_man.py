#!/usr/bin/env python3
"""Manual pages of section 3, in mdoc, from binnet-api.json: one for each function or group that shares a text (the other names
lead there), one for each header, and binnet(3).

usage: make_man.py API_JSON FOLDER     FOLDER is made anew
"""
import datetime
import json
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'bindings', 'api'))
import doc_text

INTRODUCTION = '''The functions of libbinnet compute without approximation what small networks of binary neurons do: \
attractors and bifurcation diagrams, the Markov chain of the noisy network and its stationary law, correlations, \
information, permanents, order statistics, and the statistics of random wiring.

Programs are built with the words of pkg-config(1): cc program.c $(pkg-config --cflags --libs binnet).

The order of arguments is the ctx, what is written, what is read; the length of an array follows it. A function that can \
fail returns one of the codes of binnet-base(3), and leaves one line about the failure in its ctx, \
binnet_ctx_message(3). Lengths are size_t; a state is a uint64_t whose bit i is the activity of neuron i; arrays are double, \
row after row, J[i*n + j] the weight from j to i. Objects do not change once made, and may be read from many threads; a ctx \
serves one thread at a time.'''

SPECIAL = {'\\': r'\e', "'": r'\(aq', '`': r'\(ga', '^': r'\(ha', '~': r'\(ti'}


def escape(text):
    return re.sub(r"[\\'`^~]", lambda m: SPECIAL[m.group()], text)


def argument(text):
    """One argument of a macro."""
    return '"' + escape(text).replace('"', r'\(dq') + '"'


def guard(line):
    return r'\&' + line if line[:1] in ('.', "'") else line


def wrap(text, width=78):
    """Input lines: new ones where sentences begin, none too long; several blanks stay."""
    out = []
    for sentence in re.split(r'(?<=[.?]) +(?=[A-Z(])|(?<=[.?]\)) +(?=[A-Z(])', text.strip()):
        line = ''
        for word in re.findall(r'\S+\s*', sentence):
            if line and len(escape((line + word).rstrip())) > width:
                out.append(line.rstrip())
                line = ''
            line += word
        out.append(line.rstrip())
    return [guard(escape(line)) for line in out if line]


def paragraph(blocks):
    """Blocks as mdoc."""
    out = []
    for k, block in enumerate(blocks):
        if block.kind == 'text':
            out += ['.Pp'] * (k > 0) + wrap(block.lines[0])
        elif block.kind == 'lines':
            out += ['.Bd -ragged -offset Ds' if k > 0 else '.Bd -ragged -compact']
            for n, line in enumerate(block.lines):
                out += ['.br'] * (n > 0) + wrap(line)
            out.append('.Ed')
        else:
            out += ['.Bd -literal -offset Ds']
            for line in block.lines:
                # a long line goes on behind \c
                while len(escape(line)) > 78:
                    cut = line.rfind(' ', 0, 70)
                    cut = cut if cut > 0 else 70
                    out.append(guard(escape(line[:cut])) + r'\c')
                    line = line[cut:]
                out.append(guard(escape(line)))
            out.append('.Ed')
    return out


def references(text):
    return re.findall(r'\bbinnet_\w+', text)


class Manual:
    """Pages of one library; what those of `others` describe may be referred to."""

    def __init__(self, api, folder, include='binnet/binnet.h', others=()):
        self.api, self.folder, self.include = api, folder, include
        known = [*others, api]
        self.functions = {f['name']: f for a in known for f in a['functions']}
        self.constants = {c['name']: c for a in known for c in a['constants']}
        self.library = 'lib%s (\\-l%s)' % (api['library'], api['library'])
        self.groups = doc_text.groups(api['functions'])
        stamp = datetime.datetime.fromtimestamp(int(os.environ.get('SOURCE_DATE_EPOCH') or api_time()), datetime.timezone.utc)
        self.date = '%s %d, %d' % (stamp.strftime('%B'), stamp.day, stamp.year)

    def head(self, title):
        return ['.\\" Made from binnet-api.json by docs/reference/make_man.py.', '.Dd ' + self.date, '.Dt %s 3' % title.upper(),
                '.Os']

    def write(self, name, lines):
        with open(os.path.join(self.folder, name + '.3'), 'w', encoding='utf-8') as f:
            f.write('\n'.join(lines) + '\n')

    def prototype(self, f):
        out = ['.Ft ' + argument(f['returns']), '.Fo ' + f['name']]
        for p in f['parameters']:
            # groff does not break within an argument unless told where
            long = len(f['name']) + len(doc_text.declared(p)) > 68
            out.append('.Fa ' + argument(doc_text.declared(p)).replace(' *', r'\: *' if long else ' *'))
        return out + ['.Fa void'] * (not f['parameters']) + ['.Fc']

    def parameters(self, group):
        out, seen = [], set()
        for f in group:
            for p in f['parameters']:
                if p['name'] in seen:
                    continue
                seen.add(p['name'])
                text = doc_text.field_text(p['doc'])
                if p['kind'] == 'ctx' and not text:
                    text = 'parameters, limits, the message of a failure'
                if p['kind'] == 'object' and p['direction'] == 'out' and not text:
                    text = 'what is made, or NULL on failure'
                shape = doc_text.type_with_shape(p)
                said = [] if p['direction'] == 'in' and p['kind'] != 'array' else [{'inout': 'in and out'}.get(p['direction'], p['direction'])]
                if shape and not text.startswith(shape.split('[')[0] + '['):
                    said.append(shape)
                if p.get('nullable') and 'NULL' not in text:
                    said.append('may be NULL')
                if not text and not said:
                    continue
                text = ('(' + ', '.join(said) + ') ' if said else '') + text
                out += ['.It Fa ' + p['name']] + wrap(text)
        return ['.Sh PARAMETERS', '.Bl -tag -width multiplicity'] + out + ['.El'] if out else []

    def returns(self, text):
        codes, rest = doc_text.status_codes(text)
        if not codes:
            return ['.Sh RETURN VALUES'] + wrap(text[:1].upper() + text[1:])
        out = ['.Sh RETURN VALUES', '.Bl -tag -width BINNET_E_UNSUPPORTED']
        for code, when in codes:
            out += ['.It Dv ' + code] + wrap(doc_text.code_text(self.constants, code, when))
        return out + ['.El'] + wrap(rest)

    def see_also(self, group, text, before):
        names = {f['name'] for f in group}
        found = sorted({n for n in references(text) if n in self.functions} - names)
        if before and re.search(r'\b(above|[Tt]he same)\b', text) and before[0]['name'] not in names:
            found = sorted(set(found) | {before[0]['name']})
        topic = 'binnet-' + group[0]['header'].removesuffix('.h').replace('_', '-')
        out = ['.Sh SEE ALSO']
        pages = [topic] + found
        for k, page in enumerate(pages):
            out.append('.Xr %s 3' % page + (' ,' if k + 1 < len(pages) else ''))
        return out

    def function_page(self, group, before):
        names = [f['name'] for f in group]
        parameter_names = {p['name'] for f in group for p in f['parameters']}
        doc = group[0]['doc']
        text = doc_text.take_apart(doc, parameter_names)
        out = self.head(names[0]) + ['.Sh NAME']
        out += ['.Nm ' + n + (' ,' if n != names[-1] else '') for n in names]
        brief = group[0]['brief'].rstrip('.,:; ')
        out += ['.Nd ' + escape(brief[:1].lower() + brief[1:] if re.match(r'[A-Z][a-z]|A ', brief) else brief)
                + (r'\&' if brief[-1:] in ')]' else '')]
        out += ['.Sh LIBRARY', self.library, '.Sh SYNOPSIS', '.In ' + self.include]
        for f in group:
            out += self.prototype(f)
        out += ['.Sh DESCRIPTION'] + paragraph(text.blocks) + self.parameters(group)
        if 'Returns' in text.sections:
            out += self.returns(text.sections['Returns'])
        for label, heading in (('Accuracy', 'ACCURACY'), ('Cost', 'COST'), ('Threads', 'THREADS')):
            if label in text.sections:
                said = text.sections[label]
                out += ['.Sh ' + heading] + wrap(said[:1].upper() + said[1:] if re.match(r'[a-z]{2,} ', said) else said)
        out += self.see_also(group, doc + ' '.join(p['doc'] for f in group for p in f['parameters']), before)
        if text.since:
            out += ['.Sh HISTORY', 'Since libbinnet %s.' % text.since]
        self.write(names[0], out)
        for name in names[1:]:
            self.write(name, ['.so man3/%s.3' % names[0]])

    def topic_page(self, header):
        topic = 'binnet-' + header.removesuffix('.h').replace('_', '-')
        groups = [g for g in self.groups if g[0]['header'] == header]
        constants = [c for c in self.api['constants'] if c['header'] == header]
        entries = [e for e in self.api['types'] + self.api['callbacks'] if e['header'] == header]
        paragraphs = doc_text.topic_paragraphs(self.api, header)
        about = re.split(r'(?<=[^.]\.) ', paragraphs[0])[0]
        out = self.head(topic) + ['.Sh NAME', '.Nm ' + topic, '.Nd ' + escape(about[:1].lower() + about[1:]).rstrip('.'),
                                  '.Sh SYNOPSIS', '.In ' + self.include, '.Sh DESCRIPTION']
        for k, text in enumerate(paragraphs):
            out += ['.Pp'] * (k > 0) + wrap(text)
        if groups:
            out += ['.Ss Functions', '.Bl -tag -width Ds']
            for g in groups:
                for f in g:
                    out.append('.It Xr %s 3' % f['name'])
                out += wrap(g[0]['brief'])
            out.append('.El')
        if entries:
            out += ['.Ss Types', '.Bl -tag -width Ds']
            for e in entries:
                out += ['.It Vt ' + e['name']]
                if 'parameters' in e:
                    out += wrap('%s (*)(%s):' % (e['returns'], ', '.join(doc_text.declared(p) for p in e['parameters'])))
                out += wrap(doc_text.describe.one_line(e['doc']))
            out.append('.El')
        if constants:
            out.append('.Ss Constants')
            heading, listed = None, False
            for c in constants:
                if c['group'] != heading:
                    out += ['.El'] * listed + (['.Pp'] if heading is not None else [])
                    heading, listed = c['group'], False
                    out += wrap(heading) if heading not in paragraphs else []
                if not listed:
                    out = out[:-1] if out[-1] == '.Pp' else out
                    out.append('.Bl -tag -width Ds')
                    listed = True
                out += ['.It Dv %s No %s' % (c['name'], doc_text.constant_text(c))] + wrap(c['doc'])
            out.append('.El')
        self.write(topic, out + ['.Sh SEE ALSO', '.Xr binnet 3'])
        return topic, about

    def overview(self, topics):
        out = self.head('binnet') + ['.Sh NAME', '.Nm binnet', '.Nd exact mathematics of small networks of binary neurons',
                                     '.Sh LIBRARY', 'libbinnet (\\-lbinnet)', '.Sh SYNOPSIS', '.In binnet/binnet.h', '.Sh DESCRIPTION']
        for k, part in enumerate(INTRODUCTION.split('\n\n')):
            out += ['.Pp'] * (k > 0) + wrap(part)
        out += ['.Ss Topics', '.Bl -tag -width Ds']
        for name, about in topics:
            out += ['.It Xr %s 3' % name] + wrap(about)
        self.write('binnet', out + ['.El', '.Sh SEE ALSO', '.Xr binnet 1'])

    def make(self):
        """What binnet(3) lists: topics and what they are about."""
        before = None
        for group in self.groups:
            self.function_page(group, before if before and before[0]['header'] == group[0]['header'] else None)
            before = group
        return [self.topic_page(h) for h in self.api['headers']]


def api_time():
    return os.stat(sys.argv[1]).st_mtime


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding='utf-8') as f:
        description = json.load(f)
    shutil.rmtree(sys.argv[2], ignore_errors=True)
    os.makedirs(sys.argv[2])
    manual = Manual(description, sys.argv[2])
    files = Manual(description['files'], sys.argv[2], 'binnet/files.h', [description])
    manual.overview(manual.make() + files.make())
