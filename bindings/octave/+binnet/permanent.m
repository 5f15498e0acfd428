function [value, bound] = permanent(A)
% [V, E] = binnet.permanent(A): the permanent of a square matrix, and a bound on its error.
  if size(A, 1) ~= size(A, 2)
    error('binnet:usage', 'A must be square');
  end
  [value, bound] = binnet_mex('permanent', double(full(A).'));
end
