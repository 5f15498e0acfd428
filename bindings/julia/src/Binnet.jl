"""
The exact mathematics of small networks of binary neurons: the core of libbinnet. `J[i, j]` is the weight from neuron j to neuron i.
A state is a `UInt64` whose bit i is neuron i, counted from 0. All functions by their C names are in `Binnet.LibBinnet`.
"""
module Binnet

include("LibBinnet.jl")
using .LibBinnet

export Network, Noise, gaussian, logistic, uniform, laplace, Chain, stationary, evolve, probabilities, mean, covariance, attractors,
    Diagram, fixed_points, query, regions, permanent, order_cdf, read_network, read_law, read_patterns, BinnetError

"A call failed: the library's code and its line about it."
struct BinnetError <: Exception
    code::Int32
    message::String
end
Base.showerror(io::IO, e::BinnetError) = print(io, e.message, " (libbinnet code ", e.code, ")")

"""
    with_ctx(f; threads, memory, tolerance)

Calls f with a context of its own and turns a status into an exception.
"""
function with_ctx(f; threads=nothing, memory=nothing, tolerance=nothing)
    holder = Ref{Ptr{LibBinnet.binnet_ctx}}(C_NULL)
    code = LibBinnet.binnet_ctx_new(holder)
    code == LibBinnet.BINNET_OK || throw(BinnetError(code, unsafe_string(LibBinnet.binnet_strerror(code))))
    ctx = holder[]
    check(status) = if status != LibBinnet.BINNET_OK
        said = unsafe_string(LibBinnet.binnet_ctx_message(ctx))
        throw(BinnetError(status, isempty(said) ? unsafe_string(LibBinnet.binnet_strerror(status)) : said))
    end
    try
        threads === nothing || check(LibBinnet.binnet_ctx_set_i64(ctx, LibBinnet.BINNET_P_THREADS, threads))
        memory === nothing || check(LibBinnet.binnet_ctx_set_i64(ctx, LibBinnet.BINNET_P_MEMORY_LIMIT, memory))
        tolerance === nothing || check(LibBinnet.binnet_ctx_set_f64(ctx, LibBinnet.BINNET_P_TOLERANCE, tolerance))
        return f(ctx, check)
    finally
        LibBinnet.binnet_ctx_free(ctx)
    end
end

for (name, c) in ((:Network, :binnet_net), (:Noise, :binnet_noise), (:Chain, :binnet_chain), (:Law, :binnet_law),
                  (:AttractorList, :binnet_attractors), (:Diagram, :binnet_diagram), (:RegionList, :binnet_regions),
                  (:Import, :binnet_import), (:File, :binnet_network_file), (:PatternFile, :binnet_pattern_file))
    free = Symbol(c, :_free)
    @eval mutable struct $name
        pointer::Ptr{LibBinnet.$c}
        function $name(pointer::Ptr{LibBinnet.$c})
            object = new(pointer)
            finalizer(o -> LibBinnet.$free(o.pointer), object)
            return object
        end
    end
end

rows(J) = Matrix{Cdouble}(transpose(J)) # row after row, as the library has it
one_each(x::Number, n) = fill(Cdouble(x), n)
function one_each(x, n)
    length(x) == n || throw(DimensionMismatch("one number for each of the $n neurons is needed"))
    return collect(Cdouble, x)
end

"""
    Network(J; threshold=0, stimulus=0, populations=nothing)

populations: a label 0, 1, ... for each neuron; those of one label hear one stimulus in a diagram.
"""
function Network(J::AbstractMatrix; threshold=0.0, stimulus=0.0, populations=nothing)
    n = size(J, 1)
    size(J, 2) == n || throw(DimensionMismatch("J must be square"))
    weights, theta, input = rows(J), one_each(threshold, n), one_each(stimulus, n)
    with_ctx() do ctx, check
        out = Ref{Ptr{LibBinnet.binnet_net}}(C_NULL)
        check(LibBinnet.binnet_net_new(ctx, out, n, weights, C_NULL, theta, input))
        net = Network(out[])
        populations === nothing && return net
        length(populations) == n || throw(DimensionMismatch("one population for each neuron is needed"))
        labels = collect(Int32, populations)
        GC.@preserve net check(LibBinnet.binnet_net_with_populations(ctx, out, net.pointer, maximum(labels) + 1, labels))
        return Network(out[])
    end
end

const UPDATES = Dict(:synchronous => LibBinnet.BINNET_UPDATE_SYNCHRONOUS, :asynchronous => LibBinnet.BINNET_UPDATE_ASYNCHRONOUS,
                     :sweep => LibBinnet.BINNET_UPDATE_SWEEP)

# the command's options of reading, `_` for `-`
function import_with(ctx, check, options)
    how = Ref{Ptr{LibBinnet.binnet_import}}(C_NULL)
    check(LibBinnet.binnet_import_new(ctx, how))
    import_ = Import(how[])
    GC.@preserve import_ for (option, value) in options
        check(LibBinnet.binnet_import_set(ctx, import_.pointer, replace(String(option), '_' => '-'), string(value)))
    end
    return import_
