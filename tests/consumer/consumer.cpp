// The same from C++17, with the objects held by smart pointers.
#include <binnet/binnet.h>

#include <cmath>
#include <cstdio>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct deleter {
    void operator()(binnet_ctx *p) const { binnet_ctx_free(p); }
    void operator()(binnet_net *p) const { binnet_net_free(p); }
    void operator()(binnet_noise *p) const { binnet_noise_free(p); }
    void operator()(binnet_chain *p) const { binnet_chain_free(p); }
    void operator()(binnet_law *p) const { binnet_law_free(p); }
};
template <class T> using owned = std::unique_ptr<T, deleter>;

// Calls make(&raw) and owns what it made.
template <class T, class Make> owned<T> made(const binnet_ctx *ctx, Make make)
{
    T *raw = nullptr;
    const std::int32_t code = make(&raw);
    owned<T> object(raw);
    if (code != BINNET_OK)
        throw std::runtime_error(std::string(binnet_strerror(code)) + ": " + binnet_ctx_message(ctx));
    return object;
}

} // namespace

int main()
try {
    const std::vector<double> J{0, 1.5, -2, 0.5, 0, 1, -1, 2, 0}, theta{0.25, -0.5, 0.75}, scale{1, 0.5, 2};
    const auto ctx = made<binnet_ctx>(nullptr, [](binnet_ctx **p) { return binnet_ctx_new(p); });
    binnet_ctx *const c = ctx.get();
    const auto chain = [&] {
        const auto net = made<binnet_net>(
            c, [&](binnet_net **p) { return binnet_net_new(c, p, 3, J.data(), nullptr, theta.data(), nullptr); });
        const auto noise = made<binnet_noise>(
            c, [&](binnet_noise **p) { return binnet_noise_new_gaussian(c, p, 3, scale.data()); });
        return made<binnet_chain>(c, [&](binnet_chain **p) {
            return binnet_chain_new(c, p, net.get(), noise.get(), BINNET_UPDATE_SYNCHRONOUS);
        });
    }();
    const auto law =
        made<binnet_law>(c, [&](binnet_law **p) { return binnet_chain_stationary(c, p, chain.get()); });
    std::vector<double> mean(3);
    if (binnet_law_mean(c, mean.data(), mean.size(), law.get()) != BINNET_OK)
        throw std::runtime_error(binnet_ctx_message(c));
    const double *const pi = binnet_law_data(law.get());
    const double sum = std::accumulate(pi, pi + binnet_law_size(law.get()), 0.0);
    std::printf("%s sum %.12f mean %.12f %.12f %.12f\n", binnet_version(), sum, mean[0], mean[1], mean[2]);
    return std::fabs(sum - 1) < 1e-14 ? 0 : 1;
} catch (const std::exception &e) {
    std::printf("%s\n", e.what());
    return 1;
}
