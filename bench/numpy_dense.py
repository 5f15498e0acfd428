# What one would write with numpy: build the 2^N x 2^N matrix, iterate to 1e-13. Prints seconds (median of 5) and bytes.
# The network is the file's: N, weights row after row, thresholds, and the scale of the Gaussian noise.
# usage: numpy_dense.py FILE
import math
import resource
import statistics
import sys
import time

import numpy as np

numbers = np.loadtxt(sys.argv[1])
n = int(numbers[0])
J = numbers[1:1 + n * n].reshape(n, n)
theta = numbers[1 + n * n:-1]
sigma = numbers[-1]


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
