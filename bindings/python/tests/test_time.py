"""Time, sets, spectra and populations against the definitions, in numpy."""
import itertools
import math

import numpy as np
import pytest

import binnet

RNG = np.random.default_rng(20240611)
N = 4
J, THETA, STIMULUS = RNG.normal(size=(N, N)), RNG.normal(size=N), RNG.normal(size=N)
NET = binnet.Network(J, threshold=THETA, stimulus=STIMULUS, names='abcd')
STATES = (np.arange(2**N)[:, None] >> np.arange(N)) & 1


def chain(update='synchronous', sd=0.7, **rule):
    return binnet.Chain(NET, sd, update, **rule)


def test_sets():
    s = binnet.StateSet(N, [3, [0, 0, 1, 0], 3])
    assert s.states.tolist() == [3, 4] and len(s) == 2 and 4 in s and [1, 1, 0, 0] in s and 5 not in s and bool(s)
    up = binnet.StateSet.pattern(N, {'a': 1, 'd': 0}, NET.names)
    want = (STATES[:, 0] == 1) & (STATES[:, 3] == 0)
    np.testing.assert_array_equal(up.mask, want)
    np.testing.assert_array_equal((up & s).states, [3])
    np.testing.assert_array_equal((s - up).states, [4])
    np.testing.assert_array_equal((~up).mask, ~want)
    assert set(up | s) == set(up) | set(s) and s == binnet.StateSet(N, np.array([4, 3])) and s != up and not binnet.StateSet(N)
    c = chain()
    assert c.set_of({'a': 1, 'd': 0}) == up == c.set_of(want) == c.set_of(up) and len(c.set_of(7)) == 1
    for bad in ([16], [[1, 0]], [-1], np.array([-1])):
        with pytest.raises(ValueError):
            binnet.StateSet(N, bad)
    with pytest.raises(ValueError):
        binnet.StateSet.pattern(N, {0: 2})
    with pytest.raises(ValueError):
        s | binnet.StateSet(3, [1])
    with pytest.raises(ValueError):
        c.hitting_times([])


@pytest.mark.parametrize('update', ['synchronous', 'asynchronous', 'sweep'])
def test_passages(update):
    c = chain(update)
    P, target = c.matrix, [3, 5]
    out = np.setdiff1d(np.arange(16), target)
    Q = P[np.ix_(out, out)]
    inverse = np.linalg.inv(np.eye(14) - Q)
    mean = np.zeros(16)
    mean[out] = inverse.sum(1)
    second = np.zeros(16)
    second[out] = inverse @ (1 + 2 * Q @ mean[out])
    t = c.hitting_times(target)
    np.testing.assert_allclose(t.mean, mean, rtol=1e-11)
    np.testing.assert_allclose(t.variance, second - mean**2, rtol=1e-9, atol=1e-9)
    assert t.error < 1e-10 and c.hitting_estimate(target).items == 14
    p0 = RNG.random(16)
    p0 /= p0.sum()
    of = c.hitting_times(target, start=p0)
    assert of.mean == pytest.approx(p0 @ mean) and of.variance == pytest.approx(p0 @ second - (p0 @ mean)**2)
    steps = np.zeros(16)
    steps[out] = p0[out] @ inverse
    np.testing.assert_allclose(c.occupation(target, p0), steps, rtol=1e-10)
    others = np.setdiff1d(np.arange(16), [3, 5, 9])
    R = np.linalg.solve(np.eye(13) - P[np.ix_(others, others)], P[np.ix_(others, [3, 5, 9])])
    p, error = c.hitting_probabilities([[3, 5], 9], return_error=True)
    np.testing.assert_allclose(p[0, others], R[:, :2].sum(1), rtol=1e-10)
    np.testing.assert_allclose(p[1, others], R[:, 2], rtol=1e-10)
    q = c.committor([3, 5], 9)
    np.testing.assert_allclose(q.p, p[1], rtol=1e-9, atol=1e-12)
    assert error < 1e-9 and q.error < 1e-9
    with pytest.raises(ValueError):
        c.committor([3], [3, 4])
    well = np.array([0, 1, 2, 4])
    value, left = np.linalg.eig(P[np.ix_(well, well)].T)
    k = np.argmax(value.real)
    law, rate, error = c.quasi_stationary(well)
    assert rate == pytest.approx(1 - value[k].real, rel=1e-9) and error < 1e-9
    np.testing.assert_allclose(law.p[well], left[:, k].real / left[:, k].real.sum(), rtol=1e-8)
    path = [3, 3, 2, 0] if update == 'asynchronous' else [3, 5, 9, 0]
    want = np.prod([P[a, b] for a, b in zip(path, path[1:])])
    assert c.path_probability(path) == pytest.approx(want, rel=1e-12)
    assert c.path_probability(path, log=True) == pytest.approx(math.log(want), rel=1e-12)


