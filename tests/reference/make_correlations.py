#!/usr/bin/env python3
"""Write correlations.h: moments, groupwise correlations and cumulants of small laws, from rational arithmetic and 60 digits.

Usage: python3 make_correlations.py > correlations.h
Laws with means down to 1e-250 and up to 1 - 1e-15, nearly independent neurons, exclusive ones, and plain ones. Cumulants come
from their definition, a sum over all set partitions of products of raw moments.
"""
import math
import random
from fractions import Fraction

from mpmath import mp, mpf

mp.dps = 60
MOST = 6
random.seed(20191208)


def number(f):
    return mpf(f.numerator) / mpf(f.denominator)


def nearest(x):
    return float(x) if abs(x) > mpf(10) ** -320 else 0.0


def law_of(kind, n):
    size = 2**n
    if kind == "plain":
        w = [random.random() for _ in range(size)]
    elif kind == "graded":
        w = [10 ** (-30 * random.random()) if random.random() < 0.8 else 0.0 for _ in range(size)]
        w[random.randrange(size)] = 1.0
    elif kind in ("rare", "often", "sides"):  # means near 1e-12, 1 - 1e-12, either
        flip = {"rare": 0, "often": size - 1, "sides": random.randrange(size)}[kind]
        w = [0.0] * size
        for s in range(size):
            w[s ^ flip] = 10.0 ** (-12 * bin(s).count("1")) * random.uniform(0.5, 2) if s else 1.0
    elif kind == "deep":
        w = [10.0 ** (-random.choice([100, 150, 200, 250])) * random.random() for _ in range(size)]
        w[0] = 1.0
    elif kind == "exclusive":  # at most one neuron is active, each rarely
        w = [0.0] * size
        w[0] = 1.0
        for i in range(n):
            w[1 << i] = 10.0 ** (-random.choice([3, 12, 120, 200])) * random.uniform(0.5, 2)
    else:  # nearly independent
        q = [random.random() for _ in range(n)]
        w = [math.prod(q[i] if s >> i & 1 else 1 - q[i] for i in range(n)) * (1 + 1e-9 * random.random()) for s in range(size)]
    total = sum(w)
    w = [x / total for x in w]
    while math.fsum(w) != 1:  # the library divides by the sum: by 1
        w[w.index(max(w))] += 1 - math.fsum(w)
    return w


def partitions(items):
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for p in partitions(rest):
        yield [[first]] + p
        for i in range(len(p)):
            yield p[:i] + [[first] + p[i]] + p[i + 1 :]


def case(kind, n):
    p = [Fraction(x) for x in law_of(kind, n)]
    given = [float(x) for x in p]
    all_ = sum(p)
    p = [x / all_ for x in p]
    k = random.randint(1, n)
    group = random.sample(range(n), k)
    raw = {}

    def moment(block):
        key = tuple(sorted(block))
        if key not in raw:
            raw[key] = sum(x for s, x in enumerate(p) if all(s >> i & 1 for i in key))
        return raw[key]

    q = {i: moment([i]) for i in group}
    central = sum(x * math.prod((s >> i & 1) - q[i] for i in group) for s, x in enumerate(p) if x)
    norm = mpf(1)
    for i in group:
        norm *= number(q[i] * (1 - q[i]) ** k + (1 - q[i]) * q[i] ** k)
    corr = None if norm == 0 or k < 2 else number(central) / mp.root(norm, k)
    kappa = sum(
        (-1) ** (len(b) - 1) * math.factorial(len(b) - 1) * math.prod(moment(block) for block in b)
        for b in partitions(group)
    )
    return n, given, group, nearest(number(central)), corr, nearest(number(Fraction(kappa)))


def text(x):
    return float(x).hex()


print("/* Made by make_correlations.py; do not edit. */")
print("#ifndef REFERENCE_CORRELATIONS_H")
print("#define REFERENCE_CORRELATIONS_H")
print()
print("#include <math.h>")
print("#include <stddef.h>")
print("#include <stdint.h>")
print()
print("typedef struct correlation_case {")
print("    size_t n, k;")
print(f"    int32_t group[{MOST}];")
print("    double central, corr, cumulant; /* corr: NaN where it is not defined */")
print(f"    double p[{2**MOST}];")
print("} correlation_case;")
print()
print("static const correlation_case correlation_cases[] = {")
for kind in ["plain", "graded", "rare", "often", "sides", "deep", "exclusive", "independent"]:
    for n in [1, 2, 3, 3, 4, 5, 6]:
        n, p, group, central, corr, kappa = case(kind, n)
        print(f"    /* {kind} */")
        print(f"    {{{n}, {len(group)}, {{{', '.join(str(i) for i in group)}}},")
        print(f"     {text(central)}, {'NAN' if corr is None else text(nearest(corr))}, {text(kappa)},")
        print("     {" + ", ".join(text(x) for x in p) + "}},")
print("};")
print()
print("#endif")
