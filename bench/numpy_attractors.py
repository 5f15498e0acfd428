# What one would write with numpy: the successors of all states, then the attractor of each by repeated squaring of the map
# (next = next[next]), basins by counting. Prints seconds (median of 3), bytes and attractors.
# usage: numpy_attractors.py N FILE, FILE holds J[N][N] and theta[N] as doubles.
import resource
import statistics
import sys
import time

import numpy as np

n = int(sys.argv[1])
data = np.fromfile(sys.argv[2])
J, theta = data[: n * n].reshape(n, n), data[n * n :]


def attractors():
    states = np.arange(2**n, dtype=np.uint32)
    successor = np.zeros(2**n, dtype=np.uint32)
    for i in range(n):
        drive = np.full(1, -theta[i])
        for j in range(n):  # the drives of all states, doubling
            drive = np.concatenate([drive, drive + J[i, j]])
        successor |= (drive >= 0).astype(np.uint32) << np.uint32(i)
    far = successor
    for _ in range(n):  # 2^n steps: everything is on its cycle
        far = far[far]
    # the least state of the cycle that far[s] is on, by following the cycles all at once
    cyclic = np.unique(far)
    least, at = cyclic.copy(), successor[cyclic]
    while True:
        new = np.minimum(least, at)
        at = successor[at]
        if (at == cyclic).all():
            break
        least = new
    table = np.zeros(2**n, dtype=np.uint32)
    table[cyclic] = np.minimum(least, new)
    return np.unique(table[far], return_counts=True)


before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
seconds = []
for _ in range(3):
    start = time.perf_counter()
    states, basins = attractors()
    seconds.append(time.perf_counter() - start)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(statistics.median(seconds), (after - before) * 1024, len(states))
