"""Approximations, and how far from exact they are: mean fields, linear noise, expansions in the couplings."""
from __future__ import annotations

from typing import Any, List, NamedTuple, Tuple

from . import lowlevel
from ._arrays import doubles, integers, optional_doubles, reals
from ._native import ffi, lib
from ._numpy import np
from .network import Network
from .noise import as_noise

_INPUTS = {'mean': 1, 'gaussian': 2}
_UPDATES = {'synchronous': 1, 'asynchronous': 2, 'sweep': 3}
_EXPANSIONS = {'naive': 1, 'tap': 2, 't_1': 3, 't_2': 4, 'input': 5, 'pairs': 6, 'equilibrium': 7}


def _choice(name, choices, value):
    if value not in choices:
        raise ValueError('%s is one of %s, not %r' % (name, ', '.join(map(repr, choices)), value))
    return choices[value]


class Stability(NamedTuple):
    """Eigenvalues of the slopes, their greatest size (the synchronous map is stable below 1), their greatest real part (the
    asynchronous flow is stable below 1)."""
    eigenvalues: Any
    radius: float
    growth: float


class MeanField:
    """Means that are their own consequence: m = F(m), each neuron answering to the mean input of independent others.

    network, noise
    input        'gaussian': the input varies as that of independent activities; 'mean': naive, the mean input alone
    populations  one unit for each population of Network.homogeneous, instead of each neuron

    >>> field = MeanField(Network([[0, 1], [1, 0]], threshold=0.5), 1.0)
    >>> field.solve().round(6).tolist(), len(field.fixed_points())
    ([0.5, 0.5], 1)
    """

    def __init__(self, network: Network, noise: Any, input: str = 'gaussian', populations: bool = False):
        noise = as_noise(noise)
        if populations and noise.scale.ndim and noise.scale.size == network.n_populations != network.n:
            noise = noise._spread(network.populations)
        make = lowlevel.mean_field_new_populations if populations else lowlevel.mean_field_new
        self._set(make(network, noise._for(network.n), _choice('input', _INPUTS, input)), noise)

    def _set(self, ptr, noise):
        self._ptr, self._holders = ptr, noise._holders
        self.n: int = lowlevel.mean_field_units(ptr)

    @classmethod
    def degrees(cls, K: Any, J: Any, noise: Any, *, size: Any = None, threshold: Any = None, stimulus: Any = None,
                input: str = 'gaussian') -> 'MeanField':
        """Populations in which every neuron of a hears K[a, b] neurons of b, drawn at random, with weights J[a, b]; without
        `size` of infinitely many neurons. One scale of noise for each population."""
        return cls._populations(lowlevel.mean_field_new_degrees, K, J, noise, size, threshold, stimulus, input, 'K')

    @classmethod
    def probabilities(cls, size: Any, p: Any, J: Any, noise: Any, *, threshold: Any = None, stimulus: Any = None,
                      input: str = 'gaussian') -> 'MeanField':
        """Populations in which any neuron of b projects to any of a with probability p[a, b]."""
        return cls._populations(lowlevel.mean_field_new_probabilities, p, J, noise, size, threshold, stimulus, input, 'p')

    @classmethod
    def _populations(cls, make, table, J, noise, size, threshold, stimulus, input, name):
        noise = as_noise(noise)
        P = len(np.atleast_2d(reals('J', J)))
        sizes = None if size is None else integers('size', np.atleast_1d(size), 'int64', P)
        ptr = make(P, sizes, doubles(name, table, P, P), doubles('J', J, P, P), optional_doubles('threshold', threshold, P),
                   optional_doubles('stimulus', stimulus, P), noise._for(P), _choice('input', _INPUTS, input))
        field = cls.__new__(cls)
        field._set(ptr, noise)
        return field

    def __repr__(self):
        return '<MeanField of %d units>' % self.n

    def _mean(self, mean):
        return doubles('mean', mean, self.n)

    def __call__(self, mean: Any):
        """F(mean)."""
        out = np.empty(self.n)
        lowlevel.mean_field_map(out, None, None, self.n, self, self._mean(mean))
        return out

    def inputs(self, mean: Any) -> Tuple[Any, Any]:
        """Mean and variance of what goes into F."""
        out = np.empty(self.n), np.empty(self.n), np.empty(self.n)
        lowlevel.mean_field_map(*out, self.n, self, self._mean(mean))
        return out[1:]

    def slopes(self, mean: Any):
        """dF_a / dm_b."""
        out = np.empty((self.n, self.n))
        lowlevel.mean_field_slopes(out, self.n, self, self._mean(mean))
        return out

    def solve(self, start: Any = None, return_error: bool = False):
        """A fixed point from a start (1/2), nearly always the stable one in whose basin that is; the error is a first-order bound."""
        out = np.empty(self.n)
        error = lowlevel.mean_field_solve(out, self.n, self, optional_doubles('start', start, self.n))
        return (out, error) if return_error else out

    def stability(self, mean: Any) -> Stability:
        re, im = np.empty(self.n), np.empty(self.n)
        radius, growth = lowlevel.mean_field_stability(re, im, self.n, self, self._mean(mean))
        return Stability(re + 1j * im if im.any() else re, radius, growth)

    def fixed_points(self) -> 'MeanPoints':
        """All of them, with a proof, for few units."""
        return MeanPoints(self)

    def covariance(self, mean: Any = None, update: str = 'asynchronous', lag: int = 0, return_residual: bool = False):
        """Linear noise: Cov(A_i(t), A_j(t + lag)) of neurons that answer linearly to each other around a fixed point (that of solve())."""
        mean = self.solve() if mean is None else self._mean(mean)
        out, rule = np.empty((self.n, self.n)), _choice('update', _UPDATES, update)
        if lag:
            residual = lowlevel.linear_noise_lagged(out, self.n, self, mean, rule, lag)
        else:
            residual = lowlevel.linear_noise_covariance(out, self.n, self, mean, rule)
        return (out, residual) if return_residual else out

    def consistent(self, start: Any = None, update: str = 'asynchronous', return_change: bool = False):
        """(means, covariances) that know of each other: the input varies as that of correlated activities."""
        mean, cov = np.empty(self.n), np.empty((self.n, self.n))
        change = lowlevel.linear_noise_consistent(mean, cov, self.n, self, optional_doubles('start', start, self.n),
                                                  _choice('update', _UPDATES, update))
        return (mean, cov, change) if return_change else (mean, cov)

    def population_covariance(self, mean: Any = None, update: str = 'asynchronous') -> Tuple[Any, Any]:
        """Linear noise of populations of known sizes: covariances (of two different neurons, of the populations' mean activities)."""
        mean = self.solve() if mean is None else self._mean(mean)
        out = np.empty((self.n, self.n)), np.empty((self.n, self.n))
        lowlevel.linear_noise_populations(*out, self.n, self, mean, _choice('update', _UPDATES, update))
        return out

    def branches(self, lo: float, hi: float, direction: Any = 1.0, steps: int = 100) -> 'MeanBranches':
        """Branches of fixed points while stimuli are I + x direction, lo <= x <= hi, and where their stability changes."""
        return MeanBranches(self, lo, hi, direction, steps)


