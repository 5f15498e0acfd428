function [fixed, cycles] = query(net, points)
% [FIXED, CYCLES] = binnet.query(NET, POINTS): how many fixed points and cycles exist at each row of POINTS, a stimulus for each
% population.
  [fixed, cycles] = binnet_mex('query', net, double(points).');
end
