"""Noiseless dynamics at given stimuli: attractors and basins; fixed points of large networks."""
from __future__ import annotations

from typing import Any, Iterator, NamedTuple, Optional, Tuple

from . import lowlevel
from ._arrays import State, doubles, state_number
from ._native import ffi, lib
from ._numpy import np
from .chain import Cost

NO_ATTRACTOR = 2**64 - 1


class Attractor(NamedTuple):
    """One attractor: its states (of a cycle in the order of time) and how many states end in it."""
    states: tuple
    basin: int
    weak_basin: int
    longest_transient: Optional[int]
    mean_transient: float

    @property
    def period(self) -> int:
        return len(self.states)


class Attractors:
    """All attractors of a network, by period (asynchronous: number of states), then by least state.

    >>> from binnet import Network
    >>> a = Network([[0, 1], [1, 0]], threshold=0.5).attractors()
    >>> [x.states for x in a]
    [(0,), (3,), (1, 2)]
    """

    def __init__(self, network: Any, update: str = 'synchronous'):
        if update not in ('synchronous', 'asynchronous'):
            raise ValueError("update is 'synchronous' or 'asynchronous', not %r" % update)
        make = lowlevel.attractors_new if update == 'synchronous' else lowlevel.attractors_new_asynchronous
        self._ptr = make(network)
        self.names = network.names
        self.n: int = lowlevel.attractors_neurons(self._ptr)

    @staticmethod
    def estimate(network: Any, update: str = 'synchronous') -> Cost:
        """What it will cost, before it runs."""
        call = lowlevel.attractors_estimate if update == 'synchronous' else lowlevel.attractors_asynchronous_estimate
        return Cost(*call(network))

    @property
    def update(self) -> str:
        return lowlevel.update_name(lowlevel.attractors_update(self._ptr))

    @property
    def count(self) -> int:
        return lib.binnet_attractors_count(self._ptr)

    def __len__(self):
        return self.count

    def __repr__(self):
        return '<%d %s attractors>' % (self.count, self.update)

    def __getitem__(self, k: int) -> Attractor:
        if not -self.count <= k < self.count:
            raise IndexError('attractor %d of %d' % (k, self.count))
        k %= self.count
        p, state = self._ptr, lib.binnet_attractors_state
        longest = lowlevel.attractors_longest_transient(p, k)
        return Attractor(tuple(state(p, k, t) for t in range(lib.binnet_attractors_period(p, k))),
                         lowlevel.attractors_basin(p, k), lowlevel.attractors_weak_basin(p, k),
                         None if longest == 2**64 - 1 else longest, lowlevel.attractors_mean_transient(p, k))

    def __iter__(self) -> Iterator[Attractor]:
        return (self[k] for k in range(self.count))

    @property
    def fixed_points(self):
        """States of the attractors of one state."""
        periods = self.periods
        first = np.cumsum(periods) - periods
        return self.states[first[periods == 1]]

    @property
    def states(self):
        """States of all attractors, one attractor after the other, periods[k] of each."""
        out = np.empty(lowlevel.attractors_all_states(self._ptr), dtype=np.uint64)
        lowlevel.attractors_states(out, out.size, self._ptr)
        return out

    def _all(self, which):
        out = np.empty(self.count, dtype=np.uint64)
        where: list = [None] * 3
        where[which] = out
        lowlevel.attractors_all(*where, out.size, self._ptr)
        return out

    @property
    def periods(self):
        return self._all(0)

    @property
    def basins(self):
        return self._all(1)

    @property
    def weak_basins(self):
        """States that can end in each; synchronous: the basins."""
        return self._all(2)

    @property
    def basin_entropy(self) -> float:
        """Entropy of where a state drawn uniformly ends, in nats."""
        return lowlevel.attractors_basin_entropy(self._ptr)

    def holding(self, state: State) -> Optional[int]:
        """Number of the attractor that a state belongs to, or None."""
        k = lowlevel.attractors_holding(self._ptr, state_number(state, self.n))
        return None if k == NO_ATTRACTOR else k

    def reached(self, state: State) -> Tuple[int, int, int]:
        """(attractor, steps until it, its step that is entered) from a state; synchronous."""
        return lowlevel.attractors_reached(self._ptr, state_number(state, self.n))

    def margins(self, k: int, per_neuron: bool = False) -> Tuple[Any, Any]:
        """How far the stimulus of each population (or neuron) may go down and up with attractor k as it is."""
        size = self.n if per_neuron else lowlevel.attractors_populations(self._ptr)
        down, up = np.empty(size), np.empty(size)
        (lowlevel.attractors_neuron_margins if per_neuron else lowlevel.attractors_margins)(down, up, size, self._ptr, k)
        return down, up

    def match(self, other: 'Attractors'):
        """For each attractor the number of the same one in another analysis, or -1."""
        out = np.empty(self.count, dtype=np.uint64)
        lowlevel.attractors_match(out, out.size, self, other)
        return out.astype(np.int64)

    def plot(self, ax=None):
        """States of the attractors, neuron by neuron, with their basins."""
        from .pictures import plot_attractors
        return plot_attractors(self, ax=ax)