end

"""
    read_law(path; ...)

A law over states from a file (.npy, CSV). Needs libbinnet-files.
"""
function read_law(path::AbstractString; options...)
    with_ctx() do ctx, check
        import_ = import_with(ctx, check, options)
        out = Ref{Ptr{LibBinnet.binnet_law}}(C_NULL)
        GC.@preserve import_ check(LibBinnet.binnet_law_read(ctx, out, String(path), import_.pointer))
        return Law(out[])
    end
end

"""
    read_patterns(path; ...)

Patterns, and the transitions of the sequences and cycles they form, each a row of activities. Needs libbinnet-files.
"""
function read_patterns(path::AbstractString; options...)
    with_ctx() do ctx, check
        import_ = import_with(ctx, check, options)
        holder = Ref{Ptr{LibBinnet.binnet_pattern_file}}(C_NULL)
        GC.@preserve import_ check(LibBinnet.binnet_pattern_file_read(ctx, holder, String(path), import_.pointer))
        file = PatternFile(holder[])
        GC.@preserve file begin
            f = file.pointer
            n, count, pairs = Int.((LibBinnet.binnet_pattern_file_neurons(f), LibBinnet.binnet_pattern_file_count(f),
                                    LibBinnet.binnet_pattern_file_transitions(f)))
            states, from, to = zeros(UInt8, n, count), zeros(UInt8, n, pairs), zeros(UInt8, n, pairs)
            check(LibBinnet.binnet_pattern_file_states(ctx, states, count, n, f))
            check(LibBinnet.binnet_pattern_file_pairs(ctx, from, to, pairs, n, f))
            names = [unsafe_string(LibBinnet.binnet_pattern_file_name(f, k)) for k in 0:count-1]
            return (names=names, states=permutedims(states), from=permutedims(from), to=permutedims(to))
        end
    end
end

"""
    read_network(path; orientation="pre-rows", ...)

A network file as the command binnet reads it, with its options (`_` for `-`): network, names, noise and update (nothing where the
file does not say). Needs libbinnet-files.
"""
function read_network(path::AbstractString; options...)
    with_ctx() do ctx, check
        import_ = import_with(ctx, check, options)
        holder = Ref{Ptr{LibBinnet.binnet_network_file}}(C_NULL)
        GC.@preserve import_ check(LibBinnet.binnet_network_file_read(ctx, holder, String(path), import_.pointer))
        file = File(holder[])
        GC.@preserve file begin
            f = file.pointer
            out = Ref{Ptr{LibBinnet.binnet_net}}(C_NULL)
            check(LibBinnet.binnet_network_file_net(ctx, out, f))
            network, noise = Network(out[]), nothing
            if LibBinnet.binnet_network_file_noise_kind(f) != 0
                drawn = Ref{Ptr{LibBinnet.binnet_noise}}(C_NULL)
                check(LibBinnet.binnet_network_file_noise(ctx, drawn, f))
                noise = Noise(drawn[])
            end
            rule = LibBinnet.binnet_network_file_update(f)
            names = [unsafe_string(LibBinnet.binnet_network_file_name(f, i)) for i in 0:Int(LibBinnet.binnet_network_file_neurons(f))-1]
            return (network=network, names=names, noise=noise, update=rule == 0 ? nothing : findfirst(==(rule), UPDATES))
        end
    end
end

for kind in (:gaussian, :logistic, :uniform, :laplace)
    make = Symbol(:binnet_noise_new_, kind)
    @eval $kind(scale::AbstractVector) = with_ctx() do ctx, check
        out = Ref{Ptr{LibBinnet.binnet_noise}}(C_NULL)
        check(LibBinnet.$make(ctx, out, length(scale), collect(Cdouble, scale)))
        return Noise(out[])
    end
end

Chain(net::Network, noise::Noise, update::Symbol=:asynchronous) = with_ctx() do ctx, check
    out = Ref{Ptr{LibBinnet.binnet_chain}}(C_NULL)
    GC.@preserve net noise check(LibBinnet.binnet_chain_new(ctx, out, net.pointer, noise.pointer, UPDATES[update]))
    return Chain(out[])
end

stationary(chain::Chain; options...) = with_ctx(; options...) do ctx, check
    out = Ref{Ptr{LibBinnet.binnet_law}}(C_NULL)
    GC.@preserve chain check(LibBinnet.binnet_chain_stationary(ctx, out, chain.pointer))
    return Law(out[])
end

evolve(chain::Chain, start::Law, steps::Integer; options...) = with_ctx(; options...) do ctx, check
    out = Ref{Ptr{LibBinnet.binnet_law}}(C_NULL)
    GC.@preserve chain start check(LibBinnet.binnet_chain_evolve(ctx, out, chain.pointer, start.pointer, steps))
    return Law(out[])
end

neurons(law::Law) = GC.@preserve law Int(LibBinnet.binnet_law_neurons(law.pointer))

"Probability of each state; entry s + 1 is of state s."
function probabilities(law::Law)
    GC.@preserve law begin
        size = Int(LibBinnet.binnet_law_size(law.pointer))
        return copy(unsafe_wrap(Array, LibBinnet.binnet_law_data(law.pointer), size))
    end
