#!/usr/bin/env python3
"""Write tilt.h: both tails of threshold currents of two laws of weights that have no common closed form, far out.

Usage: python3 make_tilt.py > tilt.h
Every input is an exact double. Uniform weights of two widths: inclusion and exclusion over all corners in exact rationals.
Gamma weights of two scales and integer shapes: partial fractions in 400 digits. Normal and one other: the normal tail
integrated over the other law's density in pieces, 30 digits (mpmath). Mixed over the numbers present, one by one.
"""
import sys
from fractions import Fraction
from math import comb, factorial

from mpmath import binomial as choose, erfc, exp, gammainc, inf, mp, mpf, quad, sqrt

GAUSSIAN, UNIFORM, GAMMA = 2, 3, 5


def m(x):
    return mpf(x.numerator) / x.denominator if isinstance(x, Fraction) else mpf(x)


def uniforms(groups, y):
    """Exact Pr(sum > y) of n uniform variables on (lo, hi) each: groups of (n, lo, hi)."""
    n = sum(k for k, _, _ in groups)
    y = sum(Fraction(hi) * k for k, _, hi in groups) - y  # of the distances from hi: Pr(sum < y)
    total = Fraction(0)

    def corners(g, sign, rest):
        nonlocal total
        if g == len(groups):
            if rest > 0:
                total += sign * rest ** n
            return
        k, lo, hi = groups[g]
        for j in range(k + 1):
            corners(g + 1, sign * (-1) ** j * comb(k, j), rest - j * (Fraction(hi) - Fraction(lo)))

    corners(0, 1, y)
    volume = Fraction(factorial(n))
    for k, lo, hi in groups:
        volume *= (Fraction(hi) - Fraction(lo)) ** k
    return total / volume


def erlangs(k, s, j, r, y):
    """Pr(s Gamma(k) + r Gamma(j) > y), s != r: partial fractions of (1 - s z)^-k (1 - r z)^-j."""
    if y <= 0:
        return mpf(1)
    if k == 0 or j == 0:
        return gammainc(j or k, y / (s if k else r), inf, regularized=True)
    total = mpf(0)
    for a, sa, b, sb in ((k, s, j, r), (j, r, k, s)):
        # coefficient of (1 - sa z)^-(a - i): the i-th Taylor coefficient of (1 - sb z)^-b in w = 1 - sa z
        # 1 - sb z = (1 - sb/sa) + (sb/sa) w
        c, d = 1 - sb / sa, sb / sa
        for i in range(a):
            coefficient = choose(-b, i) * d ** i * c ** (-b - i)
            total += coefficient * gammainc(a - i, y / sa, inf, regularized=True)
    return total


def normal_tail(z):
    return erfc(z / sqrt(mpf(2))) / 2


def irwin_hall_density(n, x):
    return sum((-1) ** k * comb(n, k) * (x - k) ** (n - 1) for k in range(n + 1) if x > k) / mpf(factorial(n - 1))


def integral(f, points):
    """mpmath's quad looks at the absolute error: scaled by the greatest value at the points."""
    scale = max(abs(f(x)) for x in points) or mpf(1)
    return scale * quad(lambda x: f(x) / scale, points)


def normal_and(mean, sd, kind, par, k, y):
    """Pr(N(mean, sd^2) + k others > y)."""
    if k == 0:
        return normal_tail((y - mean) / sd)
    if kind == UNIFORM:
        lo, width = mpf(par[0]), mpf(par[1]) - mpf(par[0])
        return sum(integral(lambda x: irwin_hall_density(k, x) * normal_tail((y - mean - k * lo - width * x) / sd),
                        [mpf(i) + mpf(q) / 4 for q in range(5)]) for i in range(k))
    shape, scale = k * mpf(par[0]), mpf(par[1])
    sign = 1 if scale > 0 else -1
    scale = abs(scale)

    def f(x):
        return x ** (shape - 1) * exp(-x) * normal_tail((y - mean - sign * scale * x) / sd)

    step = min(mpf(1), sd / scale)
    far = abs(y) / scale + 300 + 40 * sd / scale
    points = [mpf(0)] + [step * i * 4 for i in range(1, int(far / step / 4) + 2)]
    return integral(f, points) / mp.gamma(shape)


def above(case, numbers, y):
    """Pr(sum > y) given the numbers; y exact."""
    (k0, k1), (a, b) = numbers, case["par"]
    if k0 + k1 == 0:
        return mpf(y < 0)
    if case["kind"] == (UNIFORM, UNIFORM):
        return m(uniforms([(k0, a[0], a[1]), (k1, b[0], b[1])], y))
    if case["kind"] == (GAMMA, GAMMA):
        return erlangs(int(k0 * a[0]), mpf(a[1]), int(k1 * b[0]), mpf(b[1]), m(y))
    if k0 == 0:
        if case["kind"][1] == UNIFORM:
            return m(uniforms([(k1, b[0], b[1])], y))
        z = m(y) / mpf(b[1])
        shape = k1 * mpf(b[0])
        if b[1] > 0:
            return gammainc(shape, z, inf, regularized=True) if z > 0 else mpf(1)
        return gammainc(shape, 0, z, regularized=True) if z > 0 else mpf(0)
    return normal_and(k0 * mpf(a[0]), sqrt(mpf(k0)) * mpf(a[1]), case["kind"][1], b, k1, m(y))