class FixedPoints:
    """All fixed points of a network of any size, or all states that are fixed points for some stimuli in a box.

    most           of them to list; the others are only counted
    lo, hi         box of the stimuli of the neurons: numbers, or one for each
    per_population the box is of the populations' stimuli

    `binnet.options(work_limit=)` stops the search; `complete` tells.

    >>> from binnet import Network
    >>> FixedPoints(Network([[0, 1], [1, 0]], threshold=0.5)).states.tolist()
    [[0, 0], [1, 1]]
    """

    def __init__(self, network: Any, most: int = 100000, *, lo: Any = None, hi: Any = None, per_population: bool = False):
        if lo is None and hi is None:
            self._ptr = lowlevel.fixed_points_new(network, most)
            self._units = 0
        else:
            size = self._units = network.n_populations if per_population else network.n
            lo = doubles('lo', -np.inf if lo is None else lo, size)
            hi = doubles('hi', np.inf if hi is None else hi, size)
            make = lowlevel.fixed_points_new_population_box if per_population else lowlevel.fixed_points_new_box
            self._ptr = make(network, lo, hi, size, most)
        self.n: int = lowlevel.fixed_points_neurons(self._ptr)

    @staticmethod
    def estimate(network: Any, most: int = 100000, per_population: bool = False) -> Cost:
        return Cost(*lowlevel.fixed_points_estimate(network, int(per_population), most))

    @property
    def count(self) -> int:
        """How many were found, listed or not; a lower bound unless `complete`. Exact below 2^64, rounded above."""
        n = lowlevel.fixed_points_count(self._ptr)
        if n < 2.0**63:
            return lowlevel.fixed_points_count_exact(self._ptr)
        return int(n) if np.isfinite(n) else n

    @property
    def complete(self) -> bool:
        return bool(lowlevel.fixed_points_complete(self._ptr))

    @property
    def steps(self) -> int:
        return lowlevel.fixed_points_steps(self._ptr)

    @property
    def searched(self) -> float:
        """Part of the search that was done."""
        return lowlevel.fixed_points_searched(self._ptr)

    def __len__(self):
        return lowlevel.fixed_points_listed(self._ptr)

    def __repr__(self):
        return '<%s fixed points, %d listed%s>' % (self.count, len(self), '' if self.complete else ', not complete')

    @property
    def states(self):
        """Activities [listed, n] of those that are listed."""
        words = lowlevel.fixed_points_words(self._ptr)
        out = np.empty((len(self), self.n), dtype=np.uint8)
        for k in range(len(self)):
            row = np.frombuffer(ffi.buffer(lib.binnet_fixed_points_state(self._ptr, k), 8 * words), dtype=np.uint64)
            bits = np.unpackbits(row.astype('<u8').view(np.uint8), bitorder='little')
            out[k] = bits[:self.n]
        return out

    def active(self, k: int, neuron: int) -> bool:
        a = lowlevel.fixed_points_active(self._ptr, k, neuron)
        if a < 0:
            raise IndexError('fixed point %d, neuron %d' % (k, neuron))
        return bool(a)

    def box(self, k: int) -> Tuple[Any, Any]:
        """Ends of the stimuli for which listed state k is a fixed point."""
        units = self._units or self.n
        lo, hi = np.empty(units), np.empty(units)
        lowlevel.fixed_points_box(lo, hi, units, self._ptr, k)
        return lo, hi

    @property
    def open_sets(self):
        """What was not searched: (decided, activity) of the neurons, [sets, n] each."""
        words, count = lowlevel.fixed_points_words(self._ptr), lowlevel.fixed_points_open_count(self._ptr)
        out = np.empty((2, count, self.n), dtype=np.uint8)
        for k in range(count):
            pair = np.empty((2, words), dtype=np.uint64)
            lowlevel.fixed_points_open(pair[0], pair[1], words, self._ptr, k)
            for which in (0, 1):
                out[which, k] = np.unpackbits(pair[which].astype('<u8').view(np.uint8), bitorder='little')[:self.n]
        return out[0], out[1]
