#!/usr/bin/env python3
"""C of a library that does nothing, with the functions of binnet-api.json: for tools that read interfaces from debug information.

usage: stub.py API_JSON [files] >stub.c      files: of libbinnet-files
"""
import json
import sys


def main(path, files):
    with open(path, encoding='utf-8') as f:
        api = json.load(f)
    print('#include <binnet/%s.h>' % ('files' if files else 'binnet'))
    for f in (api['files'] if files else api)['functions']:
        parameters = ', '.join('%s %s' % (p['type'], p['name']) for p in f['parameters']) or 'void'
        print('%s %s(%s) {%s }' % (f['returns'], f['name'], parameters, '' if f['returns'] == 'void' else ' return 0;'))


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2:] == ['files'])
