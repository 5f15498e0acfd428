function p = order_cdf(F, r)
% P = binnet.order_cdf(F, R): probability that the r-th smallest of independent variables is at most x, F(i) = Pr(X_i <= x).
  p = binnet_mex('order_cdf', double(F(:)), double(r));
end
