"""Chains and laws against the definitions, in numpy."""
import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

import binnet

RNG = np.random.default_rng(20190321)


def circuit(n, rng=RNG):
    return rng.normal(size=(n, n)), rng.normal(size=n), rng.normal(size=n)


def states(n):
    return (np.arange(2**n)[:, None] >> np.arange(n)) & 1


def firing(J, theta, I, F):
    """p[s, i] = Pr(neuron i is set to 1 | s)."""
    h = states(len(J)) @ J.T + I - theta
    return np.vectorize(lambda x: 1 - F(-x))(h)


def phi(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


def matrix(p, update, n, order=None):
    A, S = states(n), 2**n
    if update == 'synchronous':
        return np.prod(np.where(A[None, :, :] == 1, p[:, None, :], 1 - p[:, None, :]), axis=2)
    single = []
    for i in range(n):
        P = np.zeros((S, S))
        for s in range(S):
            P[s, s | 1 << i] += p[s, i]
            P[s, s & ~(1 << i)] += 1 - p[s, i]
        single.append(P)
    if update == 'asynchronous':
        return sum(single) / n
    out = np.eye(S)
    for i in order:
        out = out @ single[i]
    return out


def stationary(P):
    """pi (P - 1) = 0, sum pi = 1, by elimination in exact fractions of the given doubles."""
    S = len(P)
    a = [[Fraction(float(P[s, t])) - (s == t) for s in range(S)] for t in range(S - 1)] + [[Fraction(1)] * S]
    b = [Fraction(0)] * (S - 1) + [Fraction(1)]
    for k in range(S):
        pivot = next(i for i in range(k, S) if a[i][k] != 0)
        a[k], a[pivot], b[k], b[pivot] = a[pivot], a[k], b[pivot], b[k]
        for i in range(k + 1, S):
            f = a[i][k] / a[k][k]
            if f:
                a[i] = [x - f * y for x, y in zip(a[i], a[k])]
                b[i] -= f * b[k]
    x = [Fraction(0)] * S
    for k in reversed(range(S)):
        x[k] = (b[k] - sum(a[k][j] * x[j] for j in range(k + 1, S))) / a[k][k]
    return np.array([float(v) for v in x])


@pytest.mark.parametrize('update', ['synchronous', 'asynchronous', 'sweep'])
def test_chain(update):
    n = 4
    J, theta, I = circuit(n)
    net = binnet.Network(J, threshold=theta, stimulus=I)
    rule = {'order': [2, 0, 3, 1]} if update == 'sweep' else {}
    chain = binnet.Chain(net, binnet.gaussian(0.7), update, **rule)
    P = matrix(firing(J, theta, I, lambda x: phi(x / 0.7)), update, n, rule.get('order'))
    np.testing.assert_allclose(chain.matrix, P, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(chain.row(5), P[5], rtol=1e-12, atol=1e-15)
    assert chain.transition(3, [0, 1, 1, 0]) == pytest.approx(P[3, 6], rel=1e-12)
    x = RNG.random(16)
    np.testing.assert_allclose(chain.step(x), x @ P, rtol=1e-12, atol=1e-15)  # 1 - p in P has lost digits
    law = chain.stationary()
    pi = stationary(P)
    np.testing.assert_allclose(law.p, pi, rtol=1e-9, atol=1e-14)
    assert law.residual < 1e-12 and chain.update == update and chain.is_irreducible
    p0 = RNG.random(16)
    p0 /= p0.sum()
    np.testing.assert_allclose(chain.evolve(p0, 3).p, p0 @ P @ P @ P, rtol=1e-11, atol=1e-15)
    A = states(n)
    mean = pi @ A
    np.testing.assert_allclose(law.mean, mean, rtol=1e-9)
    cov = (A - mean).T @ (pi[:, None] * (A - mean))
    np.testing.assert_allclose(law.covariance, cov, atol=1e-9)
    sd = np.sqrt(np.diag(cov))
    np.testing.assert_allclose(law.correlation, cov / np.outer(sd, sd), atol=1e-8)
    lagged = (A - mean).T @ (pi[:, None] * (P @ P @ (A - mean)))
    np.testing.assert_allclose(chain.lagged_covariance(2, law), lagged, atol=1e-9)
    np.testing.assert_allclose(chain.lagged_covariances(2, law), np.array([cov, (A - mean).T @ (pi[:, None] * (P @ (A - mean))), lagged]),
                               atol=1e-9)
    rate = -np.sum(pi[:, None] * P * np.log(np.where(P > 0, P, 1)))
    assert chain.entropy_rate(law) == pytest.approx(rate, rel=1e-8)
    flow = pi[:, None] * P
    both = flow[(flow > 0) & (flow.T > 0)]
    assert chain.entropy_production(law) == pytest.approx(np.sum(both * np.log(both / flow.T[(flow > 0) & (flow.T > 0)])), abs=1e-9)
    net_flow, _ = chain.detailed_balance(law)
    assert net_flow == pytest.approx(np.abs(flow - flow.T).sum() / 2, abs=1e-9)
    # transfer entropy from 1 to 0, from the joint law of (A_0', A_0, A_1)
    joint = np.zeros((2, 2, 2))
    for s, t in itertools.product(range(16), repeat=2):
        joint[A[t, 0], A[s, 0], A[s, 1]] += flow[s, t]
    ratio = joint * joint.sum((0, 2))[None, :, None] / (joint.sum(0)[None] * joint.sum(2)[:, :, None])
    te = np.sum(joint * np.log(ratio))
    assert chain.transfer_entropy(1, 0, law) == pytest.approx(te, rel=1e-6)
    assert chain.transfer_entropy(law=law)[0, 1] == pytest.approx(te, rel=1e-6)
    pair = chain.joint_law([1], [0], 1, law)
    np.testing.assert_allclose(pair, joint.sum(1), rtol=1e-9)
    independent = np.outer(pair.sum(1), pair.sum(0))
    assert chain.mutual_information(1, 0, 1, law) == pytest.approx(np.sum(pair * np.log(pair / independent)), rel=1e-6)


def test_linear_operator():
    linalg = pytest.importorskip('scipy.sparse.linalg')
    J, theta, I = circuit(5)
    chain = binnet.Chain(binnet.Network(J, threshold=theta, stimulus=I), binnet.logistic(1.0), 'synchronous')
    values, vectors = linalg.eigs(chain.linear_operator, k=1, which='LM')
    assert values[0] == pytest.approx(1, abs=1e-9)
    v = vectors[:, 0].real
    np.testing.assert_allclose(v / v.sum(), chain.stationary().p, atol=1e-9)


def test_noises_and_scipy_laws():
    stats = pytest.importorskip('scipy.stats')
    J, theta, I = circuit(3)
    net = binnet.Network(J, threshold=theta, stimulus=I)
    for ours, law in ((binnet.gaussian(0.5), stats.norm(scale=0.5)), (binnet.logistic(0.5), stats.logistic(scale=0.5)),
                      (binnet.laplace(0.5), stats.laplace(scale=0.5)), (binnet.uniform(3.0), stats.uniform(-3, 6)),
                      (binnet.student_t(0.5, 3), stats.t(3, scale=0.5)), (binnet.as_noise(stats.gumbel_r()), stats.gumbel_r())):
        P = matrix(firing(J, theta, I, law.cdf), 'asynchronous', 3)
        np.testing.assert_allclose(binnet.Chain(net, ours).matrix, P, atol=1e-10)
        np.testing.assert_allclose(binnet.Chain(net, law).matrix, P, atol=1e-10)
    assert binnet.as_noise(stats.norm(scale=0.5)).kind == 'gaussian' and binnet.as_noise(stats.norm(1)).kind == 'custom'
    x = np.array([[-1.0, 0.5], [2.0, 9.0]])
    np.testing.assert_allclose(binnet.gaussian(1.0).cdf(x), stats.norm.cdf(x), rtol=1e-14)
    np.testing.assert_allclose(binnet.gaussian(1.0).survival(x), stats.norm.sf(x), rtol=1e-13)
    np.testing.assert_allclose(binnet.logistic(1.0).pdf(x), stats.logistic.pdf(x), rtol=1e-13)


def test_law():
    p = RNG.random(16)
    p /= p.sum()
    law = binnet.Law(p, names='abcd')
    A = states(4)
    q = p @ A
    x = A - q
    assert law.n == 4 and len(law) == 16
    np.testing.assert_allclose(np.asarray(law), p, rtol=1e-15)
    assert law.central_moment(['a', 'c', 'd']) == pytest.approx(p @ np.prod(x[:, [0, 2, 3]], axis=1), abs=1e-15)
    norm = np.prod([p @ np.abs(x[:, i])**3 for i in (0, 2, 3)])**(1 / 3)
    assert law.groupwise([0, 2, 3]) == pytest.approx(law.central_moment([0, 2, 3]) / norm, rel=1e-12)
    assert law.cumulant([0, 1]) == pytest.approx(law.covariance[0, 1], rel=1e-12)
    np.testing.assert_allclose(law.moments()[[0, 1, 5]], [1, q[0], p @ (A[:, 0] * A[:, 2])], rtol=1e-14)
    np.testing.assert_allclose(law.moments(central=True)[[1, 5]], [0, law.covariance[0, 2]], atol=1e-15)
    pair, triple = law.triples()
    np.testing.assert_allclose(pair, law.correlation, rtol=1e-12)
    assert triple[binnet.triple_index(3, 0, 2)] == pytest.approx(law.groupwise([0, 2, 3]), rel=1e-12)
    assert law.triples(central=True)[1][binnet.triple_index(0, 2, 3)] == pytest.approx(law.central_moment([0, 2, 3]), abs=1e-15)
    assert law.entropy == pytest.approx(-np.sum(p * np.log(p)), rel=1e-14)
    m = law.marginal(['c', 'a'])
    want = np.zeros(4)
    for s in range(16):
        want[A[s, 2] + 2 * A[s, 0]] += p[s]
    np.testing.assert_allclose(m.p, want, rtol=1e-14)
    assert m.names == ('c', 'a')
    assert law.multi_information(['a', 'c']) == pytest.approx(law.marginal('a').entropy + law.marginal('c').entropy - m.entropy, rel=1e-9)
    assert [s for s, _ in law.top(3)] == np.argsort(-p, kind='stable')[:3].tolist()
    two = law.populations([0, 0, 1, 1])
    np.testing.assert_allclose(two.mean, [q[:2].mean(), q[2:].mean()], rtol=1e-14)
    K = A.reshape(16, 2, 2).sum(2)
    np.testing.assert_allclose(two.fano[0], (p @ K[:, 0]**2 - (p @ K[:, 0])**2) / (p @ K[:, 0]), rtol=1e-12)
    import pickle
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(law)).p, law.p)
    for bad in (np.ones(3) / 3, np.ones((2, 2)) / 4, [0.5, 0.6], [-0.5, 1.5]):
        with pytest.raises(ValueError):
            binnet.Law(bad)
    for bad in ([0, 0], ['e'], [0, 'a']):
        with pytest.raises(ValueError):
            law.groupwise(bad)


