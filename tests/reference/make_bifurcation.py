#!/usr/bin/env python3
"""tests/reference/bifurcation.h: bifurcation points of two and three neurons in exact rational arithmetic.

Weights are constant or uniform, so the cdfs of the currents are piecewise polynomials: given which connections are present, the
cdf of a sum of n uniform variables of widths w is sum over subsets S of (-1)^|S| max(0, x - sum of S)^n / (n! prod w).
Scales run from 1e-6 to 1e6. All inputs are doubles and taken as they are; only the results are rounded."""
import itertools
import random
from fractions import Fraction as Q
from math import factorial

random.seed(20261126)


def times(a, b):
    out = [Q(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    return out


def plus(a, b):
    if len(a) < len(b):
        a, b = b, a
    return [x + (b[k] if k < len(b) else 0) for k, x in enumerate(a)]


def integral(p, a, b):
    return sum(c * (b ** (k + 1) - a ** (k + 1)) / (k + 1) for k, c in enumerate(p))


def power(shift, n):
    """(x - shift)^n"""
    out = [Q(1)]
    for _ in range(n):
        out = times(out, [-shift, Q(1)])
    return out


class Law:
    """Pr(c <= x) = sum of weight * p(x) for x >= start."""

    def __init__(self, theta, links):
        self.parts = []
        for present in itertools.product((0, 1), repeat=len(links)):
            mass, low, widths = Q(1), Q(theta), []
            for there, (p, kind, lo, hi) in zip(present, links):
                mass *= Q(p) if there else 1 - Q(p)
                if there and kind == 1:
                    low -= Q(lo)
                if there and kind == 3:
                    low -= Q(hi)
                    widths.append(Q(hi) - Q(lo))
            if mass == 0:
                continue
            n = len(widths)
            scale = mass / factorial(n)
            for w in widths:
                scale /= w
            for chosen in itertools.product((0, 1), repeat=n):
                at = low + sum(w for w, c in zip(widths, chosen) if c)
                self.parts.append((at, [c * scale * (-1) ** sum(chosen) for c in power(at, n)]))

    def points(self):
        return {at for at, _ in self.parts}

    def after(self, x):
        """The polynomial from x to the next point."""
        out = [Q(0)]
        for at, p in self.parts:
            if at <= x:
                out = plus(out, p)
        return out


def product(polynomials):
    out = [Q(1)]
    for p in polynomials:
        out = times(out, p)
    return out


def one_minus(p):
    return plus([Q(1)], [-c for c in p])


def value(p, x):
    return sum(c * x ** k for k, c in enumerate(p))


def solve(n, theta, p, kind, par, active):
    laws = []
    for i in range(n):
        links = [(p[i * n + j], kind[i * n + j], *par[i * n + j]) for j in range(n) if active >> j & 1]
        laws.append(Law(theta[i], links))
    points = sorted(set().union(*(law.points() for law in laws)))
    own = [[law for i, law in enumerate(laws) if (active >> i & 1) == side] for side in (1, 0)]
    ends = list(zip(points, points[1:] + points[-1:]))
    lam = [product(law.after(a) for law in own[0]) for a, _ in ends]       # Pr(Lambda <= x)
    rest = [product(one_minus(law.after(a)) for law in own[1]) for a, _ in ends]  # Pr(Xi > x)
    result, last = [], points[-1]
    for cdf in (lam, [one_minus(q) for q in rest]):
        mean = last - sum(integral(q, a, b) for q, (a, b) in zip(cdf, ends))
        square = last ** 2 - sum(integral(times([Q(0), Q(2)], q), a, b) for q, (a, b) in zip(cdf, ends))
        result += [mean, square - mean ** 2]
    occurs, before = Q(0), Q(0)
    for q, g, (a, b) in zip(lam, rest, ends):
        occurs += (value(q, a) - before) * value(g, a)
        occurs += integral(times([k * c for k, c in enumerate(q)][1:] or [Q(0)], g), a, b)
        before = value(q, b)
    return [float(v) for v in result + [occurs]]


def scale():
    return 10 ** random.uniform(-6, 6)


def case():
    n = random.choice((2, 2, 3))
    kind, par, p = [], [], []
    common = scale() if random.random() < 0.3 else None
    for _ in range(n * n):
        lo = random.uniform(-1, 1) * (common or scale())
        kind.append(random.choice((1, 3, 3)))
        par.append((lo, lo + random.uniform(0.5, 1) * (common or scale())))
        p.append(random.choice((1.0, 1.0, 0.5, random.random(), 10 ** random.uniform(-4, -1))))
    theta = [random.choice((0.0, random.uniform(-1, 1) * (common or scale()))) for _ in range(n)]
    active = random.randrange(1, 2 ** n - 1)
    return n, theta, p, kind, par, active


def text(values, count):
    return "{" + ", ".join(repr(v) for v in list(values) + [0] * (count - len(values))) + "}"


print("/* Made by make_bifurcation.py with exact rationals; do not edit. */")
print("#ifndef REFERENCE_BIFURCATION_H\n#define REFERENCE_BIFURCATION_H\n\n#include <stddef.h>\n#include <stdint.h>\n")
print("/* lambda, xi: mean and variance. All neurons have one stimulus. */")
print("typedef struct reference_bifurcation {\n    size_t n;\n    unsigned active;\n    double theta[3], p[9];\n    int32_t kind[9];")
print("    double par[27], lambda[2], xi[2], occurs;\n} reference_bifurcation;\n")
print("static const reference_bifurcation reference_bifurcations[] = {")
for _ in range(240):
    n, theta, p, kind, par, active = case()
    r = solve(n, theta, p, kind, par, active)
    flat = [v for lo_hi in par for v in (*lo_hi, 0.0)]
    print(f"    {{{n}, {active}, {text(theta, 3)}, {text(p, 9)}, {text(kind, 9)},")
    print(f"     {text(flat, 27)},")
    print(f"     {{{r[0]!r}, {r[1]!r}}}, {{{r[2]!r}, {r[3]!r}}}, {r[4]!r}}},")
print("};\n")


def box():
    """Sums of uniform weights on 0..width, all present: widths and places are multiples of 2^-10, so nothing is rounded."""
    n = random.randrange(2, 7)
    few = [max(1, round(2 ** random.uniform(0, 20))) / 1024 for _ in range(random.randrange(1, 5))]
    widths = [random.choice(few) for _ in range(n)]
    law = Law(0.0, [(1.0, 3, 0.0, w) for w in widths])
    total = sum(Q(w) for w in widths)
    part = random.choice((random.random(), 2 ** random.uniform(-20, 0), 1 - 2 ** random.uniform(-20, 0)))
    y = Q(max(1, round(float(total) * part * 1024)), 1024)
    # c = -sum, so Pr(sum < y) = Pr(c > -y)
    return widths, float(y), float(1 - value(law.after(-y), -y)), float(value(law.after(-y), -y))


print("/* Pr(sum < y) and Pr(sum > y) for uniform weights on 0..width. */")
print("typedef struct reference_box {\n    size_t n;\n    double width[6], y, below, above;\n} reference_box;\n")
print("static const reference_box reference_boxes[] = {")
for _ in range(150):
    widths, y, below, above = box()
    print(f"    {{{len(widths)}, {text(widths, 6)}, {y!r}, {below!r}, {above!r}}},")
print("};\n\n#endif")
