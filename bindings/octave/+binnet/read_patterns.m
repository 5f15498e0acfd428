function found = read_patterns(path, varargin)
% FOUND = binnet.read_patterns(PATH): patterns of a file, FOUND.states(k, :) being that called FOUND.names{k}, and the transitions of
% its sequences and cycles, FOUND.from(k, :) to FOUND.to(k, :). Options in pairs: 'max_file_size'. Needs libbinnet-files when binnet_mex
% is built.
  found = binnet_mex('read_patterns', path, binnet.import_options(varargin));
end
