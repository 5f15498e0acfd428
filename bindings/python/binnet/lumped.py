"""Populations of interchangeable neurons: chains and laws of how many are active in each, exact for thousands of neurons."""
from __future__ import annotations

from typing import Any, NamedTuple, Optional

from . import lowlevel
from ._arrays import doubles, integers, reals
from ._numpy import np
from .chain import _UPDATES, Chain
from .law import Law
from .network import Network
from .noise import Noise, as_noise
from .sets import StateSet


class PopulationPotentials(NamedTuple):
    """Membrane potentials of the neurons of each population: mean, variance, and covariance of two different neurons."""
    mean: Any
    variance: Any
    covariance: Any


class OccupationLaw(Law):
    """A law of occupation numbers: how many neurons of each population are active.

    size    neurons in each population
    p       probabilities, p[n_0, n_1, ...], or flat with n_0 fastest; they are copied, and divided by their sum as those of a Law

    As a Law it is one of neurons, all those of a population being alike: mean, covariance, marginal, groupwise, entropy ... answer
    as that of all 2^n states would. `p` is flat, `grid` is it with an axis for each population.

    >>> law = OccupationLaw([2, 1], [[0.2, 0.1], [0.2, 0.1], [0.2, 0.2]])
    >>> law.n, law.population_mean.round(12).tolist(), law.activity(0).round(12).tolist()
    (3, [0.55, 0.4], [0.3, 0.3, 0.4])
    """

    def __init__(self, size: Any, p: Any):
        sizes = integers('size', np.atleast_1d(size), 'int64')
        p = reals('p', p)
        if p.ndim > 1:
            p = doubles('p', p, *(sizes + 1)).ravel(order='F')
        p = doubles('p', p, int(np.prod(sizes + 1)))
        self._set(lowlevel.law_new_lumped(len(sizes), sizes, p, p.size), None)

    def __reduce__(self):
        return OccupationLaw, (self.size, np.array(self.p))

    def __repr__(self):
        return '<OccupationLaw of %d neurons in %d populations>' % (self.n, self.n_populations)

    @property
    def n_populations(self) -> int:
        return lowlevel.occupation_populations(self._ptr)

    @property
    def size(self):
        """Neurons in each population."""
        return np.array([lowlevel.occupation_size(self._ptr, a) for a in range(self.n_populations)], dtype=np.int64)

    @property
    def grid(self):
        """p[n_0, n_1, ...], read-only, without a copy."""
        return self.p.reshape(tuple(self.size + 1), order='F')

    def occupation_numbers(self, state: Any):
        """Occupation numbers of states, the last axis being the population."""
        return np.stack(np.unravel_index(integers('state', state, 'int64').reshape(np.shape(state)), tuple(self.size + 1), order='F'), axis=-1)

    @property
    def population_mean(self):
        """Probability that a neuron of each population is active."""
        P = self.n_populations
        out = np.empty(P)
        lowlevel.occupation_mean(out, P, self)
        return out

    @property
    def population_covariance(self):
        """Covariance of two different neurons, one of each; NaN, with a warning, for two of a population of one."""
        P = self.n_populations
        out = np.empty((P, P))
        lowlevel.occupation_covariance(out, P, self)
        return out

    def activity(self, population: int):
        """p[k] = Pr(k neurons of the population are active)."""
        if not 0 <= population < self.n_populations:
            raise IndexError('population %r of %d' % (population, self.n_populations))
        out = np.empty(lowlevel.occupation_size(self._ptr, population) + 1)
        lowlevel.occupation_activity(out, out.size, self, population)
        return out

    @property
    def occupation_entropy(self) -> float:
        """Of the occupation numbers, in nats; `entropy` is that of the neurons."""
        return lowlevel.occupation_entropy(self)

    def expand(self) -> Law:
        """The law of all 2^n states."""
        return Law._of(lowlevel.occupation_expand(self))

    def top(self, k: int = 10):
        """The k most probable occupation numbers and their probabilities."""
        p = self.p
        k = min(k, p.size)
        best = np.argpartition(-p, k - 1)[:k]
        best = best[np.argsort(-p[best], kind='stable')]
        return [(tuple(numbers), x) for numbers, x in zip(self.occupation_numbers(best).tolist(), p[best].tolist())]

    def to_series(self, k: Optional[int] = None):
        """pandas.Series of the probabilities, or of the k greatest; its index is the occupation numbers."""
        import pandas
        if k is None:
            numbers, p = self.occupation_numbers(np.arange(self.p.size)), self.p
        else:
            top = self.top(k)
            numbers, p = np.array([t[0] for t in top]), np.array([t[1] for t in top])
        index = pandas.MultiIndex.from_arrays(numbers.T, names=[str(a) for a in range(self.n_populations)])
        return pandas.Series(p, index=index, name='p')

    def plot(self, k: Any = None, ax=None):
        """The laws of the populations' activities."""
        from .pictures import plot_occupation
        return plot_occupation(self, ax=ax)


