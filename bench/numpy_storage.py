# What one would write with numpy: least squares neuron by neuron. usage: numpy_storage.py N TRANSITIONS NEURONS
# Prints processor seconds for all N neurons, extrapolated from the first NEURONS.
import sys
import time

import numpy as np

n, L, some = (int(v) for v in sys.argv[1:4])
rng = np.random.default_rng(1)
a = rng.integers(0, 2, (L, n)).astype(float)
b = rng.integers(0, 2, (L, n)) * 2.0 - 1
start = time.process_time()
for i in range(some):
    others = np.delete(a, i, axis=1)
    np.linalg.lstsq(others, b[:, i], rcond=None)
print((time.process_time() - start) * n / some)
