"""Bifurcation diagrams: every fixed point and cycle, with the box of stimuli that it exists on."""
from __future__ import annotations

from typing import Any, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from . import lowlevel
from ._arrays import doubles, integers
from ._native import ffi, lib
from ._numpy import np
from .chain import Cost


class Box(NamedTuple):
    """A fixed point or cycle, and the stimuli it exists for: lo <= I < hi on each axis, ends as `ends` says (1 lo, 2 hi, 3 both)."""
    states: tuple
    lo: Any
    hi: Any
    ends: Any
    multiplicity: float
    broken: bool

    @property
    def period(self) -> int:
        return len(self.states)


class Query(NamedTuple):
    """Numbers of the fixed points and cycles that exist at a point."""
    fixed_points: Any
    cycles: Any


class Table(NamedTuple):
    """States of fixed points or periods of cycles, and their boxes: lo, hi, ends [count, axes]."""
    number: Any
    lo: Any
    hi: Any
    ends: Any


class Diagram:
    """All fixed points and cycles of the noiseless synchronous dynamics, over the stimuli of the network's populations.

    axes   instead: number of the stimulus that each neuron hears, or -1 for its own

    >>> from binnet import Network
    >>> d = Network([[0, 1], [1, 0]], populations=[0, 1]).diagram()
    >>> d.n_fixed_points, len(d.query([-0.5, -0.5]).fixed_points)
    (4, 2)
    """

    def __init__(self, network: Any, axes: Any = None):
        if axes is None:
            self._ptr = lowlevel.diagram_new(network)
        else:
            axis = integers('axes', axes, 'int32', network.n)
            self._ptr = lowlevel.diagram_new_grouped(network, int(axis.max()) + 1, axis)
        self._network = network
        self._populations = network.n_populations
        self.n: int = lowlevel.diagram_neurons(self._ptr)
        self.n_axes: int = lowlevel.diagram_axes(self._ptr)

    @staticmethod
    def estimate(network: Any) -> Cost:
        return Cost(*lowlevel.diagram_estimate(network))

    def __repr__(self):
        return '<Diagram over %d stimuli: %d fixed points, %d cycles>' % (self.n_axes, self.n_fixed_points, self.n_cycles)

    @property
    def tie(self) -> str:
        return lowlevel.tie_name(lowlevel.diagram_tie(self._ptr))

    @property
    def n_fixed_points(self) -> int:
        return lowlevel.diagram_fixed_count(self._ptr)

    @property
    def n_cycles(self) -> int:
        return lowlevel.diagram_cycle_count(self._ptr)

    @property
    def complete(self) -> Tuple[bool, float]:
        """Whether all fixed points are listed, and up to which period all cycles are (inf: all of them)."""
        fixed, period = lowlevel.diagram_complete(self._ptr)
        return bool(fixed), float('inf') if period == 2**63 - 1 else period

    def _box(self, kind, k):
        count = self.n_fixed_points if kind == 'fixed' else self.n_cycles
        if not 0 <= k < count:
            raise IndexError('%d of %d' % (k, count))
        lo, hi = np.empty(self.n_axes), np.empty(self.n_axes)
        ends = np.empty(self.n_axes, dtype=np.int32)
        if kind == 'fixed':
            states: tuple = (lowlevel.diagram_fixed(self._ptr, k, lo, hi),)
            lowlevel.diagram_fixed_ends(self._ptr, k, ends)
            multiplicity = lowlevel.diagram_fixed_class(self._ptr, k, None)
            broken = lowlevel.diagram_fixed_broken(self._ptr, k)
        else:
            period = lowlevel.diagram_cycle(self._ptr, k, lo, hi)
            states = tuple(lowlevel.diagram_cycle_state(self._ptr, k, t) for t in range(period))
            lowlevel.diagram_cycle_ends(self._ptr, k, ends)
            multiplicity = lowlevel.diagram_cycle_class(self._ptr, k, 0, None)
            broken = lowlevel.diagram_cycle_broken(self._ptr, k)
        return Box(states, lo, hi, ends, multiplicity, broken == 1)

    def fixed_point(self, k: int) -> Box:
        return self._box('fixed', k)

    def cycle(self, k: int) -> Box:
        return self._box('cycle', k)

    @property
    def fixed_points(self) -> Iterator[Box]:
        return (self.fixed_point(k) for k in range(self.n_fixed_points))

    @property
    def cycles(self) -> Iterator[Box]:
        return (self.cycle(k) for k in range(self.n_cycles))

    @property
    def fixed_table(self) -> Table:
        """All fixed points at once: what fixed_point(k) tells, in arrays."""
        return self._table(lowlevel.diagram_all_fixed, self.n_fixed_points)

    @property
    def cycle_table(self) -> Table:
        """All cycles at once, with their periods."""
        return self._table(lowlevel.diagram_all_cycles, self.n_cycles)

    def _table(self, call, count):
        shape = (count, self.n_axes)
        out = Table(np.empty(count, dtype=np.uint64), np.empty(shape), np.empty(shape), np.empty(shape, dtype=np.int32))
        call(*out, *shape, self._ptr)
        return out

    @property
    def occupations(self) -> Tuple[Any, Any]:
        """Of all fixed points: active neurons in each population, [count, populations], and multiplicities."""
        count = self.n_fixed_points
        active, multiplicity = np.empty((count, self._populations), dtype=np.int64), np.empty(count)
        lowlevel.diagram_all_classes(active, multiplicity, *active.shape, self._ptr)
        return active, multiplicity

    def occupation(self, k: int, step: Optional[int] = None):
        """Active neurons in each population: of fixed point k, or of cycle k at a step."""
        active = np.empty(self._populations, dtype=np.int64)
        where = lowlevel.unchecked(active)  # as long as the network has populations
        if step is None:
            lowlevel.diagram_fixed_class(self._ptr, k, where)
        else:
            lowlevel.diagram_cycle_class(self._ptr, k, step, where)
        return active

    def query(self, stimulus: Any) -> Query:
        """What exists at a point."""
        at = doubles('stimulus', stimulus, self.n_axes)
        room = 64
        while True:
            fixed, cycle = np.empty(room, dtype=np.uint64), np.empty(room, dtype=np.uint64)
            n_fixed, n_cycles = lowlevel.diagram_query(self._ptr, at, fixed, cycle, room)
            if max(n_fixed, n_cycles) <= room:
                return Query(fixed[:n_fixed].copy(), cycle[:n_cycles].copy())
            room = max(n_fixed, n_cycles)

    def regions(self, axes: Optional[Sequence[int]] = None, at: Any = None, lo: Any = None, hi: Any = None,
                by: str = 'label') -> 'Regions':
        """The diagram over one or two of its stimuli, cut into regions of equal behaviour; see Regions."""
        return Regions(self, axes, at, lo, hi, by)

    def bifurcations(self, axis: int = 0, at: Any = None) -> 'BifurcationList':
        """The points along one stimulus where something begins or ceases to exist; `at` holds the others."""
        return BifurcationList(self, axis, at)

    def plot(self, axes: Optional[Sequence[int]] = None, at: Any = None, lo: Any = None, hi: Any = None, by: str = 'label', ax=None):
        """Its regions over one or two stimuli."""
        return self.regions(axes, at, lo, hi, by).plot(ax=ax)

    def plot_branches(self, axis: int = 0, at: Any = None, lo: Optional[float] = None, hi: Optional[float] = None, ax=None):
        """Its fixed points and cycles as bars over the stimuli they exist for; `at` holds the other stimuli (0)."""
        from .pictures import plot_bars
        return plot_bars(self, axis, at, lo, hi, ax=ax)