end

mean(law::Law) = with_ctx() do ctx, check
    out = Vector{Cdouble}(undef, neurons(law))
    GC.@preserve law check(LibBinnet.binnet_law_mean(ctx, out, length(out), law.pointer))
    return out
end

covariance(law::Law) = with_ctx() do ctx, check
    n = neurons(law)
    out = Matrix{Cdouble}(undef, n, n) # symmetric
    GC.@preserve law check(LibBinnet.binnet_law_covariance(ctx, out, n, law.pointer))
    return out
end

"Attractors at the network's stimuli: basin (states that lead there) and states of each."
attractors(net::Network; options...) = with_ctx(; options...) do ctx, check
    out = Ref{Ptr{LibBinnet.binnet_attractors}}(C_NULL)
    GC.@preserve net check(LibBinnet.binnet_attractors_new(ctx, out, net.pointer))
    list = AttractorList(out[])
    GC.@preserve list begin
        a = list.pointer
        count = Int(LibBinnet.binnet_attractors_count(a))
        return [(basin=LibBinnet.binnet_attractors_basin(a, k),
                 states=[LibBinnet.binnet_attractors_state(a, k, s) for s in 0:Int(LibBinnet.binnet_attractors_period(a, k))-1])
                for k in 0:count-1]
    end
end

"All fixed points and cycles over the stimuli of the network's populations."
Diagram(net::Network; options...) = with_ctx(; options...) do ctx, check
    out = Ref{Ptr{LibBinnet.binnet_diagram}}(C_NULL)
    GC.@preserve net check(LibBinnet.binnet_diagram_new(ctx, out, net.pointer))
    return Diagram(out[])
end

axes_of(d::Diagram) = GC.@preserve d Int(LibBinnet.binnet_diagram_axes(d.pointer))

"States with lo <= I < hi for which each is a fixed point."
fixed_points(d::Diagram) = with_ctx() do ctx, check
    n = axes_of(d)
    GC.@preserve d begin
        return map(0:Int(LibBinnet.binnet_diagram_fixed_count(d.pointer))-1) do k
            state, lo, hi = Ref{UInt64}(0), Vector{Cdouble}(undef, n), Vector{Cdouble}(undef, n)
            check(LibBinnet.binnet_diagram_fixed(d.pointer, k, state, lo, hi))
            (state=state[], lo=lo, hi=hi)
        end
    end
end

"How many fixed points and cycles exist at a point."
query(d::Diagram, point::AbstractVector) = with_ctx() do ctx, check
    length(point) == axes_of(d) || throw(DimensionMismatch("one stimulus for each axis is needed"))
    fixed, cycles = Ref{UInt64}(0), Ref{UInt64}(0)
    GC.@preserve d check(LibBinnet.binnet_diagram_query(ctx, d.pointer, collect(Cdouble, point), fixed, C_NULL, cycles, C_NULL, 0))
    return (fixed_points=fixed[], cycles=cycles[])
end

"The window lo..hi of a diagram over one or two stimuli, in regions of equal behaviour."
regions(d::Diagram, lo::AbstractVector, hi::AbstractVector) = with_ctx() do ctx, check
    n = axes_of(d)
    (n <= 2 && length(lo) == n && length(hi) == n) || throw(DimensionMismatch("one or two stimuli, both ends for each"))
    out = Ref{Ptr{LibBinnet.binnet_regions}}(C_NULL)
    GC.@preserve d check(LibBinnet.binnet_regions_new(ctx, out, d.pointer, n, Int32[0, 1], C_NULL, collect(Cdouble, lo),
                                                      collect(Cdouble, hi), LibBinnet.BINNET_REGIONS_BY_LABEL))
    list = RegionList(out[])
    GC.@preserve list begin
        return map(0:Int(LibBinnet.binnet_regions_count(list.pointer))-1) do k
            fixed, area = Ref{Cdouble}(0), Ref{Cdouble}(0)
            check(LibBinnet.binnet_regions_label(list.pointer, k, C_NULL, fixed, C_NULL, C_NULL, C_NULL, area))
            (fixed_points=fixed[], area=area[])
        end
    end
end

"Permanent of a square matrix, and a bound on its error."
permanent(A::AbstractMatrix; options...) = with_ctx(; options...) do ctx, check
    size(A, 1) == size(A, 2) || throw(DimensionMismatch("A must be square"))
    value, bound = Ref{Cdouble}(0), Ref{Cdouble}(0)
    check(LibBinnet.binnet_permanent(ctx, value, bound, size(A, 1), rows(A)))
    return (value=value[], error_bound=bound[])
end

"Probability that the r-th smallest of independent variables is at most x, F[i] = Pr(X_i <= x)."
order_cdf(F::AbstractVector, r::Integer) = with_ctx() do ctx, check
    out = Ref{Cdouble}(0)
    check(LibBinnet.binnet_order_cdf(ctx, out, length(F), collect(Cdouble, F), C_NULL, r))
    return out[]
end

end
