"""Storing patterns, sequences and cycles in weights, and what the noisy network makes of them.

States are rows of activities 0 and 1, so that networks may be large. A transition leads from a row of `source` to the row of `target`:
a pattern that stays leads to itself.
"""
from __future__ import annotations

from typing import Any, Iterable, List, NamedTuple, Optional, Tuple, Union

import warnings

from . import _context, lowlevel
from ._arrays import State, doubles, integers, optional_doubles, plain, state_number
from ._native import ffi, lib
from ._numpy import np
from .chain import Chain, Cost
from .errors import UnderflowError, UndefinedWarning, UnmetWarning
from .network import Network
from .noise import as_noise

_RULES = {'exact': 0, 'margin': 1, 'hebb': 2, 'storkey': 3, 'pseudo-inverse': 4, 'temporal': 5, 'covariance': 6}
_STATUS = {0: 'stored', 1: 'stored otherwise', 2: 'not stored', 3: 'impossible', 4: 'out of reach'}
_SIGNS = {'any': 0, 'excitatory': 1, 'inhibitory': -1, 'found': 2}
_FREE = {None: 0, 'threshold': 1, 'stimulus': 2}
_ROWS = {0: 'transition', 1: 'sign', 2: 'least', 3: 'greatest'}


def _rows(name: str, states: Any, n: Optional[int] = None):
    """Rows of activities, uint8; one state alone may stand without a list."""
    a = plain(name, states)
    if a.ndim == 1:
        a = a[None]
    if a.ndim != 2 or n is not None and a.shape[1] != n:
        raise ValueError('%s must be rows of %s activities, not of shape %s' % (name, 'n' if n is None else n, a.shape))
    return integers(name, a, 'uint8', *a.shape)


def transitions(patterns: Any = (), sequences: Iterable[Any] = (), cycles: Iterable[Any] = ()) -> Tuple[Any, Any]:
    """(source, target) of patterns that stay, of sequences, and of cycles, which return to their first state.

    >>> source, target = transitions(patterns=[[1, 1, 0]], cycles=[[[1, 0, 0], [0, 1, 0]]])
    >>> target.tolist()
    [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    """
    source, target = [], []
    if len(patterns):
        a = _rows('patterns', patterns)
        source.append(a)
        target.append(a)
    for states in sequences:
        a = _rows('sequence', states)
        source.append(a[:-1])
        target.append(a[1:])
    for states in cycles:
        a = _rows('cycle', states)
        source.append(a)
        target.append(np.roll(a, -1, axis=0))
    if not source:
        raise ValueError('no transitions')
    return np.concatenate(source), np.concatenate(target)


def _choice(name, choices, value):
    if value not in choices:
        raise ValueError('%s is one of %s, not %r' % (name, ', '.join(map(repr, choices)), value))
    return choices[value]


class Wiring:
    """What weights may be.

    n                neurons
    mask             mask[i, j]: whether a connection from j to i may be; None: all
    self_connections whether a neuron may be connected to itself
    sign             of what each neuron sends: 'any', 'excitatory', 'inhibitory', 'found' (either, but one for all), or one for all
    least, greatest  bounds of the weights, [n, n] or numbers
    connectome       what weights should be close to
    free             'threshold' or 'stimulus': may be changed too

    Signs and bounds hold for the rule 'margin' only; rules of the literature take mask and self-connections alone.
    """

    def __init__(self, n: int, *, mask: Any = None, self_connections: bool = False, sign: Any = None, least: Any = None,
                 greatest: Any = None, connectome: Any = None, free: Optional[str] = None):
        if sign is not None:
            if isinstance(sign, str):
                sign = [sign] * n
            sign = [_choice('sign', _SIGNS, s) if isinstance(s, str) else s for s in sign]
            sign = integers('sign', sign, 'int32', n)
        self.n = n
        self._ptr = lowlevel.wiring_new(n, None if mask is None else integers('mask', mask, 'uint8', n, n), int(self_connections),
                                        sign, optional_doubles('least', least, n, n),
                                        optional_doubles('greatest', greatest, n, n),
                                        optional_doubles('connectome', connectome, n, n), _choice('free', _FREE, free))


class Contradiction(NamedTuple):
    """A row of a proof: the margin of transition `number`, or the 'sign', 'least' or 'greatest' weight from neuron `number`."""
    kind: str
    number: int
    multiplier: int