def test_spectrum():
    c = chain('asynchronous', 0.4)
    P = c.matrix
    s = c.spectrum(5)
    want = np.linalg.eigvals(P)
    want = want[np.argsort(-np.abs(want))][:len(s)]
    np.testing.assert_allclose(np.sort_complex(s.values), np.sort_complex(want), atol=1e-10)
    np.testing.assert_allclose(c.eigenvalues(5), s.values, rtol=1e-14)
    assert (s.bounds < 1e-10).all() and s.method == 'matrix' and s.steps == 0
    for k in range(len(s)):
        np.testing.assert_allclose(P @ s.right(k), s.values[k] * s.right(k), atol=1e-12)
        np.testing.assert_allclose(s.left(k) @ P, s.values[k] * s.left(k), atol=1e-12)
    np.testing.assert_allclose(s.left(0), c.stationary().p, atol=1e-12)
    np.testing.assert_allclose(s.timescales, -1 / np.log(np.abs(s.values[1:])), rtol=1e-8)
    assert s.times.shortest[1] <= s.timescales[0] <= s.times.longest[1] and (s.residuals.condition >= 1 - 1e-12).all()
    if np.isreal(s.values[1]):
        gap, bound = s.gap(1)
        assert abs(gap - (1 - s.values[1].real)) <= bound + s.bounds[1]
    with binnet.options(method='iteration'):
        k = c.spectrum(3)
        assert k.method == 'krylov' and k.steps > 0
        np.testing.assert_allclose(k.values[:3], s.values[:3], atol=1e-9)
    ring = binnet.Chain(binnet.Network(2 * np.roll(np.eye(3), 1, axis=0), threshold=1), 0.5, 'synchronous')
    s, P = ring.spectrum(4), ring.matrix
    k = int(np.argmax(s.values.imag > 0))
    assert s.values[k].imag > 0 and s.values[k + 1] == s.values[k].conjugate()
    assert s.times.period[k] == pytest.approx(2 * np.pi / abs(np.angle(s.values[k])))
    np.testing.assert_allclose(P @ s.right(k), s.values[k] * s.right(k), atol=1e-12)
    np.testing.assert_allclose(s.left(k) @ P, s.values[k] * s.left(k), atol=1e-12)
    assert binnet.Spectrum.estimate(c, 3).items == 16
    with pytest.raises(IndexError):
        s.right(99)


def test_metastable_sets_and_the_coarse_chain():
    net = binnet.Network(4 * (1 - np.eye(4)), threshold=6)
    c = binnet.Chain(net, 1.0)
    s = c.spectrum(2)
    sets, corner = s.metastable_sets(2)
    assert sorted(corner.tolist()) == [0, 15] and sets[0] != sets[15]
    coarse = c.coarse(sets)
    pi, P = c.stationary().p, c.matrix
    for a, b in itertools.product(range(2), repeat=2):
        on = sets == a
        assert coarse.P[a, b] == pytest.approx(pi[on] @ P[on][:, sets == b].sum(1) / pi[on].sum(), rel=1e-9)
    np.testing.assert_allclose(coarse.weight, [pi[sets == k].sum() for k in range(2)])
    assert coarse.eigenvalues[1] == pytest.approx(s.values[1], rel=0.05) and 0 < coarse.residual < 0.5


