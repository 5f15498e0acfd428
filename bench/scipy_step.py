"""One synchronous step of a sparse network as numpy and scipy users write it: the product of a CSR matrix and the activities.

usage: scipy_step.py NEURONS IN_DEGREE ACTIVE   (share active); prints the seconds of a product, the median of five
"""
import sys
import time

import numpy as np
import scipy.sparse

n, k, active = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
rng = np.random.default_rng(1)
col = rng.integers(0, n, size=n * k, dtype=np.int32)
J = scipy.sparse.csr_matrix((np.full(n * k, 0.1), col, np.arange(0, n * k + 1, k, dtype=np.int32)), shape=(n, n))
A = (rng.random(n) < active).astype(float)
seconds = []
for _ in range(6):
    start = time.perf_counter()
    J @ A
    seconds.append(time.perf_counter() - start)
print(sorted(seconds[1:])[2])
