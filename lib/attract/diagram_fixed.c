/*
 * All fixed points over all stimuli: state A for I in prod_a [max_{active i in a} c_i(A), min_{inactive i in a} c_i(A)).
 * Source: [FCP18]; THEORY 2.
 */
#include "attract/diagram.h"

double bni_diagram_fixed_bytes(size_t n, size_t axes, int threads)
{
    (void)n;
    (void)axes;
    (void)threads;
    return 0;
}

/* The box of a state; 0 when it is empty. */
static int box_of(const bni_stimulated *p, uint64_t state, bni_cut (*side)[2])
{
    for (size_t a = 0; a < p->axes; a++) {
        side[a][0] = bni_cut_lowest();
        side[a][1] = bni_cut_highest();
    }
    for (size_t i = 0; i < p->n; i++) {
        int active = (int)(state >> i & 1);
        if (p->axis[i] < 0) {
            if (bni_next_fixed(p, i, state) != active)
                return 0;
            continue;
        }
        bni_cut c = bni_current_cut(p, i, state), *s = side[p->axis[i]];
        if (active && bni_cut_less(s[0], c))
            s[0] = c;
        if (!active && bni_cut_less(c, s[1]))
            s[1] = c;
        if (!bni_cut_less(s[0], s[1]))
            return 0;
    }
    return 1;
}

int32_t bni_diagram_all_fixed(binnet_ctx *ctx, binnet_diagram *d, bni_stimulated *p)
{
    bni_cut side[BINNET_MAX_AXES][2];
    uint64_t states = UINT64_C(1) << p->n;
    for (uint64_t s = 0; s < states; s++) {
        if (p->steps >= p->most_steps)
            return BINNET_OK;
        p->steps++;
        if (box_of(p, s, side))
            BNI_TRY(bni_diagram_add_fixed(ctx, d, s, NULL, (const bni_cut(*)[2])side));
        if (s % 4096 == 0)
            BNI_TRY(bni_poll(ctx, (double)s / (double)states));
    }
    d->fixed_complete = 1;
    return BINNET_OK;
}
