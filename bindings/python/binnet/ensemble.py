"""Random wiring: ensembles of networks, laws of threshold currents, expected fixed points and cycles."""
from __future__ import annotations

from typing import Any, Callable, List, NamedTuple, Optional, Sequence, Tuple

from . import lowlevel
from ._arrays import doubles, integers, optional_doubles, points, shaped
from ._native import lib
from ._numpy import np
from .chain import Cost
from .network import Network, tie_number
from .noise import _Functions

_KINDS = {'constant': 1, 'gaussian': 2, 'uniform': 3, 'exponential': 4, 'gamma': 5, 'lognormal': 6, 'laplace': 7, 'custom': 8}
_NORMALISE = {'none': 0, 'fixed': 1, 'n': 2, 'indegree': 3}
_METHODS = {1: 'lattice', 2: 'gaussian', 3: 'gamma', 4: 'two-sided', 5: 'uniform', 6: 'inversion', 7: 'contour'}


class Weight:
    """The law of one weight, given that the connection is there.

    >>> Weight.gaussian(1.0, 0.5)
    <gaussian weight (1.0, 0.5)>
    """

    def __init__(self, kind: str, *parameters: float, functions: Optional[_Functions] = None):
        self.kind, self.parameters, self._functions = kind, tuple(map(float, parameters)), functions

    def __repr__(self):
        return '<%s weight %s>' % (self.kind, self.parameters)

    @classmethod
    def constant(cls, value: float) -> 'Weight':
        return cls('constant', value)

    @classmethod
    def gaussian(cls, mean: float, sd: float) -> 'Weight':
        return cls('gaussian', mean, sd)

    @classmethod
    def uniform(cls, lo: float, hi: float) -> 'Weight':
        return cls('uniform', lo, hi)

    @classmethod
    def exponential(cls, mean: float) -> 'Weight':
        """Negative mean: of the law of -Exp(|mean|)."""
        return cls('exponential', mean)

    @classmethod
    def gamma(cls, shape: float, scale: float) -> 'Weight':
        return cls('gamma', shape, scale)

    @classmethod
    def lognormal(cls, mu: float, sigma: float, sign: int = 1) -> 'Weight':
        return cls('lognormal', mu, sigma, sign)

    @classmethod
    def laplace(cls, location: float, scale: float) -> 'Weight':
        return cls('laplace', location, scale)

    @classmethod
    def custom(cls, cdf: Optional[Callable] = None, survival: Optional[Callable] = None,
               characteristic: Optional[Callable] = None) -> 'Weight':
        """Any law, by functions of one number; characteristic(t) = E exp(i t W) returns a complex number."""
        return cls('custom', functions=_Functions(cdf, survival, None, characteristic))


class Limit(NamedTuple):
    """Limit law of a bifurcation point for many neurons: domain, constants, and distance of the exact law from it."""
    domain: str
    location: float
    scale: float
    shape: float
    distance: float