def store(source: Any, target: Any = None, rule: str = 'margin', *, margin: Any = None, normalisation: Any = None, threshold: Any = None,
          stimulus: Any = None, wiring: Optional[Wiring] = None) -> 'Storage':
    """Weights with which transitions happen, or proof where none do.

    source, target  rows of activities; without target each stays: see also transitions()
    rule            'margin': of all weights with at least the wanted margins those of least norm; 'exact': margins equal to the
                    wanted ones; 'hebb', 'storkey', 'pseudo-inverse', 'temporal', 'covariance': those of the literature
    margin          wanted, [transitions, n], or a number (1): (2 target - 1) drive; store_margins() makes them of probabilities

    An UnmetWarning says when some neuron does not do as wanted; `status` says which and why.

    >>> s = store([[1, 1, 0, 0], [0, 1, 1, 0]])
    >>> s.complete, bool((s.margin > 0.999).all())
    (True, True)
    """
    a = _rows('source', source)
    b = a if target is None else _rows('target', target, a.shape[1])
    if a.shape != b.shape:
        raise ValueError('as many rows in target as in source')
    count, n = a.shape
    if wiring is not None and wiring.n != n:
        raise ValueError('wiring of %d neurons for states of %d' % (wiring.n, n))
    wanted = optional_doubles('margin', margin, count, n)
    vectors = [optional_doubles(name, x, n) for name, x in (('normalisation', normalisation), ('threshold', threshold),
                                                            ('stimulus', stimulus))]
    J = np.empty((n, n))
    out = ffi.new('binnet_storage **')

    def numbers(x):
        return ffi.NULL if x is None else ffi.from_buffer('double[]', x)
    context = _context.acquire()
    unmet = ''
    try:
        code = lib.binnet_store(context.ptr, ffi.from_buffer('double[]', J), out, n, count, ffi.from_buffer('uint8_t[]', a),
                                ffi.from_buffer('uint8_t[]', b), _choice('rule', _RULES, rule), numbers(wanted),
                                *map(numbers, vectors), ffi.NULL if wiring is None else wiring._ptr)
        if code == lib.BINNET_E_UNMET:
            unmet = context.message()
        elif code:
            lowlevel._failed(context, code, ())
    finally:
        _context.release(context)
    if unmet:
        warnings.warn(unmet, UnmetWarning, stacklevel=2)
    return Storage(lowlevel._own(out, lib.binnet_storage_free), J, vectors[0])


def store_estimate(n: int, n_transitions: int, rule: str = 'margin', wiring: Optional[Wiring] = None) -> Cost:
    """What store() will cost; items: margins that are made."""
    return Cost(*lowlevel.store_estimate(n, n_transitions, _choice('rule', _RULES, rule), wiring))


