function net = network(J, varargin)
% NET = binnet.network(J, 'threshold', t, 'stimulus', s, 'normalisation', M, 'populations', p, 'tie', 'active')
% J(i, j) is the weight from neuron j to neuron i. threshold, stimulus: one number, or one for each neuron; normalisation: [] for 1.
% populations: a label 0, 1, ... for each neuron; those of one label hear one stimulus in a diagram. tie: what happens at a drive
% of exactly 0: 'active', 'silent', 'keep'. States are uint64 numbers whose bit i is neuron i, counted from 0.
  [n, columns] = size(J);
  if n ~= columns
    error('binnet:usage', 'J must be square');
  end
  given = struct('threshold', 0, 'stimulus', 0, 'normalisation', [], 'populations', [], 'tie', 'active');
  for k = 1:2:numel(varargin)
    if ~isfield(given, varargin{k}) || k == numel(varargin)
      error('binnet:usage', 'no such property, or one without a value: %s', varargin{k});
    end
    given.(varargin{k}) = varargin{k + 1};
  end
  rule = find(strcmp(given.tie, {'active', 'silent', 'keep'}));
  if isempty(rule)
    error('binnet:usage', 'tie must be active, silent or keep');
  end
  M = given.normalisation;
  if ~isempty(M)
    M = one_each(M, n);
  end
  net = {n, double(full(J).'), M, one_each(given.threshold, n), one_each(given.stimulus, n), rule - 1, double(given.populations(:))};
end

function x = one_each(x, n)
  x = double(x(:));
  if numel(x) == 1
    x = repmat(x, n, 1);
  end
  if numel(x) ~= n
    error('binnet:usage', 'one number for each of the %d neurons is needed, or one for all', n);
  end
end
