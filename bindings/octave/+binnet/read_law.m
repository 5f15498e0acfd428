function law = read_law(path, varargin)
% LAW = binnet.read_law(PATH): a law over states from a file (.npy, CSV), as binnet.stationary gives it. Options in pairs:
% 'from', 'max_file_size'. Needs libbinnet-files when binnet_mex is built.
  law = binnet_mex('read_law', path, binnet.import_options(varargin));
end