def test_series():
    pytest.importorskip('pandas')
    law = binnet.Law([0.1, 0.2, 0.3, 0.4], names=['x', 'y'])
    series = law.to_series()
    assert series.loc[(1, 0)] == pytest.approx(0.2) and series.index.names == ['x', 'y']
    assert law.to_series(1).index.tolist() == [(1, 1)]


def test_undefined_entries_warn():
    law = binnet.Law([0.5, 0.5, 0, 0])
    with pytest.warns(binnet.UndefinedWarning):
        c = law.correlation
    assert c[0, 0] == 1 and np.isnan(c[0, 1])


def test_undefined_results_raise():
    # nothing is written, so nothing is given: numpy's arrays would hold whatever was in memory
    net = binnet.Network([[0, 1, 0], [1, 0, 1], [0, -1, 0]], threshold=[0.5, 0.2, 0.1])
    together = binnet.Chain(net, binnet.gaussian_cov(np.full((3, 3), 0.3) + 0.7 * np.eye(3)), 'synchronous')
    for ask in (lambda: together.committor([0], [7]), lambda: together.spectrum(2), lambda: together.response(),
                lambda: together.coarse([0, 0, 0, 0, 1, 1, 1, 1]), lambda: together.coarse([0, 0, 0, 0, 1, 1, 1, 1], together.stationary())):
        with pytest.raises(binnet.UndefinedError):
            ask()
    certain = binnet.Chain(binnet.Network(4 * np.eye(2), threshold=[-9, -9]), binnet.uniform(1), 'synchronous')
    with pytest.raises(binnet.UndefinedError, match='probability 0'):
        certain.coarse([0, 1, 0, 0])
    with pytest.raises(binnet.UndefinedError, match='probability 0'):
        certain.coarse([1, 0, 0, 0])


