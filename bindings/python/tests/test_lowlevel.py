"""The description, and the functions made from it."""
import json
import os
import re

import numpy as np
import pytest

import binnet
from binnet import lowlevel
from binnet._native import ffi, lib

API = lowlevel.description()
# Called with nothing, these have nothing to refuse.
NO_ARGUMENTS = {'binnet_version', 'binnet_kernels', 'binnet_blas', 'binnet_strerror'}


def nothing(p):
    """NULL or 0 for a parameter of the C function."""
    return ffi.NULL if '*' in p['type'] or p['kind'] == 'callback' else 0


@pytest.mark.parametrize('f', API['functions'], ids=lambda f: f['name'])
def test_every_function_is_there_and_refuses_nothing(f):
    made = getattr(lowlevel, f['name'][len('binnet_'):])
    assert made.__doc__ == f['doc'] != ''
    if f['name'] in NO_ARGUMENTS:
        return
    value = getattr(lib, f['name'])(*map(nothing, f['parameters']))
    if lowlevel._is_status(f) and not f['name'].startswith('binnet_param_range'):
        assert value in (lib.BINNET_E_NULL, lib.BINNET_E_RANGE, lib.BINNET_E_SIZE)


def test_extents_are_expressions_of_the_arguments():
    import ast
    for f in API['functions']:
        made = lowlevel._source(f)
        known = {'lib', 'ffi', '_object', '_power', '_array', '_objects', '_text', '_text_or_none', '_own', '_context', '_undefined', '_mark', '_all_written', '_take_back', '_failed', '_check_callbacks',
                 'error_of', 'int'}
        body = ast.parse(made).body[0]
        given = {a.arg for a in body.args.args} | {n.id for n in ast.walk(body) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        used = {n.id for n in ast.walk(body) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        assert used <= known | given, f['name']
        # a function of the library is reached by lib alone
        for n in ast.walk(body):
            if isinstance(n, ast.Attribute) and n.attr.startswith('binnet_'):
                assert isinstance(n.value, ast.Name) and n.value.id == 'lib', f['name']


@pytest.mark.parametrize('c', API['constants'], ids=lambda c: c['name'])
def test_every_constant(c):
    assert getattr(lowlevel, c['name']) == c['value']


def test_description_is_the_build_s():
    with open(os.environ['BINNET_API_JSON'], encoding='utf-8') as f:
        described = json.load(f)
    assert described['files']['functions'] == API['files']['functions'] == API['functions'][len(described['functions']):]
    assert described['functions'] == API['functions'][:len(described['functions'])]
    assert API['version'] == binnet.__version__


def test_functions_without_a_high_level_face():
    """A new function of the library is reachable by lowlevel at once; it gets a face in the package, or stands below with the reason."""
    package = os.path.dirname(binnet.__file__)
    source = ''
    for name in os.listdir(package):
        if name.endswith('.py') and name != 'lowlevel.py':
            with open(os.path.join(package, name), encoding='utf-8') as f:
                source += f.read()
    used = set(re.findall(r'\b(?:lowlevel\.|lib\.binnet_)(\w+)', source))
    for kind in re.findall(r"\b_read\('(\w+)'", source):
        used |= {kind + '_read', kind + '_parse'}
    # Python frees objects; exceptions have the text of codes and contexts; contexts are those of binnet.options, in Python's memory
    # (ctx_new_alloc: an allocator in Python would be called with no way to fail); what an object was made with it knows itself
    covered = {n for n in lowlevel.functions() if n.endswith('_free')} | {
        'strerror', 'version', 'ctx_new', 'ctx_new_alloc', 'ctx_free', 'ctx_set_hook', 'ctx_message', 'ctx_get_i64', 'ctx_get_f64',
        'ctx_allocator', 'ctx_begin', 'ctx_poll', 'ctx_fail',  # for libraries in C that work with a ctx
        'noise_neurons', 'noise_kind', 'noise_scale', 'chain_neurons',
        # one number where the package takes all of them
        'net_population', 'net_weight', 'net_normalisation', 'net_threshold', 'net_stimulus', 'noise_eval',
        'noise_new', 'noise_new_custom_owned',  # a function for each kind; what a law calls is kept alive by its Noise
        'comparison_new_of_law',  # saves a second solution in sweeps of the command
        # names are found by Python's own means, objects of files are made anew
        'network_file_find', 'pattern_file_find', 'network_file_path', 'network_file_paths', 'network_file_set_net',
        'network_file_noise_part', 'network_file_noise_kind', 'network_file_noise_form', 'pattern_file_line',
        'pattern_file_sequence_line',
        # open files of Python take the whole text; a function of Python cannot fail in the midst of C
        'text_save', 'network_file_write'}
    missing = [n for n in lowlevel.functions() if n not in used | covered]
    assert not missing, 'no high-level face: ' + ', '.join(missing)


def test_arrays_are_checked_before_the_call():
    law = binnet.Law(np.full(8, 1 / 8))
    good = np.empty(3)
    lowlevel.law_mean(good, 3, law)
    assert good.tolist() == [0.5] * 3
    frozen = np.empty(3)
    frozen.flags.writeable = False
    unaligned = np.empty(25, dtype=np.uint8)[1:].view(np.float64)
    for bad, error in ((np.empty(2), ValueError), (np.empty(3, dtype=np.float32), TypeError), (np.empty(6)[::2], ValueError),
                       ([0.0] * 3, TypeError), (np.empty(3, dtype='>f8'), TypeError), (np.empty(3, dtype=object), TypeError),
                       (frozen, (ValueError, BufferError)), (unaligned, ValueError)):
        with pytest.raises(error):
            lowlevel.law_mean(bad, 3, law)
    with pytest.raises(ValueError):  # the extent is that of an object
        lowlevel.net_with_stimuli(binnet.Network(np.eye(3)), np.zeros(2))
    with pytest.raises(ValueError):  # and of the content of another array
        lowlevel.net_new_csr(2, np.array([0, 1, 3]), np.zeros(2, dtype=np.int32), np.zeros(2), None, None, None)
    with pytest.raises(TypeError):  # not known: the caller says that it has looked
        lowlevel.regions_find(ffi.NULL, np.zeros(2))
    with pytest.raises(binnet.InputError):
        lowlevel.law_mean(None, 3, law)


def test_wrong_objects_are_refused():
    with pytest.raises(TypeError):
        lowlevel.law_entropy(binnet.Network(np.eye(2)))
    with pytest.raises(binnet.InputError):
        lowlevel.law_entropy(None)
    with pytest.raises(AttributeError):
        lowlevel.no_such_function


def test_exceptions_have_codes_and_python_s_own_classes():
    for code, kind, python in ((lib.BINNET_E_NAN, binnet.InputError, ValueError), (lib.BINNET_E_LIMIT, binnet.MemoryLimitError, MemoryError),
                               (lib.BINNET_E_NOCONV, binnet.ConvergenceError, ArithmeticError), (399, binnet.NumericalError, ArithmeticError),
                               (lib.BINNET_E_INTERNAL, binnet.InternalError, RuntimeError)):
        e = binnet.errors.error_of(code)
        assert isinstance(e, kind) and isinstance(e, python) and e.code == code and str(e)
    with pytest.raises(ValueError) as caught:
        binnet.Network([[0, np.nan], [0, 0]])
    assert caught.value.code == lib.BINNET_E_NAN and 'J[1]' in str(caught.value)
    import pickle
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is binnet.InputError and again.code == caught.value.code


def test_options():
    net = binnet.Network(np.ones((20, 20)))
    with pytest.raises(MemoryError) as caught, binnet.options(memory='1 MiB'):
        net.attractors()
    assert caught.value.code == lib.BINNET_E_LIMIT
    with binnet.options(memory='1 MiB'), binnet.options(memory='1 GiB', threads=2):
        net.attractors()
    for bad in ({'threads': 0}, {'memory': 'much'}, {'method': 'magic'}, {'tolerance': 1.0}, {'threads': 10**30}):
        with pytest.raises((ValueError, OverflowError)):
            binnet.options(**bad)
    chain = binnet.Chain(binnet.Network([[0, 1], [1, 0]]), 1.0)
    for method in ('gth', 'iteration'):
        with binnet.options(method=method):
            assert chain.stationary().method == method
    assert binnet._context._settings.get().values == {}
