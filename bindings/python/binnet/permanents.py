"""Permanents, with error bounds; of integer matrices exactly."""
from __future__ import annotations

import math
from typing import Any, NamedTuple, Tuple, Union

from . import _context, lowlevel
from ._arrays import doubles, integers, plain, reals
from ._native import ffi, lib
from ._numpy import np
from .errors import ConvergenceError

_METHODS = {'auto': 0, 'glynn': 1, 'compensated': 2, 'subsets': 4}
_USED = {1: 'glynn', 2: 'compensated', 4: 'subsets', 8: 'repeated', 16: 'frontier', 32: 'blocks', 64: 'rank one', 128: 'constant',
         256: 'integral', 512: 'ryser'}


class Permanent(NamedTuple):
    """mantissa * 2^exponent, to within error * 2^exponent; `used` names the methods."""
    mantissa: float
    exponent: int
    error: float
    used: Tuple[str, ...]

    @property
    def value(self) -> float:
        """As a double; OverflowError beyond its range."""
        return math.ldexp(self.mantissa, self.exponent)

    def __float__(self):
        return self.value


class PermanentCost(NamedTuple):
    terms: int
    bytes: int
    flops: float
    used: Tuple[str, ...]


def _names(used):
    return tuple(name for bit, name in _USED.items() if used & bit)


def _matrix(A):
    a = plain('A', A)
    if a.ndim != 2:
        raise ValueError('a matrix has two dimensions, not %d' % a.ndim)
    if a.dtype.kind in 'iub' or (a.dtype.kind == 'O' and all(isinstance(x, int) for x in a.flat)):
        return integers('A', a if a.dtype.kind != 'O' else _fits(a), 'int64')
    return np.ascontiguousarray(reals('A', a))


def _fits(a):
    if any(not -2**63 <= x < 2**63 for x in a.flat):
        raise ValueError('an entry is beyond the range of int64')
    return a.astype(np.int64)


def permanent(A: Any, return_error: bool = False) -> Union[int, float, Tuple[float, float]]:
    """Permanent of a matrix with rows <= columns; of one with more rows than columns, that of its transpose.

    Of integers (int, bool) the exact Python int; otherwise a float, and with return_error also the bound of its error. The bound is
    within `binnet.options(relative_tolerance=)` of the value, or ConvergenceError is raised with the (value, bound) reached in its
    `partial`.

    >>> permanent([[1, 2], [3, 4]]), permanent([[0.5, 2.0], [3.0, 4.0]])
    (10, 8.0)
    """
    a = _matrix(A)
    if a.shape[0] > a.shape[1]:
        a = np.ascontiguousarray(a.T)
    m, n = a.shape
    if a.dtype == np.int64:
        value: Union[int, float] = _decimal(a)
        error = 0.0
    elif m == n:
        value, error = _permanent_double(n, a)
    else:
        p = permanent_scaled(a)
        value, error = p.value, math.ldexp(p.error, p.exponent)
    return (value, error) if return_error else value  # type: ignore[return-value]


def _permanent_double(n, a):
    """A permanent in double; what it reached goes with a ConvergenceError."""
    value, error = ffi.new('double *'), ffi.new('double *')
    context = _context.acquire()
    try:
        code = lib.binnet_permanent(context.ptr, value, error, n, ffi.from_buffer('double[]', a))
        if code:
            try:
                lowlevel._failed(context, code, ())
            except ConvergenceError as failure:
                failure.partial = (value[0], error[0])
                raise
    finally:
        _context.release(context)
    return value[0], error[0]


def _decimal(a) -> int:
    m, n = a.shape
    if m == n == 0:
        return 1
    room = lowlevel.permanent_decimal(None, 0, m, n, a) + 1
    if room <= 38:  # surely within 128 bits
        high, low = lowlevel.permanent_integer(m, n, a)
        return high * 2**64 + low
    text = np.empty(room, dtype=np.uint8)
    length = lowlevel.permanent_decimal(text, room, m, n, a)
    digits = text[:length].tobytes().decode()
    return _integer(digits)


def _integer(digits: str) -> int:
    """int() without Python's limit on the number of digits."""
    if digits.startswith('-'):
        return -_integer(digits[1:])
    if len(digits) <= 4000:
        return int(digits)
    half = len(digits) // 2
    return _integer(digits[:half]) * 10**(len(digits) - half) + int(_integer(digits[half:]))


def permanent_scaled(A: Any, method: str = 'auto') -> Permanent:
    """The permanent as mantissa and exponent, beyond the range of double, with the methods used.

    >>> p = permanent_scaled([[1e200, 0.0], [0.0, 1e200]])
    >>> p.exponent
    1329
    """
    a = np.ascontiguousarray(A, dtype=np.float64)
    if a.ndim != 2:
        raise ValueError('a matrix has two dimensions, not %d' % a.ndim)
    if method not in _METHODS:
        raise ValueError('method is one of %s, not %r' % (', '.join(_METHODS), method))
    mantissa, exponent, error, used = lowlevel.permanent_scaled(*a.shape, a, _METHODS[method])
    return Permanent(mantissa, exponent, error, _names(used))


def permanent_repeated(columns: Any, multiplicity: Any, return_error: bool = False):
    """Permanent of the matrix in which column j of `columns` stands multiplicity[j] times."""
    c = np.ascontiguousarray(columns, dtype=np.float64)
    if c.ndim != 2:
        raise ValueError('columns have two dimensions, not %d' % c.ndim)
    m = integers('multiplicity', multiplicity, 'int64', c.shape[1])
    value, error = lowlevel.permanent_repeated(*c.shape, c, m)
    return (value, error) if return_error else value


def permanent_repeated_scaled(columns: Any, multiplicity: Any) -> Permanent:
    c = np.ascontiguousarray(columns, dtype=np.float64)
    if c.ndim != 2:
        raise ValueError('columns have two dimensions, not %d' % c.ndim)
    m = integers('multiplicity', multiplicity, 'int64', c.shape[1])
    mantissa, exponent, error = lowlevel.permanent_repeated_scaled(*c.shape, c, m)
    return Permanent(mantissa, exponent, error, ())


def permanent_residue(A: Any, modulus: int) -> int:
    """Permanent of an integer matrix modulo an odd number below 2^63."""
    a = _matrix(A)
    if a.dtype != np.int64:
        raise TypeError('A must be integers')
    return lowlevel.permanent_residue(modulus, *a.shape, a)


def permanent_estimate(A: Any, method: str = 'auto') -> PermanentCost:
    """What a permanent will cost."""
    a = _matrix(A)
    if a.dtype == np.int64:
        cost = lowlevel.permanent_integer_estimate(*a.shape, a)
    else:
        cost = lowlevel.permanent_estimate(*a.shape, a, _METHODS[method])
    terms, bytes_, flops, used = cost
    return PermanentCost(terms, bytes_, flops, _names(used))
