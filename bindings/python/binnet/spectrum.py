"""Eigenvalues of a chain and their modes."""
from __future__ import annotations

from typing import Any, NamedTuple, Tuple

from . import lowlevel
from ._native import lib
from ._numpy import np
from .chain import Chain, Cost


class Times(NamedTuple):
    """Of each eigenvalue, in steps: relaxation time -1/log|lambda|, its ends within the bound, and the period of its rotation."""
    relaxation: Any
    shortest: Any
    longest: Any
    period: Any


class Residuals(NamedTuple):
    """Of each eigenvalue: max|P r - lambda r|, sum|l P - lambda l|, and the condition 1/|l r|."""
    right: Any
    left: Any
    condition: Any


class Spectrum:
    """The k eigenvalues of a chain that are greatest in modulus, with their modes; of a pair both, so that there may be k + 1.

    >>> from binnet import Chain, Network
    >>> s = Chain(Network([[0, 1], [1, 0]], threshold=0.5), 0.4).spectrum(4)
    >>> s.values.round(4).tolist()
    [1.0, 0.8944, 0.1056, 0.0]
    """

    def __init__(self, chain: Chain, k: int = 6):
        self.chain = chain
        self._ptr = lowlevel.spectrum_new(chain, min(k, chain.n_states))
        self.n: int = lowlevel.spectrum_neurons(self._ptr)

    @staticmethod
    def estimate(chain: Chain, k: int = 6) -> Cost:
        return Cost(*lowlevel.spectrum_estimate(chain, k))

    def __len__(self):
        return lowlevel.spectrum_count(self._ptr)

    def __repr__(self):
        return '<Spectrum: %d eigenvalues, by %s>' % (len(self), self.method)

    def _index(self, k: int) -> int:
        if not 0 <= k < len(self):
            raise IndexError('eigenvalue %d of %d' % (k, len(self)))
        return k

    @property
    def method(self) -> str:
        """'matrix' (the whole matrix was diagonalised) or 'krylov'."""
        return {lib.BINNET_METHOD_GTH: 'matrix', lib.BINNET_METHOD_ITERATION: 'krylov'}[lowlevel.spectrum_method(self._ptr)]

    @property
    def steps(self) -> int:
        """Applications of the chain that it took; 0 by the matrix."""
        return lowlevel.spectrum_steps(self._ptr)

    def _each(self, call) -> Any:
        return np.array([call(self._ptr, k) for k in range(len(self))]).T

    @property
    def values(self):
        """Eigenvalues, by falling modulus: real numbers when all are."""
        re, im, _ = self._each(lowlevel.spectrum_value)
        return re + 1j * im if im.any() else re

    @property
    def bounds(self):
        """|lambda - true eigenvalue| is at most this."""
        return self._each(lowlevel.spectrum_value)[2]

    @property
    def times(self) -> Times:
        return Times(*self._each(lowlevel.spectrum_times))

    @property
    def timescales(self):
        """Relaxation times after the first, which is infinite."""
        return self.times.relaxation[1:]

    @property
    def residuals(self) -> Residuals:
        return Residuals(*self._each(lowlevel.spectrum_residual))

    def gap(self, k: int = 1) -> Tuple[float, float]:
        """(1 - lambda, bound) of a real eigenvalue, also where that is far below 1e-16."""
        return lowlevel.spectrum_gap(self, self.chain, self._index(k))

    def _mode(self, call, k):
        re, im = np.empty(2**self.n), np.empty(2**self.n)
        call(re, im, re.size, self, self._index(k))
        return re + 1j * im if im.any() else re

    def right(self, k: int):
        """P r = lambda r, a function of the state; max|r| = 1."""
        return self._mode(lowlevel.spectrum_right, k)

    def left(self, k: int):
        """l P = lambda l, a deviation of the law; sum|l| = 1. The first is a stationary law."""
        return self._mode(lowlevel.spectrum_left, k)

    def metastable_sets(self, m: int) -> Tuple[Any, Any]:
        """(number of the set of each state, corner of each set): states in m parts that are seldom left, by falling weight."""
        sets, corner = np.empty(2**self.n, dtype=np.int32), np.empty(m, dtype=np.uint64)
        lowlevel.spectrum_sets(sets, sets.size, corner, m, self)
        return sets, corner

    def plot(self, ax=None):
        """Eigenvalues in the unit circle and relaxation times; on a given `ax` the first alone."""
        from .pictures import plot_spectrum
        return plot_spectrum(self, ax=ax)
