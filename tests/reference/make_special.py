#!/usr/bin/env python3
"""Write special.h: the laws of one noise variable at chosen doubles, from 60-digit arithmetic (mpmath).

Usage: python3 make_special.py > special.h
Every x and dof is an exact double; every value is the nearest double to the exact one at that double.
"""
import sys

from mpmath import erfc, exp, gamma, mp, mpf, pi, sqrt

MIN_NORMAL = mpf(2) ** -1022


def gaussian(x):
    def tail(t):
        return erfc(t / sqrt(mpf(2))) / 2
    return tail(-x), tail(x), exp(-x * x / 2) / sqrt(2 * pi)


def logistic(x):
    return 1 / (1 + exp(-x)), 1 / (1 + exp(x)), 1 / ((1 + exp(-x)) * (1 + exp(x)))


def laplace(x):
    small = exp(-abs(x)) / 2
    return (small, 1 - small, small) if x < 0 else (1 - small, small, small)


def student_t(x, dof):
    """By series of positive terms: for the tail when it converges, else for the centre with digits to spare."""
    a, x2 = dof / 2, x * x
    digits = mp.dps
    try:
        u = dof / (dof + x2)
        if u > mpf("0.9"):
            mp.dps = 800
        u = dof / (dof + x2)
        y = x2 / (dof + x2)
        inv_beta = mp.exp(mp.loggamma(a + mpf(1) / 2) - mp.loggamma(a)) / sqrt(pi)
        front = u ** a * sqrt(y) * inv_beta
        term = total = mpf(1)
        n, eps = 0, mpf(10) ** -(mp.dps + 5)
        if u > mpf("0.9"):
            while term > eps * total:
                term *= (a + mpf(1) / 2 + n) / (mpf(3) / 2 + n) * y
                total += term
                n += 1
            small = mpf(1) / 2 - front * total
        else:
            while term > eps * total:
                term *= (a + mpf(1) / 2 + n) / (a + 1 + n) * u
                total += term
                n += 1
            small = front * total / a / 2
        pdf = inv_beta / sqrt(dof) * u ** (a + mpf(1) / 2)
        big = 1 - small
    finally:
        mp.dps = digits
    return (small, big, pdf) if x < 0 else (big, small, pdf)


def show(value):
    return repr(float(value))


def table(name, law, points):
    width = len(points[0]) + 3
    print("\nstatic const double %s[][%d] = {" % (name, width))
    for point in points:
        values = law(*[mpf(v) for v in point])
        if min(values) >= MIN_NORMAL:
            print("    {" + ", ".join([repr(v) for v in point] + [show(v) for v in values]) + "},")
    print("};")


def main():
    mp.dps = 60
    print("/* Made by make_special.py with mpmath %s; do not edit. */" % sys.modules["mpmath"].__version__)
    print("#ifndef REFERENCE_SPECIAL_H\n#define REFERENCE_SPECIAL_H")
    both = lambda xs: [(v,) for x in xs for v in ((x, -x) if x else (x,))]
    print("\n/* x, F(x), 1 - F(x), density */", end="")
    table("reference_gaussian", gaussian,
          both([0.0, 1e-300, 1e-9, 0.001, 0.1, 0.3, 0.5, 0.7, 1.0, 1.3, 1.5, 1.9, 2.1, 2.5, 3.0, 3.7, 4.4, 5.0, 6.1,
                7.3, 8.2, 8.3, 10.1, 13.7, 17.9, 22.3, 26.6, 30.1, 33.3, 36.7, 37.4, 37.5]))
    table("reference_logistic", logistic,
          both([0.0, 1e-300, 1e-9, 0.01, 0.1, 0.3, 0.34, 0.35, 0.7, 1.0, 1.7, 3.1, 5.5, 9.9, 17.3, 36.7, 37.1, 99.9, 317.3,
                650.1, 700.7, 708.3]))
    table("reference_laplace", laplace, both([0.0, 1e-300, 1e-9, 0.01, 0.5, 1.0, 3.3, 17.3, 99.9, 317.3, 650.1, 707.1]))
    print("\n/* x, dof, F(x), 1 - F(x), density */", end="")
    points = []
    for dof in [0.05, 0.11, 0.3, 0.5, 1.0, 1.5, 2.0, 3.0, 4.7, 7.0, 10.0, 19.9, 33.0, 100.0, 317.0, 1e3, 9999.5, 1e5,
                1e6]:
        for x in [1e-200, 1e-5, 0.1, 0.5, 0.9, 1.1, 1.35, 1.45, 1.7, 2.0, 3.0, 5.5, 9.0, 17.0, 30.0, 37.0, 1e3, 1e10,
                  1e50, 1e100, 1.5e100, 1e150, 1e200, 1e300]:
            points.append((x if len(points) % 2 else -x, dof))
    table("reference_student_t", student_t, points)
    print("\n#endif")


main()
