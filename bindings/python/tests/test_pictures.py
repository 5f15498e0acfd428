"""Every picture is drawn, with something on it, on axes of its own or on those given."""
import numpy as np
import pytest

import binnet

plt = pytest.importorskip('matplotlib.pyplot')
NET = binnet.Network([[0, 2, -1.0], [-1, 0, 1.5], [1, -2, 0]], threshold=[0.3, -0.2, 0.1], names='abc', populations=[0, 0, 1])
CHAIN = binnet.Chain(NET, 0.5)

PICTURES = {
    'network': lambda ax: NET.plot(ax=ax),
    'chain': lambda ax: CHAIN.plot(ax=ax),
    'law': lambda ax: CHAIN.stationary().plot(ax=ax),
    'correlation': lambda ax: CHAIN.stationary().plot_correlation(ax=ax),
    'attractors': lambda ax: NET.attractors().plot(ax=ax),
    'diagram': lambda ax: NET.diagram().plot(ax=ax),
    'line': lambda ax: NET.diagram().plot(axes=[0], at=[0, 0.5], ax=ax),
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
        assert drawn.get_xlabel() or drawn.get_ylabel()
        drawn.figure.canvas.draw()
        plt.close(drawn.figure)
