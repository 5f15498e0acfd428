#!/usr/bin/env python3
"""Writes orthant.h: normal orthant probabilities from mpmath with 30 digits, by integrals that the library does not use.

Two dimensions: over x by mpmath's own quadrature. Three: over x of two dimensions, these over the correlation.   usage: make_orthant.py > orthant.h
"""
import mpmath as mp

mp.mp.dps = 30


def above(x):
    return mp.erfc(x / mp.sqrt(2)) / 2


def scaled(f, cuts):
    """mpmath stops at an absolute error: bring the greatest value near 1."""
    most = max(f(c) for c in cuts)
    return most * mp.quad(lambda x: f(x) / most, cuts) if most > 0 else mp.mpf(0)


def bivariate(h, k, r):
    h, k, r = mp.mpf(h), mp.mpf(k), mp.mpf(r) if isinstance(r, mp.mpf) else mp.mpf(float(r))
    s = mp.sqrt((1 - r) * (1 + r))
    f = lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi) * above((k - r * x) / s)
    cuts = {h, h + 1, h + 3, h + 8, h + 20, mp.mpf(0), mp.mpf(1), mp.mpf(5), mp.mpf(12)}
    if r != 0:
        b = k / r
        cuts |= {b + j * s / abs(r) for j in (-8, -4, -2, -1, -0.5, 0, 0.5, 1, 2, 4, 8)}
    cuts |= {h + s * mp.mpf(2) ** -j for j in range(12)} | {h + mp.mpf(j) / 2 for j in range(24)}
    top = max(h, 0) + 32
    return scaled(f, sorted(c for c in cuts if h <= c < top) + [top])


def trivariate(h, r):
    h, r = [mp.mpf(x) for x in h], [mp.mpf(float(x)) for x in r]
    s2, s3 = mp.sqrt(1 - r[0] ** 2), mp.sqrt(1 - r[1] ** 2)
    rest = (r[2] - r[0] * r[1]) / (s2 * s3)
    f = lambda x: (mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi) * fast((h[1] - r[0] * x) / s2, (h[2] - r[1] * x) / s3, rest))
    cuts = [h[0] + j for j in (0, 0.125, 0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 9, 13)]
    return scaled(f, cuts)


def fast(h, k, r):
    """Over the correlation: exact to working precision for moderate arguments."""
    f = lambda t: mp.exp(-(h * h + k * k - 2 * h * k * mp.sin(t)) / (2 * mp.cos(t) ** 2))
    p = mp.quad(f, mp.linspace(0, mp.asin(r), 3), maxdegree=6) / (2 * mp.pi) + above(h) * above(k)
    return p if p > mp.mpf(10) ** (8 - mp.mp.dps) else bivariate(h, k, r) if p > 0 else mp.mpf(0)


def main():
    print("/* Made by make_orthant.py with mpmath; do not edit. */")
    print("/* h, k, r, Pr(X > h, Y > k): exact doubles as arguments. */")
    print("static const double bivariate_reference[][4] = {")
    for h, k in ((0, 0), (0.5, -1.25), (1, 1), (-2, 3), (4, 4), (6, 5.5), (-0.25, -0.5), (2, -7), (9, 3), (20, 15), (-5, -6)):
        for r in ("-0.999", "-0.95", "-0.7", "-0.2", "0.1", "0.5", "0.9", "0.94", "0.99", "0.999999"):
            p = bivariate(h, k, r)
            if p > mp.mpf("1e-280"):
                print(f"    {{{h}, {k}, {r}, {mp.nstr(p, 20)}}},")
    print("};\n\n/* h1, h2, h3, r12, r13, r23, Pr(all above) */\nstatic const double trivariate_reference[][7] = {")
    mp.mp.dps = 24
    for h in ((0, 0, 0), (0.5, -1, 0.25), (1.5, 2, 1), (-1, -2, 0.5), (4, 3.5, 3)):
        for r in (("0.3", "0.2", "0.1"), ("-0.4", "0.5", "0.3"), ("-0.3", "-0.3", "-0.35"), ("0.9", "0.8", "0.75"),
                  ("0.7", "-0.6", "-0.9")):
            if h[0] == 4 and r[0] == "0.7":
                continue  # about 1e-60: hours
            p = trivariate(h, r)
            if p > mp.mpf("1e-30"):
                print(f"    {{{h[0]}, {h[1]}, {h[2]}, {r[0]}, {r[1]}, {r[2]}, {mp.nstr(p, 16)}}},")
    print("};")


main()
