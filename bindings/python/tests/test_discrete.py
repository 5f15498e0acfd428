"""Attractors, fixed points, diagrams against enumeration; permanents and order statistics against definitions."""
import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

import binnet

RNG = np.random.default_rng(20190322)


def bits(s, n):
    return (s >> np.arange(n)) & 1


def successor(J, h0, s):
    n = len(J)
    return int(((J @ bits(s, n) + h0 >= 0).astype(int) << np.arange(n)).sum())


def test_attractors():
    n = 6
    J = RNG.integers(-3, 4, size=(n, n)).astype(float)
    h0 = RNG.integers(-3, 4, size=n) + 0.5
    net = binnet.Network(J, stimulus=h0)
    step = [successor(J, h0, s) for s in range(2**n)]
    assert net.successors().tolist() == step
    basins = {}
    for s in range(2**n):
        x = s
        for _ in range(2**n):
            x = step[x]
        cycle = [x]
        while step[cycle[-1]] != x:
            cycle.append(step[cycle[-1]])
        k = cycle.index(min(cycle))
        key = tuple(cycle[k:] + cycle[:k])
        basins[key] = basins.get(key, 0) + 1
    a = net.attractors()
    assert {x.states: x.basin for x in a} == basins
    assert a.basins.sum() == 2**n and len(a) == a.count and a[-1].states == a[len(a) - 1].states
    assert a.periods.tolist() == [x.period for x in a] and a.weak_basins.tolist() == a.basins.tolist()
    assert a.states.tolist() == [s for x in a for s in x.states]
    assert sorted(a.fixed_points.tolist()) == [s for s in range(2**n) if step[s] == s]
    assert a.holding(a[0].states[0]) == 0
    k, steps, entry = a.reached(17)
    x = 17
    for _ in range(steps):
        x = step[x]
    assert x == a[k].states[entry]
    b = a.basins / 2**n
    assert a.basin_entropy == pytest.approx(-np.sum(b * np.log(b)), abs=1e-14)
    assert a.match(a).tolist() == list(range(len(a)))
    down, up = a.margins(0, per_neuron=True)
    drive = np.array([net.drive(s) for s in a[0].states])
    fires = drive >= 0
    np.testing.assert_allclose(down, np.where(fires, drive, np.inf).min(0))
    np.testing.assert_allclose(up, np.where(fires, np.inf, -drive).min(0))
    assert a.margins(0)[0].shape == (1,)
    slow = net.attractors('asynchronous')
    assert slow.weak_basins.tolist() == [x.weak_basin for x in slow] and slow.basins.tolist() == [x.basin for x in slow]
    assert slow.update == 'asynchronous' and sorted(slow.fixed_points.tolist()) == sorted(a.fixed_points.tolist())
    assert binnet.Attractors.estimate(net).items == 64 and binnet.Attractors.estimate(net, 'asynchronous').bytes > 0
    with pytest.raises(IndexError):
        a[len(a)]
    with pytest.raises(ValueError):
        net.attractors('sometimes')

    points = net.fixed_points()
    assert [int(r @ (1 << np.arange(n))) for r in points.states.astype(int)] == sorted(a.fixed_points.tolist())
    assert points.complete and points.count == len(points) and points.searched == 1
    box = binnet.FixedPoints(net, lo=-10, hi=10, per_population=True)
    for k, row in enumerate(box.states):
        lo, hi = box.box(k)
        middle = net.with_stimulus(np.clip((lo + hi) / 2, -10, 10).item())
        s = int(row.astype(int) @ (1 << np.arange(n)))
        assert middle.successor(s) == s
        assert box.active(k, 0) == bool(row[0])
    with binnet.options(work_limit=1):
        part = net.fixed_points()
    if not part.complete:
        decided, value = part.open_sets
        assert len(decided) > 0 and (value <= decided).all()


def test_many_fixed_points_are_counted():
    n = 70
    net = binnet.Network(np.eye(n), threshold=0.5)
    points = net.fixed_points(most=3)
    assert points.count == 2**70 and len(points) == 3 and points.states.shape == (3, n)