class LumpedChain(Chain):
    """The chain of the occupation numbers of a network's populations: prod(N_a + 1) states instead of 2^n.

    network      Network.homogeneous, or any network whose populations are of interchangeable neurons
    noise        equal within a population: one scale for all neurons, for each neuron, or for each population
    populations  'find' looks for interchangeable neurons: see Network.interchangeable
    select       asynchronous: probability of each population to have a neuron of it updated
    blocks       number of the block of each population

    A state is a tuple of occupation numbers, or its number, population 0 fastest.

    >>> net = Network.homogeneous([100, 25], [[2, -4], [2, -1]], normalisation=[100, 100], threshold=0.2)
    >>> chain = LumpedChain(net, 0.3)
    >>> chain.n_states, chain.stationary().population_mean.round(3).tolist()
    (2626, [0.995, 1.0])
    """

    def __init__(self, network: Network, noise: Any, update: str = 'asynchronous', *, populations: Optional[str] = None,
                 select: Any = None, blocks: Any = None):
        if update not in _UPDATES or update == 'blocks' and blocks is None:
            raise ValueError('update is one of %s (with blocks=), not %r' % (', '.join(map(repr, _UPDATES)), update))
        if populations not in (None, 'find'):
            raise ValueError("populations is None or 'find', not %r" % (populations,))
        noise = as_noise(noise)
        if populations == 'find':
            same = None if noise.scale.ndim == 0 else noise
            network = network.with_populations(network.interchangeable(same))
        P = network.n_populations
        if noise.scale.size == P != network.n and noise.scale.ndim:
            noise = noise._spread(network.populations)
        law = noise._for(network.n)
        for given, what, rule in ((select, 'select', 'asynchronous'), (blocks, 'blocks', 'blocks')):
            if given is not None and update != rule:
                raise ValueError('%s goes with update=%r' % (what, rule))
        if select is not None:
            ptr = lowlevel.chain_new_lumped_asynchronous(network, law, doubles('select', select, P))
        elif update == 'blocks':
            block = integers('blocks', blocks, 'int32', P)
            ptr = lowlevel.chain_new_lumped_blocks(network, law, int(block.max()) + 1, block)
        else:
            ptr = lowlevel.chain_new_lumped(network, law, _UPDATES[update])
        self._made(ptr, network, noise)

    def __repr__(self):
        return '<%s LumpedChain of %d neurons in %d populations, %s noise>' % (self.update, self.n, self.n_populations,
                                                                              self.noise.kind)

    @property
    def n_populations(self) -> int:
        return lowlevel.chain_populations(self._ptr)

    @property
    def size(self):
        """Neurons in each population."""
        return np.array([lowlevel.chain_population_size(self._ptr, a) for a in range(self.n_populations)], dtype=np.int64)

    def _law_of(self, ptr) -> OccupationLaw:
        return OccupationLaw._of(ptr)  # type: ignore[return-value]

    def _law(self, law: Any) -> OccupationLaw:
        if isinstance(law, OccupationLaw):
            return law
        if isinstance(law, Law):
            raise TypeError('a law of occupation numbers is wanted')
        if law is None:
            return self.stationary()  # type: ignore[return-value]
        if isinstance(law, (int, np.integer, tuple)):
            p = np.zeros(self.n_states)
            p[self._state(law)] = 1
            law = p
        return OccupationLaw(self.size, law)

    def _state(self, state: Any) -> int:
        """Number of a state, given so or as occupation numbers."""
        if np.ndim(state) == 0:
            if not 0 <= int(state) < self.n_states:
                raise ValueError('state %d of %d' % (state, self.n_states))
            return int(state)
        numbers = integers('occupation numbers', state, 'int64', self.n_populations)
        if (numbers < 0).any() or (numbers > self.size).any():
            raise ValueError('occupation numbers %s of populations of %s' % (numbers.tolist(), self.size.tolist()))
        return int(np.ravel_multi_index(tuple(numbers), tuple(self.size + 1), order='F'))

    def _states(self, states: Any) -> StateSet:
        raise NotImplementedError('sets of occupation numbers are not in the library')

    def occupation_covariance(self, lag: int = 1, law: Any = None):
        """Cov(n_a(t), n_b(t + lag)) of the numbers of active neurons in the populations; `law` is that at t, the stationary one by
        default."""
        P = self.n_populations
        out = np.empty((P, P))
        lowlevel.occupation_lagged_covariance(out, P, self, self._law(law), lag)
        return out

    def entropy_rate(self, law: Any = None) -> float:
        """Entropy of the next state of the neurons (not of their numbers) given the present one."""
        return lowlevel.occupation_entropy_rate(self, self._law(law))

    def entropy_production(self, law: Any = None) -> float:
        """Of the neurons (not of their numbers), in nats per step; infinite where a transition has no reverse."""
        return lowlevel.occupation_entropy_production(self, self._law(law))

    def occupation_information(self, lag: int = 1, law: Any = None):
        """I(n_a(t); n_b(t + lag)) of the numbers of active neurons, in nats."""
        P = self.n_populations
        out = np.empty((P, P))
        lowlevel.occupation_mutual_information(out, P, self, self._law(law), lag)
        return out

    def occupation_transfer_entropy(self, law: Any = None):
        """I(n_a(t + 1); n_b(t) | n_a(t)) in nats: [a, b] from b to a."""
        P = self.n_populations
        out = np.empty((P, P))
        lowlevel.occupation_transfer_entropy(out, P, self, self._law(law))
        return out

    def potential_moments(self, previous: Any = None) -> PopulationPotentials:
        """Potentials one step after the law `previous`, the stationary one by default."""
        P = self.n_populations
        out = PopulationPotentials(np.empty(P), np.empty(P), np.empty((P, P)))
        lowlevel.occupation_potential(*out, P, self, self._law(previous))
        return out
