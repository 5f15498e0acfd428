/*
 * Both tails of the noise laws, LANES at a time, for a file that names the registers (cdf_avx2.c, cdf_avx512.c).
 *
 * Gaussian: with a = |z|, Phi(-a) = exp(-a^2/2) R(a), R = P/Q a minimax rational of degrees 9 and 10 on 0 .. 40 (relative
 * error 5.4e-17); the larger tail is 1 minus this one. The polynomials are evaluated in Knuth's preprocessed form
 * [Knuth, TAOCP 2, 4.6.4; Eve 1964]: with y = (a + 2)^2 each step  p (y + alpha) + beta  gains two degrees for one FMA and
 * one addition, which run in different units. The shift 2 makes all terms of nearly one size (condition 4.4 and 1.7).
 * exp: Cody-Waite reduction by FMA, minimax polynomial of degree 10 (relative error 3e-16), preprocessed likewise.
 * The coefficients are checked by what they give: tests/num compares with tables from mpmath, 4e-15 and below.
 */
static inline vector all(double x)
{
    return OP(set1_pd)(x);
}

/* The exponents are raised by this much until the last product, so that tails may become denormal there and only there. */
#define RAISE 160
#define LOWER 0x1p-160

/* 2^RAISE exp(-(h + rest)/2) for 0 <= h <= 1700 and a tiny rest. */
static inline vector exp_half(vector h, vector rest)
{
    /* k = round(-h/(2 log 2)), from the low bits of a sum near 1.5 2^52 */
    const vector magic = all(0x1.8p52 + RAISE);
    vector km = OP(fnmadd_pd)(h, all(0x1.71547652b82fep-1), magic);
    vector k = OP(sub_pd)(km, magic);
    vector v = OP(fmadd_pd)(k, all(0x1.62e42fefa39efp+0), h);
    v = OP(fmadd_pd)(k, all(0x1.abc9e3b39803fp-55), v);
    v = OP(add_pd)(v, rest);
    /* exp(-v/2) = 1 + v (c + v g(v)), |v| <= log 2 */
    vector x = OP(sub_pd)(v, all(6.5)), y = OP(mul_pd)(x, x);
    vector g = OP(fmadd_pd)(y, all(0x1.2a47778b89eb3p-32), all(0x1.05f56fafc9182p-23));
    g = OP(fmadd_pd)(x, all(0x1.2b2e2f9d81521p-27), g);
    g = OP(fmadd_pd)(g, OP(add_pd)(y, all(0x1.13ccf1603fcf2p+7)), all(-0x1.1b92b8e962063p-17));
    g = OP(fmadd_pd)(g, OP(add_pd)(y, all(-0x1.6abc18dfd82e1p+5)), all(0x1.d59a72052fbc5p-11));
    g = OP(fmadd_pd)(g, OP(add_pd)(y, all(0x1.713398f841e69p+6)), all(0x1.b8df4012f7143p-8));
    g = OP(fmadd_pd)(v, g, all(-0x1.0000000000029p-1));
    g = OP(fmadd_pd)(v, g, all(1));
    BITS bits = OP(slli_epi64)(BITS_OF(km), 52);
    return OF_BITS(OP(add_epi64)(BITS_OF(g), bits));
}

/* |z|, at most `most`; NaN stays. */
static inline vector magnitude(vector z, double most)
{
    return OP(min_pd)(all(most), OP(andnot_pd)(all(-0.0), z));
}

static inline void store(double *p, double *q, vector z, vector small, vector big)
{
    OP(storeu_pd)(p, WHERE_NEGATIVE(z, small, big));
    OP(storeu_pd)(q, WHERE_NEGATIVE(z, big, small));
}

