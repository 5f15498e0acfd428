function law = stationary(net, noise, update)
% LAW = binnet.stationary(NET, NOISE, UPDATE): the stationary law; UPDATE 'asynchronous' (default), 'synchronous', 'sweep'.
% LAW.p(s + 1) is the probability of state s; LAW.mean, .covariance, .correlation, .entropy (nats); .residual = ||pi P - pi||_1 and
% .balance_error, the estimated relative error of a probability.
  if nargin < 3
    update = 'asynchronous';
  end
  law = binnet_mex('stationary', net, noise, update);
end
