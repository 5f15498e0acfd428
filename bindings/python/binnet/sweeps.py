"""Stationary laws along one or two parameters."""
from __future__ import annotations

from typing import Any, Callable, Dict, Union

from ._numpy import np
from .chain import Chain

Quantity = Union[str, Callable[[Any, Chain], Any]]


class Sweep:
    """Quantities over x, or over x and y: values[name] is an array of shape (len(x), ...) or (len(y), len(x), ...)."""

    def __init__(self, x, y, values: Dict[str, Any], names):
        self.x, self.y, self.values, self.names = x, y, values, names

    def __repr__(self):
        size = '%d' % len(self.x) if self.y is None else '%d x %d' % (len(self.x), len(self.y))
        return '<Sweep of %s over %s points>' % (', '.join(self.values), size)

    def __getitem__(self, name: str):
        return self.values[name]

    def plot(self, name: Any = None, ax=None, xlabel: str = '$x$', ylabel: str = '$y$'):
        """One quantity (the first): curves over x, or a map of a single number over x and y."""
        from .pictures import plot_sweep
        return plot_sweep(self, next(iter(self.values)) if name is None else name, ax, xlabel, ylabel)


def _quantity(quantity: Quantity) -> Callable[[Any, Chain], Any]:
    if not isinstance(quantity, str):
        return quantity
    what: str = quantity

    def value(law, chain):
        x = getattr(law, what, None)
        if x is None:
            return getattr(chain, what)(law=law)
        return x() if callable(x) else x
    return value


def sweep(chain_at: Callable[..., Chain], x: Any, y: Any = None, **quantities: Quantity) -> Sweep:
    """The stationary laws of chain_at(x) (or chain_at(x, y)), each started from its neighbour's, and quantities of them.

    A quantity is a function of (law, chain), or the name of what a Law or a Chain has: mean='mean', rate='entropy_rate'.

    >>> from binnet import Network
    >>> net = Network([[0, 2], [-2, 0]])
    >>> s = sweep(lambda I: Chain(net.with_stimulus(I), 1.0), [-1.0, 0.0, 1.0], mean='mean', rate='entropy_rate')
    >>> s['mean'].shape, s['rate'].round(3).tolist()
    ((3, 2), [0.625, 0.803, 0.625])
    """
    if not quantities:
        quantities = {'mean': 'mean'}
    call = {name: _quantity(q) for name, q in quantities.items()}
    x = np.ascontiguousarray(x, dtype=np.float64).reshape(-1)
    rows = None if y is None else np.ascontiguousarray(y, dtype=np.float64).reshape(-1)
    found: Dict[str, list] = {name: [] for name in call}
    names = None
    begin = None
    for b in [None] if rows is None else rows.tolist():
        law = begin
        for k, a in enumerate(x.tolist()):
            chain = chain_at(a) if b is None else chain_at(a, b)
            law = chain.stationary(start=law)
            begin = law if k == 0 else begin
            names = chain.names
            for name, f in call.items():
                found[name].append(f(law, chain))
    shape = (len(x),) if rows is None else (len(rows), len(x))
    values = {}
    for name, list_of in found.items():
        a = np.array(list_of)
        values[name] = a.reshape(shape + a.shape[1:])
    return Sweep(x, rows, values, names)
