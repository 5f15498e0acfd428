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
from ._context import options
from .errors import (ConvergenceError, Error, FileError, FormatError, InputError, InternalError, InterruptedCall, LossWarning,
                     MemoryLimitError, NotUniqueError, NumericalError, ThreadError, UndefinedError, UndefinedWarning, UnderflowError, UnmetWarning)

# Each topic is imported when something of it is first asked for: `import binnet` stays quick.
_TOPICS = {
    '_arrays': ('activities',),
    'approximations': ('Approximation', 'Branch', 'MeanBranches', 'MeanField', 'MeanPoints', 'Special', 'Stability', 'plefka',
                       'plefka_step'),
    'attractors': ('Attractor', 'Attractors', 'FixedPoints'),
    'chain': ('Chain', 'Cost', 'Response', 'Window'),
    'comparison': ('Comparison', 'Deviation', 'compare'),
    'diagram': ('BifurcationList', 'Box', 'Diagram', 'Query', 'Region', 'Regions', 'Table'),
    'ensemble': ('BifurcationLaw', 'Current', 'Ensemble', 'Limit', 'Weight'),
    'lumped': ('LumpedChain', 'OccupationLaw', 'PopulationPotentials'),
    'law': ('Law', 'Populations', 'StimulusInformation', 'stimulus_information', 'triple_index'),
    'files': ('EnsembleFile', 'NetworkFile', 'PatternFile', 'read_ensemble', 'read_matrix', 'read_network', 'read_patterns'),
    'network': ('Network',),
    'noise': ('Noise', 'as_noise', 'custom', 'gaussian', 'gaussian_cov', 'gaussian_factors', 'laplace', 'logistic', 'no_noise',
              'student_t', 'uniform'),
    'order': ('Moments', 'OrderStatistics', 'order_cdf', 'order_cdf_all', 'order_cdf_many', 'order_estimate', 'order_joint_cdf',
              'order_joint_estimate', 'order_joint_pdf', 'order_pdf', 'order_pdf_all', 'order_survival', 'poisson_binomial'),
    'passage': ('CoarseChain', 'Committor', 'HittingTimes', 'QuasiStationary'),
    'permanents': ('Permanent', 'permanent', 'permanent_estimate', 'permanent_repeated', 'permanent_repeated_scaled',
                   'permanent_residue', 'permanent_scaled'),
    'potentials': ('Marginal', 'Potentials'),
    'sets': ('StateSet',),
    'simulation': ('Dwell', 'Estimate', 'PopulationEstimates', 'Run', 'Simulator'),
    'spectrum': ('Spectrum',),
    'storage': ('Capacity', 'Contradiction', 'Path', 'RecallCurve', 'Storage', 'Wiring', 'capacity_cover', 'capacity_gardner',
                'capacity_sampled', 'plot_patterns', 'recall_curve', 'recall_curve_sampled', 'recall_path', 'recall_run',
                'recall_transitions', 'store', 'store_estimate', 'store_margins', 'transitions'),
    'sweeps': ('Sweep', 'sweep'),
    'transients': ('ContinuousChain', 'Schedule'),
}
_TOPIC_OF = {name: topic for topic, names in _TOPICS.items() for name in names}

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._arrays import activities
    from .approximations import (Approximation, Branch, MeanBranches, MeanField, MeanPoints, Special, Stability, plefka,
                                 plefka_step)
    from .attractors import Attractor, Attractors, FixedPoints
    from .chain import Chain, Cost, Response, Window
    from .comparison import Comparison, Deviation, compare
    from .diagram import BifurcationList, Box, Diagram, Query, Region, Regions, Table
    from .ensemble import BifurcationLaw, Current, Ensemble, Limit, Weight
    from .files import EnsembleFile, NetworkFile, PatternFile, read_ensemble, read_matrix, read_network, read_patterns
    from .law import Law, Populations, StimulusInformation, stimulus_information, triple_index
    from .lumped import LumpedChain, OccupationLaw, PopulationPotentials
    from .network import Network
    from .noise import (Noise, as_noise, custom, gaussian, gaussian_cov, gaussian_factors, laplace, logistic, no_noise, student_t,
                        uniform)
    from .order import (Moments, OrderStatistics, order_cdf, order_cdf_all, order_cdf_many, order_estimate, order_joint_cdf,
                        order_joint_estimate, order_joint_pdf, order_pdf, order_pdf_all, order_survival, poisson_binomial)
    from .passage import CoarseChain, Committor, HittingTimes, QuasiStationary
    from .permanents import (Permanent, permanent, permanent_estimate, permanent_repeated, permanent_repeated_scaled,
                             permanent_residue, permanent_scaled)
    from .potentials import Marginal, Potentials
    from .sets import StateSet
    from .simulation import Dwell, Estimate, PopulationEstimates, Run, Simulator
    from .spectrum import Spectrum
    from .storage import (Capacity, Contradiction, Path, RecallCurve, Storage, Wiring, capacity_cover, capacity_gardner,
                          capacity_sampled, plot_patterns, recall_curve, recall_curve_sampled, recall_path, recall_run,
                          recall_transitions, store, store_estimate, store_margins, transitions)
    from .sweeps import Sweep, sweep
    from .transients import ContinuousChain, Schedule

__version__: str = lowlevel.ffi.string(lowlevel.lib.binnet_version()).decode()


def kernels() -> str:
    """Instruction set of the hot loops in use: with blas(), what a bug report should say."""
    return lowlevel.kernels()


def blas() -> str:
    """What the BLAS tells of itself."""
    return lowlevel.blas()


def __getattr__(name: str):
    topic = _TOPIC_OF.get(name)
    if topic is None:
        raise AttributeError('module binnet has no attribute %r' % name)
    import importlib
    module = importlib.import_module('.' + topic, __name__)
    for other in _TOPICS[topic]:
        globals()[other] = getattr(module, other)
    return globals()[name]


__all__ = ['blas', 'errors', 'kernels', 'lowlevel', 'options', 'ConvergenceError', 'Error', 'FileError', 'FormatError', 'InputError',
           'InternalError', 'InterruptedCall', 'LossWarning', 'MemoryLimitError', 'NotUniqueError', 'NumericalError', 'ThreadError', 'UndefinedError',
           'UndefinedWarning', 'UnderflowError', 'UnmetWarning'] + list(_TOPIC_OF)


def __dir__():
    return sorted(__all__ + ['__version__'])
