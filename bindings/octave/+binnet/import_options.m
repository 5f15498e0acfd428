function options = import_options(pairs)
% Options of the readers, in pairs, as the library takes them: texts, with - for _.
  if mod(numel(pairs), 2) ~= 0
    error('binnet:usage', 'options and values come in pairs');
  end
  options = pairs;
  options(1:2:end) = strrep(options(1:2:end), '_', '-');
  for k = 2:2:numel(options)
    if ~ischar(options{k})
      options{k} = num2str(options{k}, 17);
    end
  end
end