class MeanPoints:
    """The fixed points of a mean field, each proved to exist. A ConvergenceError, when some boxes could not be decided, has those that
    were found as its `partial`."""

    def __init__(self, field: MeanField):
        self.n = field.n
        self._ptr, failure = lowlevel.made_anyway(lib.binnet_mean_points_new, 'binnet_mean_points', lib.BINNET_E_NOCONV, field)
        if failure is not None:
            failure.partial = self
            raise failure

    def __len__(self):
        return lowlevel.mean_points_count(self._ptr)

    def __repr__(self):
        return '<%d fixed points%s>' % (len(self), '' if self.complete else ', not complete')

    @property
    def complete(self) -> bool:
        """There are no others."""
        return bool(lowlevel.mean_points_complete(self._ptr))

    @property
    def boxes(self) -> int:
        """How many were looked at."""
        return lowlevel.mean_points_boxes(self._ptr)

    def _pairs(self, call, count):
        out = np.empty((2, count, self.n))
        for k in range(count):
            call(self._ptr, k, lowlevel.unchecked(out[0, k]), lowlevel.unchecked(out[1, k]))
        return out[0], out[1]

    @property
    def means(self):
        """[count, n], by rising first mean."""
        return self._pairs(lowlevel.mean_points_get, len(self))[0]

    @property
    def errors(self):
        """[count, n]: proved bounds of |mean - true one|."""
        return self._pairs(lowlevel.mean_points_get, len(self))[1]

    @property
    def open_boxes(self) -> Tuple[Any, Any]:
        """(low, high) of the boxes where more may be."""
        return self._pairs(lowlevel.mean_points_open, lowlevel.mean_points_open_count(self._ptr))


class Branch(NamedTuple):
    """Fixed points along x: means [points, n], and the greatest size and real part of the slopes' eigenvalues."""
    x: Any
    mean: Any
    radius: Any
    growth: Any


class Special(NamedTuple):
    """Where stability changes: 'fold', 'crossing', 'period doubling', 'neimark-sacker' or 'hopf'; on which branch; x and its error; the
    means; the imaginary part (hopf) or angle of the eigenvalue."""
    kind: str
    branch: int
    x: float
    error: float
    mean: Any
    angle: float


_POINTS = {1: 'fold', 2: 'crossing', 3: 'period doubling', 4: 'neimark-sacker', 5: 'hopf'}


