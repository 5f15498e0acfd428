function out = attractors(net)
% A = binnet.attractors(NET): the fixed points and cycles at the stimuli of NET, with A(k).period, .basin (states that lead there)
% and .states (uint64).
  out = binnet_mex('attractors', net);
end