def test_diagram():
    J = np.array([[0, 2.0, -1], [-1, 0, 1.5], [1, -2, 0]])
    theta = np.array([0.3, -0.2, 0.1])
    net = binnet.Network(J, threshold=theta, populations=[0, 0, 1])
    d = net.diagram()
    assert d.complete == (True, math.inf) and d.n == 3 and d.n_axes == 2
    for point in RNG.uniform(-4, 4, size=(200, 2)):
        h0 = point[[0, 0, 1]] - theta
        step = [successor(J, h0, s) for s in range(8)]
        q = d.query(point)
        assert [d.fixed_point(int(k)).states[0] for k in q.fixed_points] == [s for s in range(8) if step[s] == s]
        for k in q.cycles:
            c = d.cycle(int(k)).states
            assert len(c) > 1 and all(step[c[t]] == c[(t + 1) % len(c)] for t in range(len(c)))
        n_cycles = len({frozenset(c) for c in cycles_of(step)})
        assert n_cycles == len(q.cycles)
        r = d.regions()
        k = r.find(point)
        assert k is not None and r[k].fixed_points == len(q.fixed_points) and sum(p.cycles for p in r[k].periods) == n_cycles
    assert sum(len(b.states) for b in d.fixed_points) == d.n_fixed_points
    assert all(b.period > 1 and (b.lo <= b.hi).all() for b in d.cycles)
    for table, boxes, number in ((d.fixed_table, d.fixed_points, lambda b: b.states[0]), (d.cycle_table, d.cycles, lambda b: b.period)):
        boxes = list(boxes)
        assert boxes and table.number.tolist() == [number(b) for b in boxes]
        for name in ('lo', 'hi', 'ends'):
            np.testing.assert_array_equal(getattr(table, name), [getattr(b, name) for b in boxes])
    active, multiplicity = d.occupations
    assert active.tolist() == [d.occupation(k).tolist() for k in range(d.n_fixed_points)]
    assert multiplicity.tolist() == [b.multiplicity for b in d.fixed_points]
    assert d.occupation(0).tolist() == [bits(d.fixed_point(0).states[0], 3)[:2].sum(), bits(d.fixed_point(0).states[0], 3)[2]]
    r = d.regions(lo=-3, hi=3)
    assert sum(x.area for x in r) == pytest.approx(36)
    for k in range(len(r)):
        boxes = r.rectangles(k)
        assert np.prod(boxes[:, 1] - boxes[:, 0], axis=1).sum() == pytest.approx(r[k].area)
        ring = r.rings(k)[0]
        x, y = ring[:, 0], ring[:, 1]
        assert len(r.rings(k)) > 1 or abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2 == pytest.approx(r[k].area)
        assert set(r.attractors(k).fixed_points.tolist()) >= set(
            d.query(boxes[0].mean(0)).fixed_points.tolist())
    assert r.n_labels <= len(r) and r.thin >= 0
    line = d.bifurcations(0, [0, 0.5])
    values = line.values
    assert (np.diff(values) > 0).all() and len(line) == len(values) and line[0][0] == values[0] and line[0][1]
    for a, b in zip(values[:-1], values[1:]):
        one, two = d.query([a + (b - a) / 3, 0.5]), d.query([b - (b - a) / 3, 0.5])
        assert one.fixed_points.tolist() == two.fixed_points.tolist()
    assert binnet.Diagram.estimate(net).items > 0
    alone = net.diagram(axes=[0, -1, -1])
    assert alone.n_axes == 1 and len(alone.regions()) > 0
    with pytest.raises(ValueError):
        d.query([0.0])
    with pytest.raises(ValueError):
        d.regions(axes=[0], at=[0.0])
    with pytest.raises(IndexError):
        d.fixed_point(d.n_fixed_points)


def cycles_of(step):
    for s in range(len(step)):
        x = s
        for _ in step:
            x = step[x]
        c = [x]
        while step[c[-1]] != x:
            c.append(step[c[-1]])
        if len(c) > 1:
            yield c


def per(a):
    m, n = len(a), len(a[0]) if len(a) else 0
    return sum(math.prod(a[i][p[i]] for i in range(m)) for p in itertools.permutations(range(n), m))


