function law = evolve(net, noise, update, p0, steps)
% LAW = binnet.evolve(NET, NOISE, UPDATE, P0, STEPS): the law so many steps after P0, as from binnet.stationary.
  law = binnet_mex('evolve', net, noise, update, double(p0(:)), double(steps));
end