def test_arrays_are_left_alone_by_calls_that_fail():
    chain = binnet.Chain(binnet.Network(4 * np.eye(2), threshold=[-9, -9]), binnet.uniform(1), 'synchronous')
    C = np.arange(4.0)
    with pytest.raises(binnet.UndefinedError):
        binnet.lowlevel.chain_coarse(C, None, None, None, 2, chain, chain.stationary(), np.array([0, 0, 0, 1], 'int32'), 4)
    assert C.tolist() == [0, 1, 2, 3]


def test_classes():
    chain = binnet.Chain(binnet.Network([[0, 1], [1, 0]], threshold=0.5), None, 'synchronous')
    assert [c.tolist() for c in chain.recurrent_classes] == [[0], [1, 2], [3]]
    assert not chain.is_irreducible and chain.transient_states.tolist() == []
    with pytest.raises(binnet.NotUniqueError) as caught:
        chain.stationary()
    assert isinstance(caught.value, ArithmeticError)
    assert [law.p.tolist() for law in chain.stationary_distributions] == [[1, 0, 0, 0], [0, 0.5, 0.5, 0], [0, 0, 0, 1]]
    one_way = binnet.Chain(binnet.Network([[0]], stimulus=1), None)
    assert one_way.transient_states.tolist() == [0] and not one_way.is_irreducible


