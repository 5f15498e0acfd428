/* The kernels of deterministic dynamics against the reference and their definitions, exactly. */
#include "tables.h"

static const bni_kernels *ref = &bni_kernels_reference;

/* Exactly, at every length, place and number of neurons. */
START_TEST(ranks)
{
    enum { STATES = 150, LD = STATES + 8 };
    dice d = dice_of(7);
    static int16_t rank[32 * LD], below[32];
    uint32_t out[STATES], want[STATES];
    for (size_t n = 0; n <= 32; n++)
        for (size_t count = 0; count < STATES - 4; count += 1 + count / 8) {
            size_t shift = roll_to(&d, 4);
            for (size_t k = 0; k < 32 * LD; k++)
                rank[k] = (int16_t)(roll(&d) < 0.1 ? 32767 : (int)roll_to(&d, 8));
            for (size_t i = 0; i < 32; i++)
                below[i] = (int16_t)(roll(&d) < 0.1 ? 32767 : (int)roll_to(&d, 10) - 1);
            for (size_t k = 0; k < STATES; k++) {
                int inside = k >= shift && k < shift + count;
                out[k] = 77;
                want[k] = inside ? 0 : 77;
                for (size_t i = 0; inside && i < n; i++)
                    want[k] += (uint32_t)(rank[i * LD + k] > below[i]) * ((uint32_t)1 << i);
            }
            fast->dynamics->rank_bits(out + shift, rank + shift, LD, below, n, count);
            ck_assert_mem_eq(out, want, sizeof out);
        }
}
END_TEST

/* Threshold currents against a cell: bit for bit, and by the definition. */
START_TEST(cuts)
{
    enum { STATES = 70, STRIDE = 60 };
    dice d = dice_of(7);
    static uint32_t row[STATES * STRIDE + 32];
    for (size_t width = 1; width <= 32; width++) {
        uint32_t list[STATES], lo[32], hi[32], low[2][STATES], middle[2][STATES];
        for (size_t k = 0; k < STATES * STRIDE + 32; k++)
            row[k] = (uint32_t)roll_to(&d, 8) * (UINT32_MAX / 7); /* also beyond the signed integers */
        for (size_t k = 0; k < 32; k++) {
            lo[k] = (uint32_t)roll_to(&d, 8) * (UINT32_MAX / 7);
            hi[k] = (uint32_t)roll_to(&d, 8) * (UINT32_MAX / 7);
            if (lo[k] > hi[k])
                lo[k] = hi[k];
        }
        size_t n = roll_to(&d, STATES);
        for (size_t q = 0; q < n; q++)
            list[q] = (uint32_t)roll_to(&d, STATES);
        fast->dynamics->cut_masks(low[0], middle[0], row, STRIDE, width, list, n, lo, hi);
        ref->dynamics->cut_masks(low[1], middle[1], row, STRIDE, width, list, n, lo, hi);
        for (size_t q = 0; q < n; q++) {
            uint32_t below = 0, between = 0;
            for (size_t k = 0; k < width; k++) {
                uint32_t c = row[list[q] * STRIDE + k];
                below |= (uint32_t)(c <= lo[k]) << k;
                between |= (uint32_t)(c > lo[k] && c < hi[k]) << k;
            }
            if (low[0][q] != below || low[1][q] != below || middle[0][q] != between || middle[1][q] != between)
                ck_abort_msg("cut_masks: width %zu, state %zu", width, q);
        }
    }
}
END_TEST

/* The sieve of fixed points: the same states stay, with no, few and many rows and with infinite entries. */
START_TEST(sieve)
{
    dice d = dice_of(8);
    static float row[24][BNI_SIEVE];
    for (int round = 0; round < 200; round++) {
        const float *up[12], *down[12];
        float up_add[12], down_add[12], bound = roll(&d) < 0.3 ? 0 : INFINITY;
        uint32_t alive[3][BNI_SIEVE / 32];
        size_t n_up = roll_to(&d, 13), n_down = roll_to(&d, 13);
        for (size_t r = 0; r < 24; r++)
            for (size_t s = 0; s < BNI_SIEVE; s++)
                row[r][s] = roll(&d) < 0.2 ? (r < 12 ? -INFINITY : INFINITY) : (float)roll_in(&d, -1, 1);
        for (size_t r = 0; r < 12; r++) {
            up[r] = row[r];
            down[r] = row[12 + r];
            up_add[r] = (float)roll_in(&d, -2, 0.5);
            down_add[r] = (float)roll_in(&d, -0.5, 2);
        }
        for (size_t w = 0; w < BNI_SIEVE / 32; w++)
            alive[0][w] = alive[1][w] = alive[2][w] = roll(&d) < 0.2 ? 0
                                                                     : (uint32_t)roll_to(&d, 65536) * UINT32_C(65521);
        int any[2] = {fast->dynamics->sieve(alive[0], up, up_add, n_up, down, down_add, n_down, -bound, bound),
                      ref->dynamics->sieve(alive[1], up, up_add, n_up, down, down_add, n_down, -bound, bound)};
        int left = 0;
        for (size_t s = 0; s < BNI_SIEVE; s++) {
            float greatest = -bound, least = bound;
            for (size_t r = 0; r < n_up; r++)
                greatest = fmaxf(greatest, up_add[r] + up[r][s]);
            for (size_t r = 0; r < n_down; r++)
                least = fminf(least, down_add[r] + down[r][s]);
            int stays = (alive[2][s / 32] >> s % 32 & 1) != 0 && greatest <= least;
            left |= stays;
            for (int v = 0; v < 2; v++)
                if ((int)(alive[v][s / 32] >> s % 32 & 1) != stays)
                    ck_abort_msg("sieve: round %d, state %zu", round, s);
        }
        ck_assert((any[0] != 0) == left && (any[1] != 0) == left);
    }
}
END_TEST

RUN_TABLES(ranks, cuts, sieve)
