"""Options, and the contexts that calls run in.

Each call takes a context from a pool and gives it back, so that any number of threads may call at once. Its hook is where Python
gets a word in a long call: Ctrl-C, and progress.
"""
from __future__ import annotations

import contextvars

from ._native import ffi, lib
from .errors import error_of

TYPE_CHECKING = False  # as that of typing, without its import
if TYPE_CHECKING:
    from typing import Any, Callable, Optional, Union
    Progress = Union[bool, Callable[[float, float], Any]]

# option: key of the parameter, whether it is an integer
_PARAMETERS = {
    'threads': (lib.BINNET_P_THREADS, True),
    'memory': (lib.BINNET_P_MEMORY_LIMIT, True),
    'max_iterations': (lib.BINNET_P_MAX_ITERATIONS, True),
    'seed': (lib.BINNET_P_SEED, True),
    'method': (lib.BINNET_P_METHOD, True),
    'tolerance': (lib.BINNET_P_TOLERANCE, False),
    'max_period': (lib.BINNET_P_MAX_PERIOD, True),
    'work_limit': (lib.BINNET_P_WORK_LIMIT, True),
    'relative_tolerance': (lib.BINNET_P_RELATIVE_TOLERANCE, False),
    'row_error': (lib.BINNET_P_ROW_ERROR, False),
}
_METHODS = {'auto': lib.BINNET_METHOD_AUTO, 'gth': lib.BINNET_METHOD_GTH, 'iteration': lib.BINNET_METHOD_ITERATION}
_UNITS = {'': 1, 'k': 10**3, 'm': 10**6, 'g': 10**9, 't': 10**12, 'ki': 2**10, 'mi': 2**20, 'gi': 2**30, 'ti': 2**40}


class Settings:
    """What a context is set to; immutable."""

    __slots__ = ('values', 'progress')

    def __init__(self, values, progress):
        self.values = values      # {key: value}, without defaults
        self.progress = progress


_settings: contextvars.ContextVar[Settings] = contextvars.ContextVar('binnet settings', default=Settings({}, None))


def _bytes(memory) -> int:
    if isinstance(memory, str):
        import re
        m = re.fullmatch(r'\s*(\d+(?:\.\d*)?)\s*([kmgt]i?|)b?\s*', memory.lower())
        if not m:
            raise ValueError('memory is bytes, or a text such as "2 GiB", not %r' % memory)
        return int(float(m.group(1)) * _UNITS[m.group(2)])
    return memory


class options:
    """Limits and methods for the calls within a `with` block, of this thread (or asyncio task) alone.

    threads             worker threads a call may use
    memory              bytes a call may have allocated at once, or a text: '2 GiB'
    tolerance           residual of a stationary law at which a solver may stop
    relative_tolerance  error of a permanent, relative to it
    row_error           of the transition probabilities from a state, summed, by noise of general covariance
    max_iterations, seed, max_period, work_limit   as BINNET_P_* of the library
    method              of a stationary law: 'auto', 'gth', 'iteration'
    progress            function(fraction, seconds_left), or True for a bar by tqdm; what it raises ends the call, and so does False

    >>> import binnet
    >>> with binnet.options(threads=2, memory='1 GiB'):
    ...     binnet.Network([[0, 1], [1, 0]], threshold=0.5).attractors().count
    3
    """

    def __init__(self, *, threads: Optional[int] = None, memory: Union[int, str, None] = None,
                 tolerance: Optional[float] = None, relative_tolerance: Optional[float] = None,
                 max_iterations: Optional[int] = None, seed: Optional[int] = None, method: Optional[str] = None,
                 max_period: Optional[int] = None, work_limit: Optional[int] = None, row_error: Optional[float] = None,
                 progress: Optional[Progress] = None):
        if method is not None and method not in _METHODS:
            raise ValueError('method is one of %s, not %r' % (', '.join(_METHODS), method))
        given = {'threads': threads, 'memory': _bytes(memory), 'tolerance': tolerance,
                 'relative_tolerance': relative_tolerance, 'max_iterations': max_iterations, 'seed': seed,
                 'method': None if method is None else _METHODS[method], 'max_period': max_period,
                 'work_limit': work_limit, 'row_error': row_error}
        self._given = {name: value for name, value in given.items() if value is not None}
        self._progress = progress
        self._tokens: list = []
        context = Context()  # says at once what is not allowed
        for name, value in self._given.items():
            context.set(name, value)
        if progress not in (None, True, False) and not callable(progress):
            raise TypeError('progress is a function of (fraction, seconds_left), or True')
        if progress is True:
            import tqdm  # noqa: F401  absent: say so here, not in a call

    def __enter__(self) -> 'options':
        outer = _settings.get()
        progress = outer.progress if self._progress is None else self._progress or None
        self._tokens.append(_settings.set(Settings({**outer.values, **self._given}, progress)))
        return self

    def __exit__(self, *exception) -> None:
        _settings.reset(self._tokens.pop())


