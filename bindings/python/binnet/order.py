"""Order statistics of independent variables that need not be alike."""
from __future__ import annotations

from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

from . import lowlevel
from ._arrays import doubles, points, shaped
from ._numpy import np
from .chain import Cost
from .noise import Noise, as_noise


class Moments(NamedTuple):
    """Means and variances of order statistics, and estimates of their errors."""
    mean: Any
    variance: Any
    mean_error: Any
    variance_error: Any


class Variable(NamedTuple):
    """One of independent variables; dof is that of Student's t, NaN for other laws."""
    kind: str
    location: float
    scale: float
    dof: float


class OrderStatistics:
    """X_(1) <= ... <= X_(n) of independent X_i = location_i + scale_i B_i.

    location  n numbers
    noise     the law of B: one Noise for all, or a list of Noise, each with the scales of its own variables, in the order of location

    >>> from binnet import uniform
    >>> o = OrderStatistics([0.5, 0.5], uniform(0.5))
    >>> round(o.cdf(0.5, rank=2), 12), o.moments().mean.round(9).tolist()
    (0.25, [0.333333333, 0.666666667])
    """

    def __init__(self, location: Any, noise: Any):
        location = np.ascontiguousarray(location, dtype=np.float64)
        if location.ndim != 1:
            raise ValueError('location must have one dimension')
        parts = [as_noise(b) for b in noise] if isinstance(noise, (list, tuple)) else [as_noise(noise)]
        sizes = [b.scale.size for b in parts]
        if len(parts) == 1:
            sizes = [len(location)]
        if sum(sizes) != len(location):
            raise ValueError('noise of %d variables, locations of %d' % (sum(sizes), len(location)))
        self._ptr = lowlevel.order_new(len(parts), [b._for(size) for b, size in zip(parts, sizes)], lowlevel.unchecked(location))
        self._holders = tuple(h for b in parts for h in b._holders)
        self.n: int = lowlevel.order_variables(self._ptr)

    @classmethod
    def from_file(cls, source: Any) -> 'OrderStatistics':
        """From a table of variables, CSV with the columns kind, location, scale, dof, count: its path, or an open file."""
        from .files import read_order
        o = cls.__new__(cls)
        o._ptr = read_order(source)
        o._holders = ()
        o.n = lowlevel.order_variables(o._ptr)
        return o

    @property
    def variables(self) -> List[Variable]:
        """The variables, those of one kind of law behind each other when they are from a file."""
        kinds = {lowlevel.BINNET_NOISE_CUSTOM: 'custom'}
        found = [lowlevel.order_variable(self, i) for i in range(self.n)]
        return [Variable(kinds.get(kind) or lowlevel.noise_name(kind), *numbers) for kind, *numbers in found]

    def _rank(self, rank: int) -> int:
        if not 1 <= rank <= self.n:
            raise ValueError('rank %r of 1..%d' % (rank, self.n))
        return rank

    def _evaluate(self, which, x, rank):
        x, shape = points('x', x)
        out = np.empty(len(x))
        where: list = [None] * 3
        where[which] = out
        lowlevel.order_eval(*where, len(x), self, self._rank(rank), x)
        return shaped(out, shape)

    def cdf(self, x: Any, rank: int):
        """P(X_(rank) <= x)."""
        return self._evaluate(0, x, rank)

    def survival(self, x: Any, rank: int):
        return self._evaluate(1, x, rank)

    def pdf(self, x: Any, rank: int):
        return self._evaluate(2, x, rank)

    def quantile(self, q: Any, rank: int, return_error: bool = False):
        q, shape = points('q', q)
        out, bound = np.empty(len(q)), np.empty(len(q))
        lowlevel.order_quantile(out, bound, len(q), self, self._rank(rank), q)
        return (shaped(out, shape), shaped(bound, shape)) if return_error else shaped(out, shape)

    def moments(self, first: int = 1, last: Optional[int] = None) -> Moments:
        """Means and variances of the ranks first..last."""
        last = self.n if last is None else last
        size = max(self._rank(last) - self._rank(first) + 1, 0)
        out = Moments(*(np.empty(size) for _ in range(4)))
        lowlevel.order_moments(*out, self, first, last)
        return out

    def moments_estimate(self, first: int = 1, last: Optional[int] = None) -> Cost:
        return Cost(*lowlevel.order_moments_estimate(self, first, self.n if last is None else last))

    def joint(self, x: Sequence[float], ranks: Sequence[int]) -> Tuple[float, float]:
        """(cdf, density) of several order statistics at rising x."""
        at = np.ascontiguousarray(x, dtype=np.float64)
        r = np.ascontiguousarray(ranks, dtype=np.uintp)
        if at.shape != r.shape or at.ndim != 1:
            raise ValueError('as many x as ranks')
        return lowlevel.order_joint_eval(self, len(r), r, at)

    def marginals(self, x: float) -> Tuple[Any, Any, Any]:
        """P(X_i <= x), P(X_i > x) and the densities at x of all variables."""
        out = tuple(np.empty(self.n) for _ in range(3))
        lowlevel.order_marginals(*out, self.n, self, x)
        return out  # type: ignore[return-value]

    def plot(self, ranks: Optional[Sequence[int]] = None, ax=None):
        """Densities of the order statistics."""
        from .pictures import plot_order
        return plot_order(self, ranks, ax=ax)


