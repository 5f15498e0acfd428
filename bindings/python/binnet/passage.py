"""What passages of a chain are told as; the calls are methods of Chain."""
from __future__ import annotations

from typing import Any, NamedTuple

from .law import Law


class HittingTimes(NamedTuple):
    """Time until a set is reached: of each state, or from a law one number. Infinite where it may be missed; `error` is relative."""
    mean: Any
    variance: Any
    error: float


class QuasiStationary(NamedTuple):
    """How a set is left that has been kept for long: the law of the states in it, the probability to leave it in a step (of
    continuous time: the rate), and its relative error."""
    law: Law
    rate: float
    error: float


class Committor(NamedTuple):
    """Pr(one of B before one of A) from each state, and a bound of the error of any."""
    p: Any
    error: float


class CoarseChain(NamedTuple):
    """The chain between sets of states: P[a, b] = Pr(next in b | in a), the sets' probabilities, how far they are from a Markov
    chain of themselves (0..2), and the eigenvalues of P."""
    P: Any
    weight: Any
    residual: float
    eigenvalues: Any