def test_permanent():
    for m, n in ((1, 1), (3, 3), (5, 5), (3, 5), (5, 3)):
        a = RNG.integers(-9, 10, size=(m, n))
        want = per(a.T.tolist() if m > n else a.tolist())
        value = binnet.permanent(a)
        assert type(value) is int and value == want
        x = a + RNG.random((m, n))
        exact = per([[Fraction(v) for v in row] for row in (x.T if m > n else x).tolist()])
        value, error = binnet.permanent(x, return_error=True)
        assert abs(Fraction(value) - exact) <= Fraction(error) and error <= 1e-8 * abs(value) + 1e-300
        scaled = binnet.permanent_scaled(x.T if m > n else x)
        assert scaled.value == pytest.approx(float(exact), rel=1e-7)
    assert binnet.permanent(np.zeros((0, 0))) == 1
    assert binnet.permanent(np.full((9, 9), 2**60)) == math.factorial(9) * 2**(60 * 9)
    assert binnet.permanent(-np.ones((3, 3), dtype=int)) == -6
    assert binnet.permanent([[True, True], [True, True]]) == 2
    assert binnet.permanent_residue([[1, 2], [3, 4]], 7) == 3
    col = RNG.random((4, 2))
    assert binnet.permanent_repeated(col, [1, 3]) == pytest.approx(per(col[:, [0, 1, 1, 1]].tolist()), rel=1e-13)
    assert binnet.permanent_repeated_scaled(col, [1, 3]).value == pytest.approx(per(col[:, [0, 1, 1, 1]].tolist()), rel=1e-13)
    assert binnet.permanent_estimate(col @ col.T).terms == 24 and binnet.permanent_estimate([[1, 2], [3, 4]]).terms == 2
    assert 'glynn' in binnet.permanent_scaled(RNG.normal(size=(6, 6)), method='glynn').used
    for bad in (np.ones(3), [[np.nan]], [[2**70]], [['a']]):
        with pytest.raises((ValueError, TypeError)):
            binnet.permanent(bad)
    # nearly nothing is left of large terms: one entry is what makes the permanent 0, rounded
    a = RNG.normal(size=(6, 6))
    a[0, 0] = 0
    exact = [[Fraction(v) for v in row] for row in a.tolist()]
    a[0, 0] = float(-per(exact) / per([row[1:] for row in exact[1:]]))
    with binnet.options(relative_tolerance=1e-20), pytest.raises(binnet.ConvergenceError) as caught:
        binnet.permanent(a)
    value, bound = caught.value.partial
    assert abs(Fraction(value) - per([[Fraction(v) for v in row] for row in a.tolist()])) <= Fraction(bound)


