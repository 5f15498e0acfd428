"""Every picture is drawn, with something on it, on axes of its own or on those given."""
import warnings

import numpy as np
import pytest

import binnet

plt = pytest.importorskip('matplotlib.pyplot')
plt.rcParams['figure.dpi'] = 40  # quicker
NET = binnet.Network([[0, 2, -1.0], [-1, 0, 1.5], [1, -2, 0]], threshold=[0.3, -0.2, 0.1], names='abc', populations=[0, 0, 1])
CHAIN = binnet.Chain(NET, 0.5)
SYNCHRONOUS = binnet.Chain(NET, 0.3, 'synchronous')
PULSE = binnet.Schedule.stimuli(CHAIN, [0, 20, 40], [[0, 0, 0], [2, 0, 0], [0, 0, 0]])
LETTERS = [[0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1],
           [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1],
           [1, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0]]
with warnings.catch_warnings():
    warnings.simplefilter('ignore', binnet.UnmetWarning)
    STORED = binnet.store(LETTERS, rule='hebb')
SIX = binnet.store([[1, 1, 0, 0, 1, 0], [0, 1, 1, 0, 0, 1]]).network()
POPULATIONS = binnet.Network.homogeneous([100, 25], [[2, -4], [2, -1]], normalisation=[100, 100], threshold=0.35)


def swept(*axes):
    return binnet.sweep(lambda x, y=0.0: binnet.Chain(NET.with_stimulus([x, y, 0]), 0.5), *axes, mean='mean', entropy='entropy')


PICTURES = {
    'network': lambda ax: NET.plot(ax=ax),
    'chain': lambda ax: CHAIN.plot(ax=ax),
    'law': lambda ax: CHAIN.stationary().plot(ax=ax),
    'correlation': lambda ax: CHAIN.stationary().plot_correlation(ax=ax),
    'attractors': lambda ax: NET.attractors().plot(ax=ax),
    'diagram': lambda ax: NET.diagram().plot(ax=ax),
    'line': lambda ax: NET.diagram().plot(axes=[0], at=[0, 0.5], ax=ax),
    'branches': lambda ax: NET.with_populations([0, 1, 2]).diagram().plot_branches(0, [0, 0.5, 0], ax=ax),
    'correlogram': lambda ax: SYNCHRONOUS.plot_correlogram(lags=12, ax=ax),
    'mutual information': lambda ax: CHAIN.plot_mutual_information(ax=ax),
    'transfer entropy': lambda ax: CHAIN.plot_transfer_entropy(ax=ax),
    'information': lambda ax: binnet.stimulus_information([CHAIN.evolve(s, 3) for s in (0, 3, 5)]).plot(ax=ax),
    'potentials': lambda ax: CHAIN.potentials().plot(ax=ax),
    'potentials without noise': lambda ax: binnet.Chain(NET, [0.0, 0.4, 0.4]).potentials().plot(ax=ax),
    'spectrum': lambda ax: SYNCHRONOUS.spectrum(8).plot(ax=ax),
    'evolution': lambda ax: PULSE.plot(CHAIN.stationary(), np.arange(61), ax=ax),
    'occupation': lambda ax: POPULATIONS.lumped_chain(0.3).stationary().plot(ax=ax),
    'sweep': lambda ax: swept(np.linspace(-2, 2, 21)).plot(ax=ax, xlabel='stimulus of a'),
    'sweep of two': lambda ax: swept(np.linspace(-2, 2, 9), np.linspace(-2, 2, 8)).plot('entropy', ax=ax),
    'margins': lambda ax: STORED.plot(ax=ax),
    'patterns': lambda ax: binnet.plot_patterns(LETTERS, (4, 4), 'ACT', ax=ax),
    'run': lambda ax: binnet.plot_patterns(binnet.recall_run(SIX, 0.4, [1, 0, 0, 0, 1, 0], 12), ax=ax),
    'recall': lambda ax: binnet.recall_curve(binnet.Chain(SIX, 0.4, 'synchronous'), [[1, 1, 0, 0, 1, 0]], 8).plot(ax=ax),
    'sampled recall': lambda ax: binnet.recall_curve_sampled(STORED.network(), 0.3, LETTERS[:1], [0, 2, 4, 6], 4, 100).plot(ax=ax),
    'marginal': lambda ax: CHAIN.potentials().marginal('a').plot(ax=ax),
    'order': lambda ax: binnet.OrderStatistics([0, 1, 2.0], 1.0).plot(ax=ax),
    'ensemble': lambda ax: binnet.Ensemble([4], 0.5, 1.0, threshold=1).plot(np.linspace(-2, 2, 9), ax=ax),
    'ensemble of two': lambda ax: binnet.Ensemble([2, 2], 0.5, binnet.Weight.gaussian(1, 1)).plot(np.linspace(-2, 2, 5), np.linspace(-1, 1, 4), ax=ax),
}


@pytest.mark.parametrize('name', PICTURES)
def test_picture(name):
    for ax in (None, plt.subplots()[1]):
        drawn = PICTURES[name](ax)
        assert ax is None or drawn is ax
        assert drawn.has_data() or drawn.patches
        assert drawn.get_xlabel() or drawn.get_ylabel() or name == 'patterns'
        if ax is None:
            drawn.figure.canvas.draw()
        plt.close(drawn.figure)
