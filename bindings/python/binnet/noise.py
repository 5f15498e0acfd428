"""Noise of the neurons: the law of B in drive + scale B >= 0."""
from __future__ import annotations

from typing import Any, Callable, Optional

from . import lowlevel
from ._arrays import doubles, points, reals, shaped
from ._native import ffi, lib
from ._numpy import np


class _Functions:
    """The caller's functions, as long as something calls them."""

    def __init__(self, cdf=None, survival=None, density=None, characteristic=None):
        self.cdf, self.survival, self.density, self.characteristic = cdf, survival, density, characteristic
        self.pending = None
        self.handle = ffi.new_handle(self)


def _function_failed(kind, value, traceback):
    user = traceback.tb_frame.f_locals['user'] if traceback is not None else ffi.NULL
    if user:
        ffi.from_handle(user).pending = value


_NAN = float('nan')


@ffi.def_extern(name='binnet_python_cdf', error=_NAN, onerror=_function_failed)
def _cdf(user, x):
    return float(ffi.from_handle(user).cdf(x))


@ffi.def_extern(name='binnet_python_survival', error=_NAN, onerror=_function_failed)
def _survival(user, x):
    return float(ffi.from_handle(user).survival(x))


@ffi.def_extern(name='binnet_python_density', error=_NAN, onerror=_function_failed)
def _density(user, x):
    return float(ffi.from_handle(user).density(x))


@ffi.def_extern(name='binnet_python_characteristic', onerror=_function_failed)
def _characteristic(user, t, re, im):
    re[0] = im[0] = _NAN
    z = complex(ffi.from_handle(user).characteristic(t))
    re[0], im[0] = z.real, z.imag


class _ForNeurons:
    """The library's noise for some number of neurons, and the functions that it calls."""

    def __init__(self, ptr, holders):
        self._ptr, self._holders = ptr, holders


class Noise:
    """A law with a scale for each neuron, or one for all; made by gaussian(), logistic(), ... A scale of 0 is no noise.

    >>> round(gaussian(2.0).cdf(1.0), 6)
    0.841345
    """

    def __init__(self, kind: str, scale: Any, make: Callable, *more: Any, functions: Optional[_Functions] = None):
        self.kind = kind
        self.scale = np.array(reals('scale', scale))  # its own, as the library's objects are
        self.scale.flags.writeable = False
        if self.scale.ndim > 1:
            raise ValueError('scale must be a number, or one for each neuron')
        self._make, self._more = make, more
        self._holders = () if functions is None else (functions,)
        self._pointers: dict = {}
        self._for(self.scale.size)  # says at once what is not allowed

    def _for(self, n: int):
        """The library's noise for n neurons."""
        made = self._pointers.get(n)
        if made is None:
            if self.scale.ndim and self.scale.size != n:
                raise ValueError('noise of %d neurons for a network of %d' % (self.scale.size, n))
            try:
                made = self._pointers[n] = _ForNeurons(self._make(n, doubles('scale', self.scale, n), *self._more), self._holders)
            finally:
                lowlevel._check_callbacks((self,))
        return made

    def _spread(self, population) -> 'Noise':
        """With one scale for each population, that of its neurons."""
        functions = self._holders[0] if self._holders else None
        return Noise(self.kind, self.scale[population], self._make, *self._more, functions=functions)

    def __repr__(self):
        return '<%s noise, scale %s>' % (self.kind, self.scale.tolist())

    def _evaluate(self, which, x):
        x, shape = points('x', x)
        out = np.empty(len(x))
        where: list = [None] * 3
        where[which] = out
        lowlevel.noise_eval_many(*where, self._for(self.scale.size), len(x), x)
        return shaped(out, shape)

    @property
    def form(self) -> str:
        """'independent', or correlated: 'factors' (shared), 'covariance' (any other)."""
        return {1: 'independent', 2: 'factors', 3: 'covariance'}[lowlevel.noise_form(self._for(self.scale.size))]

    @property
    def factors(self) -> int:
        """Number of shared factors."""
        return lowlevel.noise_factors(self._for(self.scale.size))

    @property
    def correlation(self):
        """Correlations of the noise of the neurons."""
        noise, n = self._for(self.scale.size), self.scale.size
        return np.array([[lowlevel.noise_correlation(noise, i, j) for j in range(n)] for i in range(n)])

    def cdf(self, x: Any):
        """Pr(B <= x), of the law without its scale."""
        return self._evaluate(0, x)

    def survival(self, x: Any):
        """Pr(B > x), without cancellation."""
        return self._evaluate(1, x)

    def pdf(self, x: Any):
        return self._evaluate(2, x)


