"""Files as the command reads and writes them: the same networks, laws, numbers and messages."""
import io
import json
import os
import subprocess

import numpy as np
import pytest

import binnet

pytestmark = pytest.mark.skipif(not hasattr(binnet.lowlevel.lib, 'binnet_import_new'), reason='built without libbinnet-files')
EXAMPLES = os.path.join(os.path.dirname(__file__), '../../../examples')
COMMAND = os.environ.get('BINNET_COMMAND', '')
need_command = pytest.mark.skipif(not os.access(COMMAND, os.X_OK), reason='the command is not built')


def example(name):
    return os.path.join(EXAMPLES, name)


def command(*arguments):
    return subprocess.run([COMMAND, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding='utf-8')


def has_graphml():
    try:
        binnet.read_network(io.StringIO('<graphml/>'), 'graphml')
    except binnet.Error as failure:
        return 'expat' not in str(failure)


def test_a_network_with_noise_and_names():
    f = binnet.read_network(example('pyloric.json'))
    assert f.network.names == ('AB/PD', 'LP', 'PY') and f.update == 'asynchronous' and f.noise.scale == 0.5
    np.testing.assert_array_equal(f.network.J, [[0, -1, 0], [-2, 0, -1], [-2, -1, 0]])
    np.testing.assert_array_equal(f.network.stimulus, 1.2)
    assert f.title and f.source and f.notes == () and f.warning == ''
    f = binnet.read_network(example('common_input.json'))
    assert f.noise.form != 'independent' and f.network.n == 4


@need_command
@pytest.mark.parametrize('name', [n for n in sorted(os.listdir(EXAMPLES)) if n.endswith('.json') and 'ensemble' not in n])
def test_written_as_the_command_writes(name, tmp_path):
    f = binnet.read_network(example(name))
    for format, ending in (('json', 'json'), ('matrix', 'csv'), ('edges', 'csv'), ('mtx', 'mtx'), ('npy', 'npy'), ('node-link', 'json'),
                           ('graphml', 'graphml'), ('bnet', 'bnet')):
        by_command, by_python = tmp_path / ('c.' + ending), tmp_path / ('p.' + ending)
        run = command('convert', example(name), '-o', by_command, '--format', format)
        lost = ''.join(line.split(': ', 2)[2] for line in run.stderr.splitlines() if line.startswith('binnet: not in'))
        noise_stays = f.noise is None or f.noise.form == 'independent'
        g = f if noise_stays else f._replace(noise=None)
        if run.returncode:
            with pytest.raises(binnet.Error):
                g.to_file(by_python, format)
            continue
        if lost:
            with pytest.warns(binnet.LossWarning) as warned:
                g.to_file(by_python, format)
            said = str(warned[0].message).split(': ', 1)[1]
            assert said == (lost if noise_stays else lost.replace('noise, ', '').replace(', noise', '')), format
        else:
            g.to_file(by_python, format)
        if noise_stays or format != 'json':
            assert by_python.read_bytes() == by_command.read_bytes(), format


@need_command
def test_the_law_that_the_command_prints(tmp_path):
    for name in ('pyloric.json', 'inhibition.json', 'common_input.json', 'ei_pair.json'):
        f = binnet.read_network(example(name))
        noise, update = f.noise or binnet.gaussian(0.5), f.update or 'asynchronous'
        run = command('stationary', example(name), '-o', tmp_path / 'law', '--format', 'json', *([] if f.update else ['--update', update]),
                      *([] if f.noise else ['--noise', 'gaussian:0.5']))
        assert run.returncode == 0, run.stderr
        tree = json.loads((tmp_path / 'law.json').read_text())
        law = f.network.chain(noise, update).stationary()
        np.testing.assert_allclose(law.mean, tree['mean'], rtol=0, atol=1e-13)
        assert list(f.network.names) == tree['neurons']


@need_command
@pytest.mark.parametrize('name, text', [
    ('a.json', '{"format": "binnet-network 1",\n "neurons": ["a", "b"],\n "edges": [{"pre": "a", "post": "c", "weight": 1}]}'),
    ('b.json', '{"format": "binnet-network 1",\n "neurons": ["a", "b"],,}'),
    ('c.csv', 'pre,post,weight\na,b,1\nb,a,nan\n'),
    ('d.csv', 'pre,post,weight\na,b,1\na,b,2\n'),
    ('e.csv', 'pre\\post,a,b\r\na,1,2\r\nb,3\r\n'),
    ('f.mtx', '%%MatrixMarket matrix coordinate real general\n2 2 1\n3 1 1.0\n'),
    ('g.json', '{"directed": true, "nodes": [{"id": "a"}, {"id": "b"}],\n "links": [{"source": "a", "target": "z", "weight": 1}]}'),
    ('h.csv', ''),
])
def test_the_message_is_the_command_s(name, text, tmp_path):
    path = tmp_path / name
    path.write_bytes(text.encode())
    run = command('info', path)
    with pytest.raises(binnet.FormatError) as caught:
        binnet.read_network(path)
    assert run.returncode == 3 and run.stderr == 'binnet: %s\n' % caught.value
    assert caught.value.path == str(path) and isinstance(caught.value, ValueError)
    if text and name != 'f.mtx':
        assert caught.value.line in (2, 3)
    with pytest.raises(binnet.FormatError) as again, open(path, encoding='utf-8') as f:
        binnet.read_network(f)
    assert str(again.value) == str(caught.value)


def test_options_and_open_files(tmp_path):
    text = 'from,to,w,kind\r\nA,B,2,chem\r\nB,\u03b1,1,gap\r\n\u03b1,A,3,chem\r\n'
    path = tmp_path / '\u00e9.csv'
    path.write_bytes(b'\xef\xbb\xbf' + text.encode())
    how = dict(pre_column='from', post_column='to', weight_column='w', weights_scale=0.5)
    f = binnet.read_network(path, 'edges', where={'kind': 'chem'}, **how)
    assert f.network.names == ('A', 'B', '\u03b1') and f.network.J.tolist() == [[0, 0, 1.5], [1, 0, 0], [0, 0, 0]]
    with open(path, 'rb') as g:
        assert binnet.read_network(g, 'edges', where={'kind': 'chem'}, **how).network.names == f.network.names
    assert binnet.Network.from_file(io.StringIO(text), 'edges', undirected=True, **how).J.tolist() == [[0, 1, 1.5], [1, 0, 0.5],
                                                                                                   [1.5, 0.5, 0]]
    cells = tmp_path / 'cells.csv'
    cells.write_text('neuron,transmitter\nA,Glu\nB,ACh\n\u03b1,ACh\n', encoding='utf-8')
    f = binnet.read_network(path, 'edges', transmitters=cells, sign={'Glu': -1, 'ACh': 1}, **how)
    assert f.network.J.tolist() == [[0, 0, 1.5], [-1, 0, 0], [0, 0.5, 0]] and any('Glu' in note for note in f.notes)
    f = binnet.read_network(io.StringIO('1,2\n3,4'), orientation='pre-rows')
    assert f.network.J.tolist() == [[1, 3], [2, 4]]
    for bad in ({'no_such_option': 1}, {'unsigned': 'perhaps'}, {'weights_scale': 0}, {'orientation': 'pre-rows'}):
        with pytest.raises(binnet.InputError):
            binnet.read_network(path, 'edges', **{**how, **bad})
    with pytest.raises(binnet.MemoryLimitError):
        binnet.read_network(path, 'edges', max_file_size=10, **how)
    with pytest.raises(OSError) as caught:
        binnet.read_network(tmp_path / 'none.csv')
    assert caught.value.code == binnet.lowlevel.BINNET_E_FILE and 'none.csv' in str(caught.value)
    with pytest.raises(ValueError):
        binnet.read_network('a\0b')


def test_written_and_read_again(tmp_path):
    rng = np.random.default_rng(5)
    J = np.where(rng.random((7, 7)) < 0.5, rng.normal(size=(7, 7)), 0.0)
    net = binnet.Network(J, threshold=rng.normal(size=7), stimulus=rng.normal(size=7), normalisation=rng.random(7) + 1,
                         names=['x', 'y z', '"q"', 'a,b', '\u00e9', '7', '<&>'], tie='keep', populations=[0, 0, 1, 1, 1, 2, 2])
    path = tmp_path / 'net.json'
    net.to_file(path, noise=binnet.student_t([0.5] * 6 + [1 / 3], 4.5), update='sweep', population_names=['p', 'q', 'r'], title='T',
                source='S')
    f = binnet.read_network(path)
    assert (f.update, f.title, f.source, f.population_names) == ('sweep', 'T', 'S', ['p', 'q', 'r'])
    assert f.noise.kind == 'student_t' and f.noise.scale.tolist() == [0.5] * 6 + [1 / 3]
    assert f.network.names == net.names and f.network.tie == 'keep' and f.network.populations.tolist() == net.populations.tolist()
    for what in ('J', 'threshold', 'stimulus', 'normalisation'):
        np.testing.assert_array_equal(getattr(f.network, what), getattr(net, what))
    formats = ['matrix', 'mtx', 'npy', 'node-link'] + ['graphml'] * has_graphml()
    for format in formats:
        out = io.BytesIO()
        with pytest.warns(binnet.LossWarning):
            net.to_file(out, format)
        out.seek(0)
        again = binnet.Network.from_file(out, format, **({'orientation': 'post-rows'} if format == 'npy' else {}))
        np.testing.assert_array_equal(again.J, J)
    homogeneous = binnet.Network.homogeneous([3, 1], [[1, -2], [0.5, 0]], threshold=[0.5, 1])
    out = io.StringIO()
    homogeneous.to_file(out, 'json', population_names=['E', 'I'])
    out.seek(0)
    f = binnet.read_network(out)
    assert f.network.names == ('E.1', 'E.2', 'E.3', 'I') and f.population_names == ['E', 'I']
    np.testing.assert_array_equal(f.network.J, homogeneous.J)
    before = path.read_bytes()
    for bad in (dict(update='never'), dict(noise=binnet.custom(lambda x: 0.5)), dict(population_names=['p']), dict(format='xml')):
        with pytest.raises(ValueError):
            net.to_file(path, **bad)
    with pytest.raises(ValueError, match='format='):
        net.to_file(tmp_path / 'net')
    with pytest.raises(OSError):
        net.to_file(tmp_path / 'no' / 'net.json')
    assert path.read_bytes() == before and os.listdir(tmp_path) == ['net.json']


def test_laws_matrices_variables_ensembles_patterns(tmp_path):
    p = np.random.default_rng(3).random(16)
    law = binnet.Law(p / p.sum())
    for path in (tmp_path / 'law.npy', tmp_path / 'law.csv'):
        law.to_file(path)
        again = binnet.Law.from_file(path, names='abcd')
        np.testing.assert_array_equal(again.p, law.p)
        assert again.names == ('a', 'b', 'c', 'd')
    np.testing.assert_array_equal(np.load(tmp_path / 'law.npy'), law.p)
    with pytest.raises(binnet.FormatError):
        binnet.Law.from_file(io.StringIO('0.5\n0.25\n0.25\n'))
    with pytest.raises(ValueError, match='format='):
        law.to_file(tmp_path / 'law.txt')

    A = np.random.default_rng(4).normal(size=(3, 5))
    np.save(tmp_path / 'A.npy', A)
    np.testing.assert_array_equal(binnet.read_matrix(tmp_path / 'A.npy'), A)
    np.testing.assert_array_equal(binnet.read_matrix(example('matrix.csv')), np.loadtxt(example('matrix.csv'), delimiter=',', comments='#'))
    assert binnet.read_matrix(io.BytesIO(b'%%MatrixMarket matrix coordinate real general\n2 3 1\n2 3 -1.5\n')).tolist() == [[0, 0, 0],
                                                                                                                    [0, 0, -1.5]]

    o = binnet.OrderStatistics.from_file(io.StringIO('kind,location,scale,count\nuniform,0.5,0.5,2\ngaussian,0,1,1'))
    same = binnet.OrderStatistics([0.5, 0.5, 0], [binnet.uniform([0.5, 0.5]), binnet.gaussian([1.0])])
    assert [v.kind for v in o.variables] == ['gaussian', 'uniform', 'uniform'] and o.variables[1][1:3] == (0.5, 0.5)
    assert o.n == 3 and o.cdf(0.3, 2) == same.cdf(0.3, 2)
    assert binnet.OrderStatistics.from_file(example('laws.csv')).n > 1

    e = binnet.read_ensemble(example('potjans_diesmann_ensemble.json'))
    assert e.population_names[:2] == ['L23E', 'L23I'] and e.ensemble.n == e.ensemble.size.sum() and e.title and e.source
    assert binnet.Ensemble.from_file(example('potjans_diesmann_ensemble.json')).n == e.ensemble.n
    with pytest.raises(binnet.FormatError):
        binnet.read_ensemble(example('pyloric.json'))

    f = binnet.read_patterns(io.StringIO('A: 1 1 0 0\nB: 0 0 1 1\nC: 1 0 1 0\nA -> B -> A\n'))
    assert f.names == ['A', 'B', 'C'] and f.width == 0 and f.patterns.tolist() == [[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0]]
    pairs = sorted(zip(map(tuple, f.source.tolist()), map(tuple, f.target.tolist())))
    assert pairs == [((0, 0, 1, 1), (1, 1, 0, 0)), ((1, 0, 1, 0), (1, 0, 1, 0)), ((1, 1, 0, 0), (0, 0, 1, 1))]
    assert f.sequences == [([0, 1], True), ([2], True)]
    letters = binnet.read_patterns(example('letters.txt'))
    assert letters.width > 0 and binnet.store(letters.source, letters.target).n == letters.patterns.shape[1]


@need_command
def test_the_permanent_that_the_command_prints():
    shown = command('permanent', example('matrix.csv')).stdout
    value = binnet.permanent(binnet.read_matrix(example('matrix.csv')))
    assert ('%.6g' % value) in shown or ('%d' % value) in shown


def test_many_threads_read_at_once():
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(binnet.read_network, [example('pyloric.json'), example('two_hundred.json')] * 20))
    assert {f.network.n for f in read} == {3, 300}


