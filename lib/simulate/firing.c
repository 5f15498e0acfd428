/*
 * Whether a neuron fires: its probability p(x) = 1 - F(-x) at x = h / scale, against a random word.
 * The word's upper 63 bits m fire when m < p 2^63 (from above: 2^63 - q 2^63, q = F(-x)), so p is kept to 2^-63, also beside 1.
 * p(x) rises, so the ends of the cell that x is in decide unless m falls between them.
 */
#include "simulate/simulate.h"

/* The law's middle: beyond, and where a word falls between the ends of a cell, the law itself is asked. */
static const double least = -8, cells = BNI_FIRING_CELLS / 16.0;

uint64_t bni_firing_probability(const binnet_noise *noise, double x, int *bad)
{
    double q, p;
    bni_noise_tails(noise, -x, &q, &p);
    if (!(p >= 0 && p <= 1 && q >= 0 && q <= 1)) {
        *bad = 1;
        return 0;
    }
    return p <= 0.5 ? (uint64_t)(p * 0x1p63) : ((uint64_t)1 << 63) - (uint64_t)(q * 0x1p63);
}

int32_t bni_firing_fill(binnet_ctx *ctx, bni_firing *f, const binnet_noise *noise)
{
    int bad = 0;
    f->noise = noise;
    for (size_t k = 0; k <= BNI_FIRING_CELLS; k++)
        f->at[k] = bni_firing_probability(noise, least + (double)k / cells, &bad);
    for (size_t k = 0; k < BNI_FIRING_CELLS; k++)
        bad |= f->at[k + 1] < f->at[k] && f->at[k] - f->at[k + 1] > UINT64_C(1) << 20;
    if (bad)
        return bni_fail(ctx, BINNET_E_CALLBACK, "the noise's functions are not those of a law");
    return BINNET_OK;
}

int bni_firing_decide(const bni_firing *f, double x, uint64_t word, int *bad)
{
    double place = (x - least) * cells;
    uint64_t m = word >> 1;
    if (place >= 0 && place < BNI_FIRING_CELLS) {
        size_t k = (size_t)place;
        int fires = m < f->at[k]; /* a coin: no branch */
        if (fires == (m < f->at[k + 1]))
            return fires;
    }
    return m < bni_firing_probability(f->noise, x, bad);
}

int bni_firing_guess(const bni_firing *f, double x, uint64_t word)
{
    double place = (x - least) * cells;
    return place >= 0 && (!(place < BNI_FIRING_CELLS) || word >> 1 < f->at[(size_t)place]);
}
