"""Membrane potentials V_i = (1/M_i) sum_j J_ij A_j + stimulus_i + noise."""
from __future__ import annotations

from typing import Any, Optional, Tuple

from . import lowlevel
from ._arrays import doubles, neuron_index, points, shaped
from ._numpy import np
from .chain import Chain
from .law import Law


class Potentials:
    """The potentials that states of the law `previous` give, one step on."""

    def __init__(self, chain: Chain, previous: Any = None):
        self.chain = chain
        self.previous: Law = chain._law(previous)
        self.n = chain.n

    @property
    def mean(self):
        out = np.empty(self.n)
        lowlevel.potential_mean(out, self.n, self.chain, self.previous)
        return out

    @property
    def covariance(self):
        out = np.empty((self.n, self.n))
        lowlevel.potential_covariance(out, self.n, self.chain, self.previous)
        return out

    def lagged_covariance(self, lag: int = 1):
        """Cov(V_i(t), V_j(t + lag))."""
        out = np.empty((self.n, self.n))
        lowlevel.potential_lagged_covariance(out, self.n, self.chain, self.previous, lag)
        return out

    def groupwise(self, neurons: Any) -> float:
        """Groupwise correlation, as Law.groupwise."""
        group = self.chain.network.index(neurons)
        return lowlevel.potential_groupwise(self.chain, self.previous, len(group), group)

    def marginal(self, neuron: Any) -> 'Marginal':
        """The law of one potential."""
        return Marginal(self, neuron_index(neuron, self.n, self.chain.names))

    def _points(self, neurons, V):
        group = self.chain.network.index(range(self.n) if neurons is None else neurons)
        V = np.ascontiguousarray(V, dtype=np.float64)
        if V.ndim not in (1, 2) or V.shape[-1] != len(group):
            raise ValueError('V must have %d potentials in its last axis, not shape %s' % (len(group), V.shape))
        return group, V.reshape(-1, len(group)), V.shape[:-1]

    def density(self, V: Any, neurons: Any = None, log: bool = False):
        """Joint density at a point V, or at the rows of V."""
        group, V, shape = self._points(neurons, V)
        out = np.empty(len(V))
        lowlevel.potential_density(None if log else out, out if log else None, len(V), self.chain, self.previous, len(group), group, V)
        return shaped(out, shape)

    def orthant(self, V: Any, neurons: Any = None, above: int = 0):
        """Pr(V_b <= v_b where bit b of `above` is 0, > where it is 1)."""
        group, V, shape = self._points(neurons, V)
        out = np.empty(len(V))
        lowlevel.potential_orthant(out, len(V), self.chain, self.previous, len(group), group, V, above)
        return shaped(out, shape)

    def law(self) -> Law:
        """The law of [V_i >= threshold_i]."""
        return Law._of(lowlevel.potential_law(self.chain, self.previous), self.chain.names)

    def given(self, V: Any) -> Law:
        """The law of the activities given all potentials."""
        return Law._of(lowlevel.potential_given(self.chain, self.previous, doubles('V', V, self.n)), self.chain.names)

    def posterior(self, V: Any) -> Law:
        """The law of the activities before, given the potentials that they gave."""
        return Law._of(lowlevel.potential_posterior(self.chain, self.previous, doubles('V', V, self.n)), self.chain.names)

    def sample(self, count: int, first: int = 0):
        """Exact samples [count, n], of the seed in binnet.options; `first` is the number of the first."""
        out = np.empty((count, self.n))
        lowlevel.potential_sample(out, count, self.chain, self.previous, first)
        return out

    def plot(self, ax=None):
        """The density of each neuron's potential, with its threshold."""
        from .pictures import plot_potentials
        return plot_potentials(self, ax=ax)


class Marginal:
    """The law of one membrane potential: a mixture of copies of the noise."""

    def __init__(self, potentials: Potentials, neuron: int):
        self.neuron = neuron
        self.name: Optional[str] = None if potentials.chain.names is None else potentials.chain.names[neuron]
        self._ptr = lowlevel.potential_marginal_new(potentials.chain, potentials.previous, neuron)
        self._holders = potentials.chain._holders

    def _evaluate(self, which, x):
        x, shape = points('x', x)
        out = np.empty(len(x))
        where: list = [None] * 4
        where[which] = out
        lowlevel.potential_marginal_eval(*where, len(x), self, x)
        return shaped(out, shape)

    def cdf(self, x: Any):
        return self._evaluate(0, x)

    def survival(self, x: Any):
        return self._evaluate(1, x)

    def pdf(self, x: Any):
        return self._evaluate(2, x)

    def logpdf(self, x: Any):
        return self._evaluate(3, x)

    def quantile(self, q: Any):
        q, shape = points('q', q)
        out = np.empty(len(q))
        lowlevel.potential_marginal_quantile(out, len(q), self, q)
        return shaped(out, shape)

    @property
    def components(self) -> Tuple[Any, Any]:
        """Means and weights of the mixture."""
        pairs = [lowlevel.potential_marginal_component(self, k) for k in range(lowlevel.potential_marginal_count(self._ptr))]
        means, weights = np.array(pairs).T
        return means, weights

    def plot(self, ax=None):
        """Its density."""
        from .pictures import plot_density
        return plot_density(self.pdf, self.quantile, ax=ax, xlabel='potential of %s' % (self.name or self.neuron))