def test_what_json_may_hold(tmp_path):
    path = tmp_path / 'net.json'

    def read(tree):
        path.write_text(tree if isinstance(tree, str) else json.dumps(tree))
        return binnet.read_network(path)
    good = {'format': 'binnet-network 1', 'neurons': ['a', 'b'], 'orientation': 'pre-rows', 'matrix': [[0, 1], [-1, 3]],
            'normalisation': 'indegree'}
    f = read(good)
    np.testing.assert_array_equal(f.network.J, [[0, -1], [1, 3]])
    assert f.network.normalisation.tolist() == [1, 2] and f.noise is None and f.update is None
    edges = {'format': 'binnet-network 1', 'neurons': ['a', 'b', 'c'], 'normalisation': 'indegree', 'edges': [
        {'pre': 'c', 'post': 'a', 'weight': 2}, {'pre': 'b', 'post': 'a', 'weight': -1}, {'pre': 'a', 'post': 'b', 'weight': 0}]}
    f = read(edges)
    np.testing.assert_array_equal(f.network.J, [[0, -1, 2], [0, 0, 0], [0, 0, 0]])
    assert f.network.normalisation.tolist() == [2, 1, 1]
    for bad in (edges['edges'] * 2, [{'pre': 'z', 'post': 'a', 'weight': 1}], [{'pre': 'a', 'post': 'b'}],
                [{'pre': 'a', 'post': 'b', 'weight': True}]):
        with pytest.raises(ValueError):
            read({**edges, 'edges': bad})
    assert read({**edges, 'edges': []}).network.n == 3
    populations = {'format': 'binnet-network 1', 'orientation': 'pre-rows', 'matrix': [[0.5, 1], [-2, 0]], 'self_connections': False,
                   'populations': [{'name': 'E', 'size': 4, 'threshold': 1, 'stimulus': 0.5}, {'name': 'I', 'size': 1}],
                   'noise': {'kind': 'student_t', 'scale': [0.5, 0.25], 'dof': 4}, 'update': 'sweep'}
    f = read(populations)
    assert f.network.names == ('E.1', 'E.2', 'E.3', 'E.4', 'I') and f.population_names == ['E', 'I']
    assert f.noise.scale.tolist() == [0.5] * 4 + [0.25] and f.network.J[0].tolist() == [0, 0.5, 0.5, 0.5, -2]
    assert read({**good, 'noise': {'kind': 'gaussian', 'covariance': [[1, 0.5], [0.5, 1]]}}).noise.form == 'factors'
    assert read({**good, 'noise': {'kind': 'gaussian', 'factors': [[1], [0.5]], 'own': 1}}).noise.factors == 1
    for change in ({'format': 'other'}, {'what': 1}, {'matrix': [[0, 1]]}, {'matrix': [[0, '1'], [1, 0]]}, {'orientation': 'rows'},
                   {'edges': []}, {'neurons': ['a', 'a']}, {'noise': {'kind': 'cauchy', 'scale': 1}}, {'update': 'blocks'},
                   {'tie': 'both'}, {'noise': {'kind': 'gaussian'}}, {'neurons': [{'name': 'a'}, {'name': 'b', 'size': 3}]}):
        with pytest.raises(ValueError):
            read({**good, **change})
    with pytest.raises(ValueError, match='twice|repeated|duplicate'):
        read(json.dumps(good)[:-1] + ', "tie": "keep", "tie": "keep"}')
    with pytest.raises(ValueError, match=':1: '):
        read(json.dumps(good).replace('3]', 'NaN]'))