def test_response_and_times():
    J, theta, I = circuit(3)

    def law(J, I, sd=0.8):
        return binnet.Chain(binnet.Network(J, threshold=theta, stimulus=I), binnet.gaussian(sd)).stationary()
    chain = binnet.Chain(binnet.Network(J, threshold=theta, stimulus=I), 0.8)
    r = chain.response()
    e = 1e-5
    for k in range(3):
        d = np.eye(3)[k] * e
        np.testing.assert_allclose(r.stimulus[:, k], (law(J, I + d).mean - law(J, I - d).mean) / (2 * e), atol=1e-8)
    d = np.zeros((3, 3))
    d[0, 2] = e
    np.testing.assert_allclose(r.weight[:, 0, 2], (law(J + d, I).mean - law(J - d, I).mean) / (2 * e), atol=1e-8)
    np.testing.assert_allclose(chain.response('covariance').weight[..., 0, 2],
                               (law(J + d, I).covariance - law(J - d, I).covariance) / (2 * e), atol=1e-8)
    f = states(3)[:, 1].astype(float)
    np.testing.assert_allclose(chain.response(f).scale, r.scale[1], rtol=1e-9)
    P, pi = chain.matrix, chain.stationary().p
    x = states(3)[:, 0] - pi @ states(3)[:, 0]
    g = np.linalg.lstsq(np.eye(8) - P + np.outer(np.ones(8), pi), x, rcond=None)[0]
    tau, population, error = chain.autocorrelation_time()
    assert tau[0] == pytest.approx((2 * (pi * x) @ g) / ((pi * x) @ x) - 1, rel=1e-9) and error < 1e-9
    w = chain.window(2)
    lag = chain.lagged_covariance(1)
    np.testing.assert_allclose(w.covariance, 2 * chain.stationary().covariance + lag + lag.T, atol=1e-12)