def test_order_statistics():
    stats = pytest.importorskip('scipy.stats')
    loc, sd = np.array([-1.0, 0.2, 0.5, 2.0]), np.array([1.0, 0.5, 2.0, 1.5])
    o = binnet.OrderStatistics(loc, [binnet.gaussian(sd[:2]), binnet.laplace(sd[2:])])
    laws = [stats.norm(loc[0], sd[0]), stats.norm(loc[1], sd[1]), stats.laplace(loc[2], sd[2]), stats.laplace(loc[3], sd[3])]

    def exceed(F, r):  # at least r of them
        return sum(math.prod(F[i] if i in some else 1 - F[i] for i in range(4))
                   for k in range(r, 5) for some in itertools.combinations(range(4), k))
    for x in (-2.0, 0.3, 1.7):
        F = [law.cdf(x) for law in laws]
        for r in range(1, 5):
            assert o.cdf(x, r) == pytest.approx(exceed(F, r), rel=1e-12)
            assert binnet.order_cdf(F, r) == pytest.approx(exceed(F, r), rel=1e-12)
            assert binnet.order_survival(F, r) == pytest.approx(1 - exceed(F, r), rel=1e-9)
            assert o.survival(x, r) == pytest.approx(1 - exceed(F, r), rel=1e-9)
            e = 1e-5
            assert o.pdf(x, r) == pytest.approx((o.cdf(x + e, r) - o.cdf(x - e, r)) / (2 * e), rel=1e-6)
            f = [law.pdf(x) for law in laws]
            assert binnet.order_pdf(F, f, r) == pytest.approx(o.pdf(x, r), rel=1e-11)
            assert binnet.order_pdf(F, f, r, log=True) == pytest.approx(math.log(o.pdf(x, r)), rel=1e-9)
            assert binnet.order_cdf(F, r, log=True) == pytest.approx(math.log(exceed(F, r)), rel=1e-10, abs=1e-12)
        np.testing.assert_allclose(binnet.order_cdf_all(F)[0], [exceed(F, r) for r in range(1, 5)], rtol=1e-12)
        np.testing.assert_allclose(binnet.order_pdf_all(F, f), [o.pdf(x, r) for r in range(1, 5)], rtol=1e-11)
        np.testing.assert_allclose(np.cumsum(binnet.poisson_binomial(F)[::-1])[::-1][1:], [exceed(F, r) for r in range(1, 5)], rtol=1e-12)
        np.testing.assert_allclose(o.marginals(x)[0], F, rtol=1e-12)
    q, bound = o.quantile(0.4, 2, return_error=True)
    assert o.cdf(q, 2) == pytest.approx(0.4, rel=1e-12) and bound < 1e-9
    m = o.moments()
    assert m.mean.sum() == pytest.approx(loc.sum(), abs=1e-9)
    density = o.joint([0.0, 1.0], [2, 3])[1]
    assert density > 0 and o.joint([0.0, 1.0], [2, 3])[0] <= o.cdf(0.0, 2)
    many = binnet.order_cdf_many([[0.1, 0.9], [0.2, 0.5]], 1)
    assert many[0].tolist() == pytest.approx([1 - 0.9 * 0.8, 1 - 0.1 * 0.5])
    cells = np.array([[0.2, 0.3, 0.5], [0.1, 0.6, 0.3]])
    # min <= x0 and max <= x1: both below x1, not both above x0
    assert binnet.order_joint_cdf(cells, [1, 2]) == pytest.approx(0.5 * 0.7 - 0.3 * 0.6)
    assert binnet.order_joint_pdf(cells, [[1.0, 2.0], [3.0, 4.0]], [1, 2]) == pytest.approx(1 * 4 + 2 * 3)
    assert binnet.order_estimate(10).items > 0 and binnet.order_joint_estimate(5, [1, 2]).items > 0 and o.moments_estimate().items > 0
    for call in (lambda: o.cdf(0, 0), lambda: o.cdf(0, 5), lambda: o.moments(3, 2), lambda: binnet.OrderStatistics(loc, binnet.gaussian(sd[:2])),
                 lambda: o.quantile(1.5, 1), lambda: o.joint([1.0, 0.0], [1, 2]), lambda: o.joint([1.0], [1, 2])):
        with pytest.raises(ValueError):
            call()