class MeanBranches:
    """Branches of fixed points of a mean field along one stimulus. A ConvergenceError, when they do not agree with the fixed points found at
    each of the steps + 1 stimuli, has them as its `partial`.

    >>> field = MeanField(Network([[0, 4.0], [4.0, 0]], threshold=2), 0.5, 'mean')
    >>> along = field.branches(-1, 1, steps=20)
    >>> sorted(s.kind for s in along.special if s.kind == 'fold')
    ['fold', 'fold']
    """

    def __init__(self, field: MeanField, lo: float, hi: float, direction: Any = 1.0, steps: int = 100):
        self.n = field.n
        self._steps = steps
        towards = doubles('direction', direction, self.n)
        self._ptr, failure = lowlevel.made_anyway(lib.binnet_mean_branches_new, 'binnet_mean_branches', lib.BINNET_E_NOCONV, field,
                                                  ffi.from_buffer('double[]', towards), self.n, float(lo), float(hi), steps)
        if failure is not None:
            failure.partial = self
            raise failure

    def __len__(self):
        return lowlevel.mean_branches_count(self._ptr)

    def __repr__(self):
        return '<%d branches, %d special points>' % (len(self), len(self.special))

    def __getitem__(self, k: int) -> Branch:
        if not 0 <= k < len(self):
            raise IndexError('branch %d of %d' % (k, len(self)))
        count = lowlevel.mean_branches_length(self._ptr, k)
        mean, rest = np.empty((count, self.n)), np.empty((3, count))
        for i in range(count):
            rest[:, i] = lowlevel.mean_branches_point(self._ptr, k, i, lowlevel.unchecked(mean[i]))
        return Branch(rest[0], mean, rest[1], rest[2])

    @property
    def special(self) -> List[Special]:
        out = []
        for k in range(lowlevel.mean_branches_special_count(self._ptr)):
            mean = np.empty(self.n)
            kind, branch, x, error, angle = lowlevel.mean_branches_special(self._ptr, k, lowlevel.unchecked(mean))
            out.append(Special(_POINTS[kind], branch, x, error, mean, angle))
        return out

    @property
    def counts(self) -> Tuple[Any, Any, Any]:
        """(x, fixed points there, whether that is proved to be all) of the steps + 1 stimuli that branches start from."""
        x, count, complete = zip(*(lowlevel.mean_branches_at(self._ptr, k) for k in range(self._steps + 1)))
        return np.array(x), np.array(count), np.array(complete, dtype=bool)

    def plot(self, unit: int = 0, ax=None):
        """The mean of one unit along the stimulus, dashed where the synchronous map is not stable, and the special points."""
        from .pictures import plot_branches
        return plot_branches(self, unit, ax=ax)


class Approximation(NamedTuple):
    """Moments of the activities; lagged[i, j] = Cov(A_i(t), A_j(t + 1)), of a step from t - 1 to t Cov(A_i(t - 1), A_j(t))."""
    mean: Any
    covariance: Any
    lagged: Any
    iterations: int = 1


def plefka_step(network: Network, noise: Any, mean: Any, covariance: Any = None, expansion: str = 'tap') -> Approximation:
    """One synchronous step of an expansion in the couplings, from moments of the activities (independent without covariances).

    expansion  'naive', 'tap' (means are kept), 't_1', 't_2' (the law before is kept), 'input' (Gaussian input), 'pairs'
    """
    n = network.n
    out = np.empty(n), np.empty((n, n)), np.empty((n, n))
    lowlevel.plefka_step(*out, n, network, as_noise(noise)._for(n), _choice('expansion', _EXPANSIONS, expansion), doubles('mean', mean, n),
                         optional_doubles('covariance', covariance, n, n))
    return Approximation(*out)


def plefka(network: Network, noise: Any, update: str = 'asynchronous', expansion: str = 'tap', start: Any = None) -> Approximation:
    """The stationary moments of an expansion in the couplings; asynchronous: 'naive', 'tap', 'equilibrium' (symmetric weights).

    >>> from binnet import logistic
    >>> net = Network([[0, 0.2], [0.2, 0]], threshold=0.1)
    >>> a = plefka(net, logistic(0.5), 'asynchronous', 'tap')
    >>> bool(np.abs(a.mean - net.chain(logistic(0.5)).stationary().mean).max() < 1e-4)
    True
    """
    n = network.n
    out = np.empty(n), np.empty((n, n)), np.empty((n, n))
    iterations = lowlevel.plefka_stationary(*out, n, network, as_noise(noise)._for(n), _choice('update', _UPDATES, update),
                                            _choice('expansion', _EXPANSIONS, expansion), optional_doubles('start', start, n))
    return Approximation(*out, iterations)