def _tails(F, G):
    F = np.ascontiguousarray(F, dtype=np.float64)
    if F.ndim != 1:
        raise ValueError('F must have one dimension')
    return F, None if G is None else doubles('G', G, len(F))


def order_cdf(F: Any, rank: int, G: Any = None, log: bool = False) -> float:
    """P(X_(rank) <= x) from F[i] = P(X_i <= x); G[i] = P(X_i > x) keeps the digits of upper tails.

    >>> round(order_cdf([0.5, 0.5, 0.5], 2), 12)
    0.5
    """
    F, G = _tails(F, G)
    return lowlevel.order_log_cdf(len(F), F, G, rank)[0] if log else lowlevel.order_cdf(len(F), F, G, rank)


def order_survival(F: Any, rank: int, G: Any = None, log: bool = False) -> float:
    """P(X_(rank) > x)."""
    F, G = _tails(F, G)
    return lowlevel.order_log_cdf(len(F), F, G, rank)[1] if log else lowlevel.order_survival(len(F), F, G, rank)


def order_pdf(F: Any, f: Any, rank: int, G: Any = None, log: bool = False) -> float:
    """Density of X_(rank) from F[i] and the densities f[i] at x."""
    F, G = _tails(F, G)
    call = lowlevel.order_log_pdf if log else lowlevel.order_pdf
    return call(len(F), F, G, doubles('f', f, len(F)), rank)


def order_cdf_all(F: Any, G: Any = None) -> Tuple[Any, Any]:
    """(P(X_(r) <= x), P(X_(r) > x)) for r = 1..n."""
    F, G = _tails(F, G)
    out = np.empty(len(F)), np.empty(len(F))
    lowlevel.order_cdf_all(*out, len(F), F, G)
    return out


def order_pdf_all(F: Any, f: Any, G: Any = None):
    F, G = _tails(F, G)
    out = np.empty(len(F))
    lowlevel.order_pdf_all(out, len(F), F, G, doubles('f', f, len(F)))
    return out


def order_cdf_many(F: Any, rank: int, G: Any = None) -> Tuple[Any, Any]:
    """(cdf, survival) of one rank at many points: F[i, j] is that of variable i at point j."""
    F = np.ascontiguousarray(F, dtype=np.float64)
    if F.ndim != 2:
        raise ValueError('F must have two dimensions')
    out = np.empty(F.shape[1]), np.empty(F.shape[1])
    lowlevel.order_cdf_many(*out, F.shape[1], F.shape[0], F, None if G is None else doubles('G', G, *F.shape), rank)
    return out


def poisson_binomial(F: Any, G: Any = None):
    """The law of the number of successes: p[k], k = 0..n, of independent events of probabilities F.

    >>> poisson_binomial([0.5, 0.5]).tolist()
    [0.25, 0.5, 0.25]
    """
    F, G = _tails(F, G)
    out = np.empty(len(F) + 1)
    lowlevel.order_counts(out, out.size, len(F), F, G)
    return out


def order_estimate(n: int, rank: int = 0, density: bool = False) -> Cost:
    """Cost at one point; rank 0: all ranks."""
    return Cost(*lowlevel.order_estimate(n, rank, int(density)))


def order_joint_cdf(cells: Any, ranks: Sequence[int]) -> float:
    """Joint cdf of several order statistics: cells[i, j] = P(x[j-1] < X_i <= x[j]), rows sum to 1."""
    c = np.ascontiguousarray(cells, dtype=np.float64)
    r = np.ascontiguousarray(ranks, dtype=np.uintp)
    return lowlevel.order_joint_cdf(len(c), len(r), r, c)


def order_joint_pdf(cells: Any, densities: Any, ranks: Sequence[int]) -> float:
    """Joint density; densities[i, t] is that of variable i at x[t]."""
    c, f = np.ascontiguousarray(cells, dtype=np.float64), np.ascontiguousarray(densities, dtype=np.float64)
    r = np.ascontiguousarray(ranks, dtype=np.uintp)
    return lowlevel.order_joint_pdf(len(c), len(r), r, c, f)


def order_joint_estimate(n: int, ranks: Sequence[int], density: bool = False) -> Cost:
    r = np.ascontiguousarray(ranks, dtype=np.uintp)
    return Cost(*lowlevel.order_joint_estimate(n, len(r), r, int(density)))
