#!/usr/bin/env python3
"""Write current.h: laws of threshold currents at chosen points, by enumeration of the numbers of present connections in
exact rationals and 90-digit arithmetic (mpmath), and the functions they rest on.

Usage: python3 make_current.py > current.h
Every input is an exact double. Sums of uniform weights by the alternating formula in exact rationals, of gamma weights by
the incomplete gamma function, of differences of exponentials by a binomial expansion: none of them is the library's way.
"""
import sys
from fractions import Fraction
from itertools import product
from math import comb, factorial

from mpmath import erfc, exp, gammainc, inf, mp, mpf, quad, rf as rising, sqrt

CONSTANT, GAUSSIAN, UNIFORM, EXPONENTIAL, GAMMA, LOGNORMAL, LAPLACE = range(1, 8)
NONE, FIXED, N, INDEGREE = range(4)


def m(x):
    """A rational or double as an mpf."""
    return mpf(x.numerator) / x.denominator if isinstance(x, Fraction) else mpf(x)


def gaussian_tails(z):
    return erfc(-z / sqrt(mpf(2))) / 2, erfc(z / sqrt(mpf(2))) / 2


def gamma_tails(shape, x):
    if x <= 0:
        return mpf(0), mpf(1)
    return gammainc(shape, 0, x, regularized=True), gammainc(shape, x, inf, regularized=True)


def irwin_hall(n, x):
    """Exact Pr(U_1 + ... + U_n < x), x rational."""
    if x <= 0:
        return Fraction(0)
    if x >= n:
        return Fraction(1)
    return sum((-1) ** k * comb(n, k) * (x - k) ** n for k in range(int(x) + 1)) / Fraction(factorial(n))


def difference_above(plus, s_plus, minus, s_minus, y):
    """Pr(s_plus Gamma(plus) - s_minus Gamma(minus) > y): the Erlang tail at y + the second, expanded, integrated by terms."""
    if minus == 0:
        return gamma_tails(plus, y / s_plus)[1] if plus else mpf(y < 0)
    if plus == 0:
        return gamma_tails(minus, -y / s_minus)[0]
    if y < 0:
        return 1 - difference_above(minus, s_minus, plus, s_plus, -y)
    ratio, u = s_minus / s_plus, y / s_plus
    return sum(exp(-u) / factorial(i) * comb(i, j) * u ** (i - j) * ratio ** j * rising(minus, j) /
               (1 + ratio) ** (minus + j) for i in range(plus) for j in range(i + 1))


def sides(kinds, pars, numbers, Y):
    """Pr(S > Y), Pr(S < Y), Pr(S = Y) for `numbers` of weights of each kind; Y exact."""
    fixed = sum((k * Fraction(par[0]) for kind, par, k in zip(kinds, pars, numbers) if kind == CONSTANT), Fraction(0))
    rest = [(kind, par, k) for kind, par, k in zip(kinds, pars, numbers) if kind != CONSTANT and k > 0]
    y = Y - fixed
    if not rest:
        return mpf(y < 0), mpf(y > 0), mpf(y == 0)
    kind = rest[0][0]
    if kind == GAUSSIAN:
        mean = sum(k * Fraction(par[0]) for _, par, k in rest)
        variance = sum(k * Fraction(par[1]) ** 2 for _, par, k in rest)
        below, above = gaussian_tails(m(y - mean) / sqrt(m(variance)))
        return above, below, mpf(0)
    if kind == UNIFORM:
        lo = sum(k * Fraction(par[0]) for _, par, k in rest)
        width = Fraction(rest[0][1][1]) - Fraction(rest[0][1][0])
        n = sum(k for _, _, k in rest)
        below = irwin_hall(n, (y - lo) / width)
        return m(1 - below), m(below), mpf(0)
    if kind == GAMMA and all(par[1] == rest[0][1][1] for _, par, _ in rest):
        shape = sum(k * Fraction(par[0]) for _, par, k in rest)
        scale = Fraction(rest[0][1][1])
        below, above = gamma_tails(m(shape), m(y / scale))
        return (above, below, mpf(0)) if scale > 0 else (below, above, mpf(0))
    plus = minus = 0
    s_plus = s_minus = mpf(1)
    for kind, par, k in rest:
        if kind == LAPLACE:
            y -= k * Fraction(par[0])
            plus, minus, s_plus, s_minus = plus + k, minus + k, mpf(par[1]), mpf(par[1])
        elif par[0] > 0:
            plus, s_plus = plus + k, mpf(par[0])
        else:
            minus, s_minus = minus + k, -mpf(par[0])
    above = difference_above(plus, s_plus, minus, s_minus, m(y))
    return above, difference_above(minus, s_minus, plus, s_plus, -m(y)), mpf(0)


def binomial(n, p):
    p = Fraction(p)
    return [comb(n, k) * p ** k * (1 - p) ** (n - k) for k in range(n + 1)]


