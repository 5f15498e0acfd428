"""Mean fields, linear noise, expansions and simulations against their definitions and the exact answer."""
import math

import numpy as np
import pytest

import binnet

RNG = np.random.default_rng(303)
N = 4
J, THETA = 0.5 * RNG.normal(size=(N, N)), 0.4 * RNG.normal(size=N)
NET = binnet.Network(J, threshold=THETA, names='abcd')


def phi(x):
    return 0.5 * np.vectorize(math.erfc)(-np.asarray(x) / math.sqrt(2))


def test_mean_field():
    m = RNG.random(N)
    naive, full = (binnet.MeanField(NET, 0.7, kind) for kind in ('mean', 'gaussian'))
    mu, v = J @ m - THETA, J**2 @ (m * (1 - m))
    np.testing.assert_allclose(naive(m), phi(mu / 0.7), rtol=1e-12)
    np.testing.assert_allclose(full(m), phi(mu / np.sqrt(0.49 + v)), rtol=1e-12)
    np.testing.assert_allclose(full.inputs(m)[0], mu, rtol=1e-12)
    np.testing.assert_allclose(full.inputs(m)[1], v, rtol=1e-12)
    for field in (naive, full):
        e = 1e-6
        slopes = np.array([(field(m + e * d) - field(m - e * d)) / (2 * e) for d in np.eye(N)]).T
        np.testing.assert_allclose(field.slopes(m), slopes, atol=1e-8)
        at, error = field.solve(return_error=True)
        np.testing.assert_allclose(field(at), at, atol=1e-12)
        assert error < 1e-8
        s = field.stability(at)
        np.testing.assert_allclose(np.sort_complex(s.eigenvalues), np.sort_complex(np.linalg.eigvals(field.slopes(at))), atol=1e-10)
        assert s.radius == pytest.approx(np.abs(s.eigenvalues).max()) and s.growth == pytest.approx(s.eigenvalues.real.max())
        points = field.fixed_points()
        assert len(points) == 1 and points.complete and points.boxes > 0 and points.open_boxes[0].shape == (0, N)
        assert (np.abs(points.means[0] - at) <= points.errors[0] + error).all()
        C = field.covariance(at, 'synchronous')
        W = field.slopes(at)
        off = ~np.eye(N, dtype=bool)
        np.testing.assert_allclose(C[off], (W @ C @ W.T)[off], atol=1e-12)
        np.testing.assert_allclose(np.diag(C), at * (1 - at), rtol=1e-9)
        np.testing.assert_allclose(field.covariance(at, 'synchronous', lag=2), C @ W.T @ W.T, atol=1e-12)
        C, residual = field.covariance(return_residual=True)
        np.testing.assert_allclose((2 * C)[off], (W @ C + C @ W.T)[off], atol=1e-12)
        assert residual < 1e-12
    at, C, change = full.consistent(return_change=True)
    np.testing.assert_allclose(at, phi((J @ at - THETA) / np.sqrt(0.49 + np.diag(J @ C @ J.T))), atol=1e-9)
    assert change < 1e-8
    strong = binnet.MeanField(binnet.Network([[0, 4.0], [4.0, 0]], threshold=2), 0.5, 'mean')
    assert len(strong.fixed_points()) == 3
    with binnet.options(work_limit=3), pytest.raises(binnet.ConvergenceError) as caught:
        strong.fixed_points()
    assert isinstance(caught.value.partial, binnet.MeanPoints) and not caught.value.partial.complete
    assert caught.value.partial.open_boxes[0].shape[0] >= 1
    with pytest.raises(ValueError):
        binnet.MeanField(NET, 0.7, 'magic')


