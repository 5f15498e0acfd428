#!/usr/bin/env python3
"""Write information.h: information and moments of potentials of three-neuron networks, from 50-digit arithmetic (mpmath).

Usage: python3 make_information.py > information.h
Networks: the golden one, and one with activities between 1e-12 and 1 - 1e-12; Gaussian noise, synchronous and asynchronous. Laws are
solved from pi P = pi, information is a plain sum over all pairs of states, absolute moments are 1F1 as in [FP19].
"""
import sys

from mpmath import erfc, exp, gamma, hyp1f1, log, lu_solve, matrix, mp, mpf, pi, sqrt

N, S = 3, 8
J = [[0, 1.5, -2], [.7, 0, -1], [1.2, .9, 0]]
STIMULUS = [[.3, -.2, .1], [.3, -6.5, 4.5]]
THETA = [.5, .25, .75]
SIGMA = [.8, 1., .6]


def bit(s, i):
    return s >> i & 1


def drive(s, i, I):
    return sum(mpf(J[i][j]) for j in range(N) if bit(s, j)) + mpf(I[i])


def fires(s, i, I, a):
    z = (drive(s, i, I) - mpf(THETA[i])) / mpf(SIGMA[i])
    return erfc((-z if a else z) / sqrt(mpf(2))) / 2


def transitions(I, update):
    P = [[mpf(0)] * S for _ in range(S)]
    for s in range(S):
        for t in range(S):
            if update == 1:
                p = mpf(1)
                for i in range(N):
                    p *= fires(s, i, I, bit(t, i))
                P[s][t] = p
        if update == 2:
            for i in range(N):
                for a in (0, 1):
                    t = (s & ~(1 << i)) | a << i
                    P[s][t] += fires(s, i, I, a) / N
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


def entropy(ps):
    return -sum(p * log(p) for p in ps if p > 0)


def gather(pairs):
    out = {}
    for key, p in pairs:
        out[key] = out.get(key, mpf(0)) + p
    return list(out.values())


def absolute(k, mu, s):
    return s ** k * mpf(2) ** (mpf(k) / 2) * gamma(mpf(k + 1) / 2) / sqrt(pi) * \
        hyp1f1(-mpf(k) / 2, mpf(1) / 2, -mu * mu / (2 * s * s))


def values(I, update):
    P = transitions(I, update)
    x = stationary(P)
    pairs = [(s, t, x[s] * P[s][t]) for s in range(S) for t in range(S) if P[s][t] > 0]
    rate = sum(x[s] * entropy(P[s]) for s in range(S))
    production = sum(p * log(P[s][t] / P[t][s]) for s, t, p in pairs)
    multi = sum(entropy(gather((bit(s, i), x[s]) for s in range(S))) for i in range(N)) - entropy(x)
    memory = entropy(gather((s, p) for s, t, p in pairs)) + entropy(gather((t, p) for s, t, p in pairs)) - \
        entropy(p for s, t, p in pairs)
    transfer = entropy(gather(((bit(s, 0), bit(t, 0)), p) for s, t, p in pairs)) + \
        entropy(gather(((bit(s, 0), bit(s, 2)), p) for s, t, p in pairs)) - \
        entropy(gather((bit(s, 0), p) for s, t, p in pairs)) - \
        entropy(gather(((bit(s, 0), bit(s, 2), bit(t, 0)), p) for s, t, p in pairs))
    mean = [sum(x[s] * drive(s, i, I) for s in range(S)) for i in range(N)]

    def groupwise(group):
        k, product = len(group), mpf(1)
        top = mpf(0)
        for s in range(S):
            term = x[s]
            for i in group:
                term *= drive(s, i, I) - mean[i]
            top += term
        for i in group:
            product *= sum(x[s] * absolute(k, drive(s, i, I) - mean[i], mpf(SIGMA[i])) for s in range(S))
        return top / product ** (mpf(1) / k)

    return [rate, production, multi, memory, transfer] + mean + [groupwise([0, 1]), groupwise([0, 1, 2])], x


def main():
    mp.dps = 50
    print("/* Made by make_information.py with mpmath %s; do not edit. */" % sys.modules["mpmath"].__version__)
    print("#ifndef REFERENCE_INFORMATION_H\n#define REFERENCE_INFORMATION_H")
    print("\n/* Networks: 0 golden, 1 extreme; updates 1 and 2. Entropy rate and production, multi-information, I(A(t); A(t+1)),"
          "\n * transfer entropy from 2 to 0, means of the potentials, groupwise correlations of 0, 1 and of 0, 1, 2. */")
    print("static const double reference_information[2][2][10] = {")
    for I in STIMULUS:
        print("    {")
        for update in (1, 2):
            v, x = values(I, update)
            sys.stderr.write("means %s\n" % [mp.nstr(sum(x[s] for s in range(S) if bit(s, i)), 5) for i in range(N)])
            print("        {" + ", ".join(repr(float(a)) for a in v) + "},")
        print("    },")
    print("};\n\n#endif")


main()
