"""The documentation texts of binnet-api.json taken apart: what a page shows as paragraphs, formulas, tables and sections.

take_apart(doc, names) gives a Text:
  blocks      of the description: Block(kind, lines)
                'text'     one paragraph
                'lines'    a paragraph whose line breaks mean something: formulas, columns
                'literal'  indented lines, as they stand
  sections    {'Returns' | 'Accuracy' | 'Cost' | 'Threads': text}
  since       '0.1' or ''
The fields of parameters are left out: describe.py reads them, with those that another function's text has.
"""
import collections
import re

import describe

Block = collections.namedtuple('Block', 'kind lines')
Text = collections.namedtuple('Text', 'blocks sections since')

LABEL = re.compile(r'(?:(?<=\n)|(?<=\A)|(?<=[.;:)] )|(?<= {2}))[ ]*(Returns|Accuracy|Cost|Threads)(?::|\b)(?= )|\bSince\s+(\d+\.\d+)\.?')


def split_labels(paragraph):
    """[(label or '', text)], and since when."""
    parts, since, at, label = [], '', 0, ''
    for m in LABEL.finditer(paragraph):
        parts.append((label, paragraph[at:m.start()]))
        at = m.end()
        if m.group(1):
            label = m.group(1)
        else:
            since = m.group(2)
            label = label if paragraph[at:at + 1] not in ('', '\n') else ''
    parts.append((label, paragraph[at:]))
    return parts, since


def without_fields(lines, names):
    """The lines that are not of fields of parameters."""
    out, in_field = [], False
    for line in lines:
        m = describe.FIELD.match(line)
        found = [n.strip() for n in m.group('names').split(',')] if m else []
        if found and all(n in names for n in found) and (m.group('direction') or m.group('text') or line == m.group('names')):
            in_field = True
        elif in_field and line.startswith(' '):
            continue
        else:
            in_field = False
            out.append(line)
    return out


def breaks_mean_something(lines):
    if len(lines) < 2:
        return False
    widest = max(len(line) for line in lines)
    for k, line in enumerate(lines):
        if re.search(r'\S {3,}\S', line):
            return True
        if k + 1 < len(lines) and (line.endswith(':') or len(line) + 20 + len(lines[k + 1].split(' ', 1)[0]) < widest):
            return True
    return False


def description_blocks(lines):
    """Blocks of a paragraph: indented lines stand as they are."""
    out, at = [], 0
    while at < len(lines):
        end = at
        if re.match(r' {2,}', lines[at]) and at > 0 or re.match(r' {2,}', lines[0]):
            while end < len(lines) and re.match(r' {2,}', lines[end]):
                end += 1
            if end == at:
                end = at + 1
            indent = min(len(line) - len(line.lstrip()) for line in lines[at:end])
            out.append(Block('literal', [line[indent:] for line in lines[at:end]]))
        else:
            while end < len(lines) and not (re.match(r' {2,}', lines[end]) and end > at):
                end += 1
            part = [line.strip() for line in lines[at:end]]
            if breaks_mean_something(part):
                out.append(Block('lines', part))
            else:
                out.append(Block('text', [describe.one_line(' '.join(part))]))
        at = end
    return out


def take_apart(doc, names):
    blocks, sections, since = [], {}, ''
    for paragraph in re.split(r'\n\s*\n', doc):
        lines = without_fields(paragraph.split('\n'), names)
        parts, found = split_labels('\n'.join(lines))
        since = found or since
        for label, text in parts:
            if label:
                sections[label] = describe.one_line(sections.get(label, '') + ' ' + text)
            else:
                kept = [line for line in text.split('\n') if line.strip() and line.strip() != '.']
                if kept:
                    blocks += description_blocks(kept)
    return Text(blocks, {k: v for k, v in sections.items() if v}, since)


def status_codes(text):
    """([(code, when)], what else is said) of a "Returns" text."""
    parts, depth, part = [], 0, ''
    for c in text:
        depth += (c == '(') - (c == ')')
        if c == ';' and depth == 0:
            parts.append(part.strip())
            part = ''
        else:
            part += c
    parts.append(part.strip())
    codes = []
    for k, part in enumerate(parts):
        m = re.fullmatch(r'(?:else )?(BINNET_OK|BINNET_E_\w+)(?:\s+\((.*)\)|(:.*))?([.,](?:\s.*)?)?', part, re.S)
        if not m or m.group(4) and m.group(4).strip('., ') and k + 1 < len(parts):
            return [], text
        codes.append((m.group(1), (m.group(2) or (m.group(3) or '')[1:]).strip()))
        if m.group(4) and m.group(4).strip('., '):
            return codes, m.group(4).lstrip('., ').strip()
    return codes, ''


def groups(functions):
    """The functions in the order of the headers, those with one text together."""
    out = []
    for f in functions:
        if out and f['doc'] and f.get('group') and f['group'][0] == out[-1][0]['name']:
            out[-1].append(f)
        else:
            out.append([f])
    return out


def field_text(text):
    """A field without its notation: braces that hold lines together, columns."""
    return re.sub(r'\s+}(\s+|$)', lambda m: ', ' if m.group(1) else '', describe.one_line(text))


def type_with_shape(p):
    """How a parameter is declared, for reading: double[n][n]."""
    if p.get('shape'):
        return (p.get('element') or p['type']) + ''.join('[%s]' % e for e in p['shape'])
    return ''


def declared(p):
    """A parameter as C declares it."""
    return p['type'] + ('' if p['type'].endswith('*') else ' ') + p['name']


def topic_paragraphs(api, header):
    """What a header begins with."""
    return [describe.one_line(t) for t in re.split(r'\n\s*\n', api['topics'][header])]


def constant_text(c):
    return '%.17g' % c['value'] if c['type'] == 'double' else str(c['value'])


def code_text(constants, code, when):
    """What a status code means, and when a function returns it."""
    return ('success' if code == 'BINNET_OK' else constants[code]['doc']) + (': ' + when if when else '')
