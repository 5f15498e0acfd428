# What one would write with numpy: build the 2^N x 2^N matrix, iterate to 1e-13. Prints seconds (median of 5) and bytes.
# The network is drawn as bench_chain.c draws its own: weights uniform in -1..1, thresholds in 0..0.3, Gaussian noise 0.7.
import math
import resource
import statistics
import time

import numpy as np

n = 12
rng = np.random.default_rng(1)
J = 2 * rng.random((n, n)) - 1
np.fill_diagonal(J, 0)
theta = 0.3 * rng.random(n)
sigma = 0.7


def stationary():
    bits = ((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(float)
    z = (bits @ J.T - theta) / sigma
    p = 0.5 * np.vectorize(math.erfc)(-z / math.sqrt(2))
    P = np.ones((2**n, 2**n))
    for i in range(n):
        P *= np.where(bits[:, i] == 1, p[:, i, None], 1 - p[:, i, None])
    pi = np.full(2**n, 2.0**-n)
    while True:
        new = pi @ P
        if np.abs(new - pi).sum() < 1e-13:
            return new
        pi = new


before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
seconds = []
for _ in range(5):
    start = time.perf_counter()
    stationary()
    seconds.append(time.perf_counter() - start)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(statistics.median(seconds), (after - before) * 1024)
