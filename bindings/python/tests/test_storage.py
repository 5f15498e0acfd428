"""Storage and recall against the definitions, in numpy."""
import itertools
import math

import numpy as np
import pytest

import binnet

RNG = np.random.default_rng(1971)


def phi(x):
    return 0.5 * np.vectorize(math.erfc)(-np.asarray(x) / math.sqrt(2))


def margins(J, source, target, theta=0.0, stimulus=0.0):
    return (2.0 * target - 1) * (source @ J.T + stimulus - theta)


def test_store_by_every_rule():
    states = RNG.integers(0, 2, size=(3, 12))
    states[0, :2], states[1, :2] = 1, 0
    source, target = binnet.transitions(cycles=[states])
    np.testing.assert_array_equal(target, np.roll(states, -1, axis=0))
    for rule in ('exact', 'margin'):
        s = binnet.store(source, target, rule, margin=2.0, threshold=-1.5)
        assert s.complete and (np.diag(s.J) == 0).all() and (s.n, s.n_transitions) == (12, 3)
        m = margins(s.J, source, target, -1.5)
        np.testing.assert_allclose(s.margin, m, atol=1e-10)
        assert (s.margin_error < 1e-10).all() and (m > 2 - 1e-8).all()
        if rule == 'exact':
            np.testing.assert_allclose(m, 2, atol=1e-9)
            for i in range(12):  # the minimum-norm solution
                others = np.arange(12) != i
                w = np.linalg.lstsq(source[:, others].astype(float), (2.0 * target[:, i] - 1) * 2 - 1.5, rcond=None)[0]
                np.testing.assert_allclose(s.J[i, others], w, atol=1e-9)
            assert (s.rank == 3).all() and (s.condition >= 1).all() and (s.residual < 1e-9).all()
        net = s.network(names=[str(i) for i in range(12)])
        np.testing.assert_allclose(net.threshold, -1.5)
        assert [net.successor(a) for a in source.tolist()] == [int(sum(int(x) << i for i, x in enumerate(b))) for b in target]
    x = 2.0 * states - 1
    import warnings
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', binnet.UnmetWarning)
        hebb = binnet.store(states, rule='hebb')
        want = x.T @ x / 12
        np.fill_diagonal(want, 0)
        scale = hebb.J[0, 1] / want[0, 1]
        np.testing.assert_allclose(hebb.J, want * scale, atol=1e-12)
        for rule in ('storkey', 'pseudo-inverse', 'temporal', 'covariance'):
            assert binnet.store(states, rule=rule).J.shape == (12, 12)
    assert binnet.store_estimate(12, 3).items == 36
    for bad in ({'rule': 'magic'}, {'margin': np.ones(5)}, {'wiring': binnet.Wiring(3)}):
        with pytest.raises(ValueError):
            binnet.store(states, **bad)


def test_wiring_and_proofs():
    states = RNG.integers(0, 2, size=(2, 8))
    states[:, 3] = [0, 1]
    mask = np.ones((8, 8), dtype=bool)
    mask[0, 4:] = False
    sign = ['found', 'excitatory', 'inhibitory', 'any'] * 2
    w = binnet.Wiring(8, mask=mask, sign=sign, least=-9.0, greatest=9.0, free='threshold')
    import warnings
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', binnet.UnmetWarning)
        s = binnet.store(states, wiring=w)
    assert (s.J[0, 4:] == 0).all() and (s.J[:, 1] >= 0).all() and (s.J[:, 2] <= 0).all() and (np.abs(s.J) <= 9).all()
    np.testing.assert_allclose(s.margin, margins(s.J, states, states, s.threshold), atol=1e-9)
    assert set(s.sign[[1, 5]]) == {1} and s.sign[2] == -1
    # exclusive or of two inputs: a proof that no weights do it
    xor = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]])
    w = binnet.Wiring(3, mask=[[0, 0, 0], [0, 0, 0], [1, 1, 0]], free='threshold')
    with pytest.warns(binnet.UnmetWarning):
        s = binnet.store(xor, wiring=w)
    assert not s.complete and s.status[2] == 'impossible' and 'impossible' in repr(s)
    proof = s.contradiction(2)
    total = np.zeros(3)
    for row in proof:
        assert row.kind == 'transition' and row.multiplier > 0
        total += row.multiplier * (2 * xor[row.number, 2] - 1) * np.append(xor[row.number, :2], 1)  # the last: the free threshold
    np.testing.assert_array_equal(total, 0)
    assert {row.multiplier for row in proof} == {1}
    assert s.contradiction(0) != [] or s.status[0] != 'impossible'


