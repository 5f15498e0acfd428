"""The exact mathematics of small networks of binary neurons.

    >>> import binnet
    >>> net = binnet.Network([[0, 2], [-2, 0]], threshold=[0.5, -1], names=['E', 'I'])
    >>> law = binnet.Chain(net, binnet.gaussian(1.0)).stationary()
    >>> law.mean.round(4).tolist()
    [0.5847, 0.4422]
    >>> net.attractors()
    <1 synchronous attractors>

A state is an integer: bit i is the activity of neuron i, 1 = active. J[i, j] is the weight from j to i. P[s, t] is the probability
of t next, given s now. Every function of the C library is in binnet.lowlevel.
"""
from . import errors, lowlevel
from ._arrays import activities
from ._context import options
from .attractors import Attractor, Attractors, FixedPoints
from .chain import Chain, Cost, Response, Window
from .diagram import BifurcationList, Box, Diagram, Query, Region, Regions
from .ensemble import BifurcationLaw, Current, Ensemble, Limit, Weight
from .errors import (ConvergenceError, Error, InputError, InternalError, InterruptedCall, MemoryLimitError, NotUniqueError,
                     NumericalError, ThreadError, UndefinedError, UndefinedWarning, UnderflowError)
from .law import Law, Populations, StimulusInformation, stimulus_information, triple_index
from .network import Network
from .noise import Noise, as_noise, custom, gaussian, laplace, logistic, no_noise, student_t, uniform
from .order import (Moments, OrderStatistics, order_cdf, order_cdf_all, order_cdf_many, order_estimate, order_joint_cdf,
                    order_joint_estimate, order_joint_pdf, order_pdf, order_pdf_all, order_survival, poisson_binomial)
from .permanent import (Permanent, permanent, permanent_estimate, permanent_repeated, permanent_repeated_scaled,
                        permanent_residue, permanent_scaled)
from .potentials import Marginal, Potentials

__version__ = lowlevel.version()

#: Instruction set of the hot loops in use, and the BLAS: what a bug report should say.
kernels, blas = lowlevel.kernels, lowlevel.blas

__all__ = [name for name in dir() if not name.startswith('_')]
