"""Monte Carlo: trajectories of networks beyond exact reach, time averages with standard errors."""
from __future__ import annotations

from typing import Any, NamedTuple, Optional, Sequence

from . import lowlevel
from ._arrays import State, doubles, integers, neuron_group, optional_doubles, state_number
from ._native import ffi, lib
from ._numpy import np
from .chain import Cost
from .law import Law
from .network import Network, tie_number
from .noise import as_noise
from .sets import as_set

_UPDATES = {'synchronous': 1, 'asynchronous': 2, 'sweep': 3}


class Estimate(NamedTuple):
    """Numbers and their standard errors."""
    value: Any
    error: Any


class Dwell(NamedTuple):
    """Of each set: share of the time in it, mean time from entering to leaving and its standard error, visits."""
    share: Any
    mean: Any
    error: Any
    visits: Any


class PopulationEstimates(NamedTuple):
    """Of the share of each population that is active: mean and variance in time, and their standard errors."""
    mean: Any
    mean_error: Any
    variance: Any
    variance_error: Any


def _wiring(size, p, in_degree, update, rate):
    """What the library takes: populations, their sizes, p, in-degrees, number of the update, rates."""
    if update not in _UPDATES:
        raise ValueError('update is one of %s, not %r' % (', '.join(map(repr, _UPDATES)), update))
    sizes = integers('size', np.atleast_1d(size), 'int64')
    P = len(sizes)
    return (P, sizes, optional_doubles('p', p, P, P), None if in_degree is None else integers('in_degree', in_degree, 'int64', P, P),
            _UPDATES[update], optional_doubles('rate', rate, P))


