function out = noise(kind, scale, dof)
% NOISE = binnet.noise(KIND, SCALE) with KIND 'gaussian', 'logistic', 'uniform', 'laplace', or 'student_t' (then also DOF);
% binnet.noise(C): correlated Gaussian noise with covariance C. SCALE is one number, or one for each neuron.
  if isnumeric(kind)
    out = {0, double(kind)};
    return
  end
  code = find(strcmp(kind, {'gaussian', 'logistic', 'uniform', 'laplace', 'student_t'}));
  if isempty(code) || (code == 5 && nargin < 3)
    error('binnet:usage', 'no such noise, or Student t without its degrees of freedom');
  end
  if nargin < 3
    dof = 0;
  end
  out = {code, double(scale(:)), dof};
end
