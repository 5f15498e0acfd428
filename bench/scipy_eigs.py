# What one would write with scipy: eigs (ARPACK) on the steps of the chain, for the right modes and for the left ones.
# usage: scipy_eigs.py N UPDATE FILE, the file of doubles: weights [N][N], thresholds [N], scale of logistic noise; as
# bench_spectrum.c writes it. Prints seconds of the matrix and of both calls, steps, the largest 2-norm of a residual, and the
# moduli of the eigenvalues.
import sys
import time

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import LinearOperator, eigs

n, update = int(sys.argv[1]), sys.argv[2]
data = np.fromfile(sys.argv[3])
J, theta, T = data[: n * n].reshape(n, n), data[n * n : n * n + n], data[-1]
S, low = 2**n, n // 2
bits = ((np.arange(S)[:, None] >> np.arange(n)) & 1).astype(float)
start = time.perf_counter()
p = 1 / (1 + np.exp(-(bits @ J.T - theta) / T))
steps = 0
if update == "asynchronous":
    s = np.arange(S)
    rows, columns, values = [], [], []
    for i in range(n):
        for to, weight in ((s | 1 << i, p[:, i] / n), (s & ~(1 << i), (1 - p[:, i]) / n)):
            rows.append(s)
            columns.append(to)
            values.append(weight)
    P = sparse.csr_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(S, S))
    transposed = P.T.tocsr()
    apply = [lambda x: P @ x, lambda x: transposed @ x]
else:

    def halves(first, count):
        table = np.ones((S, 2**count))
        m = np.arange(2**count)
        for b in range(count):
            table *= np.where(m >> b & 1, p[:, first + b, None], 1 - p[:, first + b, None])
        return table

    L, H = halves(0, low), halves(low, n - low)
    apply = [
        lambda x: np.einsum("ij,ij->i", H @ x.reshape(2 ** (n - low), 2**low), L),
        lambda x: (H.T @ (x.reshape(-1, 1) * L)).reshape(-1),
    ]
made = time.perf_counter() - start


def counted(f):
    def step(x):
        global steps
        steps += 1
        return f(x.reshape(-1))

    return step


start = time.perf_counter()
worst = 0
for f in apply:
    value, vector = eigs(LinearOperator((S, S), matvec=counted(f), dtype=float), k=10, which="LM", tol=1e-12)
    taken = steps
    for k in range(len(value)):
        v = vector[:, k]
        image = f(v.real) + 1j * f(v.imag)
        worst = max(worst, np.linalg.norm(image - value[k] * v))
print(made, time.perf_counter() - start, taken, worst, *sorted(abs(value), reverse=True))
