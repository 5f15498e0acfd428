#!/usr/bin/env python3
"""Write order.h: order statistics of given doubles by exact rational arithmetic.

Usage: python3 make_order.py > order.h
The inputs are made by the same few lines in tests/order/test_order.c; a result is m 2^e with m the nearest double in
0.5 .. 1 (0 for 0).
"""
from fractions import Fraction

MASK = (1 << 64) - 1


class Draw:
    def __init__(self, seed):
        self.state = seed

    def __call__(self):
        """1 .. 2^20"""
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & MASK
        return (self.state >> 44) + 1


def inputs(kind, n):
    draw = Draw(1000 * kind + n)
    F, G, f = [], [], []
    for _ in range(n):
        small = draw() * 2.0 ** -21  # at most 1/2
        if kind == 1:
            small *= 2.0 ** -(draw() % 64)
        elif kind == 2:
            small *= 2.0 ** -(900 + draw() % 100)
        upper = kind == 3 or (kind in (0, 1) and draw() % 2 == 0)
        if kind == 3:
            small *= 2.0 ** -(draw() % 16)
        big = 1 - small
        F.append(big if upper else small)
        G.append(small if upper else big)
        f.append(draw() * 2.0 ** -15)
    return F, G, f


def law(F, G, f, bits):
    """Counts and their derivative, as integers over a common power of two; 2^-bits divides every input."""
    p, d = [1], [0]
    scale = 1 << bits
    for a, b, c in zip(F, G, f):
        a, b, c = (int(Fraction(v) * scale) for v in (a, b, c))
        p, d = ([x * b + y * a for x, y in zip(p + [0], [0] + p)],
                [x * b + y * a + z * c for x, y, z in zip(d + [0], [0] + d, p + [0])])
    return p, d, bits * len(F)


def show(value, bits):
    if value == 0:
        return "0, 0"
    e = value.bit_length() - bits
    return "%r, %d" % (float(Fraction(value, 1 << value.bit_length())), e)


def main():
    print("/* Made by make_order.py; do not edit. */\n#ifndef REFERENCE_ORDER_H\n#define REFERENCE_ORDER_H\n")
    print("/* kind, n, r; P(X_(r) <= x), P(X_(r) > x), density: mantissa and exponent */")
    print("static const struct {\n    int kind, n, r;\n    double cdf;\n    int cdf_e;\n    double survival;\n    int survival_e;\n"
          "    double pdf;\n    int pdf_e;\n} reference_order[] = {")
    for kind in range(4):
        for n in (1, 2, 5, 17, 60, 260):
            if kind == 2 and n == 260:
                continue
            F, G, f = inputs(kind, n)
            p, d, bits = law(F, G, f, 1100 if kind == 2 else 128)
            for r in sorted({1, 2, n // 4 + 1, n // 2 + 1, 3 * n // 4 + 1, n - 1, n}):
                if not 1 <= r <= n:
                    continue
                print("    {%d, %d, %d, %s, %s, %s}," % (kind, n, r, show(sum(p[r:]), bits), show(sum(p[:r]), bits),
                                                       show(d[r - 1], bits)))
    print("};\n\n#endif")


main()