class Simulator:
    """A network compiled for simulation: the same seed (binnet.options) gives the same trajectories for any number of threads.

    update   'synchronous', 'asynchronous' (a step: one neuron), 'sweep' (a step: all, in order)
    select   asynchronous: probability of each neuron to be updated
    rate     instead: continuous time, updates of each neuron in a unit of time

    >>> run = Simulator(Network([[0, 1], [1, 0]], threshold=0.5), 0.5, 'synchronous').run(samples=1024)
    >>> bool(abs(run.mean.value[0] - 0.5) < 6 * run.mean.error[0])
    True
    """

    def __init__(self, network: Network, noise: Any, update: str = 'asynchronous', *, select: Any = None, rate: Any = None):
        if update not in _UPDATES:
            raise ValueError('update is one of %s, not %r' % (', '.join(map(repr, _UPDATES)), update))
        if (select is not None or rate is not None) and update != 'asynchronous' or select is not None and rate is not None:
            raise ValueError("one of select and rate goes with update='asynchronous'")
        noise = as_noise(noise)
        law, n = noise._for(network.n), network.n
        if select is not None:
            ptr = lowlevel.sim_new_asynchronous(network, law, doubles('select', select, n))
        elif rate is not None:
            ptr = lowlevel.sim_new_continuous(network, law, doubles('rate', rate, n))
        else:
            ptr = lowlevel.sim_new(network, law, _UPDATES[update])
        self._set(ptr, noise, network.names)

    def _set(self, ptr, noise, names):
        self._ptr, self._holders, self.names = ptr, noise._holders, names
        self.n: int = lowlevel.sim_neurons(ptr)

    @classmethod
    def populations(cls, size: Any, J: Any, noise: Any, update: str = 'asynchronous', *, p: Any = None, in_degree: Any = None,
                    threshold: Any = None, stimulus: Any = None, tie: str = 'active', rate: Any = None, index: int = 0,
                    redrawn: bool = False) -> 'Simulator':
        """Populations whose wiring is drawn here, two bytes a synapse; p: probability of each connection, or in_degree: how many
        neurons of b a neuron of a hears, drawn at random. `index` is the number of the wiring. redrawn: no synapse is kept, whom a
        neuron hears is drawn again at each of its updates; slower, for networks that do not fit the memory, and bit for bit the same."""
        P, sizes, p, in_degree, number, rate = _wiring(size, p, in_degree, update, rate)
        noise = as_noise(noise)
        make = lowlevel.sim_new_redrawn if redrawn else lowlevel.sim_new_populations
        ptr = make(P, sizes, doubles('J', J, P, P), p, in_degree, optional_doubles('threshold', threshold, P),
                   optional_doubles('stimulus', stimulus, P), noise._for(P), tie_number(tie), number, rate, index)
        out = cls.__new__(cls)
        out._set(ptr, noise, None)
        return out

    @staticmethod
    def populations_estimate(size: Any, update: str = 'asynchronous', *, p: Any = None, in_degree: Any = None, rate: Any = None,
                             redrawn: bool = False) -> Cost:
        """Expected synapses, bytes, and inputs that are drawn, of Simulator.populations before it runs."""
        P, sizes, p, in_degree, number, rate = _wiring(size, p, in_degree, update, rate)
        return Cost(*lowlevel.sim_populations_estimate(P, sizes, p, in_degree, number, rate, int(redrawn)))

    def __repr__(self):
        return '<%s Simulator of %d neurons>' % (self.update, self.n)

    @property
    def update(self) -> str:
        return lowlevel.update_name(lowlevel.sim_update(self._ptr))

    @property
    def n_populations(self) -> int:
        return lowlevel.sim_populations(self._ptr)

    @property
    def synapses(self) -> int:
        """0 of a homogeneous network."""
        return lowlevel.sim_synapses(self._ptr)

    @property
    def drive_error(self) -> float:
        """Most that the rounding of weights may change a drive."""
        return lowlevel.sim_drive_error(self._ptr)

    def _group(self, neurons, most=64):
        if neurons is None:
            return np.arange(min(self.n, most), dtype=np.int32)
        return neuron_group('neurons', neurons, self.n, self.names)

    def raster(self, samples: int, neurons: Any = None, *, interval: float = 1.0, burn_in: int = 0, run: int = 0, start: Any = None):
        """Activities [samples, neurons] of one trajectory, from its own start, or from n activities."""
        group = self._group(neurons)
        out = np.empty((samples, len(group)), dtype=np.uint8)
        begin = None if start is None else integers('start', start, 'uint8', self.n)
        lowlevel.sim_raster(out, samples, len(group), lowlevel.unchecked(group), self, float(interval), burn_in, run, begin)
        return out

    def law(self, neurons: Any = None, *, interval: float = 1.0, burn_in: Optional[int] = None, samples: int = 65536, runs: int = 4) -> Law:
        """How often states of some neurons (24 at most) were met; for standard errors see run()."""
        group = self._group(neurons, 24)
        ptr = lowlevel.sim_law(self, len(group), group, float(interval), 2**64 - 1 if burn_in is None else burn_in, samples, runs)
        return Law._of(ptr, None if self.names is None else [self.names[i] for i in group])

    def histogram(self, neurons: Any = None, *, interval: float = 1.0, burn_in: Optional[int] = None, samples: int = 65536,
                  runs: int = 4) -> Estimate:
        """How often states of some neurons (16 at most) were met, [2^k], and standard errors, also of states that never were."""
        group = self._group(neurons, 16)
        out = Estimate(*(np.empty(2**len(group)) for _ in range(2)))
        lowlevel.sim_histogram(*out, out.value.size, self, len(group), group, float(interval), 2**64 - 1 if burn_in is None else burn_in,
                               samples, runs)
        return out

    def dwell(self, sets: Sequence[Any], steps: int, *, burn_in: int = 0, run: int = 0) -> Dwell:
        """How long sets of states are kept, once they are entered; NaN, with a warning, for fewer than two visits."""
        parts = [as_set(s, self.n, self.names) for s in sets]
        k = len(parts)
        out = Dwell(np.empty(k), np.empty(k), np.empty(k), np.empty(k, dtype=np.uint64))
        lowlevel.sim_dwell(*out, k, parts, self, burn_in, steps, run)
        return out

    def reach(self, start: State, target: Any, against: Any, particles: int = 200, repeats: int = 30) -> Estimate:
        """Pr(target is reached before `against` | start), also when it is tiny: adaptive multilevel splitting, unbiased."""
        a, b = (as_set(s, self.n, self.names) for s in (target, against))
        return Estimate(*lowlevel.sim_reach(self, state_number(start, self.n), a, b, particles, repeats))

    def run(self, neurons: Any = None, *, lags: Sequence[int] = (0,), interval: float = 1.0, burn_in: Optional[int] = None,
            samples: int = 65536, runs: int = 4, precision: Optional[float] = None) -> 'Run':
        """Stationary means and covariances with standard errors, of trajectories from different starts.

        neurons    those that are watched one by one; the first 64 by default
        lags       of the covariances, in samples; 0: at the same time
        interval   between samples, in steps, of continuous time in its unit
        burn_in    samples left out at the beginning; an eighth by default
        samples    of each trajectory
        precision  instead of all samples, as many as bring every standard error below it; `samples` is then the most

        A ConvergenceError, when trajectories disagree or the precision was not reached, has the Run as its `partial`.
        """
        group = self._group(neurons)
        lag = integers('lags', lags, 'uint64')
        begin = 2**64 - 1 if burn_in is None else burn_in
        watched = ffi.from_buffer('int32_t[]', group) if len(group) else ffi.NULL
        shared = (self, len(group), watched, len(lag), ffi.from_buffer('uint64_t[]', lag) if len(lag) else ffi.NULL, float(interval), begin)
        if precision is None:
            made = lowlevel.made_anyway(lib.binnet_sim_run, 'binnet_run', lib.BINNET_E_NOCONV, *shared, samples, runs)
        else:
            made = lowlevel.made_anyway(lib.binnet_sim_run_to_precision, 'binnet_run', lib.BINNET_E_NOCONV, *shared, float(precision), samples,
                                        runs)
        run = Run(made[0], group, lag, self.n_populations)
        if made[1] is not None:
            made[1].partial = run
            raise made[1]
        return run

    def run_estimate(self, neurons: Any = None, *, lags: Sequence[int] = (0,), interval: float = 1.0, burn_in: Optional[int] = None,
                     samples: int = 65536, runs: int = 4) -> Cost:
        """Updates of neurons, bytes, and synapses gone through at most, of run() before it runs."""
        lag = integers('lags', lags, 'uint64')
        return Cost(*lowlevel.sim_run_estimate(self, len(self._group(neurons)), len(lag), lag, float(interval),
                                               2**64 - 1 if burn_in is None else burn_in, samples, runs))


