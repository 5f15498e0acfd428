#!/usr/bin/env python3
"""Prints what the package costs over the C library. usage: measure.py  (with the package on the path)"""
import os
import statistics
import subprocess
import sys
import time
import timeit

import numpy as np

import binnet
from binnet import lowlevel
from binnet._native import ffi, lib


def best(statement, number, **names):
    # processor time: the machine has others to serve
    return min(timeit.repeat(statement, timer=time.process_time, globals=names, number=number // 20, repeat=100)) / (number // 20)


def imported(code):
    """Milliseconds that an import takes of processor time that an import takes in a new interpreter, the best of some."""
    program = 'import time; t = time.process_time(); %s; print(1e3 * (time.process_time() - t))' % code
    env = {k: v for k, v in os.environ.items() if k != 'PYTHONDONTWRITEBYTECODE'}
    return min(float(subprocess.check_output([sys.executable, '-c', program], env=env)) for _ in range(20))


def main():
    net = binnet.Network(np.eye(4))
    law = binnet.Law(np.full(16, 1 / 16))
    print('a getter by cffi            %6.3f us' % (1e6 * best('f(p)', 200000, f=lib.binnet_net_neurons, p=net._ptr)))
    context, out = binnet._context.Context(), ffi.new('double *')
    print('a call with a ctx by cffi   %6.3f us' %
          (1e6 * best('f(c, o, n, x)', 200000, f=lib.binnet_net_successor, c=context.ptr,
                      o=ffi.new('uint64_t *'), n=net._ptr, x=3)))
    print('the same, lowlevel          %6.3f us' % (1e6 * best('f(n, 3)', 50000, f=lowlevel.net_successor, n=net)))
    mean = np.empty(4)
    print('lowlevel.law_mean           %6.3f us' % (1e6 * best('f(m, 4, law)', 50000, f=lowlevel.law_mean, m=mean, law=law)))
    print('Law.p                       %6.3f us' % (1e6 * best('law.p', 50000, law=law)))
    print('import binnet               %6.1f ms' % imported('import binnet'))
    print('import numpy                %6.1f ms' % imported('import numpy'))
    print('import binnet after numpy   %6.1f ms' %
          (imported('import numpy; t = time.process_time(); import binnet')))

    n = 16
    rng = np.random.default_rng(5)
    chain = binnet.Chain(binnet.Network(rng.normal(size=(n, n))), 1.0)
    out = ffi.new('binnet_law **')
    times = {'C': [], 'Python': []}
    for _ in range(9):
        start = time.process_time()
        assert lib.binnet_chain_stationary(context.ptr, out, chain._ptr) == 0
        times['C'].append(time.process_time() - start)
        lib.binnet_law_free(out[0])
        start = time.process_time()
        p = chain.stationary().p
        times['Python'].append(time.process_time() - start)
        del p
    ratios = [b / a for a, b in zip(times['C'], times['Python'])]
    print('stationary law, n = 16      %6.1f ms; over the bare call of C: %+.2f %% (median of pairs)' %
          (1e3 * statistics.median(times['Python']), 100 * (statistics.median(ratios) - 1)))


if __name__ == '__main__':
    main()
