% One circuit through the core of the library: the same numbers as examples/circuit.c.
J = [0 -1 0; -2 0 -1; -2 -1 0]; % J(i, j): from j to i
net = binnet.network(J, 'stimulus', 1.2);
law = binnet.stationary(net, binnet.noise('gaussian', 0.5));
for s = 1:8
  printf('law %d %.17g\n', s - 1, law.p(s));
end
for i = 1:3
  printf('mean %d %.17g\n', i - 1, law.mean(i));
end
for i = 1:3
  for j = 1:3
    printf('covariance %d %d %.17g\n', i - 1, j - 1, law.covariance(i, j));
  end
end

a = binnet.attractors(net);
for k = 1:numel(a)
  printf('attractor basin %d states%s\n', a(k).basin, sprintf(' %d', a(k).states));
end

grouped = binnet.network(J, 'stimulus', 1.2, 'populations', [0 1 1]);
fixed = binnet.diagram(grouped);
for k = 1:numel(fixed)
  printf('fixed point %d from %.17g %.17g to %.17g %.17g\n', fixed(k).state, fixed(k).lo, fixed(k).hi);
end
[n_fixed, n_cycles] = binnet.query(grouped, [1.2 2.5]);
printf('at 1.2 2.5 fixed points %d cycles %d\n', n_fixed, n_cycles);
r = binnet.regions(grouped, [-1 -1], [4 4]);
for k = 1:numel(r)
  printf('region fixed points %.17g area %.17g\n', r(k).fixed_points, r(k).area);
end

[value, bound] = binnet.permanent(1 ./ ((0:3)' + (0:3) + 1));
printf('permanent %.17g error at most %.17g\n', value, bound);
printf('order 2 %.17g\n', binnet.order_cdf([0.1 0.2 0.3 0.4], 2));
try
  binnet.stationary(net, binnet.noise('gaussian', [0.5 -1 0.5]));
catch problem
  printf('refused %s: %s\n', strrep(problem.identifier, 'binnet:code', ''), strrep(problem.message, 'binnet_mex: ', ''));
end
