#!/usr/bin/env python3
"""Do two programs print the same circuit? Words alike, numbers to 1e-15 relative, infinities and whole numbers exactly.

usage: compare_circuit.py WANTED FOUND
"""
import sys


def same(a, b):
    if a == b:
        return True
    try:
        x, y = float(a), float(b)
    except ValueError:
        return False
    return x == y or abs(x - y) <= 1e-15 * max(abs(x), abs(y))


def main(wanted, found):
    with open(wanted, encoding='utf-8') as f, open(found, encoding='utf-8') as g:
        a, b = f.read().split('\n'), g.read().split('\n')
    bad = len(a) < 30
    numbers = 0
    for k in range(max(len(a), len(b))):
        x, y = a[k].split() if k < len(a) else [], b[k].split() if k < len(b) else []
        numbers += len(x)
        if len(x) != len(y) or not all(same(s, t) for s, t in zip(x, y)):
            print('FAIL: line %d: %r is not %r' % (k + 1, ' '.join(y), ' '.join(x)))
            bad += 1
    print('%d words and numbers compared, %d differ' % (numbers, bad))
    return bad == 0


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(0 if main(*sys.argv[1:]) else 1)
