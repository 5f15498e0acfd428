#!/usr/bin/env python3
"""Write potentials.h: potentials of the golden three-neuron network under five noise laws, from 50-digit arithmetic (mpmath).

Usage: python3 make_potentials.py > potentials.h
Synchronous, stationary: the law of the activities solves pi P = pi; densities and distribution functions are sums over the eight
states; moments of the noise are integrals of its density (mpmath's quadrature); quantiles are roots; lagged covariances are sums
over all histories, the noise of a neuron split where it crosses its threshold.
"""
import sys

from mpmath import betainc, cosh, erfc, exp, findroot, gamma, inf, log, lu_solve, matrix, mp, mpf, pi, quad, sqrt

N, S = 3, 8
J = [[0, 1.5, -2], [.7, 0, -1], [1.2, .9, 0]]
I = [.3, -.2, .1]
THETA = [.5, .25, .75]
SIGMA = [.8, 1., .6]
DOF = 5
NOISES = ["gaussian", "logistic", "uniform", "laplace", "student t"]
POINTS = [[-3.5, -.45, .75, 4.], [-2., -.25, .25, 2.5], [-1.5, .5, 1., 5.]]  # of each neuron
PROBABILITIES = [.001, .25, .5, .99]
PLACES = [[.25, -.4, 1.], [-.45, .4, .75]]


def bit(s, i):
    return s >> i & 1


class Noise:
    def __init__(self, name):
        self.name = name
        self.cuts = [-inf, -1, 0, 1, inf] if name != "uniform" else [-1, 0, 1]

    def density(self, x):
        if self.name == "gaussian":
            return exp(-x * x / 2) / sqrt(2 * pi)
        if self.name == "logistic":
            return 1 / (2 * cosh(x / 2)) ** 2
        if self.name == "uniform":
            return mpf(1) / 2 if abs(x) < 1 else mpf(0)
        if self.name == "laplace":
            return exp(-abs(x)) / 2
        v = mpf(DOF)
        return gamma((v + 1) / 2) / gamma(v / 2) / sqrt(v * pi) * (1 + x * x / v) ** (-(v + 1) / 2)

    def below(self, x):
        if self.name == "gaussian":
            return erfc(-x / sqrt(mpf(2))) / 2
        if self.name == "logistic":
            return 1 / (1 + exp(-x))
        if self.name == "uniform":
            return min(max((1 + x) / 2, mpf(0)), mpf(1))
        if self.name == "laplace":
            return exp(x) / 2 if x < 0 else 1 - exp(-x) / 2
        v = mpf(DOF)
        tail = betainc(v / 2, mpf(1) / 2, 0, v / (v + x * x), regularized=True) / 2
        return tail if x < 0 else 1 - tail

    def integral(self, f, more=()):
        low, high = self.cuts[0], self.cuts[-1]
        cuts = sorted(set(list(self.cuts) + [c for c in more if low < c < high]))
        return quad(lambda x: f(x) * self.density(x), cuts)

    def above_moment(self, c):
        """E[B; B >= c]; B has mean 0."""
        if c >= self.cuts[-1] or c <= self.cuts[0]:
            return mpf(0)
        cuts = [c] + [x for x in self.cuts if x > c]
        return quad(lambda x: x * self.density(x), cuts)


def drive(s, i):
    return sum(mpf(J[i][j]) for j in range(N) if bit(s, j)) + mpf(I[i])


def fires(noise, s, i, a):
    z = (drive(s, i) - mpf(THETA[i])) / mpf(SIGMA[i])
    return noise.below(z if a else -z)  # all symmetric


def transitions(noise):
    P = [[mpf(1)] * S for _ in range(S)]
    for s in range(S):
        for t in range(S):
            for i in range(N):
                P[s][t] *= fires(noise, s, i, bit(t, i))
    return P


def stationary(P):
    A, b = matrix(S, S), matrix(S, 1)
    for t in range(S):
        for s in range(S):
            A[t, s] = P[s][t] - (s == t)
    for s in range(S):
        A[S - 1, s] = 1
    b[S - 1] = 1
    x = lu_solve(A, b)
    return [x[s] for s in range(S)]


