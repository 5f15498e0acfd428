"""What is given as numbers, names or states, made what the library takes: checked arrays of the right type."""
from __future__ import annotations

from typing import Any, Optional, Sequence, Union

from ._numpy import np

State = Union[int, Sequence[int]]


def plain(name: str, x: Any):
    """An array of all that x has."""
    if isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
        raise ValueError('%s has masked entries' % name)
    return np.asarray(x)


def reals(name: str, x: Any):
    """float64 of real numbers; complex numbers, texts and times are none."""
    a = plain(name, x)
    if a.dtype.kind not in 'biufO':
        raise TypeError('%s must be real numbers, not %s' % (name, a.dtype))
    return a.astype(np.float64, copy=False)


def doubles(name: str, x: Any, *shape: int):
    """C-contiguous float64 of a shape; a number is broadcast."""
    a = reals(name, x)
    if a.shape != shape:
        if a.ndim == 0:
            a = np.broadcast_to(a, shape)
        else:
            raise ValueError('%s must have shape %s, not %s' % (name, shape, a.shape))
    return np.ascontiguousarray(a)


def optional_doubles(name: str, x: Any, *shape: int):
    return None if x is None else doubles(name, x, *shape)


def points(name: str, x: Any):
    """Any number of numbers in one dimension, and the shape they had."""
    a = reals(name, x)
    return np.ascontiguousarray(a.reshape(-1)), a.shape


def shaped(a, shape):
    """An answer in the shape of the question; of a single number a number."""
    return float(a.reshape(-1)[0]) if shape == () else a.reshape(shape)


def integers(name: str, x: Any, dtype: str, *shape: int):
    """C-contiguous integers; what is not an integer, or does not fit, is refused."""
    a = plain(name, x)
    if a.ndim == 0 and shape:
        a = np.broadcast_to(a, shape)
    if shape and a.shape != shape:
        raise ValueError('%s must have shape %s, not %s' % (name, shape, a.shape))
    if a.dtype.kind == 'b':
        a = a.astype(np.uint8)
    if a.dtype.kind not in 'iu' and a.size:
        if a.dtype.kind != 'f' or not np.all(a == np.floor(a)):
            raise TypeError('%s must be integers' % name)
    out = np.ascontiguousarray(a, dtype=dtype)
    if a.size and a.dtype != out.dtype and not np.array_equal(out.astype(object), np.atleast_1d(a).astype(object)):
        raise ValueError('%s is beyond the range of %s' % (name, dtype))
    return out


def neuron_index(neuron: Any, n: int, names: Optional[Sequence[str]]) -> int:
    if isinstance(neuron, str):
        if names is None or neuron not in names:
            raise ValueError('no neuron is called %r' % neuron)
        return list(names).index(neuron)
    if isinstance(neuron, (bool, np.bool_)):
        raise TypeError('a neuron is a number or a name, not %r: which neurons are meant, np.flatnonzero tells' % neuron)
    k = int(neuron)
    if k != neuron or not -n <= k < n:
        raise IndexError('neuron %r of %d' % (neuron, n))
    return k % n


def neuron_group(name: str, neurons: Any, n: int, names: Optional[Sequence[str]] = None):
    """int32 of different neurons, given by number or name; one alone may stand without a list."""
    if isinstance(neurons, str) or np.ndim(neurons) == 0:
        neurons = [neurons]
    group = np.array([neuron_index(i, n, names) for i in neurons], dtype=np.int32)
    if len(set(group.tolist())) != len(group):
        raise ValueError('%s: a neuron is named twice' % name)
    return group


def state_number(state: State, n: int) -> int:
    """A state as a number, bit i the activity of neuron i; given so, or as n activities."""
    if np.ndim(state) == 0:
        s = int(state)  # type: ignore[arg-type]
        if s != state or not 0 <= s < 2**n:
            raise ValueError('state %r of a network of %d neurons' % (state, n))
        return s
    bits = [int(b) for b in state]  # type: ignore[union-attr]
    if len(bits) != n or not set(bits) <= {0, 1} or bits != list(state):  # type: ignore[arg-type]
        raise ValueError('a state is a number or %d activities 0 or 1' % n)
    return sum(b << i for i, b in enumerate(bits))


def activities(state: Any, n: int):
    """Activities of the neurons in one state, or in each of an array: the last axis is the neuron.

    >>> activities(5, 4).tolist()
    [1, 0, 1, 0]
    """
    s = integers('state', state, 'uint64').reshape(np.shape(state))[..., None]
    return ((s >> np.arange(n, dtype=np.uint64)) & np.uint64(1)).astype(np.uint8)


class _Pinned:
    """Memory of the library as numpy sees it, and who keeps it."""

    def __init__(self, address, shape, typestr, owner):
        self.__array_interface__ = {'data': (address, True), 'shape': shape, 'typestr': typestr, 'version': 3}
        self.owner = owner


def pinned(address: int, shape: tuple, owner: Any, typestr: str = '<f8'):
    """Read-only array on memory of the library, without a copy; it keeps the owner alive."""
    import sys
    if sys.byteorder == 'big':
        typestr = '>' + typestr[1:]
    return np.asarray(_Pinned(address, shape, typestr, owner))