class Ensemble:
    """Networks with homogeneous populations and random, independent connections.

    size      neurons in each population
    p         connection probabilities, p[a, b] from population b to population a; or one for all
    weight    Weight[a][b] of the connections that are there; or one for all; numbers are constants
    threshold, stimulus   of each population
    normalise 'none', 'n', 'indegree', or the numbers M
    self_connections      a neuron may be connected to itself
    heterogeneous         each neuron is a population of its own, with self-connections where p[i, i] > 0; `size` is then n

    >>> e = Ensemble([5], 0.5, Weight.gaussian(1.0, 1.0), threshold=1.0)
    >>> round(e.fixed_mean(), 6)
    1.591469
    """

    def __init__(self, size: Any, p: Any, weight: Any, *, threshold: Any = None, stimulus: Any = None, normalise: Any = 'none',
                 self_connections: bool = False, tie: str = 'active', heterogeneous: bool = False):
        if heterogeneous:
            P = int(size)
        else:
            size = integers('size', np.atleast_1d(size), 'int64')
            P = len(size)
        law = _weight_matrix(weight, P)
        kind = np.array([[1 if w.kind == 'custom' else _KINDS[w.kind] for w in row] for row in law], dtype=np.int32)
        par = np.zeros((P, P, lowlevel.BINNET_WEIGHT_PARAMETERS))
        for a, row in enumerate(law):
            for b, w in enumerate(row):
                par[a, b, :len(w.parameters)] = w.parameters
        M = None
        if not isinstance(normalise, str):
            M = doubles('normalise', normalise, P)
            normalise = 'fixed'
        if normalise not in _NORMALISE:
            raise ValueError('normalise is one of %s, or numbers' % ', '.join(map(repr, _NORMALISE)))
        shared = (optional_doubles('threshold', threshold, P), optional_doubles('stimulus', stimulus, P),
                  _NORMALISE[normalise], M)
        if heterogeneous:
            ptr = lowlevel.ensemble_new_heterogeneous(P, doubles('p', p, P, P), kind, par, *shared)
        else:
            ptr = lowlevel.ensemble_new(P, size, doubles('p', p, P, P), kind, par, *shared, int(self_connections))
        holders = []
        for a, row in enumerate(law):
            for b, w in enumerate(row):
                if w._functions is None:
                    continue
                f = w._functions
                holders.append(f)
                try:
                    ptr = lowlevel.ensemble_with_weight(
                        ptr, a, b, None if f.cdf is None else lib.binnet_python_cdf,
                        None if f.survival is None else lib.binnet_python_survival,
                        None if f.characteristic is None else lib.binnet_python_characteristic, f.handle)
                finally:
                    if f.pending is not None:
                        pending, f.pending = f.pending, None
                        raise pending
        if tie_number(tie):
            ptr = lowlevel.ensemble_with_tie(ptr, tie_number(tie))
        self._set(ptr, tuple(holders))

    def _set(self, ptr, holders):
        self._ptr, self._holders = ptr, holders
        self.n: int = lowlevel.ensemble_neurons(ptr)
        self.n_populations: int = lowlevel.ensemble_populations(ptr)

    def _like(self, ptr) -> 'Ensemble':
        e = Ensemble.__new__(Ensemble)
        e._set(ptr, self._holders)
        return e

    @classmethod
    def from_file(cls, source: Any) -> 'Ensemble':
        """From a file (docs/ensembles.md): its path, or an open file; read_ensemble() gives the names of its populations too."""
        from .files import read_ensemble
        return read_ensemble(source).ensemble

    def __repr__(self):
        return '<Ensemble of %d neurons in %d populations>' % (self.n, self.n_populations)

    # --- what it is made of

    @property
    def size(self):
        return np.array([lowlevel.ensemble_size(self._ptr, a) for a in range(self.n_populations)], dtype=np.int64)

    @property
    def p(self):
        P = range(self.n_populations)
        return np.array([[lowlevel.ensemble_probability(self._ptr, a, b) for b in P] for a in P])

    @property
    def weight(self) -> List[List[Weight]]:
        P, kinds = range(self.n_populations), {v: k for k, v in _KINDS.items()}
        return [[Weight(kinds[lowlevel.ensemble_kind(self._ptr, a, b)],
                        *(lowlevel.ensemble_parameter(self._ptr, a, b, k) for k in range(lowlevel.BINNET_WEIGHT_PARAMETERS)))
                 for b in P] for a in P]

    @property
    def threshold(self):
        return np.array([lowlevel.ensemble_threshold(self._ptr, a) for a in range(self.n_populations)])

    @property
    def stimulus(self):
        return np.array([lowlevel.ensemble_stimulus(self._ptr, a) for a in range(self.n_populations)])

    @property
    def normalisation(self):
        """M of each population; NaN for the random in-degree."""
        return np.array([lowlevel.ensemble_normalisation(self._ptr, a) for a in range(self.n_populations)])

    @property
    def normalise(self) -> str:
        return list(_NORMALISE)[lowlevel.ensemble_normalise(self._ptr)]

    @property
    def tie(self) -> str:
        return ('active', 'silent', 'keep')[lowlevel.ensemble_tie(self._ptr)]

    @property
    def self_connections(self) -> bool:
        return bool(lowlevel.ensemble_self_connections(self._ptr))

    @property
    def reciprocal(self) -> str:
        return ('independent', 'same')[lowlevel.ensemble_reciprocal(self._ptr)]

    @property
    def correlation(self):
        """Correlation of the two weights between a pair of neurons."""
        P = range(self.n_populations)
        return np.array([[lowlevel.ensemble_correlation(self._ptr, a, b) for b in P] for a in P])

    # --- others like it

    def with_stimulus(self, stimulus: Any) -> 'Ensemble':
        return self._like(lowlevel.ensemble_with_stimuli(self, doubles('stimulus', stimulus, self.n_populations)))

    def with_tie(self, tie: str) -> 'Ensemble':
        return self._like(lowlevel.ensemble_with_tie(self, tie_number(tie)))

    def with_correlation(self, rho: Any, reciprocal: str = 'independent') -> 'Ensemble':
        """Weights of the two directions of a pair correlated; reciprocal='same': both connections are there, or none."""
        P = self.n_populations
        return self._like(lowlevel.ensemble_with_correlation(self, doubles('rho', rho, P, P), ('independent', 'same').index(reciprocal)))

    def sample(self, index: int = 0) -> Network:
        """Network number `index` of the sequence of the seed in binnet.options."""
        return Network._of(lowlevel.ensemble_sample(self, index))

    # --- fixed points

    def _active(self, active):
        return integers('active', active, 'int64', self.n_populations)

    def _axis(self, axis):
        return None if axis is None else integers('axis', axis, 'int32', self.n_populations)

    @property
    def n_classes(self) -> int:
        """Classes of states: numbers of active neurons in the populations."""
        return lowlevel.ensemble_classes(self._ptr)

    def log_probability(self, active: Any) -> float:
        """Log of the probability that a state is a fixed point; `active` counts its active neurons in each population."""
        return lowlevel.ensemble_state_probability(self, self._active(active))

    def fixed_mean(self) -> float:
        """Expected number of fixed points."""
        return lowlevel.ensemble_fixed_mean(self)

    def fixed_classes(self):
        """Log of the expected number of fixed points of each class; axes are numbers of active neurons."""
        out = np.empty(self.n_classes)
        lowlevel.ensemble_fixed_classes(out, out.size, self)
        return out.reshape(tuple(self.size + 1))

    def fixed_top(self, count: int = 10, by: str = 'class') -> Tuple[Any, Any, Any]:
        """(active neurons, log of the expected number in the class, log probability of one state) of the most probable."""
        active = np.empty((count, self.n_populations), dtype=np.int64)
        expected, probability = np.empty(count), np.empty(count)
        k = lowlevel.ensemble_fixed_top(active, expected, probability, count, self, ('class', 'state').index(by))
        return active[:k], expected[:k], probability[:k]

    def fixed_variance(self) -> Tuple[float, float, float]:
        """(mean, variance, error of the variance) of the number of fixed points."""
        return lowlevel.ensemble_fixed_variance(self)

    def fixed_mean_correlated(self, rho: Any = None) -> Tuple[float, float]:
        """(expected number of fixed points, error) with correlated reciprocal connections."""
        P = self.n_populations
        return lowlevel.ensemble_fixed_mean_correlated(self, optional_doubles('rho', rho, P, P))

    def cycles_mean(self, period: int) -> Tuple[float, float]:
        """(expected number of cycles of a period, error)."""
        return lowlevel.ensemble_cycles_mean(self, period)

    def diagram(self, x: Any, y: Any = None, axis: Any = None):
        """Expected number of fixed points over one stimulus x, [x], or two, [y, x].

        axis   0: the population's stimulus is x, 1: y, -1: its own; by default populations 0 and 1
        """
        x = np.ascontiguousarray(x, dtype=np.float64).reshape(-1)
        y = np.empty(0) if y is None else np.ascontiguousarray(y, dtype=np.float64).reshape(-1)
        if axis is None:
            axis = [0] + [1 if y.size and a == 1 else -1 for a in range(1, self.n_populations)]
        out = np.empty((len(y), len(x)) if len(y) else len(x))
        lowlevel.ensemble_diagram(out, out.size, self, self._axis(axis), x, len(x), y, len(y))
        return out

    def estimate(self, nx: int = 0, ny: int = 0) -> Cost:
        """Cost of diagram(); of fixed_mean() with nx = 0."""
        return Cost(*lowlevel.ensemble_diagram_estimate(self, nx, ny))

    def tuples_estimate(self, states: int) -> Cost:
        """Cost of cycles_mean(states), and with 2 of fixed_variance()."""
        return Cost(*lowlevel.ensemble_tuples_estimate(self, states))

    def current(self, population: int, active: Any, inactive: Any = None) -> 'Current':
        """The law of the threshold current of a neuron, given its active and inactive candidates in each population."""
        return Current(self, population, active, inactive)

    def current_table(self, population: int, x: float, strict: bool = False) -> Tuple[Any, Any, float]:
        """(Pr(c <= x), Pr(c > x), error) for all numbers of active candidates: axes; strict: ties belong to the second."""
        shape = self.size + 1
        if not self.self_connections:
            shape[population] -= 1
        out = np.empty(tuple(shape)), np.empty(tuple(shape))
        error = lowlevel.current_table(*out, out[0].size, self, population, x, int(strict))
        return out + (error,)

    def current_table_estimate(self, population: int) -> Cost:
        return Cost(*lowlevel.current_table_estimate(self, population))

    def bifurcations(self, active: Any, axis: Any = None) -> 'BifurcationLaw':
        """Laws of the bifurcation points of a state."""
        return BifurcationLaw(self, active, axis)

    def occurrence(self, axis: Any = None):
        """Probability of each class that one state of it is a fixed point for some stimuli."""
        out = np.empty(self.n_classes)
        axis = self._axis(axis)
        lowlevel.ensemble_occurrence(out, out.size, self, self.n_populations if axis is None else int(axis.max()) + 1, axis)
        return out.reshape(tuple(self.size + 1))

    def plot(self, x: Any, y: Any = None, axis: Any = None, ax=None):
        """Expected number of fixed points over one or two stimuli."""
        from .pictures import plot_mean_diagram
        return plot_mean_diagram(self, x, y, axis, ax=ax)