class Context:
    """A binnet_ctx with its hook."""

    __slots__ = ('ptr', 'handle', 'settings', 'pending', 'progress', 'bar', '__weakref__')

    def __init__(self):
        out = ffi.new('binnet_ctx **')
        code = lib.binnet_ctx_new(out)
        if code:
            raise error_of(code)
        self.ptr = ffi.gc(out[0], lib.binnet_ctx_free)
        self.handle = ffi.new_handle(self)
        self.settings = None
        self.pending = None   # what was raised in the hook
        self.progress = None
        self.bar = None
        lib.binnet_ctx_set_hook(self.ptr, lib.binnet_python_hook, self.handle)

    def set(self, name, value):
        key, integer = _PARAMETERS[name]
        code = (lib.binnet_ctx_set_i64 if integer else lib.binnet_ctx_set_f64)(self.ptr, key, value)
        if code:
            raise error_of(code, '%s: %s' % (name, self.message()))

    def use(self, settings):
        for name, (key, integer) in _PARAMETERS.items():
            value = settings.values.get(name)
            if value is None:
                value = _DEFAULTS[name]
            (lib.binnet_ctx_set_i64 if integer else lib.binnet_ctx_set_f64)(self.ptr, key, value)
        self.progress = settings.progress
        self.settings = settings

    def message(self) -> str:
        return ffi.string(lib.binnet_ctx_message(self.ptr)).decode('utf-8', 'replace')


def _defaults():
    out = {}
    for name, (key, integer) in _PARAMETERS.items():
        value = ffi.new('int64_t *' if integer else 'double *')
        (lib.binnet_param_range_i64 if integer else lib.binnet_param_range_f64)(key, ffi.NULL, ffi.NULL, value)
        out[name] = value[0]
    return out


_DEFAULTS = _defaults()
_pool: list = []  # append and pop are atomic


def acquire() -> Context:
    """A context with the present options; give it to release() after the call."""
    settings = _settings.get()
    try:
        context = _pool.pop()
    except IndexError:
        context = Context()
    if context.settings is not settings:
        context.use(settings)
    return context


def release(context: Context) -> None:
    if context.bar is not None:
        bar, context.bar = context.bar, None
        bar.close()
    pending, context.pending = context.pending, None
    _pool.append(context)
    if pending is not None:  # raised when the call was all but done
        raise pending


def _hook_failed(kind, value, traceback):
    # The frame's only argument that matters is its first; a signal may come before anything else of it ran.
    user = traceback.tb_frame.f_locals['user'] if traceback is not None else ffi.NULL
    if user:
        ffi.from_handle(user).pending = value


@ffi.def_extern(name='binnet_python_hook', error=1, onerror=_hook_failed)
def _hook(user, fraction, seconds_left):
    context = ffi.from_handle(user)
    progress = context.progress
    if progress is None:
        return 0
    if progress is True:
        if context.bar is None:
            import tqdm
            context.bar = tqdm.tqdm(total=1.0, bar_format='{l_bar}{bar}| {elapsed}<{remaining}')
        context.bar.update(max(fraction - context.bar.n, 0.0))
        return 0
    return 1 if progress(fraction, seconds_left) is False else 0
