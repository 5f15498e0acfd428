# What the example does not show: data frames and Matrix in, conditions, limits, objects that outlive their parts.
library(binnet)
count <- 0
check <- function(ok) {
    count <<- count + 1
    if (!isTRUE(ok)) stop("check ", count, " failed: ", deparse(sys.call()))
}
code_of <- function(expr) tryCatch({ expr; 0L }, binnet_error = function(e) e$code)
J <- matrix(c(0, -2, -2, -1, 0, -1, 0, -1, 0), 3, dimnames = list(c("a", "b", "c"), NULL))
law_p <- function(net) probabilities(stationary(chain(net, noise("logistic", 0.7))))
p <- law_p(network(J, threshold = 0.1, stimulus = c(1, 0.5, 0.2)))
check(all.equal(sum(p), 1, tolerance = 1e-15))
check(identical(p, law_p(network(as.data.frame(J), threshold = 0.1, stimulus = c(1, 0.5, 0.2)))))
if (requireNamespace("Matrix", quietly = TRUE)) {
    S <- Matrix::Matrix(J, sparse = TRUE)
    check(identical(p, law_p(network(S, threshold = 0.1, stimulus = c(1, 0.5, 0.2)))))
    symmetric <- Matrix::Matrix(rbind(c(0, 1), c(1, 0)), sparse = TRUE) # dsCMatrix: half of it is stored
    check(identical(law_p(network(symmetric)), law_p(network(rbind(c(0, 1), c(1, 0))))))
    check(permanent(Matrix::Matrix(rbind(c(1, 2), c(3, 4)))) == 10)
}
ch <- chain(network(J, stimulus = 1), noise("student_t", 1, dof = 3), "synchronous")
P <- transition_matrix(ch)
law <- stationary(ch)
check(max(abs(rowSums(P) - 1)) < 1e-14)
check(max(abs(probabilities(law) %*% P - probabilities(law))) < 1e-14)
one <- c(1, rep(0, 7))
check(max(abs(probabilities(evolve(ch, one, 2)) - one %*% P %*% P)) < 1e-15)
check(max(abs(correlation(law) - cov2cor(covariance(law)))) < 1e-12)
check(identical(names(mean(law)), c("a", "b", "c")))
f <- as.data.frame(law)
check(f$digits[2] == "100" && abs(sum(f$probability[substr(f$digits, 1, 1) == "1"]) - mean(law)[["a"]]) < 1e-15)
check(all(residual(law) < 1e-10) && entropy(law) > 0)
# noise of a neuron of its own and correlated with the others
C <- 0.25 * (diag(3) + 1)
check(abs(sum(probabilities(stationary(chain(network(J), noise(C), "synchronous")))) - 1) < 1e-12)
d <- diagram(network(J, populations = c("x", "y", "y")))
check(identical(names(fixed_points(d))[3:6], c("lo.x", "lo.y", "hi.x", "hi.y")))
r <- regions(d, c(-5, -5), c(5, 5))
check(abs(sum(r$area) - 100) < 1e-9)
at <- query(d, c(1.2, 2.5))
check(all(fixed_points(d)$lo.x[at$fixed_points] <= 1.2))
check(nrow(cycles(d)) >= length(at$cycles))
# conditions
check(code_of(network(J, normalisation = -1)) == 102L)
check(code_of(network(J, threshold = NaN)) == 104L)
check(code_of(noise_of <- chain(network(J), noise("gaussian", -1))) == 102L)
check(code_of(order_cdf(c(0.1, 1.2), 1)) == 102L)
check(inherits(tryCatch(network(J[1:2, ]), error = identity), "error"))
check(inherits(tryCatch(network(J, threshold = 1:2), error = identity), "error"))
check(inherits(tryCatch(network(J, normalisation = 0), error = identity), "binnet_input_error"))
binnet_options(memory = 2^20)
check(code_of(attractors(network(matrix(0, 20, 20)))) == 202L)
binnet_options(memory = 2^31, threads = 2)
check(code_of(binnet_options(threads = 1000)) == 102L)
# a saved object is told from a living one
path <- tempfile()
saveRDS(law, path)
check(grepl("another session", tryCatch(mean(readRDS(path)), error = conditionMessage)))
check(grepl("not a binnet", tryCatch(.Call(binnet:::C_law_p, d$pointer), error = conditionMessage)))
rm(ch); invisible(gc())
check(sum(probabilities(law)) > 0.99)
# files, where the package was built beside libbinnet-files
path <- tempfile(fileext = ".csv")
writeLines(c("pre\\post,a,b", "a,0,-2", "b,2,0"), path)
read <- tryCatch(read_network(path, weights_scale = 0.5), error = conditionMessage)
if (is.list(read)) {
    check(is.null(read$noise) && is.null(read$update) && identical(read$network$names, c("a", "b")))
    check(identical(law_p(read$network), law_p(network(rbind(c(0, 1), c(-1, 0))))))
    check(code_of(read_network(path, orientation = "sideways")) == 102L)
    check(code_of(read_network(paste0(path, "x"))) == 108L)
    path <- tempfile(fileext = ".json")
    writeLines(c('{"format": "binnet-network 1", "neurons": [{"name": "a", "threshold": 0.5}], "edges": [],',
                 '"noise": {"kind": "logistic", "scale": 0.5}, "update": "sweep"}'), path)
    read <- read_network(path)
    check(identical(read$update, "sweep"))
    check(abs(mean(stationary(chain(read$network, read$noise, read$update))) - 1 / (1 + exp(1))) < 1e-15)
} else {
    check(grepl("without libbinnet-files", read))
}
cat(count, "checks in R\n")