def test_mean_fields_of_populations():
    size, P = np.array([40, 10]), np.array([[0.2, 0.3], [0.5, 0.1]])
    w, m = np.array([[0.1, -0.4], [0.2, -0.1]]), np.array([0.3, 0.6])
    net = binnet.Network.homogeneous(size, w, threshold=0.2)
    K = size[None] - np.eye(2)
    field = binnet.MeanField(net, [0.5, 0.4], populations=True)
    assert field.n == 2
    np.testing.assert_allclose(field.inputs(m)[0], (K * w) @ m - 0.2, rtol=1e-12)
    np.testing.assert_allclose(field.inputs(m)[1], (K * w**2) @ (m * (1 - m)), rtol=1e-12)
    np.testing.assert_allclose(field(m), phi(field.inputs(m)[0] / np.sqrt(np.array([0.25, 0.16]) + field.inputs(m)[1])), rtol=1e-12)
    pair, activity = field.population_covariance()
    by_neurons = binnet.MeanField(net, [0.5] * 40 + [0.4] * 10).covariance()
    np.testing.assert_allclose(pair, by_neurons[[0, 0, 40, 40], [1, 40, 0, 41]].reshape(2, 2), rtol=1e-6)
    np.testing.assert_allclose(activity[0, 0], by_neurons[:40, :40].mean(), rtol=1e-6)
    degrees = binnet.MeanField.degrees(P * size, w, [0.5, 0.4], size=size, threshold=0.2)
    np.testing.assert_allclose(degrees.inputs(m)[1], (P * size * w**2) @ (m * (1 - m)), rtol=1e-12)
    random = binnet.MeanField.probabilities(size, P, w, [0.5, 0.4], threshold=0.2)
    np.testing.assert_allclose(random.inputs(m)[0], (P * size * w) @ m - 0.2, rtol=1e-12)
    np.testing.assert_allclose(random.inputs(m)[1], (size * P * w**2 * (1 - P * m)) @ m, rtol=1e-12)


