% What the example does not show: sparse matrices, limits of shapes, identifiers of errors.
1;
function check(ok)
  persistent count
  if isempty(count)
    count = 0;
  end
  if nargin == 0
    printf('%d checks in Octave\n', count);
    return
  end
  count = count + 1;
  if ~ok
    error('check %d failed', count);
  end
end
function id = identifier_of(f)
  id = '';
  try
    f();
  catch problem
    id = problem.identifier;
  end
end
J = [0 -1 0; -2 0 -1; -2 -1 0];
net = binnet.network(J, 'stimulus', [1 0.5 0.2], 'threshold', 0.1);
law = binnet.stationary(net, binnet.noise('logistic', 0.7), 'synchronous');
check(abs(sum(law.p) - 1) < 1e-15);
same = binnet.stationary(binnet.network(sparse(J), 'stimulus', [1 0.5 0.2], 'threshold', 0.1), binnet.noise('logistic', [0.7 0.7 0.7]), 'synchronous');
check(isequal(law.p, same.p));
P = binnet.transition_matrix(net, binnet.noise('logistic', 0.7), 'synchronous');
check(max(abs(sum(P, 2) - 1)) < 1e-14);
check(max(abs(law.p' * P - law.p')) < 1e-14);
one = [1; zeros(7, 1)];
two = binnet.evolve(net, binnet.noise('logistic', 0.7), 'synchronous', one, 2);
check(max(abs(two.p' - one' * P * P)) < 1e-15);
check(law.residual < 1e-12 && law.entropy > 0 && law.balance_error < 1e-10);
c = binnet.stationary(binnet.network(J), binnet.noise(0.25 * (eye(3) + 1)), 'synchronous');
check(abs(sum(c.p) - 1) < 1e-12);
t = binnet.stationary(binnet.network(J, 'tie', 'keep'), binnet.noise('student_t', 1, 3));
check(abs(sum(t.p) - 1) < 1e-14);
[fixed, cycles] = binnet.diagram(binnet.network(J, 'populations', [0 1 1]));
check(numel(fixed) == 8 && isa(fixed(1).state, 'uint64') && numel(cycles) > 0 && isequal(size(fixed(1).lo), [1 2]));
[f, k] = binnet.query(binnet.network(J, 'populations', [0 1 1]), [1.2 2.5; 1.2 1.2]);
check(isequal(f, [2; 1]) && isequal(size(k), [2 1]));
r = binnet.regions(binnet.network(J, 'populations', [0 1 1]), [-5 -5], [5 5]);
check(abs(sum([r.area]) - 100) < 1e-9);
check(binnet.permanent([1 2; 3 4]) == 10 && binnet.permanent(zeros(0, 0)) == 1);
check(strcmp(binnet.library_version(), binnet.library_version()) && ~isempty(binnet.library_version()));
check(strcmp(identifier_of(@() binnet.attractors(binnet.network(J, 'normalisation', -1))), 'binnet:code102'));
check(strcmp(identifier_of(@() binnet.attractors(binnet.network(J, 'threshold', NaN))), 'binnet:code104'));
check(strcmp(identifier_of(@() binnet.order_cdf([0.1 1.2], 1)), 'binnet:code102'));
check(strcmp(identifier_of(@() binnet.network(J(1:2, :))), 'binnet:usage'));
check(strcmp(identifier_of(@() binnet.network(J, 'treshold', 1)), 'binnet:usage'));
check(strcmp(identifier_of(@() binnet.stationary(net, binnet.noise('gaussian', [1 2]))), 'binnet:usage'));
check(strcmp(identifier_of(@() binnet.stationary(net, binnet.noise('gaussian', 1), 'sometimes')), 'binnet:usage'));
check(strcmp(identifier_of(@() binnet.evolve(net, binnet.noise('gaussian', 1), 'sweep', [1 0], 1)), 'binnet:usage'));
check(strcmp(identifier_of(@() binnet.regions(binnet.network(J, 'populations', [0 1 2]), [0 0 0], [1 1 1])), 'binnet:usage'));
% files, where binnet_mex was built beside libbinnet-files
function path = written(ending, text)
  path = [tempname() ending];
  f = fopen(path, 'w');
  fputs(f, text);
  fclose(f);
end
path = written('.csv', sprintf('pre\\post,a,b\na,0,-2\nb,2,0\n'));
try
  [net, found] = binnet.read_network(path, 'weights_scale', 0.5);
  files = true;
catch problem
  files = false;
  check(~isempty(strfind(problem.message, 'without libbinnet-files')));
end
if files
  check(isequal(found.names, {'a', 'b'}) && isempty(found.noise) && isempty(found.update) && isempty(found.populations));
  same = binnet.stationary(binnet.network([0 1; -1 0]), binnet.noise('logistic', 0.7));
  law = binnet.stationary(net, binnet.noise('logistic', 0.7));
  check(isequal(law.p, same.p));
  check(strcmp(identifier_of(@() binnet.read_network(path, 'orientation', 'sideways')), 'binnet:code102'));
  check(strcmp(identifier_of(@() binnet.read_network([path 'x'])), 'binnet:code108'));
  delete(path);
  start = '{"format": "binnet-network 1", "neurons": ["a", "b"], "edges": [{"pre": "a", "post": "b", "weight": 1}], "noise": ';
  path = written('.json', [start '{"kind": "logistic", "scale": [0.5, 2]}, "update": "sweep"}']);
  [net, found] = binnet.read_network(path);
  same = binnet.stationary(binnet.network([0 0; 1 0]), binnet.noise('logistic', [0.5 2]), 'sweep');
  law = binnet.stationary(net, found.noise, found.update);
  check(strcmp(found.update, 'sweep') && isequal(law.p, same.p));
  delete(path);
  path = written('.json', [start '{"kind": "gaussian", "covariance": [[1, 0.5], [0.5, 4]]}, "update": "synchronous"}']);
  [net, found] = binnet.read_network(path);
  same = binnet.stationary(binnet.network([0 0; 1 0]), binnet.noise([1 0.5; 0.5 4]), 'synchronous');
  law = binnet.stationary(net, found.noise, found.update);
  check(max(abs(law.p - same.p)) < 1e-9);
  delete(path);
  path = written('.csv', sprintf('0.1\n0.2\n0.3\n0.4\n'));
  law = binnet.read_law(path);
  check(isequal(law.p, [0.1; 0.2; 0.3; 0.4]) && max(abs(law.mean - [0.6; 0.7])) < 1e-15);
  check(strcmp(identifier_of(@() binnet.read_law(path, 'max_file_size', 8)), 'binnet:code202'));
  delete(path);
  path = written('.txt', sprintf('a: 1 1 0\nb: 0 0 1\na -> b\n'));
  found = binnet.read_patterns(path);
  check(isequal(found.names, {'a', 'b'}) && isequal(found.states, [1 1 0; 0 0 1]));
  check(isequal(found.from, [1 1 0]) && isequal(found.to, [0 0 1]));
  check(strcmp(identifier_of(@() binnet.read_patterns([path 'x'])), 'binnet:code108'));
end
delete(path);
check();
