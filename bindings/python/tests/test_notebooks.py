"""The notebooks of examples/notebooks run as they stand, cell after cell, and are committed without their outputs."""
import glob
import json
import os

import pytest

plt = pytest.importorskip('matplotlib.pyplot')
plt.rcParams['figure.dpi'] = 40
NOTEBOOKS = sorted(glob.glob(os.path.join(os.path.dirname(__file__), '../../../examples/notebooks/*.ipynb')))


def test_there_are_three():
    assert len(NOTEBOOKS) == 3


@pytest.mark.parametrize('path', NOTEBOOKS, ids=os.path.basename)
def test_notebook(path, monkeypatch, capsys):
    with open(path, encoding='utf-8') as f:
        book = json.load(f)
    assert (book['nbformat'], book['nbformat_minor']) == (4, 5)
    ids = [cell['id'] for cell in book['cells']]
    assert len(set(ids)) == len(ids)
    monkeypatch.chdir(os.path.dirname(path))
    names: dict = {}
    for cell in book['cells']:
        assert isinstance(cell['source'], list) and cell['cell_type'] in ('code', 'markdown')
        if cell['cell_type'] == 'code':
            assert cell['outputs'] == [] and cell['execution_count'] is None
            exec(compile(''.join(cell['source']), '%s, %s' % (os.path.basename(path), cell['id']), 'exec'), names)
    if os.environ.get('BINNET_PICTURES'):
        for k in plt.get_fignums():
            plt.figure(k).savefig(os.path.join(os.environ['BINNET_PICTURES'], '%s_%d.png' % (os.path.basename(path), k)))
    assert plt.get_fignums()
    plt.close('all')
