function v = library_version()
% V = binnet.library_version(): of the library that is running.
  v = binnet_mex('version', 0);
end
