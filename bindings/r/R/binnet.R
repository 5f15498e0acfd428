# The core of libbinnet for R. J[i, j] is the weight from neuron j to neuron i. A state is a whole number whose bit i is neuron i,
# counted from 0; rows of tables are counted from 1, as everything in R.

# Raised by the C side: a condition of class binnet_error with the library's code; 0: the user's interrupt.
signal_code <- function(code, what, message) {
    if (code == 0L) {
        signalCondition(structure(class = c("interrupt", "condition"), list(message = "interrupted", call = NULL)))
        invokeRestart("abort")
    }
    group <- c("1" = "binnet_input_error", "2" = "binnet_resource_error", "3" = "binnet_numerical_error")[as.character(code %/% 100L)]
    if (is.na(group)) group <- "binnet_internal_error"
    text <- if (nzchar(message)) message else what
    stop(structure(class = c(unname(group), "binnet_error", "error", "condition"),
                   list(message = paste0(text, " (libbinnet code ", code, ")"), call = NULL, code = code, detail = text)))
}

binnet_options <- function(threads = NULL, memory = NULL, tolerance = NULL) invisible(.Call(C_set, threads, memory, tolerance))

library_version <- function() .Call(C_version)

one_each <- function(x, n, name) {
    x <- as.double(x)
    if (length(x) == 1L) x <- rep(x, n)
    if (length(x) != n) stop("one ", name, " for each of the ", n, " neurons is needed, or one for all")
    x
}

choice <- function(x, values, what) {
    k <- match(x, names(values))
    if (length(x) != 1L || is.na(k)) stop(what, " must be one of: ", paste(names(values), collapse = ", "))
    values[[k]]
}

network <- function(J, threshold = 0, stimulus = 0, normalisation = NULL, names = NULL, populations = NULL, tie = "active") {
    if (is.data.frame(J)) J <- as.matrix(J)
    n <- nrow(J)
    if (is.null(n) || n != ncol(J)) stop("J must be a square matrix")
    if (is.null(names)) names <- rownames(J)
    if (is.null(names)) names <- paste0("n", seq_len(n) - 1L)
    if (length(names) != n) stop("one name for each neuron is needed")
    threshold <- one_each(threshold, n, "threshold")
    stimulus <- one_each(stimulus, n, "stimulus")
    M <- if (is.null(normalisation)) NULL else one_each(normalisation, n, "normalisation")
    pointer <- if (inherits(J, "Matrix")) {
        rows <- methods::as(methods::as(methods::as(J, "dMatrix"), "generalMatrix"), "RsparseMatrix")
        .Call(C_net_sparse, rows@p, rows@j, rows@x, M, threshold, stimulus)
    } else {
        if (!is.numeric(J)) stop("J must be numeric")
        .Call(C_net, as.double(t(J)), n, M, threshold, stimulus)
    }
    if (!identical(tie, "active")) pointer <- .Call(C_net_with_tie, pointer, choice(tie, c(active = 0L, silent = 1L, keep = 2L), "tie"))
    axes <- NULL
    if (!is.null(populations)) {
        if (length(populations) != n) stop("one population for each neuron is needed")
        labels <- factor(populations, levels = unique(populations))
        axes <- levels(labels)
        pointer <- .Call(C_net_with_populations, pointer, nlevels(labels), as.integer(labels) - 1L)
    }
    structure(list(pointer = pointer, names = names, axes = axes), class = "binnet_network")
}

with_stimuli <- function(net, stimulus) {
    net$pointer <- .Call(C_net_with_stimuli, net$pointer, one_each(stimulus, length(net$names), "stimulus"))
    net
}

print.binnet_network <- function(x, ...) {
    cat("network of", length(x$names), "binary neurons:", utils::head(x$names, 12), if (length(x$names) > 12) "...", "\n")
    invisible(x)
}

# kind: gaussian, logistic, uniform, laplace, student_t; or a covariance matrix of Gaussian noise
noise <- function(kind = "gaussian", scale = 1, dof = NULL) {
    if (is.matrix(kind)) return(structure(list(covariance = kind), class = "binnet_noise"))
    code <- choice(kind, c(gaussian = 1L, logistic = 2L, uniform = 3L, laplace = 4L, student_t = 5L), "noise")
    if (code == 5L && is.null(dof)) stop("Student t needs its degrees of freedom, dof")
    structure(list(kind = code, scale = scale, dof = dof), class = "binnet_noise")
}

# Options are those of the command, with _ for -: from, orientation, names, where = c("type=chemical", ...), ...; TRUE for one
# without a value.
# name, value, name, value, ... of the command's options
import_options <- function(...) {
    options <- Filter(Negate(isFALSE), list(...))
    if (length(options) > 0 && (is.null(names(options)) || !all(nzchar(names(options))))) stop("options are given by name")
    as.character(unlist(lapply(names(options), function(o) rbind(gsub("_", "-", o), as.character(options[[o]])))))
}

read_law <- function(path, names = NULL, ...) {
    pointer <- .Call(C_read_law, path.expand(path), import_options(...))
    n <- .Call(C_law_neurons, pointer)
    if (is.null(names)) names <- as.character(seq_len(n))
    if (length(names) != n) stop("one name for each of the ", n, " neurons")
    law_of(pointer, as.character(names))
}

