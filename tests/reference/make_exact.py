#!/usr/bin/env python3
"""Write exact.h: sums of doubles and of products, with sign, nearest double and quotient, from rational arithmetic.

Usage: python3 make_exact.py > exact.h
Terms are drawn so that cancellation, ties of rounding, subnormal numbers and overflow are common.
"""
import math
import random
from fractions import Fraction

MOST = 8
random.seed(20190125)


def nearest(f):
    """The nearest double: int / int is correctly rounded, also where the result is subnormal."""
    try:
        return f.numerator / f.denominator
    except OverflowError:
        return math.inf if f > 0 else -math.inf


def number(kind):
    if kind == "range":  # any exponent
        return math.ldexp(random.uniform(-1, 1), random.randint(-1073, 1024))
    if kind == "near":  # exponents close together
        return math.ldexp(random.randint(-(2**53), 2**53), random.randint(-60, 4))
    if kind == "decimal":  # what people type
        return random.randint(-50, 50) / 10
    if kind == "tiny":
        return math.ldexp(random.randint(-9, 9), random.randint(-1074, -1068))
    return random.choice([1, -1]) * math.ldexp(2**53 - random.randint(1, 4), random.randint(968, 971))  # huge


def terms(kind):
    x = [number(kind) for _ in range(random.randint(0, MOST // 2))]
    if random.random() < 0.6:  # cancel all but a little
        x += [-v for v in x]
        random.shuffle(x)
        if x and random.random() < 0.8:
            k = random.randrange(len(x))
            x[k] = math.nextafter(x[k], random.choice([-math.inf, math.inf]))
            x[k] = max(-1.7976931348623157e308, min(1.7976931348623157e308, x[k]))
    return x


def halfway():
    """A double and half its last place, now and then with a trifle."""
    a = math.ldexp(random.randint(2**52, 2**53 - 1), random.randint(-300, 300))
    x = [a, random.choice([1, -1]) * math.ulp(a) / 2]
    if random.random() < 0.5:
        x.append(random.choice([1, -1]) * math.ulp(a) * 2.0 ** -random.randint(2, 400))
    random.shuffle(x)
    return x


def cases():
    for kind in ["range", "near", "decimal", "tiny", "huge"]:
        for _ in range(60):
            yield terms(kind)
    for _ in range(100):
        yield halfway()


def text(x):
    return "INFINITY" if x == math.inf else "-INFINITY" if x == -math.inf else float(x).hex()


def row(values):
    return "{" + ", ".join(text(v) for v in values) + "}" if values else "{0}"


print("/* Made by make_exact.py; do not edit. */")
print("#ifndef REFERENCE_EXACT_H")
print("#define REFERENCE_EXACT_H")
print()
print("typedef struct exact_case {")
print("    int n; /* terms */")
print(f"    double x[{MOST}], y[{MOST}], by;")
print("    int sign, product_sign;                            /* of sum x, of sum x y */")
print("    double sum, quotient, product_sum, product_quotient; /* nearest to sum x, sum x / by, sum x y, sum x y / by */")
print("} exact_case;")
print()
print("static const exact_case exact_cases[] = {")
for x in cases():
    pick = random.random()
    kind = random.choice(["range", "near", "decimal", "tiny", "huge"])
    if pick < 0.3:
        y = [random.choice([1.0, -1.0, 0.1, 3.0, 1e-300, 1e300])] * len(x)
    else:
        y = [number(kind) for _ in x]
    by = 0.0
    while by == 0:
        by = abs(number(random.choice(["range", "near", "decimal", "tiny", "huge"])))
    if random.random() < 0.3:
        by = float(random.randint(1, 20))
    s = sum((Fraction(v) for v in x), Fraction(0))
    p = sum((Fraction(v) * Fraction(w) for v, w in zip(x, y)), Fraction(0))
    b = Fraction(by)
    sign = [(f > 0) - (f < 0) for f in (s, p)]
    print(f"    {{{len(x)}, {row(x)}, {row(y)}, {text(by)}, {sign[0]}, {sign[1]},")
    print(f"     {text(nearest(s))}, {text(nearest(s / b))}, {text(nearest(p))}, {text(nearest(p / b))}}},")
print("};")
print()
print("#endif")