class Period(NamedTuple):
    period: int
    cycles: float
    classes: int


class Region(NamedTuple):
    """A connected set of stimuli with the same label: so many fixed points, and cycles of each period."""
    label: int
    fixed_points: float
    fixed_classes: int
    periods: List[Period]
    broken: int
    area: float


class Regions:
    """A diagram over one or two stimuli, in regions.

    axes   which stimuli vary; all of them, when there are one or two
    at     values of the others
    lo, hi the window
    by     'label': as many fixed points and cycles; 'attractors': the very same ones
    """

    def __init__(self, diagram: Diagram, axes: Optional[Sequence[int]] = None, at: Any = None, lo: Any = None, hi: Any = None,
                 by: str = 'label'):
        axis = np.ascontiguousarray(range(diagram.n_axes) if axes is None else axes, dtype=np.int32)
        d = self.n_axes = len(axis)
        self.axes = axis
        if d not in (1, 2):
            raise ValueError('one or two stimuli vary, not %d: see axes' % d)
        self.window = None if lo is None and hi is None else (
            doubles('lo', -np.inf if lo is None else lo, d), doubles('hi', np.inf if hi is None else hi, d))
        held = None if at is None else doubles('at', at, diagram.n_axes)
        rule = {'label': 0, 'attractors': 1}.get(by)
        if rule is None:
            raise ValueError("by is 'label' or 'attractors', not %r" % by)
        arguments = (d, axis, held) + (self.window or (None, None))
        self.estimate = lowlevel.regions_estimate(diagram, *arguments)[:2]
        self._ptr = lowlevel.regions_new(diagram, *arguments, rule)
        self._names = diagram._network.names if diagram._network.n == diagram.n_axes else None

    def __len__(self):
        return lowlevel.regions_count(self._ptr)

    def __repr__(self):
        return '<%d regions of %d kinds>' % (len(self), self.n_labels)

    @property
    def n_labels(self) -> int:
        return lowlevel.regions_labels(self._ptr)

    @property
    def thin(self) -> int:
        """Fixed points and cycles that exist on a segment or point only."""
        return lowlevel.regions_thin(self._ptr)

    def __getitem__(self, k: int) -> Region:
        if not 0 <= k < len(self):
            raise IndexError('region %d of %d' % (k, len(self)))
        label, fixed, classes, periods, broken, area = lowlevel.regions_label(self._ptr, k)
        return Region(label, fixed, classes, [Period(*lowlevel.regions_period(self._ptr, k, m)) for m in range(periods)], broken, area)

    def __iter__(self):
        return (self[k] for k in range(len(self)))

    def rectangles(self, k: int):
        """[count, 2, axes]: lower and upper corners of rectangles that make up region k."""
        out = np.empty((lowlevel.regions_rectangles(self._ptr, k), 2, self.n_axes))
        for m in range(len(out)):
            lowlevel.regions_rectangle(self._ptr, k, m, lowlevel.unchecked(out[m, 0]), lowlevel.unchecked(out[m, 1]))
        return out

    def rings(self, k: int) -> List[Any]:
        """Outlines of region k, [corners, 2] each: the outer one counter-clockwise, then holes."""
        out = []
        for m in range(lowlevel.regions_rings(self._ptr, k)):
            corner = np.empty((lowlevel.regions_ring_size(self._ptr, k, m), 2))
            lowlevel.regions_ring(self._ptr, k, m, corner, len(corner))
            out.append(corner)
        return out

    def attractors(self, k: int) -> Query:
        """Numbers of the diagram's fixed points and cycles that exist somewhere in region k."""
        n_fixed, n_cycles = lowlevel.regions_attractors(None, None, 0, self._ptr, k)
        fixed, cycle = (np.empty(max(n_fixed, n_cycles), dtype=np.uint64) for _ in range(2))
        lowlevel.regions_attractors(fixed, cycle, len(fixed), self._ptr, k)
        return Query(fixed[:n_fixed], cycle[:n_cycles])

    def find(self, point: Any) -> Optional[int]:
        """Number of the region that holds a point; None on an edge or outside."""
        k = lowlevel.regions_find(self._ptr, lowlevel.unchecked(doubles('point', point, self.n_axes)))
        return None if k == 2**64 - 1 else k

    def plot(self, ax=None):
        from .pictures import plot_regions
        return plot_regions(self, ax=ax)


