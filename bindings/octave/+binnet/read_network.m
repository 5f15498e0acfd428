function [net, found] = read_network(path, varargin)
% [NET, FOUND] = binnet.read_network(PATH, 'orientation', 'pre-rows', ...): a network file as the command binnet reads it; options
% are the command's, with _ or -. FOUND.names, .populations are what neurons and populations are called; .noise and .update what the
% file asks for, [] and '' where it does not. Correlated noise comes as its covariance. Needs libbinnet-files when binnet_mex is built.
  [net, found] = binnet_mex('read', path, binnet.import_options(varargin));
end