def mirrored(case):
    par = [(-p[1], -p[0]) if k == UNIFORM else (p[0], -p[1]) if k == GAMMA else (-p[0], p[1])
           for k, p in zip(case["kind"], case["par"])]
    return dict(case, par=par)


def law(case, y):
    total = [mpf(0), mpf(0)]
    (n0, n1), (p0, p1) = case["active"], map(Fraction, case["p"])
    other = mirrored(case)
    for k0 in range(n0 + 1):
        for k1 in range(n1 + 1):
            mass = m(comb(n0, k0) * p0 ** k0 * (1 - p0) ** (n0 - k0) * comb(n1, k1) * p1 ** k1 * (1 - p1) ** (n1 - k1))
            if mass == 0:
                continue
            up = above(case, (k0, k1), y)
            if case["kind"] == (GAMMA, GAMMA):
                down = 1 - up  # of 400 digits
                if k0 + k1 == 0:
                    down = mpf(y > 0)
            else:
                down = above(other, (k0, k1), -y)
            total[0] += mass * up
            total[1] += mass * down
    return total


def main():
    cases = [
        (dict(kind=(UNIFORM, UNIFORM), par=[(0.0, 1.0), (-1.0, 0.5)], p=(0.5, 0.75), active=(9, 8)),
         (-7.9375, -6.0, -1.0, 4.0, 9.0, 12.875, 12.9999847412109375)),
        (dict(kind=(UNIFORM, UNIFORM), par=[(0.0, 1.0), (-1.0, 0.5)], p=(1.0, 1.0), active=(12, 12)),
         (-11.998046875, -11.0, -4.0, 0.5, 4.0, 14.0, 17.998046875)),
        (dict(kind=(GAMMA, GAMMA), par=[(2.0, 1.0), (1.0, 0.75)], p=(0.5, 0.25), active=(6, 7)),
         (0.0625, 1.0, 20.0, 80.0, 300.0, 700.0)),
        (dict(kind=(GAMMA, GAMMA), par=[(2.0, 1.0), (1.0, 0.75)], p=(1.0, 1.0), active=(4, 6)),
         (0.0009765625, 0.25, 3.0, 12.0, 60.0, 700.0)),
        (dict(kind=(GAUSSIAN, UNIFORM), par=[(0.5, 0.25), (-1.0, 2.0)], p=(0.5, 0.75), active=(8, 5)),
         (-25.0, -12.0, -6.0, 4.5, 15.0, 20.0, 40.0)),
        (dict(kind=(GAUSSIAN, GAMMA), par=[(-0.5, 0.5), (1.5, 0.5)], p=(0.5, 0.5), active=(7, 4)),
         (-50.0, -20.0, -8.0, 0.0, 6.0, 40.0, 340.0)),
        (dict(kind=(GAUSSIAN, GAMMA), par=[(1.0, 0.25), (1.0, -2.0)], p=(1.0, 0.125), active=(5, 3)),
         (-1200.0, -20.0, 4.0, 15.0)),
    ]
    print("/* Made by make_tilt.py with mpmath %s; do not edit. */" % sys.modules["mpmath"].__version__)
    print("#ifndef REFERENCE_TILT_H\n#define REFERENCE_TILT_H\n\n#include <stdint.h>\n")
    print("typedef struct reference_tilt {\n    int32_t kind[2];\n    double par[2][2], p[2];\n    int64_t active[2];\n"
          "    double y, above, below; /* Pr(S > y), Pr(S < y) */\n} reference_tilt;\n")
    print("static const reference_tilt reference_tilts[] = {")
    for case, ys in cases:
        mp.dps = 400 if case["kind"] == (GAMMA, GAMMA) else 30
        for y in ys:
            up, down = law(case, Fraction(y))
            none = m((1 - Fraction(case["p"][0])) ** case["active"][0] * (1 - Fraction(case["p"][1])) ** case["active"][1])
            at = none if y == 0 else 0
            assert abs(up + down + at - 1) < mpf(10) ** -20, (case, y, up + down)
            print("    {{%d, %d}, {{%r, %r}, {%r, %r}}, {%r, %r}, {%d, %d}, %r, %s, %s}," % (
                *case["kind"], *case["par"][0], *case["par"][1], *case["p"], *case["active"], y,
                repr(float(up)) if up > mpf(10) ** -320 else "0", repr(float(down)) if down > mpf(10) ** -320 else "0"))
    print("};\n\n#endif")


main()
