#!/usr/bin/env python3
"""Exact means and variances of order statistics of uniform variables with scales from 1e-6 to 1e6, for
tests/order/test_order_laws.c: the law of the count is a polynomial between neighbouring ends of the laws, integrated in
rational numbers.   usage: make_order_moments.py >order_moments.h"""
import random
from fractions import Fraction

CASES, MOST = 160, 5


def times(a, b):
    out = [Fraction(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    return out


def plus(a, b):
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    return [x + (shorter[k] if k < len(shorter) else 0) for k, x in enumerate(longer)]


def moments(laws):
    """E X = c + int_c S dx, E (X - c)^2 = 2 int_c (x - c) S dx, c the least end; S is a polynomial in t, x = a + (b - a) t."""
    n = len(laws)
    ranges = [(Fraction(l) - Fraction(s), Fraction(l) + Fraction(s)) for l, s in laws]
    ends = sorted({x for both in ranges for x in both})
    c, first, second = ends[0], [Fraction(0)] * n, [Fraction(0)] * n
    for a, b in zip(ends, ends[1:]):
        count = [[Fraction(1)]]
        for low, high in ranges:
            F = [Fraction(1)] if high <= a else [Fraction(0)] if low >= b else [(a - low) / (high - low), (b - a) / (high - low)]
            G = plus([Fraction(1)], [-x for x in F])
            after = [[Fraction(0)]] * (len(count) + 1)
            for k, p in enumerate(count):
                after[k] = plus(after[k], times(p, G))
                after[k + 1] = plus(after[k + 1], times(p, F))
            count = after
        survival = [Fraction(0)]
        for r in range(n):
            survival = plus(survival, count[r])
            zeroth = sum(x / (k + 1) for k, x in enumerate(survival))
            along = sum(x / (k + 2) for k, x in enumerate(survival))
            first[r] += (b - a) * zeroth
            second[r] += 2 * (b - a) * ((a - c) * zeroth + (b - a) * along)
    return [c + x for x in first], [y - x * x for x, y in zip(first, second)]


def main():
    dice = random.Random(8)
    print("/* Made by make_order_moments.py; do not edit. Means and variances of order statistics of uniform variables, exact but for the")
    print(" * last rounding. Each: n, locations, half widths, means, variances. */")
    print("#ifndef REFERENCE_ORDER_MOMENTS_H\n#define REFERENCE_ORDER_MOMENTS_H\n\n#include <stddef.h>\n")
    print("static const struct {\n    size_t n;\n    double location[%d], scale[%d], mean[%d], variance[%d];\n} reference_order_moments[] = {" % ((MOST,) * 4))
    for _ in range(CASES):
        laws = []
        for _ in range(dice.randint(2, MOST)):
            s = 10 ** dice.uniform(-6, 6)
            l = dice.choice([0.0, 0.0, s * dice.uniform(-1, 1), dice.choice([-1, 1]) * 10 ** dice.uniform(-6, 1)])
            laws.append((l, s))
        mean, variance = moments(laws)
        columns = [[l for l, _ in laws], [s for _, s in laws], map(float, mean), map(float, variance)]
        print("    {%d, %s}," % (len(laws), ", ".join("{%s}" % ", ".join("%.17g" % x for x in c) for c in columns)))
    print("};\n\n#endif")


main()
