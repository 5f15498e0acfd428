function P = transition_matrix(net, noise, update)
% P = binnet.transition_matrix(NET, NOISE, UPDATE): P(s + 1, t + 1) = Pr(state t next, given state s now); at most 15 neurons.
  P = binnet_mex('matrix', net, noise, update).';
end