def test_potentials():
    stats = pytest.importorskip('scipy.stats')
    J, theta, I = circuit(3)
    sd = 0.6
    chain = binnet.Chain(binnet.Network(J, threshold=theta, stimulus=I, names='xyz'), sd, 'synchronous')
    law = chain.stationary()
    v = chain.potentials(law)
    m = states(3) @ J.T + I
    np.testing.assert_allclose(v.mean, law.p @ m, rtol=1e-12)
    np.testing.assert_allclose(v.covariance, J @ law.covariance @ J.T + sd**2 * np.eye(3), rtol=1e-11)
    at = np.array([-0.3, 0.2, 1.0])
    density = law.p @ np.prod(stats.norm.pdf(at, m, sd), axis=1)
    assert v.density(at) == pytest.approx(density, rel=1e-11)
    assert v.density(at, log=True) == pytest.approx(math.log(density), rel=1e-11)
    assert v.orthant(at[:2], ['x', 'y'], above=2) == pytest.approx(
        law.p @ (stats.norm.cdf(at[0], m[:, 0], sd) * stats.norm.sf(at[1], m[:, 1], sd)), rel=1e-11)
    one = v.marginal('y')
    assert one.pdf(0.1) == pytest.approx(law.p @ stats.norm.pdf(0.1, m[:, 1], sd), rel=1e-11)
    assert one.cdf(one.quantile(0.3)) == pytest.approx(0.3, rel=1e-12)
    assert one.survival(0.1) == pytest.approx(1 - one.cdf(0.1), rel=1e-11) and one.logpdf(0.1) == pytest.approx(math.log(one.pdf(0.1)))
    means, weights = one.components
    assert weights.sum() == pytest.approx(1) and (np.diff(means) > 0).all()
    np.testing.assert_allclose(v.law().p, chain.evolve(law, 1).p, rtol=1e-11)
    assert v.given(at).p[sum((at >= theta) << np.arange(3))] == 1
    posterior = law.p * np.prod(stats.norm.pdf(at, m, sd), axis=1)
    np.testing.assert_allclose(v.posterior(at).p, posterior / posterior.sum(), rtol=1e-10)
    sample = v.sample(4000)
    assert np.abs(sample.mean(0) - v.mean).max() < 6 * np.sqrt(np.diag(v.covariance).max() / 4000)
    np.testing.assert_array_equal(v.sample(10, first=5), sample[5:15])
    assert abs(v.groupwise(['x', 'y']) - v.covariance[0, 1] / np.sqrt(v.covariance[0, 0] * v.covariance[1, 1])) < 1e-12
    assert v.lagged_covariance(0) == pytest.approx(v.covariance)


def test_stimulus_information():
    laws = [binnet.Law([0.7, 0.1, 0.1, 0.1]), binnet.Law([0.1, 0.2, 0.3, 0.4])]
    info = binnet.stimulus_information(laws, [0.25, 0.75])
    p = np.array([law.p for law in laws])
    w = np.array([0.25, 0.75])
    mixed = w @ p
    assert info.total == pytest.approx(np.sum(w[:, None] * p * np.log(p / mixed)), rel=1e-12)
    assert sum(info[1:]) == pytest.approx(info.total, rel=1e-12)


