/* The kernels of laws against the reference and their definitions. */
#include "tables.h"

static const bni_kernels *ref = &bni_kernels_reference;

START_TEST(supersets)
{
    enum { SIZE = 1 << 11 };
    dice d = dice_of(77);
    static double x[SIZE], y[SIZE], z[SIZE], sum[2][SIZE];
    fill(&d, x, SIZE);
    fast->law->superset_low(y, x, SIZE, NULL);
    for (size_t S = 0; S < SIZE; S++) {
        z[S] = 0;
        for (size_t T = 0; T < 1 << BNI_SUPERSET_LOW; T++)
            z[S] += (T & S) == 0 ? x[S | T] : 0;
    }
    near("superset_low", y, z, SIZE, 8e-16);
    for (int bits = 1; bits <= 4; bits++) {
        size_t high = (size_t)1 << bits, count = 24, ld = 100, to = 40;
        memset(y, 0, sizeof y);
        fast->law->superset_rows(y, to, x, ld, count, bits, NULL);
        for (size_t r = 0; r < high; r++)
            for (size_t k = 0; k < to; k++) {
                z[r * to + k] = 0;
                for (size_t t = 0; t < high && k < count; t++)
                    z[r * to + k] += (t & r) == r ? x[t * ld + k] : 0;
            }
        near("superset_rows", y, z, high * to, 8e-16);
        static _Alignas(64) double past[SIZE];
        fast->law->superset_rows_past(past, to, x, ld, count, bits, NULL);
        for (size_t r = 0; r < high; r++)
            ck_assert(memcmp(past + r * to, y + r * to, count * sizeof *y) == 0);
    }
    /* central: each bit in turn by its definition, which every variant rounds alike */
    double side[2 * BNI_SUPERSET_LOW];
    for (int b = 0; b < BNI_SUPERSET_LOW; b++) {
        side[2 * b] = roll(&d);
        side[2 * b + 1] = 1 - side[2 * b];
    }
    memcpy(z, x, sizeof z);
    for (int b = 0; b < BNI_SUPERSET_LOW; b++)
        for (size_t S = 0, with = (size_t)1 << b; S < SIZE; S++)
            if ((S & with) == 0) {
                double silent = z[S], active = z[S | with];
                z[S] = silent + active;
                z[S | with] = side[2 * b + 1] * active - side[2 * b] * silent;
            }
    fast->law->superset_low(y, x, SIZE, side);
    ck_assert(memcmp(y, z, sizeof y) == 0);
    for (int bits = 1; bits <= 4; bits++) {
        size_t count = 24, ld = 40;
        memcpy(z, x, sizeof z);
        memcpy(y, x, sizeof y);
        for (int b = 0; b < bits; b++)
            for (size_t r = 0, with = (size_t)1 << b; r < (size_t)1 << bits; r++)
                for (size_t k = 0; k < count && (r & with) == 0; k++) {
                    double silent = z[r * ld + k], active = z[(r | with) * ld + k];
                    z[r * ld + k] = silent + active;
                    z[(r | with) * ld + k] = side[2 * b + 1] * active - side[2 * b] * silent;
                }
        fast->law->superset_rows(y, ld, y, ld, count, bits, side);
        ck_assert(memcmp(y, z, sizeof y) == 0);
        static _Alignas(64) double past[SIZE];
        fast->law->superset_rows_past(past, ld, x, ld, count, bits, side);
        for (size_t r = 0; r < (size_t)1 << bits; r++)
            ck_assert(memcmp(past + r * ld, y + r * ld, count * sizeof *y) == 0);
    }
    for (size_t high = 2; high <= 16; high += 2) {
        size_t columns = 48;
        fill(&d, y, SIZE);
        memcpy(z, y, sizeof y);
        for (size_t blocks = 1; blocks <= BNI_ADDED_BLOCKS; blocks += BNI_ADDED_BLOCKS - 1) {
            size_t some = blocks == 1 ? high : high / 4 + 1; /* as many as x has room for */
            fast->law->add_rows(y, sum[0], x, some, columns, blocks);
            ref->law->add_rows(z, sum[1], x, some, columns, blocks);
            near("add_rows", y, z, SIZE, 0);
            near("sums of add_rows", sum[0], sum[1], some * blocks, 1e-14);
            for (size_t r = 0; r < some * blocks; r++) {
                sum[1][r] = 0;
                for (size_t c = 0; c < columns; c++)
                    sum[1][r] += x[r * columns + c];
            }
            near("rows of add_rows", sum[0], sum[1], some * blocks, 1e-14);
        }
    }
}
END_TEST

/* Against the definition, every entry and side. */
START_TEST(folded_blocks)
{
    enum { SIDE = BNI_FOLDED, BITS = BNI_SUPERSET_LOW };
    dice d = dice_of(78);
    static double v[SIDE][SIDE], of_rows[SIDE], got[BNI_FOLDED_ROWS][SIDE], want[BNI_FOLDED_ROWS][SIDE];
    for (int k = 0; k < 12; k++) {
        size_t flip = k == 0 ? 0 : k == 1 ? SIDE * SIDE - 1 : roll_to(&d, SIDE * SIDE);
        fill(&d, v[0], SIDE * SIDE);
        memset(want, 0, sizeof want);
        for (size_t r = 0; r < SIDE; r++) {
            of_rows[r] = 0;
            for (size_t c = 0; c < SIDE; c++) {
                size_t seen = c ^ flip % SIDE;
                of_rows[r] += v[r][c];
                for (size_t b = 0; b <= BITS; b++)
                    for (size_t S = 0; S < SIDE; S++)
                        if ((seen & S) == S && (b == BITS || (r ^ flip / SIDE) >> b & 1))
                            want[b][S] += v[r][c];
            }
            for (size_t S = 0; S < SIDE; S++)
                if (((r ^ flip / SIDE) & S) == S)
                    want[BITS + 1][S] += of_rows[r];
        }
        fast->law->fold_block(got[0], v[0], of_rows, flip);
        near("fold_block", got[0], want[0], BNI_FOLDED_ROWS * SIDE, 1e-13);
    }
}
END_TEST

RUN_TABLES(supersets, folded_blocks)