def test_ensemble():
    stats = pytest.importorskip('scipy.stats')
    n, p, theta = 5, 0.5, 1.0
    e = binnet.Ensemble([n], p, binnet.Weight.gaussian(1.0, 1.0), threshold=theta)

    def fires(k, tail):  # c = theta - sum of b weights, b ~ Binomial(k, p); at most 0: it fires
        out = 0.0
        for b in range(k + 1):
            law = stats.norm(theta - b, math.sqrt(b)) if b else None
            below = float(theta <= 0) if b == 0 else law.cdf(0)
            out += stats.binom.pmf(b, k, p) * (below if tail else 1 - below)
        return out
    terms = [math.comb(n, k) * (fires(k - 1, True)**k if k else 1) * fires(k, False)**(n - k) for k in range(n + 1)]
    assert e.fixed_mean() == pytest.approx(sum(terms), rel=1e-10)
    np.testing.assert_allclose(np.exp(e.fixed_classes()), terms, rtol=1e-10)
    assert e.log_probability([2]) == pytest.approx(math.log(terms[2] / math.comb(5, 2)), rel=1e-9)
    active, expected, _ = e.fixed_top(2)
    assert active[0, 0] == int(np.argmax(terms)) and math.exp(expected[0]) == pytest.approx(max(terms), rel=1e-10)
    np.testing.assert_allclose(e.diagram([-1.0, 0.0]), [e.with_stimulus(-1.0).fixed_mean(), e.fixed_mean()], rtol=1e-10)
    c = e.current(0, [3])
    assert c.cdf(0.0) == pytest.approx(fires(3, True), rel=1e-11) and c.survival(0.0) == pytest.approx(fires(3, False), rel=1e-11)
    assert c.moments()[0] == pytest.approx(theta - 1.5, rel=1e-12) and c.method == 'gaussian'
    assert c.atoms[0].tolist() == [1.0] and c.atoms[1][0] == pytest.approx(0.125)
    assert c.below(1.0) == pytest.approx(c.cdf(1.0) - 0.125, rel=1e-10) and c.at_least(1.0) == pytest.approx(c.survival(1.0) + 0.125)
    table = e.current_table(0, 0.0)
    assert table[0][3] == pytest.approx(fires(3, True), rel=1e-11) and table[0].shape == (5,)
    with binnet.options(seed=7):
        count = [len(e.sample(k).attractors().fixed_points) for k in range(400)]
        assert e.sample(3).J.tolist() == e.sample(3).J.tolist()
    mean, variance, error = e.fixed_variance()
    assert mean == pytest.approx(sum(terms), rel=1e-9) and abs(np.mean(count) - mean) < 6 * math.sqrt(variance / 400)
    assert e.cycles_mean(2)[0] > 0 and e.fixed_mean_correlated([[0.0]])[0] == pytest.approx(sum(terms), rel=1e-6) if p == 1 else True
    law = e.bifurcations([2])
    assert law.cdf(law.quantile(0.5, 'lambda'), 'lambda') >= 0.5 and law.moments('xi')[1] > 0
    occurrence = e.occurrence()
    assert law.occurrence()[0] == pytest.approx(occurrence[2], rel=1e-9) and law.survival(0.0, 'xi') < 1
    assert law.limit('xi').domain in ('none', 'gumbel', 'weibull')
    two = binnet.Ensemble([3, 2], [[0.1, 0.2], [0.3, 0.4]], [[1.0, binnet.Weight.uniform(0, 1)], [binnet.Weight.gamma(2, 1), -1]],
                          threshold=[1, 2], normalise='n', tie='silent', self_connections=True)
    assert two.size.tolist() == [3, 2] and two.p.tolist() == [[0.1, 0.2], [0.3, 0.4]] and two.normalise == 'n' and two.tie == 'silent'
    assert two.weight[1][0].kind == 'gamma' and two.weight[1][0].parameters[:2] == (2, 1) and two.self_connections
    assert two.n_classes == 12 and two.threshold.tolist() == [1, 2] and two.normalisation.tolist() == [5, 5]
    g = e.with_correlation([[0.3]])
    assert g.correlation.tolist() == [[0.3]] and g.reciprocal == 'independent'
    lone = binnet.Ensemble(2, [[0, 1], [1, 0]], binnet.Weight.constant(1), threshold=0.5, heterogeneous=True)
    assert lone.fixed_mean() == pytest.approx(2)
    assert e.estimate().items == 6 and e.tuples_estimate(2).items > 0 and e.current_table_estimate(0).items == 5

    def cdf(w):
        return stats.norm.cdf(w, 1, 1)
    own = binnet.Ensemble([2], 1.0, binnet.Weight.custom(cdf, lambda w: stats.norm.sf(w, 1, 1), lambda t: np.exp(1j * t - t * t / 2)), threshold=1.0)
    same = binnet.Ensemble([2], 1.0, binnet.Weight.gaussian(1, 1), threshold=1.0)
    assert own.fixed_mean() == pytest.approx(same.fixed_mean(), rel=1e-8)
    with pytest.raises(ZeroDivisionError):
        binnet.Ensemble([2], 1.0, binnet.Weight.custom(lambda w: 1 / 0, lambda w: 0.0))
    for bad in ({'p': 2.0}, {'p': [[0.1]] * 2}, {'weight': [[1.0]] * 3}, {'normalise': 'x'}):
        with pytest.raises((ValueError, TypeError)):
            binnet.Ensemble(**{'size': [2, 2], 'p': 0.5, 'weight': 1.0, **bad})
