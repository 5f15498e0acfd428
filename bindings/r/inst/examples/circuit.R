# One circuit through the core of the library: the same numbers as examples/circuit.c.
library(binnet)
show <- function(...) cat(..., "\n")
num <- function(x) formatC(as.double(x), digits = 17, format = "g")

J <- rbind(c(0, -1, 0), c(-2, 0, -1), c(-2, -1, 0)) # J[i, j]: from j to i
net <- network(J, stimulus = 1.2, names = c("AB/PD", "LP", "PY"))
law <- stationary(chain(net, noise("gaussian", 0.5)))
p <- probabilities(law)
for (s in seq_along(p)) show("law", s - 1, num(p[s]))
m <- mean(law)
for (i in 1:3) show("mean", i - 1, num(m[i]))
cov <- covariance(law)
for (i in 1:3) for (j in 1:3) show("covariance", i - 1, j - 1, num(cov[i, j]))

found <- attractors(net)
for (k in seq_len(nrow(found))) show("attractor basin", found$basin[k], "states", found$states[[k]])

d <- diagram(network(J, stimulus = 1.2, populations = c("a", "b", "b")))
f <- fixed_points(d)
for (k in seq_len(nrow(f))) show("fixed point", f$state[k], "from", num(f[k, c("lo.a", "lo.b")]), "to", num(f[k, c("hi.a", "hi.b")]))
at <- query(d, c(1.2, 2.5))
show("at 1.2 2.5 fixed points", length(at$fixed_points), "cycles", length(at$cycles))
r <- regions(d, c(-1, -1), c(4, 4))
for (k in seq_len(nrow(r))) show("region fixed points", r$fixed_points[k], "area", num(r$area[k]))

value <- permanent(outer(0:3, 0:3, function(i, j) 1 / (i + j + 1)))
show("permanent", num(value), "error at most", num(attr(value, "error_bound")))
show("order 2", num(order_cdf(c(0.1, 0.2, 0.3, 0.4), 2)))
tryCatch(chain(net, noise("gaussian", c(0.5, -1, 0.5))),
         binnet_input_error = function(e) show(paste0("refused ", e$code, ": ", e$detail)))
