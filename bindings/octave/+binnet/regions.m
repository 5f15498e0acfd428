function out = regions(net, lo, hi)
% R = binnet.regions(NET, LO, HI): the window LO..HI of the diagram over one or two stimuli in regions of equal behaviour: R(k).label,
% .fixed_points, .broken, .area.
  out = binnet_mex('regions', net, double(lo(:)), double(hi(:)));
end
