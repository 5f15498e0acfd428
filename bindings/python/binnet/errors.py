"""Exceptions: one class for each kind of status code of the library; `.code` is the code, a BINNET_E_* of binnet.lowlevel."""
from __future__ import annotations

from ._native import ffi, lib

TYPE_CHECKING = False  # as that of typing, whose import takes a quarter of this package's own
if TYPE_CHECKING:
    from typing import Any, Optional


class Error(Exception):
    """A call of the library failed."""

    code: int

    def __init__(self, message: str, code: int = 0):
        super().__init__(message)
        self.code = code

    def __reduce__(self):
        return type(self), (self.args[0], self.code)


class InputError(Error, ValueError):
    """An argument is not what it may be: sizes, ranges, NaN (codes of the 100s)."""


class FormatError(InputError):
    """A file does not hold what it should; `path` and `line` say where (None where the message names none)."""

    @property
    def path(self) -> Optional[str]:
        return self._place()[0]

    @property
    def line(self) -> Optional[int]:
        return self._place()[1]

    def _place(self):
        import re
        m = re.match(r'(.*?):(?:(\d+):)? ', str(self))
        return (m.group(1), m.group(2) and int(m.group(2))) if m else (None, None)


class FileError(Error, OSError):
    """A file cannot be opened, read or written."""

    def __str__(self) -> str:
        return str(self.args[0])


class MemoryLimitError(Error, MemoryError):
    """More memory than `binnet.options(memory=...)` allows, or than there is."""


class InterruptedCall(Error):
    """The progress function asked to stop."""


class ThreadError(Error, RuntimeError):
    """A worker thread could not be started."""


class NumericalError(Error, ArithmeticError):
    """No answer of the promised quality (codes of the 300s)."""


class ConvergenceError(NumericalError):
    """The tolerance was not reached. `partial` holds what the call made all the same, or None."""

    partial: Any = None


class NotUniqueError(NumericalError):
    """Several recurrent classes: there is no one stationary law. See Chain.recurrent_classes, stationary(recurrent_class=)."""


class UndefinedError(NumericalError):
    """The answer is not defined."""


class UnderflowError(NumericalError):
    """Probabilities too small for double decide the answer."""


class InternalError(Error, RuntimeError):
    """A defect of the library."""


class UnmetWarning(RuntimeWarning):
    """Some neuron does not do as wanted: see Storage.status."""


class LossWarning(UserWarning):
    """A file does not hold all of the network: its format cannot."""


class UndefinedWarning(RuntimeWarning):
    """Some entries of a result are not defined and are NaN; the others are valid."""


_CLASSES = {
    lib.BINNET_E_NOMEM: MemoryLimitError,
    lib.BINNET_E_FILE: FileError,
    lib.BINNET_E_FORMAT: FormatError,
    lib.BINNET_E_LIMIT: MemoryLimitError,
    lib.BINNET_E_INTERRUPTED: InterruptedCall,
    lib.BINNET_E_THREAD: ThreadError,
    lib.BINNET_E_NOCONV: ConvergenceError,
    lib.BINNET_E_REDUCIBLE: NotUniqueError,
    lib.BINNET_E_UNDEFINED: UndefinedError,
    lib.BINNET_E_UNDERFLOW: UnderflowError,
}


def error_of(code: int, message: str = '') -> Error:
    """The exception of a status code, also of codes that this package does not know yet."""
    kind = _CLASSES.get(code)
    if kind is None:
        kind = {1: InputError, 2: ThreadError, 3: NumericalError}.get(code // 100, InternalError)
    return kind(message or ffi.string(lib.binnet_strerror(code)).decode(), code)
