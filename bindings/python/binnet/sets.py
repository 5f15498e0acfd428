"""Sets of states: targets of passages, wells, patterns."""
from __future__ import annotations

from typing import Any, Iterator, Mapping, Optional, Sequence

from . import lowlevel
from ._arrays import neuron_index, state_number
from ._native import lib
from ._numpy import np


class StateSet:
    """A set of states of n neurons, from a list of states (numbers, or lists of activities).

    Sets are combined by `|`, `&`, `-` and `~`. Wherever a set is asked for, a list of states, a dict {neuron: activity} (the other
    neurons are free) or an array of 2^n bools will do.

    >>> up = StateSet.pattern(3, {0: 1})
    >>> up.states.tolist(), 5 in up, len(~up | StateSet(3, [7]))
    ([1, 3, 5, 7], True, 5)
    """

    def __init__(self, n: int, states: Any = ()):
        listed = states
        if not (isinstance(states, np.ndarray) and states.ndim == 1 and states.dtype.kind in 'iu'):
            listed = [state_number(s, n) for s in states]
        elif states.size and int(states.min()) < 0:
            raise ValueError('states are not negative')
        a = np.ascontiguousarray(listed, dtype=np.uint64)
        self._set(lowlevel.set_new_states(n, a if a.size else None, a.size))

    def _set(self, ptr):
        self._ptr = ptr
        self.n: int = lowlevel.set_neurons(ptr)

    @classmethod
    def _of(cls, ptr) -> 'StateSet':
        s = cls.__new__(cls)
        s._set(ptr)
        return s

    @classmethod
    def pattern(cls, n: int, activity: Mapping[Any, int], names: Optional[Sequence[str]] = None) -> 'StateSet':
        """The states with some neurons at given activities, the others free."""
        mask = value = 0
        for neuron, active in activity.items():
            if active not in (0, 1):
                raise ValueError('an activity is 0 or 1, not %r' % (active,))
            bit = 1 << neuron_index(neuron, n, names)
            mask |= bit
            value |= bit if active else 0
        return cls._of(lowlevel.set_new_pattern(n, mask, value))

    def __len__(self):
        return lowlevel.set_count(self._ptr)

    def __bool__(self):
        return len(self) > 0

    def __contains__(self, state) -> bool:
        return bool(lowlevel.set_contains(self._ptr, state_number(state, self.n)))

    def __iter__(self) -> Iterator[int]:
        return iter(self.states.tolist())

    def __repr__(self):
        return '<StateSet of %d of 2^%d states>' % (len(self), self.n)

    def __or__(self, other: 'StateSet') -> 'StateSet':
        if not isinstance(other, StateSet):
            return NotImplemented
        return self._of(lowlevel.set_new_union(self, other))

    def __invert__(self) -> 'StateSet':
        return self._of(lowlevel.set_new_complement(self))

    def __and__(self, other: 'StateSet') -> 'StateSet':
        if not isinstance(other, StateSet):
            return NotImplemented
        return ~(~self | ~other)

    def __sub__(self, other: 'StateSet') -> 'StateSet':
        if not isinstance(other, StateSet):
            return NotImplemented
        return ~(~self | other)

    def __eq__(self, other) -> bool:
        if not isinstance(other, StateSet):
            return NotImplemented
        return self.n == other.n and len(self) == len(other) == len(self | other)

    __hash__ = None  # type: ignore[assignment]

    @property
    def mask(self):
        """Whether each of the 2^n states is in it: bools."""
        contains, ptr = lib.binnet_set_contains, self._ptr
        return np.fromiter((contains(ptr, s) for s in range(2**self.n)), dtype=bool, count=2**self.n)

    @property
    def states(self):
        """Those in it, rising."""
        return np.flatnonzero(self.mask).astype(np.uint64)


def as_set(states: Any, n: int, names: Optional[Sequence[str]] = None) -> StateSet:
    """A set as it is, or of a dict, of 2^n bools, of a list of states, of one state."""
    if isinstance(states, StateSet):
        return states
    if isinstance(states, Mapping):
        return StateSet.pattern(n, states, names)
    if isinstance(states, np.ndarray) and states.dtype.kind == 'b' and states.size == 2**n and states.ndim == 1:
        states = np.flatnonzero(states)
    elif np.ndim(states) == 0:
        states = [states]
    return StateSet(n, states)