def _weight_matrix(weight, P) -> List[List[Weight]]:
    def one(w):
        return w if isinstance(w, Weight) else Weight.constant(w)
    if isinstance(weight, Weight) or np.ndim(weight) == 0:
        return [[one(weight)] * P for _ in range(P)]
    rows = [[one(w) for w in row] for row in weight]
    if len(rows) != P or any(len(row) != P for row in rows):
        raise ValueError('weight must be %d rows of %d laws' % (P, P))
    return rows


class Current:
    """The law of a threshold current c: a neuron fires iff its stimulus is at least c."""

    def __init__(self, ensemble: Ensemble, population: int, active: Any, inactive: Any = None):
        self._holders = ensemble._holders
        self._ptr = lowlevel.current_new(ensemble, population, ensemble._active(active),
                                         None if inactive is None else ensemble._active(inactive))

    @property
    def method(self) -> str:
        return _METHODS[lowlevel.current_method(self._ptr)]

    def _evaluate(self, which, x, return_error):
        x, shape = points('x', x)
        out, error = np.empty(len(x)), np.empty(len(x))
        where: list = [None] * 5
        where[which] = out
        lowlevel.current_eval(*where, error, len(x), self, x)
        return (shaped(out, shape), shaped(error, shape)) if return_error else shaped(out, shape)

    def cdf(self, x: Any, return_error: bool = False):
        """Pr(c <= x)."""
        return self._evaluate(0, x, return_error)

    def below(self, x: Any, return_error: bool = False):
        """Pr(c < x)."""
        return self._evaluate(1, x, return_error)

    def survival(self, x: Any, return_error: bool = False):
        """Pr(c > x)."""
        return self._evaluate(2, x, return_error)

    def at_least(self, x: Any, return_error: bool = False):
        """Pr(c >= x)."""
        return self._evaluate(3, x, return_error)

    def pdf(self, x: Any):
        """Density of the continuous part."""
        return self._evaluate(4, x, False)

    def moments(self) -> Tuple[float, float]:
        """(mean, variance)."""
        return lowlevel.current_moments(self)

    @property
    def atoms(self) -> Tuple[Any, Any]:
        """Values of positive probability, and these."""
        count = lowlevel.current_atoms(None, None, 2**62, self)
        value, mass = np.empty(count), np.empty(count)
        lowlevel.current_atoms(value, mass, count, self)
        return value, mass


