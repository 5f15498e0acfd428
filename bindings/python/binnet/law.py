"""Probability laws over the states of a network."""
from __future__ import annotations

import operator
from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

from . import lowlevel
from ._arrays import activities, integers, neuron_group, pinned, reals
from ._native import ffi
from ._numpy import np


class Populations(NamedTuple):
    """Activities of populations: means, covariances and correlations of them, mean covariance of pairs of neurons, Fano factors."""
    mean: Any
    covariance: Any
    correlation: Any
    within: Any
    fano: Any


class Law:
    """A probability of each of the 2^n states; bit i of a state is the activity of neuron i.

    p     2^n probabilities; they are copied; their sum must be 1 within 1e-9, and divides them where it is not 1 within 2e-15
    names of the neurons

    >>> law = Law([0.1, 0.2, 0.3, 0.4])
    >>> law.mean.round(12).tolist(), law.top(1)
    ([0.6, 0.7], [(3, 0.4)])
    """

    def __init__(self, p: Any, names: Optional[Sequence[str]] = None):
        p = np.ascontiguousarray(reals('p', p))
        n = max(p.size.bit_length() - 1, 0)
        if p.ndim != 1 or p.size != 2**n:
            raise ValueError('p must have 2^n entries in one dimension, not shape %s' % (p.shape,))
        self._set(lowlevel.law_new(n, p, p.size), names)

    def _set(self, ptr, names):
        self._ptr = ptr
        self.n: int = lowlevel.law_neurons(ptr)
        self.names: Optional[tuple] = None if names is None else tuple(names)
        if self.names is not None and len(self.names) != self.n:
            raise ValueError('names must be %d' % self.n)

    @classmethod
    def _of(cls, ptr, names=None) -> 'Law':
        law = cls.__new__(cls)
        law._set(ptr, names)
        return law

    @classmethod
    def from_file(cls, source: Any, names: Optional[Sequence[str]] = None) -> 'Law':
        """From a file of 2^n probabilities, .npy or CSV: its path, or an open file."""
        from .files import read_law
        return cls._of(read_law(source), names)

    def to_file(self, path: Any, format: Optional[str] = None) -> None:
        """To a file, 'npy' or 'csv' (one exact number a line); by default the ending tells.

        >>> import io
        >>> out = io.StringIO()
        >>> Law([0.1, 0.2, 0.3, 0.4]).to_file(out, 'csv')
        >>> out.seek(0), Law.from_file(out).p.tolist()
        (0, [0.1, 0.2, 0.3, 0.4])
        """
        from .files import write_law
        write_law(self, path, format)

    def __reduce__(self):
        return Law, (np.array(self.p), self.names)

    def __len__(self):
        return lowlevel.law_size(self._ptr)

    def __repr__(self):
        return '<Law of %d neurons>' % self.n

    def __array__(self, dtype=None, copy=None):
        return np.array(self.p, dtype=dtype) if copy else np.asarray(self.p, dtype=dtype)

    @property
    def p(self):
        """The probabilities, read-only, without a copy; valid as long as they are used."""
        address = int(ffi.cast('uintptr_t', lowlevel.law_data(self._ptr)))
        return pinned(address, (lowlevel.law_size(self._ptr),), self._ptr)

    # --- how good it is

    @property
    def residual(self) -> float:
        """|pi P - pi| of the solver; NaN for a law that no solver made."""
        return lowlevel.law_residual(self._ptr)

    @property
    def residual_relative(self) -> float:
        """Greatest relative difference of what flows into a state and out of it."""
        return lowlevel.law_residual_relative(self._ptr)

    @property
    def balance_error(self) -> float:
        """Estimate of the relative error of any probability."""
        return lowlevel.law_balance_error(self._ptr)

    @property
    def iterations(self) -> int:
        return lowlevel.law_iterations(self._ptr)

    @property
    def method(self) -> str:
        """'gth', 'iteration', or '' for a law that no solver made."""
        number = lowlevel.law_method(self._ptr)
        return lowlevel.method_name(number) if number > 0 else ''

    # --- pairs

    @property
    def mean(self):
        """Pr(neuron i active)."""
        out = np.empty(self.n)
        lowlevel.law_mean(out, self.n, self._ptr)
        return out

    @property
    def covariance(self):
        out = np.empty((self.n, self.n))
        lowlevel.law_covariance(out, self.n, self._ptr)
        return out

    @property
    def correlation(self):
        """Pearson's; NaN, with a warning, where a neuron never changes."""
        out = np.empty((self.n, self.n))
        lowlevel.law_correlation(out, self.n, self._ptr)
        return out

    # --- groups; neurons are given by number or name

    def _group(self, neurons):
        return neuron_group('neurons', neurons, self.n, self.names)

    def marginal(self, neurons: Any) -> 'Law':
        """Law of some neurons: bit b of its states is neurons[b]."""
        group = self._group(neurons)
        out = np.empty(2**len(group))
        lowlevel.law_marginal(out, out.size, self._ptr, len(group), group)
        return Law(out / out.sum(), None if self.names is None else [self.names[i] for i in group])

    def groupwise(self, neurons: Any) -> float:
        """Groupwise correlation of k neurons: E prod(A_i - q_i) / (prod E|A_i - q_i|^k)^(1/k); k = 2: Pearson's."""
        group = self._group(neurons)
        return lowlevel.law_groupwise(self._ptr, len(group), group)

    def central_moment(self, neurons: Any) -> float:
        """E prod(A_i - q_i)."""
        group = self._group(neurons)
        return lowlevel.law_central_moment(self._ptr, len(group), group)

    def cumulant(self, neurons: Any) -> float:
        """Joint cumulant."""
        group = self._group(neurons)
        return lowlevel.law_cumulant(self._ptr, len(group), group)

    def multi_information(self, neurons: Any = None) -> float:
        """Sum of the entropies of neurons less their joint entropy, in nats."""
        group = self._group(range(self.n) if neurons is None else neurons)
        return lowlevel.law_multi_information(self._ptr, len(group), group)

    def moments(self, central: bool = False):
        """All 2^n joint moments: entry S is E prod over the bits i of S of A_i; central: of A_i - q_i."""
        out = np.empty(2**self.n)
        (lowlevel.law_central_moments if central else lowlevel.law_moments)(out, out.size, self._ptr)
        return out

    def triples(self, central: bool = False) -> Tuple[Any, Any]:
        """Groupwise correlations (central: moments) of all pairs, and of all triples by binnet.triple_index(i, j, k)."""
        n = self.n
        pair, triple = np.empty((n, n)), np.empty(n * (n - 1) * (n - 2) // 6)
        (lowlevel.law_central_triples if central else lowlevel.law_triples)(pair, n, triple, triple.size, self._ptr)
        return pair, triple

    def populations(self, populations: Any) -> Populations:
        """Of the activities of populations; `populations` tells the number of that of each neuron."""
        pop = integers('populations', populations, 'int32', self.n)
        P = int(pop.max()) + 1
        out = Populations(np.empty(P), np.empty((P, P)), np.empty((P, P)), np.empty((P, P)), np.empty(P))
        lowlevel.law_populations(*out, P, pop, self.n, self._ptr)
        return out

    @property
    def entropy(self) -> float:
        """In nats."""
        return lowlevel.law_entropy(self._ptr)

    def top(self, k: int = 10) -> List[Tuple[int, float]]:
        """The k most probable states and their probabilities."""
        k = min(operator.index(k), 2**self.n)
        if k < 1:
            raise ValueError('k is %d, not 1 or more' % k)
        state, p = np.empty(k, dtype=np.uint64), np.empty(k)
        lowlevel.law_top(state, p, k, self._ptr)
        return list(zip(state.tolist(), p.tolist()))

    def to_series(self, k: Optional[int] = None):
        """pandas.Series of the probabilities, or of the k greatest; its index is the activities, one level for each neuron."""
        import pandas
        if k is None:
            states, p = np.arange(2**self.n, dtype=np.uint64), self.p
        else:
            state, p = zip(*self.top(k))
            states = np.array(state, dtype=np.uint64)
        names = self.names or [str(i) for i in range(self.n)]
        index = pandas.MultiIndex.from_arrays(activities(states, self.n).T, names=names)
        return pandas.Series(p, index=index, name='p')

    def plot(self, k: int = 16, ax=None):
        """The k most probable states as bars."""
        from .pictures import plot_law
        return plot_law(self, k, ax=ax)

    def plot_correlation(self, ax=None):
        from .pictures import plot_matrix
        a = self.correlation
        np.fill_diagonal(a, np.nan)
        return plot_matrix(a, self.names, ax=ax, label='correlation')


class StimulusInformation(NamedTuple):
    """Information between stimuli and responses, in nats, and its parts, which add up to it."""
    total: float
    linear: float
    signal_similarity: float
    correlation_independent: float
    correlation_dependent: float

    def plot(self, ax=None):
        """The parts as bars, and the whole."""
        from .pictures import plot_information
        return plot_information(self, ax=ax)


def stimulus_information(laws: Sequence[Law], prior: Any = None, neurons: Any = None) -> StimulusInformation:
    """Information that a group of neurons has about stimuli: laws[s] is the law of activities at stimulus s, prior[s] its weight."""
    laws = list(laws)
    if not laws:
        raise ValueError('no laws')
    weight = np.full(len(laws), 1 / len(laws)) if prior is None else np.ascontiguousarray(prior, dtype=np.float64)
    group = laws[0]._group(range(laws[0].n) if neurons is None else neurons)
    parts = np.empty(lowlevel.BINNET_INFORMATION_PARTS)
    nats = lowlevel.stimulus_information(parts, len(laws), laws, weight, len(group), group)
    return StimulusInformation(nats, *parts.tolist())


def triple_index(i: int, j: int, k: int) -> int:
    """Number of the triple {i, j, k} among those of Law.triples()."""
    return lowlevel.triple_index(i, j, k)