class Run:
    """Time averages of a simulation."""

    def __init__(self, ptr, neurons, lags, n_populations):
        self._ptr, self.neurons, self.lags, self._P = ptr, neurons, lags, n_populations

    def __repr__(self):
        return '<Run: %d samples of %d trajectories, %d neurons watched>' % (self.samples, self.trajectories, len(self.neurons))

    @property
    def samples(self) -> int:
        """Of all trajectories, that count."""
        return lowlevel.run_samples(self._ptr)

    @property
    def burn_in(self) -> int:
        """Samples of each that do not."""
        return lowlevel.run_burn_in(self._ptr)

    @property
    def trajectories(self) -> int:
        return lowlevel.run_count(self._ptr)

    @property
    def largest_error(self) -> float:
        """Of the standard errors of means and covariances."""
        return lowlevel.run_largest_error(self._ptr)

    @property
    def discrepancy(self) -> float:
        """How much trajectories differ, over what would be too much: above 1 they are not from one stationary law."""
        return lowlevel.run_discrepancy(self._ptr)

    @property
    def flips(self) -> int:
        return lowlevel.run_flips(self._ptr)

    @property
    def synaptic_events(self) -> int:
        return lowlevel.run_synaptic_events(self._ptr)

    def _means(self):
        k = lowlevel.run_neurons(self._ptr)
        out = np.empty(k), np.empty(k), np.empty(k)
        lowlevel.run_mean(*out, k, self)
        return out

    @property
    def mean(self) -> Estimate:
        """Of the neurons that are watched."""
        return Estimate(*self._means()[:2])

    @property
    def effective_samples(self):
        """As many independent samples would have that error."""
        return self._means()[2]

    def covariance(self, number: int = 0) -> Estimate:
        """Cov(A_i(t), A_j(t + lags[number]))."""
        k = lowlevel.run_neurons(self._ptr)
        if not 0 <= number < lowlevel.run_lags(self._ptr):
            raise IndexError('lag number %d of %d' % (number, len(self.lags)))
        out = np.empty((k, k)), np.empty((k, k))
        lowlevel.run_covariance(*out, k, self, number)
        return Estimate(*out)

    @property
    def populations(self) -> PopulationEstimates:
        P = self._P
        out = PopulationEstimates(*(np.empty(P) for _ in range(4)))
        lowlevel.run_populations(*out, P, self)
        return out