class Storage:
    """Weights J that store() chose, and what became of each neuron's transitions."""

    def __init__(self, ptr, J, normalisation):
        self._ptr, self.J, self._normalisation = ptr, J, normalisation
        self.n: int = lowlevel.storage_neurons(ptr)
        self.n_transitions: int = lowlevel.storage_transitions(ptr)

    def __repr__(self):
        status = self.status
        parts = ['%d %s' % (status.count(s), s) for s in _STATUS.values() if s in status]
        return '<Storage of %d transitions: of %d neurons %s>' % (self.n_transitions, self.n, ', '.join(parts))

    def _each(self, call, dtype=None):
        return np.array([call(self._ptr, i) for i in range(self.n)], dtype=dtype)

    @property
    def status(self) -> List[str]:
        """Of each neuron: 'stored' (as wanted), 'stored otherwise' (margins above 0), 'not stored', 'impossible' (proved for any weights
        of this wiring), 'out of reach' (proved: not with these margins)."""
        return [_STATUS[lowlevel.storage_status(self._ptr, i)] for i in range(self.n)]

    @property
    def complete(self) -> bool:
        """Every neuron does as wanted."""
        return all(s == 'stored' for s in self.status)

    @property
    def margin(self):
        """Margins [transitions, n] with the final weights."""
        margin, ptr = lib.binnet_storage_margin, self._ptr
        return np.array([[margin(ptr, l, i) for i in range(self.n)] for l in range(self.n_transitions)])

    @property
    def margin_error(self):
        """Bound of the error of the margins of each neuron."""
        return self._each(lowlevel.storage_margin_error)

    @property
    def threshold(self):
        return self._each(lowlevel.storage_threshold)

    @property
    def stimulus(self):
        return self._each(lowlevel.storage_stimulus)

    @property
    def sign(self):
        """Of what each neuron sends, as given or found; 0: any."""
        return self._each(lowlevel.storage_sign, np.int32)

    @property
    def rank(self):
        """Numerical rank of each neuron's equations, or how many constraints are met with equality."""
        return self._each(lowlevel.storage_rank, np.int64)

    @property
    def residual(self):
        """|wanted - found| margins of each neuron; NaN by rules without equations."""
        return self._each(lowlevel.storage_residual)

    @property
    def condition(self):
        """Greatest over least counted singular value of each neuron's equations."""
        return self._each(lowlevel.storage_condition)

    def contradiction(self, neuron: int) -> List[Contradiction]:
        """Why a neuron's transitions are impossible or out of reach: rows that contradict each other; empty without a proof."""
        words = lowlevel.storage_contradiction_words(self._ptr, neuron)
        out = []
        for k in range(lowlevel.storage_contradiction_rows(self._ptr, neuron)):
            u = np.zeros(words, dtype=np.uint64)
            kind, index = lowlevel.storage_contradiction(u, words, self, neuron, k)
            out.append(Contradiction(_ROWS[kind], index, int.from_bytes(u.astype('<u8').tobytes(), 'little')))
        return out

    def network(self, **more: Any) -> Network:
        """The network of these weights, thresholds and stimuli; names=, tie= ... as of Network."""
        return Network(self.J, threshold=self.threshold, stimulus=self.stimulus, normalisation=self._normalisation, **more)

    def plot(self, ax=None):
        """The margins, neuron by neuron."""
        from .pictures import plot_margins
        return plot_margins(self, ax=ax)


def store_margins(target: Any, probability: Any, noise: Any, still: float = 1.0):
    """Margins [transitions, n] with which each transition happens with its probability in a synchronous step; `still` is that of
    neurons without noise.

    >>> store_margins([[1, 0]], 0.81, 1.0).round(4).tolist()
    [[1.2816, 1.2816]]
    """
    b = _rows('target', target)
    out = np.empty(b.shape)
    lowlevel.store_margins(out, *b.shape, b, doubles('probability', probability, len(b)), still, as_noise(noise)._for(b.shape[1]))
    return out


# --- recall

def recall_transitions(network: Network, noise: Any, source: Any, target: Any = None) -> Tuple[Any, Any]:
    """(probability of each transition in one synchronous step, 1 less it without cancellation), for any number of neurons."""
    a = _rows('source', source, network.n)
    b = a if target is None else _rows('target', target, network.n)
    if a.shape != b.shape:
        raise ValueError('as many rows in target as in source')
    p, failure = np.empty(len(a)), np.empty(len(a))
    lowlevel.recall_transitions(p, failure, len(a), network.n, a, b, network, as_noise(noise)._for(network.n))
    return p, failure


class Path(NamedTuple):
    """How a sequence or cycle is followed: probability of the whole, 1 less it, expected steps until the first that is not its own,
    and of a cycle the expected steps within its states (NaN for a sequence)."""
    whole: float
    failure: float
    followed: float
    inside: float


def recall_path(network: Network, noise: Any, states: Any, cyclic: bool = False, rounds: int = 1) -> Path:
    """Of a sequence of states, or of the cycle that closes it, `rounds` times round; synchronous, for any number of neurons."""
    a = _rows('states', states, network.n)
    arguments = (len(a), network.n, a, int(cyclic), rounds, network, as_noise(noise)._for(network.n))
    try:
        return Path(*lowlevel.recall_path(*arguments))
    except UnderflowError as failure:  # of `inside` alone
        whole, rest, followed = (ffi.new('double *') for _ in range(3))
        context = _context.acquire()
        try:
            code = lib.binnet_recall_path(context.ptr, whole, rest, followed, ffi.NULL, len(a), network.n,
                                          ffi.from_buffer('uint8_t[]', a), int(cyclic), rounds, network._ptr, arguments[-1]._ptr)
            if code:
                lowlevel._failed(context, code, arguments)
        finally:
            _context.release(context)
        warnings.warn(str(failure), UndefinedWarning, stacklevel=2)
        return Path(whole[0], rest[0], followed[0], float('nan'))


