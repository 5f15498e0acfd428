/*
 * The counting allocator and the networks of the resource tests.
 */
#define _POSIX_C_SOURCE 200809L
#include "meter.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

const char *const net_names[NET_KINDS] = {"dense", "csr", "homogeneous", "sinks"};
const char *const noise_names[NOISE_KINDS] = {"gaussian", "logistic", "uniform", "laplace",
                                              "student",  "custom",   "partial"};
const char *const chain_names[CHAIN_KINDS] = {"synchronous", "asynchronous", "sweep", "blocks", "select", "order"};

/* Before each allocation; as large as the strictest alignment of malloc. */
typedef union header {
    struct {
        size_t bytes;
        uint64_t mark;
    } its;
    max_align_t align;
} header;

static const uint64_t mark = 0x6d65746572656431u;
static pthread_t home;

static int refuse(meter *m)
{
    size_t k = m->calls++;
    if (!pthread_equal(pthread_self(), home))
        m->broken = 1;
    if (k == m->fail_at || (m->keep_failing && k > m->fail_at)) {
        m->failures++;
        return 1;
    }
    return 0;
}

static void count(meter *m, size_t bytes)
{
    m->live++;
    m->live_bytes += bytes;
    if (m->live_bytes > m->peak_bytes)
        m->peak_bytes = m->live_bytes;
}

static void *meter_alloc(void *user, size_t size)
{
    meter *m = user;
    if (refuse(m) || size > SIZE_MAX - sizeof(header))
        return NULL;
    header *h = malloc(sizeof *h + size);
    if (h == NULL)
        return NULL;
    h->its.bytes = size;
    h->its.mark = mark;
    count(m, size);
    memset(h + 1, 0xa5, size < 4096 ? size : 4096); /* nobody may count on zeros */
    return h + 1;
}

static void meter_free(void *user, void *p)
{
    meter *m = user;
    if (p == NULL)
        return;
    header *h = (header *)p - 1;
    if (h->its.mark != mark || !pthread_equal(pthread_self(), home)) {
        m->broken = 1;
        return;
    }
    h->its.mark = 0;
    m->live--;
    m->live_bytes -= h->its.bytes;
    free(h);
}

static void *meter_realloc(void *user, void *p, size_t size)
{
    meter *m = user;
    if (p == NULL)
        return meter_alloc(user, size);
    header *old = (header *)p - 1;
    if (old->its.mark != mark)
        m->broken = 1;
    void *q = meter_alloc(user, size); /* both live for a moment, as with a real one */
    if (q == NULL)
        return NULL;
    memcpy(q, p, old->its.bytes < size ? old->its.bytes : size);
    meter_free(user, p);
    return q;
}

void meter_reset(meter *m)
{
    *m = (meter){.fail_at = NEVER};
    home = pthread_self();
}

int32_t meter_ctx(meter *m, binnet_ctx **out)
{
    return binnet_ctx_new_alloc(out, meter_alloc, meter_realloc, meter_free, m);
}

double draw(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(int32_t)(*state >> 32) / 2147483648.0;
}

enum { MOST = 32 };