def test_schedules():
    c = chain()
    other = binnet.Chain(NET.with_stimulus(STIMULUS + 1), binnet.logistic(0.5), 'asynchronous')
    schedule = binnet.Schedule([(0, c), (3, other)])
    p = np.full(16, 1 / 16)
    at = [p]
    for t in range(6):
        at.append(at[-1] @ (c if t < 3 else other).matrix)
    laws, error = schedule.laws(p, [0, 2, 6], return_error=True)
    np.testing.assert_allclose(laws, [at[0], at[2], at[6]], rtol=1e-12)
    np.testing.assert_allclose(schedule.means(p, [0, 2, 6]), laws @ STATES, rtol=1e-12)
    assert 0 < error < 1e-10
    np.testing.assert_allclose(schedule.evolve(at[2], to=6, since=2).p, at[6], rtol=1e-12)
    pulse = binnet.Schedule.stimuli(c, [0, 2], [STIMULUS, STIMULUS + 1])
    second = binnet.Chain(NET.with_stimulus(STIMULUS + 1), 0.7, 'synchronous').matrix
    np.testing.assert_allclose(pulse.laws(5, [3])[0], c.matrix[5] @ c.matrix @ second, rtol=1e-12)
    np.testing.assert_allclose(binnet.Schedule.stimuli(c, [0, 2], [0.0, 1.0]).means(5, [2]),
                               binnet.Chain(NET.with_stimulus(0), 0.7, 'synchronous').evolve(5, 2).mean[None], rtol=1e-12)
    for bad in ([], [(1, c)], [(0, c), (0, other)]):
        with pytest.raises(ValueError):
            binnet.Schedule(bad)
    with pytest.raises(ValueError):
        binnet.Schedule.stimuli(c, [0, 2], [[1, 2], [3, 4]])


def test_continuous_time():
    linalg = pytest.importorskip('scipy.linalg')
    rate = np.array([0.5, 1.0, 2.0, 4.0])
    c = binnet.ContinuousChain(NET, 0.7, rate)
    P = c.matrix
    assert c.events == 7.5
    G = 7.5 * (P - np.eye(16))
    law, error = c.evolve(3, 0.4, return_error=True)
    np.testing.assert_allclose(law.p, linalg.expm(0.4 * G)[3], rtol=1e-10)
    assert error < 1e-10
    np.testing.assert_allclose(c.stationary().p @ G, 0, atol=1e-12)
    out = np.setdiff1d(np.arange(16), [3, 5])
    inverse = np.linalg.inv(-G[np.ix_(out, out)])
    t = c.hitting_times([3, 5])
    np.testing.assert_allclose(t.mean[out], inverse.sum(1), rtol=1e-10)
    second = 2 * (inverse @ inverse).sum(1)
    np.testing.assert_allclose(t.variance[out], second - inverse.sum(1)**2, rtol=1e-9)
    p0 = np.full(16, 1 / 16)
    of = c.hitting_times([3, 5], start=p0)
    assert of.mean == pytest.approx(inverse.sum() / 16) and of.variance == pytest.approx(second.sum() / 16 - of.mean**2)
    well = [0, 1, 2, 4]
    value = np.linalg.eigvals(G[np.ix_(well, well)])
    assert c.quasi_stationary(well).rate == pytest.approx(-value.real.max(), rel=1e-9)
    np.testing.assert_allclose(c.step(law).p, law.p @ P, rtol=1e-12)
    with pytest.raises(ValueError):
        binnet.ContinuousChain(NET, 0.7, [-1, 1, 1, 1])