class Change(NamedTuple):
    """What changes at a bifurcation point: a fixed point or cycle of the diagram, and where around the point it exists."""
    cycle: bool
    number: int
    below: bool
    at: bool
    above: bool


class BifurcationList:
    """The bifurcation points along one stimulus."""

    def __init__(self, diagram: Diagram, axis: int = 0, at: Any = None):
        held = None if at is None else doubles('at', at, diagram.n_axes)
        self._ptr = lowlevel.bifurcation_list_new(diagram, axis, held)

    def __len__(self):
        return lowlevel.bifurcation_list_count(self._ptr)

    def __getitem__(self, k: int) -> Tuple[float, List[Change]]:
        """Value of point k, and its changes."""
        if not 0 <= k < len(self):
            raise IndexError('point %d of %d' % (k, len(self)))
        value, changes = lowlevel.bifurcation_list_point(self._ptr, k)
        out = []
        for m in range(changes):
            cycle, index, exists = lowlevel.bifurcation_list_change(self._ptr, k, m)
            out.append(Change(bool(cycle), index, bool(exists & lib.BINNET_EXISTS_BELOW), bool(exists & lib.BINNET_EXISTS_AT),
                              bool(exists & lib.BINNET_EXISTS_ABOVE)))
        return value, out

    @property
    def values(self):
        return np.array([lowlevel.bifurcation_list_point(self._ptr, k)[0] for k in range(len(self))])
