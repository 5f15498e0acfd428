"""What is not a number, a name or a state is refused before it becomes a wrong one; what numpy holds otherwise is taken as it is."""
import copy
import io
import pickle

import numpy as np
import pytest

import binnet

J = np.array([[0, 2.0, 1], [-2, 0, 0.5], [1, 1, 0]])
THETA = [0.5, -1, 0.2]


def law_of(weights):
    return binnet.Network(weights, threshold=THETA).chain(binnet.gaussian(1)).stationary()


@pytest.mark.parametrize('bad', [J + 0j, J.astype('m8[s]'), J.astype('U8'), np.ma.array(J, mask=J == 2), [[0, 1j], [1, 0]]])
def test_what_is_no_real_number_is_refused(bad):
    kind = ValueError if isinstance(bad, np.ma.MaskedArray) else TypeError
    for take in (binnet.Network, binnet.permanent, binnet.gaussian_cov, lambda a: binnet.Network(J, threshold=a[0]),
                 lambda a: binnet.gaussian(a[0])):
        with pytest.raises(kind):
            take(bad)


def test_complex_weights_of_others_are_refused():
    sparse = pytest.importorskip('scipy.sparse')
    networkx = pytest.importorskip('networkx')
    with pytest.raises(TypeError):
        binnet.Network(sparse.csr_matrix(J + 1j))
    with pytest.raises(TypeError):
        binnet.Network(networkx.DiGraph([(0, 1, {'weight': 1j})]))


def test_any_layout_and_type_is_the_same_network():
    expected = law_of(J).p
    spread = np.full((6, 6), np.nan)
    spread[::2, ::2] = J
    for same in (np.asfortranarray(J), spread[::2, ::2], J[::-1, ::-1].copy()[::-1, ::-1], J.astype('>f8'), J.astype('f4'), J.tolist(),
                 np.ma.array(J, mask=False)):
        assert np.array_equal(law_of(same).p, expected)
    read_only = J.copy()
    read_only.flags.writeable = False
    assert np.array_equal(law_of(read_only).p, expected)


def test_noise_has_a_scale_of_its_own():
    scale = np.array([1.0, 2.0, 3.0])
    noise = binnet.gaussian(scale)
    before = binnet.Network(J).chain(noise).stationary().p.copy()
    scale[:] = 100
    assert noise.scale.tolist() == [1, 2, 3]
    assert np.array_equal(binnet.Network(J).chain(noise).stationary().p, before)
    with pytest.raises(ValueError):
        noise.scale[0] = 5


def test_neurons_and_states_are_whole_numbers():
    net, law = binnet.Network(J), law_of(J)
    for mask in ([True, False], np.array([True, False, True]), [np.bool_(True)]):
        with pytest.raises(TypeError):
            law.marginal(mask)
    for state in (1.5, [0.5, 0, 1], np.nan, 8, -1, [0, 1], [0, 2, 1]):
        with pytest.raises(ValueError):
            net.successor(state)
    assert net.successor(np.float64(5)) == net.successor([1, 0, 1]) == net.successor(np.array([True, False, True]))
    for state in ([1.5], [np.nan], [-1]):
        with pytest.raises((ValueError, TypeError)):
            binnet.activities(state, 3)
    for k, error in ((0, ValueError), (-1, ValueError), (1.5, TypeError), (None, TypeError)):
        with pytest.raises(error):
            law.top(k)
    with pytest.raises(ValueError):
        binnet.Chain(net, 1.0, [0, 1, 2])
    with pytest.raises(ValueError, match='stationary'):
        binnet.Chain(net, 1.0).estimate('spectrum')


@pytest.mark.parametrize('names', [['a\0b', 'c', 'd'], ['', 'b', 'c'], ['\ud800', 'b', 'c'], ['a', 'a', 'b'], ['a', 'b']])
def test_what_is_no_name_is_refused(names):
    with pytest.raises(ValueError):
        binnet.Network(J, names=names)


@pytest.mark.parametrize('n', [3, 8, 11])
@pytest.mark.parametrize('update', ['synchronous', 'asynchronous', 'sweep'])
def test_laws_come_back_to_the_bit(n, update):
    weights = np.random.default_rng(n).normal(size=(n, n))
    law = binnet.Network(weights).chain(binnet.gaussian(1), update).stationary()
    for again in (pickle.loads(pickle.dumps(law)), copy.copy(law), copy.deepcopy(law), binnet.Law(law.p)):
        assert np.array_equal(again.p, law.p)
    if hasattr(binnet.lowlevel.lib, 'binnet_import_new'):
        for format, out in (('npy', io.BytesIO()), ('csv', io.StringIO())):
            law.to_file(out, format)
            out.seek(0)
            assert np.array_equal(binnet.Law.from_file(out).p, law.p)
    far = binnet.Law(law.p * (1 + 1e-12))  # others are divided by their sum
    assert abs(far.p.sum() - 1) < 1e-14