def law(case, x):
    kinds, pars = case["kind"], case["par"]
    ranges = [binomial(k, p) for k, p in zip(case["active"], case["p"])]
    inactive = [Fraction(1)]
    if case["normalise"] == INDEGREE:
        for k, p in zip(case["inactive"], case["p"]):
            b, old = binomial(k, p), inactive
            inactive = [sum(old[i] * b[r - i] for i in range(len(old)) if 0 <= r - i < len(b))
                        for r in range(len(old) + len(b) - 1)]
    total = [mpf(0), mpf(0), mpf(0)]
    tau = Fraction(case["theta"]) - Fraction(x)
    for numbers in product(*[range(len(r)) for r in ranges]):
        mass = Fraction(1)
        for r, k in zip(ranges, numbers):
            mass *= r[k]
        if mass == 0:
            continue
        for r, q in enumerate(inactive):
            if case["normalise"] == INDEGREE:
                M = Fraction(max(1, sum(numbers) + r))
            else:
                M = Fraction(case["M"])
            got = sides(kinds, pars, numbers, M * tau)
            for s in range(3):
                total[s] += m(mass * q) * got[s]
    return total


def show(value):
    return "0" if value < mpf(10) ** -307 else repr(float(value))


def main():
    mp.dps = 90
    cases = []

    def case(kind, par, p, active, xs, inactive=(0, 0), theta=0.25, normalise=NONE, M=1.0):
        cases.append((dict(kind=kind, par=par, p=p, active=active, inactive=inactive, theta=theta, normalise=normalise,
                           M=M), xs))

    # constants; 0.1 and -0.4 are not dyadic, but -4 times 0.1 is the double -0.4
    two = [(1.0, 0, 0), (-0.5, 0, 0)]
    case((CONSTANT,) * 2, two, (0.3, 0.75), (6, 5), (-5.75, -2.75, -1.25, 0.25, 0.26, 1.25, 2.75, 3.0))
    case((CONSTANT,) * 2, two, (1e-3, 1 - 1e-10), (9, 12), (-8.75, -7.0, -2.0, 0.25, 4.75, 6.25))
    case((CONSTANT,) * 2, [(0.1, 0, 0), (-0.4, 0, 0)], (0.5, 0.2), (8, 3), (0.25, 0.15, 0.05, -0.15, 0.65), theta=0.25)
    case((CONSTANT,) * 2, two, (0.5, 0.25), (4, 3), (0.25, -0.75, 0.0, -0.25, 0.75), (2, 3), normalise=INDEGREE)
    case((CONSTANT,) * 2, two, (0.5, 0.25), (4, 3), (0.25, -0.75, 0.0, -0.25), normalise=FIXED, M=3.0)
    # normal
    normal = [(1.0, 0.25, 0), (-2.0, 0.75, 0)]
    case((GAUSSIAN,) * 2, normal, (0.5, 0.125), (12, 9), (-60.0, -20.0, -9.0, -3.0, 0.25, 2.0, 9.0, 30.0, 90.0))
    case((GAUSSIAN,) * 2, normal, (1.0, 1.0), (3, 2), (-12.0, -1.0, 0.3, 1.25, 15.0, 30.0), normalise=FIXED, M=0.5)
    case((GAUSSIAN,) * 2, normal, (0.3, 0.9), (5, 4), (-3.0, -0.5, 0.25, 0.75, 2.25, 7.0), (4, 5), normalise=INDEGREE)
    case((GAUSSIAN, CONSTANT), [(0.5, 1.5, 0), (-1.0, 0, 0)], (0.25, 0.5), (7, 6), (-25.0, -4.0, 0.25, 1.25, 3.25, 30.0))
    # gamma of one scale
    case((GAMMA,) * 2, [(0.5, 2.0, 0), (1.75, 2.0, 0)], (0.4, 0.7), (6, 5), (-180.0, -40.0, -9.0, 0.0, 0.2, 0.25, 0.3))
    case((GAMMA,) * 2, [(2.5, -1.0, 0), (1.0, -1.0, 0)], (0.4, 1.0), (6, 2), (0.0, 0.25, 0.2501, 1.0, 9.0, 60.0, 300.0))
    case((GAMMA, CONSTANT), [(1.0, 0.5, 0), (-1.0, 0, 0)], (0.5, 0.5), (9, 4), (-60.0, -3.0, 0.25, 1.25, 4.125, 4.25))
    case((GAMMA, CONSTANT), [(1.0, 0.5, 0), (-1.0, 0, 0)], (0.5, 0.5), (4, 2), (-9.0, -0.25, 0.25, 0.5, 1.0), (3, 2),
         normalise=INDEGREE)
    # both signs
    case((EXPONENTIAL,) * 2, [(1.0, 0, 0), (-0.5, 0, 0)], (0.5, 0.75), (4, 3), (-40.0, -6.0, -1.0, 0.25, 1.0, 5.0, 60.0))
    case((LAPLACE, EXPONENTIAL), [(0.5, 1.5, 0), (-1.5, 0, 0)], (0.5, 0.25), (3, 2), (-30.0, -3.0, 0.0, 0.75, 2.0, 40.0))
    case((LAPLACE, CONSTANT), [(0.0, 1.0, 0), (1.0, 0, 0)], (0.25, 0.5), (3, 2), (-15.0, -1.75, -0.75, 0.25, 1.0, 30.0))
    case((EXPONENTIAL,) * 2, [(1.0, 0, 0), (-0.5, 0, 0)], (0.5, 0.75), (2, 2), (-4.0, 0.0, 0.25, 0.75), (1, 2),
         normalise=INDEGREE)
    # uniform of one width
    case((UNIFORM,) * 2, [(0.0, 1.0, 0), (-1.0, 0.0, 0)], (0.5, 0.75), (7, 6),
         (-6.625, -5.0, -1.0, 0.25, 0.75, 2.0, 5.75, 6.2421875))
    case((UNIFORM,) * 2, [(0.5, 2.5, 0), (-1.25, 0.75, 0)], (1.0, 1.0), (24, 8),
         (-60.0, -58.0, -24.0, -20.0, 0.0, 1.0, -1.625))
    case((UNIFORM, CONSTANT), [(-0.5, 0.5, 0), (1.0, 0, 0)], (0.5, 0.5), (4, 3), (-2.0, 0.0, 0.25, 0.5, -0.75), (2, 2),
         normalise=INDEGREE)

    print("/* Made by make_current.py with mpmath %s; do not edit. */" % sys.modules["mpmath"].__version__)
    print("#ifndef REFERENCE_CURRENT_H\n#define REFERENCE_CURRENT_H\n")
    print("#include <stdint.h>\n")
    print("typedef struct reference_current {\n    int32_t kind[2];\n    double par[6], p[2];\n    int64_t active[2], inactive[2];")
    print("    double theta, M;\n    int32_t normalise;\n    double x, above, below, at; /* Pr(S > Y), Pr(S < Y), Pr(S = Y) */\n} reference_current;\n")
    print("static const reference_current reference_currents[] = {")
    for c, xs in cases:
        for x in xs:
            above, below, at = law(c, x)
            assert abs(above + below + at - 1) < mpf(10) ** -60, (c, x, above + below + at)
            print("    {{%d, %d}, {%s}, {%s}, {%d, %d}, {%d, %d}, %r, %r, %d, %r, %s, %s, %s}," % (
                c["kind"][0], c["kind"][1], ", ".join(repr(float(v)) for par in c["par"] for v in par),
                ", ".join(repr(v) for v in c["p"]), *c["active"], *c["inactive"], c["theta"], c["M"], c["normalise"], x,
                show(above), show(below), show(at)))
    print("};\n")

    print("/* shape, x, Pr(Gamma < x), Pr(Gamma > x) */")
    print("static const double reference_gamma[][4] = {")
    for shape in (1e-3, 0.1, 0.5, 1.0, 1.5, 3.0, 9.9, 10.0, 10.1, 50.0, 317.5, 1000.0, 10000.0):
        for factor in (1e-3, 0.1, 0.5, 0.78, 0.9, 1.0, 1.1, 1.21, 1.5, 3.0, 20.0):
            x = shape * factor
            low, high = gamma_tails(mpf(shape), mpf(x))
            if min(low, high) > mpf(10) ** -300:
                print("    {%r, %r, %s, %s}," % (shape, x, show(low), show(high)))
    print("};\n")

    mp.dps = 30
    print("/* mu, sigma, t, E cos(t exp(mu + sigma Z)), E sin */")
    print("static const double reference_lognormal[][5] = {")
    for mu, sigma in ((0.0, 0.25), (0.0, 1.0), (-1.0, 0.5), (0.5, 2.0)):
        for t in (1e-3, 0.1, 1.0, 3.0, 10.0, 40.0):
            def f(z):
                return exp(-z * z / 2 + mp.mpc(0, t) * exp(mu + sigma * z)) / sqrt(2 * mp.pi)
            # a straight line up to the left of everything, then along Im z = pi/(4 sigma), where nothing oscillates fast
            eta = mp.mpc(0, mp.pi / (4 * sigma))
            points = [mpf(k) + eta for k in range(-14, 15, 2)]
            value = quad(f, [points[0] - eta, points[0]]) + quad(f, points) + quad(f, [points[-1], points[-1] + eta])
            print("    {%r, %r, %r, %s, %s}," % (mu, sigma, t, repr(float(value.real)), repr(float(value.imag))))
    print("};\n\n#endif")


main()
