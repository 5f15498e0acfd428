"""Networks, ensembles, patterns, laws and matrices from files, as the command reads and writes them: libbinnet-files.

What is read is the path of a file, or an open file (a text of StringIO or bytes of BytesIO too, its `name` standing in messages).
What is wrong in it is a FormatError, with the path and the line; a file that cannot be opened is a FileError, which is an OSError.
"""
from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, List, NamedTuple, Optional, Sequence, Tuple

from . import lowlevel
from ._native import ffi, lib
from ._numpy import np
from .errors import LossWarning

if TYPE_CHECKING:
    from .ensemble import Ensemble
    from .law import Law
    from .network import Network
    from .noise import Noise

_UPDATES = {'synchronous': 1, 'asynchronous': 2, 'sweep': 3}


class NetworkFile(NamedTuple):
    """What a network file holds; noise and update are None where it does not say, population_names of those of the network.

    notes are what reading decided; warning is one of them that may not have been meant.
    """
    network: Network
    noise: Optional[Noise] = None
    update: Optional[str] = None
    population_names: Optional[List[str]] = None
    title: str = ''
    source: str = ''
    notes: Tuple[str, ...] = ()
    warning: str = ''

    def to_file(self, path: Any, format: Optional[str] = None) -> None:
        """All of it to a file; see Network.to_file."""
        self.network.to_file(path, format, noise=self.noise, update=self.update, population_names=self.population_names,
                             title=self.title, source=self.source, notes=self.notes)


class EnsembleFile(NamedTuple):
    """What a file of random networks holds."""
    ensemble: Ensemble
    population_names: List[str]
    title: str
    source: str


class PatternFile(NamedTuple):
    """Patterns [pattern, neuron] with their names, the width of images (0: they are none), and the transitions along the sequences and
    around the cycles that they form, for store(); these as the numbers of their patterns, and whether each is a cycle."""
    patterns: Any
    names: List[str]
    width: int
    source: Any
    target: Any
    sequences: List[Tuple[List[int], bool]]


def _need_files() -> None:
    if not hasattr(lib, 'binnet_import_new'):
        raise NotImplementedError('this package was built without libbinnet-files (it needs Jansson)')


def _read(kind: str, source: Any, *how: Any):
    """The object that lowlevel.KIND_read or KIND_parse makes."""
    _need_files()
    how = how or (None,)
    if not hasattr(source, 'read'):
        return getattr(lowlevel, kind + '_read')(source, *how)
    text = source.read()
    if isinstance(text, str):
        text = text.encode('utf-8')
    name = getattr(source, 'name', None)
    return getattr(lowlevel, kind + '_parse')(name if isinstance(name, str) else 'the text', np.frombuffer(text, dtype=np.uint8), len(text),
                                              *how)


def _options(given: dict):
    how = lowlevel.import_new()
    for option, value in given.items():
        if value is None or value is False:
            continue
        option = option.rstrip('_').replace('_', '-')
        values = ['%s=%s' % item for item in value.items()] if hasattr(value, 'items') else [value]
        for one in values:
            lowlevel.import_set(how, option, repr(one) if isinstance(one, (int, float)) else one)
    return how


def read_network(source: Any, format: Optional[str] = None, **how: Any) -> NetworkFile:
    """Read a network, with the noise, the update rule and the names that its file gives.

    source   path, or an open file
    format   'json' (docs/network-format.md), 'matrix', 'edges' (CSV), 'mtx' (Matrix Market), 'npy', 'node-link' (networkx), 'graphml';
             by default the ending of the name and the first characters tell
    how      options of `binnet info`, with _ for -: orientation='pre-rows', names='names.txt', transmitters='cells.csv',
             sign={'Glu': -1}, where={'type': 'chemical'}, undirected=True, weights_scale=0.5, duplicates='sum', max_file_size=10**9, ...

    >>> import io
    >>> f = read_network(io.StringIO('pre,post,weight\\nA,B,2\\nB,A,-1'))
    >>> f.network.names, f.network.J.tolist()
    (('A', 'B'), [[0.0, -1.0], [2.0, 0.0]])
    """
    from .network import Network
    _need_files()
    file = _read('network_file', source, _options({'from': format, **how}))
    names = [lowlevel.network_file_name(file, i) for i in range(lowlevel.network_file_neurons(file))]
    network = Network._of(lowlevel.network_file_net(file), names)
    populations = [lowlevel.network_file_population_name(file, a) for a in range(lowlevel.network_file_populations(file))]
    update = lowlevel.network_file_update(file)
    return NetworkFile(network, _noise_of(file), {v: k for k, v in _UPDATES.items()}.get(update), populations or None,
                       lowlevel.network_file_text(file, lowlevel.BINNET_TEXT_TITLE) or '',
                       lowlevel.network_file_text(file, lowlevel.BINNET_TEXT_SOURCE) or '',
                       tuple(lowlevel.network_file_note(file, k) for k in range(lowlevel.network_file_notes(file))),
                       lowlevel.network_file_text(file, lowlevel.BINNET_TEXT_WARNING) or '')


def _noise_of(file) -> Optional[Noise]:
    from . import noise
    from .errors import InputError
    try:
        ptr = lowlevel.network_file_noise(file)
    except InputError as failure:
        if failure.code != lib.BINNET_E_UNSUPPORTED:
            raise
        return None
    n = lowlevel.noise_neurons(ptr)
    scale = np.empty(n)
    lowlevel.noise_scales(scale, n, ptr)
    kind = lowlevel.noise_name(lowlevel.noise_kind(ptr))
    if lowlevel.noise_form(ptr) != lib.BINNET_NOISE_INDEPENDENT:
        return noise.Noise(kind, scale, lambda n, scale: ptr)
    if (scale == scale[0]).all():
        scale = scale[0]
    return noise.student_t(scale, lowlevel.noise_dof(ptr)) if kind == 'student_t' else getattr(noise, kind)(scale)


