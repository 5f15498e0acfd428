"""Networks: weights, thresholds, stimuli, names."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional, Sequence

from . import lowlevel
from ._arrays import State, doubles, integers, neuron_group, optional_doubles, state_number
from ._native import lib
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
                                       np.ascontiguousarray(J.data, dtype=np.float64), M, theta, I)
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
    def read(cls, path: Any) -> 'Network':
        """From a file of the project's JSON format; read_network() gives its noise and update rule too."""
        return read_network(path).network

    # --- what it is made of

    def __repr__(self):
        return '<Network of %d neurons, %d population%s>' % (self.n, self.n_populations, 's' * (self.n_populations != 1))

    def _each(self, getter, dtype=None):
        ptr = self._ptr
        return np.fromiter((getter(ptr, i) for i in range(self.n)), np.float64 if dtype is None else dtype, self.n)

    @property
    def n_populations(self) -> int:
        return lowlevel.net_populations(self._ptr)

    @property
    def populations(self):
        """Number of the population of each neuron."""
        return self._each(lib.binnet_net_population, np.int32)

    @property
    def tie(self) -> str:
        return list(_TIES)[lowlevel.net_tie(self._ptr)]

    @property
    def J(self):
        """Weights, dense: a new array."""
        weight, ptr, n = lib.binnet_net_weight, self._ptr, self.n
        return np.fromiter((weight(ptr, i, j) for i in range(n) for j in range(n)), np.float64, n * n).reshape(n, n)

    @property
    def threshold(self):
        return self._each(lib.binnet_net_threshold)

    @property
    def stimulus(self):
        return self._each(lib.binnet_net_stimulus)

    @property
    def normalisation(self):
        return self._each(lib.binnet_net_normalisation)

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
        return np.ascontiguousarray(a.T, dtype=np.float64), list(J.nodes)
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
    a = np.asarray(J, dtype=np.float64)
    if a.ndim != 2 or a.shape[0] != a.shape[1]:
        raise ValueError('J must be square, not of shape %s' % (a.shape,))
    return np.ascontiguousarray(a), names


class NetworkFile(NamedTuple):
    """What a network file holds; noise and update are None where it does not say, population_names of those of the network."""
    network: Network
    noise: Optional['Noise']
    update: Optional[str]
    population_names: Optional[List[str]]
    title: str
    source: str


_TOP_KEYS = {'format', 'title', 'source', 'comment', 'neurons', 'edges', 'matrix', 'orientation', 'populations', 'self_connections',
             'normalisation', 'tie', 'noise', 'update'}


def read_network(path: Any) -> NetworkFile:
    """Read a file of the project's JSON format, "binnet-network 1" (docs/network-format.md).

    Unknown keys, repeated ones, and what a key may not be are a ValueError. The command reads it likewise, and four more formats.
    """
    import json

    def once(pairs):
        keys = [k for k, _ in pairs]
        for k in keys:
            if keys.count(k) > 1:
                raise ValueError('%s: the key %r is repeated' % (path, k))
        return dict(pairs)

    def no_constant(text):
        raise ValueError('%s: %s is no number here' % (path, text))
    with open(path, encoding='utf-8-sig') as f:
        tree = json.load(f, object_pairs_hook=once, parse_constant=no_constant)
    try:
        return _network_of(tree)
    except (KeyError, TypeError, ValueError) as failure:
        if getattr(failure, 'code', 0):
            raise
        text = 'the key %s is missing' % failure if isinstance(failure, KeyError) else str(failure)
        raise ValueError('%s: %s' % (path, text)) from None


def _only(what, tree, keys):
    if not isinstance(tree, dict):
        raise ValueError('%s must be an object, not %r' % (what, tree))
    other = sorted(set(tree) - set(keys))
    if other:
        raise ValueError('%s: unknown key %r' % (what, other[0]))


def _number(what, x) -> float:
    if isinstance(x, bool) or not isinstance(x, (int, float)):
        raise ValueError('%s must be a number, not %r' % (what, x))
    return float(x)


def _matrix_of(tree, n):
    rows = tree['matrix']
    if not isinstance(rows, list) or len(rows) != n or any(not isinstance(r, list) or len(r) != n for r in rows):
        raise ValueError('matrix must be %d rows of %d numbers' % (n, n))
    a = np.array([[_number('a weight', x) for x in r] for r in rows]).reshape(n, n)
    if tree['orientation'] not in ('pre-rows', 'post-rows'):
        raise ValueError("orientation is 'pre-rows' or 'post-rows', not %r" % (tree['orientation'],))
    return np.ascontiguousarray(a.T if tree['orientation'] == 'pre-rows' else a)


def _edges_of(tree, names):
    index = {name: i for i, name in enumerate(names)}
    J = np.zeros((len(names), len(names)))
    seen = set()
    for edge in tree['edges']:
        _only('an edge', edge, ('pre', 'post', 'weight'))
        for end in ('pre', 'post'):
            if edge[end] not in index:
                raise ValueError('an edge names %r, which is no neuron' % (edge[end],))
        pair = index[edge['post']], index[edge['pre']]
        if pair in seen:
            raise ValueError('a second edge from %r to %r' % (edge['pre'], edge['post']))
        seen.add(pair)
        J[pair] = _number('a weight', edge['weight'])
    return J