class RecallCurve:
    """Probability of having been in a target within t steps, from states at Hamming distance d of the nearest: mean[t, k] of distance[k].

    worst      of the worst such state; None of a simulation
    low, high  Wilson's intervals of 95 % of a simulation; None of an exact curve
    """

    def __init__(self, distance, mean, worst=None, low=None, high=None):
        self.distance, self.mean, self.worst, self.low, self.high = distance, mean, worst, low, high

    def __repr__(self):
        return '<RecallCurve of %d steps, %d distances>' % (len(self.mean) - 1, len(self.distance))

    def plot(self, steps: Any = None, ax=None):
        """Over the distance, one curve for each of some numbers of steps."""
        from .pictures import plot_recall
        return plot_recall(self, steps, ax=ax)


def recall_curve(chain: Chain, targets: Union[State, List[State]], steps: int = 10) -> RecallCurve:
    """Exact, of all states: targets are a pattern, or the states of a cycle."""
    listed: Any = [targets] if np.ndim(targets) == 0 else targets
    state = np.array([state_number(s, chain.n) for s in listed], dtype=np.uint64)
    mean, worst = np.empty((steps + 1, chain.n + 1)), np.empty((steps + 1, chain.n + 1))
    lowlevel.recall_curve(mean, worst, steps, chain.n, len(state), state, chain)
    return RecallCurve(np.arange(chain.n + 1), mean, worst)


def recall_curve_sampled(network: Network, noise: Any, targets: Any, distances: Any, steps: int = 10, runs: int = 1000) -> RecallCurve:
    """By simulation, synchronous, for networks beyond exact reach: from the first target with so many random neurons flipped."""
    target = _rows('targets', targets, network.n)
    distance = integers('distances', distances, 'uintp')
    if distance.ndim != 1:
        raise ValueError('distances must have one dimension')
    mean, low, high = (np.empty((steps + 1, len(distance))) for _ in range(3))
    lowlevel.recall_curve_sampled(mean, low, high, steps, len(distance), distance, runs, network.n, len(target), target, network,
                                  as_noise(noise)._for(network.n))
    return RecallCurve(distance, mean, None, low, high)


def recall_run(network: Network, noise: Any, cue: Any, steps: int, update: str = 'synchronous', run: int = 0):
    """States [steps + 1, n] of a run of the noisy network from a cue; of the seed in binnet.options, number `run`."""
    a = _rows('cue', cue, network.n)[0]
    out = np.empty((steps + 1, network.n), dtype=np.uint8)
    lowlevel.recall_run(out, steps, network.n, np.ascontiguousarray(a), network, as_noise(noise)._for(network.n),
                        _choice('update', {'synchronous': 1, 'asynchronous': 2}, update), run)
    return out


# --- capacity

def capacity_cover(patterns: int, inputs: int) -> float:
    """Cover's count: the fraction of the 2^patterns ways of asking one neuron without threshold to fire that some weights fulfil.

    >>> round(capacity_cover(20, 10), 12)
    0.5
    """
    return lowlevel.capacity_cover(patterns, inputs)


def capacity_gardner(kappa: float = 0.0) -> float:
    """Gardner's bound: the greatest load (patterns / inputs) at which random patterns have margins of kappa.

    >>> round(capacity_gardner(0.0), 12)
    2.0
    """
    return lowlevel.capacity_gardner(float(kappa))


class Capacity(NamedTuple):
    """Fractions of the sets of which everything is stored; of (set, neuron) stored; of (set, neuron) neither stored nor proved impossible."""
    whole: float
    neurons: float
    unproved: float


def capacity_sampled(sets: int, n: int, patterns: int, activity: float = 0.5, rule: str = 'margin', *, cycles: bool = False,
                     least: float = 0.5, noise: Any = None, wiring: Optional[Wiring] = None) -> Capacity:
    """How much of random sets of patterns a rule stores; with noise a neuron counts when it follows with probability `least`."""
    return Capacity(*lowlevel.capacity_sampled(sets, n, patterns, activity, _choice('rule', _RULES, rule), int(cycles), least,
                                               None if noise is None else as_noise(noise)._for(n), wiring))


def plot_patterns(states: Any, shape: Optional[Tuple[int, int]] = None, titles: Any = None, ax=None):
    """States as images of `shape` (rows, columns) beside each other, or without shape as a raster: time down, neurons across."""
    from .pictures import plot_patterns
    return plot_patterns(_rows('states', states), shape, titles, ax=ax)
