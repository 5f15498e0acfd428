#!/usr/bin/env python3
"""The HTML manual: pages of docs/, made ready for Sphinx, and a reference of the functions and the command.

usage: make_site.py [--check] API_JSON SOURCE_ROOT FOLDER [BINNET]
FOLDER/html is the manual; with --check nothing is written, but everything read and every link looked up. BINNET: the command, to
be described too.
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'bindings', 'api'))
import doc_text

# Pages with a place of their own; all others are how-to pages, in the order of the README.
PLACES = (('Beginning', ('tutorial', 'install')), ('Theory', ('theory', 'glossary', 'conventions')), ('How to', None),
          ('Files and languages', ('network-format', 'python', 'languages')), ('Reference', ()), ('Sources', ('bibliography', 'versioning')))


# --- pages in Markdown

class Pages:
    def __init__(self, source, functions):
        self.functions = functions
        self.title = {}
        self.paths = sorted(glob.glob(os.path.join(source, 'docs', '*.md')))
        for path in self.paths:
            with open(path, encoding='utf-8') as f:
                self.title[os.path.basename(path)[:-3]] = f.readline().strip('# \n')
        with open(os.path.join(source, 'docs', 'bibliography.md'), encoding='utf-8') as f:
            self.keys = set(re.findall(r'^- \[(\w+)\]', f.read(), re.M))

    def link_code(self, m):
        """What stands between backticks: a page, a function, or itself."""
        text = m.group(1)
        page = re.fullmatch(r'(?:docs/)?([a-z-]+)\.md', text)
        if page and page.group(1) in self.title:
            return '[%s](%s.md)' % (self.title[page.group(1)], page.group(1))
        if text in self.functions:
            return '{c:func}`%s`' % text
        return m.group()

    def link_prose(self, text, up=''):
        """A stretch without code: citations, stars that are multiplications, lines that MyST would take for comments."""
        text = re.sub(r'(?<=\w)\*(?=\w)|(?<=\()\*(?=\))|(?<=\w)\*(?= )|(?<= )\*(?= )', r'\\*', text)
        return re.sub(r'\[(\w+)\](?!\()', lambda m: '<a href="%sbibliography.html#%s">[%s]</a>' % (up, m.group(1), m.group(1))
                      if m.group(1) in self.keys else m.group(), text)

    def page(self, text):
        out, block = [], []

        def flush():
            while block and not block[-1].strip():
                block.pop()
            if block:
                lines = [line[4:] for line in block]
                kind = 'pycon' if lines[0].startswith('>>>') else 'c' if any(s.startswith('#include') for s in lines) else 'text'
                out.extend(['```' + kind] + lines + ['```', ''])
                block.clear()
        lines = text.split('\n')
        blank, fenced = True, False
        for k, line in enumerate(lines):
            if line.startswith('```'):
                fenced = not fenced
            indented = line.startswith('    ') and not fenced
            if indented and (block or blank or lines[k - 1].startswith('#')):
                block.append(line)
            elif block and not line.strip():
                block.append(line)
            else:
                if block:
                    flush()
                if re.match(r' {0,3}%', line):
                    line = '\\' + line.lstrip()
                elif not fenced and not indented:
                    parts = re.split(r'(`[^`]+`)', line)
                    line = ''.join(re.sub(r'`([^`]+)`', self.link_code, p) if p.startswith('`') else self.link_prose(p) for p in parts)
                out.append(line)
            blank = not line.strip()
        flush()
        return '\n'.join(out) + '\n'

    def write(self, folder):
        for path in self.paths:
            name = os.path.basename(path)
            with open(path, encoding='utf-8') as f:
                text = f.read()
            if name == 'bibliography.md':
                text = re.sub(r'^- \[(\w+)\]', r'- <a id="\1"></a>[\1]', text, flags=re.M)
                saved, self.keys = self.keys, set()
                text = self.page(text)
                self.keys = saved
            else:
                text = self.page(text)
            with open(os.path.join(folder, name), 'w', encoding='utf-8') as f:
                f.write(text)


def toctree(pages, caption, options=()):
    return '\n'.join(['```{toctree}', ':maxdepth: 1', ':caption: ' + caption, *options, ''] + pages + ['```', ''])


def index(pages, source, reference):
    with open(os.path.join(source, 'README.md'), encoding='utf-8') as f:
        readme = f.read()
    order = list(dict.fromkeys(re.findall(r'docs/([a-z-]+)\.md', readme)))
    placed = {name for _, names in PLACES for name in names or ()}
    left = [n for n in order if n in pages.title and n not in placed]
    left += sorted(set(pages.title) - set(left) - placed)
    # what it says of itself, to the two commands
    about = readme[:readme.index('\n## ')]
    out = [pages.page(about)]
    for caption, names in PLACES:
        names = left if names is None else [n for n in names if n in pages.title]
        out.append(toctree(names + (reference if caption == 'Reference' else []), caption))
    return '\n'.join(out)


# --- the reference, in reStructuredText

class Reference:
    def __init__(self, api, keys):
        self.api, self.keys = api, keys
        self.functions = {f['name'] for f in api['functions']}
        self.constants = {c['name']: c for c in api['constants']}
        self.types = {t['name'] for t in api['types'] + api['callbacks']}

    def rst(self, text):
        """Prose: names become links, all else stands as it is."""
        out = []
        for k, part in enumerate(re.split(r'(`[^`]+`|\bbinnet_\w+|\bBINNET_\w+\*?|\[\w+\]|docs/[a-z-]+\.md)', text)):
            name = part.strip('`')
            if k % 2 == 0:
                out.append(re.sub(r'([\\*`|_])', r'\\\1', part))
            elif part in self.functions:
                out.append('\\ :c:func:`%s`\\ ' % part)
            elif part in self.types:
                out.append('\\ :c:type:`%s`\\ ' % part)
            elif part in self.constants:
                out.append('\\ :c:macro:`%s`\\ ' % part)
            elif part.startswith('docs/'):
                out.append('\\ :doc:`/%s`\\ ' % part[5:-3])
            elif part[1:-1] in self.keys and part.startswith('['):
                out.append('\\ `[%s] <../bibliography.html#%s>`__\\ ' % (part[1:-1], part[1:-1]))
            elif part.startswith('['):
                out.append(re.sub(r'([\\*`|_])', r'\\\1', part))
            else:
                out.append('\\ ``%s``\\ ' % name)
        text = ''.join(out)
        # a paragraph must not look like a list or a title
        return re.sub(r'^(\s*)([-+*#]|\w{1,2}[.)]|\([\w#]+\))(?=\s|$)', r'\1\\\2', text.strip())

    def literal(self, lines, indent):
        return [indent + '::', ''] + [indent + '   ' + line for line in lines] + ['']

    def blocks(self, blocks, indent):
        out = []
        for b in blocks:
            if b.kind == 'text':
                out += [indent + self.rst(b.lines[0]), '']
            elif b.kind == 'lines':
                out += [indent + '| ' + self.rst(line) for line in b.lines] + ['']
            else:
                out += self.literal(b.lines, indent)
        return out

    def declaration(self, f):
        return '%s%s%s(%s)' % (f['returns'], '' if f['returns'].endswith('*') else ' ', f['name'], ', '.join(
            doc_text.declared(p) for p in f['parameters']) or 'void')

    def function(self, group):
        out = ['.. c:function:: ' + self.declaration(group[0])]
        out += ['                ' + self.declaration(f) for f in group[1:]] + ['']
        names = {p['name'] for f in group for p in f['parameters']}
        text = doc_text.take_apart(group[0]['doc'], names)
        out += self.blocks(text.blocks, '   ')
        seen = set()
        for p in (p for f in group for p in f['parameters']):
            said = doc_text.field_text(p['doc'])
            shape = doc_text.type_with_shape(p)
            if p['name'] in seen or not (said or shape):
                continue
            seen.add(p['name'])
            if shape and not said.startswith(shape.split('[')[0] + '['):
                said = shape + ('; ' + said if said else '')
            if p['direction'] != 'in':
                said = ('in and out: ' if p['direction'] == 'inout' else 'out: ') + said
            if p.get('nullable') and 'NULL' not in said:
                said += ' (may be NULL)'
            out.append('   :param %s: %s' % (p['name'], self.rst(said)))
        if seen:
            out.append('')
        for label, said in text.sections.items():
            codes, rest = doc_text.status_codes(said) if label == 'Returns' else ([], said)
            out.append('   **%s** %s' % (label, '' if codes else self.rst(said)))
            out.append('')
            for code, when in codes:
                out.append('   * :c:macro:`%s` %s' % (code, self.rst(doc_text.code_text(self.constants, code, when))))
            if codes:
                out += [''] + (['   ' + self.rst(rest), ''] if rest else [])
        if text.since:
            out += ['   Since %s.' % text.since, '']
        return out

    def header(self, name):
        paragraphs = doc_text.topic_paragraphs(self.api, name)
        title = re.split(r'[:;.]', paragraphs[0])[0]
        title = title if len(title) < 64 else title.split(',')[0]
        title = '%s: %s' % (name, title[:1].lower() + title[1:])
        out = [title, '=' * len(title), '']
        for t in paragraphs:
            out += [self.rst(t), '']
        of_header = {kind: [x for x in self.api[kind] if x['header'] == name] for kind in ('constants', 'types', 'callbacks', 'functions')}
        if of_header['functions']:
            out += ['Functions', '---------', '']
            for g in doc_text.groups(of_header['functions']):
                out += self.function(g)
        if of_header['types'] or of_header['callbacks']:
            out += ['Types', '-----', '']
            for t in of_header['types']:
                out += ['.. c:type:: ' + t['name'], '', '   ' + self.rst(t['doc']), '']
            for c in of_header['callbacks']:
                parameters = ', '.join(doc_text.declared(p) for p in c['parameters'])
                out += ['.. c:type:: %s (*%s)(%s)' % (c['returns'], c['name'], parameters), '',
                        '   ' + self.rst(doc_text.describe.one_line(c['doc'])), '']
        if of_header['constants']:
            out += ['Constants', '---------', '']
            heading = None
            for c in of_header['constants']:
                if c['group'] != heading:
                    heading = c['group']
                    out += [self.rst(heading), ''] if heading and heading not in paragraphs else []
                out += ['.. c:macro:: ' + c['name'], '', '   ``%s``%s' % (doc_text.constant_text(c), '  ' + self.rst(c['doc']) if c['doc'] else ''), '']
        return '\n'.join(out) + '\n'

    def write(self, folder, command):
        os.makedirs(os.path.join(folder, 'reference'))
        names = []
        for header in self.api['headers']:
            name = header.removesuffix('.h').replace('_', '-')
            names.append('reference/' + name)
            with open(os.path.join(folder, 'reference', name + '.rst'), 'w', encoding='utf-8') as f:
                f.write(self.header(header))
        if command:
            names.insert(0, 'reference/command')
            with open(os.path.join(folder, 'reference', 'command.rst'), 'w', encoding='utf-8') as f:
                f.write(command_page(command))
        return names


def command_page(binnet):
    """What the command says of itself."""
    def said(*words):
        return subprocess.run([binnet, *words], check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout.rstrip()
    overview = said('--help')
    title = 'The command: all options'
    out = [title, '=' * len(title), '', '::', ''] + ['   ' + line for line in overview.split('\n')] + ['']
    for name in re.findall(r'^  binnet (\S+)', overview, re.M):
        out += [name, '-' * len(name), '', '::', ''] + ['   ' + line for line in said('help', name).split('\n')] + ['']
    return '\n'.join(out) + '\n'


CONF = '''project = 'libbinnet'
author = 'The libbinnet authors'
copyright = 'The libbinnet authors'
version = release = %r
extensions = ['myst_parser']
myst_heading_anchors = 3
html_theme = 'alabaster'
html_title = 'libbinnet ' + version
html_theme_options = {'description': 'The exact mathematics of small networks of binary neurons', 'page_width': '76em',
                      'sidebar_width': '18em', 'fixed_sidebar': False, 'font_family': 'Georgia, serif', 'show_powered_by': False}
html_sidebars = {'**': ['about.html', 'searchbox.html', 'navigation.html']}
html_show_sourcelink = False
html_copy_source = False
html_last_updated_fmt = None
html_static_path = ['_static']
smartquotes = False
highlight_language = 'none'
nitpick_ignore = [('c:identifier', name) for name in %r]
suppress_warnings = ['myst.header']
'''


STYLE = '''dl.c { margin-bottom: 1.8em; }
dl.c > dt { font-size: 95%; }
table.docutils td, table.docutils th { vertical-align: top; }
'''


def main(builder, api_path, source, folder, command=None):
    with open(api_path, encoding='utf-8') as f:
        api = json.load(f)
    shutil.rmtree(folder, ignore_errors=True)
    staging = os.path.join(folder, 'source')
    os.makedirs(staging)
    pages = Pages(source, {f['name'] for f in api['functions']})
    pages.write(staging)
    reference = Reference(api, pages.keys).write(staging, command)
    with open(os.path.join(staging, 'index.md'), 'w', encoding='utf-8') as f:
        f.write(index(pages, source, reference))
    os.makedirs(os.path.join(staging, '_static'))
    with open(os.path.join(staging, '_static', 'custom.css'), 'w', encoding='utf-8') as f:
        f.write(STYLE)
    with open(os.path.join(staging, 'conf.py'), 'w', encoding='utf-8') as f:
        f.write(CONF % (api['version'], doc_text.describe.NUMBERS))
    run = subprocess.run([sys.executable, '-m', 'sphinx', '-q', '-W', '--keep-going', '-n', '-b', builder, '-d', os.path.join(folder, 'doctrees'),
                          staging, os.path.join(folder, 'html')], check=False)
    shutil.rmtree(os.path.join(folder, 'doctrees'), ignore_errors=True)
    shutil.rmtree(staging)
    if os.path.exists(os.path.join(folder, 'html', '.buildinfo')):
        os.unlink(os.path.join(folder, 'html', '.buildinfo'))
    for place, _, names in os.walk(folder):  # pictures of the theme have times of their own; packages want none but the build's
        for name in names:
            os.utime(os.path.join(place, name))
    return run.returncode


if __name__ == '__main__':
    words = sys.argv[1:]
    check = words[:1] == ['--check']
    if not 3 <= len(words[check:]) <= 4:
        sys.exit(__doc__)
    sys.exit(main('dummy' if check else 'html', *words[check:]))