def test_networks_from_elsewhere():
    J = np.array([[0, 2.0, 0], [0, 0, -1.5], [1.0, 0, 0]])
    theta = [0.5, -1, 0.5]
    want = binnet.Network(J, threshold=theta).successors()
    sparse = pytest.importorskip('scipy.sparse')
    for form in (sparse.csr_matrix, sparse.coo_matrix, sparse.csc_matrix):
        net = binnet.Network(form(J), threshold=theta)
        np.testing.assert_array_equal(net.successors(), want)
        np.testing.assert_array_equal(net.J, J)
        assert sparse.issparse(net.J_sparse) and net.J_sparse.nnz == 3 and (net.J_sparse != sparse.csr_matrix(J)).nnz == 0
    double = sparse.coo_matrix(([1.0, 1.0], ([0, 0], [1, 1])), shape=(2, 2))
    assert binnet.Network(double).J[0, 1] == 2
    networkx = pytest.importorskip('networkx')
    graph = networkx.DiGraph()
    graph.add_nodes_from('abc')
    graph.add_weighted_edges_from([('b', 'a', 2.0), ('c', 'b', -1.5), ('a', 'c', 1.0)])
    net = binnet.Network(graph, threshold=theta)
    np.testing.assert_array_equal(net.J, J)
    assert net.names == ('a', 'b', 'c')
    back = net.to_networkx()
    assert sorted(back.edges(data='weight')) == sorted(graph.edges(data='weight'))
    pandas = pytest.importorskip('pandas')
    frame = pandas.DataFrame(J, index=list('abc'), columns=list('abc'))
    assert binnet.Network(frame).names == ('a', 'b', 'c')
    with pytest.raises(ValueError):
        binnet.Network(frame[['b', 'a', 'c']])


def test_network():
    J, theta, I = circuit(4)
    net = binnet.Network(J, threshold=theta, stimulus=I, normalisation=2.0, names='abcd', tie='keep', populations=[0, 0, 1, 1])
    np.testing.assert_array_equal(net.threshold, theta)
    np.testing.assert_array_equal(net.stimulus, I)
    np.testing.assert_array_equal(net.normalisation, [2.0] * 4)
    assert net.tie == 'keep' and net.n_populations == 2 and net.populations.tolist() == [0, 0, 1, 1]
    np.testing.assert_allclose(net.drive([1, 0, 1, 0]), J[:, [0, 2]].sum(1) / 2 + I - theta, rtol=1e-14)
    assert net.with_tie('silent').tie == 'silent' and net.with_stimulus(0).stimulus.tolist() == [0] * 4
    assert net.with_populations([0, 1, 2, 3]).n_populations == 4 and net.with_stimulus(0).names == net.names
    assert net.successors([1, 2]).tolist() == [net.successor(1), net.successor(2)]
    tied = binnet.Network([[0, 1], [1, 0]], threshold=1)
    assert tied.ties()['count'] == 3 and tied.ties()['changed']['active'] == 0
    assert binnet.Network([[0, 1], [0, 0]]).layers().tolist() == [2, 1] or binnet.Network([[0, 1], [0, 0]]).layers().max() >= 1
    h = binnet.Network.homogeneous([2, 1], [[1, 2], [3, 4]], threshold=[1, 2])
    assert net.self_connections and not h.self_connections
    law = binnet.logistic([0.5, 1.0, 2.0, 0.7])
    want = 1 / (1 + np.exp(-np.array([net.drive(s) for s in range(16)]) / law.scale))
    np.testing.assert_allclose(net.activation(law), want, rtol=1e-13)
    np.testing.assert_array_equal(net.activation(law, 5, 3), net.activation(law)[5:8])
    with pytest.raises(ValueError):
        net.activation(law, 15, 2)
    assert h.n == 3 and h.J.tolist() == [[0, 1, 2], [1, 0, 2], [3, 3, 0]]
    assert binnet.activities([1, 2], 2).tolist() == [[1, 0], [0, 1]]
    for bad in ({'threshold': [1, 2]}, {'names': ['a'] * 4}, {'names': ['a']}, {'tie': 'maybe'}, {'populations': [0, 0, -1, 2]},
                {'normalisation': 0}, {'stimulus': np.inf}, {'populations': [0.5] * 4}):
        with pytest.raises((ValueError, TypeError)):
            binnet.Network(J, **bad)
    for bad in (np.ones((2, 3)), np.ones(4), [[1j]], 'text'):
        with pytest.raises((ValueError, TypeError)):
            binnet.Network(bad)
    for bad in (16, -1, [1, 0], [2, 0, 0, 0]):
        with pytest.raises((ValueError, OverflowError)):
            net.successor(bad)
