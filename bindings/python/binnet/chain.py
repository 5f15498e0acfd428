"""The Markov chain of a noisy network."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, NamedTuple, Optional, Sequence, Tuple

from . import lowlevel
from ._arrays import State, doubles, integers, neuron_group, state_number
from ._numpy import np
from .law import Law
from .network import Network
from .noise import Noise, as_noise
from .passage import CoarseChain, Committor, HittingTimes, QuasiStationary
from .sets import StateSet, as_set

if TYPE_CHECKING:
    from .spectrum import Spectrum

_UPDATES = {'synchronous': 1, 'asynchronous': 2, 'sweep': 3, 'blocks': 4}


class Window(NamedTuple):
    """Counts in a window: means, covariances, Fano factors."""
    mean: Any
    covariance: Any
    fano: Any


class Response(NamedTuple):
    """Derivatives by stimuli, weights and noise scales (by thresholds: those by stimuli with the other sign), and their error."""
    stimulus: Any
    weight: Any
    scale: Any
    error: float


class Cost(NamedTuple):
    """What a call will cost: what is gone through (states, classes, points ...), bytes, operations (NaN: not known)."""
    items: int
    bytes: int
    flops: float


class Chain:
    """A network, noise, and who is updated when. A step leads from a law over the 2^n states to the next: p P.

    network
    noise    gaussian(sd), logistic(T), ...; a number: gaussian; a frozen law of scipy.stats; None
    update   'synchronous', 'asynchronous' (one neuron at random a step), 'sweep' (one after the other; `order`), 'blocks'
    select   asynchronous: probability of each neuron to be updated
    order    sweep: the neurons in the order of updates
    blocks   number of the block of each neuron

    >>> chain = Chain(Network([[0, 1], [1, 0]], threshold=0.5), 0.5)
    >>> chain.stationary().mean.round(6).tolist()
    [0.5, 0.5]
    """

    def __init__(self, network: Network, noise: Any, update: str = 'asynchronous', *, select: Any = None, order: Any = None,
                 blocks: Any = None):
        if not isinstance(update, str) or update not in _UPDATES:
            raise ValueError('update is one of %s, not %r' % (', '.join(map(repr, _UPDATES)), update))
        for given, what, rule in ((select, 'select', 'asynchronous'), (order, 'order', 'sweep'), (blocks, 'blocks', 'blocks')):
            if given is not None and update != rule:
                raise ValueError('%s goes with update=%r' % (what, rule))
        noise = as_noise(noise)
        n = network.n
        law = noise._for(n)
        if select is not None:
            ptr = lowlevel.chain_new_asynchronous(network, law, doubles('select', select, n))
        elif order is not None:
            ptr = lowlevel.chain_new_sweep(network, law, neuron_group('order', order, n, network.names))
        elif update == 'blocks':
            block = integers('blocks', blocks, 'int32', n)
            ptr = lowlevel.chain_new_blocks(network, law, int(block.max()) + 1, block)
        else:
            ptr = lowlevel.chain_new(network, law, _UPDATES[update])
        self._made(ptr, network, noise)

    def _made(self, ptr, network: Network, noise: Noise):
        self._ptr = ptr
        self._holders = noise._holders
        self.network = network
        self.noise = noise
        self.n: int = network.n

    def __repr__(self):
        return '<%s Chain of %d neurons, %s noise>' % (self.update, self.n, self.noise.kind)

    @property
    def update(self) -> str:
        return list(_UPDATES)[lowlevel.chain_update(self._ptr) - 1]

    @property
    def n_states(self) -> int:
        return lowlevel.chain_states(self._ptr)

    @property
    def names(self):
        return self.network.names

    def _law(self, law: Any) -> Law:
        """A law of this chain's states; a state (as a number) is the law that is sure of it."""
        if isinstance(law, Law):
            return law
        if law is None:
            return self.stationary()
        if np.ndim(law) == 0:
            p = np.zeros(self.n_states)
            p[self._state(law)] = 1
            law = p
        return Law(law, self.names)

    def _law_of(self, ptr) -> Law:
        return Law._of(ptr, self.names)

    def _state(self, state: State) -> int:
        return state_number(state, self.n)

    def _states(self, states: Any) -> StateSet:
        return as_set(states, self.n, self.names)

    # --- transitions

    def step(self, p: Any):
        """One step of a law: p P. Of a Law a Law, of an array (>= 0, any sum) an array."""
        if isinstance(p, Law):
            return self.evolve(p, 1)
        p = doubles('p', p, self.n_states)
        out = np.empty_like(p)
        lowlevel.chain_apply(out, out.size, self, p)
        return out

    def transition(self, now: State, next: State) -> float:
        """Pr(next | now)."""
        return lowlevel.chain_transition(self, self._state(now), self._state(next))

    def row(self, now: State):
        """Pr(. | now) of all states."""
        out = np.empty(self.n_states)
        lowlevel.chain_row(out, out.size, self, self._state(now))
        return out

    @property
    def matrix(self):
        """P[s, t] = Pr(t next | s now), dense: 8 * 4^n bytes, computed anew each time."""
        S = self.n_states
        if S > 2**16:
            raise ValueError('the matrix would have %d^2 entries' % S)
        out = np.empty((S, S))
        lowlevel.chain_matrix(out, S * S, self)
        return out

    @property
    def linear_operator(self):
        """scipy.sparse.linalg.LinearOperator of the transposed matrix: op @ p = p P, without the matrix.

        Its eigenvector of eigenvalue 1 is the stationary law; signed vectors are carried as the difference of two.
        """
        from scipy.sparse.linalg import LinearOperator

        def matvec(x):
            x = np.ascontiguousarray(x, dtype=np.float64).reshape(-1)
            if (x >= 0).all():
                return self.step(x)
            return self.step(np.maximum(x, 0)) - self.step(np.maximum(-x, 0))
        S = self.n_states
        return LinearOperator((S, S), matvec=matvec, dtype=np.float64)

    # --- classes, stationary laws

    def _classes(self):
        class_of = np.empty(self.n_states, dtype=np.int32)
        count = lowlevel.chain_classes(class_of, class_of.size, self)
        return count, class_of

    @property
    def recurrent_classes(self) -> List[Any]:
        """The sets of states that the chain ends in and never leaves, each an array of states."""
        count, class_of = self._classes()
        order = np.argsort(class_of, kind='stable')
        ends = np.searchsorted(class_of[order], np.arange(count + 1))
        return [order[ends[k]:ends[k + 1]].astype(np.uint64) for k in range(count)]

    @property
    def transient_states(self):
        return np.flatnonzero(self._classes()[1] < 0).astype(np.uint64)

    @property
    def is_irreducible(self) -> bool:
        """Every state leads to every other."""
        count, class_of = self._classes()
        return count == 1 and bool((class_of >= 0).all())

    def stationary(self, start: Optional[Law] = None, recurrent_class: Optional[int] = None) -> Law:
        """The law pi = pi P, with its residual and error estimate.

        start            a law that may be close, such as that of a slightly different network: it saves time only
        recurrent_class  number of one of recurrent_classes, when there are several
        """
        if recurrent_class is not None:
            ptr = lowlevel.chain_stationary_in_class(self, recurrent_class)
        elif start is not None:
            ptr = lowlevel.chain_stationary_from(self, start)
        else:
            ptr = lowlevel.chain_stationary(self)
        return self._law_of(ptr)

    @property
    def stationary_distributions(self) -> List[Law]:
        """One stationary law for each recurrent class."""
        return [self.stationary(recurrent_class=k) for k in range(len(self.recurrent_classes))]

    def evolve(self, law: Any, steps: int = 1) -> Law:
        """The law after some steps, from a Law, an array, or a state."""
        return self._law_of(lowlevel.chain_evolve(self, self._law(law), steps))

    def estimate(self, what: str = 'stationary') -> Cost:
        """Cost of 'stationary' or of a 'step', before it runs."""
        calls = {'stationary': lowlevel.chain_stationary_estimate, 'step': lowlevel.chain_apply_estimate}
        if what not in calls:
            raise ValueError('what is one of %s, not %r' % (', '.join(map(repr, calls)), what))
        return Cost(*calls[what](self))

    @property
    def row_error(self) -> Tuple[float, float]:
        """Errors of the transition probabilities by correlated noise: the greatest sum over a row, the greatest of one entry."""
        return lowlevel.chain_row_error(self)

    # --- passages; sets are a StateSet, a list of states, a dict {neuron: activity}, or an array of 2^n bools

    def set_of(self, states: Any) -> StateSet:
        """A set of states of this chain, by whatever describes one."""
        return self._states(states)

    def hitting_times(self, target: Any, start: Any = None) -> HittingTimes:
        """Mean and variance of the steps until a set is reached, from every state, or from a law (or state) `start`.

        >>> Chain(Network([[0]]), 1.0).hitting_times([1]).mean.round(9).tolist()
        [2.0, 0.0]
        """
        target = self._states(target)
        if start is not None:
            return HittingTimes(*lowlevel.passage_times_from(self, self._law(start), target))
        mean, variance = np.empty(self.n_states), np.empty(self.n_states)
        error = lowlevel.passage_times(mean, variance, mean.size, self, target)
        return HittingTimes(mean, variance, error)

    def hitting_estimate(self, target: Any) -> Cost:
        """Cost of hitting_times."""
        return Cost(*lowlevel.passage_estimate(self, self._states(target)))

    def hitting_probabilities(self, sets: Sequence[Any], return_error: bool = False):
        """p[k, s] = Pr(set k is the first of them that is reached | from state s)."""
        parts = [self._states(s) for s in sets]
        out = np.empty((len(parts), self.n_states))
        error = lowlevel.passage_probabilities(out, out.size, self, len(parts), parts)
        return (out, error) if return_error else out

    def occupation(self, target: Any, start: Any, return_error: bool = False):
        """Expected steps spent in each state before a set is reached, from a law or state."""
        out = np.empty(self.n_states)
        error = lowlevel.passage_occupation(out, out.size, self, self._law(start), self._states(target))
        return (out, error) if return_error else out

    def quasi_stationary(self, states: Any) -> QuasiStationary:
        """The law in a set that has been kept for long, and the probability to leave it in a step: the escape rate."""
        ptr, rate, error = lowlevel.passage_quasi_stationary(self, self._states(states))
        return QuasiStationary(self._law_of(ptr), rate, error)

    def path_probability(self, states: Sequence[State], log: bool = False) -> float:
        """Pr(the chain follows these states | it is in the first)."""
        path = np.array([self._state(s) for s in states], dtype=np.uint64)
        return lowlevel.passage_path(self, len(path), path)[log]

    def committor(self, A: Any, B: Any) -> Committor:
        """Pr(one of B is reached before one of A | from each state): 0 in A, 1 in B."""
        a, b = self._states(A).mask, self._states(B).mask
        if (a & b).any():
            raise ValueError('A and B have states in common')
        part = np.where(a, 1, np.where(b, 2, 0)).astype(np.int32)
        out = np.empty(self.n_states)
        error = lowlevel.chain_committor(out, out.size, self, part, 1, 2)
        return Committor(out, error)

    # --- spectrum

    def spectrum(self, k: int = 6) -> 'Spectrum':
        """The k eigenvalues greatest in modulus, with their modes."""
        from .spectrum import Spectrum
        return Spectrum(self, k)

    def eigenvalues(self, k: int = 6):
        """The k greatest in modulus (k + 1, when the last is one of a pair)."""
        return self.spectrum(k).values

    def coarse(self, sets: Any, law: Optional[Law] = None) -> CoarseChain:
        """The chain between sets, in its stationary law; sets[s] is the number of the set of state s."""
        part = integers('sets', sets, 'int32', self.n_states)
        m = int(part.max()) + 1
        P, weight, re, im = np.empty((m, m)), np.empty(m), np.empty(m), np.empty(m)
        residual = lowlevel.chain_coarse(P, weight, re, im, m, self, self._law(law), part, part.size)
        return CoarseChain(P, weight, residual, re + 1j * im if im.any() else re)

    # --- from one time to another; `law` is that of the activities now, the stationary one by default

    def lagged_covariance(self, lag: int = 1, law: Any = None):
        """Cov(A_i(t), A_j(t + lag))."""
        out = np.empty((self.n, self.n))
        lowlevel.chain_lagged_covariance(out, self.n, self, self._law(law), lag)
        return out

    def lagged_covariances(self, lags: int, law: Any = None):
        """The same for lags 0, 1, ..., lags: the first axis."""
        out = np.empty((lags + 1, self.n, self.n))
        lowlevel.chain_lagged_covariances(out, out.size, self, self._law(law), lags)
        return out

    def lagged_estimate(self, lags: int) -> Tuple[int, float]:
        """Bytes and operations of lagged_covariances."""
        return lowlevel.chain_lagged_estimate(self, lags)

    def window(self, steps: int, law: Any = None) -> Window:
        """Counts of active steps of each neuron in a window."""
        n = self.n
        out = Window(np.empty(n), np.empty((n, n)), np.empty(n))
        lowlevel.chain_window(*out, n, self, self._law(law), steps)
        return out

    def autocorrelation_time(self, law: Optional[Law] = None) -> Tuple[Any, float, float]:
        """Integrated autocorrelation time of each neuron and of their mean, in steps, and a bound of their error."""
        tau = np.empty(self.n)
        population, error = lowlevel.chain_autocorrelation_time(tau, self.n, self, self._law(law))
        return tau, population, error

    # --- information, in nats

    def entropy_rate(self, law: Any = None) -> float:
        """Entropy of the next state given the present one."""
        return lowlevel.chain_entropy_rate(self, self._law(law))

    def entropy_production(self, law: Any = None) -> float:
        """Per step; 0 in detailed balance."""
        return lowlevel.chain_entropy_production(self, self._law(law))

    def entropy_production_estimate(self) -> Tuple[int, float]:
        return lowlevel.chain_entropy_production_estimate(self)

    def detailed_balance(self, law: Any = None) -> Tuple[float, float]:
        """How far from it: sum of |P(A) P(A'|A) - P(A') P(A|A')| over pairs, and the greatest relative difference."""
        return lowlevel.chain_detailed_balance(self, self._law(law))

    def joint_law(self, first: Any, second: Any, lag: int = 1, law: Any = None):
        """p[s, f] = Pr(neurons `first` in state f now, `second` in s after lag steps)."""
        a, b = self.network.index(first), self.network.index(second)
        out = np.empty((2**len(b), 2**len(a)))
        lowlevel.chain_joint_law(out, out.size, self, self._law(law), lag, len(a), a, len(b), b)
        return out

    def joint_law_estimate(self, n_first: int, n_second: int, lag: int = 1) -> Tuple[int, float]:
        return lowlevel.chain_joint_law_estimate(self, lag, n_first, n_second)

    def mutual_information(self, first: Any = None, second: Any = None, lag: int = 1, law: Any = None):
        """I(A_first(t); A_second(t + lag)); of all pairs of neurons, [i, j], without groups."""
        law = self._law(law)
        if first is None and second is None:
            out = np.empty((self.n, self.n))
            lowlevel.chain_mutual_information_pairs(out, self.n, self, law, lag)
            return out
        a, b = self.network.index(first), self.network.index(second)
        return lowlevel.chain_mutual_information(self, law, lag, len(a), a, len(b), b)

    def transfer_entropy(self, source: Any = None, target: Any = None, law: Any = None):
        """I(A_target(t+1); A_source(t) | A_target(t)); of all pairs, [to, from], without groups."""
        law = self._law(law)
        if source is None and target is None:
            out = np.empty((self.n, self.n))
            lowlevel.chain_transfer_entropy_pairs(out, self.n, self, law)
            return out
        a, b = self.network.index(source), self.network.index(target)
        return lowlevel.chain_transfer_entropy(self, law, len(a), a, len(b), b)

    # --- responses of the stationary law

    def response(self, functional: Any = 'mean', law: Optional[Law] = None) -> Response:
        """Derivatives of the 'mean' of each neuron, of each 'covariance', or of E f(A), f an array over the states.

        weight[..., i, j] is the derivative by J[i, j].
        """
        n, law = self.n, self._law(law)
        lead = {'mean': (n,), 'covariance': (n, n)}.get(functional, ()) if isinstance(functional, str) else ()
        out = np.empty(lead + (n,)), np.empty(lead + (n, n)), np.empty(lead + (n,))
        if lead == (n,):
            error = lowlevel.response_mean(*out, n, self, law)
        elif lead:
            error = lowlevel.response_covariance(*out, n, self, law)
        elif isinstance(functional, str):
            raise ValueError("functional is 'mean', 'covariance', or an array")
        else:
            f = doubles('functional', functional, self.n_states)
            error = lowlevel.response_functional(*out, n, self, law, f, f.size)
        return Response(*out, error)

    def potentials(self, previous: Any = None):
        """Membrane potentials one step after the law `previous`, the stationary one by default."""
        from .potentials import Potentials
        return Potentials(self, previous)

    def plot_correlogram(self, pairs: Any = None, lags: int = 10, law: Any = None, ax=None):
        """Correlations of pairs of neurons over the lag; by default of the four that are most correlated.

        law  the stationary one, where it is at hand
        """
        from .pictures import plot_correlogram
        return plot_correlogram(self, pairs, lags, law, ax=ax)

    def plot_mutual_information(self, lag: int = 1, law: Any = None, ax=None):
        from .pictures import plot_matrix
        a = self.mutual_information(lag=lag, law=law)
        return plot_matrix(a, self.names, ax=ax, label='mutual information (nats)', xlabel='neuron after %d step%s' % (lag, 's' * (lag != 1)),
                           ylabel='neuron now', symmetric=False)

    def plot_transfer_entropy(self, law: Any = None, ax=None):
        from .pictures import plot_matrix
        a = self.transfer_entropy(law=law)
        np.fill_diagonal(a, np.nan)
        return plot_matrix(a, self.names, ax=ax, label='transfer entropy (nats)', xlabel='from neuron', ylabel='to neuron', symmetric=False)

    def plot(self, ax=None):
        """The matrix as a picture, for a few neurons."""
        from .pictures import plot_matrix
        return plot_matrix(self.matrix, None, ax=ax, label='Pr(next | now)', xlabel='next state', ylabel='state now', symmetric=False)