def gaussian(sd: Any) -> Noise:
    """Normal noise of standard deviation sd."""
    return Noise('gaussian', sd, lowlevel.noise_new_gaussian)


def logistic(T: Any) -> Noise:
    """Logistic noise: Glauber's, Little's and Peretto's temperature T, for activities 0 and 1."""
    return Noise('logistic', T, lowlevel.noise_new_logistic)


def gaussian_cov(cov: Any) -> Noise:
    """Normal noise of covariance cov, drawn anew in each update; positive semidefinite is enough.

    >>> noise = gaussian_cov([[1.0, 0.5], [0.5, 4.0]])
    >>> noise.scale.tolist(), noise.form, noise.correlation.tolist()
    ([1.0, 2.0], 'factors', [[1.0, 0.25], [0.25, 1.0]])
    """
    cov = reals('cov', cov)
    if cov.ndim != 2 or cov.shape[0] != cov.shape[1]:
        raise ValueError('cov must be square, not of shape %s' % (cov.shape,))
    matrix = np.array(cov, order='C')

    def make(n, scale):
        return lowlevel.noise_new_gaussian_cov(n, matrix)
    return Noise('gaussian', np.sqrt(np.maximum(matrix.diagonal(), 0)), make)


def gaussian_factors(L: Any, D: Any = 0.0) -> Noise:
    """Normal noise with one to three shared factors: B = D b + L z, b and z independent and standard normal.

    L   [n, factors], or n numbers for one factor
    D   of each neuron, or one for all

    >>> gaussian_factors([0.6, 0.6, 0.8], [0.8, 0.8, 0.6]).correlation.round(12).tolist()[0]
    [1.0, 0.36, 0.48]
    """
    L = np.array(reals('L', L), order='C')
    L = L[:, None] if L.ndim == 1 else L
    if L.ndim != 2:
        raise ValueError('L must have one or two dimensions')
    D = doubles('D', D, len(L)).copy()

    def make(n, scale):
        return lowlevel.noise_new_gaussian_factors(n, L.shape[1], L, D)
    return Noise('gaussian', np.sqrt(D**2 + (L**2).sum(axis=1)), make)


def uniform(half_width: Any) -> Noise:
    return Noise('uniform', half_width, lowlevel.noise_new_uniform)


def laplace(scale: Any) -> Noise:
    return Noise('laplace', scale, lowlevel.noise_new_laplace)


def student_t(scale: Any, dof: float) -> Noise:
    """Student's t with the given degrees of freedom."""
    return Noise('student_t', scale, lowlevel.noise_new_student_t, float(dof))


def custom(cdf: Callable[[float], float], survival: Optional[Callable[[float], float]] = None,
           density: Optional[Callable[[float], float]] = None, scale: Any = 1.0) -> Noise:
    """Any law, by functions of one number; they may be called from several threads. What they raise, the call raises."""
    functions = _Functions(cdf, survival, density)

    def make(n, scales):
        return lowlevel.noise_new_custom(n, scales, lib.binnet_python_cdf,
                                         None if survival is None else lib.binnet_python_survival,
                                         None if density is None else lib.binnet_python_density, functions.handle)
    return Noise('custom', scale, make, functions=functions)


def no_noise() -> Noise:
    return gaussian(0.0)


def as_noise(noise: Any) -> Noise:
    """Noise as it is, a number as the standard deviation of normal noise, a frozen law of scipy.stats as its functions.

    Laws that the library knows (norm, logistic, laplace, centred uniform, t; without a shift) become those of the library.
    """
    if noise is None:
        return no_noise()
    if isinstance(noise, Noise):
        return noise
    if hasattr(noise, 'cdf') and hasattr(noise, 'sf'):
        known = _known_law(noise)
        if known is not None:
            return known
        return custom(noise.cdf, noise.sf, getattr(noise, 'pdf', None))
    return gaussian(noise)


def _known_law(law) -> Optional[Noise]:
    name = getattr(getattr(law, 'dist', None), 'name', '')
    if name not in ('norm', 'logistic', 'laplace', 'uniform', 't'):
        return None
    shapes, loc, scale = law.dist._parse_args(*law.args, **law.kwds)
    if np.ndim(loc) or np.ndim(scale):
        return None
    if name == 'uniform':
        return uniform(scale / 2) if loc == -scale / 2 else None
    if loc != 0:
        return None
    if name == 't':
        return student_t(scale, shapes[0])
    return gaussian(scale) if name == 'norm' else logistic(scale) if name == 'logistic' else laplace(scale)