static inline void gaussian_some(double *p, double *q, const double *zs, vector s, vector lowered)
{
    vector z = OP(loadu_pd)(zs), a = magnitude(z, 40);
    vector h = OP(mul_pd)(a, a), rest = OP(fmsub_pd)(a, a, h);
    vector x = OP(add_pd)(a, all(2)), y = OP(mul_pd)(x, x);
    vector P = OP(fmadd_pd)(x, all(0x1.9884533d3eae8p-2), all(0x1.c3e76f902b25ap+1));
    vector Q = OP(fmadd_pd)(x, all(0x1.b660b2e33c92ap+2), OP(add_pd)(y, all(0x1.435ebc3f14753p+4)));
    P = OP(fmadd_pd)(P, OP(add_pd)(y, all(0x1.4113cae7d34f7p+5)), all(-0x1.a4c195fa09521p+6));
    Q = OP(fmadd_pd)(Q, OP(add_pd)(y, all(0x1.11933defd9162p+4)), all(-0x1.23d069c26a9dbp+7));
    P = OP(fmadd_pd)(P, OP(add_pd)(y, all(0x1.c64d8614823a4p+3)), all(-0x1.7bfa00248608dp+7));
    Q = OP(fmadd_pd)(Q, OP(add_pd)(y, all(0x1.1a8496db9c6cbp+3)), all(-0x1.350c342c07a18p+9));
    P = OP(fmadd_pd)(P, OP(add_pd)(y, all(0x1.e19ee77858887p+2)), all(-0x1.7baa4e6060984p+9));
    Q = OP(fmadd_pd)(Q, OP(add_pd)(y, all(0x1.dd741b550d577p+1)), all(-0x1.8d37b774b30f9p+10));
    P = OP(fmadd_pd)(P, OP(add_pd)(y, all(0x1.6789ee6d065e9p+2)), all(-0x1.edf3d1a036c3ep+10));
    Q = OP(fmadd_pd)(Q, OP(add_pd)(y, all(0x1.d0ad7d6116b08p-1)), all(-0x1.57ae689b342f8p+10));
    vector R = OP(div_pd)(P, Q);
    vector small = OP(mul_pd)(OP(mul_pd)(exp_half(h, rest), R), lowered);
    store(p, q, z, small, OP(sub_pd)(s, small));
}

static inline void logistic_some(double *p, double *q, const double *zs, vector s)
{
    vector z = OP(loadu_pd)(zs), a = magnitude(z, 800);
    vector w = OP(mul_pd)(exp_half(OP(add_pd)(a, a), OP(setzero_pd)()), all(LOWER));
    vector big = OP(div_pd)(s, OP(add_pd)(w, all(1)));
    store(p, q, z, OP(mul_pd)(w, big), big);
}

static inline void odds_some(double *p, double *q, const double *e, vector f, vector s)
{
    vector w = OP(mul_pd)(OP(loadu_pd)(e), f);
    vector r = OP(div_pd)(s, OP(add_pd)(w, all(1)));
    OP(storeu_pd)(p, r);
    OP(storeu_pd)(q, OP(mul_pd)(w, r));
}

void NAME(bni_cdf_gaussian)(double *p, double *q, const double *z, size_t n, double s)
{
    vector vs = all(s), lowered = all(s * LOWER);
    size_t k = 0;
    for (; k + LANES <= n; k += LANES)
        gaussian_some(p + k, q + k, z + k, vs, lowered);
    if (k < n) {
        double in[LANES] = {0}, lower[LANES], upper[LANES];
        memcpy(in, z + k, (n - k) * sizeof *in);
        gaussian_some(lower, upper, in, vs, lowered);
        memcpy(p + k, lower, (n - k) * sizeof *p);
        memcpy(q + k, upper, (n - k) * sizeof *q);
    }
}

void NAME(bni_cdf_logistic)(double *p, double *q, const double *z, size_t n, double s)
{
    vector vs = all(s);
    size_t k = 0;
    for (; k + LANES <= n; k += LANES)
        logistic_some(p + k, q + k, z + k, vs);
    if (k < n) {
        double in[LANES] = {0}, lower[LANES], upper[LANES];
        memcpy(in, z + k, (n - k) * sizeof *in);
        logistic_some(lower, upper, in, vs);
        memcpy(p + k, lower, (n - k) * sizeof *p);
        memcpy(q + k, upper, (n - k) * sizeof *q);
    }
}

void NAME(bni_odds)(double *p, double *q, const double *e, double f, size_t n, double s)
{
    vector vs = all(s), vf = all(f);
    size_t k = 0;
    for (; k + LANES <= n; k += LANES)
        odds_some(p + k, q + k, e + k, vf, vs);
    if (k < n) {
        double in[LANES] = {0}, lower[LANES], upper[LANES];
        memcpy(in, e + k, (n - k) * sizeof *in);
        odds_some(lower, upper, in, vf, vs);
        memcpy(p + k, lower, (n - k) * sizeof *p);
        memcpy(q + k, upper, (n - k) * sizeof *q);
    }
}