def test_recall():
    states = np.array([[1, 0, 1, 0, 1], [0, 1, 1, 0, 0], [1, 1, 0, 0, 1]])
    source, target = binnet.transitions(cycles=[states])
    wanted = binnet.store_margins(target, [0.8, 0.9, 0.7], 0.5)
    s = binnet.store(source, target, 'exact', margin=wanted, wiring=binnet.Wiring(5, self_connections=True))
    net = s.network()
    p, failure = binnet.recall_transitions(net, 0.5, source, target)
    np.testing.assert_allclose(p, [0.8, 0.9, 0.7], rtol=1e-9)
    np.testing.assert_allclose(p, np.prod(phi(margins(s.J, source, target) / 0.5), axis=1), rtol=1e-12)
    np.testing.assert_allclose(p + failure, 1, rtol=1e-14)
    path = binnet.recall_path(net, 0.5, states, cyclic=True, rounds=2)
    assert path.whole == pytest.approx(np.prod(p)**2) and path.failure == pytest.approx(1 - np.prod(p)**2)
    assert path.followed == pytest.approx((1 + p[0] + p[0] * p[1]) / (1 - np.prod(p)))
    number = [int(sum(int(x) << i for i, x in enumerate(a))) for a in states]
    chain = binnet.Chain(net, 0.5, 'synchronous')
    Q = chain.matrix[np.ix_(number, number)]
    assert path.inside == pytest.approx(np.linalg.inv(np.eye(3) - Q)[0].sum())
    line = binnet.recall_path(net, 0.5, states)
    assert line.whole == pytest.approx(p[0] * p[1]) and math.isnan(line.inside)
    curve = binnet.recall_curve(chain, number, 4)
    u = np.zeros(32)
    u[number] = 1
    bits = (np.arange(32)[:, None] >> np.arange(5)) & 1
    distance = np.abs(bits[:, None] - states[None]).sum(2).min(1)
    for t in range(5):
        for d in range(6):
            if (distance == d).any():
                assert curve.mean[t, d] == pytest.approx(u[distance == d].mean(), abs=1e-12)
                assert curve.worst[t, d] == pytest.approx(u[distance == d].min(), abs=1e-12)
            else:
                assert math.isnan(curve.mean[t, d])
        u = chain.matrix @ u
        u[number] = 1
    pattern = binnet.store(states, wiring=binnet.Wiring(5, self_connections=True)).network()
    sampled = binnet.recall_curve_sampled(pattern, 0.3, states[:1], [0, 1, 2], steps=3, runs=400)
    exact = binnet.recall_curve(binnet.Chain(pattern, 0.3, 'synchronous'), [states[0].tolist()], 3)
    assert (sampled.low <= sampled.mean).all() and (sampled.mean <= sampled.high).all()
    assert (np.abs(sampled.mean - exact.mean[:, :3]) < 0.15).all()  # six standard errors
    run = binnet.recall_run(net, 1e-9, states[0], 5)
    np.testing.assert_array_equal(run, np.tile(states, (2, 1)))
    np.testing.assert_array_equal(run, binnet.recall_run(net, 1e-9, states[0], 5, run=3))
    assert binnet.recall_run(net, 0.5, states[0], 5, 'asynchronous').shape == (6, 5)


def test_capacity():
    assert binnet.capacity_cover(4, 2) == pytest.approx(2.0**-3 * (1 + 3))
    assert binnet.capacity_gardner(0) == pytest.approx(2)
    c = binnet.capacity_sampled(20, 10, 4)
    assert 0 <= c.whole <= c.neurons <= 1 and c.unproved == 0
    full = binnet.capacity_sampled(5, 10, 2, rule='hebb', noise=0.1, least=0.9)
    assert 0 <= full.neurons <= 1


def test_large_networks():
    sparse = pytest.importorskip('scipy.sparse')
    n = 300
    J = sparse.random(n, n, 0.01, random_state=3, format='csr')
    net = binnet.Network(J, threshold=0.1)
    np.testing.assert_array_equal(net.J, J.toarray())
    assert len(list(itertools.islice(iter(net.fixed_points(most=3).states), 3))) <= 3
