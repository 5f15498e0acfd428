#!/usr/bin/env python3
"""Prints what the package costs over the C library, each figure beside its bar; the status is 1 when one is missed.

usage: measure.py [PAIRS]     of stationary laws, 100 by default; with the package on the path. Programs in C are compared too when
cc and pkg-config (PKG_CONFIG_PATH=build/meson-uninstalled) are there and the library that it finds is the one of the package.
"""
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import timeit

import numpy as np

import binnet
from binnet import lowlevel
from binnet._native import ffi, lib

HERE = os.path.dirname(os.path.abspath(__file__))
MISSED = []
PROCESSES = 6


def show(what, value, unit, bar=None, form='%8.3f'):
    missed = bar is not None and not value < bar
    print('%-58s %s %-3s %s' % (what, form % value, unit, '' if bar is None else ('MISSES %g' if missed else 'under %g') % bar))
    sys.stdout.flush()
    if missed:
        MISSED.append(what)


def best(statement, number, **names):
    # processor time: the machine has others to serve; in short runs, of which some are not disturbed
    return min(timeit.repeat(statement, timer=time.process_time, globals=names, number=500, repeat=number // 250)) / 500


def imported(code):
    """Milliseconds of processor time that an import takes in a new interpreter, the best of some."""
    program = 'import time; t = time.process_time(); %s; print(1e3 * (time.process_time() - t))' % code
    env = {k: v for k, v in os.environ.items() if k != 'PYTHONDONTWRITEBYTECODE'}
    return min(float(subprocess.check_output([sys.executable, '-c', program], env=env)) for _ in range(20))


def median_interval(x, level=0.99):
    """Median, and an interval that holds the true one in so many cases, whatever the distribution: order statistics."""
    x, n = sorted(x), len(x)
    k, tail = 0, 0.5**n
    while tail + math.comb(n, k + 1) * 0.5**n < (1 - level) / 2:
        k += 1
        tail += math.comb(n, k) * 0.5**n
    return statistics.median(x), x[k], x[n - 1 - k]


def pairs(what, number, c, python):
    """Alternates two ways to the same law, each first as often as the other; prints by how much the second is slower."""
    ratios, times = [], []
    orders = [True, False] * (number // 2)
    random.Random(5).shuffle(orders)
    for first in orders:
        if first:
            a, b = c(), python()
        else:
            b, a = python(), c()
        ratios.append(b / a)
        times.append(a)
    middle, low, high = median_interval(ratios)
    show(what, 100 * (middle - 1), '%', None, '%+8.3f')
    print('    99 %% interval %+.3f .. %+.3f %%, %d pairs; one call of C takes %.0f ms' %
          (100 * (low - 1), 100 * (high - 1), len(ratios), 1e3 * statistics.median(times)))
    if not low - 1 < 0.01:  # the pairs say that it is over the bar
        MISSED.append(what)
    return low - 1, high - 1


def compare_laws(number):
    n = 16
    J = np.random.default_rng(5).normal(size=(n, n))
    chain = binnet.Chain(binnet.Network(J), 1.0, 'sweep')
    context, out = binnet._context.Context(), ffi.new('binnet_law **')

    def by_c():
        start = time.process_time()
        assert lib.binnet_chain_stationary(context.ptr, out, chain._ptr) == 0
        end = time.process_time()
        lib.binnet_law_free(out[0])
        return end - start

    def by_python():
        start = time.process_time()
        p = chain.stationary().p
        end = time.process_time()
        del p
        return end - start

    # What Python adds does not depend on n, for no array is copied: of one neuron, the call of C takes nearly nothing.
    small = binnet.Chain(binnet.Network([[0]]), 1.0, 'sweep')

    def bare():
        lib.binnet_chain_stationary(context.ptr, out, small._ptr)
        lib.binnet_law_free(out[0])

    added = best('f().p', 4000, f=small.stationary) - best('f()', 4000, f=bare)
    took = statistics.median(by_c() for _ in range(5))
    show('what chain.stationary().p adds to the call of C', 1e6 * added, 'us')
    show('  of a stationary law, n = 16, sweeps', 100 * added / took, '%', 1, '%8.5f')
    pairs('  measured: over the bare call, by pairs', number, by_c, by_python)

    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, 'measure')
        try:
            flags = subprocess.check_output(['pkg-config', '--cflags', '--libs', 'binnet'], universal_newlines=True).split()
            subprocess.check_call(['cc', '-std=c11', '-D_POSIX_C_SOURCE=200809L', '-O2', '-o', program,
                                   os.path.join(HERE, 'measure.c'), *flags])
        except (OSError, subprocess.CalledProcessError) as error:
            print('a program in C is not compared:', error)
            return
        mapped = {line.split()[-1] for line in open('/proc/self/maps') if 'libbinnet.so' in line}
        env = {**os.environ, 'LD_LIBRARY_PATH': os.path.dirname(min(mapped)) if mapped else ''}
        # A process keeps its pace, which depends on where its pages lie: the same program differs by some per cent from one
        # process to the next, whatever the number of calls. So many processes of either kind are compared.
        kinds = {'C': [program], 'C again': [program], 'Python': [sys.executable, os.path.abspath(__file__), '--serve']}
        served = {(kind, k): subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True,
                                              bufsize=1, env=os.environ if kind == 'Python' else env) for kind, command in kinds.items() for k in range(PROCESSES)}
        for run in served.values():
            run.stdin.write('%d %s\n' % (n, ' '.join(map(repr, J.ravel().tolist()))))

        def ask(run):
            run.stdin.write('x')
            run.stdin.flush()
            seconds, p = run.stdout.readline().split()
            assert float(p) == chain_p[0], 'the program in C has another library, or another law'
            return float(seconds)

        chain_p = chain.stationary().p
        times: dict = {who: [] for who in served}
        for turn in range(3 + max(number // PROCESSES, 5)):
            for who in random.Random(turn).sample(sorted(served), len(served)):
                seconds = ask(served[who])
                times[who] += [seconds] if turn >= 3 else []
        for run in served.values():
            run.stdin.close()
            run.wait()
        pace = {kind: [statistics.median(times[kind, k]) for k in range(PROCESSES)] for kind in kinds}
        for kind in ('C again', 'Python'):
            c, other = pace['C'], pace[kind]
            ratio = statistics.mean(other) / statistics.mean(c)
            spread = math.sqrt((statistics.variance(c) + statistics.variance(other)) / PROCESSES) / statistics.mean(c)
            what = '  %d processes of %s over %d of C' % (PROCESSES, kind, PROCESSES)
            show(what, 100 * (ratio - 1), '%', None, '%+8.3f')
            print('    standard error over processes %.3f %%; one process over another of %s: up to %.2f %%' %
                  (100 * spread, kind, 100 * (max(other) / min(other) - 1)))
            if kind == 'Python' and ratio - 1 - 2.6 * spread >= 0.01:
                MISSED.append(what)


def serve():
    """measure.c in Python."""
    n, *weights = map(float, sys.stdin.buffer.raw.readline().split())
    chain = binnet.Chain(binnet.Network(np.reshape(weights, (int(n), int(n)))), 1.0, 'sweep')
    while os.read(0, 1):
        start = time.process_time()
        p = chain.stationary().p
        end = time.process_time()
        print('%.9f %r' % (end - start, float(p[0])), flush=True)
        del p


def ctrl_c(number=5):
    """Seconds, of the clock and of the processor, from Ctrl-C in a call of minutes until it is back; bytes that stay."""
    from test_life import CTRL_C
    runs = [list(map(float, subprocess.check_output([sys.executable, '-c', CTRL_C]).split())) for _ in range(number)]
    return [statistics.median(column) for column in zip(*runs)]


def main():
    print('load %.1f on %d processors' % (os.getloadavg()[0], os.cpu_count()))
    net = binnet.Network(np.eye(4))
    law = binnet.Law(np.full(16, 1 / 16))
    context, out = binnet._context.Context(), ffi.new('uint64_t *')
    show('a getter by cffi', 1e6 * best('f(p)', 200000, f=lib.binnet_net_neurons, p=net._ptr), 'us', 1)
    show('a call with a ctx by cffi', 1e6 * best('f(c, o, n, x)', 200000, f=lib.binnet_net_successor, c=context.ptr, o=out,
                                                n=net._ptr, x=3), 'us', 1)
    show('the same, lowlevel: checked, a context from the pool', 1e6 * best('f(n, 3)', 50000, f=lowlevel.net_successor, n=net),
         'us', 1)
    mean = np.empty(4)
    show('lowlevel.law_mean with its array', 1e6 * best('f(m, 4, law)', 50000, f=lowlevel.law_mean, m=mean, law=law), 'us')
    show('Law.p', 1e6 * best('law.p', 50000, law=law), 'us')
    large = binnet.Law(np.full(2**20, 2.0**-20))
    copied = large.p.ctypes.data != int(ffi.cast('uintptr_t', lib.binnet_law_data(large._ptr)))
    show('  copies in Law.p', copied, '', 1, '%8d')
    show('import binnet', imported('import binnet'), 'ms', 30, '%8.1f')
    show('import numpy', imported('import numpy'), 'ms', None, '%8.1f')
    show('import binnet after numpy', imported('import numpy; t = time.process_time(); import binnet'), 'ms', None, '%8.1f')
    wall, processor, left = ctrl_c()
    show('Ctrl-C in a call of minutes: back, by the clock', wall, 's', None)
    show('  by the processor', processor, 's', 0.15)
    show('  memory that stays (of vectors of 32 MiB)', left / 2**20, 'MiB', 1)
    compare_laws(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
    print('every bar is held' if not MISSED else 'missed: ' + ', '.join(MISSED))
    return bool(MISSED)


if __name__ == '__main__':
    sys.exit(serve() if sys.argv[1:] == ['--serve'] else main())