read_patterns <- function(path, ...) {
    found <- .Call(C_read_patterns, path.expand(path), import_options(...))
    list(states = structure(t(found[[1]]), dimnames = list(found[[2]], NULL)), from = t(found[[3]]), to = t(found[[4]]))
}

read_network <- function(path, ...) {
    found <- .Call(C_read_network, path.expand(path), import_options(...))
    net <- structure(list(pointer = found[[1]], names = found[[2]], axes = found[[3]]), class = "binnet_network")
    drawn <- if (is.null(found[[4]])) NULL else structure(list(pointer = found[[4]]), class = "binnet_noise")
    list(network = net, noise = drawn, update = found[[5]])
}

chain <- function(net, noise, update = "asynchronous") {
    n <- length(net$names)
    drawn <- if (!is.null(noise$pointer)) noise$pointer
             else if (is.null(noise$covariance)) .Call(C_noise, noise$kind, one_each(noise$scale, n, "scale"), noise$dof)
             else .Call(C_noise_covariance, as.double(noise$covariance), nrow(noise$covariance))
    code <- choice(update, c(synchronous = 1L, asynchronous = 2L, sweep = 3L), "update")
    structure(list(pointer = .Call(C_chain, net$pointer, drawn, code), names = net$names), class = "binnet_chain")
}

law_of <- function(pointer, names) structure(list(pointer = pointer, names = names), class = "binnet_law")
stationary <- function(chain) law_of(.Call(C_stationary, chain$pointer), chain$names)
evolve <- function(chain, start, steps = 1) {
    start <- if (inherits(start, "binnet_law")) start$pointer else as.double(start)
    law_of(.Call(C_evolve, chain$pointer, start, as.double(steps)), chain$names)
}
transition_matrix <- function(chain) t(.Call(C_chain_matrix, chain$pointer))

probabilities <- function(law) .Call(C_law_p, law$pointer)
mean.binnet_law <- function(x, ...) stats::setNames(.Call(C_law_mean, x$pointer), x$names)
named_square <- function(m, names) {
    dimnames(m) <- list(names, names)
    m
}
covariance <- function(law) named_square(.Call(C_law_pairs, law$pointer, FALSE), law$names)
correlation <- function(law) named_square(.Call(C_law_pairs, law$pointer, TRUE), law$names)
entropy <- function(law) .Call(C_law_entropy, law$pointer)
# ||pi P - pi||_1, and the estimated relative error of a probability
residual <- function(law) stats::setNames(.Call(C_law_quality, law$pointer), c("residual", "balance"))
digits_of <- function(state, n) vapply(state, function(s) paste(s %/% 2^(seq_len(n) - 1) %% 2, collapse = ""), "")
as.data.frame.binnet_law <- function(x, ...) {
    p <- probabilities(x)
    state <- seq_along(p) - 1
    data.frame(state = state, digits = digits_of(state, length(x$names)), probability = p)
}
print.binnet_law <- function(x, ...) {
    cat("law over", 2^length(x$names), "states of", length(x$names), "neurons; means:\n")
    print(mean(x))
    invisible(x)
}

attractors <- function(net) {
    found <- .Call(C_attractors, net$pointer)
    basin <- vapply(found, function(a) a[1], 0)
    out <- data.frame(period = lengths(found) - 1L, basin = basin, fraction = basin / 2^length(net$names))
    out$states <- lapply(found, function(a) a[-1])
    out
}

diagram <- function(net) {
    pointer <- .Call(C_diagram, net$pointer)
    axes <- net$axes
    if (is.null(axes)) axes <- paste0("I", seq_len(.Call(C_diagram_axes, pointer)) - 1L)
    structure(list(pointer = pointer, axes = axes), class = "binnet_diagram")
}
boxes_of <- function(d, cycles, first) {
    m <- .Call(C_diagram_boxes, d$pointer, cycles)
    colnames(m) <- c(first, "multiplicity", paste0("lo.", d$axes), paste0("hi.", d$axes))
    as.data.frame(m, check.names = FALSE)
}
fixed_points <- function(d) boxes_of(d, FALSE, "state")
cycles <- function(d) boxes_of(d, TRUE, "period")
as.data.frame.binnet_diagram <- function(x, ...) fixed_points(x)
query <- function(d, stimulus) stats::setNames(.Call(C_diagram_query, d$pointer, as.double(stimulus)), c("fixed_points", "cycles"))
regions <- function(d, lo = rep(-Inf, length(d$axes)), hi = rep(Inf, length(d$axes))) {
    m <- .Call(C_regions, d$pointer, as.double(lo), as.double(hi))
    colnames(m) <- c("label", "fixed_points", "periods", "broken", "area")
    as.data.frame(m)
}
print.binnet_diagram <- function(x, ...) {
    cat("bifurcation diagram over", length(x$axes), "stimuli:", nrow(fixed_points(x)), "fixed points,", nrow(cycles(x)), "cycles\n")
    invisible(x)
}

permanent <- function(A) {
    A <- as.matrix(A)
    if (nrow(A) != ncol(A)) stop("A must be square")
    value <- .Call(C_permanent, as.double(t(A)), nrow(A))
    structure(value[1], error_bound = value[2])
}

order_cdf <- function(F, r) .Call(C_order_cdf, as.double(F), as.integer(r))
