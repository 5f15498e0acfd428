"""Networks: weights, thresholds, stimuli, names."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Sequence

from . import lowlevel
from ._arrays import State, doubles, integers, neuron_group, optional_doubles, reals, state_number
from ._numpy import np

if TYPE_CHECKING:
    from .attractors import Attractors, FixedPoints
    from .chain import Chain
    from .diagram import Diagram
    from .lumped import LumpedChain
    from .noise import Noise
    from .transients import ContinuousChain

_TIES = {'active': 0, 'silent': 1, 'keep': 2}


def tie_number(tie: Any) -> int:
    if tie in _TIES:
        return _TIES[tie]
    raise ValueError('tie is one of %s, not %r' % (', '.join(map(repr, _TIES)), tie))


class Network:
    """A network of binary neurons: neuron i fires next iff (1/M_i) sum_j J[i, j] A_j + stimulus_i - threshold_i >= 0.

    J              weights, J[i, j] from j to i: an array, a scipy.sparse matrix, a pandas DataFrame (names from it), or a networkx
                   graph (its edge u -> v with attribute `weight` is J[v, u]; names are its nodes)
    threshold      of each neuron, or one for all
    stimulus       likewise
    normalisation  M, likewise; None for 1
    names          of the neurons
    tie            what a neuron does whose drive is exactly 0: 'active' (it fires), 'silent', 'keep' (its activity)
    populations    number of the population of each neuron: they share a stimulus in diagrams

    >>> net = Network([[0, 1], [1, 0]], threshold=0.5, names=['A', 'B'])
    >>> net.n, net.successor([1, 0])
    (2, 2)
    """

    def __init__(self, J: Any, *, threshold: Any = None, stimulus: Any = None, normalisation: Any = None,
                 names: Optional[Sequence[str]] = None, tie: str = 'active', populations: Any = None):
        J, given_names = _weights(J)
        n = J.shape[0]
        theta = optional_doubles('threshold', threshold, n)
        I = optional_doubles('stimulus', stimulus, n)
        M = optional_doubles('normalisation', normalisation, n)
        if isinstance(J, np.ndarray):
            ptr = lowlevel.net_new(n, J, M, theta, I)
        else:
            ptr = lowlevel.net_new_csr(n, np.ascontiguousarray(J.indptr, dtype=np.int64),
                                       np.ascontiguousarray(J.indices, dtype=np.int32),
                                       np.ascontiguousarray(reals('J', J.data)), M, theta, I)
        if tie_number(tie):
            ptr = lowlevel.net_with_tie(ptr, tie_number(tie))
        if populations is not None:
            pop = integers('populations', populations, 'int32', n)
            ptr = lowlevel.net_with_populations(ptr, int(pop.max()) + 1, pop)
        self._set(ptr, given_names if names is None else names)

    def _set(self, ptr, names):
        self._ptr = ptr
        self.n: int = lowlevel.net_neurons(ptr)
        self.names: Optional[tuple] = None if names is None else tuple(map(str, names))
        if self.names is not None and (len(self.names) != self.n or len(set(self.names)) != self.n):
            raise ValueError('names must be %d different ones' % self.n)
        for name in self.names or ():
            if not name or '\0' in name or any('\ud800' <= c <= '\udfff' for c in name):
                raise ValueError('%r is no name' % name)

    @classmethod
    def _of(cls, ptr, names=None) -> 'Network':
        net = cls.__new__(cls)
        net._set(ptr, names)
        return net

    @classmethod
    def homogeneous(cls, size: Any, J: Any, *, threshold: Any = None, stimulus: Any = None, normalisation: Any = None,
                    self_connections: bool = False, tie: str = 'active') -> 'Network':
        """Populations of neurons that are all alike: J[a, b] from any neuron of population b to any of a.

        Diagrams of it go by occupation numbers, far beyond what single neurons allow.
        """
        size = integers('size', size, 'int64')
        P = len(size)
        ptr = lowlevel.net_new_homogeneous(P, size, doubles('J', J, P, P), optional_doubles('normalisation', normalisation, P),
                                           optional_doubles('threshold', threshold, P),
                                           optional_doubles('stimulus', stimulus, P), int(self_connections))
        if tie_number(tie):
            ptr = lowlevel.net_with_tie(ptr, tie_number(tie))
        return cls._of(ptr)

    @classmethod
    def from_file(cls, source: Any, format: Optional[str] = None, **how: Any) -> 'Network':
        """From a file of any format that the command reads; read_network() gives its noise and update rule too, and tells of `how`."""
        from .files import read_network
        return read_network(source, format, **how).network

    def to_file(self, path: Any, format: Optional[str] = None, *, noise: Any = None, update: Optional[str] = None,
                population_names: Optional[Sequence[str]] = None, title: str = '', source: str = '', notes: Sequence[str] = ()) -> None:
        """To a file, which is replaced when all is written, or to an open one; what the format cannot hold is a LossWarning.

        format   'json', 'matrix' (x.csv), 'edges', 'mtx', 'npy', 'node-link', 'graphml', 'bnet' (BoolNet); by default the ending tells
        noise, update, population_names, title, source, notes   are written beside the network, where the format has room for them

        >>> import io
        >>> out = io.StringIO()
        >>> Network([[0, 1], [-2, 0]], names=['E', 'I']).to_file(out, 'matrix')
        >>> out.getvalue().split()
        ['post\\\\pre,E,I', 'E,0,1', 'I,-2,0']
        """
        from .files import write_network
        write_network(self, path, format, noise=noise, update=update, population_names=population_names, title=title, source=source,
                      notes=notes)

    # --- what it is made of

    def __repr__(self):
        return '<Network of %d neurons, %d population%s>' % (self.n, self.n_populations, 's' * (self.n_populations != 1))

    def _parameter(self, which, dtype='float64'):
        out = np.empty(self.n, dtype)
        where: list = [None] * 4
        where[which] = out
        lowlevel.net_parameters(*where, self.n, self._ptr)
        return out

    @property
    def n_populations(self) -> int:
        return lowlevel.net_populations(self._ptr)

    @property
    def populations(self):
        """Number of the population of each neuron."""
        return self._parameter(3, 'int32')

    @property
    def tie(self) -> str:
        return lowlevel.tie_name(lowlevel.net_tie(self._ptr))

    @property
    def J(self):
        """Weights, dense: a new array."""
        out = np.empty((self.n, self.n))
        lowlevel.net_weights(out, self.n, self._ptr)
        return out

    @property
    def J_sparse(self):
        """Weights other than 0, a scipy.sparse.csr_matrix."""
        from scipy.sparse import csr_matrix
        entries = lowlevel.net_entries(self._ptr)
        rows, columns, weights = np.empty(self.n + 1, dtype=np.int64), np.empty(entries, dtype=np.int32), np.empty(entries)
        lowlevel.net_csr(rows, columns, weights, self.n, entries, self._ptr)
        return csr_matrix((weights, columns, rows), shape=(self.n, self.n))

    @property
    def self_connections(self) -> bool:
        """False: homogeneous, and no neuron hears itself."""
        return lowlevel.net_self_connections(self._ptr) == 1

    def activation(self, noise: Any, first: int = 0, count: Optional[int] = None):
        """Probability that each neuron is active after an update in which it sees a state: [count, n], row k for state first + k."""
        from .noise import as_noise
        count = 2**self.n - first if count is None else count
        out = np.empty((count, self.n))
        lowlevel.noise_activation(out, count, self.n, self, as_noise(noise)._for(self.n), first)
        return out

    @property
    def threshold(self):
        return self._parameter(1)

    @property
    def stimulus(self):
        return self._parameter(2)

    @property
    def normalisation(self):
        return self._parameter(0)

    def index(self, neurons: Any):
        """Numbers of neurons, from their names or numbers."""
        return neuron_group('neurons', neurons, self.n, self.names)

    def to_networkx(self):
        """A networkx.DiGraph with an edge j -> i for each weight J[i, j] that is not 0."""
        import networkx
        graph = networkx.DiGraph()
        names = self.names or tuple(range(self.n))
        graph.add_nodes_from(names)
        J = self.J
        for i, j in zip(*np.nonzero(J)):
            graph.add_edge(names[j], names[i], weight=float(J[i, j]))
        return graph

    def interchangeable(self, noise: Any = None):
        """Classes of neurons that may change places without changing anything: the number of that of each neuron.

        >>> Network([[0, 1, 2], [1, 0, 2], [1, 1, 0]]).interchangeable().tolist()
        [0, 0, 1]
        """
        from .noise import as_noise
        pop = np.empty(self.n, dtype=np.int32)
        lowlevel.net_interchangeable(pop, self.n, self, None if noise is None else as_noise(noise)._for(self.n))
        return pop

    # --- others like it

    def with_stimulus(self, stimulus: Any) -> 'Network':
        """The same network at other stimuli."""
        return self._of(lowlevel.net_with_stimuli(self._ptr, doubles('stimulus', stimulus, self.n)), self.names)

    def with_tie(self, tie: str) -> 'Network':
        return self._of(lowlevel.net_with_tie(self._ptr, tie_number(tie)), self.names)

    def with_populations(self, populations: Any) -> 'Network':
        pop = integers('populations', populations, 'int32', self.n)
        return self._of(lowlevel.net_with_populations(self._ptr, int(pop.max()) + 1, pop), self.names)

    # --- its dynamics without noise

    def drive(self, state: State):
        """Drive of every neuron in a state."""
        h = np.empty(self.n)
        lowlevel.net_drive(h, self.n, self._ptr, state_number(state, self.n))
        return h

    def successor(self, state: State) -> int:
        """The state after one synchronous step; a state is a number (bit i = neuron i) or a list of activities."""
        return lowlevel.net_successor(self._ptr, state_number(state, self.n))

    def successors(self, states: Any = None):
        """Of an array of states; of all 2^n without one."""
        if states is None:
            out = np.empty(2**self.n if self.n < 40 else 0, dtype=np.uint32)
            lowlevel.net_successor_map(out, len(out), self._ptr)
            return out
        states = integers('states', states, 'uint64')
        out = np.empty(states.shape, dtype=np.uint64)
        lowlevel.net_successors(out, states.size, self._ptr, states)
        return out

    def ties(self, room: int = 1000) -> dict:
        """States in which the drive of some neuron is exactly 0: how many, the first of them with their neurons (as bits), and how
        many successors each tie rule would change."""
        changed = np.empty(3, dtype=np.uint64)
        state, neurons = np.empty(room, dtype=np.uint64), np.empty(room, dtype=np.uint64)
        count = lowlevel.net_ties(changed, state, neurons, room, self._ptr)
        k = min(count, room)
        return {'count': count, 'states': state[:k], 'neurons': neurons[:k], 'changed': dict(zip(_TIES, changed.tolist()))}

    def layers(self):
        """0 for the core; neurons that influence nobody, or only such neurons, are in layers 1, 2, ..."""
        layer = np.empty(self.n, dtype=np.int32)
        lowlevel.net_layers(layer, self.n, self._ptr)
        return layer

    def attractors(self, update: str = 'synchronous') -> 'Attractors':
        """All attractors and their basins."""
        from .attractors import Attractors
        return Attractors(self, update)

    def fixed_points(self, most: int = 100000, **box: Any) -> 'FixedPoints':
        """All fixed points of a network of any size, by branch and bound; see FixedPoints."""
        from .attractors import FixedPoints
        return FixedPoints(self, most, **box)

    def diagram(self, axes: Any = None) -> 'Diagram':
        """All fixed points and cycles over all stimuli of the populations."""
        from .diagram import Diagram
        return Diagram(self, axes)

    def chain(self, noise: Any, update: str = 'asynchronous', **rule: Any) -> 'Chain':
        """The Markov chain of the network with noise."""
        from .chain import Chain
        return Chain(self, noise, update, **rule)

    def lumped_chain(self, noise: Any, update: str = 'asynchronous', **rule: Any) -> 'LumpedChain':
        """The chain of how many neurons of each population are active; see LumpedChain."""
        from .lumped import LumpedChain
        return LumpedChain(self, noise, update, **rule)

    def continuous_chain(self, noise: Any, rate: Any = 1.0) -> 'ContinuousChain':
        """Continuous time: each neuron is updated at random times, `rate` of them in a unit of time; see ContinuousChain."""
        from .transients import ContinuousChain
        return ContinuousChain(self, noise, rate)

    def plot(self, ax=None):
        """The weights as a picture."""
        from .pictures import plot_matrix
        return plot_matrix(self.J, self.names, ax=ax, label='weight $J_{ij}$', xlabel='from neuron $j$', ylabel='to neuron $i$')


def _weights(J):
    """(dense array or sorted CSR, names or None) of whatever describes weights."""
    if hasattr(J, 'nodes') and hasattr(J, 'adj'):  # networkx
        import networkx
        a = networkx.to_numpy_array(J, weight='weight')
        return np.ascontiguousarray(reals('J', a).T), list(J.nodes)
    if hasattr(J, 'tocsr'):  # scipy.sparse
        csr = J.tocsr(copy=True)
        csr.sum_duplicates()
        if csr.shape[0] != csr.shape[1]:
            raise ValueError('J must be square, not %s' % (csr.shape,))
        if csr.shape[0] >= 2**31:
            raise ValueError('too many neurons')
        return csr, None
    names: Optional[list] = None
    if hasattr(J, 'columns') and hasattr(J, 'index'):  # pandas
        if list(J.index) != list(J.columns):
            raise ValueError('rows and columns of J must have the same names in the same order')
        names = list(J.index)
        if names == list(range(len(names))):
            names = None
        J = J.to_numpy()
    a = reals('J', J)
    if a.ndim != 2 or a.shape[0] != a.shape[1]:
        raise ValueError('J must be square, not of shape %s' % (a.shape,))
    return np.ascontiguousarray(a), names