def test_correlated_noise():
    stats = pytest.importorskip('scipy.stats')
    cov = np.array([[1.0, 0.6], [0.6, 2.0]])
    net = binnet.Network([[0.5, -1], [2, 0.3]], threshold=[0.2, -0.4])
    noise = binnet.gaussian_cov(cov)
    c = binnet.Chain(net, noise, 'synchronous')
    P = c.matrix
    for s in range(4):
        h = net.drive(s)
        both = stats.multivariate_normal(cov=cov).cdf(h)
        on = stats.norm.cdf(h / np.sqrt(np.diag(cov)))
        np.testing.assert_allclose(P[s], [1 - on.sum() + both, on[0] - both, on[1] - both, both], atol=1e-7)
    row, entry = c.row_error
    assert 0 <= entry <= row < 1e-6
    np.testing.assert_allclose(noise.correlation, cov / np.sqrt(np.outer(np.diag(cov), np.diag(cov))))
    L, D = np.array([[0.5, 0.1], [0.3, -0.2], [0.0, 0.4]]), np.array([1.0, 0.5, 0.7])
    factors = binnet.gaussian_factors(L, D)
    full = L @ L.T + np.diag(D**2)
    np.testing.assert_allclose(factors.scale, np.sqrt(np.diag(full)))
    np.testing.assert_allclose(factors.correlation, full / np.outer(factors.scale, factors.scale))
    assert factors.form == 'factors' and factors.factors == 2 and binnet.gaussian(1.0).form == 'independent'
    three = binnet.Network(J[:3, :3])
    by_factors = binnet.Chain(three, factors, 'synchronous').matrix
    np.testing.assert_allclose(by_factors, binnet.Chain(three, binnet.gaussian_cov(full), 'synchronous').matrix, atol=1e-6)
    for bad in ([[1, 2], [2, 1]], [[1, 2]], [[1, np.nan], [np.nan, 1]]):
        with pytest.raises(ValueError):
            binnet.gaussian_cov(bad)
    with pytest.raises(ValueError):
        binnet.Chain(three, noise, 'synchronous')


@pytest.mark.parametrize('update', ['synchronous', 'asynchronous', 'blocks'])
def test_populations(update):
    net = binnet.Network.homogeneous([3, 2], [[1.0, -2.0], [1.5, -0.5]], threshold=[0.3, 0.1])
    rule = {'blocks': [0, 1]} if update == 'blocks' else {}
    lumped = binnet.LumpedChain(net, binnet.logistic([0.7, 0.5]), update, **rule)
    full = binnet.Chain(net, binnet.logistic([0.7] * 3 + [0.5] * 2), update, **({'blocks': [0] * 3 + [1] * 2} if rule else {}))
    assert lumped.n_states == 12 and lumped.size.tolist() == [3, 2] and lumped.n_populations == 2 and lumped.n == 5
    bits = (np.arange(32)[:, None] >> np.arange(5)) & 1
    a, b = bits[:, :3].sum(1), bits[:, 3:].sum(1)
    number = a + 4 * b
    p = full.stationary().p
    want = np.bincount(number, p, 12)
    law = lumped.stationary()
    np.testing.assert_allclose(law.p, want, rtol=1e-10)
    np.testing.assert_allclose(law.grid[2, 1], want[2 + 4], rtol=1e-10)
    np.testing.assert_allclose(law.mean, full.stationary().mean, rtol=1e-10)
    np.testing.assert_allclose(law.covariance, full.stationary().covariance, atol=1e-11)
    np.testing.assert_allclose(law.population_mean, [law.mean[0], law.mean[3]], rtol=1e-12)
    np.testing.assert_allclose(law.population_covariance, law.covariance[[0, 0, 3, 3], [1, 3, 0, 4]].reshape(2, 2), rtol=1e-9)
    np.testing.assert_allclose(law.activity(0), np.bincount(a, p, 4), rtol=1e-10)
    np.testing.assert_allclose(law.expand().p, p, rtol=1e-9)
    assert law.entropy == pytest.approx(full.stationary().entropy, rel=1e-10)
    assert law.occupation_entropy == pytest.approx(-np.sum(want * np.log(want)), rel=1e-10)
    numbers, best = law.top(3)[0]
    assert best == pytest.approx(want.max()) and numbers[0] + 4 * numbers[1] == want.argmax()
    P = np.array([np.bincount(number, full.matrix[s], 12) for s in range(32)])
    np.testing.assert_allclose(lumped.matrix[number], P, atol=1e-13)
    np.testing.assert_allclose(lumped.row((2, 1)), lumped.matrix[6], rtol=1e-12)
    assert lumped.transition((2, 1), 0) == pytest.approx(lumped.matrix[6, 0])
    np.testing.assert_allclose(lumped.evolve((0, 0), 2).p, lumped.matrix[0] @ lumped.matrix, rtol=1e-11)
    np.testing.assert_allclose(binnet.OccupationLaw([3, 2], law.grid).p, law.p, rtol=1e-14)
    now = np.stack([a, b]).T
    for lag in (0, 1, 3):
        later = np.linalg.matrix_power(full.matrix, lag) @ now
        np.testing.assert_allclose(lumped.occupation_covariance(lag), (p[:, None] * (now - p @ now)).T @ later, atol=1e-12)
    p0 = np.zeros(12)
    p0[6] = 1
    np.testing.assert_allclose(lumped.occupation_covariance(1, p0), 0, atol=1e-12)  # nothing varies now
    if update == 'blocks':
        with pytest.raises(binnet.InputError):
            lumped.entropy_rate()
    else:
        x = np.where(full.matrix > 0, full.matrix, 1)
        assert lumped.entropy_rate() == pytest.approx(-p @ (x * np.log(x)).sum(1), rel=1e-9)
    import pickle
    again = pickle.loads(pickle.dumps(law))
    assert isinstance(again, binnet.OccupationLaw) and again.size.tolist() == [3, 2]
    v = lumped.potential_moments(law)
    w = full.potentials(full.stationary())
    np.testing.assert_allclose(v.mean, w.mean[[0, 3]], rtol=1e-10)
    np.testing.assert_allclose(v.variance, np.diag(w.covariance)[[0, 3]], rtol=1e-9)
    np.testing.assert_allclose(v.covariance, w.covariance[[0, 0, 3, 3], [1, 3, 0, 4]].reshape(2, 2), rtol=1e-8)
    with pytest.raises(NotImplementedError):
        lumped.hitting_times([0])
    for bad in ((4, 0), (0, -1), 12):
        with pytest.raises(ValueError):
            lumped.row(bad)