def test_branches():
    field = binnet.MeanField(binnet.Network([[0, 4.0], [4.0, 0]], threshold=2), 0.5, 'mean')
    along = field.branches(-1, 1, steps=40)
    x, count, complete = along.counts
    assert complete.all() and count[0] == count[-1] == 1 and count[20] == 3 and len(x) == 41
    folds = [s for s in along.special if s.kind == 'fold']
    assert len(folds) == 2 and folds[0].x + folds[1].x == pytest.approx(0, abs=1e-8)
    for s in folds:  # by hand: m = phi((4 m - 2 + x) / 0.5) and its slope is 1
        z = (4 * s.mean[0] - 2 + s.x) / 0.5
        assert s.mean[0] == pytest.approx(float(phi(z)), abs=1e-8) and s.mean[0] == pytest.approx(s.mean[1], abs=1e-8)
        assert 4 / 0.5 * math.exp(-z * z / 2) / math.sqrt(2 * math.pi) == pytest.approx(1, abs=1e-6)
    for branch in along:
        for k in (0, len(branch.x) // 2):
            at = branch.mean[k]
            np.testing.assert_allclose(at, phi((4 * at[::-1] - 2 + branch.x[k]) / 0.5), atol=1e-9)
            slope = 4 / 0.5 * np.exp(-((4 * at[::-1] - 2 + branch.x[k]) / 0.5)**2 / 2) / math.sqrt(2 * math.pi)
            assert branch.radius[k] == pytest.approx(math.sqrt(slope[0] * slope[1]), rel=1e-6)


def test_expansions():
    noise = binnet.logistic(1.0)
    m = RNG.random(N)
    step = binnet.plefka_step(NET, noise, m, expansion='naive')
    q = 1 / (1 + np.exp(-(J @ m - THETA)))
    np.testing.assert_allclose(step.mean, q, rtol=1e-12)
    np.testing.assert_allclose(step.covariance, np.diag(q * (1 - q)), atol=1e-14)
    np.testing.assert_allclose(step.lagged, ((q * (1 - q))[:, None] * J * (m * (1 - m))).T, rtol=1e-10)
    chain = binnet.Chain(NET, noise, 'synchronous')
    law = chain.stationary()
    for expansion in ('tap', 't_2', 'input', 'pairs'):
        a = binnet.plefka(NET, noise, 'synchronous', expansion)
        assert np.abs(a.mean - law.mean).max() < 0.01 and np.abs(a.covariance - law.covariance).max() < 0.01 and a.iterations > 0
        assert np.abs(a.lagged - chain.lagged_covariance(1, law)).max() < 0.01
    with pytest.raises(ValueError):
        binnet.plefka(NET, noise, expansion='magic')


def test_comparison():
    noise = binnet.logistic(1.0)
    c = binnet.compare(NET, noise, 'synchronous')
    law = binnet.Chain(NET, noise, 'synchronous').stationary()
    exact = c.moments()
    assert c.reference == 'exact' and c.status() == 0 and c.n == N and c.seconds() >= 0
    np.testing.assert_allclose(exact.mean, law.mean, rtol=1e-9)
    np.testing.assert_allclose(exact.covariance, law.covariance, atol=1e-10)
    np.testing.assert_array_equal(c.standard_errors.mean, 0)
    assert set(c.applied) < set(c.methods)
    for method in c.methods:
        if method in c.applied:
            e, of = c.errors(method), c.moments(method)
            assert e.largest[0] == pytest.approx(np.abs(of.mean - exact.mean).max(), rel=1e-9)
            assert e.rms[0] == pytest.approx(np.sqrt(np.mean((of.mean - exact.mean)**2)), rel=1e-9)
        else:
            assert c.status(method) != 0 and c.message(method)
            with pytest.raises(binnet.Error):
                c.moments(method)
    with pytest.raises(ValueError):
        c.moments('magic')
    pytest.importorskip('pandas')
    frame = c.to_frame()
    assert list(frame.index) == c.methods and frame.loc[c.applied].notna().all().all()


def test_simulation():
    chain = binnet.Chain(NET, 0.7, 'synchronous')
    law = chain.stationary()
    sim = binnet.Simulator(NET, 0.7, 'synchronous')
    assert sim.n == N and sim.update == 'synchronous' and sim.synapses == 16 and sim.drive_error < 1e-7
    run = sim.run(lags=[0, 1], samples=16384)
    assert (np.abs(run.mean.value - law.mean) < 6 * run.mean.error).all()
    for k, want in enumerate((law.covariance, chain.lagged_covariance(1, law))):
        c = run.covariance(k)
        assert (np.abs(c.value - want) < 6 * c.error + 1e-12).all()
    again = sim.run(lags=[0, 1], samples=16384)
    np.testing.assert_array_equal(run.mean.value, again.mean.value)
    with binnet.options(seed=7):
        assert (sim.run(samples=1024).mean.value != sim.run(samples=1024, neurons=['b']).mean.value[0]).any()
    assert run.trajectories == 4 and run.samples > 0 and run.burn_in > 0 and run.discrepancy < 1 and run.flips > 0
    assert run.synaptic_events > 0 and (run.effective_samples > 100).all() and run.largest_error < 0.02
    precise = sim.run(precision=0.02, samples=2**16)
    assert precise.largest_error < 0.02
    with pytest.raises(binnet.ConvergenceError) as caught:
        sim.run(precision=1e-6, samples=1024)
    assert isinstance(caught.value.partial, binnet.Run)
    P, pi = chain.matrix, law.p
    np.testing.assert_allclose(sim.law().p, pi, atol=0.02)
    raster = sim.raster(500, ['a', 'c'], start=[1, 0, 1, 0])
    assert raster.shape == (500, 2) and set(np.unique(raster)) <= {0, 1}
    np.testing.assert_array_equal(raster, sim.raster(500, start=[1, 0, 1, 0])[:, [0, 2]])
    stay = sim.dwell([[5], {'a': 1}], 40000)
    assert abs(stay.mean[0] - 1 / (1 - P[5, 5])) < 6 * stay.error[0] and abs(stay.share[1] - law.mean[0]) < 0.02
    assert stay.visits.dtype == np.uint64 and (stay.visits > 100).all()
    p = sim.reach(0, target=[15], against=[3], particles=100, repeats=50)
    assert abs(p.value - chain.hitting_probabilities([[15], [3]])[0, 0]) < 6 * p.error
    for rule in ({'rate': [1, 2, 3, 4.0]}, {'select': [0.1, 0.2, 0.3, 0.4]}):
        run = binnet.Simulator(NET, 0.7, **rule).run(interval=2, samples=4096)
        want = binnet.ContinuousChain(NET, 0.7, [1, 2, 3, 4.0]).stationary().mean
        assert (np.abs(run.mean.value - want) < 6 * run.mean.error).all()
    many = binnet.Simulator.populations([200, 50], [[0.05, -0.2], [0.05, -0.1]], [0.5, 0.5], in_degree=[[20, 10], [20, 10]], threshold=0.1)
    run = many.run(neurons=[0, 3], samples=256, interval=250)
    assert many.synapses == 250 * 30 and many.n_populations == 2 and run.mean.value.shape == (2,)
    assert run.populations.mean.shape == (2,) and (run.populations.mean_error > 0).all()
    wiring = {'p': [[0.1, 0.05], [0.2, 0.1]], 'rate': [1.0, 3.0]}
    kept, redrawn = (binnet.Simulator.populations([200, 50], [[0.05, -0.2], [0.05, -0.1]], 0.5, index=3, redrawn=r, **wiring) for r in (False, True))
    one, other = (s.run(neurons=[0, 3, 249], samples=256, interval=2) for s in (kept, redrawn))
    np.testing.assert_array_equal(one.mean.value, other.mean.value)
    np.testing.assert_array_equal(one.covariance().value, other.covariance().value)
    expected = 0.1 * 200 * 199 + 0.05 * 200 * 50 + 0.2 * 50 * 200 + 0.1 * 50 * 49
    costs = [binnet.Simulator.populations_estimate([200, 50], redrawn=r, **wiring) for r in (False, True)]
    assert all(abs(c.items - expected) <= 1 for c in costs) and abs(kept.synapses - expected) < 6 * expected**0.5
    assert costs[0].flops == pytest.approx(2 * expected) and costs[1].flops == 0 and costs[1].bytes < costs[0].bytes
    cost = sim.run_estimate(['a', 'c'], lags=[0, 1], samples=1024, burn_in=0)
    assert cost.items == 4 * N * (1024 + 1) and cost.bytes > 0 and cost.flops > 0
    with binnet.options(memory=cost.bytes):
        sim.run(['a', 'c'], lags=[0, 1], samples=1024, burn_in=0)
    with pytest.raises(binnet.MemoryLimitError), binnet.options(memory=max(cost.bytes // 4, 2**16)):
        sim.run(['a', 'c'], lags=[0, 1], samples=1024, burn_in=0)
    met = sim.histogram()
    assert (np.abs(met.value - pi) < 6 * met.error).all() and met.value.sum() == pytest.approx(1, rel=1e-12) and (met.error < 0.01).all()
    some = sim.histogram(['d', 'a'], samples=4096)
    np.testing.assert_array_equal(some.value, sim.law(['d', 'a'], samples=4096).p)
    bits = np.arange(16)
    marginal = np.bincount((bits >> 3 & 1) + 2 * (bits & 1), pi, 4)
    assert (np.abs(some.value - marginal) < 6 * some.error).all()
    for bad in ({'p': 0.1, 'in_degree': 3}, {}):
        with pytest.raises(ValueError):
            binnet.Simulator.populations_estimate([20, 30], **bad)
    with pytest.raises(ValueError):
        binnet.Simulator.populations_estimate([20], 'never', p=0.1)
    with pytest.raises(ValueError):
        binnet.Simulator(NET, 0.7, 'synchronous', rate=1.0)
    with pytest.raises(IndexError):
        run.covariance(5)
