function [fixed, cycles] = diagram(net)
% [FIXED, CYCLES] = binnet.diagram(NET): all fixed points and cycles over the stimuli of the populations of NET.
% FIXED(k).state exists for FIXED(k).lo <= I < FIXED(k).hi; CYCLES(k).period likewise. Of populations of like neurons, multiplicity.
  [fixed, cycles] = binnet_mex('diagram', net);
end