def test_populations_are_found():
    J = np.array([[0, 1, 2, 2], [1, 0, 2, 2], [1, 1, 0, 3], [1, 1, 3, 0.0]])
    net = binnet.Network(J, threshold=[1, 1, 2, 2])
    assert net.interchangeable().tolist() == [0, 0, 1, 1]
    assert net.interchangeable(binnet.gaussian([1, 2, 1, 1])).tolist() == [0, 1, 2, 2]
    chain = net.lumped_chain(0.8, populations='find')
    assert chain.n_states == 9
    np.testing.assert_allclose(chain.stationary().mean, net.chain(0.8).stationary().mean, rtol=1e-10)
    selected = net.lumped_chain(0.8, populations='find', select=[0.25, 0.75])
    np.testing.assert_allclose(selected.stationary().mean,
                               net.chain(0.8, select=[0.125, 0.125, 0.375, 0.375]).stationary().mean, rtol=1e-10)
    with pytest.raises(ValueError):
        binnet.LumpedChain(net, 0.8)  # its one population is not of neurons that are alike


def test_sweep():
    s = binnet.sweep(lambda x, y: binnet.Chain(NET.with_stimulus([x, y, 0, 0]), 0.6), [-1, 0.0, 1], [0.0, 2],
                     mean='mean', rate='entropy_rate', both=lambda law, chain: law.moments()[3])
    assert s['mean'].shape == (2, 3, 4) and s['rate'].shape == (2, 3)
    chain_at = binnet.Chain(NET.with_stimulus([1, 2, 0, 0]), 0.6)
    np.testing.assert_allclose(s['mean'][1, 2], chain_at.stationary().mean, rtol=1e-8)
    assert s['rate'][1, 2] == pytest.approx(chain_at.entropy_rate(), rel=1e-8)
    assert s['both'][1, 2] == pytest.approx(chain_at.stationary().moments()[3], rel=1e-8)