def _network_of(tree) -> NetworkFile:
    _only('a network', tree, _TOP_KEYS)
    if tree['format'] != 'binnet-network 1':
        raise ValueError("format must be 'binnet-network 1', not %r" % (tree['format'],))
    if ('neurons' in tree) == ('populations' in tree):
        raise ValueError('either neurons or populations')
    homogeneous = 'populations' in tree
    units = tree['populations' if homogeneous else 'neurons']
    units = [{'name': u} if isinstance(u, str) and not homogeneous else u for u in units]
    for u in units:
        _only('a population' if homogeneous else 'a neuron', u,
              ('name', 'threshold', 'stimulus', 'normalisation') + (('size',) if homogeneous else ('population',)))
    names = [u['name'] for u in units]
    if not all(isinstance(x, str) and x for x in names) or len(set(names)) != len(names):
        raise ValueError('names must be different texts')
    values: Dict[str, Any] = {key: np.array([_number(key, u.get(key, usual)) for u in units])
                              for key, usual in (('threshold', 0), ('stimulus', 0), ('normalisation', 1))}
    if ('edges' in tree) == ('matrix' in tree):
        raise ValueError('either edges or matrix')
    J = _matrix_of(tree, len(units)) if 'matrix' in tree else _edges_of(tree, names)
    size = [u['size'] for u in units] if homogeneous else [1] * len(units)
    if any(isinstance(s, bool) or not isinstance(s, int) or s < 1 for s in size):
        raise ValueError('a size is a positive whole number')
    rule = tree.get('normalisation', 'none')
    if rule not in ('none', 'n', 'indegree'):
        raise ValueError("normalisation is 'none', 'n' or 'indegree', not %r" % (rule,))
    own = np.array(['normalisation' in u for u in units], dtype=bool)
    itself = tree['self_connections'] if homogeneous else True
    if not isinstance(itself, bool):
        raise ValueError('self_connections is true or false')
    if rule == 'n':
        values['normalisation'] = np.where(own, values['normalisation'], float(sum(size)))
    elif rule == 'indegree':
        degree = ((J != 0) * np.array(size)).sum(axis=1)
        if not itself:
            degree = degree - (np.diag(J) != 0)
        values['normalisation'] = np.where(own, values['normalisation'], np.maximum(degree, 1))
    tie = tree.get('tie', 'active')
    population_names = None
    if homogeneous:
        if 'edges' in tree:
            raise ValueError('populations need a matrix')
        net = Network.homogeneous(size, J, self_connections=itself, tie=tie, **values)
        full = [name if s == 1 else '%s.%d' % (name, k + 1) for name, s in zip(names, size) for k in range(s)]
        net = Network._of(net._ptr, full)
        population_names = names
    else:
        named = [u.get('population') for u in units]
        populations = None
        if any(p is not None for p in named):
            if not all(isinstance(p, str) for p in named):
                raise ValueError('a population for all neurons or for none')
            population_names = list(dict.fromkeys(named))
            populations = [population_names.index(p) for p in named]
        net = Network(J, names=names, tie=tie, populations=populations, **values)
    update = tree.get('update')
    if update not in (None, 'synchronous', 'asynchronous', 'sweep'):
        raise ValueError("update is 'synchronous', 'asynchronous' or 'sweep', not %r" % (update,))
    noise = None if 'noise' not in tree else _noise_of(tree['noise'], net, homogeneous)
    return NetworkFile(net, noise, update, population_names, str(tree.get('title', '')), str(tree.get('source', '')))


def _noise_of(tree, net, homogeneous):
    from . import noise
    _only('noise', tree, ('kind', 'scale', 'dof', 'covariance', 'factors', 'own'))
    kinds = ('gaussian', 'logistic', 'uniform', 'laplace', 'student_t')
    kind = tree['kind']
    if kind not in kinds:
        raise ValueError('noise is one of %s, not %r' % (', '.join(kinds), kind))

    def scales(key):
        x = tree[key]
        if not isinstance(x, list):
            return _number(key, x)
        a = np.array([_number(key, y) for y in x])
        return a[net.populations] if homogeneous and len(a) == net.n_populations != net.n else a
    if ('dof' in tree) != (kind == 'student_t'):
        raise ValueError('dof goes with student_t')
    given = [k for k in ('scale', 'covariance', 'factors') if k in tree]
    if len(given) != 1 or given != ['scale'] and kind != 'gaussian' or ('own' in tree) != (given == ['factors']):
        raise ValueError('noise has one of scale, covariance, factors (with own)')
    if given == ['covariance']:
        return noise.gaussian_cov(tree['covariance'])
    if given == ['factors']:
        return noise.gaussian_factors(tree['factors'], scales('own'))
    if kind == 'student_t':
        return noise.student_t(scales('scale'), _number('dof', tree['dof']))
    return getattr(noise, kind)(scales('scale'))