int32_t make_net(binnet_ctx *ctx, binnet_net **out, int kind, size_t n, uint64_t seed)
{
    double J[MOST * MOST], theta[MOST], I[MOST], M[MOST];
    uint64_t s = seed;
    *out = NULL;
    if (n > MOST)
        return BINNET_E_RANGE;
    for (size_t k = 0; k < n * n; k++)
        J[k] = draw(&s);
    for (size_t i = 0; i < n; i++) {
        theta[i] = 0.5 * draw(&s);
        I[i] = 0.5 * draw(&s);
        M[i] = 1 + 0.5 * fabs(draw(&s));
    }
    if (kind == NET_DENSE)
        return binnet_net_new(ctx, out, n, J, M, theta, I);
    if (kind == NET_SINKS) { /* neurons n-1 and n-2 influence nobody but n-1, which n-2 does */
        for (size_t i = 0; i < n; i++) {
            J[i * n + n - 1] = 0;
            if (i != n - 1)
                J[i * n + n - 2] = 0;
        }
        return binnet_net_new(ctx, out, n, J, NULL, theta, NULL);
    }
    if (kind == NET_CSR) { /* a ring with a second neighbour */
        int64_t row_ptr[MOST + 1] = {0};
        int32_t col[2 * MOST];
        double w[2 * MOST];
        size_t e = 0;
        for (size_t i = 0; i < n; i++) {
            size_t a = (i + 1) % n, b = (i + n - 1) % n;
            if (a > b) {
                size_t swap = a;
                a = b;
                b = swap;
            }
            col[e] = (int32_t)a;
            w[e++] = draw(&s);
            if (b != a) {
                col[e] = (int32_t)b;
                w[e++] = draw(&s);
            }
            row_ptr[i + 1] = (int64_t)e;
        }
        return binnet_net_new_csr(ctx, out, n, row_ptr, col, w, M, theta, I);
    }
    int64_t size[2] = {(int64_t)(n / 2), (int64_t)(n - n / 2)};
    if (n == 1)
        size[0] = 1;
    return binnet_net_new_homogeneous(ctx, out, n > 1 ? 2 : 1, size, J, M, theta, I, 0);
}

static double custom_cdf(void *user, double x)
{
    (void)user;
    return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
}

static double custom_survival(void *user, double x)
{
    return custom_cdf(user, -x);
}

int32_t make_noise(binnet_ctx *ctx, binnet_noise **out, int kind, size_t n)
{
    double scale[MOST];
    *out = NULL;
    if (n > MOST)
        return BINNET_E_RANGE;
    for (size_t i = 0; i < n; i++)
        scale[i] = kind == NOISE_PARTIAL && i % 2 == 1 ? 0 : 0.4 + 0.05 * (double)(i % 5);
    switch (kind) {
    case NOISE_GAUSSIAN:
    case NOISE_PARTIAL:
        return binnet_noise_new_gaussian(ctx, out, n, scale);
    case NOISE_LOGISTIC:
        return binnet_noise_new_logistic(ctx, out, n, scale);
    case NOISE_UNIFORM:
        return binnet_noise_new_uniform(ctx, out, n, scale);
    case NOISE_LAPLACE:
        return binnet_noise_new_laplace(ctx, out, n, scale);
    case NOISE_STUDENT:
        return binnet_noise_new_student_t(ctx, out, n, scale, 3);
    default:
        return binnet_noise_new_custom(ctx, out, n, scale, custom_cdf, custom_survival, NULL, NULL);
    }
}

int32_t make_chain(binnet_ctx *ctx, binnet_chain **out, int kind, const binnet_net *net, const binnet_noise *noise)
{
    size_t n = binnet_net_neurons(net);
    double select[MOST];
    int32_t order[MOST], block[MOST];
    *out = NULL;
    if (n > MOST)
        return BINNET_E_RANGE;
    for (size_t i = 0; i < n; i++) {
        select[i] = 2 * (double)(i + 1) / (double)(n * (n + 1));
        order[i] = (int32_t)(n - 1 - i);
        block[i] = n > 1 ? (int32_t)(i % 2) : 0;
    }
    switch (kind) {
    case CHAIN_SYNCHRONOUS:
        return binnet_chain_new(ctx, out, net, noise, BINNET_UPDATE_SYNCHRONOUS);
    case CHAIN_ASYNCHRONOUS:
        return binnet_chain_new(ctx, out, net, noise, BINNET_UPDATE_ASYNCHRONOUS);
    case CHAIN_SWEEP:
        return binnet_chain_new(ctx, out, net, noise, BINNET_UPDATE_SWEEP);
    case CHAIN_BLOCKS:
        return binnet_chain_new_blocks(ctx, out, net, noise, n > 1 ? 2 : 1, block);
    case CHAIN_SELECT:
        return binnet_chain_new_asynchronous(ctx, out, net, noise, select);
    default:
        return binnet_chain_new_sweep(ctx, out, net, noise, order);
    }
}
