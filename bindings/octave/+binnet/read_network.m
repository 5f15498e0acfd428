function [net, found] = read_network(path, varargin)
% [NET, FOUND] = binnet.read_network(PATH, 'orientation', 'pre-rows', ...): a network file as the command binnet reads it; options
% are the command's, with _ or -. FOUND.names, .populations are what neurons and populations are called; .noise and .update what the
% file asks for, [] and '' where it does not. Correlated noise comes as its covariance. Needs libbinnet-files when binnet_mex is built.
  if mod(numel(varargin), 2) ~= 0
    error('binnet:usage', 'options and values come in pairs');
  end
  options = varargin;
  options(1:2:end) = strrep(options(1:2:end), '_', '-');
  for k = 2:2:numel(options)
    if ~ischar(options{k})
      options{k} = num2str(options{k}, 17);
    end
  end
  [net, found] = binnet_mex('read', path, options);
end