def values(noise):
    P = transitions(noise)
    x = stationary(P)
    sigma = [mpf(v) for v in SIGMA]
    m = [[drive(s, i) for s in range(S)] for i in range(N)]
    mean = [sum(x[s] * m[i][s] for s in range(S)) for i in range(N)]
    variance = noise.integral(lambda b: b * b)
    cov = [sum(x[s] * (m[i][s] - mean[i]) * (m[j][s] - mean[j]) for s in range(S)) +
           (sigma[i] ** 2 * variance if i == j else 0) for i in range(N) for j in range(N)]

    def groupwise(group):
        k, product = len(group), mpf(1)
        top = mpf(0)
        for s in range(S):
            term = x[s]
            for i in group:
                term *= m[i][s] - mean[i]
            top += term
        for i in group:
            product *= sum(x[s] * noise.integral(lambda b: abs(m[i][s] - mean[i] + sigma[i] * b) ** k,
                                                 [(mean[i] - m[i][s]) / sigma[i]]) for s in range(S))
        return top / product ** (mpf(1) / k)

    def below(i, v):
        return sum(x[s] * noise.below((v - m[i][s]) / sigma[i]) for s in range(S))

    def above(i, v):
        return sum(x[s] * noise.below((m[i][s] - v) / sigma[i]) for s in range(S))

    def density(i, v):
        return sum(x[s] * noise.density((v - m[i][s]) / sigma[i]) for s in range(S)) / sigma[i]

    def quantile(i, q):
        low, high = mpf(-200), mpf(200)
        for _ in range(70):
            middle = (low + high) / 2
            low, high = (middle, high) if below(i, middle) < q else (low, middle)
        return findroot(lambda v: below(i, v) - q, (low, high), solver="anderson", tol=mpf(10) ** -80)

    def joint(V):
        terms = []
        for s in range(S):
            term = x[s]
            for i in range(N):
                term *= noise.density((mpf(V[i]) - m[i][s]) / sigma[i]) / sigma[i]
            terms.append(term)
        return terms

    def pair(v, w):
        return sum(x[s] * noise.below((mpf(v) - m[0][s]) / sigma[0]) * noise.below((mpf(w) - m[2][s]) / sigma[2])
                   for s in range(S))

    def lagged(lag):
        """Cov(V_i(t), V_j(t + lag)): V_i(t) - E V_i weighed into the law of A(t), then lag - 1 steps."""
        out = []
        for i in range(N):
            y = [mpf(0)] * S
            for s in range(S):
                h = (m[i][s] - mpf(THETA[i])) / sigma[i]
                high = sigma[i] * noise.above_moment(-h)
                for t in range(S):
                    others = mpf(1)
                    for k in range(N):
                        others *= fires(noise, s, k, bit(t, k)) if k != i else 1
                    own = fires(noise, s, i, bit(t, i)) * (m[i][s] - mean[i]) + (high if bit(t, i) else -high)
                    y[t] += x[s] * others * own
            for _ in range(lag - 1):
                y = [sum(y[s] * P[s][t] for s in range(S)) for t in range(S)]
            out += [sum(y[s] * m[j][s] for s in range(S)) for j in range(N)]
        return out

    out = mean + cov + [groupwise([0, 1]), groupwise([0, 2]), groupwise([1, 2]), groupwise([0, 1, 2])]
    for i in range(N):
        for v in POINTS[i]:
            out += [below(i, mpf(v)), above(i, mpf(v)), density(i, mpf(v))]
    for i in range(N):
        out += [quantile(i, mpf(q)) for q in PROBABILITIES]
    for V in PLACES:
        terms = joint(V)
        out += [sum(terms), pair(V[0], V[2])] + [t / sum(terms) for t in terms]
    return out + lagged(1) + lagged(2)


def main():
    mp.dps = 50
    rows = [values(Noise(name)) for name in NOISES]
    print("/* Made by make_potentials.py with mpmath %s; do not edit. */" % sys.modules["mpmath"].__version__)
    print("#ifndef REFERENCE_POTENTIALS_H\n#define REFERENCE_POTENTIALS_H")
    print("\n/* %s with %d degrees of freedom. Three means, nine"
          "\n * covariances, groupwise correlations of 01, 02, 12 and 012; distribution, survival function and density at four points"
          "\n * of each neuron; four quantiles of each; at two places the joint density, Pr(V_0, V_2 below it) and the eight"
          "\n * probabilities of the states before; covariances at lags 1 and 2. */"
          % (", ".join(NOISES), DOF))
    print("static const double reference_potentials[%d][%d] = {" % (len(rows), len(rows[0])))
    for row in rows:
        print("    {" + ", ".join(repr(float(v)) for v in row) + "},")
    print("};\n\n#endif")


main()
