# One circuit through the core of the library: the same numbers as examples/circuit.c.
using Binnet, Printf

J = [0 -1 0; -2 0 -1; -2 -1 0] # J[i, j]: from j to i
net = Network(J; stimulus=1.2)
law = stationary(Chain(net, gaussian(fill(0.5, 3))))
for (k, p) in enumerate(probabilities(law))
    @printf("law %d %.17g\n", k - 1, p)
end
for (k, m) in enumerate(mean(law))
    @printf("mean %d %.17g\n", k - 1, m)
end
c = covariance(law)
for i in 1:3, j in 1:3
    @printf("covariance %d %d %.17g\n", i - 1, j - 1, c[i, j])
end
for a in attractors(net)
    println("attractor basin ", Int(a.basin), " states ", join(Int.(a.states), " "))
end
d = Diagram(Network(J; stimulus=1.2, populations=[0, 1, 1]))
for f in fixed_points(d)
    @printf("fixed point %d from %.17g %.17g to %.17g %.17g\n", f.state, f.lo..., f.hi...)
end
found = query(d, [1.2, 2.5])
println("at 1.2 2.5 fixed points ", Int(found.fixed_points), " cycles ", Int(found.cycles))
for r in regions(d, [-1, -1], [4, 4])
    @printf("region fixed points %.17g area %.17g\n", r.fixed_points, r.area)
end
p = permanent([1 / (i + j + 1) for i in 0:3, j in 0:3])
@printf("permanent %.17g error at most %.17g\n", p.value, p.error_bound)
@printf("order 2 %.17g\n", order_cdf([0.1, 0.2, 0.3, 0.4], 2))
try
    gaussian([0.5, -1, 0.5])
catch e
    e isa BinnetError || rethrow()
    println("refused ", e.code, ": ", e.message)
end