class BifurcationLaw:
    """Laws of the points between which a state is a fixed point: which='lambda' (lower) and 'xi' (upper), on each axis of stimuli."""

    def __init__(self, ensemble: Ensemble, active: Any, axis: Any = None):
        axis = ensemble._axis(axis)
        self.n_axes = ensemble.n_populations if axis is None else int(axis.max()) + 1
        self._holders = ensemble._holders
        self._ptr = lowlevel.bifurcation_law_new(ensemble, ensemble._active(active), self.n_axes, axis)

    @staticmethod
    def _which(which: str) -> int:
        return ('lambda', 'xi').index(which)

    def cdf(self, x: Any, which: str, axis: int = 0):
        x, shape = points('x', x)
        out = np.empty(len(x))
        lowlevel.bifurcation_law_cdf(out, None, len(x), self, axis, self._which(which), x)
        return shaped(out, shape)

    def survival(self, x: Any, which: str, axis: int = 0):
        x, shape = points('x', x)
        out = np.empty(len(x))
        lowlevel.bifurcation_law_cdf(None, out, len(x), self, axis, self._which(which), x)
        return shaped(out, shape)

    def quantile(self, u: Any, which: str, axis: int = 0):
        u, shape = points('u', u)
        out = np.empty(len(u))
        lowlevel.bifurcation_law_quantile(out, len(u), self, axis, self._which(which), u)
        return shaped(out, shape)

    def moments(self, which: str, axis: int = 0) -> Tuple[float, float]:
        """(mean, variance)."""
        return lowlevel.bifurcation_law_moments(self, axis, self._which(which))

    def occurrence(self) -> Tuple[float, float]:
        """(probability that the state is a fixed point for some stimuli, error)."""
        return lowlevel.bifurcation_law_occurrence(self)

    def limit(self, which: str, axis: int = 0) -> Limit:
        """The limit law for many neurons."""
        domain, *numbers = lowlevel.bifurcation_law_limit(self, axis, self._which(which))
        return Limit({0: 'none', 1: 'gumbel', 3: 'weibull'}[domain], *numbers)