def write_network(network: Network, path: Any, format: Optional[str] = None, *, noise: Any = None, update: Optional[str] = None,
                  population_names: Optional[Sequence[str]] = None, title: str = '', source: str = '', notes: Sequence[str] = ()) -> None:
    """See Network.to_file."""
    from .noise import as_noise
    _need_files()
    if update is not None and update not in _UPDATES:
        raise ValueError('update is one of %s, not %r' % (', '.join(map(repr, _UPDATES)), update))
    if format is None:
        format = _format_of(path, lowlevel.network_format)
    file = lowlevel.network_file_new(network, None if noise is None else as_noise(noise)._for(network.n),
                                     0 if update is None else _UPDATES[update])
    if population_names is not None:
        lowlevel.network_file_set_population_names(file, len(population_names), population_names)
    if network.names is not None and not lowlevel.net_is_homogeneous(network):
        lowlevel.network_file_set_names(file, network.n, network.names)
    for what, text in ((lowlevel.BINNET_TEXT_TITLE, title), (lowlevel.BINNET_TEXT_SOURCE, source)):
        lowlevel.network_file_set_text(file, what, text or None)
    for note in notes:
        lowlevel.network_file_add_note(file, note)
    if hasattr(path, 'write'):
        text = lowlevel.network_file_print(file, format)
        _put(text, path)
        lost = lowlevel.text_lost(text)
    else:
        into = np.zeros(512, dtype=np.uint8)
        lowlevel.network_file_save(into, into.size, file, format, path)
        lost = into.tobytes().split(b'\0')[0].decode()
    if lost:
        warnings.warn('not in the file: ' + lost, LossWarning, stacklevel=3)


def _format_of(path: Any, known) -> str:
    name = getattr(path, 'name', '') if hasattr(path, 'write') else path
    format = known(name)
    if format is None:
        raise ValueError('%r does not tell the format; say format=' % (name,))
    return format


def _put(text, file: Any) -> None:
    """Into an open file."""
    import io
    data = bytes(ffi.buffer(lowlevel.text_data(text, raw=True), lowlevel.text_length(text)))
    file.write(data.decode('utf-8') if isinstance(file, io.TextIOBase) else data)


def read_ensemble(source: Any) -> EnsembleFile:
    """Read random networks (docs/ensembles.md) with the names of their populations."""
    from .ensemble import Ensemble
    file = _read('ensemble_file', source)
    ensemble = Ensemble.__new__(Ensemble)
    ensemble._set(lowlevel.ensemble_file_ensemble(file), ())
    return EnsembleFile(ensemble, [lowlevel.ensemble_file_population_name(file, a) for a in range(lowlevel.ensemble_file_populations(file))],
                        lowlevel.ensemble_file_text(file, lowlevel.BINNET_TEXT_TITLE) or '',
                        lowlevel.ensemble_file_text(file, lowlevel.BINNET_TEXT_SOURCE) or '')


def read_patterns(source: Any) -> PatternFile:
    """Read patterns, and the sequences and cycles that they form (docs/storage.md).

    >>> import io
    >>> f = read_patterns(io.StringIO('a: 1 1 0 0\\nb: 0 0 1 1\\na -> b -> a'))
    >>> f.names, f.source.tolist(), f.target.tolist()
    (['a', 'b'], [[1, 1, 0, 0], [0, 0, 1, 1]], [[0, 0, 1, 1], [1, 1, 0, 0]])
    """
    file = _read('pattern_file', source)
    n, count, transitions = (lowlevel.pattern_file_neurons(file), lowlevel.pattern_file_count(file), lowlevel.pattern_file_transitions(file))
    patterns, before, after = (np.empty((rows, n), dtype=np.uint8) for rows in (count, transitions, transitions))
    lowlevel.pattern_file_states(patterns, count, n, file)
    lowlevel.pattern_file_pairs(before, after, transitions, n, file)
    sequences = [([lowlevel.pattern_file_sequence_pattern(file, s, e) for e in range(lowlevel.pattern_file_sequence_length(file, s))],
                  bool(lowlevel.pattern_file_sequence_is_cycle(file, s))) for s in range(lowlevel.pattern_file_sequences(file))]
    return PatternFile(patterns, [lowlevel.pattern_file_name(file, k) for k in range(count)], lowlevel.pattern_file_width(file),
                       before, after, sequences)


def read_matrix(source: Any):
    """Read a matrix of numbers: CSV without names, Matrix Market, .npy.

    >>> import io
    >>> read_matrix(io.StringIO('1,2\\n3,4.5')).tolist()
    [[1.0, 2.0], [3.0, 4.5]]
    """
    file = _read('matrix_file', source)
    rows, columns = lowlevel.matrix_file_rows(file), lowlevel.matrix_file_columns(file)
    out = np.empty((rows, columns))
    ffi.memmove(ffi.from_buffer('double[]', out, True), lowlevel.matrix_file_data(file), out.nbytes)
    return out


def read_law(source: Any):
    """The library's law of a file; see Law.from_file."""
    return _read('law', source)


def write_law(law: Law, path: Any, format: Optional[str] = None) -> None:
    """See Law.to_file."""
    _need_files()
    if format is None:
        format = _format_of(path, lambda name: {'.npy': 'npy', '.csv': 'csv'}.get(str(name)[-4:]))
    if hasattr(path, 'write'):
        _put(lowlevel.law_print(law, format), path)
    else:
        lowlevel.law_save(law, format, path)


def read_order(source: Any):
    """The library's variables of a file; see OrderStatistics.from_file."""
    return _read('order', source)
