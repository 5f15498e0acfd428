"""Approximations beside the exact answer."""
from __future__ import annotations

from typing import Any, List, NamedTuple

from . import lowlevel
from ._numpy import np
from .approximations import _UPDATES, Approximation, _choice
from .network import Network
from .noise import as_noise

_REFERENCES = {'auto': 0, 'exact': 1, 'monte carlo': 2}
_QUANTITIES = ('means', 'covariances', 'lagged')


class Deviation(NamedTuple):
    """Of the (means, covariances, lagged covariances) of a method from the reference: greatest, root mean square, and root mean
    square of the standard errors of the reference."""
    largest: Any
    rms: Any
    standard: Any


class Comparison:
    """The stationary moments of a network by every approximation, and the reference: exact where that is in reach, else simulated.

    update     'synchronous', 'asynchronous'
    reference  'auto', 'exact', 'monte carlo'
    precision  standard error that a simulation is to reach

    >>> from binnet import logistic
    >>> c = Comparison(Network([[0, 0.4], [0.3, 0]], threshold=0.1), logistic(0.5), 'synchronous')
    >>> c.reference, bool(c.errors('TAP').rms[0] < c.errors('naive mean field').rms[0])
    ('exact', True)
    """

    def __init__(self, network: Network, noise: Any, update: str = 'asynchronous', reference: str = 'auto', precision: float = 1e-3):
        self.names = network.names
        self._ptr = lowlevel.comparison_new(network, as_noise(noise)._for(network.n), _choice('update', _UPDATES, update),
                                            _choice('reference', _REFERENCES, reference), float(precision))
        self.n: int = lowlevel.comparison_neurons(self._ptr)

    def __repr__(self):
        return '<Comparison of %d methods with the %s reference>' % (len(self.applied), self.reference)

    @property
    def reference(self) -> str:
        """'exact' or 'monte carlo'."""
        return {1: 'exact', 2: 'monte carlo'}[lowlevel.comparison_reference(self._ptr)]

    @property
    def methods(self) -> List[str]:
        """All approximations that there are."""
        return [lowlevel.approximation_name(k) for k in range(1, lowlevel.approximation_count())]

    @property
    def applied(self) -> List[str]:
        """Those that have moments of this network."""
        return [m for k, m in enumerate(self.methods, 1) if lowlevel.comparison_has(self._ptr, k)]

    def _number(self, method: str) -> int:
        if method == 'reference':
            return 0
        if method not in self.methods:
            raise ValueError('method is one of %s, not %r' % (', '.join(map(repr, self.methods)), method))
        return 1 + self.methods.index(method)

    def status(self, method: str = 'reference') -> int:
        """0, or the code of why it has no moments."""
        return lowlevel.comparison_status(self._ptr, self._number(method))

    def message(self, method: str = 'reference') -> str:
        return lowlevel.comparison_message(self._ptr, self._number(method))

    def seconds(self, method: str = 'reference') -> float:
        return lowlevel.comparison_seconds(self._ptr, self._number(method))

    def moments(self, method: str = 'reference') -> Approximation:
        """Means, covariances, covariances one step apart."""
        n = self.n
        out = np.empty(n), np.empty((n, n)), np.empty((n, n))
        lowlevel.comparison_moments(*out, n, self, self._number(method))
        return Approximation(*out)

    @property
    def standard_errors(self) -> Approximation:
        """Of the reference; 0 when it is exact."""
        n = self.n
        out = np.empty(n), np.empty((n, n)), np.empty((n, n))
        lowlevel.comparison_standard_errors(*out, n, self)
        return Approximation(*out)

    def errors(self, method: str) -> Deviation:
        out = np.empty(3), np.empty(3), np.empty(3)
        lowlevel.comparison_errors(*out, self, self._number(method))
        return Deviation(*out)

    def to_frame(self):
        """pandas.DataFrame of the root mean square errors; NaN of methods that do not apply."""
        import pandas
        rows = {m: self.errors(m).rms if m in self.applied else [np.nan] * 3 for m in self.methods}
        return pandas.DataFrame.from_dict(rows, orient='index', columns=list(_QUANTITIES))

    def plot(self, ax=None):
        """Root mean square errors of means and covariances, method by method."""
        from .pictures import plot_comparison
        return plot_comparison(self, ax=ax)


def compare(network: Network, noise: Any, update: str = 'asynchronous', **how: Any) -> Comparison:
    """Comparison(network, noise, update, ...)."""
    return Comparison(network, noise, update, **how)
