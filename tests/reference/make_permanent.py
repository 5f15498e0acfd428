#!/usr/bin/env python3
"""Write permanent.h: exact permanents of matrices with equal columns, by the recursion over counts in integers.

Usage: python3 make_permanent.py > permanent.h
n rows, kinds of equal columns, entries 1 + (7 i + 13 q + 3 i q) % 10, with a minus sign where (i i + i q + q) % 3 = 0 if
`negative`. The value is (hi + lo) 2^exponent."""

from itertools import product
from math import factorial


def entry(i, q, negative):
    v = 1 + (7 * i + 13 * q + 3 * i * q) % 10
    return -v if negative and (i * i + i * q + q) % 3 == 0 else v


def permanent(times, negative):
    n, k = sum(times), len(times)
    layer = {(0,) * k: 1}
    for i in range(n):
        row, after = [entry(i, q, negative) for q in range(k)], {}
        for used, value in layer.items():
            for q in range(k):
                if used[q] < times[q]:
                    state = used[:q] + (used[q] + 1,) + used[q + 1:]
                    after[state] = after.get(state, 0) + row[q] * value
        layer = after
    value = layer[tuple(times)]
    for t in times:
        value *= factorial(t)
    return value


def parts(value):
    sign, value = (-1 if value < 0 else 1), abs(value)
    exponent = value.bit_length()
    hi = float_of(value, exponent - 53)
    rest = value - (int(hi) << max(exponent - 53, 0)) if exponent > 53 else 0
    lo = rest / (1 << exponent) if rest else 0.0
    return sign * hi / 2**53, sign * lo, exponent


def float_of(value, shift):
    return float(value >> shift) if shift > 0 else float(value << -shift)


print("""/* Made by make_permanent.py; do not edit. */
static const struct many_of_a_kind {
    size_t k;
    int64_t times[5];
    int negative;
    double hi, lo;
    int64_t exponent;
} many_of_a_kind[] = {""")
for times, negative in product([(66, 66, 68), (9, 30, 31), (3, 8, 9, 20), (2, 3, 8, 8, 9)], [False, True]):
    hi, lo, exponent = parts(permanent(times, negative))
    print(f"    {{{len(times)}, {{{', '.join(map(str, times))}}}, {int(negative)}, {hi.hex()}, {lo.hex()}, {exponent}}},")
print("};")
