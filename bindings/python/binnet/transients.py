"""Chains over time: schedules of stimuli, weights and noise; continuous time."""
from __future__ import annotations

from typing import Any, Iterable, Tuple

from . import lowlevel
from ._arrays import doubles, integers, reals
from ._numpy import np
from .chain import Chain
from .law import Law
from .network import Network
from .noise import as_noise
from .passage import HittingTimes, QuasiStationary


class Schedule:
    """Chains that follow each other: pairs (time from which on, chain), times rising from 0; the last goes on for ever.

    >>> quiet, loud = (Chain(Network([[0]], stimulus=s), 1.0) for s in (-1, 1))
    >>> pulse = Schedule([(0, quiet), (10, loud), (12, quiet)])
    >>> pulse.means(quiet.stationary(), [0, 10, 11, 12, 40]).round(3).ravel().tolist()
    [0.159, 0.159, 0.841, 0.841, 0.159]
    """

    def __init__(self, chains: Iterable[Tuple[int, Chain]]):
        pairs = list(chains)
        start = integers('times', [t for t, _ in pairs], 'uint64')
        parts = [c for _, c in pairs]
        if not parts:
            raise ValueError('no chains')
        self._set(lowlevel.schedule_new(len(parts), start, parts), start, parts[0],
                  tuple(h for c in parts for h in c._holders))

    def _set(self, ptr, start, chain, holders):
        self._ptr, self.start, self._chain, self._holders = ptr, start, chain, holders
        self.n: int = lowlevel.schedule_neurons(ptr)
        self.names = chain.names

    @classmethod
    def stimuli(cls, chain: Chain, start: Any, stimulus: Any) -> 'Schedule':
        """One chain with other stimuli from each time on: stimulus[k] (of all neurons, or of each) from start[k]."""
        start = integers('start', start, 'uint64')
        if start.ndim != 1:
            raise ValueError('start must have one dimension')
        stimulus = reals('stimulus', stimulus)
        if stimulus.ndim == 1:
            stimulus = stimulus[:, None]
        if stimulus.ndim != 2 or len(stimulus) != len(start) or stimulus.shape[1] not in (1, chain.n):
            raise ValueError('stimulus must have shape (%d,) or (%d, %d)' % (len(start), len(start), chain.n))
        table = np.ascontiguousarray(np.broadcast_to(stimulus, (len(start), chain.n)))
        schedule = cls.__new__(cls)
        schedule._set(lowlevel.schedule_new_stimuli(chain, len(start), start, table), start, chain, chain._holders)
        return schedule

    def __repr__(self):
        return '<Schedule of %d neurons, from %s on>' % (self.n, ', '.join(map(str, self.start.tolist())))

    def evolve(self, law: Any, to: int, since: int = 0) -> Law:
        """The law at time `to` from that at time `since`; its balance_error bounds the relative error of each probability."""
        return Law._of(lowlevel.schedule_evolve(self, self._chain._law(law), since, to), self.names)

    def _times(self, times):
        out = integers('times', times, 'uint64')
        if out.ndim != 1:
            raise ValueError('times must have one dimension')
        return out

    def laws(self, law: Any, times: Any, return_error: bool = False):
        """p[k, s] = Pr(state s at times[k]) from the law at time 0; the error is a bound of the last one's, relative."""
        times = self._times(times)
        out = np.empty((len(times), 2**self.n))
        error = lowlevel.schedule_laws(out, out.size, self, self._chain._law(law), len(times), times)
        return (out, error) if return_error else out

    def means(self, law: Any, times: Any, return_error: bool = False):
        """mean[k, i] = Pr(neuron i active at times[k]); laws are not kept."""
        times = self._times(times)
        out = np.empty((len(times), self.n))
        error = lowlevel.schedule_means(out, out.size, self, self._chain._law(law), len(times), times)
        return (out, error) if return_error else out

    def plot(self, law: Any, times: Any, k: int = 4, ax=None):
        """Means of the neurons over time, and the k states that are most probable at some time; on a given `ax` the first alone."""
        from .pictures import plot_evolution
        return plot_evolution(self, law, times, k, ax=ax)


class ContinuousChain(Chain):
    """Continuous time: neuron i is updated at the events of a Poisson process of rate[i], independent of the others (Glauber).

    Times and rates here are of continuous time; what is said of steps (step, matrix, spectrum, lags) is of the events, of which
    there are `events` in a unit of time. The stationary law is the same.

    >>> chain = ContinuousChain(Network([[0]], stimulus=1), 1.0, rate=2.0)
    >>> round(float(chain.evolve(0, time=0.5).mean[0] / chain.stationary().mean[0]), 6)
    0.632121
    """

    def __init__(self, network: Network, noise: Any, rate: Any = 1.0):
        noise = as_noise(noise)
        self.rate = doubles('rate', rate, network.n)
        ptr, self.events = lowlevel.chain_new_continuous(network, noise._for(network.n), self.rate)
        self._made(ptr, network, noise)

    def __repr__(self):
        return '<Chain of continuous time of %d neurons, %s noise>' % (self.n, self.noise.kind)

    def step(self, p: Any):
        """One event."""
        if isinstance(p, Law):
            return Chain.evolve(self, p, 1)
        return Chain.step(self, p)

    def evolve(self, law: Any, time: float = 1.0, return_error: bool = False):  # type: ignore[override]
        """The law after some time; the error is a bound of the sum of all errors."""
        ptr, error = lowlevel.continuous_evolve(self, self.events, self._law(law), float(time))
        out = self._law_of(ptr)
        return (out, error) if return_error else out

    def hitting_times(self, target: Any, start: Any = None) -> HittingTimes:
        """Mean and variance of the time until a set is reached, from every state, or from a law."""
        target = self._states(target)
        mean, variance = np.empty(self.n_states), np.empty(self.n_states)
        error = lowlevel.passage_times_continuous(mean, variance, mean.size, self, self.events, target)
        if start is None:
            return HittingTimes(mean, variance, error)
        p = self._law(start).p
        on = p > 0
        m = float(p[on] @ mean[on])
        # Var T = E Var(T | start) + Var E(T | start)
        v = float(p[on] @ (variance[on] + (mean[on] - m)**2)) if np.isfinite(m) else np.inf
        return HittingTimes(m, v, error)

    def quasi_stationary(self, states: Any) -> QuasiStationary:
        """The law in a set that has been kept for long, and the rate at which it is left, per unit of time."""
        law, rate, error = Chain.quasi_stationary(self, states)
        return QuasiStationary(law, rate * self.events, error)
